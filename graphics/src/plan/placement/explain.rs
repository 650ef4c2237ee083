//! Which false pairs are left, and why each cannot go.

use ash::vk::PipelineStageFlags2 as S;

use super::kinds::Kinds;
use super::pairs::Board;
use super::problem::{Choices, Dependency, Frame, Problem, Producer};
use super::scope;
use super::structures::{How, Met, Structure};
use super::units::Units;
use super::{Fewest, Placement};

/// Two passes that a structure orders although neither depends on the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct FalsePair {
    /// The pass before the call.
    pub(crate) before: usize,
    /// The pass after it.
    pub(crate) after: usize,
}

/// What orders a false pair, and why it stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The structure, of the placement.
    pub(crate) structure: usize,
    /// The dependency for which it orders the pair.
    pub(crate) dependency: usize,
    pub(crate) stays: Stays,
}

/// Why a dependency goes on ordering a false pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stays {
    /// Every gap of its interval lies between the two passes.
    EveryGapOrders,
    /// In another gap it would not order the pair, but a call there is one call more.
    CostsACall {
        /// Such a gap.
        gap: usize,
    },
    /// A plan with as few calls could leave this pair out, and would order at least as many in all; at least as far as
    /// the search went.
    OrdersAsMany {
        /// The gap it would use.
        gap: usize,
    },
}

/// Lists the false pairs of a placement, exactly, for frames of any length. Time grows with the square of the passes.
pub(crate) fn false_pairs(problem: &Problem, placement: &Placement) -> Vec<FalsePair> {
    let passes: Vec<S> = problem.passes.iter().map(|stages| scope::stages(*stages)).collect();
    let board = Board::new(problem, Kinds::of(problem), passes.len());
    let mut nearest: Vec<Nearest> = Vec::new();
    let mut structures = placement.structures.iter().rev().peekable();
    let mut pairs = Vec::new();
    for before in (0..passes.len()).rev() {
        while let Some(structure) = structures.next_if(|structure| structure.gap > before) {
            note(&mut nearest, structure);
        }
        let ordering: Vec<&Nearest> = nearest.iter().filter(|one| one.first.intersects(passes[before])).collect();
        for after in (before + 1..passes.len()).rev() {
            let orders = |one: &&&Nearest| one.gap <= after && one.second.intersects(passes[after]);
            if ordering.iter().any(|one| orders(&one)) && !board.is_reachable(before, after) {
                pairs.push(FalsePair { before, after });
            }
        }
    }
    pairs.reverse();
    pairs
}

/// The nearest structure with a pair of scopes: of all of them later in the frame, it orders most.
struct Nearest {
    first: S,
    second: S,
    gap: usize,
}

/// Notes a structure that stands before all noted ones.
fn note(nearest: &mut Vec<Nearest>, structure: &Structure) {
    let (first, second) = (scope::first(structure.first.stages), scope::second(structure.second.stages));
    match nearest.iter_mut().find(|one| (one.first, one.second) == (first, second)) {
        Some(one) => one.gap = structure.gap,
        None => nearest.push(Nearest { first, second, gap: structure.gap }),
    }
}

/// Says what orders a false pair: each structure that does, with the dependencies behind it.
pub(crate) fn explain(problem: &Problem, choices: &Choices, placement: &Placement, pair: FalsePair) -> Vec<Cause> {
    let open = open_gaps(problem, choices);
    let dependencies = placement.met.iter().zip(&problem.dependencies).enumerate();
    dependencies
        .filter_map(|(index, (met, dependency))| met.map(|met| (index, met, dependency)))
        .filter(|(_, met, dependency)| {
            let structure = &placement.structures[met.structure];
            met.how != How::Covered
                && lies_between(structure.gap, pair)
                && orders(problem, met, dependency, structure, pair)
        })
        .map(|(index, met, dependency)| Cause {
            structure: met.structure,
            dependency: index,
            stays: stays(problem, choices, dependency, pair, &open),
        })
        .collect()
}

/// Returns, for each gap, whether a minimal plan can have a call there.
fn open_gaps(problem: &Problem, choices: &Choices) -> Vec<bool> {
    let mut kinds = Kinds::of(problem);
    let units = Units::of(problem, choices, &mut kinds);
    let fewest = Fewest::of(problem, choices.frame, &units);
    let mut open = vec![false; problem.passes.len() + 1];
    for (low, high) in fewest.ranges(problem, &units) {
        open[low as usize..=high as usize].fill(true);
    }
    open
}

fn stays(problem: &Problem, choices: &Choices, dependency: &Dependency, pair: FalsePair, open: &[bool]) -> Stays {
    let low = match dependency.producer {
        Producer::Pass(pass) => pass + 1,
        Producer::PreviousFrame | Producer::Outside => 0,
    };
    let mut others: Vec<usize> = (low..=dependency.consumer).filter(|gap| !lies_between(*gap, pair)).collect();
    if choices.frame == Frame::Repeats && dependency.producer == Producer::PreviousFrame {
        others.push(problem.passes.len());
    }
    match (others.iter().rev().find(|gap| open[**gap]), others.last()) {
        (Some(&gap), _) => Stays::OrdersAsMany { gap },
        (None, Some(&gap)) => Stays::CostsACall { gap },
        (None, None) => Stays::EveryGapOrders,
    }
}

fn lies_between(gap: usize, pair: FalsePair) -> bool {
    pair.before < gap && gap <= pair.after
}

/// Returns whether the scopes that a dependency needs of its structure order the pair.
fn orders(problem: &Problem, met: &Met, dependency: &Dependency, structure: &Structure, pair: FalsePair) -> bool {
    // What rides on a transition, or is met together with others, has that structure's first scope.
    let first = match met.how {
        How::Directly if matches!(structure.carrier, super::Carrier::Memory(_)) => dependency.first.stages,
        How::Directly | How::Covered | How::Chained => structure.first.stages,
    };
    scope::first(first).intersects(scope::stages(problem.passes[pair.before]))
        && scope::second(dependency.second.stages).intersects(scope::stages(problem.passes[pair.after]))
}
