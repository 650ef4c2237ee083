//! Why a plan has no fewer calls.

use super::problem::{Carrier, Problem, Producer};

/// Dependencies, as indices into the problem's, that prove a number of calls minimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Certificate {
    /// Their intervals are pairwise disjoint, so that no call meets two of them: there are at least as many calls.
    Disjoint(Vec<usize>),
    /// The frame repeats, and the proof is by cases.
    Cases {
        /// Without a call at END, the intervals of these are pairwise disjoint.
        without_end: Vec<usize>,
        /// With one, the intervals of these are pairwise disjoint, and none can be met at END: one call more than these.
        with_end: Vec<usize>,
    },
}

impl Certificate {
    /// Joins what is known of plans of a loop with and without a call at END.
    pub(super) fn of_loop(problem: &Problem, with_end: Vec<usize>, without_end: Option<Vec<usize>>) -> Self {
        let calls = without_end.as_ref().map_or(usize::MAX, Vec::len).min(with_end.len() + 1);
        if with_end.len() == calls {
            return Self::Disjoint(with_end);
        }
        if let Some(at_end) = only_at_end(problem, &with_end) {
            return Self::Disjoint([with_end, vec![at_end]].concat());
        }
        Self::Cases { without_end: without_end.unwrap_or_default(), with_end }
    }
}

/// Finds a dependency that can be met at END and in no gap of the intervals of `others`, which are in order.
fn only_at_end(problem: &Problem, others: &[usize]) -> Option<usize> {
    let low = |dependency: usize| match problem.dependencies[dependency].producer {
        Producer::Pass(pass) => pass + 1,
        Producer::PreviousFrame | Producer::Outside => 0,
    };
    let first = others.first().map_or(problem.passes.len(), |first| low(*first));
    let last = others.last().map_or(0, |last| problem.dependencies[*last].consumer + 1);
    (0..problem.dependencies.len()).find(|&index| {
        let consumer = problem.dependencies[index].consumer;
        let needs_a_call = match problem.dependencies[index].carrier {
            Carrier::Memory(_) | Carrier::Transition(_) => true,
            Carrier::AfterTransition { .. } | Carrier::Nothing => false,
        };
        needs_a_call
            && match problem.dependencies[index].producer {
                Producer::PreviousFrame => consumer < first,
                Producer::Pass(_) | Producer::Outside => consumer == problem.passes.len() && low(index) >= last,
            }
    })
}
