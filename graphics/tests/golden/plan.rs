// Written by fencewright from the declarations of the systems.

use ash::vk;

/// The passes, in the order in which they are recorded.
pub const PASSES: [&str; 6] = [
    "UploadMeshes",
    "DrawScene",
    "Downsample",
    "Downsample#1",
    "Accumulate",
    "Tonemap",
];

/// The buffers and images that the barriers name.
#[derive(Clone, Copy, Debug)]
pub struct Handles {
    /// `GpuBuffer<VertexData>`.
    pub vertex_data: vk::Buffer,
    /// `GpuImage<RenderTarget>`.
    pub render_target: vk::Image,
    /// `GpuImage<SceneDepth>`.
    pub scene_depth: vk::Image,
    /// `GpuImage<BloomTexture>`.
    pub bloom_texture: vk::Image,
    /// `Prev<GpuImage<HistoryTexture>>`.
    pub prev_gpu_image_history_texture: vk::Image,
    /// `GpuImage<HistoryTexture>`.
    pub history_texture: vk::Image,
    /// `GpuImage<SwapchainImage>`.
    pub swapchain_image: vk::Image,
}

/// Records the barriers before `UploadMeshes`.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn before_upload_meshes(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles) {
    let buffers = [
        // DrawScene of the frame before reads GpuBuffer<VertexData>, UploadMeshes writes it
        vk::BufferMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::VERTEX_ATTRIBUTE_INPUT)
            .src_access_mask(vk::AccessFlags2::NONE)
            .dst_stage_mask(vk::PipelineStageFlags2::COPY)
            .dst_access_mask(vk::AccessFlags2::TRANSFER_WRITE)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .buffer(handles.vertex_data)
            .offset(0)
            .size(vk::WHOLE_SIZE),
    ];
    let dependency = vk::DependencyInfo::default().buffer_memory_barriers(&buffers);
    // SAFETY: the commands are being recorded, and the handles are alive.
    unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };
}

/// Records the barriers before `DrawScene`.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn before_draw_scene(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles) {
    let buffers = [
        // UploadMeshes writes GpuBuffer<VertexData>, DrawScene reads it
        vk::BufferMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COPY)
            .src_access_mask(vk::AccessFlags2::TRANSFER_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::VERTEX_ATTRIBUTE_INPUT)
            .dst_access_mask(vk::AccessFlags2::VERTEX_ATTRIBUTE_READ)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .buffer(handles.vertex_data)
            .offset(0)
            .size(vk::WHOLE_SIZE),
    ];
    let images = [
        // Accumulate of the frame before reads GpuImage<RenderTarget>, DrawScene writes it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .src_access_mask(vk::AccessFlags2::NONE)
            .dst_stage_mask(vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT)
            .dst_access_mask(vk::AccessFlags2::COLOR_ATTACHMENT_READ | vk::AccessFlags2::COLOR_ATTACHMENT_WRITE)
            .old_layout(vk::ImageLayout::UNDEFINED)
            .new_layout(vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.render_target)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
        // DrawScene of the frame before writes GpuImage<SceneDepth>, DrawScene writes it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::EARLY_FRAGMENT_TESTS | vk::PipelineStageFlags2::LATE_FRAGMENT_TESTS)
            .src_access_mask(vk::AccessFlags2::DEPTH_STENCIL_ATTACHMENT_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::EARLY_FRAGMENT_TESTS | vk::PipelineStageFlags2::LATE_FRAGMENT_TESTS)
            .dst_access_mask(vk::AccessFlags2::DEPTH_STENCIL_ATTACHMENT_WRITE)
            .old_layout(vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .new_layout(vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.scene_depth)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::DEPTH,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
        // Downsample#1 of the frame before reads GpuImage<BloomTexture>, Downsample writes it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .src_access_mask(vk::AccessFlags2::NONE)
            .dst_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_STORAGE_WRITE)
            .old_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .new_layout(vk::ImageLayout::GENERAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.bloom_texture)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 1,
                level_count: 1,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
    ];
    let dependency = vk::DependencyInfo::default().buffer_memory_barriers(&buffers).image_memory_barriers(&images);
    // SAFETY: the commands are being recorded, and the handles are alive.
    unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };
}

/// Records the barriers before `Downsample#1`.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn before_downsample_1(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles) {
    let images = [
        // Downsample writes GpuImage<BloomTexture>, Downsample#1 reads it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .src_access_mask(vk::AccessFlags2::SHADER_STORAGE_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_SAMPLED_READ)
            .old_layout(vk::ImageLayout::GENERAL)
            .new_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.bloom_texture)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 1,
                level_count: 1,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
        // Downsample#1 of the frame before writes GpuImage<BloomTexture>, Downsample#1 writes it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .src_access_mask(vk::AccessFlags2::SHADER_STORAGE_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_STORAGE_WRITE)
            .old_layout(vk::ImageLayout::GENERAL)
            .new_layout(vk::ImageLayout::GENERAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.bloom_texture)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 2,
                level_count: 1,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
    ];
    let dependency = vk::DependencyInfo::default().image_memory_barriers(&images);
    // SAFETY: the commands are being recorded, and the handles are alive.
    unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };
}

/// Records the barriers that `Accumulate` is to record first, by itself.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn before_accumulate(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles) {
    let images = [
        // DrawScene writes GpuImage<RenderTarget>, Accumulate reads it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT)
            .src_access_mask(vk::AccessFlags2::COLOR_ATTACHMENT_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_SAMPLED_READ)
            .old_layout(vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .new_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.render_target)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
        // Tonemap of the frame before reads Prev<GpuImage<HistoryTexture>>, Accumulate reads it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::FRAGMENT_SHADER)
            .src_access_mask(vk::AccessFlags2::NONE)
            .dst_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_SAMPLED_READ)
            .old_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .new_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.prev_gpu_image_history_texture)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
        // Tonemap of the frame before reads GpuImage<HistoryTexture>, Accumulate writes it; Accumulate of the frame before reads GpuImage<HistoryTexture>, Accumulate writes it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::FRAGMENT_SHADER | vk::PipelineStageFlags2::COMPUTE_SHADER)
            .src_access_mask(vk::AccessFlags2::NONE)
            .dst_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_STORAGE_WRITE)
            .old_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .new_layout(vk::ImageLayout::GENERAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.history_texture)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
    ];
    let dependency = vk::DependencyInfo::default().image_memory_barriers(&images);
    // SAFETY: the commands are being recorded, and the handles are alive.
    unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };
}

/// Records the barriers before `Tonemap`.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn before_tonemap(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles) {
    let images = [
        // Accumulate writes GpuImage<HistoryTexture>, Tonemap reads it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COMPUTE_SHADER)
            .src_access_mask(vk::AccessFlags2::SHADER_STORAGE_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::FRAGMENT_SHADER)
            .dst_access_mask(vk::AccessFlags2::SHADER_SAMPLED_READ)
            .old_layout(vk::ImageLayout::GENERAL)
            .new_layout(vk::ImageLayout::READ_ONLY_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.history_texture)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
        // the acquire hands over GpuImage<SwapchainImage>, Tonemap writes it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT)
            .src_access_mask(vk::AccessFlags2::NONE)
            .dst_stage_mask(vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT)
            .dst_access_mask(vk::AccessFlags2::COLOR_ATTACHMENT_READ | vk::AccessFlags2::COLOR_ATTACHMENT_WRITE)
            .old_layout(vk::ImageLayout::UNDEFINED)
            .new_layout(vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.swapchain_image)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
    ];
    let dependency = vk::DependencyInfo::default().image_memory_barriers(&images);
    // SAFETY: the commands are being recorded, and the handles are alive.
    unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };
}

/// Records the barriers after the last pass.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn at_the_end(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles) {
    let images = [
        // Tonemap writes GpuImage<SwapchainImage>, the screen reads it
        vk::ImageMemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT)
            .src_access_mask(vk::AccessFlags2::COLOR_ATTACHMENT_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::NONE)
            .dst_access_mask(vk::AccessFlags2::NONE)
            .old_layout(vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .new_layout(vk::ImageLayout::PRESENT_SRC_KHR)
            .src_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .dst_queue_family_index(vk::QUEUE_FAMILY_IGNORED)
            .image(handles.swapchain_image)
            .subresource_range(vk::ImageSubresourceRange {
                aspect_mask: vk::ImageAspectFlags::COLOR,
                base_mip_level: 0,
                level_count: vk::REMAINING_MIP_LEVELS,
                base_array_layer: 0,
                layer_count: vk::REMAINING_ARRAY_LAYERS,
            }),
    ];
    let dependency = vk::DependencyInfo::default().image_memory_barriers(&images);
    // SAFETY: the commands are being recorded, and the handles are alive.
    unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };
}

/// Records the barriers before a pass, an index into `PASSES`. Many passes need none.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn before_pass(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles, pass: usize) {
    match pass {
        // SAFETY: the caller's promise.
        0 => unsafe { before_upload_meshes(device, commands, handles) },
        // SAFETY: the caller's promise.
        1 => unsafe { before_draw_scene(device, commands, handles) },
        // SAFETY: the caller's promise.
        3 => unsafe { before_downsample_1(device, commands, handles) },
        // SAFETY: the caller's promise.
        4 => unsafe { before_accumulate(device, commands, handles) },
        // SAFETY: the caller's promise.
        5 => unsafe { before_tonemap(device, commands, handles) },
        _ => {}
    }
}

/// Records the barriers after the last pass of a submission; a frame on one queue has one, with index 0.
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
pub unsafe fn end_of_submission(device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles, submission: usize) {
    if submission == 0 {
        // SAFETY: the caller's promise.
        unsafe { at_the_end(device, commands, handles) };
    }
}
