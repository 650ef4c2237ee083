//! A better order of the passes, where the user lets it change.
//!
//! Passes move only inside their group (a stage of the schedule), and never past one that they depend on or that depends
//! on them: serial equivalence holds, since only passes without a hazard between them change places. Layouts and first
//! uses follow from the order, so the dependencies are to be derived again from the new one.
//!
//! The search starts from the present order, and from recording level by level, as early and as late as the groups
//! allow, which is where the fewest calls are (longest chain). From each it moves one pass at a time to the place in its
//! reach with the fewest (calls, false pairs), until none moves.

use super::Fewest;
use super::kinds::Kinds;
use super::pairs::{Board, window};
use super::problem::{Carrier, Choices, Dependency, Effort, Problem, Producer};
use super::units::Units;

/// How many passes are placed in all, over the orders that are tried from one start.
const TRIED: usize = 1 << 18;

/// Returns the passes in a better order, as indices into `problem.passes`; passes with different `groups` keep their
/// order. Without a better one, the order is the present one.
///
/// # Panics
///
/// If there is not a group for each pass, ascending.
#[track_caller]
pub(crate) fn reorder(problem: &Problem, choices: &Choices, groups: &[usize]) -> Vec<usize> {
    assert_eq!(groups.len(), problem.passes.len(), "each pass has a group");
    assert!(groups.is_sorted(), "groups follow each other");
    let search = Reordering { problem, choices, groups };
    let present: Vec<usize> = (0..groups.len()).collect();
    let starts = [present.clone(), search.by_levels(&search.earliest()), search.by_levels(&search.latest())];
    let tries = TRIED / groups.len().max(1);
    let reach = |order: &[usize], from| search.reach(order, from).collect();
    let found =
        starts.into_iter().map(|start| descend(start, tries, reach, |order| search.value(order, Effort::Nodes(1))));
    let best = found.min_by_key(|(value, _)| *value);
    // Orders are compared by their first solutions. The best one has to be better as it is planned, too.
    let planned = |order: &[usize]| search.value(order, choices.effort);
    best.filter(|(_, order)| planned(order) < planned(&present)).map_or(present, |(_, order)| order)
}

/// How many calls and false pairs an order has.
type Value = (usize, usize);

struct Reordering<'a> {
    problem: &'a Problem,
    choices: &'a Choices,
    groups: &'a [usize],
}

impl Reordering<'_> {
    /// Returns how many dependencies within its group come before each pass in a chain.
    fn earliest(&self) -> Vec<usize> {
        let mut level = vec![0; self.groups.len()];
        for (first, second) in self.edges(|edge| edge.1) {
            level[second] = level[second].max(level[first] + 1);
        }
        level
    }

    /// Returns how late in its group each pass can come.
    fn latest(&self) -> Vec<usize> {
        let mut level = vec![self.groups.len(); self.groups.len()];
        for (first, second) in self.edges(|edge| edge.0).into_iter().rev() {
            level[first] = level[first].min(level[second] - 1);
        }
        level
    }

    /// Returns who depends on whom within each group, sorted by one end.
    fn edges(&self, by: fn(&(usize, usize)) -> usize) -> Vec<(usize, usize)> {
        let ends = self.problem.dependencies.iter().filter_map(|dependency| match dependency.producer {
            Producer::Pass(pass) => Some((pass, dependency.consumer)),
            Producer::PreviousFrame | Producer::Outside => None,
        });
        let same_group = |&(first, second): &(usize, usize)| self.groups.get(first) == self.groups.get(second);
        let mut edges: Vec<(usize, usize)> = ends.filter(same_group).collect();
        edges.sort_by_key(by);
        edges
    }

    fn by_levels(&self, level: &[usize]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..level.len()).collect();
        order.sort_by_key(|pass| (self.groups[*pass], level[*pass]));
        order
    }

    /// Returns the places to which a pass can move without passing one it depends on, one that depends on it, or its group.
    fn reach(&self, order: &[usize], from: usize) -> impl Iterator<Item = usize> + use<> {
        let pass = order[from];
        let stops = |other: usize| {
            self.groups[other] != self.groups[pass]
                || self.problem.dependencies.iter().any(|dependency| {
                    let ends = (dependency.producer, dependency.consumer);
                    ends == (Producer::Pass(pass), other) || ends == (Producer::Pass(other), pass)
                })
        };
        let low = (0..from).rev().take_while(|at| !stops(order[*at])).last().unwrap_or(from);
        let high = (from + 1..order.len()).take_while(|at| !stops(order[*at])).last().unwrap_or(from);
        (low..=high).filter(move |to| *to != from)
    }

    fn value(&self, order: &[usize], effort: Effort) -> Value {
        let problem = permuted(self.problem, order);
        let mut kinds = Kinds::of(&problem);
        let units = Units::of(&problem, self.choices, &mut kinds);
        let fewest = Fewest::of(&problem, self.choices.frame, &units);
        let board = Board::new(&problem, kinds, window(order.len()));
        let solution = fewest.search(&board, &units, effort);
        (fewest.calls, solution.cost)
    }
}

/// Moves passes, one at a time, to the best of the places that each can `reach`, while that lowers the value; so often that no
/// more orders are tried than that. Returns the order with its value.
pub(crate) fn descend<V: Ord + Copy>(
    mut order: Vec<usize>,
    tries: usize,
    reach: impl Fn(&[usize], usize) -> Vec<usize>,
    value: impl Fn(&[usize]) -> V,
) -> (V, Vec<usize>) {
    let mut best = value(&order);
    let (mut left, mut unmoved, mut pass) = (tries, 0, 0);
    while unmoved < order.len() {
        let from = order.iter().position(|one| *one == pass).unwrap_or(pass);
        let mut better = None;
        for to in reach(&order, from) {
            if left == 0 {
                return (best, better.unwrap_or(order));
            }
            left -= 1;
            let tried = moved(&order, from, to);
            let found = value(&tried);
            if found < best {
                (best, better) = (found, Some(tried));
            }
        }
        unmoved = if better.is_some() { 0 } else { unmoved + 1 };
        order = better.unwrap_or(order);
        pass = (pass + 1) % order.len();
    }
    (best, order)
}

fn moved(order: &[usize], from: usize, to: usize) -> Vec<usize> {
    let mut order = order.to_vec();
    let pass = order.remove(from);
    order.insert(to, pass);
    order
}

/// Returns the problem with its passes in another order. The first of those that use what a transition made becomes the
/// one for which it is made.
pub(super) fn permuted(problem: &Problem, order: &[usize]) -> Problem {
    let mut place = vec![0; order.len() + 1];
    place[order.len()] = order.len();
    for (to, pass) in order.iter().enumerate() {
        place[*pass] = to;
    }
    let mut dependencies: Vec<Dependency> = problem.dependencies.clone();
    let mut first_users: Vec<Option<usize>> = Vec::new();
    for dependency in &mut dependencies {
        dependency.consumer = place[dependency.consumer];
        if let Producer::Pass(pass) = &mut dependency.producer {
            *pass = place[*pass];
        }
        if let Carrier::Transition(transition) | Carrier::AfterTransition { transition, .. } = dependency.carrier {
            let transition = transition as usize;
            if first_users.len() <= transition {
                first_users.resize(transition + 1, None);
            }
            let user = &mut first_users[transition];
            *user = Some(user.map_or(dependency.consumer, |user| user.min(dependency.consumer)));
        }
    }
    for dependency in &mut dependencies {
        if let Carrier::Transition(transition) | Carrier::AfterTransition { transition, .. } = dependency.carrier {
            dependency.carrier = if first_users[transition as usize] == Some(dependency.consumer) {
                Carrier::Transition(transition)
            } else {
                Carrier::AfterTransition { transition, key: 0 }
            };
        }
    }
    let passes = order.iter().map(|pass| problem.passes[*pass]).collect();
    Problem { passes, dependencies, ..Problem::default() }
}
