//! Where barriers go: the fewest calls, and among those plans the fewest false pairs.
//!
//! A dependency from pass `i` to pass `j` can be met in any gap of `i + 1 ..= j`, and one call meets all dependencies
//! whose intervals hold its gap.
//!
//! | question | answer | where |
//! | --- | --- | --- |
//! | the fewest calls | minimum stabbing of the intervals, with disjoint intervals as certificate | [`stabbing`] |
//! | which passes a plan orders for nothing | rows of bits, by the nearest structure of each kind | [`pairs`] |
//! | the fewest of these | branch and bound over narrowed intervals | [`search`] |
//! | transitions of parts in one structure | a stabbing again, among the calls with an equal one | [`gather`] |
//! | the fewest structures then | a stabbing again, among the calls that order no more | [`structures`], [`joining`] |
//! | what plainer placements come to | every dependency right before its consumer; everything before everything | [`baseline`] |
//! | why a false pair stays | what its structures could do instead | [`explain`] |
//! | a better order of passes | moves that change no dependency | [`reorder`] |
//!
//! After the fewest calls and the fewest false pairs come few structures, whose scopes name only what they carry, and then
//! the later gap. The module knows no images and no buffers: see [`Problem`].

#![expect(
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "gaps are signed, since END of the previous frame is -1; a frame has fewer than 2^31 passes"
)]

mod baseline;
mod certificate;
mod cost;
mod explain;
mod gather;
mod joining;
mod kinds;
mod pairs;
mod problem;
mod reorder;
pub(crate) mod scope;
mod search;
mod stabbing;
mod structures;
#[cfg(test)]
mod tests;
mod units;

pub(crate) use baseline::{Counts, full_barriers, just_in_time};
pub(crate) use certificate::Certificate;
pub(crate) use explain::{FalsePair, Stays, explain, false_pairs};
#[cfg(test)]
pub(crate) use problem::LaterReaders;
pub(crate) use problem::{
    Carrier, Choices, Dependency, Detour, EVERYTHING, Effort, Frame, Joining, Problem, Producer, Riding,
};
pub(crate) use reorder::{descend, reorder};
pub(crate) use scope::{first as orders_after, second as held_back_by};
pub(crate) use structures::{How, Met, Structure};

use kinds::Kinds;
use pairs::Board;
use search::{Search, Solution};
use stabbing::{Calls, End, Interval};
use units::{Shape, Units};

/// Up to how many passes the search always goes on to a proof.
const PROVEN: usize = 8;

/// The effort of [`Effort::Proportional`] for each pass, in words of rows.
const PROPORTIONAL: usize = 16;

/// Where the barriers of a frame go.
#[derive(Clone, Debug)]
pub(crate) struct Placement {
    /// The structures, by the gap of their call, ascending.
    pub(crate) structures: Vec<Structure>,
    /// How each dependency that needs a structure is met.
    pub(crate) met: Vec<Option<Met>>,
    /// Why there are no fewer calls.
    pub(crate) certificate: Certificate,
    /// Whether no plan with that few calls, in this order of passes, has fewer false pairs.
    pub(crate) false_pairs_proven: bool,
}

/// Places the dependencies of a frame: the fewest calls, among these plans the fewest false pairs that the effort allows,
/// then few structures and late gaps.
///
/// Time is near linear in passes and dependencies at [`Effort::Proportional`]; up to eight passes the search goes on to a
/// proof.
///
/// # Panics
///
/// If a dependency does not point forward, or follows a transition that is not there.
#[track_caller]
pub(crate) fn place(problem: &Problem, choices: &Choices) -> Placement {
    let mut kinds = Kinds::of(problem);
    let units = Units::of(problem, choices, &mut kinds);
    let fewest = Fewest::of(problem, choices.frame, &units);
    let board = Board::new(problem, kinds, pairs::window(problem.passes.len()));
    let solution = fewest.search(&board, &units, choices.effort);
    let proven = solution.proven;
    let (structures, met) = structures::arrange(problem, &board, &units, solution, choices);
    Placement { structures, met, certificate: fewest.certificate, false_pairs_proven: proven }
}

/// The fewest calls, and which of the plans of [`End`] have them.
#[derive(Debug)]
struct Fewest {
    calls: usize,
    ends: Vec<End>,
    certificate: Certificate,
}

impl Fewest {
    fn of(problem: &Problem, frame: Frame, units: &Units) -> Self {
        let stab = |end| stab(problem, units, end);
        let witnesses = |calls: &Calls| -> Vec<usize> {
            calls.witnesses.iter().map(|unit| units.all[*unit as usize].witness as usize).collect()
        };
        match frame {
            Frame::Once => {
                let alone = stab(End::Alone).unwrap_or_default();
                Self {
                    calls: alone.len(),
                    ends: vec![End::Alone],
                    certificate: Certificate::Disjoint(witnesses(&alone)),
                }
            }
            Frame::Repeats => {
                let shared = stab(End::Shared).unwrap_or_default();
                let unused = stab(End::Unused);
                let count = unused.as_ref().map_or(usize::MAX, Calls::len);
                let ends = match count.cmp(&shared.len()) {
                    std::cmp::Ordering::Less => vec![End::Unused],
                    std::cmp::Ordering::Equal => vec![End::Shared, End::Unused],
                    std::cmp::Ordering::Greater => vec![End::Shared],
                };
                let certificate = Certificate::of_loop(problem, witnesses(&shared), unused.as_ref().map(witnesses));
                Self { calls: count.min(shared.len()), ends, certificate }
            }
        }
    }

    /// Returns the gaps that each call of the minimal plans can have, first and last.
    fn ranges(&self, problem: &Problem, units: &Units) -> Vec<(i32, i32)> {
        let calls = self.ends.iter().filter_map(|end| stab(problem, units, *end));
        calls.flat_map(|calls| calls.earliest.into_iter().zip(calls.latest)).collect()
    }

    fn search(&self, board: &Board, units: &Units, effort: Effort) -> Solution {
        let nodes = match effort {
            Effort::Nodes(nodes) => nodes,
            Effort::Proportional if board.passes <= PROVEN => usize::MAX,
            Effort::Proportional => board.nodes_in(PROPORTIONAL),
        };
        let mut solutions = self.ends.iter().map(|end| Search::new(board, units, *end, self.calls).run(nodes));
        let first = solutions.next().unwrap_or_default();
        solutions.fold(first, |best, other| {
            let proven = best.proven && other.proven;
            let best = if other.cost < best.cost { other } else { best };
            Solution { proven, ..best }
        })
    }
}

/// Stabs the intervals of all units that need a call.
fn stab(problem: &Problem, units: &Units, end: End) -> Option<Calls> {
    let mut calls = Calls::default();
    let intervals = units.all.iter().map(|unit| match unit.shape {
        Shape::Memory | Shape::Transition { .. } => Some(Interval { low: unit.low, high: unit.high }),
        Shape::Follower { .. } => None,
    });
    calls.stab(problem.passes.len() as i32, end, intervals).then_some(calls)
}
