//! The queues that a frame can run on, as a value: planned for with no device.

use std::sync::Arc;

use ash::vk;
use thiserror::Error;

use crate::declare::pass::Queue;

/// Names one queue of a [`Topology`]: an index into [`Topology::queues`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueRef(pub usize);

/// One queue of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct QueueSpec {
    /// Which passes it is for.
    pub role: Queue,
    /// The index of its queue family: what ownership transfers name.
    pub family: u32,
    /// What the family can do; `TRANSFER` is implied by `GRAPHICS` and by `COMPUTE`.
    pub capabilities: vk::QueueFlags,
    /// Whether it can present to the surface.
    pub presents: bool,
}

impl QueueSpec {
    /// A queue for everything, which presents, too.
    pub const fn graphics(family: u32) -> Self {
        let everything = vk::QueueFlags::from_raw(
            vk::QueueFlags::GRAPHICS.as_raw() | vk::QueueFlags::COMPUTE.as_raw() | vk::QueueFlags::TRANSFER.as_raw(),
        );
        Self { role: Queue::Graphics, family, capabilities: everything, presents: true }
    }

    /// A queue for compute and transfer passes.
    pub const fn compute(family: u32) -> Self {
        let capabilities =
            vk::QueueFlags::from_raw(vk::QueueFlags::COMPUTE.as_raw() | vk::QueueFlags::TRANSFER.as_raw());
        Self { role: Queue::Compute, family, capabilities, presents: false }
    }

    /// A queue for transfer passes alone.
    pub const fn transfer(family: u32) -> Self {
        Self { role: Queue::Transfer, family, capabilities: vk::QueueFlags::TRANSFER, presents: false }
    }

    /// Returns whether the queue can do all of `needed`.
    pub const fn can(&self, needed: vk::QueueFlags) -> bool {
        let mut can = self.capabilities.as_raw();
        if can & (vk::QueueFlags::GRAPHICS.as_raw() | vk::QueueFlags::COMPUTE.as_raw()) != 0 {
            can |= vk::QueueFlags::TRANSFER.as_raw();
        }
        can & needed.as_raw() == needed.as_raw()
    }
}

/// The queues that a frame can run on. The first is where a pass runs that no other queue is for.
///
/// # Examples
///
/// ```
/// use fencewright_graphics::plan::{QueueSpec, Topology};
///
/// let read_off_a_device = Topology::new([QueueSpec::graphics(0), QueueSpec::transfer(2)])?;
/// assert_eq!(read_off_a_device.queues().len(), 2);
/// assert_eq!(Topology::default(), Topology::one());
/// # Ok::<(), fencewright_graphics::plan::TopologyError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Topology {
    queues: Arc<[QueueSpec]>,
}

impl Default for Topology {
    fn default() -> Self {
        Self::one()
    }
}

impl Topology {
    /// One queue for everything.
    #[must_use]
    pub fn one() -> Self {
        Self { queues: Arc::new([QueueSpec::graphics(0)]) }
    }

    /// A queue for everything, and one of another family for transfer passes.
    #[must_use]
    pub fn transfer() -> Self {
        Self { queues: Arc::new([QueueSpec::graphics(0), QueueSpec::transfer(1)]) }
    }

    /// A queue for everything, one for compute and one for transfer passes, each of its own family.
    #[must_use]
    pub fn asynchronous() -> Self {
        Self { queues: Arc::new([QueueSpec::graphics(0), QueueSpec::compute(1), QueueSpec::transfer(2)]) }
    }

    /// Takes the queues as a device has them.
    ///
    /// # Errors
    ///
    /// If there is none, if two are for the same passes, or if queues of one family differ in what they can do.
    pub fn new(queues: impl IntoIterator<Item = QueueSpec>) -> Result<Self, TopologyError> {
        let queues: Arc<[QueueSpec]> = queues.into_iter().collect();
        if queues.is_empty() {
            return Err(TopologyError::Empty);
        }
        for (index, queue) in queues.iter().enumerate() {
            for earlier in &queues[..index] {
                if earlier.role == queue.role {
                    return Err(TopologyError::SameRole { role: queue.role });
                }
                if earlier.family == queue.family && earlier.capabilities != queue.capabilities {
                    return Err(TopologyError::Capabilities { family: queue.family });
                }
            }
        }
        Ok(Self { queues })
    }

    /// Returns the same queues as if all were of the first one's family: what a plan for several queues becomes on a
    /// device that has one. Its submissions may all go to one `VkQueue`, in their order; there are no ownership transfers.
    #[must_use]
    pub fn alias(&self) -> Self {
        let first = self.queues[0];
        let queues = self.queues.iter().map(|queue| QueueSpec { role: queue.role, ..first });
        Self { queues: queues.collect() }
    }

    /// Returns the queues.
    pub fn queues(&self) -> &[QueueSpec] {
        &self.queues
    }

    /// Returns a queue.
    ///
    /// # Panics
    ///
    /// If the queue belongs to another topology.
    #[track_caller]
    pub fn queue(&self, queue: QueueRef) -> &QueueSpec {
        &self.queues[queue.0]
    }

    /// Returns the word that a queue is named by in plans.
    ///
    /// # Panics
    ///
    /// If the queue belongs to another topology.
    #[track_caller]
    pub fn name(&self, queue: QueueRef) -> &'static str {
        self.queue(queue).role.name()
    }

    /// Returns the queue that is for the passes of a role.
    pub fn for_role(&self, role: Queue) -> Option<QueueRef> {
        self.queues.iter().position(|queue| queue.role == role).map(QueueRef)
    }

    /// Returns whether there are several queues, so that a plan may have semaphores.
    pub fn has_several_queues(&self) -> bool {
        self.queues.len() > 1
    }

    /// Returns whether there are several families, so that a plan may have ownership transfers.
    pub fn has_several_families(&self) -> bool {
        self.queues.iter().any(|queue| queue.family != self.queues[0].family)
    }
}

/// Why queues are no topology.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TopologyError {
    /// There is no queue.
    #[error("a topology has at least one queue")]
    Empty,
    /// Two queues are for the same passes.
    #[error("two queues are for {} passes: a topology has one for each role", .role.name())]
    SameRole {
        /// The role.
        role: Queue,
    },
    /// Queues of one family differ in what they can do.
    #[error("queues of family {family} differ in what they can do; all queues of a family can do the same")]
    Capabilities {
        /// The family.
        family: u32,
    },
}
