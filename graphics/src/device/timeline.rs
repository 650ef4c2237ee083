//! Which submissions the device has finished, and bounded waits for them.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ash::vk;

use crate::device::marks::Marks;
use crate::device::validation::HostWait;
use crate::plan::{QueueSpec, Topology};
use crate::record::chain;
use crate::record::error::VkError;
use crate::record::table::Table;

/// The timelines of all queues.
pub(crate) struct Timelines(Vec<Timeline>);

impl Timelines {
    pub(crate) fn new(table: &Arc<Table>, host_wait: HostWait, topology: &Topology) -> Result<Self, VkError> {
        let timeline = |queue: &QueueSpec| Timeline::new(Arc::clone(table), host_wait, queue.role.name());
        topology.queues().iter().map(timeline).collect::<Result<_, _>>().map(Self)
    }

    pub(crate) fn of(&self, queue: usize) -> &Timeline {
        &self.0[queue]
    }

    /// Returns the latest submission of each queue.
    pub(crate) fn submitted(&self) -> Marks {
        let mut marks = Marks::default();
        for (queue, timeline) in self.0.iter().enumerate() {
            marks.raise(queue, timeline.submitted());
        }
        marks
    }

    /// Returns how far the device is, without waiting.
    pub(crate) fn poll(&self) -> Result<Marks, VkError> {
        let mut marks = Marks::default();
        for (queue, timeline) in self.0.iter().enumerate() {
            marks.raise(queue, timeline.poll()?);
        }
        Ok(marks)
    }

    /// Waits until each queue is that far: one after the other, since waits for any of several are busy on some drivers.
    pub(crate) fn wait(&self, marks: &Marks, timeout: Duration) -> Result<(), VkError> {
        // The clock is asked only where there is something to wait for.
        if self.0.iter().zip(marks.iter()).all(|(timeline, (_, value))| timeline.is_finished(value)) {
            return Ok(());
        }
        let until = Instant::now().checked_add(timeout);
        for (timeline, (_, value)) in self.0.iter().zip(marks.iter()) {
            let left = until.map_or(timeout, |until| until.saturating_duration_since(Instant::now()));
            timeline.wait(value, left).map_err(|error| match error {
                VkError::Timeout { what, .. } => VkError::Timeout { what, waited: timeout },
                error => error,
            })?;
        }
        Ok(())
    }

    /// Destroys the semaphores and the fences.
    ///
    /// # Safety
    ///
    /// All submissions are finished, nobody waits, and nothing uses `self` afterwards.
    pub(crate) unsafe fn destroy(&self) {
        for timeline in &self.0 {
            // SAFETY: the caller's promise.
            unsafe { timeline.destroy() };
        }
    }
}

/// The timeline semaphore of a queue; its value is the number of the submission.
pub(crate) struct Timeline {
    table: Arc<Table>,
    pub(crate) semaphore: vk::Semaphore,
    host_wait: HostWait,
    /// The number of the latest submission.
    submitted: AtomicU64,
    /// The highest number that is known to be finished.
    finished: AtomicU64,
    fences: Mutex<Fences>,
}

/// Fences beside the semaphore, where the host waits for those.
#[derive(Default)]
struct Fences {
    free: Vec<vk::Fence>,
    pending: VecDeque<(u64, Arc<vk::Fence>)>,
}

impl Timeline {
    fn new(table: Arc<Table>, host_wait: HostWait, name: &str) -> Result<Self, VkError> {
        // SAFETY: every device that gets here has timeline semaphores enabled.
        let semaphore = unsafe { chain::create_timeline(&table.device) }.map_err(VkError::of("vkCreateSemaphore"))?;
        table.name(semaphore, name);
        Ok(Self {
            table,
            semaphore,
            host_wait,
            submitted: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            fences: Mutex::default(),
        })
    }

    /// Returns the number of the latest submission.
    pub(crate) fn submitted(&self) -> u64 {
        self.submitted.load(Ordering::Acquire)
    }

    /// Returns a fence for the next submission, where the host waits for fences.
    pub(crate) fn fence(&self) -> Result<vk::Fence, VkError> {
        match self.host_wait {
            HostWait::Timeline => return Ok(vk::Fence::null()),
            HostWait::Fence => {}
        }
        if let Some(fence) = self.recycled()? {
            return Ok(fence);
        }
        // SAFETY: the device is alive.
        let fence = unsafe { self.table.device.create_fence(&vk::FenceCreateInfo::default(), None) };
        fence.map_err(VkError::of("vkCreateFence"))
    }

    /// Gives a fence back that was not submitted.
    pub(crate) fn unused(&self, fence: vk::Fence) {
        if fence != vk::Fence::null() {
            self.fences().free.push(fence);
        }
    }

    /// Notes that `value` was submitted; called in the order of the values.
    pub(crate) fn submit(&self, value: u64, fence: vk::Fence) {
        if fence != vk::Fence::null() {
            self.fences().pending.push_back((value, Arc::new(fence)));
        }
        self.submitted.store(value, Ordering::Release);
    }

    /// Returns the highest number that the device has finished, without waiting.
    fn poll(&self) -> Result<u64, VkError> {
        match self.host_wait {
            HostWait::Timeline => {
                // SAFETY: the semaphore is a timeline semaphore of this device.
                let value = unsafe { self.table.device.get_semaphore_counter_value(self.semaphore) };
                self.finished.fetch_max(value.map_err(VkError::of("vkGetSemaphoreCounterValue"))?, Ordering::AcqRel);
            }
            HostWait::Fence => self.poll_fences()?,
        }
        Ok(self.finished.load(Ordering::Acquire))
    }

    /// Says whether the device is known to have finished `value`.
    fn is_finished(&self, value: u64) -> bool {
        self.finished.load(Ordering::Acquire) >= value
    }

    /// Waits until the device has finished `value`.
    fn wait(&self, value: u64, timeout: Duration) -> Result<(), VkError> {
        if self.is_finished(value) {
            return Ok(());
        }
        let timeout_ns = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX - 1);
        let waited = match self.host_wait {
            HostWait::Timeline => {
                let (semaphores, values) = ([self.semaphore], [value]);
                let info = vk::SemaphoreWaitInfo::default().semaphores(&semaphores).values(&values);
                // SAFETY: the semaphore is a timeline semaphore of this device, and alive: who waits keeps the renderer.
                unsafe { self.table.device.wait_semaphores(&info, timeout_ns) }
            }
            HostWait::Fence => self.wait_for_fence(value, timeout_ns),
        };
        match waited {
            Ok(()) => {
                self.finished.fetch_max(value, Ordering::AcqRel);
                Ok(())
            }
            Err(vk::Result::TIMEOUT) => Err(VkError::Timeout { what: format!("submission {value}"), waited: timeout }),
            Err(result) => Err(VkError::from_result("waiting for a submission", result)),
        }
    }

    fn wait_for_fence(&self, value: u64, timeout_ns: u64) -> Result<(), vk::Result> {
        // The first at or after `value` that is pending; none means that another thread saw it finish. It is not reset while
        // the clone is here.
        let fence =
            self.fences().pending.iter().find(|(number, _)| *number >= value).map(|(_, fence)| Arc::clone(fence));
        let Some(fence) = fence else { return Ok(()) };
        // SAFETY: the fence is of this device and submitted; nobody resets it while `fence` is held.
        unsafe { self.table.device.wait_for_fences(&[*fence], true, timeout_ns) }
    }

    fn poll_fences(&self) -> Result<(), VkError> {
        let mut fences = self.fences();
        while let Some((value, fence)) = fences.pending.front() {
            // SAFETY: the fence is of this device and submitted.
            let signalled = unsafe { self.table.device.get_fence_status(**fence) };
            if !signalled.map_err(VkError::of("vkGetFenceStatus"))? {
                break;
            }
            self.finished.fetch_max(*value, Ordering::AcqRel);
            if !self.recycle(&mut fences)? {
                break;
            }
        }
        Ok(())
    }

    /// Returns a fence that no submission has any more, if it is known that there is one.
    fn recycled(&self) -> Result<Option<vk::Fence>, VkError> {
        let mut fences = self.fences();
        while self.recycle(&mut fences)? {}
        Ok(fences.free.pop())
    }

    /// Resets the first pending fence, if its submission is known to be finished and nobody waits for it; says whether it did.
    fn recycle(&self, fences: &mut Fences) -> Result<bool, VkError> {
        let finished = self.finished.load(Ordering::Acquire);
        let done =
            fences.pending.front().is_some_and(|(value, fence)| *value <= finished && Arc::strong_count(fence) == 1);
        if !done {
            return Ok(false);
        }
        let Some((_, fence)) = fences.pending.pop_front() else { return Ok(false) };
        // SAFETY: its submission is finished, so it is signalled and no queue has it; nobody waits for it.
        unsafe { self.table.device.reset_fences(&[*fence]) }.map_err(VkError::of("vkResetFences"))?;
        fences.free.push(*fence);
        Ok(true)
    }

    /// Destroys the semaphore and the fences.
    ///
    /// # Safety
    ///
    /// All submissions are finished, nobody waits, and nothing uses `self` afterwards.
    unsafe fn destroy(&self) {
        let mut fences = self.fences();
        let pending: Vec<_> = fences.pending.drain(..).map(|(_, fence)| *fence).collect();
        for fence in fences.free.drain(..).chain(pending) {
            // SAFETY: the caller's promise.
            unsafe { self.table.device.destroy_fence(fence, None) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.table.device.destroy_semaphore(self.semaphore, None) };
    }

    fn fences(&self) -> MutexGuard<'_, Fences> {
        self.fences.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
