//! The recording of one frame: who has an encoder, and in which order the commands execute.

use std::mem::ManuallyDrop;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ash::vk;
use ash::vk::Handle as _;
use fencewright::Threads;

use crate::declare::access::Access;
use crate::declare::pass::PassKind;
use crate::plan::Submission;
use crate::record::barrier::Lowered;
use crate::record::declared::AnyBuffer;
use crate::record::error::VkError;
use crate::record::host_memory::CommandMemory;
use crate::record::log::Step;
use crate::record::pools::{Pool, Pools};
use crate::record::script::{Script, ScriptPass};
use crate::record::table::Table;

/// Gives out memory that the device reads in this frame and that holds a copy of what the host gives.
pub(crate) trait Staging: Send + Sync {
    /// Copies `bytes`; returns where the device finds them.
    fn stage(&self, bytes: &[u8], align: u64) -> Result<(vk::Buffer, u64), VkError>;
    /// Takes all of it back; the device reads none of it any more.
    fn reset(&mut self);
}

/// A command buffer as a submission takes it.
pub(crate) type CommandBufferInfo = vk::CommandBufferSubmitInfo<'static>;

/// Records one frame.
pub(crate) struct Recorder {
    pub(crate) table: Arc<Table>,
    /// The command pools for each queue.
    pools: Vec<Pools>,
    pub(crate) staging: Box<dyn Staging>,
    prepared: OnceLock<Prepared>,
    /// The states of the frame before, for one of the same length.
    spare: Mutex<Box<[State]>>,
    noted: Mutex<Noted>,
}

struct Prepared {
    script: Arc<Script>,
    states: Box<[State]>,
}

/// How far the recording of a pass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
enum Stage {
    /// The system has not asked for its encoder.
    Untouched,
    /// The system has its encoder.
    Open,
    /// Its commands are complete.
    Recorded,
    /// Its commands could not be completed.
    Failed,
    /// It panicked with its encoder in hand.
    Panicked,
}

/// The recording of a pass.
#[derive(Default)]
struct State {
    /// A [`Stage`].
    stage: AtomicU8,
    /// Its command buffer, once it is recorded.
    commands: AtomicU64,
}

impl State {
    fn stage(&self) -> Stage {
        let known = [Stage::Untouched, Stage::Open, Stage::Recorded, Stage::Failed];
        let stage = self.stage.load(Ordering::Acquire);
        known.into_iter().find(|known| *known as u8 == stage).unwrap_or(Stage::Panicked)
    }

    fn set(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }

    /// Opens it for the first who asks.
    fn claim(&self) -> bool {
        let (from, to) = (Stage::Untouched as u8, Stage::Open as u8);
        self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    fn recorded(&self, commands: vk::CommandBuffer) {
        self.commands.store(commands.as_raw(), Ordering::Relaxed);
        self.set(Stage::Recorded);
    }

    fn commands(&self) -> vk::CommandBuffer {
        vk::CommandBuffer::from_raw(self.commands.load(Ordering::Relaxed))
    }
}

/// What passes that do more than record commands leave, each with its pass.
#[derive(Default)]
struct Noted {
    /// What barriers of its own a pass recorded, among its commands.
    steps: Vec<(usize, Vec<Step>)>,
    /// Why its commands could not be completed.
    failed: Vec<(usize, VkError)>,
}

impl Recorder {
    /// Makes one for queues of these families.
    pub(crate) fn new(table: Arc<Table>, families: &[u32], memory: CommandMemory, staging: Box<dyn Staging>) -> Self {
        Self {
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
                *state.stage.get_mut() = Stage::Untouched as u8;
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

    /// Begins the command buffer of a system: its label, then its barriers.
    pub(crate) fn open<'f>(&'f self, system: usize, kind: PassKind, threads: &'f Threads) -> Result<Open<'f>, VkError> {
        // An error is made only where there is one: it is large.
        let Some((index, prepared)) = self.find(system) else { return Err(self.no_pass(system)) };
        let (pass, state) = (&prepared.script.passes[index], &prepared.states[index]);
        if pass.kind != kind || !state.claim() {
            return Err(refusal(pass, kind));
        }
        let begun =
            self.pools_for(pass).take().and_then(|mut pool| match self.begin(&mut pool, Some(pass), &pass.call) {
                Ok(raw) => Ok((raw, pool)),
                Err(error) => {
                    self.pools_for(pass).give(pool);
                    Err(error)
                }
            });
        match begun {
            Ok((raw, pool)) => {
                Ok(Open { recorder: self, pass, raw, threads, index, bound: false, pool: ManuallyDrop::new(pool) })
            }
            Err(error) => {
                state.set(Stage::Untouched);
                Err(error)
            }
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

    fn collect(
        &self,
        prepared: &Prepared,
        number: usize,
        submission: &Submission,
        buffers: &mut Vec<CommandBufferInfo>,
    ) -> Result<(), VkError> {
        let (script, queue) = (&*prepared.script, submission.queue.0);
        if number == 0 {
            buffers.extend(self.barriers_alone(queue, None, &script.prologue)?);
        }
        for &index in &submission.passes {
            let (pass, state) = (&script.passes[index], &prepared.states[index]);
            let system = || pass.name.to_string();
            match state.stage() {
                Stage::Recorded => buffers.push(info(state.commands())),
                Stage::Untouched => buffers.extend(self.barriers_alone(queue, Some(pass), &pass.call)?),
                Stage::Open => return Err(VkError::EncoderOpen { system: system() }),
                Stage::Panicked => return Err(VkError::RecordingPanicked { system: system() }),
                Stage::Failed => return Err(self.failure_of(index, system())),
            }
        }
        buffers.extend(self.barriers_alone(queue, None, &script.closing[number])?);
        Ok(())
    }

    /// Takes out why a pass could not be recorded.
    #[cold]
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
        let recorded = self.begin(&mut pool, pass, call).and_then(|raw| self.end(raw).map(|()| Some(info(raw))));
        pools.give(pool);
        recorded
    }

    fn begin(&self, pool: &mut Pool, pass: Option<&ScriptPass>, call: &Lowered) -> Result<vk::CommandBuffer, VkError> {
        let raw = pool.primary(&self.table, pass.map(|pass| &pass.label))?;
        let info = vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
        // SAFETY: the buffer is in the initial state, and this thread has its pool to itself.
        let begun = unsafe { self.table.device.begin_command_buffer(raw, &info) };
        begun.map_err(VkError::of("vkBeginCommandBuffer"))?;
        let label = pass.map_or(c"end of frame", |pass| &pass.label);
        // SAFETY: the buffer is recording, in this thread alone.
        unsafe { self.table.begin_label(raw, label) };
        // SAFETY: as above; the script's handles are alive: what is destroyed during a frame waits for it.
        unsafe { call.record(&self.table, raw) };
        Ok(raw)
    }

    fn end(&self, raw: vk::CommandBuffer) -> Result<(), VkError> {
        // SAFETY: the buffer is recording outside rendering, in this thread alone; `begin` opened the label.
        unsafe { self.table.end_label(raw) };
        // SAFETY: as above.
        unsafe { self.table.device.end_command_buffer(raw) }.map_err(VkError::of("vkEndCommandBuffer"))
    }
}

/// The open command buffer of one system. Dropping it ends it.
pub(crate) struct Open<'f> {
    pub(crate) recorder: &'f Recorder,
    pub(crate) pass: &'f ScriptPass,
    pub(crate) raw: vk::CommandBuffer,
    /// Where chunks are recorded.
    pub(crate) threads: &'f Threads,
    /// The place of the pass.
    index: usize,
    /// Whether a pipeline is bound to the bind point of the pass.
    pub(crate) bound: bool,
    /// Given back when it ends.
    pub(crate) pool: ManuallyDrop<Box<Pool>>,
}

impl Open<'_> {
    /// Refuses a buffer or bytes that the system does not declare, and bytes that the buffer does not have.
    pub(crate) fn checked(
        &self,
        command: &'static str,
        buffer: &AnyBuffer,
        access: Option<Access>,
        bytes: Range<u64>,
    ) -> Result<vk::Buffer, VkError> {
        let len_bytes = buffer.handle.len_bytes;
        if bytes.start > bytes.end || bytes.end > len_bytes {
            self.pass.buffer(buffer, access)?;
            let end = bytes.end.max(bytes.start);
            return Err(VkError::OutOfRange { command, resource: buffer.name(), end, len_bytes });
        }
        let used = self.pass.bytes(buffer, access, bytes)?;
        self.pool.log.command(used, access);
        Ok(buffer.handle.raw)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // SAFETY: it is taken here alone.
        let mut pool = unsafe { ManuallyDrop::take(&mut self.pool) };
        let steps = pool.log.take();
        if let Some(prepared) = self.recorder.prepared.get() {
            let state = &prepared.states[self.index];
            if std::thread::panicking() {
                state.set(Stage::Panicked);
            } else {
                match self.recorder.end(self.raw) {
                    Ok(()) => {
                        if !steps.is_empty() {
                            lock(&self.recorder.noted).steps.push((self.index, steps));
                        }
                        state.recorded(self.raw);
                    }
                    Err(error) => {
                        lock(&self.recorder.noted).failed.push((self.index, error));
                        state.set(Stage::Failed);
                    }
                }
            }
        }
        self.recorder.pools_for(self.pass).give(pool);
    }
}

/// Says why a system does not get its encoder.
#[cold]
fn refusal(pass: &ScriptPass, kind: PassKind) -> VkError {
    let system = pass.name.to_string();
    if pass.kind == kind {
        VkError::EncoderTaken { system }
    } else {
        VkError::WrongKind { system, is: kind_word(pass.kind), wanted: kind_word(kind) }
    }
}

const fn kind_word(kind: PassKind) -> &'static str {
    match kind {
        PassKind::Raster => "raster",
        PassKind::Compute => "compute",
        PassKind::Transfer => "transfer",
        PassKind::RayTracing => "ray-tracing",
        PassKind::Opaque => "opaque",
    }
}

fn info(raw: vk::CommandBuffer) -> CommandBufferInfo {
    vk::CommandBufferSubmitInfo::default().command_buffer(raw)
}

fn lock<T>(state: &Mutex<T>) -> MutexGuard<'_, T> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
