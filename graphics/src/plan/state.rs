//! What is known of a resource between two frames.

use std::panic::Location;
use std::sync::Arc;

use ash::vk;

use crate::plan::model::{Scope, Subresource};
use crate::plan::topology::QueueRef;

/// What is known of a resource after a frame, part by part: what orders the next frame's first use.
///
/// Cloning is cheap, and equal states are equal values: once a frame leaves what it found, its plan can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ResourceState {
    pub(crate) parts: Arc<[PartState]>,
}

impl ResourceState {
    /// Says what is known, part by part: for resources that other code left in a known state.
    ///
    /// Of what no part holds, nothing is known: it has no contents.
    pub fn new(parts: impl IntoIterator<Item = PartState>) -> Self {
        Self { parts: parts.into_iter().collect() }
    }

    /// Says whether it is a clone of `other`, which is quicker to find out than whether it is equal.
    #[cfg(feature = "device")]
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.parts, &other.parts)
    }

    /// Says whether no clone of it is left.
    #[cfg(feature = "device")]
    pub(crate) fn is_the_last(&self) -> bool {
        Arc::strong_count(&self.parts) == 1
    }

    /// Returns what is known, one entry for each part; the parts cover the resource.
    pub fn parts(&self) -> &[PartState] {
        &self.parts
    }
}

/// What is known of one part of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PartState {
    /// Which part.
    pub part: Subresource,
    /// Its layout, accesses and contents.
    pub state: AtomState,
}

/// The last write of a part and all that read it since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct AtomState {
    /// The layout of an image; `UNDEFINED` for a buffer.
    pub layout: vk::ImageLayout,
    /// Whether there are contents to read.
    pub defined: bool,
    /// Whether a layout transition came after the last write, so that reads chain with each other.
    pub transitioned: bool,
    /// The last write; several where they are concurrent.
    pub writers: Vec<PastAccess>,
    /// All reads since then, in all stages.
    pub readers: Vec<PastAccess>,
    /// The queue family that owns the part, where there are several and one does.
    pub family: Option<u32>,
    /// An opaque pass that came after the last write, and that a full barrier ordered with all that the device does
    /// later: only a layout transition and the host still wait for it.
    pub settled: Option<Box<PastAccess>>,
}

/// An access of an earlier frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PastAccess {
    /// Its stages and accesses.
    pub scope: Scope,
    /// Whether it needs no order with other concurrent writers.
    pub concurrent: bool,
    /// The system's name.
    pub system: Arc<str>,
    /// The usage's name.
    pub usage: &'static str,
    /// Whether it writes.
    pub write: bool,
    /// Where it is declared.
    pub at: Option<&'static Location<'static>>,
    /// When it was.
    pub when: PastPoint,
}

/// A submission of an earlier frame. It counts back from the last one before the present frame, so that it is the same for
/// each of many equal frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PastPoint {
    /// The queue.
    pub queue: QueueRef,
    /// How many submissions of the queue came after it before the present frame; zero is the last one. Of accesses before
    /// the last frame it is the last submission before that frame.
    pub back: u32,
}

/// The waits of queues for each other before a frame. They still hold: what follows on a queue, in the stages that waited,
/// comes after what was waited for, and who waits for the queue has waited for that, too.
///
/// Empty where nothing is known, as it is where there is one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Reached {
    pub(crate) waits: Arc<[PastWait]>,
}

impl Reached {
    /// Returns the waits that are known.
    pub fn waits(&self) -> &[PastWait] {
        &self.waits
    }
}

/// A wait of an earlier frame.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PastWait {
    /// The queue that waited.
    pub queue: QueueRef,
    /// The pipeline stages that waited.
    pub stages: vk::PipelineStageFlags2,
    /// The latest submission of each queue that is behind it.
    pub behind: Vec<PastPoint>,
}
