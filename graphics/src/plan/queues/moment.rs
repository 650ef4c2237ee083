//! When something happens on a queue, in the order of the program.

#![expect(clippy::cast_possible_wrap, reason = "a frame has fewer than 2^62 passes")]

use crate::plan::state::PastPoint;
use crate::plan::topology::QueueRef;

/// A moment of a queue. Moments of one queue are in order by their key, and what is needed of another queue is of a lower key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub(crate) key: i64,
    pub(crate) queue: QueueRef,
}

impl Moment {
    /// The end of a submission of an earlier frame.
    pub(crate) fn past(point: PastPoint) -> Self {
        Self { key: -1 - i64::from(point.back), queue: point.queue }
    }

    /// The beginning of the frame.
    pub(crate) const fn start(queue: QueueRef) -> Self {
        Self { key: 0, queue }
    }

    /// A pass; the number of passes is what comes after the frame.
    pub(crate) fn pass(queue: QueueRef, pass: usize) -> Self {
        Self { key: 2 * pass as i64 + 2, queue }
    }

    /// A release right before a pass of another queue.
    pub(crate) fn before(queue: QueueRef, pass: usize) -> Self {
        Self { key: 2 * pass as i64 + 1, queue }
    }

    /// Returns how many submissions came after it, of a moment of an earlier frame.
    pub(crate) fn back(self) -> Option<u32> {
        u32::try_from(-1 - self.key).ok()
    }

    /// Returns the same moment, or the beginning of the frame where it is before that.
    pub(crate) fn in_frame(self) -> Self {
        Self { key: self.key.max(0), ..self }
    }
}
