//! The draws of a pass recorded with Vulkan alone: by one thread, or its halves by two. What no library can be much faster than.

use std::ptr::NonNull;
use std::sync::Arc;
use std::time::Duration;

use ash::{Device, vk};
use fencewright::Failure;
use fencewright_graphics::VkRenderer;
use rayon::ThreadPool;

use crate::host_memory::HostMemory;
use crate::pipeline::{Pipeline, STAGES, bytes_of};
use crate::{FORMAT, SIDE, TIMEOUT};

/// Command pools for two frames in flight, each with one for each half, and the thread that has the second half, if one does.
pub(crate) struct ByHand {
    renderer: Arc<VkRenderer>,
    pipeline: Arc<Pipeline>,
    helper: Option<Arc<ThreadPool>>,
    frames: [[Lane; 2]; 2],
    turn: usize,
}

/// A command pool with memory of its own, as the renderer's have, and its one secondary command buffer.
struct Lane {
    pool: vk::CommandPool,
    memory: NonNull<HostMemory>,
    buffer: vk::CommandBuffer,
}

// SAFETY: the memory belongs to the pool, and goes where it goes; one thread at a time has both.
unsafe impl Send for Lane {}
// SAFETY: a shared lane is handed to one thread alone, as `record` does.
unsafe impl Sync for Lane {}

impl ByHand {
    pub(crate) fn new(
        renderer: &Arc<VkRenderer>,
        pipeline: &Arc<Pipeline>,
        helper: Option<Arc<ThreadPool>>,
    ) -> Result<Self, vk::Result> {
        let lane = || Lane::new(renderer.device(), renderer.queue_family());
        let frames = [[lane()?, lane()?], [lane()?, lane()?]];
        Ok(Self { renderer: Arc::clone(renderer), pipeline: Arc::clone(pipeline), helper, frames, turn: 0 })
    }

    /// Records a rendering into `primary`, whose frame's turn was over before.
    pub(crate) fn record(
        &mut self,
        primary: vk::CommandBuffer,
        view: vk::ImageView,
        draws: usize,
    ) -> Result<(), Failure> {
        self.turn = 1 - self.turn;
        let device = self.renderer.device();
        let [first, second] = &self.frames[self.turn];
        let half = |lane: &Lane, draws: usize| lane.record(device, &self.pipeline, draws);
        let buffers = match &self.helper {
            None => {
                half(first, draws)?;
                &[first.buffer][..]
            }
            Some(helper) => {
                let mut seconds = Ok(());
                helper.in_place_scope(|scope| {
                    scope.spawn(|_| seconds = half(second, draws - draws / 2));
                    half(first, draws / 2)
                })?;
                seconds?;
                &[first.buffer, second.buffer][..]
            }
        };
        let area = area();
        let clear = vk::ClearValue { color: vk::ClearColorValue { float32: [0.0; 4] } };
        let colors = [vk::RenderingAttachmentInfo::default()
            .image_view(view)
            .image_layout(vk::ImageLayout::COLOR_ATTACHMENT_OPTIMAL)
            .load_op(vk::AttachmentLoadOp::CLEAR)
            .store_op(vk::AttachmentStoreOp::STORE)
            .clear_value(clear)];
        let info = vk::RenderingInfo::default()
            .flags(vk::RenderingFlags::CONTENTS_SECONDARY_COMMAND_BUFFERS)
            .render_area(area)
            .layer_count(1)
            .color_attachments(&colors);
        // SAFETY: the primary records outside rendering, in this thread alone; the view is of an image that the pass declares.
        unsafe { device.cmd_begin_rendering(primary, &info) };
        // SAFETY: complete secondary command buffers that continue a rendering of this format.
        unsafe { device.cmd_execute_commands(primary, buffers) };
        // SAFETY: the rendering was begun above.
        unsafe { device.cmd_end_rendering(primary) };
        Ok(())
    }
}

impl Drop for ByHand {
    fn drop(&mut self) {
        // The pools may go only when the device is done with them.
        self.renderer.wait_idle(TIMEOUT.max(Duration::from_secs(1))).expect("the device ends");
        for lane in self.frames.iter().flatten() {
            let callbacks = HostMemory::callbacks(lane.memory);
            // SAFETY: of this device, which is idle; made with these callbacks.
            unsafe { self.renderer.device().destroy_command_pool(lane.pool, Some(&callbacks)) };
            // SAFETY: the pool has gone.
            unsafe { HostMemory::destroy(lane.memory) };
        }
    }
}

impl Lane {
    fn new(device: &Device, family: u32) -> Result<Self, vk::Result> {
        let memory = HostMemory::new();
        let callbacks = HostMemory::callbacks(memory);
        let info = vk::CommandPoolCreateInfo::default()
            .flags(vk::CommandPoolCreateFlags::TRANSIENT)
            .queue_family_index(family);
        // SAFETY: the memory lives until the pool is destroyed.
        let pool = unsafe { device.create_command_pool(&info, Some(&callbacks)) }?;
        let info = vk::CommandBufferAllocateInfo::default()
            .command_pool(pool)
            .level(vk::CommandBufferLevel::SECONDARY)
            .command_buffer_count(1);
        // SAFETY: the pool is of this device, and this thread's.
        let buffers = unsafe { device.allocate_command_buffers(&info) }?;
        Ok(Self { pool, memory, buffer: buffers[0] })
    }

    fn record(&self, device: &Device, pipeline: &Pipeline, draws: usize) -> Result<(), vk::Result> {
        let raw = self.buffer;
        // SAFETY: the frame before the last is over, and the thread has the pool to itself.
        unsafe { device.reset_command_pool(self.pool, vk::CommandPoolResetFlags::empty()) }?;
        let formats = [FORMAT];
        let mut rendering = vk::CommandBufferInheritanceRenderingInfo::default()
            .color_attachment_formats(&formats)
            .rasterization_samples(vk::SampleCountFlags::TYPE_1);
        let inheritance = vk::CommandBufferInheritanceInfo::default().push_next(&mut rendering);
        let flags = vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT | vk::CommandBufferUsageFlags::RENDER_PASS_CONTINUE;
        let info = vk::CommandBufferBeginInfo::default().flags(flags).inheritance_info(&inheritance);
        // SAFETY: in the initial state, in this thread alone; the same for all that follows.
        unsafe { device.begin_command_buffer(raw, &info) }?;
        let area = area();
        let (width, height) = (area.extent.width as f32, area.extent.height as f32);
        let viewport = vk::Viewport { width, height, max_depth: 1.0, ..vk::Viewport::default() };
        // SAFETY: as above.
        unsafe { device.cmd_set_viewport(raw, 0, &[viewport]) };
        // SAFETY: as above.
        unsafe { device.cmd_set_scissor(raw, 0, &[area]) };
        // SAFETY: made for this format; its shaders read push constants alone.
        unsafe { device.cmd_bind_pipeline(raw, vk::PipelineBindPoint::GRAPHICS, pipeline.raw) };
        for draw in 0..draws {
            let along = draw as f32 / draws as f32;
            let bytes = bytes_of([along * 2.0 - 1.0, 0.0, 0.02, 0.02], [along, 0.5, 1.0, 1.0]);
            // SAFETY: the layout has 32 bytes for these stages.
            unsafe { device.cmd_push_constants(raw, pipeline.layout, STAGES, 0, &bytes) };
            // SAFETY: a pipeline is bound, and all of its dynamic state is set.
            unsafe { device.cmd_draw(raw, 4, 1, 0, 0) };
        }
        // SAFETY: as above.
        unsafe { device.end_command_buffer(raw) }
    }
}

fn area() -> vk::Rect2D {
    vk::Rect2D { extent: vk::Extent2D { width: SIDE, height: SIDE }, ..vk::Rect2D::default() }
}
