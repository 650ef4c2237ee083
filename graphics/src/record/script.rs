//! What the recording of one frame needs to know, worked out once and kept while nothing changes.

use std::any::TypeId;
use std::ffi::CString;
use std::sync::Arc;

use ash::vk;

use crate::declare::access::Access;
use crate::declare::pass::PassKind;
use crate::plan::{Barrier, Call, Plan, Subresource};
use crate::record::barrier::{Handle, Lowered};
use crate::usage::UsageRow;

/// A planned frame with the handles of its resources.
pub(crate) struct Script {
    pub(crate) plan: Arc<Plan>,
    pub(crate) passes: Vec<ScriptPass>,
    /// The barriers after the last pass.
    pub(crate) end: Lowered,
    /// The pass of each system of the program.
    pub(crate) pass_of: Vec<Option<usize>>,
    /// The resources of the plan, in its order, and what they are in this frame.
    pub(crate) resources: Vec<(ResourceKey, Handle)>,
}

/// Names a resource of a renderer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ResourceKey {
    /// The identity of the contents: `GpuResource::ID`.
    pub(crate) key: TypeId,
    pub(crate) instance: u32,
    /// Whether it is what the previous frame wrote.
    pub(crate) previous: bool,
}

/// One pass: its barriers, and what it may touch.
pub(crate) struct ScriptPass {
    pub(crate) name: Arc<str>,
    pub(crate) label: CString,
    pub(crate) kind: PassKind,
    /// The call that its command buffer begins with.
    pub(crate) call: Lowered,
    pub(crate) uses: Vec<Use>,
}

/// One declared access with the handle behind it.
#[derive(Clone)]
pub(crate) struct Use {
    pub(crate) resource: ResourceKey,
    pub(crate) access: Access,
    pub(crate) usage: &'static UsageRow,
    pub(crate) part: Subresource,
    /// The layout that the image has in the pass.
    pub(crate) layout: vk::ImageLayout,
    pub(crate) handle: Handle,
    pub(crate) label: Arc<str>,
}

/// Which of the planned barriers are recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Emission {
    /// Whether none are, but for those after the last pass.
    pub(crate) hints_only: bool,
    /// The barrier that is left out, counted through all calls: a test of what notices.
    pub(crate) left_out: Option<usize>,
}

impl Script {
    pub(crate) fn new(
        plan: Arc<Plan>,
        uses: Vec<Vec<Use>>,
        resources: Vec<(ResourceKey, Handle)>,
        systems: usize,
        emission: Emission,
    ) -> Self {
        let handles: Vec<_> = resources.iter().map(|(_, handle)| *handle).collect();
        let mut calls = lower(&plan, &handles, emission);
        let end = calls.pop().unwrap_or_default();
        let mut pass_of = vec![None; systems];
        for (index, pass) in plan.passes.iter().enumerate() {
            if let Some(slot) = pass_of.get_mut(pass.system) {
                *slot = Some(index);
            }
        }
        let passes = plan.passes.iter().zip(calls).zip(uses).map(|((pass, call), uses)| ScriptPass {
            name: Arc::from(&*pass.name),
            label: crate::record::table::c_string(&pass.name),
            kind: pass.kind,
            call,
            uses,
        });
        let passes = passes.collect();
        Self { plan, passes, end, pass_of, resources }
    }
}

/// Returns what is recorded in each gap; the last is END.
fn lower(plan: &Plan, handles: &[Handle], emission: Emission) -> Vec<Lowered> {
    let mut lowered = vec![Lowered::default(); plan.passes.len() + 1];
    let mut number = 0;
    for call in &plan.calls {
        let keep = |barrier: &Barrier| {
            let left_out = emission.left_out == Some(number);
            number += 1;
            !left_out && is_recorded(plan, call, barrier, emission)
        };
        lowered[call.gap] = Lowered::of(call, handles, keep);
    }
    lowered
}

/// Says whether a barrier is recorded: for a pass that has its barriers emitted, or after the last pass.
fn is_recorded(plan: &Plan, call: &Call, barrier: &Barrier, emission: Emission) -> bool {
    if call.gap == plan.passes.len() {
        return true;
    }
    let emitted = |pass: Option<usize>| match pass.and_then(|pass| plan.passes.get(pass)) {
        Some(pass) => pass.auto_barriers,
        None => true,
    };
    !emission.hints_only && barrier.reasons.iter().any(|reason| emitted(reason.second.pass))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::pass::Queue;
    use crate::plan::{Hazard, PlannedPass, QueueRef, Reason, ReasonAccess, ResourceRef, Scope, Target};

    fn pass(system: usize, auto_barriers: bool) -> PlannedPass {
        let (name, stage) = (Arc::from(format!("System{system}")), Arc::from("stage"));
        PlannedPass {
            system,
            name,
            stage,
            kind: PassKind::Transfer,
            queue: Queue::Graphics,
            runs_on: QueueRef(0),
            fallback: None,
            auto_barriers,
        }
    }

    /// A barrier whose second access is that of a pass, or of the world after the frame.
    fn barrier(second: Option<usize>) -> Barrier {
        let part = Subresource::Buffer { bytes: 0..4 };
        let second =
            ReasonAccess { pass: second, system: Arc::from("second"), usage: "CopySource", write: false, at: None };
        let reason = Reason { hazard: Hazard::ReadAfterWrite, resource: ResourceRef(0), part, first: None, second };
        let (first, second) = (Scope::default(), Scope::default());
        Barrier { first, second, target: Target::Memory, transfer: None, reasons: vec![reason] }
    }

    /// System 1 has no pass. The pass of system 2 records its own barriers.
    fn plan() -> Arc<Plan> {
        Arc::new(Plan {
            passes: vec![pass(0, true), pass(2, false), pass(3, true)],
            resources: vec!["GpuBuffer<Mesh>".to_owned()],
            calls: vec![
                Call { submission: 0, gap: 1, barriers: vec![barrier(Some(1)), barrier(Some(2))] },
                Call { submission: 0, gap: 2, barriers: vec![barrier(Some(2))] },
                Call { submission: 0, gap: 3, barriers: vec![barrier(None)] },
            ],
            ..Plan::default()
        })
    }

    fn recorded(emission: Emission) -> Vec<usize> {
        let script = Script::new(plan(), vec![Vec::new(); 3], Vec::new(), 4, emission);
        script.passes.iter().map(|pass| pass.call.len()).chain([script.end.len()]).collect()
    }

    #[test]
    fn barriers_of_systems_that_record_their_own_are_left_to_them() {
        assert_eq!(recorded(Emission::default()), [0, 1, 1, 1]);
    }

    #[test]
    fn with_hints_alone_only_what_comes_after_the_last_pass_is_recorded() {
        assert_eq!(recorded(Emission { hints_only: true, left_out: None }), [0, 0, 0, 1]);
    }

    #[test]
    fn one_barrier_can_be_left_out() {
        let without = |number| recorded(Emission { hints_only: false, left_out: Some(number) });
        assert_eq!(without(1), [0, 0, 1, 1]);
        assert_eq!(without(2), [0, 1, 0, 1]);
        assert_eq!(without(3), [0, 1, 1, 0]);
    }

    #[test]
    fn systems_find_their_passes() {
        let script = Script::new(plan(), vec![Vec::new(); 3], Vec::new(), 4, Emission::default());
        assert_eq!(script.pass_of, [Some(0), None, Some(1), Some(2)]);
    }
}
