//! Submissions, and the points in time that they reach.

use std::sync::{Arc, Weak};
use std::time::Duration;

use ash::vk;

use crate::device::renderer::{Inner, Shared};
use crate::record::error::VkError;
use crate::record::recorder::CommandBufferInfo;

/// The moment at which the device has finished a submission.
#[derive(Clone)]
pub struct TimelinePoint {
    shared: Weak<Shared>,
    value: u64,
}

impl TimelinePoint {
    pub(crate) fn new(shared: &Arc<Shared>, value: u64) -> Self {
        Self { shared: Arc::downgrade(shared), value }
    }

    /// Returns the value of the renderer's timeline semaphore at that moment: the number of the submission.
    pub fn value(&self) -> u64 {
        self.value
    }

    /// Waits for it; a renderer that is gone has waited already.
    ///
    /// # Errors
    ///
    /// If the device does not get there within `timeout`, or is lost.
    pub fn wait(&self, timeout: Duration) -> Result<(), VkError> {
        self.shared.upgrade().map_or(Ok(()), |shared| shared.timeline.wait(self.value, timeout))
    }

    /// Says whether the device is past it, without waiting.
    ///
    /// # Errors
    ///
    /// If the device is lost.
    pub fn is_done(&self) -> Result<bool, VkError> {
        self.shared.upgrade().map_or(Ok(true), |shared| shared.timeline.poll().map(|finished| finished >= self.value))
    }
}

impl std::fmt::Debug for TimelinePoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TimelinePoint({})", self.value)
    }
}

impl Inner {
    /// Submits command buffers with one `vkQueueSubmit2`; returns the number of the submission.
    ///
    /// # Safety
    ///
    /// The command buffers are complete primary ones of this device, and are not touched before the submission is finished.
    pub(crate) unsafe fn submit(&self, commands: &[CommandBufferInfo]) -> Result<u64, VkError> {
        self.gpu.with_queue(|queue| {
            let value = self.timeline.submitted() + 1;
            let fence = self.timeline.fence()?;
            let signals = [vk::SemaphoreSubmitInfo::default()
                .semaphore(self.timeline.semaphore)
                .value(value)
                .stage_mask(vk::PipelineStageFlags2::ALL_COMMANDS)];
            let submit = [vk::SubmitInfo2::default().command_buffer_infos(commands).signal_semaphore_infos(&signals)];
            // SAFETY: the caller's promise; values rise, since they are counted and submitted under the queue's lock.
            match unsafe { self.gpu.device().queue_submit2(queue, &submit, fence) } {
                Ok(()) => {
                    self.timeline.submit(value, fence);
                    Ok(value)
                }
                Err(result) => {
                    self.timeline.unused(fence);
                    Err(VkError::from_result("vkQueueSubmit2", result))
                }
            }
        })
    }
}
