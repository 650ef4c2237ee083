//! What is placed as one: a memory dependency, a transition with all that it waits for, a follower of a transition.
//!
//! Gap `g` stands before pass `g`; END is gap `n`. A dependency from pass `i` to pass `j` can be met in any gap of
//! `i + 1 ..= j`, a first use in `0 ..= j`. Where the frame repeats, a first use can also be met at END of the previous
//! frame, which is gap [`PREVIOUS_END`] here.

use ash::vk::PipelineStageFlags2 as S;

use super::kinds::{Kind, Kinds};
use super::problem::{Carrier, Choices, Frame, LaterReaders, Problem, Producer};
use crate::plan::buckets::NOWHERE;

/// END of the previous frame, seen from this one.
pub(super) const PREVIOUS_END: i32 = -1;

/// The unit of a dependency that needs no structure.
pub(super) const NO_UNIT: u32 = NOWHERE;

/// Something that gets one gap.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unit {
    /// The first gap in which it can be met.
    pub(super) low: i32,
    /// The last one.
    pub(super) high: i32,
    /// Its pair of scopes; of a follower, that of the widened transition.
    pub(super) stages: u32,
    /// What that pair orders.
    pub(super) kind: Kind,
    pub(super) shape: Shape,
    /// The dependency whose interval is the narrowest of the unit's.
    pub(super) witness: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A dependency that changes no layout.
    Memory,
    /// A transition.
    Transition {
        /// What it orders with all that may ride on it.
        widest: Kind,
    },
    /// A later access in a transition's layout: rides on it, or chains in a later call with scopes of its own.
    Follower {
        /// The unit of the transition.
        transition: u32,
        /// The pair of scopes of a call of its own, from the transition's second scope.
        stages: u32,
        /// What that pair orders.
        chained: Kind,
        /// What both ways order.
        either: Kind,
    },
}

/// The units of a problem.
#[derive(Debug)]
pub(super) struct Units {
    pub(super) all: Vec<Unit>,
    /// The unit of each dependency, or [`NO_UNIT`].
    pub(super) of: Vec<u32>,
    /// Whether followers may chain.
    pub(super) chain: bool,
}

impl Units {
    /// Groups the dependencies.
    ///
    /// # Panics
    ///
    /// If a dependency does not point forward, or follows a transition that is not there.
    #[track_caller]
    pub(super) fn of(problem: &Problem, choices: &Choices, kinds: &mut Kinds) -> Self {
        let count = problem.dependencies.len();
        let (all, of) = (Vec::with_capacity(count), Vec::with_capacity(count));
        let transitions = Vec::with_capacity(problem.alike.len());
        let mut units = Builder { problem, kinds, all, of, transitions };
        for (index, dependency) in problem.dependencies.iter().enumerate() {
            let low = match dependency.producer {
                Producer::Pass(pass) => pass as i32 + 1,
                Producer::PreviousFrame if choices.frame == Frame::Repeats => PREVIOUS_END,
                Producer::PreviousFrame | Producer::Outside => 0,
            };
            let high = dependency.consumer as i32;
            assert!(
                low <= high && dependency.consumer <= problem.passes.len(),
                "dependency {index} must point forward and end at a pass or at END"
            );
            units.add(index, low, high);
        }
        units.finish(choices.later_readers)
    }
}

struct Builder<'a> {
    problem: &'a Problem,
    kinds: &'a mut Kinds,
    all: Vec<Unit>,
    of: Vec<u32>,
    /// The unit of each transition, its joint stages, and the second stages of its followers.
    transitions: Vec<Option<(u32, S, S, S)>>,
}

impl Builder<'_> {
    fn add(&mut self, index: usize, low: i32, high: i32) {
        let dependency = &self.problem.dependencies[index];
        let (first, second) = (dependency.first.stages, dependency.second.stages);
        let mut unit =
            Unit { low, high, stages: 0, kind: Kind::default(), shape: Shape::Memory, witness: index as u32 };
        let number = self.all.len() as u32;
        match dependency.carrier {
            Carrier::Memory(_) => {
                unit.stages = self.kinds.add(first, second);
                unit.kind = self.kinds.stages[unit.stages as usize].kind;
            }
            Carrier::Transition(transition) => {
                let transition = transition as usize;
                if self.transitions.len() <= transition {
                    self.transitions.resize(transition + 1, None);
                }
                if let Some((known, firsts, seconds, _)) = &mut self.transitions[transition] {
                    let other = &mut self.all[*known as usize];
                    if low > other.low {
                        (other.low, other.witness) = (low, index as u32);
                    }
                    (*firsts, *seconds) = (*firsts | first, *seconds | second);
                    self.of.push(*known);
                    return;
                }
                self.transitions[transition] = Some((number, first, second, S::NONE));
                unit.shape = Shape::Transition { widest: Kind::default() };
            }
            Carrier::Nothing => {
                self.of.push(NO_UNIT);
                return;
            }
            Carrier::AfterTransition { .. } => {
                unit.shape =
                    Shape::Follower { transition: 0, stages: 0, chained: Kind::default(), either: Kind::default() };
            }
        }
        self.of.push(number);
        self.all.push(unit);
    }

    #[track_caller]
    fn finish(mut self, later_readers: LaterReaders) -> Units {
        for (index, dependency) in self.problem.dependencies.iter().enumerate() {
            let Carrier::AfterTransition { transition, .. } = dependency.carrier else { continue };
            let known = self.transitions.get_mut(transition as usize).and_then(Option::as_mut);
            let (transition, firsts, seconds, later) =
                known.expect("a dependency after a transition follows one of the problem's");
            let (transition, firsts, seconds) = (*transition, *firsts, *seconds);
            *later |= dependency.second.stages;
            let ridden = self.kinds.add(firsts, dependency.second.stages);
            let chained = self.kinds.add(seconds, dependency.second.stages);
            let [kind, chained_kind] = [ridden, chained].map(|stages| self.kinds.stages[stages as usize].kind);
            let either = kind.both(chained_kind);
            let low = self.all[transition as usize].low + 1;
            let unit = &mut self.all[self.of[index] as usize];
            (unit.low, unit.stages, unit.kind) = (low, ridden, kind);
            unit.shape = Shape::Follower { transition, stages: chained, chained: chained_kind, either };
        }
        for &(number, first, second, later) in self.transitions.iter().flatten() {
            let [stages, widest] = [second, second | later].map(|second| self.kinds.add(first, second));
            let [kind, widest] = [stages, widest].map(|stages| self.kinds.stages[stages as usize].kind);
            let unit = &mut self.all[number as usize];
            (unit.stages, unit.kind, unit.shape) = (stages, kind, Shape::Transition { widest });
        }
        Units { all: self.all, of: self.of, chain: later_readers == LaterReaders::Chain }
    }
}
