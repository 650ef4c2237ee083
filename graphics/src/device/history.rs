//! Resources of which a frame reads what the frame before wrote: two objects that take turns.

use std::any::TypeId;

use ash::vk;

use crate::device::create::{self, BufferDesc, ImageDesc};
use crate::device::reclaim::Garbage;
use crate::device::registry::{Physical, Resource};
use crate::device::renderer::{Inner, VkRenderer};
use crate::plan::{AtomState, Entry, Imported, PartState, PastAccess, PastPoint, ResourceState, Scope, Sharing};
use crate::record::attachment::ClearColor;
use crate::record::barrier::{Handle, Lowered, Own};
use crate::record::encoder::whole;
use crate::record::error::VkError;
use crate::record::host_memory::CommandMemory;
use crate::record::pools::Pools;
use crate::resource::{GpuBuffer, GpuImage, ImageHandle};

/// What a new image is filled with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Initial {
    /// A colour, where the format has colour.
    Color(ClearColor),
    /// A depth and a stencil, where the format has those.
    Depth(f32, u32),
}

const CLEARED: Scope =
    Scope { stages: vk::PipelineStageFlags2::ALL_TRANSFER, access: vk::AccessFlags2::TRANSFER_WRITE };

impl VkRenderer {
    /// Makes an image with a twin: `Prev<GpuImage<M>>` in a declaration means what the previous frame that wrote `M` left, and
    /// `GpuImage<M>` what this frame writes. The two swap after each frame that writes. Frame 0 reads `initial`.
    ///
    /// # Errors
    ///
    /// As for [`Self::create_image`]; if `usage` lacks `TRANSFER_DST`, or `initial` does not fit the format.
    pub fn create_history_image<M: ?Sized + 'static>(
        &self,
        desc: &ImageDesc,
        initial: Initial,
    ) -> Result<GpuImage<M>, VkError> {
        let name = crate::resource::label_of::<GpuImage<M>>(0);
        let bad = |why: &str| VkError::BadDesc { what: format!("`{name}`"), why: why.to_owned() };
        if !desc.usage.contains(vk::ImageUsageFlags::TRANSFER_DST) {
            return Err(bad("`usage` lacks `TRANSFER_DST`, which writing its initial contents needs"));
        }
        let color = crate::record::format::aspects(desc.format) == vk::ImageAspectFlags::COLOR;
        if color != matches!(initial, Initial::Color(_)) {
            return Err(bad("its initial contents do not fit its format"));
        }
        let image = self.create_image::<M>(desc)?;
        let previous = format!("Prev<{}>", crate::resource::label_of::<GpuImage<M>>(image.instance()));
        let twin = create::image(&self.shared, &previous, desc, image.instance());
        let key = TypeId::of::<GpuImage<M>>();
        let filled = twin.and_then(|(handle, allocation)| {
            let physical = physical(Handle::Image(handle), allocation, vk::ImageLayout::TRANSFER_DST_OPTIMAL);
            self.shared.fill_twin(key, physical, |inner, commands| clear(inner, commands, handle, initial))
        });
        match filled {
            Ok(()) => Ok(image),
            Err(error) => {
                self.destroy_image(image)?;
                Err(error)
            }
        }
    }

    /// Makes a buffer with a twin, as [`Self::create_history_image`] does an image. Frame 0 reads copies of `word`.
    ///
    /// # Errors
    ///
    /// As for [`Self::create_buffer`]; if `usage` lacks `TRANSFER_DST`.
    pub fn create_history_buffer<M: ?Sized + 'static>(
        &self,
        desc: &BufferDesc,
        word: u32,
    ) -> Result<GpuBuffer<M>, VkError> {
        let name = crate::resource::label_of::<GpuBuffer<M>>(0);
        if !desc.usage.contains(vk::BufferUsageFlags::TRANSFER_DST) {
            let why = "`usage` lacks `TRANSFER_DST`, which writing its initial contents needs".to_owned();
            return Err(VkError::BadDesc { what: format!("`{name}`"), why });
        }
        let buffer = self.create_buffer::<M>(desc)?;
        let previous = format!("Prev<{}>", crate::resource::label_of::<GpuBuffer<M>>(buffer.instance()));
        let twin = create::buffer(&self.shared, &previous, desc, buffer.instance());
        let key = TypeId::of::<GpuBuffer<M>>();
        let filled = twin.and_then(|(handle, allocation)| {
            let physical = physical(Handle::Buffer(handle), allocation, vk::ImageLayout::UNDEFINED);
            self.shared.fill_twin(key, physical, |inner, commands| {
                // SAFETY: the command buffer is recording in this thread alone, the buffer has just been made.
                unsafe { inner.gpu.device().cmd_fill_buffer(commands, handle.raw, 0, vk::WHOLE_SIZE, word) };
            })
        });
        match filled {
            Ok(()) => Ok(buffer),
            Err(error) => {
                self.destroy_buffer(buffer)?;
                Err(error)
            }
        }
    }
}

fn physical(handle: Handle, allocation: crate::device::memory::Allocation, layout: vk::ImageLayout) -> Physical {
    Physical {
        handle,
        allocation: Some(allocation),
        views: Vec::new(),
        imported: false,
        prepared: None,
        entry: Entry::Imported(Imported { scope: CLEARED, layout, by: "its initial contents", family: None }),
    }
}

fn clear(inner: &Inner, commands: vk::CommandBuffer, handle: ImageHandle, initial: Initial) {
    let (device, layout, ranges) = (inner.gpu.device(), vk::ImageLayout::TRANSFER_DST_OPTIMAL, [whole(handle)]);
    let to_clear = {
        let mut call = Lowered::default();
        let layouts = (vk::ImageLayout::UNDEFINED, layout);
        call.add(Scope::default(), CLEARED, Own::Image(handle.raw, ranges[0], layouts));
        call
    };
    // SAFETY: the command buffer is recording in this thread alone, the image has just been made.
    unsafe { to_clear.record(&inner.gpu.table, commands) };
    match initial {
        Initial::Color(color) => {
            let color = color.raw();
            // SAFETY: as above; the image is in this layout and has `TRANSFER_DST`.
            unsafe { device.cmd_clear_color_image(commands, handle.raw, layout, &color, &ranges) };
        }
        Initial::Depth(depth, stencil) => {
            let value = vk::ClearDepthStencilValue { depth, stencil };
            // SAFETY: as above.
            unsafe { device.cmd_clear_depth_stencil_image(commands, handle.raw, layout, &value, &ranges) };
        }
    }
}

impl Inner {
    /// Records and submits what fills a twin, and puts it beside its resource.
    fn fill_twin(
        &self,
        key: TypeId,
        mut twin: Physical,
        record: impl FnOnce(&Self, vk::CommandBuffer),
    ) -> Result<(), VkError> {
        let instance = twin.handle.instance();
        let submitted = self.submit_alone(record);
        if submitted.is_ok() {
            let mut registry = self.registry();
            if let Some(resource) = registry.get_mut(key, instance) {
                if self.gpu.topology.has_several_queues() {
                    twin.entry = self.left_by_graphics(&twin.entry, resource);
                }
                resource.previous = Some(twin);
                return Ok(());
            }
        }
        self.discard(twin.into_garbage());
        submitted
    }

    /// Returns what is known of a resource that the latest submission of the graphics queue has written.
    fn left_by_graphics(&self, entry: &Entry, resource: &Resource) -> Entry {
        let Entry::Imported(imported) = entry else { return entry.clone() };
        let writer = PastAccess {
            scope: imported.scope,
            concurrent: false,
            system: imported.by.into(),
            usage: "CopyDestination",
            write: true,
            at: None,
            when: PastPoint::default(),
        };
        let is_owned = matches!(resource.sharing, Sharing::Exclusive) && self.gpu.topology.has_several_families();
        let state = AtomState {
            layout: imported.layout,
            defined: true,
            transitioned: false,
            writers: vec![writer],
            readers: Vec::new(),
            family: is_owned.then(|| self.gpu.topology.queues()[0].family),
            settled: None,
        };
        Entry::Persisted(ResourceState::new([PartState { part: resource.shape.whole(), state }]))
    }

    /// Submits a command buffer outside of frames.
    fn submit_alone(&self, record: impl FnOnce(&Self, vk::CommandBuffer)) -> Result<(), VkError> {
        // A pool for one command buffer keeps no memory.
        let (table, family) = (std::sync::Arc::clone(&self.gpu.table), self.gpu.topology.queues()[0].family);
        let mut pools = Pools::new(table, family, CommandMemory::Driver);
        let submitted = self.record_alone(&pools, record);
        let raw = pools.take_all();
        self.discard(raw.into_iter().map(Garbage::Pool));
        submitted
    }

    fn record_alone(&self, pools: &Pools, record: impl FnOnce(&Self, vk::CommandBuffer)) -> Result<(), VkError> {
        let device = self.gpu.device();
        let mut pool = pools.take()?;
        let commands = pool.primary(&self.gpu.table, None)?;
        let info = vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
        // SAFETY: a fresh command buffer, whose pool this thread has to itself.
        unsafe { device.begin_command_buffer(commands, &info) }.map_err(VkError::of("vkBeginCommandBuffer"))?;
        record(self, commands);
        // SAFETY: recording, in this thread alone.
        unsafe { device.end_command_buffer(commands) }.map_err(VkError::of("vkEndCommandBuffer"))?;
        // SAFETY: it is complete; its pool goes when the submission is finished.
        unsafe { self.submit(&[vk::CommandBufferSubmitInfo::default().command_buffer(commands)]) }.map(|_| ())
    }
}
