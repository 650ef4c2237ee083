//! Which of the planned barriers are recorded.

use crate::plan::{Barrier, Call, Plan, PlannedPass};

/// Who records the barriers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Barriers {
    /// The renderer, before the systems that derive `AutoBarriers`. The others record theirs, with
    /// [`VkCommandEncoder::pipeline_barrier`](crate::VkCommandEncoder::pipeline_barrier); whether those are judged says
    /// [`RendererDesc::by_hand`](crate::RendererDesc::by_hand).
    #[default]
    Auto,
    /// Every system its own, and what they record is judged when the frame ends: a missing barrier is an error, or a panic
    /// ([`RendererDesc::on_missing`](crate::RendererDesc::on_missing)), and nothing is submitted.
    Validate,
    /// Every system its own, from the hints; nothing is judged.
    ///
    /// Here and with `Validate`, only what no system could record is emitted: the barriers after the last pass, for memory
    /// that the host reads.
    Hints,
}

/// Which of the planned barriers are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Emission {
    /// For which passes.
    pub(crate) barriers: Barriers,
    /// The barrier that is left out, counted through all calls: a test of what notices.
    pub(crate) left_out: Option<usize>,
    /// The system, by its index in the program, that records its own although it derives `AutoBarriers`.
    pub(crate) by_hand: Option<usize>,
}

impl Emission {
    /// Says whether the barriers of a pass are recorded for it.
    pub(crate) fn emits(self, pass: &PlannedPass) -> bool {
        self.emits_for(pass.system, pass.auto_barriers)
    }

    /// Says whether barriers are recorded for the pass of a system that derives `AutoBarriers`, or does not.
    pub(crate) fn emits_for(self, system: usize, auto_barriers: bool) -> bool {
        match self.barriers {
            Barriers::Auto => auto_barriers && self.by_hand != Some(system),
            Barriers::Validate | Barriers::Hints => false,
        }
    }

    /// Returns the planned barriers that are recorded, in the order of the calls.
    pub(crate) fn recorded(self, plan: &Plan) -> Vec<(&Call, Vec<&Barrier>)> {
        let mut number = 0;
        let mut keeps = |call: &Call, barrier: &Barrier| {
            let left_out = self.left_out == Some(number);
            number += 1;
            !left_out && self.is_recorded(plan, call, barrier)
        };
        let mut recorded = Vec::with_capacity(plan.calls.len());
        for call in &plan.calls {
            recorded.push((call, call.barriers.iter().filter(|barrier| keeps(call, barrier)).collect()));
        }
        recorded
    }

    /// Returns the planned barriers of a gap that are its system's to record, but for the one that is left out.
    pub(crate) fn planned(self, plan: &Plan, gap: usize) -> Vec<&Barrier> {
        let all = plan.calls.iter().flat_map(|call| call.barriers.iter().map(move |barrier| (call, barrier)));
        let kept = all.enumerate().filter(|(number, (call, barrier))| {
            call.gap == gap && self.left_out != Some(*number) && !self.is_recorded(plan, call, barrier)
        });
        kept.map(|(_, (_, barrier))| barrier).collect()
    }

    /// Says whether a barrier is recorded: for a pass that has its barriers emitted, or after the last pass.
    pub(crate) fn is_recorded(self, plan: &Plan, call: &Call, barrier: &Barrier) -> bool {
        if call.gap == plan.passes.len() {
            return true;
        }
        let emitted = |pass: Option<usize>| match pass.and_then(|pass| plan.passes.get(pass)) {
            Some(pass) => self.emits(pass),
            None => matches!(self.barriers, Barriers::Auto),
        };
        barrier.reasons.iter().any(|reason| emitted(reason.second.pass))
    }
}
