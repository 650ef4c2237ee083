//! The commands that the layer writes down or drops, each with its own type.

use std::ffi::CStr;

use ash::vk::{self, Handle};

use crate::link;
use crate::stream::{self, Scopes};

/// Returns an array of Vulkan.
unsafe fn array<'a, T>(pointer: *const T, count: u32) -> &'a [T] {
    match count {
        0 => &[],
        // SAFETY: the caller's array is as long as it says.
        count => unsafe { std::slice::from_raw_parts(pointer, count as usize) },
    }
}

unsafe extern "system" fn pipeline_barrier(
    commands: vk::CommandBuffer,
    first: vk::PipelineStageFlags,
    second: vk::PipelineStageFlags,
    _: vk::DependencyFlags,
    memory_count: u32,
    _memory: *const vk::MemoryBarrier<'_>,
    buffer_count: u32,
    _buffers: *const vk::BufferMemoryBarrier<'_>,
    image_count: u32,
    images: *const vk::ImageMemoryBarrier<'_>,
) {
    if !stream::is_on() {
        return;
    }
    let (first, second) = (u64::from(first.as_raw()), u64::from(second.as_raw()));
    let scopes = |kind, layouts| Scopes { kind, first, second, layouts };
    let mut structures: Vec<Scopes> = (0..memory_count).map(|_| scopes('m', (0, 0))).collect();
    structures.extend((0..buffer_count).map(|_| scopes('b', (0, 0))));
    // SAFETY: the caller's array.
    let images = unsafe { array(images, image_count) };
    structures.extend(images.iter().map(|one| scopes('i', (one.old_layout.as_raw(), one.new_layout.as_raw()))));
    if structures.is_empty() {
        // An execution dependency without a structure orders all the same.
        structures.push(scopes('e', (0, 0)));
    }
    stream::call(commands.as_raw(), "barrier", &structures);
}

unsafe extern "system" fn pipeline_barrier2(commands: vk::CommandBuffer, info: *const vk::DependencyInfo<'_>) {
    if !stream::is_on() {
        return;
    }
    let mut structures = Vec::new();
    let mut push = |kind, first: vk::PipelineStageFlags2, second: vk::PipelineStageFlags2, layouts| {
        structures.push(Scopes { kind, first: first.as_raw(), second: second.as_raw(), layouts });
    };
    // SAFETY: the caller's structures and arrays.
    unsafe {
        let info = &*info;
        for one in array(info.p_memory_barriers, info.memory_barrier_count) {
            push('m', one.src_stage_mask, one.dst_stage_mask, (0, 0));
        }
        for one in array(info.p_buffer_memory_barriers, info.buffer_memory_barrier_count) {
            push('b', one.src_stage_mask, one.dst_stage_mask, (0, 0));
        }
        for one in array(info.p_image_memory_barriers, info.image_memory_barrier_count) {
            push('i', one.src_stage_mask, one.dst_stage_mask, (one.old_layout.as_raw(), one.new_layout.as_raw()));
        }
    }
    stream::call(commands.as_raw(), "barrier", &structures);
}

unsafe extern "system" fn begin(
    commands: vk::CommandBuffer,
    info: *const vk::CommandBufferBeginInfo<'_>,
) -> vk::Result {
    stream::begin(commands.as_raw());
    // SAFETY: the function of that name has that type.
    let next: Option<vk::PFN_vkBeginCommandBuffer> = unsafe { link::next(commands.as_raw(), c"vkBeginCommandBuffer") };
    // SAFETY: the caller's arguments.
    next.map_or(vk::Result::ERROR_DEVICE_LOST, |next| unsafe { next(commands, info) })
}

unsafe extern "system" fn submit(
    queue: vk::Queue,
    count: u32,
    submits: *const vk::SubmitInfo<'_>,
    fence: vk::Fence,
) -> vk::Result {
    // SAFETY: the caller's arrays.
    for one in unsafe { array(submits, count) } {
        // SAFETY: as above.
        let buffers = unsafe { array(one.p_command_buffers, one.command_buffer_count) };
        buffers.iter().for_each(|commands| stream::submit(commands.as_raw()));
    }
    // SAFETY: the function of that name has that type.
    let next: Option<vk::PFN_vkQueueSubmit> = unsafe { link::next(queue.as_raw(), c"vkQueueSubmit") };
    // SAFETY: the caller's arguments.
    next.map_or(vk::Result::ERROR_DEVICE_LOST, |next| unsafe { next(queue, count, submits, fence) })
}

unsafe extern "system" fn submit2(
    queue: vk::Queue,
    count: u32,
    submits: *const vk::SubmitInfo2<'_>,
    fence: vk::Fence,
) -> vk::Result {
    // SAFETY: the caller's arrays.
    for one in unsafe { array(submits, count) } {
        // SAFETY: as above.
        let buffers = unsafe { array(one.p_command_buffer_infos, one.command_buffer_info_count) };
        buffers.iter().for_each(|info| stream::submit(info.command_buffer.as_raw()));
    }
    // SAFETY: the function of that name has that type.
    let next: Option<vk::PFN_vkQueueSubmit2> = unsafe {
        link::next(queue.as_raw(), c"vkQueueSubmit2").or_else(|| link::next(queue.as_raw(), c"vkQueueSubmit2KHR"))
    };
    // SAFETY: the caller's arguments.
    next.map_or(vk::Result::ERROR_DEVICE_LOST, |next| unsafe { next(queue, count, submits, fence) })
}

unsafe extern "system" fn execute(commands: vk::CommandBuffer, count: u32, buffers: *const vk::CommandBuffer) {
    // SAFETY: the caller's array.
    for secondary in unsafe { array(buffers, count) } {
        stream::execute(commands.as_raw(), secondary.as_raw());
    }
}

/// Keeps the dependencies of a render pass on what is outside of it.
macro_rules! create_render_pass {
    ($name:ident, $info:ident, $pfn:ident, $($vk:literal)+) => {
        unsafe extern "system" fn $name(
            device: vk::Device,
            info: *const vk::$info<'_>,
            allocator: *const vk::AllocationCallbacks<'_>,
            pass: *mut vk::RenderPass,
        ) -> vk::Result {
            // SAFETY: the function of that name has that type.
            let next: Option<vk::$pfn> = unsafe { None$(.or_else(|| link::next(device.as_raw(), $vk)))+ };
            // SAFETY: the caller's arguments.
            let result = next.map_or(vk::Result::ERROR_DEVICE_LOST, |next| unsafe { next(device, info, allocator, pass) });
            // SAFETY: the caller's structures and arrays.
            let (info, pass) = unsafe { (&*info, *pass) };
            let (mut before, mut after) = (Vec::new(), Vec::new());
            // SAFETY: as above.
            for one in unsafe { array(info.p_dependencies, info.dependency_count) } {
                let (first, second) = (u64::from(one.src_stage_mask.as_raw()), u64::from(one.dst_stage_mask.as_raw()));
                let scopes = Scopes { kind: 'd', first, second, layouts: (0, 0) };
                if one.src_subpass == vk::SUBPASS_EXTERNAL {
                    before.push(scopes);
                } else if one.dst_subpass == vk::SUBPASS_EXTERNAL {
                    after.push(scopes);
                }
            }
            // SAFETY: as above.
            for one in unsafe { array(info.p_attachments, info.attachment_count) } {
                let layouts = (one.initial_layout.as_raw(), one.final_layout.as_raw());
                before.push(Scopes { kind: 'a', first: 0, second: 0, layouts });
            }
            stream::render_pass(pass.as_raw(), before, after);
            result
        }
    };
}
create_render_pass!(create_render_pass, RenderPassCreateInfo, PFN_vkCreateRenderPass, c"vkCreateRenderPass");
create_render_pass!(create_render_pass2, RenderPassCreateInfo2, PFN_vkCreateRenderPass2, c"vkCreateRenderPass2" c"vkCreateRenderPass2KHR");

unsafe extern "system" fn begin_render_pass(
    commands: vk::CommandBuffer,
    info: *const vk::RenderPassBeginInfo<'_>,
    _: vk::SubpassContents,
) {
    // SAFETY: the caller's structure.
    stream::begin_render_pass(commands.as_raw(), unsafe { &*info }.render_pass.as_raw());
}

unsafe extern "system" fn begin_render_pass2(
    commands: vk::CommandBuffer,
    info: *const vk::RenderPassBeginInfo<'_>,
    _: *const vk::SubpassBeginInfo<'_>,
) {
    // SAFETY: the caller's structure.
    stream::begin_render_pass(commands.as_raw(), unsafe { &*info }.render_pass.as_raw());
}

unsafe extern "system" fn end_render_pass(commands: vk::CommandBuffer) {
    stream::end_render_pass(commands.as_raw());
}

unsafe extern "system" fn end_render_pass2(commands: vk::CommandBuffer, _: *const vk::SubpassEndInfo<'_>) {
    stream::end_render_pass(commands.as_raw());
}

unsafe extern "system" fn next_subpass(_: vk::CommandBuffer, _: vk::SubpassContents) {}

unsafe extern "system" fn begin_rendering(_: vk::CommandBuffer, _: *const vk::RenderingInfo<'_>) {}

unsafe extern "system" fn end_rendering(_: vk::CommandBuffer) {}

unsafe extern "system" fn clear_attachments(
    _: vk::CommandBuffer,
    _: u32,
    _: *const vk::ClearAttachment,
    _: u32,
    _: *const vk::ClearRect,
) {
}

unsafe extern "system" fn draw(commands: vk::CommandBuffer, vertices: u32, _: u32, _: u32, _: u32) {
    stream::work(commands.as_raw(), u64::from(vertices));
}

unsafe extern "system" fn draw_indexed(commands: vk::CommandBuffer, indices: u32, _: u32, _: u32, _: i32, _: u32) {
    stream::work(commands.as_raw(), u64::from(indices));
}

/// The number of an indirect draw or dispatch is in its offset.
unsafe extern "system" fn draw_indirect(
    commands: vk::CommandBuffer,
    _: vk::Buffer,
    offset: vk::DeviceSize,
    _: u32,
    _: u32,
) {
    stream::work(commands.as_raw(), offset / 4);
}

unsafe extern "system" fn dispatch_indirect(commands: vk::CommandBuffer, _: vk::Buffer, offset: vk::DeviceSize) {
    stream::work(commands.as_raw(), offset / 4);
}

unsafe extern "system" fn dispatch(commands: vk::CommandBuffer, x: u32, _: u32, _: u32) {
    stream::work(commands.as_raw(), u64::from(x));
}

unsafe extern "system" fn fill_buffer(
    commands: vk::CommandBuffer,
    _: vk::Buffer,
    _: vk::DeviceSize,
    size: vk::DeviceSize,
    _: u32,
) {
    stream::work(commands.as_raw(), size / 4);
}

unsafe extern "system" fn copy_buffer(
    commands: vk::CommandBuffer,
    _: vk::Buffer,
    _: vk::Buffer,
    count: u32,
    regions: *const vk::BufferCopy,
) {
    // SAFETY: the caller's array.
    let size = unsafe { array(regions, count) }.first().map_or(0, |region| region.size);
    stream::work(commands.as_raw(), size / 4);
}

unsafe extern "system" fn copy_buffer_to_image(
    commands: vk::CommandBuffer,
    _: vk::Buffer,
    _: vk::Image,
    _: vk::ImageLayout,
    count: u32,
    regions: *const vk::BufferImageCopy,
) {
    // SAFETY: the caller's array.
    let width = unsafe { array(regions, count) }.first().map_or(0, |region| region.image_extent.width);
    stream::work(commands.as_raw(), u64::from(width));
}

/// The number of a blit is the width of what it reads.
unsafe extern "system" fn blit_image(
    commands: vk::CommandBuffer,
    _: vk::Image,
    _: vk::ImageLayout,
    _: vk::Image,
    _: vk::ImageLayout,
    count: u32,
    regions: *const vk::ImageBlit,
    _: vk::Filter,
) {
    // SAFETY: the caller's array.
    let width = unsafe { array(regions, count) }.first().map_or(0, |region| region.src_offsets[1].x);
    stream::work(commands.as_raw(), u64::try_from(width).unwrap_or_default());
}

macro_rules! table {
    ($($($vk:literal)+ => $own:ident: $pfn:ident,)+) => {
        /// Returns the layer's function of that name.
        pub(crate) fn own(name: &CStr) -> vk::PFN_vkVoidFunction {
            $($(if name == $vk {
                // SAFETY: any function may be cast to any other; the type is that of the name.
                return unsafe { std::mem::transmute::<vk::$pfn, vk::PFN_vkVoidFunction>($own) };
            })+)+
            None
        }
    };
}

table! {
    c"vkCmdPipelineBarrier" => pipeline_barrier: PFN_vkCmdPipelineBarrier,
    c"vkCmdPipelineBarrier2" c"vkCmdPipelineBarrier2KHR" => pipeline_barrier2: PFN_vkCmdPipelineBarrier2,
    c"vkBeginCommandBuffer" => begin: PFN_vkBeginCommandBuffer,
    c"vkQueueSubmit" => submit: PFN_vkQueueSubmit,
    c"vkQueueSubmit2" c"vkQueueSubmit2KHR" => submit2: PFN_vkQueueSubmit2,
    c"vkCmdExecuteCommands" => execute: PFN_vkCmdExecuteCommands,
    c"vkCreateRenderPass" => create_render_pass: PFN_vkCreateRenderPass,
    c"vkCreateRenderPass2" c"vkCreateRenderPass2KHR" => create_render_pass2: PFN_vkCreateRenderPass2,
    c"vkCmdBeginRenderPass" => begin_render_pass: PFN_vkCmdBeginRenderPass,
    c"vkCmdBeginRenderPass2" c"vkCmdBeginRenderPass2KHR" => begin_render_pass2: PFN_vkCmdBeginRenderPass2,
    c"vkCmdEndRenderPass" => end_render_pass: PFN_vkCmdEndRenderPass,
    c"vkCmdEndRenderPass2" c"vkCmdEndRenderPass2KHR" => end_render_pass2: PFN_vkCmdEndRenderPass2,
    c"vkCmdNextSubpass" => next_subpass: PFN_vkCmdNextSubpass,
    c"vkCmdBeginRendering" c"vkCmdBeginRenderingKHR" => begin_rendering: PFN_vkCmdBeginRendering,
    c"vkCmdEndRendering" c"vkCmdEndRenderingKHR" => end_rendering: PFN_vkCmdEndRendering,
    c"vkCmdClearAttachments" => clear_attachments: PFN_vkCmdClearAttachments,
    c"vkCmdDraw" => draw: PFN_vkCmdDraw,
    c"vkCmdDrawIndexed" => draw_indexed: PFN_vkCmdDrawIndexed,
    c"vkCmdDrawIndirect" => draw_indirect: PFN_vkCmdDrawIndirect,
    c"vkCmdDrawIndexedIndirect" => draw_indirect: PFN_vkCmdDrawIndexedIndirect,
    c"vkCmdDispatch" => dispatch: PFN_vkCmdDispatch,
    c"vkCmdDispatchIndirect" => dispatch_indirect: PFN_vkCmdDispatchIndirect,
    c"vkCmdFillBuffer" => fill_buffer: PFN_vkCmdFillBuffer,
    c"vkCmdCopyBuffer" => copy_buffer: PFN_vkCmdCopyBuffer,
    c"vkCmdCopyBufferToImage" => copy_buffer_to_image: PFN_vkCmdCopyBufferToImage,
    c"vkCmdBlitImage" => blit_image: PFN_vkCmdBlitImage,
}
