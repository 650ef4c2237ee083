//! What every placement must be, asked in the plainest way.

use std::collections::BTreeSet;

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
                let same = structure.carrier == dependency.carrier || met.how == How::Covered;
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
