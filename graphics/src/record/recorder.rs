//! The recording of one frame: who has an encoder, and in which order the commands execute.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use ash::vk;

use crate::declare::pass::PassKind;
use crate::plan::Submission;
use crate::record::barrier::Lowered;
use crate::record::error::VkError;
use crate::record::host_memory::CommandMemory;
use crate::record::log::{Log, Step};
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
    spare: Mutex<Box<[Mutex<State>]>>,
}

struct Prepared {
    script: Arc<Script>,
    states: Box<[Mutex<State>]>,
}

/// How far the recording of a pass is.
enum State {
    /// The system has not asked for its encoder.
    Untouched,
    /// The system has its encoder.
    Open,
    /// Its commands are complete; what barriers of its own are among them.
    Recorded(vk::CommandBuffer, Vec<Step>),
    /// Its commands could not be completed.
    Failed(VkError),
    /// It panicked with its encoder in hand.
    Panicked,
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
        }
    }

    /// Gets ready for a frame.
    pub(crate) fn prepare(&self, script: Arc<Script>) -> Result<(), VkError> {
        let spare = std::mem::take(&mut *lock(&self.spare));
        let states = if spare.len() == script.passes.len() {
            spare
        } else {
            script.passes.iter().map(|_| Mutex::new(State::Untouched)).collect()
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
    pub(crate) unsafe fn reset(&mut self) -> Result<(), VkError> {
        if let Some(Prepared { mut states, .. }) = self.prepared.take() {
            for state in &mut states {
                *state.get_mut().unwrap_or_else(PoisonError::into_inner) = State::Untouched;
            }
            *lock(&self.spare) = states;
        }
        self.staging.reset();
        for pools in &mut self.pools {
            // SAFETY: the caller's promise.
            unsafe { pools.reset() }?;
        }
        Ok(())
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
    pub(crate) fn pass(&self, system: usize) -> Result<(usize, &ScriptPass), VkError> {
        let (index, pass, _) = self.find(system)?;
        Ok((index, pass))
    }

    fn find(&self, system: usize) -> Result<(usize, &ScriptPass, &Mutex<State>), VkError> {
        // An error is made only where there is one: it is large.
        let Some(Prepared { script, states }) = self.prepared.get() else { return Err(VkError::NotPrepared) };
        match script.pass_of.get(system) {
            Some(Some(index)) => Ok((*index, &script.passes[*index], &states[*index])),
            Some(None) | None => Err(VkError::NoPass { system }),
        }
    }

    /// Begins the command buffer of a system: its label, then its barriers.
    pub(crate) fn open(&self, system: usize, kind: PassKind) -> Result<Open<'_>, VkError> {
        let (_, pass, state) = self.find(system)?;
        if pass.kind != kind {
            return Err(VkError::WrongKind {
                system: pass.name.to_string(),
                is: kind_word(pass.kind),
                wanted: kind_word(kind),
            });
        }
        claim(state, &pass.name)?;
        let pools = self.pools_for(pass);
        let mut pool = match pools.take() {
            Ok(pool) => pool,
            Err(error) => {
                *lock(state) = State::Untouched;
                return Err(error);
            }
        };
        match self.begin(&mut pool, Some(pass), &pass.call) {
            Ok(raw) => Ok(Open { recorder: self, pass, state, pool: Some(pool), raw, log: Log::default() }),
            Err(error) => {
                *lock(state) = State::Untouched;
                pools.give(pool);
                Err(error)
            }
        }
    }

    /// Returns what each system recorded, in program order; `None` for one that recorded nothing.
    pub(crate) fn steps(&self) -> Vec<Option<Vec<Step>>> {
        let of = |state: &Mutex<State>| match &*lock(state) {
            State::Recorded(_, steps) => Some(steps.clone()),
            State::Untouched | State::Open | State::Failed(_) | State::Panicked => None,
        };
        self.prepared.get().map(|prepared| prepared.states.iter().map(of).collect()).unwrap_or_default()
    }

    /// Lists all command buffers, submission by submission, each in program order; `ends` says where each submission ends.
    /// What was planned for a pass that recorded nothing is recorded here, so that what follows it finds its layouts.
    pub(crate) fn finish(&self, buffers: &mut Vec<CommandBufferInfo>, ends: &mut Vec<usize>) -> Result<(), VkError> {
        buffers.clear();
        ends.clear();
        let Some(prepared) = self.prepared.get() else { return Ok(()) };
        for (number, submission) in prepared.script.plan.submissions.iter().enumerate() {
            let pools = &self.pools[submission.queue.0];
            let mut pool = pools.take()?;
            let result = self.collect(prepared, number, submission, &mut pool, buffers);
            pools.give(pool);
            result?;
            ends.push(buffers.len());
        }
        Ok(())
    }

    fn collect(
        &self,
        prepared: &Prepared,
        number: usize,
        submission: &Submission,
        pool: &mut Pool,
        buffers: &mut Vec<CommandBufferInfo>,
    ) -> Result<(), VkError> {
        let script = &*prepared.script;
        if number == 0 {
            buffers.extend(self.barriers_alone(pool, None, &script.prologue)?);
        }
        for &index in &submission.passes {
            let (pass, state) = (&script.passes[index], &prepared.states[index]);
            let system = || pass.name.to_string();
            let mut state = lock(state);
            match &*state {
                State::Recorded(buffer, _) => buffers.push(info(*buffer)),
                State::Untouched => buffers.extend(self.barriers_alone(pool, Some(pass), &pass.call)?),
                State::Open => return Err(VkError::EncoderOpen { system: system() }),
                State::Panicked => return Err(VkError::RecordingPanicked { system: system() }),
                State::Failed(_) => {
                    if let State::Failed(error) = std::mem::replace(&mut *state, State::Untouched) {
                        return Err(error);
                    }
                }
            }
        }
        buffers.extend(self.barriers_alone(pool, None, &script.closing[number])?);
        Ok(())
    }

    fn barriers_alone(
        &self,
        pool: &mut Pool,
        pass: Option<&ScriptPass>,
        call: &Lowered,
    ) -> Result<Option<CommandBufferInfo>, VkError> {
        if call.is_empty() {
            return Ok(None);
        }
        let raw = self.begin(pool, pass, call)?;
        self.end(raw).map(|()| Some(info(raw)))
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
    state: &'f Mutex<State>,
    /// Taken when it ends.
    pool: Option<Pool>,
    pub(crate) log: Log,
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let end = if std::thread::panicking() {
            State::Panicked
        } else {
            match self.recorder.end(self.raw) {
                Ok(()) => State::Recorded(self.raw, self.log.take()),
                Err(error) => State::Failed(error),
            }
        };
        *lock(self.state) = end;
        if let Some(pool) = self.pool.take() {
            self.recorder.pools_for(self.pass).give(pool);
        }
    }
}

fn claim(state: &Mutex<State>, system: &str) -> Result<(), VkError> {
    let mut state = lock(state);
    match *state {
        State::Untouched => {
            *state = State::Open;
            Ok(())
        }
        State::Open | State::Recorded(..) | State::Failed(_) | State::Panicked => {
            Err(VkError::EncoderTaken { system: system.to_owned() })
        }
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
