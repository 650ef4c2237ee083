//! The recording of one frame: who has an encoder, and in which order the commands execute.

use std::ffi::CStr;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ash::vk;
use fencewright::Threads;

use crate::declare::pass::PassKind;
use crate::plan::Submission;
use crate::record::barrier::Lowered;
use crate::record::error::VkError;
use crate::record::host_memory::CommandMemory;
use crate::record::log::Step;
use crate::record::open::{Open, refusal};
use crate::record::pools::{Pool, Pools, Recording};
use crate::record::progress::{Noted, Stage, State};
use crate::record::script::{Script, ScriptPass};
use crate::record::table::Table;

/// Gives out memory that the device reads in this frame and that holds a copy of what the host gives.
pub(crate) trait Staging: Send + Sync {
    /// Copies `bytes`; returns where the device finds them.
    fn stage(&self, bytes: &[u8], align: u64) -> Result<(vk::Buffer, u64), VkError>;
    /// Takes all of it back; the device reads none of it any more.
    fn reset(&mut self);
}

/// Which passes share a command buffer.
///
/// The commands and their order are the same either way. A pass finds nothing bound: what an earlier one bound may be bound
/// still where they share a command buffer, and is not where they do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CommandBuffers {
    /// As many as may; none where the renderer has a validation layer look on, which then finds what a pass forgets to bind.
    #[default]
    Auto,
    /// Passes that follow each other in a submission, where the later one is recorded right after the earlier by the same thread:
    /// each command buffer costs something to begin, to end and to submit.
    Joined,
    /// None.
    EachPass,
}

impl CommandBuffers {
    /// Whether passes share command buffers.
    pub(crate) const fn joins(self, is_validated: bool) -> bool {
        match self {
            Self::Auto => !is_validated,
            Self::Joined => true,
            Self::EachPass => false,
        }
    }
}

/// A command buffer as a submission takes it.
pub(crate) type CommandBufferInfo = vk::CommandBufferSubmitInfo<'static>;

/// Records one frame.
pub(crate) struct Recorder {
    pub(crate) table: Arc<Table>,
    /// The command pools for each queue.
    pools: Vec<Pools>,
    /// Whether passes share command buffers.
    joins: bool,
    pub(crate) staging: Box<dyn Staging>,
    prepared: OnceLock<Prepared>,
    /// The states of the frame before, for one of the same length.
    spare: Mutex<Box<[State]>>,
    noted: Mutex<Noted>,
}

pub(crate) struct Prepared {
    script: Arc<Script>,
    states: Box<[State]>,
}

impl Recorder {
    /// Makes one for queues of these families.
    pub(crate) fn new(
        table: Arc<Table>,
        families: &[u32],
        (memory, joins): (CommandMemory, bool),
        staging: Box<dyn Staging>,
    ) -> Self {
        Self {
            joins,
            pools: families.iter().map(|family| Pools::new(Arc::clone(&table), *family, memory)).collect(),
            table,
            staging,
            prepared: OnceLock::new(),
            spare: Mutex::default(),
            noted: Mutex::default(),
        }
    }

    /// Gets ready for a frame.
    pub(crate) fn prepare(&self, script: Arc<Script>) -> Result<(), VkError> {
        let spare = std::mem::take(&mut *lock(&self.spare));
        let states = if spare.len() == script.passes.len() {
            spare
        } else {
            script.passes.iter().map(|_| State::default()).collect()
        };
        self.prepared.set(Prepared { script, states }).map_err(|_| VkError::FrameUsed)
    }

    /// Returns what is recorded, once it is known.
    pub(crate) fn script(&self) -> Option<&Arc<Script>> {
        self.prepared.get().map(|prepared| &prepared.script)
    }

    /// Forgets the frame, and makes its command buffers ready for the next.
    ///
    /// # Safety
    ///
    /// No command buffer of this recorder is pending on the device.
    pub(crate) unsafe fn reset(&mut self) {
        if let Some(Prepared { mut states, .. }) = self.prepared.take() {
            for state in &mut states {
                state.reset();
            }
            *self.spare.get_mut().unwrap_or_else(PoisonError::into_inner) = states;
        }
        let noted = self.noted.get_mut().unwrap_or_else(PoisonError::into_inner);
        noted.steps.clear();
        noted.failed.clear();
        self.staging.reset();
        for pools in &mut self.pools {
            // SAFETY: the caller's promise.
            unsafe { pools.reset() };
        }
    }

    /// Destroys the command pools.
    ///
    /// # Safety
    ///
    /// As for [`Self::reset`]; nothing is recorded afterwards.
    pub(crate) unsafe fn destroy(&mut self) {
        for pools in &mut self.pools {
            // SAFETY: the caller's promise.
            unsafe { pools.destroy() };
        }
    }

    /// Makes command pools for a queue until there are `count`.
    pub(crate) fn reserve(&self, queue: usize, count: usize) -> Result<(), VkError> {
        self.pools[queue].reserve(count)
    }

    /// Returns the command pools for a pass.
    pub(crate) fn pools_for(&self, pass: &ScriptPass) -> &Pools {
        &self.pools[pass.queue]
    }

    /// Returns the pass of a system.
    pub(crate) fn pass(&self, system: usize) -> Result<&ScriptPass, VkError> {
        self.pass_of(system).ok_or_else(|| self.no_pass(system))
    }

    /// Returns the pass of a system, if it is known and has one.
    pub(crate) fn pass_of(&self, system: usize) -> Option<&ScriptPass> {
        let (index, prepared) = self.find(system)?;
        Some(&prepared.script.passes[index])
    }

    fn find(&self, system: usize) -> Option<(usize, &Prepared)> {
        let prepared = self.prepared.get()?;
        let index = (*prepared.script.pass_of.get(system)?)?;
        Some((index, prepared))
    }

    /// Opens the pass of a system: its label, then its barriers.
    pub(crate) fn open<'f>(&'f self, system: usize, kind: PassKind, threads: &'f Threads) -> Result<Open<'f>, VkError> {
        // An error is made only where there is one: it is large.
        let Some((index, prepared)) = self.find(system) else { return Err(self.no_pass(system)) };
        let (pass, state) = (&prepared.script.passes[index], &prepared.states[index]);
        if pass.kind != kind || !state.claim() {
            return Err(refusal(pass, kind));
        }
        let pools = self.pools_for(pass);
        let mut pool = match pools.take() {
            Ok(pool) => pool,
            Err(error) => {
                state.set(Stage::Untouched);
                return Err(error);
            }
        };
        let raw = match self.commands_for(&mut pool, pass) {
            Ok(raw) => raw,
            Err(error) => {
                pools.give(pool);
                state.set(Stage::Untouched);
                return Err(error);
            }
        };
        // SAFETY: the command buffer is recording, in this thread alone.
        unsafe { self.table.begin_label(raw, &pass.label) };
        // SAFETY: as above; the script's handles are alive: what is destroyed during a frame waits for it.
        unsafe { pass.call.record(&self.table, raw) };
        Ok(Open {
            recorder: self,
            pass,
            state,
            pools,
            raw,
            threads,
            index,
            bound: false,
            pool: ManuallyDrop::new(pool),
        })
    }

    /// Returns the command buffer that a pass is recorded into: that of the pass before it, where that one was the last to be
    /// recorded with this pool; else another one.
    fn commands_for(&self, pool: &mut Pool, pass: &ScriptPass) -> Result<vk::CommandBuffer, VkError> {
        match pool.recording.take() {
            Some(Recording { raw, last }) if self.joins && Some(last) == pass.follows => Ok(raw),
            other => {
                self.close(other);
                self.begin(pool, Some(pass))
            }
        }
    }

    /// Notes that the pass at `index` is recorded, unless its system panicked. Its command buffer stays open for the next.
    #[inline]
    pub(crate) fn recorded(&self, index: usize, state: &State, raw: vk::CommandBuffer, pool: &mut Pool) {
        let steps = pool.log.take();
        if std::thread::panicking() {
            // What is open in it nobody knows: it is given up, and so is the frame.
            return state.set(Stage::Panicked);
        }
        if let Some(steps) = steps {
            lock(&self.noted).steps.push((index, steps));
        }
        // SAFETY: the buffer is recording outside rendering, in this thread alone; `open` opened the label.
        unsafe { self.table.end_label(raw) };
        pool.recording = Some(Recording { raw, last: index });
        state.recorded(raw);
    }

    /// Ends a command buffer. That it cannot be ended is the failure of the last pass in it.
    fn close(&self, recording: Option<Recording>) {
        let Some(Recording { raw, last }) = recording else { return };
        if let (Err(error), Some(prepared)) = (self.end(raw), self.prepared.get()) {
            lock(&self.noted).failed.push((last, error));
            prepared.states[last].set(Stage::Failed);
        }
    }

    #[cold]
    fn no_pass(&self, system: usize) -> VkError {
        match self.prepared.get() {
            Some(_) => VkError::NoPass { system },
            None => VkError::NotPrepared,
        }
    }

    /// Returns what each system recorded, in program order; `None` for one that recorded nothing.
    pub(crate) fn steps(&self) -> Vec<Option<Vec<Step>>> {
        let Some(prepared) = self.prepared.get() else { return Vec::new() };
        let has_recorded = |state: &State| (state.stage() == Stage::Recorded).then(Vec::new);
        let mut steps: Vec<Option<Vec<Step>>> = prepared.states.iter().map(has_recorded).collect();
        for (index, noted) in &lock(&self.noted).steps {
            if let Some(recorded) = &mut steps[*index] {
                recorded.clone_from(noted);
            }
        }
        steps
    }

    /// Lists all command buffers, submission by submission, each in program order; `ends` says where each submission ends.
    /// What was planned for a pass that recorded nothing is recorded here, so that what follows it finds its layouts.
    pub(crate) fn finish(&self, buffers: &mut Vec<CommandBufferInfo>, ends: &mut Vec<usize>) -> Result<(), VkError> {
        buffers.clear();
        ends.clear();
        let Some(prepared) = self.prepared.get() else { return Ok(()) };
        for (number, submission) in prepared.script.plan.submissions.iter().enumerate() {
            self.collect(prepared, number, submission, buffers)?;
            ends.push(buffers.len());
        }
        Ok(())
    }

    /// Ends the command buffers of a submission that are open still. The barriers after its last pass go into that of this pass,
    /// where they may; returns whether they did.
    fn close_all(&self, submission: &Submission, closing: &Lowered) -> bool {
        let takes_closing = submission.passes.last().filter(|_| self.joins && !closing.is_empty());
        let mut has_closing = false;
        self.pools[submission.queue.0].for_each(|pool| {
            let is_of_it = |recording: &mut Recording| submission.passes.contains(&recording.last);
            let Some(recording) = pool.recording.take_if(is_of_it) else { return };
            if takes_closing == Some(&recording.last) {
                // SAFETY: the buffer is recording outside rendering, and whoever locks the pools has this one to itself.
                unsafe { self.labelled(recording.raw, END_OF_FRAME, closing) };
                has_closing = true;
            }
            self.close(Some(recording));
        });
        has_closing
    }

    fn collect(
        &self,
        prepared: &Prepared,
        number: usize,
        submission: &Submission,
        buffers: &mut Vec<CommandBufferInfo>,
    ) -> Result<(), VkError> {
        let (script, queue) = (&*prepared.script, submission.queue.0);
        let has_closing = self.close_all(submission, &script.closing[number]);
        if number == 0 {
            buffers.extend(self.barriers_alone(queue, None, &script.prologue)?);
        }
        let mut latest = vk::CommandBuffer::null();
        for &index in &submission.passes {
            let state = &prepared.states[index];
            if state.stage() == Stage::Recorded {
                let raw = state.commands();
                // Passes that share it follow each other.
                if raw != latest {
                    buffers.push(info(raw));
                    latest = raw;
                }
            } else {
                buffers.extend(self.collect_other(script, queue, index, state.stage())?);
            }
        }
        if !has_closing {
            buffers.extend(self.barriers_alone(queue, None, &script.closing[number])?);
        }
        Ok(())
    }

    /// Returns what is executed for a pass that recorded nothing; an error, if it should have.
    #[cold]
    fn collect_other(
        &self,
        script: &Script,
        queue: usize,
        index: usize,
        stage: Stage,
    ) -> Result<Option<CommandBufferInfo>, VkError> {
        let pass = &script.passes[index];
        let system = || pass.name.to_string();
        match stage {
            Stage::Untouched => self.barriers_alone(queue, Some(pass), &pass.call),
            Stage::Recorded => Ok(None),
            Stage::Open => Err(VkError::EncoderOpen { system: system() }),
            Stage::Panicked => Err(VkError::RecordingPanicked { system: system() }),
            Stage::Failed => Err(self.failure_of(index, system())),
        }
    }

    /// Takes out why a pass could not be recorded.
    fn failure_of(&self, index: usize, system: String) -> VkError {
        let mut noted = lock(&self.noted);
        let at = noted.failed.iter().position(|(failed, _)| *failed == index);
        at.map_or(VkError::RecordingPanicked { system }, |at| noted.failed.swap_remove(at).1)
    }

    fn barriers_alone(
        &self,
        queue: usize,
        pass: Option<&ScriptPass>,
        call: &Lowered,
    ) -> Result<Option<CommandBufferInfo>, VkError> {
        if call.is_empty() {
            return Ok(None);
        }
        let pools = &self.pools[queue];
        let mut pool = pools.take()?;
        let recorded = self.begin(&mut pool, pass).and_then(|raw| {
            // SAFETY: the buffer is recording outside rendering, in this thread alone.
            unsafe { self.labelled(raw, pass.map_or(END_OF_FRAME, |pass| &pass.label), call) };
            self.end(raw).map(|()| Some(info(raw)))
        });
        pools.give(pool);
        recorded
    }

    /// Records a call under a label.
    ///
    /// # Safety
    ///
    /// The buffer is recording outside rendering, and no other thread uses its pool.
    unsafe fn labelled(&self, raw: vk::CommandBuffer, label: &CStr, call: &Lowered) {
        // SAFETY: the caller's promise.
        unsafe { self.table.begin_label(raw, label) };
        // SAFETY: the caller's promise; the script's handles are alive: what is destroyed during a frame waits for it.
        unsafe { call.record(&self.table, raw) };
        // SAFETY: the caller's promise; the label was opened here.
        unsafe { self.table.end_label(raw) };
    }

    #[cold]
    fn begin(&self, pool: &mut Pool, pass: Option<&ScriptPass>) -> Result<vk::CommandBuffer, VkError> {
        let raw = pool.primary(&self.table, pass.map(|pass| &pass.label))?;
        let info = vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
        // SAFETY: the buffer is in the initial state, and this thread has its pool to itself.
        let begun = unsafe { self.table.device.begin_command_buffer(raw, &info) };
        begun.map_err(VkError::of("vkBeginCommandBuffer")).map(|()| raw)
    }

    fn end(&self, raw: vk::CommandBuffer) -> Result<(), VkError> {
        // SAFETY: the buffer is recording outside rendering and labels, and this thread has its pool to itself.
        unsafe { self.table.device.end_command_buffer(raw) }.map_err(VkError::of("vkEndCommandBuffer"))
    }
}

/// The label of what comes after the last pass.
const END_OF_FRAME: &CStr = c"end of frame";

fn info(raw: vk::CommandBuffer) -> CommandBufferInfo {
    vk::CommandBufferSubmitInfo::default().command_buffer(raw)
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
