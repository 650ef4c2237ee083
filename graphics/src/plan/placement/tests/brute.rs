//! The plain twin: every set of gaps, every assignment.

use std::collections::BTreeSet;

use super::super::scope;
use super::super::*;

/// The fewest calls, and the fewest false pairs of any plan with so few.
pub(super) fn optimum(problem: &Problem, choices: &Choices) -> (usize, usize) {
    let gaps = problem.passes.len() + 1;
    let mut sets: Vec<u32> = (0..1_u32 << gaps).filter(|set| stabs(problem, choices, *set)).collect();
    sets.sort_by_key(|set| set.count_ones());
    let fewest = sets[0].count_ones();
    let minimal = sets.iter().take_while(|set| set.count_ones() == fewest);
    let pairs = minimal.map(|set| fewest_pairs(problem, choices, *set)).min();
    (fewest as usize, pairs.expect("there is a plan"))
}

/// Where a dependency can be met: a gap of the frame, or END of the previous one.
fn places(problem: &Problem, choices: &Choices, dependency: &Dependency, set: u32) -> Vec<Option<usize>> {
    let low = if let Producer::Pass(pass) = dependency.producer { pass + 1 } else { 0 };
    let has = |gap: &usize| set >> gap & 1 == 1;
    let mut places: Vec<Option<usize>> = (low..=dependency.consumer).filter(has).map(Some).collect();
    let repeats = choices.frame == Frame::Repeats && dependency.producer == Producer::PreviousFrame;
    if repeats && has(&problem.passes.len()) {
        places.push(None);
    }
    places
}

/// Where all dependencies of a transition can be met at once.
fn joint_places(problem: &Problem, choices: &Choices, transition: u32, set: u32) -> Vec<Option<usize>> {
    let members = problem.dependencies.iter().filter(|one| one.carrier == Carrier::Transition(transition));
    let mut lists = members.map(|one| places(problem, choices, one, set));
    let first = lists.next().unwrap_or_default();
    lists.fold(first, |joint, list| joint.into_iter().filter(|place| list.contains(place)).collect())
}

fn stabs(problem: &Problem, choices: &Choices, set: u32) -> bool {
    problem.dependencies.iter().all(|dependency| match dependency.carrier {
        Carrier::Memory(_) => !places(problem, choices, dependency, set).is_empty(),
        Carrier::Transition(transition) => !joint_places(problem, choices, transition, set).is_empty(),
        Carrier::AfterTransition { .. } | Carrier::Nothing => true,
    })
}

/// The false pairs that scopes order in a place, one bit each.
fn ordered(
    problem: &Problem,
    reachable: &[Vec<bool>],
    scopes: (crate::plan::model::Scope, crate::plan::model::Scope),
    place: Option<usize>,
) -> u64 {
    let Some(gap) = place else { return 0 };
    let n = problem.passes.len();
    let (first, second) = (scope::first(scopes.0.stages), scope::second(scopes.1.stages));
    let mut pairs = 0;
    for i in 0..gap.min(n) {
        for j in gap..n {
            let (before, after) = (scope::stages(problem.passes[i]), scope::stages(problem.passes[j]));
            if !reachable[i][j] && before.intersects(first) && after.intersects(second) {
                pairs |= 1 << (i * n + j);
            }
        }
    }
    pairs
}

fn fewest_pairs(problem: &Problem, choices: &Choices, set: u32) -> usize {
    let reachable = reachable(problem);
    let mut plans: BTreeSet<u64> = BTreeSet::from([0]);
    let extend = |plans: &BTreeSet<u64>, ways: &BTreeSet<u64>| -> BTreeSet<u64> {
        plans.iter().flat_map(|plan| ways.iter().map(move |way| plan | way)).collect()
    };
    for dependency in &problem.dependencies {
        if let Carrier::Memory(_) = dependency.carrier {
            let ways = places(problem, choices, dependency, set).into_iter();
            let ways = ways.map(|place| ordered(problem, &reachable, (dependency.first, dependency.second), place));
            plans = extend(&plans, &ways.collect());
        }
    }
    let transitions: BTreeSet<u32> = problem
        .dependencies
        .iter()
        .filter_map(|one| if let Carrier::Transition(number) = one.carrier { Some(number) } else { None })
        .collect();
    for transition in transitions {
        let mut all = BTreeSet::new();
        for place in joint_places(problem, choices, transition, set) {
            all.extend(with_followers(problem, choices, &reachable, transition, place, set));
        }
        plans = extend(&plans, &all);
    }
    plans.iter().map(|plan| plan.count_ones() as usize).min().expect("there is a plan")
}

/// All sets of pairs of a transition in a place, with every way of its followers.
fn with_followers(
    problem: &Problem,
    choices: &Choices,
    reachable: &[Vec<bool>],
    transition: u32,
    place: Option<usize>,
    set: u32,
) -> BTreeSet<u64> {
    let members: Vec<&Dependency> =
        problem.dependencies.iter().filter(|one| one.carrier == Carrier::Transition(transition)).collect();
    let mut joint = (members[0].first, members[0].second);
    for member in &members {
        joint.0 |= member.first;
        joint.1 |= member.second;
    }
    let mut plans = BTreeSet::from([ordered(problem, reachable, joint, place)]);
    for follower in &problem.dependencies {
        let Carrier::AfterTransition { transition: of, .. } = follower.carrier else { continue };
        if of != transition {
            continue;
        }
        let mut ways = BTreeSet::from([ordered(problem, reachable, (joint.0, follower.second), place)]);
        if choices.later_readers == LaterReaders::Chain {
            let low = place.map_or(0, |gap| gap + 1);
            for gap in (low..=follower.consumer).filter(|gap| set >> gap & 1 == 1) {
                ways.insert(ordered(problem, reachable, (joint.1, follower.second), Some(gap)));
            }
        }
        plans = plans.iter().flat_map(|plan| ways.iter().map(move |way| plan | way)).collect();
    }
    plans
}

fn reachable(problem: &Problem) -> Vec<Vec<bool>> {
    let n = problem.passes.len();
    let mut reachable = vec![vec![false; n]; n];
    for dependency in &problem.dependencies {
        if let (Producer::Pass(pass), true) = (dependency.producer, dependency.consumer < n) {
            reachable[pass][dependency.consumer] = true;
        }
    }
    for detour in &problem.detours {
        for after in detour.after.clone().filter(|pass| *pass < n) {
            let waits = scope::stages(problem.passes[after]).intersects(detour.stages);
            (0..=detour.last).for_each(|before| reachable[before][after] |= waits);
        }
    }
    for middle in 0..n {
        for i in 0..n {
            for j in 0..n {
                reachable[i][j] |= reachable[i][middle] && reachable[middle][j];
            }
        }
    }
    reachable
}
