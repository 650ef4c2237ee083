//! Barriers as the structures of Vulkan: what is recorded, and what generated code says, come from here.

use std::ops::Range;

use ash::vk;

use crate::plan::{Barrier, Call, Plan, ResourceRef, Scope, Target};

/// The Vulkan handle of a resource of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawHandle {
    /// A buffer.
    Buffer(vk::Buffer),
    /// An image.
    Image(vk::Image),
}

/// The structures of one `vkCmdPipelineBarrier2`, for those who record a plan on a device of their own.
///
/// A part that reaches to an end which the plan does not know ends with `VK_WHOLE_SIZE`, `VK_REMAINING_MIP_LEVELS` or
/// `VK_REMAINING_ARRAY_LAYERS`.
#[derive(Clone, Debug, Default)]
pub struct CallStructures {
    memory: Vec<vk::MemoryBarrier2<'static>>,
    buffers: Vec<vk::BufferMemoryBarrier2<'static>>,
    images: Vec<vk::ImageMemoryBarrier2<'static>>,
}

impl CallStructures {
    /// Fills in the structures of barriers: those of a [`Call`], or [`Plan::prologue`].
    ///
    /// `handles` has one handle for each of [`Plan::resources`], in their order.
    ///
    /// # Panics
    ///
    /// If a barrier names a buffer or an image and `handles` has no such handle for it.
    #[track_caller]
    pub fn new(barriers: &[Barrier], handles: &[RawHandle]) -> Self {
        let mut structures = Self::default();
        for barrier in barriers {
            structures.push(barrier, |resource| find(handles, resource));
        }
        structures
    }

    /// Fills in the structures of a call of a plan whose END prepares the next frame, with that frame's handles: those of
    /// resources that take turns are others.
    ///
    /// # Panics
    ///
    /// If a barrier names a buffer or an image, and the handles of its frame have no such handle for it.
    #[track_caller]
    pub fn with_next(plan: &Plan, call: &Call, handles: &[RawHandle], next: &[RawHandle]) -> Self {
        let mut structures = Self::default();
        for barrier in &call.barriers {
            let handles = if is_for_next_frame(plan, call, barrier) { next } else { handles };
            structures.push(barrier, |resource| find(handles, resource));
        }
        structures
    }

    /// Returns the argument of `vkCmdPipelineBarrier2`.
    pub fn dependency_info(&self) -> vk::DependencyInfo<'_> {
        vk::DependencyInfo::default()
            .memory_barriers(&self.memory)
            .buffer_memory_barriers(&self.buffers)
            .image_memory_barriers(&self.images)
    }

    /// Returns the number of structures.
    pub fn len(&self) -> usize {
        self.memory.len() + self.buffers.len() + self.images.len()
    }

    /// Returns whether there is nothing to record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a barrier of a plan.
    #[track_caller]
    pub(crate) fn push(&mut self, barrier: &Barrier, handle: impl Fn(ResourceRef) -> RawHandle) {
        match structure(barrier) {
            Structure::Memory(memory) => self.memory.push(memory),
            Structure::Buffer(resource, structure) => match handle(resource) {
                RawHandle::Buffer(raw) => self.buffers.push(structure.buffer(raw)),
                RawHandle::Image(_) => panic!("resource {} is a buffer, and its handle an image's", resource.0),
            },
            Structure::Image(resource, structure) => match handle(resource) {
                RawHandle::Image(raw) => self.images.push(structure.image(raw)),
                RawHandle::Buffer(_) => panic!("resource {} is an image, and its handle a buffer's", resource.0),
            },
        }
    }

    /// Adds a barrier for all memory.
    #[cfg(feature = "device")]
    pub(crate) fn push_memory(&mut self, first: Scope, second: Scope) {
        self.memory.push(memory(first, second));
    }

    /// Adds a barrier for bytes of a buffer.
    #[cfg(feature = "device")]
    pub(crate) fn push_buffer(&mut self, first: Scope, second: Scope, raw: vk::Buffer, bytes: &Range<u64>) {
        self.buffers.push(buffer(first, second, bytes).buffer(raw));
    }

    /// Adds a barrier for a part of an image.
    #[cfg(feature = "device")]
    pub(crate) fn push_image(
        &mut self,
        first: Scope,
        second: Scope,
        raw: vk::Image,
        range: vk::ImageSubresourceRange,
        layouts: (vk::ImageLayout, vk::ImageLayout),
    ) {
        self.images.push(image(first, second, range, layouts).image(raw));
    }
}

#[track_caller]
fn find(handles: &[RawHandle], resource: ResourceRef) -> RawHandle {
    *handles.get(resource.0).unwrap_or_else(|| panic!("there is no handle for resource {}", resource.0))
}

/// Says whether a barrier at END prepares a first use of the next frame.
pub(super) fn is_for_next_frame(plan: &Plan, call: &Call, barrier: &Barrier) -> bool {
    call.gap == plan.passes.len() && plan.prologue.contains(barrier)
}

/// One structure, and the resource whose handle is still missing from it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Structure {
    Memory(vk::MemoryBarrier2<'static>),
    Buffer(ResourceRef, vk::BufferMemoryBarrier2<'static>),
    Image(ResourceRef, vk::ImageMemoryBarrier2<'static>),
}

/// Fills in the structure of a barrier, all but the handle.
pub(crate) fn structure(barrier: &Barrier) -> Structure {
    let Barrier { first, second, target, transfer, reasons: _ } = barrier;
    let (from, to) = transfer.map_or((vk::QUEUE_FAMILY_IGNORED, vk::QUEUE_FAMILY_IGNORED), |it| (it.from, it.to));
    match target {
        Target::Memory => Structure::Memory(memory(*first, *second)),
        Target::Buffer { resource, bytes } => {
            let structure = buffer(*first, *second, bytes);
            Structure::Buffer(*resource, structure.src_queue_family_index(from).dst_queue_family_index(to))
        }
        Target::Image { resource, aspects, mips, layers, old_layout, new_layout } => {
            let range = vk::ImageSubresourceRange {
                aspect_mask: *aspects,
                base_mip_level: mips.start,
                level_count: count(mips, vk::REMAINING_MIP_LEVELS),
                base_array_layer: layers.start,
                layer_count: count(layers, vk::REMAINING_ARRAY_LAYERS),
            };
            let structure = image(*first, *second, range, (*old_layout, *new_layout));
            Structure::Image(*resource, structure.src_queue_family_index(from).dst_queue_family_index(to))
        }
    }
}

fn count(range: &Range<u32>, rest: u32) -> u32 {
    if range.end == u32::MAX { rest } else { range.end - range.start }
}

fn memory(first: Scope, second: Scope) -> vk::MemoryBarrier2<'static> {
    vk::MemoryBarrier2::default()
        .src_stage_mask(first.stages)
        .src_access_mask(first.access)
        .dst_stage_mask(second.stages)
        .dst_access_mask(second.access)
}

fn buffer(first: Scope, second: Scope, bytes: &Range<u64>) -> vk::BufferMemoryBarrier2<'static> {
    vk::BufferMemoryBarrier2::default()
        .src_stage_mask(first.stages)
        .src_access_mask(first.access)
        .dst_stage_mask(second.stages)
        .dst_access_mask(second.access)
        .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .offset(bytes.start)
        .size(if bytes.end == u64::MAX { vk::WHOLE_SIZE } else { bytes.end - bytes.start })
}

fn image(
    first: Scope,
    second: Scope,
    range: vk::ImageSubresourceRange,
    (old, new): (vk::ImageLayout, vk::ImageLayout),
) -> vk::ImageMemoryBarrier2<'static> {
    vk::ImageMemoryBarrier2::default()
        .src_stage_mask(first.stages)
        .src_access_mask(first.access)
        .dst_stage_mask(second.stages)
        .dst_access_mask(second.access)
        .old_layout(old)
        .new_layout(new)
        .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
        .subresource_range(range)
}
