//! A frame while it is recorded, and the slots of the frames in flight.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use fencewright::{Failure, Program, RunContext, Threads};

use crate::declare::pass::Pass;
use crate::device::arena::Arena;
use crate::device::ask::Ask;
use crate::device::desc::RendererDesc;
use crate::device::gpu::Gpu;
use crate::device::left;
use crate::device::marks::Marks;
use crate::device::memory::Allocate;
use crate::device::renderer::{Shared, VkRenderer};
use crate::device::submit::Commands;
use crate::device::validate::{Observed, SuperfluousBarrier};
use crate::judge::Verdict;
use crate::plan::{self, Plan, Report};
use crate::record::encoder::VkCommandEncoder;
use crate::record::error::VkError;
use crate::record::recorder::Recorder;
use crate::record::script::Script;
use crate::renderer::Renderer;
use crate::resource::{GpuBuffer, GpuImage};

/// What one frame in flight has to itself: command pools and upload memory.
pub(crate) struct Slot {
    pub(crate) recorder: Recorder,
    commands: Commands,
    /// The submissions that used it last.
    last: Marks,
    /// The number of the frame that used it last.
    frame: u64,
}

/// The slots that no open frame has; the one that was submitted longest ago is first.
pub(crate) struct Slots {
    free: VecDeque<Slot>,
}

impl Slots {
    pub(crate) fn new(gpu: &Gpu, memory: &Arc<dyn Allocate>, desc: &RendererDesc) -> Self {
        let slot = |_| {
            let sharing = gpu.sharing_families();
            let arena = Arena::new(Arc::clone(&gpu.table), Arc::clone(memory), desc.upload_chunk_bytes, sharing);
            let families: Vec<u32> = gpu.topology.queues().iter().map(|queue| queue.family).collect();
            let how = (desc.command_memory, desc.command_buffers.joins(gpu.validation.is_some()));
            let recorder = Recorder::new(Arc::clone(&gpu.table), &families, how, Box::new(arena));
            Slot { recorder, commands: Commands::default(), last: Marks::default(), frame: 0 }
        };
        Self { free: (0..desc.frames_in_flight).map(slot).collect() }
    }

    /// Destroys the command pools; the upload memory goes with the slots.
    ///
    /// # Safety
    ///
    /// The device has finished with all slots, and none is used afterwards.
    pub(crate) unsafe fn destroy(&mut self) {
        for slot in &mut self.free {
            // SAFETY: the caller's promise.
            unsafe { slot.recorder.destroy() };
        }
    }
}

/// A frame of a [`VkRenderer`] while its systems record.
///
/// Give it to one run of a schedule, `schedule.run_with(&mut world, &frame)?`, then to [`VkRenderer::end_frame`]. If it is
/// dropped instead, nothing is submitted and nothing is changed: the next frame works.
///
/// # Examples
///
/// ```no_run
/// use fencewright::prelude::*;
/// use fencewright_graphics::prelude::*;
/// use fencewright_graphics::VkRenderer;
///
/// fn draw(renderer: &VkRenderer, schedule: &mut Schedule, world: &mut World) -> Result<(), Box<dyn std::error::Error>> {
///     let frame = renderer.begin_frame()?; // waits until the host is no further ahead than `frames_in_flight`
///     schedule.run_with(world, &frame)?;   // plans, where this frame differs from those before, and records
///     if let Some(plan) = frame.plan() {
///         println!("{plan}");              // each barrier, and why it is there
///     }
///     renderer.end_frame(frame)?;          // submits in program order
///     Ok(())
/// }
/// ```
///
/// [`VkRenderer::end_frame`]: Renderer::end_frame
pub struct VkFrame {
    shared: Arc<Shared>,
    /// Taken when the frame ends.
    slot: Option<Slot>,
}

impl VkFrame {
    /// Returns the plan of this frame, once it was given to a run.
    pub fn plan(&self) -> Option<Arc<Plan>> {
        self.slot.as_ref().and_then(|slot| slot.recorder.script()).map(|script| Arc::clone(&script.plan))
    }

    /// Says how good the plan of this frame is, once it was given to a run: for people and tools, as it plans again to find out.
    pub fn plan_report(&self) -> Option<Report> {
        let script = self.slot.as_ref().and_then(|slot| slot.recorder.script())?;
        plan::plan_with_report(&script.input).ok().map(|(_, report)| report)
    }

    /// Returns the encoder of a system by its index in the program; inside a system, `cx.encoder()` does it.
    ///
    /// # Errors
    ///
    /// If the frame was not given to a run, the system has no pass, its pass is of another kind than `P`, or it took its encoder
    /// already.
    pub fn encoder<P: Pass>(&self, system: usize) -> Result<VkCommandEncoder<'_, P>, VkError> {
        self.encoder_on(system, &Threads::Inline)
    }

    pub(crate) fn encoder_on<'f, P: Pass>(
        &'f self,
        system: usize,
        threads: &'f Threads,
    ) -> Result<VkCommandEncoder<'f, P>, VkError> {
        VkCommandEncoder::new(self.recorder()?, system, threads)
    }

    /// Returns a buffer that a system declares.
    ///
    /// # Errors
    ///
    /// If the system does not declare this instance.
    pub fn buffer<M: ?Sized + 'static>(&self, system: usize, instance: u32) -> Result<GpuBuffer<M>, VkError> {
        Ask { frame: Some(self), system, instance: Some(instance), previous: false }.buffer()
    }

    /// Returns an image that a system declares.
    ///
    /// # Errors
    ///
    /// If the system does not declare this instance.
    pub fn image<M: ?Sized + 'static>(&self, system: usize, instance: u32) -> Result<GpuImage<M>, VkError> {
        Ask { frame: Some(self), system, instance: Some(instance), previous: false }.image()
    }

    /// Judges what the systems have recorded so far, barriers of their own included, from the state that the frames before
    /// this one left. `end_frame` does it by itself where barriers are judged. Costs a few microseconds for each pass.
    ///
    /// What goes past the encoder, by [`VkCommandEncoder::raw`], cannot be seen: tell of it by
    /// [`VkCommandEncoder::note_barrier`].
    ///
    /// # Errors
    ///
    /// If the frame was not given to a run.
    pub fn verdict(&self) -> Result<Verdict, VkError> {
        let (script, observed) = self.observed()?;
        Ok(self.shared.verdict_of(script, &observed))
    }

    /// Finds what systems have recorded themselves for nothing: structures, stages and accesses that neither this frame needs
    /// nor the same frame after it, each on its own. Judges the frame once for each bit: for people, not for each frame.
    ///
    /// # Errors
    ///
    /// If the frame was not given to a run.
    pub fn superfluous_barriers(&self) -> Result<Vec<SuperfluousBarrier>, VkError> {
        let (script, observed) = self.observed()?;
        Ok(self.shared.superfluous_of(script, &observed))
    }

    fn observed(&self) -> Result<(&Script, Observed), VkError> {
        let recorder = self.recorder()?;
        let script = recorder.script().ok_or(VkError::NotPrepared)?;
        Ok((script, Observed::of(script, &recorder.steps())))
    }

    pub(crate) fn recorder(&self) -> Result<&Recorder, VkError> {
        // An error is made only where there is one.
        match self.recorder_now() {
            Some(recorder) => Ok(recorder),
            None => Err(VkError::NotPrepared),
        }
    }

    /// Returns what records the frame, until it ends.
    pub(crate) fn recorder_now(&self) -> Option<&Recorder> {
        self.slot.as_ref().map(|slot| &slot.recorder)
    }
}

impl RunContext for VkFrame {
    // The place that an error shows is where the run was asked for.
    #[track_caller]
    fn prepare(&self, program: &Program) -> Result<(), Failure> {
        let recorder = self.recorder()?;
        let script = self.shared.script_of(program)?;
        self.shared.reserve_pools(recorder, &script)?;
        recorder.prepare(script)?;
        Ok(())
    }
}

impl Renderer for VkRenderer {
    type Frame = VkFrame;
    type Submitted = crate::device::submit::TimelinePoint;
    type Error = VkError;

    fn begin_frame(&self) -> Result<VkFrame, VkError> {
        if self.shared.open.swap(true, Ordering::AcqRel) {
            return Err(VkError::FrameOpen);
        }
        let slot = self.shared.slots.lock().unwrap_or_else(PoisonError::into_inner).free.pop_front();
        // From here on dropping the frame gives the slot back and closes it.
        let mut frame = VkFrame { shared: Arc::clone(&self.shared), slot };
        let Some(slot) = &mut frame.slot else { return Err(VkError::FrameOpen) };
        self.shared.timelines.wait(&slot.last, self.shared.desc.timeout)?;
        // SAFETY: the device has finished the submissions that used the slot last.
        unsafe { slot.recorder.reset() };
        self.shared.collect()?;
        Ok(frame)
    }

    fn end_frame(&self, mut frame: VkFrame) -> Result<Self::Submitted, VkError> {
        if !Arc::ptr_eq(&self.shared, &frame.shared) {
            return Err(VkError::ForeignFrame);
        }
        let Some(slot) = &mut frame.slot else { return Err(VkError::NotPrepared) };
        let Slot { recorder, commands, .. } = slot;
        recorder.finish(&mut commands.buffers, &mut commands.ends)?;
        let script = slot.recorder.script().cloned();
        // What systems recorded themselves is looked at before any of it is submitted.
        let by_hand = script.as_deref().filter(|script| script.has_passes_by_hand());
        let steps = by_hand.map(|_| slot.recorder.steps()).unwrap_or_default();
        if let Some(script) = by_hand {
            self.shared.look_for_barriers(script, &steps)?;
        }
        let observed = by_hand.map(|script| Observed::of(script, &steps));
        let judged = by_hand.is_some_and(|script| self.shared.is_judged(script));
        if let (Some(script), Some(observed), true) = (by_hand, &observed, judged) {
            self.shared.accept(script, observed)?;
        }
        // Locked over both, so that who reads a buffer on the host sees either neither or both.
        let mut registry = self.shared.registry_for_frames();
        let mut marks = Marks::default();
        let submitted = match &script {
            // SAFETY: the command buffers are complete, in program order, and belong to this slot, which waits for the submissions.
            Some(script) => unsafe { self.shared.submit_plan(&script.plan, commands, &mut marks) },
            // SAFETY: there are none.
            None => unsafe { self.shared.submit(&[]) }.map(|submitted| marks = submitted),
        };
        slot.last = slot.last.and(marks);
        submitted?;
        registry.frames += 1;
        slot.frame = registry.frames;
        let reached = script.as_deref().map(|script| script.plan.reached.clone()).unwrap_or_default();
        registry.reach(reached, self.shared.timelines.submitted());
        if let Some(script) = script {
            if let Some(observed) = observed {
                registry.leave_as(&script, &left::behind(&script.plan, &observed), marks);
                self.shared.tell(&script, judged.then_some(observed));
            } else {
                registry.leave(&script, marks);
                self.shared.tell(&script, None);
            }
        }
        drop(registry);
        Ok(crate::device::submit::TimelinePoint::new(&self.shared, marks))
    }
}

impl Drop for VkFrame {
    fn drop(&mut self) {
        if let Some(slot) = self.slot.take() {
            let mut slots = self.shared.slots.lock().unwrap_or_else(PoisonError::into_inner);
            // In the order of their submissions; a slot that was not submitted keeps its place.
            let at = slots.free.partition_point(|other| other.frame <= slot.frame);
            slots.free.insert(at, slot);
        }
        self.shared.close_frame();
    }
}

impl std::fmt::Debug for VkFrame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let passes = self.plan().map(|plan| plan.passes.len());
        f.debug_struct("VkFrame").field("passes", &passes).finish_non_exhaustive()
    }
}
