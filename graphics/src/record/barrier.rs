//! Turns planned calls into `vkCmdPipelineBarrier2`.

use ash::vk;

use crate::plan::{Barrier, Call, Scope, Subresource, Target};
use crate::record::table::Table;
use crate::resource::{BufferHandle, ImageHandle};

/// The Vulkan handle behind a resource of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    Buffer(BufferHandle),
    Image(ImageHandle),
}

impl Handle {
    /// Returns which of the resources that share the marker it is.
    pub(crate) const fn instance(self) -> u32 {
        match self {
            Self::Buffer(handle) => handle.instance,
            Self::Image(handle) => handle.instance,
        }
    }
}

/// The structures of one `vkCmdPipelineBarrier2`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lowered {
    memory: Vec<vk::MemoryBarrier2<'static>>,
    buffers: Vec<vk::BufferMemoryBarrier2<'static>>,
    images: Vec<vk::ImageMemoryBarrier2<'static>>,
}

impl Lowered {
    /// Fills in the structures of the barriers of `call` that `keep` accepts.
    pub(crate) fn of(call: &Call, handles: &[Handle], mut keep: impl FnMut(&Barrier) -> bool) -> Self {
        let mut lowered = Self::default();
        for barrier in call.barriers.iter().filter(|barrier| keep(barrier)) {
            lowered.push(barrier, handles);
        }
        lowered
    }

    fn push(&mut self, barrier: &Barrier, handles: &[Handle]) {
        match &barrier.target {
            Target::Memory => self.memory.push(memory(barrier.first, barrier.second)),
            Target::Buffer { resource, bytes } => {
                if let Some(Handle::Buffer(handle)) = handles.get(resource.0) {
                    let end = bytes.end.min(handle.len_bytes);
                    self.buffers.push(buffer(barrier.first, barrier.second, handle.raw, bytes.start..end));
                }
            }
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout } => {
                if let Some(Handle::Image(handle)) = handles.get(resource.0) {
                    let range = vk::ImageSubresourceRange {
                        aspect_mask: *aspects,
                        base_mip_level: mips.start,
                        level_count: mips.end.min(handle.mips) - mips.start,
                        base_array_layer: layers.start,
                        layer_count: layers.end.min(handle.layers) - layers.start,
                    };
                    let layouts = (*old_layout, *new_layout);
                    self.images.push(image(barrier.first, barrier.second, handle.raw, range, layouts));
                }
            }
        }
    }

    /// Adds a barrier of the user's own.
    pub(crate) fn add(&mut self, first: Scope, second: Scope, target: Own) {
        match target {
            Own::Memory => self.memory.push(memory(first, second)),
            Own::Buffer(raw, bytes) => self.buffers.push(buffer(first, second, raw, bytes)),
            Own::Image(raw, range, layouts) => self.images.push(image(first, second, raw, range, layouts)),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.memory.len() + self.buffers.len() + self.images.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
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
        let info = vk::DependencyInfo::default()
            .memory_barriers(&self.memory)
            .buffer_memory_barriers(&self.buffers)
            .image_memory_barriers(&self.images);
        // SAFETY: the caller's promise.
        unsafe { table.device.cmd_pipeline_barrier2(commands, &info) };
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

fn memory(first: Scope, second: Scope) -> vk::MemoryBarrier2<'static> {
    vk::MemoryBarrier2::default()
        .src_stage_mask(first.stages)
        .src_access_mask(first.access)
        .dst_stage_mask(second.stages)
        .dst_access_mask(second.access)
}

fn buffer(
    first: Scope,
    second: Scope,
    raw: vk::Buffer,
    bytes: std::ops::Range<u64>,
) -> vk::BufferMemoryBarrier2<'static> {
    vk::BufferMemoryBarrier2::default()
        .src_stage_mask(first.stages)
        .src_access_mask(first.access)
        .dst_stage_mask(second.stages)
        .dst_access_mask(second.access)
        .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .buffer(raw)
        .offset(bytes.start)
        .size(bytes.end - bytes.start)
}

fn image(
    first: Scope,
    second: Scope,
    raw: vk::Image,
    range: vk::ImageSubresourceRange,
    (old, new): (vk::ImageLayout, vk::ImageLayout),
) -> vk::ImageMemoryBarrier2<'static> {
    vk::ImageMemoryBarrier2::default()
        .src_stage_mask(first.stages)
        .src_access_mask(first.access)
        .dst_stage_mask(second.stages)
        .dst_access_mask(second.access)
        .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .old_layout(old)
        .new_layout(new)
        .image(raw)
        .subresource_range(range)
}
