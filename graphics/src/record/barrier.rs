//! Turns planned calls into `vkCmdPipelineBarrier2`.

use ash::vk;

use crate::emit::structures::{CallStructures, RawHandle};
use crate::plan::{Barrier, Scope, Subresource};
use crate::record::table::Table;
use crate::resource::{BufferHandle, ImageHandle};

/// The Vulkan handle behind a resource of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    Buffer(BufferHandle),
    Image(ImageHandle),
}

impl Handle {
    fn raw(self) -> RawHandle {
        match self {
            Self::Buffer(handle) => RawHandle::Buffer(handle.raw),
            Self::Image(handle) => RawHandle::Image(handle.raw),
        }
    }

    /// Returns which of the resources that share the marker it is.
    pub(crate) const fn instance(self) -> u32 {
        match self {
            Self::Buffer(handle) => handle.instance,
            Self::Image(handle) => handle.instance,
        }
    }
}

/// What one `vkCmdPipelineBarrier2` is given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lowered(CallStructures);

impl Lowered {
    /// Fills in the structures of barriers.
    pub(crate) fn of<'b>(barriers: impl IntoIterator<Item = &'b Barrier>, handles: &[Handle]) -> Self {
        let mut structures = CallStructures::default();
        for barrier in barriers {
            structures.push(barrier, |resource| handles[resource.0].raw());
        }
        Self(structures)
    }

    /// Adds a barrier of the user's own.
    pub(crate) fn add(&mut self, first: Scope, second: Scope, target: Own) {
        match target {
            Own::Memory => self.0.push_memory(first, second),
            Own::Buffer(raw, bytes) => self.0.push_buffer(first, second, raw, &bytes),
            Own::Image(raw, range, layouts) => self.0.push_image(first, second, raw, range, layouts),
        }
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Records the call; nothing where there are no structures.
    ///
    /// # Safety
    ///
    /// `commands` is recording outside rendering, no other thread uses its pool, and the handles are alive.
    pub(crate) unsafe fn record(&self, table: &Table, commands: vk::CommandBuffer) {
        if self.is_empty() {
            return;
        }
        // SAFETY: the caller's promise.
        unsafe { table.device.cmd_pipeline_barrier2(commands, &self.0.dependency_info()) };
    }
}

/// The target of a barrier that a system records itself.
pub(crate) enum Own {
    Memory,
    Buffer(vk::Buffer, std::ops::Range<u64>),
    Image(vk::Image, vk::ImageSubresourceRange, (vk::ImageLayout, vk::ImageLayout)),
}

/// Returns the range of a part of an image in Vulkan's words; `None` for a part of a buffer.
pub(crate) fn range_of(part: &Subresource) -> Option<vk::ImageSubresourceRange> {
    match part {
        Subresource::Buffer { .. } => None,
        Subresource::Image { aspects, mips, layers } => Some(vk::ImageSubresourceRange {
            aspect_mask: *aspects,
            base_mip_level: mips.start,
            level_count: mips.end - mips.start,
            base_array_layer: layers.start,
            layer_count: layers.end - layers.start,
        }),
    }
}
