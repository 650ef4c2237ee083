//! What two plain ways of placing barriers come to on the same dependencies, to compare a plan with.

use ash::vk::PipelineStageFlags2 as S;

use super::certificate::Certificate;
use super::problem::{Carrier, Dependency, Problem};
use super::structures::Structure;
use super::{Placement, false_pairs};
use crate::plan::model::Scope;

/// What a placement comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) calls: usize,
    pub(crate) structures: usize,
    pub(crate) false_pairs: usize,
}

/// Counts what it comes to when each dependency is met right before the pass that needs it, in a structure of its own;
/// those of one call that are equal are one.
pub(crate) fn just_in_time(problem: &Problem) -> Counts {
    let mut structures = transitions(problem);
    for dependency in &problem.dependencies {
        let Dependency { consumer: gap, first, second, carrier, .. } = *dependency;
        let (first, carrier) = match carrier {
            Carrier::Memory(_) => (first, carrier),
            Carrier::AfterTransition { transition, key } => {
                let made = structures.iter_mut().find(|one| one.carrier == Carrier::Transition(transition));
                let Some(made) = made else { continue };
                if made.gap == gap {
                    made.second |= second;
                    continue;
                }
                (Scope { stages: made.second.stages, ..Scope::default() }, Carrier::Memory(key))
            }
            Carrier::Transition(_) | Carrier::Nothing => continue,
        };
        let structure = Structure { gap, carrier, first, second, next_frame: false };
        if !structures.contains(&structure) {
            structures.push(structure);
        }
    }
    counts(problem, structures)
}

/// Counts what it comes to when everything waits for everything before each pass, and before END where something must
/// wait there. Layouts change by structures of their own even so.
pub(crate) fn full_barriers(problem: &Problem) -> Counts {
    let all = problem.passes.iter().fold(S::NONE, |all, stages| all | *stages);
    let everything = Scope { stages: all, ..Scope::default() };
    let needed_at_end = problem.dependencies.iter().any(|one| one.consumer == problem.passes.len());
    let does_something = |gap: &usize| problem.passes.get(*gap).is_none_or(|stages| !stages.is_empty());
    let gaps = (0..problem.passes.len() + usize::from(needed_at_end)).filter(does_something);
    let between = gaps.map(|gap| Structure {
        gap,
        carrier: Carrier::Memory(0),
        first: everything,
        second: everything,
        next_frame: false,
    });
    let structures = transitions(problem).into_iter().chain(between).collect();
    counts(problem, structures)
}

/// Returns the transitions, each right before the pass that needs it.
fn transitions(problem: &Problem) -> Vec<Structure> {
    let mut transitions: Vec<Structure> = Vec::new();
    for dependency in &problem.dependencies {
        let Dependency { consumer: gap, first, second, carrier, .. } = *dependency;
        if !matches!(carrier, Carrier::Transition(_)) {
            continue;
        }
        match transitions.iter_mut().find(|one| one.carrier == carrier) {
            Some(known) => {
                known.first |= first;
                known.second |= second;
            }
            None => transitions.push(Structure { gap, carrier, first, second, next_frame: false }),
        }
    }
    transitions
}

fn counts(problem: &Problem, mut structures: Vec<Structure>) -> Counts {
    structures.sort_by_key(|structure| structure.gap);
    let count = structures.len();
    let calls = structures.chunk_by(|one, other| one.gap == other.gap).count();
    let certificate = Certificate::Disjoint(Vec::new());
    let placement = Placement { structures, met: Vec::new(), certificate, false_pairs_proven: false };
    Counts { calls, structures: count, false_pairs: false_pairs(problem, &placement).len() }
}
