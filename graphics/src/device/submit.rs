//! Submissions, and the points in time that they reach.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::Duration;

use ash::vk;

use crate::device::marks::Marks;
use crate::device::renderer::{Inner, Shared};
use crate::plan::{Plan, Point, QueueRef, Wait};
use crate::record::error::VkError;
use crate::record::recorder::CommandBufferInfo;

/// The moment at which the device has finished a submission, or all submissions of a frame.
#[derive(Clone)]
pub struct TimelinePoint {
    shared: Weak<Shared>,
    marks: Marks,
}

impl TimelinePoint {
    pub(crate) fn new(shared: &Arc<Shared>, marks: Marks) -> Self {
        Self { shared: Arc::downgrade(shared), marks }
    }

    /// Returns the value of the graphics queue's timeline semaphore at that moment: the number of its submission; 0, where
    /// the frame has none there.
    pub fn value(&self) -> u64 {
        self.marks.of(0)
    }

    /// Returns the value of a queue's timeline semaphore at that moment; the number of a queue is that in
    /// [`VkRenderer::topology`](crate::VkRenderer::topology). 0, where the frame has no submission there.
    pub fn value_of(&self, queue: QueueRef) -> u64 {
        self.marks.iter().find(|(number, _)| *number == queue.0).map_or(0, |(_, value)| value)
    }

    /// Waits for it; a renderer that is gone has waited already.
    ///
    /// # Errors
    ///
    /// If the device does not get there within `timeout`, or is lost.
    pub fn wait(&self, timeout: Duration) -> Result<(), VkError> {
        self.shared.upgrade().map_or(Ok(()), |shared| shared.timelines.wait(&self.marks, timeout))
    }

    /// Says whether the device is past it, without waiting.
    ///
    /// # Errors
    ///
    /// If the device is lost.
    pub fn is_done(&self) -> Result<bool, VkError> {
        let Some(shared) = self.shared.upgrade() else { return Ok(true) };
        shared.timelines.poll().map(|finished| finished.reach(&self.marks))
    }
}

impl std::fmt::Debug for TimelinePoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TimelinePoint(")?;
        for (number, (queue, value)) in self.marks.iter().filter(|(_, value)| *value > 0).enumerate() {
            write!(f, "{}queue {queue}: {value}", if number > 0 { ", " } else { "" })?;
        }
        f.write_str(")")
    }
}

/// The command buffers of a frame, and where each submission ends; kept from frame to frame.
#[derive(Default)]
pub(crate) struct Commands {
    pub(crate) buffers: Vec<CommandBufferInfo>,
    pub(crate) ends: Vec<usize>,
    /// The value that each submission has reached.
    values: Vec<u64>,
    waits: Vec<vk::SemaphoreSubmitInfo<'static>>,
}

impl Inner {
    /// Submits command buffers to the graphics queue with one `vkQueueSubmit2`; returns what it reaches.
    ///
    /// # Safety
    ///
    /// The command buffers are complete primary ones of this device, and are not touched before the submission is finished.
    pub(crate) unsafe fn submit(&self, buffers: &[CommandBufferInfo]) -> Result<Marks, VkError> {
        self.gpu.with_queues(|queues| {
            // SAFETY: the caller's promise.
            unsafe { self.submit_to(queues, 0, &[], buffers) }.map(|value| Marks::one(0, value))
        })
    }

    /// Submits the submissions of a plan, each to its queue, in their order. `last` follows what was submitted, also where a
    /// later one fails: then the device is as good as lost.
    ///
    /// # Safety
    ///
    /// As for [`Self::submit`]; the command buffers are those of the plan.
    pub(crate) unsafe fn submit_plan(
        &self,
        plan: &Plan,
        commands: &mut Commands,
        last: &mut Marks,
    ) -> Result<(), VkError> {
        let Commands { buffers, ends, values, waits } = commands;
        let before = self.timelines.submitted();
        let left_out = self.wait_left_out.load(Ordering::Acquire);
        values.clear();
        let (mut begin, mut number) = (0, 0);
        self.gpu.with_queues(|queues| {
            for (submission, &end) in plan.submissions.iter().zip(&*ends) {
                waits.clear();
                for wait in &submission.waits {
                    if number != left_out {
                        waits.extend(self.wait_info(plan, wait, values, &before));
                    }
                    number += 1;
                }
                let queue = submission.queue.0;
                // SAFETY: the caller's promise.
                let submitted = unsafe { self.submit_to(queues, queue, waits, &buffers[begin..end]) };
                let lost = || VkError::DeviceLost { call: "vkQueueSubmit2" };
                let value = submitted.map_err(|error| if values.is_empty() { error } else { lost() })?;
                values.push(value);
                last.raise(queue, value);
                begin = end;
            }
            Ok(())
        })
    }

    /// Puts a wait into Vulkan's words; nothing, where there is nothing to wait for.
    fn wait_info(
        &self,
        plan: &Plan,
        wait: &Wait,
        values: &[u64],
        before: &Marks,
    ) -> Option<vk::SemaphoreSubmitInfo<'static>> {
        let queue = plan.queue_of(wait.point).0;
        let value = match wait.point {
            Point::Submission(submission) => values[submission],
            Point::Earlier(past) => before.of(queue).saturating_sub(u64::from(past.back)),
        };
        let info = vk::SemaphoreSubmitInfo::default()
            .semaphore(self.timelines.of(queue).semaphore)
            .value(value)
            .stage_mask(wait.stages);
        (value > 0).then_some(info)
    }

    /// Submits to one queue; returns the number of the submission.
    ///
    /// # Safety
    ///
    /// As for [`Self::submit`]; the queues are locked.
    unsafe fn submit_to(
        &self,
        queues: &[vk::Queue],
        queue: usize,
        waits: &[vk::SemaphoreSubmitInfo<'static>],
        buffers: &[CommandBufferInfo],
    ) -> Result<u64, VkError> {
        let timeline = self.timelines.of(queue);
        let value = timeline.submitted() + 1;
        let fence = timeline.fence()?;
        let signals = [vk::SemaphoreSubmitInfo::default()
            .semaphore(timeline.semaphore)
            .value(value)
            .stage_mask(vk::PipelineStageFlags2::ALL_COMMANDS)];
        let submit = [vk::SubmitInfo2::default()
            .wait_semaphore_infos(waits)
            .command_buffer_infos(buffers)
            .signal_semaphore_infos(&signals)];
        // SAFETY: the caller's promise; values rise, since they are counted and submitted while the queues are locked.
        match unsafe { self.gpu.device().queue_submit2(queues[queue], &submit, fence) } {
            Ok(()) => {
                timeline.submit(value, fence);
                Ok(value)
            }
            Err(result) => {
                timeline.unused(fence);
                Err(VkError::from_result("vkQueueSubmit2", result))
            }
        }
    }
}
