//! What every placement must be, asked in the plainest way.

use std::collections::BTreeSet;

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use super::super::*;
use super::super::{scope, structures::How};

/// Returns the gaps of the calls.
pub(super) fn calls(placement: &Placement) -> Vec<usize> {
    let mut gaps: Vec<usize> = placement.structures.iter().map(|structure| structure.gap).collect();
    gaps.dedup();
    gaps
}

/// Checks that each dependency is met by a structure in its interval whose scopes hold it.
pub(super) fn check(problem: &Problem, choices: &Choices, placement: &Placement) {
    let end = problem.passes.len();
    assert!(placement.structures.is_sorted_by_key(|structure| structure.gap));
    for (index, dependency) in problem.dependencies.iter().enumerate() {
        let Some(met) = placement.met[index] else {
            assert_eq!(dependency.carrier, Carrier::Nothing);
            continue;
        };
        let structure = &placement.structures[met.structure];
        let context = || format!("dependency {index}: {dependency:?}\nmet {met:?} by {structure:?}");
        let mut first = dependency.first;
        let low = match (dependency.producer, met.how) {
            (Producer::Pass(pass), _) => pass + 1,
            (Producer::PreviousFrame | Producer::Outside, _) => 0,
        };
        if structure.next_frame {
            assert_eq!((choices.frame, structure.gap), (Frame::Repeats, end), "{}", context());
            assert_eq!(dependency.producer, Producer::PreviousFrame, "{}", context());
        } else {
            assert!(low <= structure.gap && structure.gap <= dependency.consumer, "{}", context());
        }
        match dependency.carrier {
            Carrier::Transition(transition) if problem.can_stay.get(transition as usize) == Some(&true) => {
                assert!(structure.carrier == dependency.carrier || is_shared(structure, choices), "{}", context());
            }
            Carrier::Transition(_) => assert_eq!(structure.carrier, dependency.carrier),
            Carrier::AfterTransition { transition, .. } => {
                let of = problem.dependencies.iter().position(|one| one.carrier == Carrier::Transition(transition));
                let before = &placement.structures[placement.met[of.unwrap()].unwrap().structure];
                if met.how == How::Chained {
                    assert!(before.next_frame || before.gap < structure.gap, "{}", context());
                    let (made, next) = (scope::second(before.second.stages), scope::first(structure.first.stages));
                    assert!(made.intersects(next), "{}", context());
                    first = crate::plan::model::Scope::default();
                } else {
                    assert_eq!(structure, before, "{}", context());
                }
            }
            Carrier::Memory(_) => {
                let same =
                    structure.carrier == dependency.carrier || met.how == How::Covered || is_shared(structure, choices);
                assert!(same && !matches!(structure.carrier, Carrier::AfterTransition { .. }), "{}", context());
            }
            Carrier::Nothing => panic!("{}", context()),
        }
        assert!(scope::first(structure.first.stages).contains(scope::stages(first.stages)), "{}", context());
        assert!(
            scope::second(structure.second.stages).contains(scope::stages(dependency.second.stages)),
            "{}",
            context()
        );
        for (have, want) in [(structure.first, first), (structure.second, dependency.second)] {
            assert!(want.access.is_empty() || have.stages.contains(want.stages), "{}", context());
            assert!(have.access.contains(want.access), "{}", context());
        }
    }
    certificate(problem, choices, placement);
    for (number, structure) in placement.structures.iter().enumerate() {
        if matches!(structure.carrier, Carrier::Memory(_)) {
            orders_no_more(problem, placement, structure);
            flushes_no_more(problem, choices, placement, number);
        }
    }
}

fn is_shared(structure: &Structure, choices: &Choices) -> bool {
    matches!(choices.joining, Joining::InCall { key } if structure.carrier == Carrier::Memory(key))
}

/// Lists what a call is there for, as the stages that each dependency orders there.
fn of_call<'a>(
    problem: &'a Problem,
    placement: &'a Placement,
    structure: &'a Structure,
) -> impl Iterator<Item = (&'a Dependency, usize, Met)> {
    let met = problem.dependencies.iter().zip(&placement.met);
    met.filter_map(|(dependency, met)| Some((dependency, (*met)?))).filter_map(|(dependency, met)| {
        let by = &placement.structures[met.structure];
        ((by.gap, by.next_frame) == (structure.gap, structure.next_frame)).then_some((dependency, met.structure, met))
    })
}

/// Checks that a structure orders no stages that not one of the dependencies of its call orders by itself, or some transition.
fn orders_no_more(problem: &Problem, placement: &Placement, structure: &Structure) {
    let pairs: Vec<(S, S)> = of_call(problem, placement, structure)
        .map(|(dependency, by, met)| {
            let by = &placement.structures[by];
            match (by.carrier, met.how) {
                (Carrier::Transition(_), _) | (_, How::Chained) => (by.first.stages, by.second.stages),
                _ => (dependency.first.stages, dependency.second.stages),
            }
        })
        .collect();
    for bit in
        (0..64).map(|bit| S::from_raw(1 << bit)).filter(|bit| scope::first(structure.first.stages).contains(*bit))
    {
        let after = pairs.iter().filter(|(first, _)| scope::first(*first).contains(bit));
        let after = after.fold(S::NONE, |all, (_, second)| all | scope::second(*second));
        assert!(after.contains(scope::second(structure.second.stages)), "{bit:?} of {structure:?}: {problem:#?}");
    }
}

/// Checks that what came into a shared structure from others waits for what a transition of its call waits for.
fn flushes_no_more(problem: &Problem, choices: &Choices, placement: &Placement, number: usize) {
    let structure = &placement.structures[number];
    let mut accesses = (A::NONE, A::NONE);
    for (dependency, by, met) in of_call(problem, placement, structure) {
        let (came, flushed) = &mut accesses;
        if matches!(placement.structures[by].carrier, Carrier::Transition(_)) {
            *flushed |= dependency.first.access;
        } else if by == number && dependency.carrier != structure.carrier && met.how == How::Directly {
            *came |= dependency.first.access;
        }
    }
    assert!(!is_shared(structure, choices) || accesses.1.contains(accesses.0), "{structure:?}: {problem:#?}");
}

/// Checks that the certificate proves what it says.
fn certificate(problem: &Problem, choices: &Choices, placement: &Placement) {
    let end = problem.passes.len();
    let gaps = |index: usize, with_end: bool| -> BTreeSet<usize> {
        let dependency = &problem.dependencies[index];
        assert!(matches!(dependency.carrier, Carrier::Memory(_) | Carrier::Transition(_)));
        let low = if let Producer::Pass(pass) = dependency.producer { pass + 1 } else { 0 };
        let wraps = choices.frame == Frame::Repeats && dependency.producer == Producer::PreviousFrame;
        (low..=dependency.consumer).chain(wraps.then_some(end)).filter(|gap| with_end || *gap != end).collect()
    };
    let disjoint = |list: &[usize], with_end| {
        list.iter()
            .enumerate()
            .all(|(at, one)| list[..at].iter().all(|other| gaps(*one, with_end).is_disjoint(&gaps(*other, with_end))))
    };
    match &placement.certificate {
        Certificate::Disjoint(list) => {
            assert!(disjoint(list, true), "{problem:?} {list:?}");
            assert_eq!(list.len(), calls(placement).len());
        }
        Certificate::Cases { without_end, with_end } => {
            assert!(disjoint(without_end, false) && disjoint(with_end, true));
            assert!(with_end.iter().all(|index| !gaps(*index, true).contains(&end)));
            assert_eq!(without_end.len().min(with_end.len() + 1), calls(placement).len());
        }
    }
}
