//! What the recording of one frame needs to know, worked out once and kept while nothing changes.

use std::any::TypeId;
use std::ffi::CStr;
use std::ops::Range;
use std::sync::Arc;

use ash::vk;

use crate::declare::access::Access;
use crate::declare::pass::PassKind;
use crate::plan::{Barrier, Call, Input, Plan, ResourceRef, ResourceState, Subresource};
use crate::record::barrier::{Handle, Lowered};
use crate::record::emission::Emission;
use crate::usage::UsageRow;

/// A planned frame with the handles of its resources.
pub(crate) struct Script {
    /// Tells it from all others of its renderer, once it has one.
    pub(crate) number: u64,
    /// What it was planned from.
    pub(crate) input: Input,
    pub(crate) plan: Arc<Plan>,
    pub(crate) emission: Emission,
    pub(crate) passes: Vec<ScriptPass>,
    /// The call before the first pass: what the first of several equal frames begins with.
    pub(crate) prologue: Lowered,
    /// The loop whose next frame the END of this one prepares, if it does.
    pub(crate) prepares: Option<LoopId>,
    /// The barriers after the last pass of each submission.
    pub(crate) closing: Vec<Lowered>,
    /// The pass of each system of the program.
    pub(crate) pass_of: Vec<Option<usize>>,
    /// For each queue, how many passes it has, and whether any of them draws.
    pub(crate) load: Vec<(usize, bool)>,
    /// The resources of the plan, in its order, and what they are in this frame.
    pub(crate) resources: Vec<Found>,
    /// The resources that have a twin to swap with when they are written, and are written.
    pub(crate) written: Vec<Found>,
}

/// Names a frame that is planned as the body of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LoopId(pub(crate) u64);

/// A resource that was found for a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) key: ResourceKey,
    /// The object that it is in this frame.
    pub(crate) handle: Handle,
    /// Its number among all that there have been.
    pub(crate) serial: u64,
    /// Where the registry has it.
    pub(crate) slot: usize,
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
    pub(crate) label: Arc<CStr>,
    pub(crate) kind: PassKind,
    /// The queue that it runs on.
    pub(crate) queue: usize,
    /// The pass before it in its submission.
    pub(crate) follows: Option<usize>,
    /// Whether its barriers are emitted; else its system records them.
    pub(crate) emitted: bool,
    /// The call that its command buffer begins with.
    pub(crate) call: Lowered,
    pub(crate) uses: Vec<Use>,
    /// Those of its uses that read a buffer.
    pub(crate) readable: Box<[Readable]>,
}

/// Bytes of a buffer that a pass declares in `reads`: what each draw that names a buffer asks for.
#[derive(Clone, Debug)]
pub(crate) struct Readable {
    pub(crate) raw: vk::Buffer,
    /// No more than there are.
    pub(crate) bytes: Range<u64>,
}

/// One declared access with the handle behind it.
#[derive(Clone)]
pub(crate) struct Use {
    pub(crate) resource: ResourceKey,
    /// The resource's number in the plan.
    pub(crate) number: ResourceRef,
    pub(crate) access: Access,
    pub(crate) usage: &'static UsageRow,
    pub(crate) part: Subresource,
    /// The layout that the image has in the pass.
    pub(crate) layout: vk::ImageLayout,
    pub(crate) handle: Handle,
    pub(crate) label: Arc<str>,
    /// Which accesses of the pass are of the same object, and which of those in the same direction: a bit for each of the
    /// first 64.
    pub(crate) same: Same,
}

/// The accesses of a pass that a command may mean which names the object of one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Same {
    pub(crate) object: u64,
    pub(crate) direction: u64,
}

impl Script {
    pub(crate) fn new(
        input: Input,
        plan: Arc<Plan>,
        uses: Vec<Vec<Use>>,
        resources: Vec<Found>,
        systems: usize,
        emission: Emission,
    ) -> Self {
        let (calls, closing) = lower(&plan, &resources, emission);
        let mut pass_of = vec![None; systems];
        for (index, pass) in plan.passes.iter().enumerate() {
            if let Some(slot) = pass_of.get_mut(pass.system) {
                *slot = Some(index);
            }
        }
        let written = written(&uses, &resources);
        let uses = uses.into_iter().map(know_the_same);
        let follows = follows(&plan);
        let passes =
            plan.passes.iter().zip(calls).zip(uses).zip(follows).map(|(((pass, call), uses), follows)| ScriptPass {
                follows,
                name: Arc::from(&*pass.name),
                label: Arc::from(crate::record::table::c_string(&pass.name)),
                kind: pass.kind,
                queue: pass.runs_on.0,
                emitted: emission.emits(pass),
                call,
                readable: uses.iter().filter_map(Readable::of).collect(),
                uses,
            });
        let passes: Vec<ScriptPass> = passes.collect();
        let of_queue = |queue| passes.iter().filter(move |pass| pass.queue == queue);
        let load = |queue| (of_queue(queue).count(), of_queue(queue).any(|pass| pass.kind == PassKind::Raster));
        let load = (0..input.topology.queues().len()).map(load).collect();
        let prologue = Lowered::default();
        Self {
            number: 0,
            input,
            plan,
            emission,
            passes,
            prologue,
            prepares: None,
            closing,
            pass_of,
            load,
            resources,
            written,
        }
    }

    /// Makes a frame of a loop of it: the first, which records the prologue, or one that follows.
    pub(crate) fn in_loop(self, id: LoopId, is_first: bool) -> Self {
        let handles: Vec<_> = self.resources.iter().map(|found| found.handle).collect();
        let barriers = if is_first { self.plan.prologue.as_slice() } else { &[] };
        // Numbers of scripts on their own are multiples of 3.
        let number = id.0 * 3 + if is_first { 1 } else { 2 };
        Self { number, prologue: Lowered::of(barriers, &handles), prepares: Some(id), ..self }
    }

    /// Returns what is known of each resource after the frame.
    pub(crate) fn leaves(&self) -> &[ResourceState] {
        match self.prepares {
            Some(_) => &self.plan.exit_prepared,
            None => &self.plan.exit,
        }
    }

    /// Says whether a system of this frame records its own barriers.
    pub(crate) fn has_passes_by_hand(&self) -> bool {
        self.passes.iter().any(|pass| !pass.emitted)
    }

    /// Returns the planned barriers that are recorded, by gap.
    pub(crate) fn recorded(&self) -> Vec<(&Call, Vec<&Barrier>)> {
        self.emission.recorded(&self.plan)
    }
}

impl Readable {
    fn of(used: &Use) -> Option<Self> {
        match (&used.part, used.handle, used.access) {
            (Subresource::Buffer { bytes }, Handle::Buffer(handle), Access::Read) => {
                Some(Self { raw: handle.raw, bytes: bytes.start..bytes.end.min(handle.len_bytes) })
            }
            (Subresource::Buffer { .. }, Handle::Buffer(_), Access::Write)
            | (Subresource::Buffer { .. }, Handle::Image(_), _)
            | (Subresource::Image { .. }, _, _) => None,
        }
    }
}

/// Works out which accesses of a pass are of the same object.
fn know_the_same(mut uses: Vec<Use>) -> Vec<Use> {
    let bits = |is: &dyn Fn(&Use) -> bool| {
        let known = uses.iter().take(64).enumerate().filter(|(_, used)| is(used));
        known.fold(0, |bits, (bit, _)| bits | 1 << bit)
    };
    let same: Vec<_> = uses
        .iter()
        .map(|used| Same {
            object: bits(&|other| other.handle == used.handle),
            direction: bits(&|other| other.handle == used.handle && other.access == used.access),
        })
        .collect();
    for (used, same) in uses.iter_mut().zip(same) {
        used.same = same;
    }
    uses
}

/// Returns what passes write, each once.
fn written(uses: &[Vec<Use>], resources: &[Found]) -> Vec<Found> {
    let writes = uses.iter().flatten().filter(|used| !used.resource.previous && used.access == Access::Write);
    let mut written: Vec<_> = writes.map(|used| used.number.0).collect();
    written.sort_unstable();
    written.dedup();
    written.into_iter().map(|number| resources[number]).collect()
}

/// Returns for each pass the one before it in its submission.
fn follows(plan: &Plan) -> Vec<Option<usize>> {
    let mut follows = vec![None; plan.passes.len()];
    for pair in plan.submissions.iter().flat_map(|submission| submission.passes.windows(2)) {
        follows[pair[1]] = Some(pair[0]);
    }
    follows
}

/// Returns what is recorded before each pass, and at the end of each submission.
fn lower(plan: &Plan, resources: &[Found], emission: Emission) -> (Vec<Lowered>, Vec<Lowered>) {
    let handles: Vec<_> = resources.iter().map(|found| found.handle).collect();
    let mut before = vec![Lowered::default(); plan.passes.len()];
    let mut closing = vec![Lowered::default(); plan.submissions.len().max(1)];
    for (call, barriers) in emission.recorded(plan) {
        let lowered = Lowered::of(barriers, &handles);
        match before.get_mut(call.gap) {
            Some(before) => *before = lowered,
            None => closing[call.submission] = lowered,
        }
    }
    (before, closing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declare::pass::Queue;
    use crate::plan::{Hazard, PlannedPass, QueueRef, Reason, ReasonAccess, ResourceRef, Scope, Target};
    use crate::record::emission::Barriers;

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
        let script = Script::new(Input::default(), plan(), vec![Vec::new(); 3], Vec::new(), 4, emission);
        script.passes.iter().map(|pass| &pass.call).chain(&script.closing).map(Lowered::len).collect()
    }

    #[test]
    fn barriers_of_systems_that_record_their_own_are_left_to_them() {
        assert_eq!(recorded(Emission::default()), [0, 1, 1, 1]);
    }

    #[test]
    fn where_systems_record_their_own_only_what_comes_after_the_last_pass_is_recorded() {
        for barriers in [Barriers::Hints, Barriers::Validate] {
            assert_eq!(recorded(Emission { barriers, ..Emission::default() }), [0, 0, 0, 1]);
        }
    }

    #[test]
    fn one_system_can_be_left_to_itself() {
        assert_eq!(recorded(Emission { by_hand: Some(3), ..Emission::default() }), [0, 0, 0, 1]);
    }

    #[test]
    fn one_barrier_can_be_left_out() {
        let without = |number| recorded(Emission { left_out: Some(number), ..Emission::default() });
        assert_eq!(without(1), [0, 0, 1, 1]);
        assert_eq!(without(2), [0, 1, 0, 1]);
        assert_eq!(without(3), [0, 1, 1, 0]);
    }

    #[test]
    fn systems_find_their_passes() {
        let script = Script::new(Input::default(), plan(), vec![Vec::new(); 3], Vec::new(), 4, Emission::default());
        assert_eq!(script.pass_of, [Some(0), None, Some(1), Some(2)]);
    }
}
