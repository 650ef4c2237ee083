//! Vulkan objects that a user makes beside the renderer's: pipelines, descriptor sets, buffers.

use std::error::Error;
use std::ffi::CStr;
use std::sync::Arc;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::plan::{Entry, Exit, Sharing};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferImport, Compute, VkCommandEncoder, VkRenderer};

use crate::support::{Answer, Middle, Source, TestResult, ToAnswer, ToMiddle, frame, readback, renderer};

/// A compute shader that adds each word of one buffer to that of another.
pub(crate) const ADD: &str = "
@group(0) @binding(0) var<storage, read> addend: array<u32>;
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < arrayLength(&sums) { sums[id.x] += addend[id.x]; }
}";

/// A pipeline, with one set of storage buffers where it computes. It goes when the device is done with it.
pub(crate) struct Program {
    renderer: Arc<VkRenderer>,
    pipeline: vk::Pipeline,
    layout: vk::PipelineLayout,
    pool: vk::DescriptorPool,
    set_layout: vk::DescriptorSetLayout,
    set: Option<vk::DescriptorSet>,
}

impl Drop for Program {
    fn drop(&mut self) {
        let (pipeline, layout, pool, set_layout) = (self.pipeline, self.layout, self.pool, self.set_layout);
        self.renderer.destroy_later(move |device| {
            // SAFETY: all four are of this device, which has finished the frames that used them.
            unsafe {
                device.destroy_pipeline(pipeline, None);
                device.destroy_pipeline_layout(layout, None);
                device.destroy_descriptor_pool(pool, None);
                device.destroy_descriptor_set_layout(set_layout, None);
            }
        });
    }
}

impl Program {
    /// Makes a compute pipeline of the entry point `main`, with these buffers as bindings 0, 1, .., and one word as push constant.
    pub(crate) fn compute(
        renderer: &Arc<VkRenderer>,
        wgsl: &str,
        buffers: &[vk::Buffer],
    ) -> Result<Self, Box<dyn Error>> {
        let device = renderer.device();
        let kind = vk::DescriptorType::STORAGE_BUFFER;
        let bindings: Vec<_> = (0..buffers.len() as u32)
            .map(|binding| {
                vk::DescriptorSetLayoutBinding::default()
                    .binding(binding)
                    .descriptor_type(kind)
                    .descriptor_count(1)
                    .stage_flags(vk::ShaderStageFlags::COMPUTE)
            })
            .collect();
        // SAFETY: all that follows is of this device, and is made in order from what was made before.
        unsafe {
            let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings);
            let set_layouts = [device.create_descriptor_set_layout(&info, None)?];
            let sizes = [vk::DescriptorPoolSize { ty: kind, descriptor_count: buffers.len() as u32 }];
            let info = vk::DescriptorPoolCreateInfo::default().max_sets(1).pool_sizes(&sizes);
            let pool = device.create_descriptor_pool(&info, None)?;
            let info = vk::DescriptorSetAllocateInfo::default().descriptor_pool(pool).set_layouts(&set_layouts);
            let set = device.allocate_descriptor_sets(&info)?[0];
            for (binding, &buffer) in buffers.iter().enumerate() {
                let whole = [vk::DescriptorBufferInfo { buffer, offset: 0, range: vk::WHOLE_SIZE }];
                let write = vk::WriteDescriptorSet::default()
                    .dst_set(set)
                    .dst_binding(binding as u32)
                    .descriptor_type(kind)
                    .buffer_info(&whole);
                device.update_descriptor_sets(&[write], &[]);
            }
            let word = [vk::PushConstantRange { stage_flags: vk::ShaderStageFlags::COMPUTE, offset: 0, size: 4 }];
            let info = vk::PipelineLayoutCreateInfo::default().set_layouts(&set_layouts).push_constant_ranges(&word);
            let layout = device.create_pipeline_layout(&info, None)?;
            let module = module(device, wgsl)?;
            let stage = stage(vk::ShaderStageFlags::COMPUTE, module, c"main");
            let infos = [vk::ComputePipelineCreateInfo::default().stage(stage).layout(layout)];
            let pipelines = device.create_compute_pipelines(vk::PipelineCache::null(), &infos, None);
            let pipeline = pipelines.map_err(|(_, result)| result)?[0];
            device.destroy_shader_module(module, None);
            let set_layout = set_layouts[0];
            Ok(Self { renderer: Arc::clone(renderer), pipeline, layout, pool, set_layout, set: Some(set) })
        }
    }

    /// Makes a graphics pipeline of the entry points `vertex` and `fragment`, without vertex buffers.
    pub(crate) fn raster(
        renderer: &Arc<VkRenderer>,
        wgsl: &str,
        color: vk::Format,
        depth: vk::Format,
    ) -> Result<Self, Box<dyn Error>> {
        let device = renderer.device();
        // SAFETY: all that follows is of this device, and is made in order from what was made before.
        unsafe {
            let layout = device.create_pipeline_layout(&vk::PipelineLayoutCreateInfo::default(), None)?;
            let module = module(device, wgsl)?;
            let stages = [
                stage(vk::ShaderStageFlags::VERTEX, module, c"vertex"),
                stage(vk::ShaderStageFlags::FRAGMENT, module, c"fragment"),
            ];
            let input = vk::PipelineVertexInputStateCreateInfo::default();
            let assembly =
                vk::PipelineInputAssemblyStateCreateInfo::default().topology(vk::PrimitiveTopology::TRIANGLE_LIST);
            let viewport = vk::PipelineViewportStateCreateInfo::default().viewport_count(1).scissor_count(1);
            let raster = vk::PipelineRasterizationStateCreateInfo::default().line_width(1.0);
            let samples =
                vk::PipelineMultisampleStateCreateInfo::default().rasterization_samples(vk::SampleCountFlags::TYPE_1);
            let test = vk::PipelineDepthStencilStateCreateInfo::default()
                .depth_test_enable(depth != vk::Format::UNDEFINED)
                .depth_write_enable(depth != vk::Format::UNDEFINED)
                .depth_compare_op(vk::CompareOp::LESS);
            let masks =
                [vk::PipelineColorBlendAttachmentState::default().color_write_mask(vk::ColorComponentFlags::RGBA)];
            let blend = vk::PipelineColorBlendStateCreateInfo::default().attachments(&masks);
            let dynamic = vk::PipelineDynamicStateCreateInfo::default()
                .dynamic_states(&[vk::DynamicState::VIEWPORT, vk::DynamicState::SCISSOR]);
            let colors = [color];
            let mut rendering = vk::PipelineRenderingCreateInfo::default()
                .color_attachment_formats(&colors)
                .depth_attachment_format(depth);
            let infos = [vk::GraphicsPipelineCreateInfo::default()
                .stages(&stages)
                .vertex_input_state(&input)
                .input_assembly_state(&assembly)
                .viewport_state(&viewport)
                .rasterization_state(&raster)
                .multisample_state(&samples)
                .depth_stencil_state(&test)
                .color_blend_state(&blend)
                .dynamic_state(&dynamic)
                .layout(layout)
                .push_next(&mut rendering)];
            let pipelines = device.create_graphics_pipelines(vk::PipelineCache::null(), &infos, None);
            let pipeline = pipelines.map_err(|(_, result)| result)?[0];
            device.destroy_shader_module(module, None);
            let (pool, set_layout) = (vk::DescriptorPool::null(), vk::DescriptorSetLayout::null());
            Ok(Self { renderer: Arc::clone(renderer), pipeline, layout, pool, set_layout, set: None })
        }
    }

    pub(crate) fn bind_compute(&self, cmd: &mut VkCommandEncoder<'_, Compute>) {
        // SAFETY: a compute pipeline of this device; the set names what the tests' systems declare.
        unsafe {
            cmd.bind_pipeline(self.pipeline);
            cmd.bind_descriptor_sets(self.layout, 0, self.set.as_slice(), &[]);
        }
    }

    /// Binds a compute pipeline in a command buffer of the caller's own, and dispatches.
    pub(crate) fn dispatch_in(&self, device: &ash::Device, commands: vk::CommandBuffer, groups: u32) {
        let point = vk::PipelineBindPoint::COMPUTE;
        // SAFETY: a compute pipeline of this device; the set names what the tests' systems declare; the commands are recording, in
        // this thread alone.
        unsafe {
            device.cmd_bind_pipeline(commands, point, self.pipeline);
            device.cmd_bind_descriptor_sets(commands, point, self.layout, 0, self.set.as_slice(), &[]);
            device.cmd_dispatch(commands, groups, 1, 1);
        }
    }

    /// Sets the push constant of a compute pipeline.
    pub(crate) fn push(&self, cmd: &mut VkCommandEncoder<'_, Compute>, word: u32) {
        // SAFETY: the layout of every compute pipeline has a word for the compute stage.
        unsafe { cmd.push_constants(self.layout, 0, &word.to_le_bytes()) };
    }

    pub(crate) fn bind_raster(&self, rendering: &mut Rendering<'_>) {
        // SAFETY: a graphics pipeline of this device that needs nothing but viewport and scissor.
        unsafe { rendering.bind_pipeline(self.pipeline) };
    }
}

fn stage(kind: vk::ShaderStageFlags, module: vk::ShaderModule, entry: &CStr) -> vk::PipelineShaderStageCreateInfo<'_> {
    vk::PipelineShaderStageCreateInfo::default().stage(kind).module(module).name(entry)
}

/// # Safety
///
/// The device is alive.
unsafe fn module(device: &ash::Device, wgsl: &str) -> Result<vk::ShaderModule, Box<dyn Error>> {
    let module = naga::front::wgsl::parse_str(wgsl)?;
    let (all, none) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::IMMEDIATES);
    let info = naga::valid::Validator::new(all, none).validate(&module)?;
    let options = naga::back::spv::Options { lang_version: (1, 3), ..Default::default() };
    let words = naga::back::spv::write_vec(&module, &info, &options, None)?;
    let info = vk::ShaderModuleCreateInfo::default().code(&words);
    // SAFETY: naga's output is valid SPIR-V.
    Ok(unsafe { device.create_shader_module(&info, None) }?)
}

#[derive(Schedule)]
struct Copies {
    copies: (ToMiddle, ToAnswer),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_buffer_of_the_callers_is_read_as_it_was_left() -> TestResult {
    let renderer = renderer()?;
    let usage = vk::BufferUsageFlags::TRANSFER_DST | vk::BufferUsageFlags::TRANSFER_SRC;
    let device = renderer.device();
    let info = vk::BufferCreateInfo::default().size(32).usage(usage);
    // SAFETY: a buffer and memory for it, both of this device; freed after the renderer has finished with them.
    let (raw, memory) = unsafe {
        let raw = device.create_buffer(&info, None)?;
        let needs = device.get_buffer_memory_requirements(raw);
        let memory = vk::MemoryAllocateInfo::default()
            .allocation_size(needs.size)
            .memory_type_index(needs.memory_type_bits.trailing_zeros());
        let memory = device.allocate_memory(&memory, None)?;
        device.bind_buffer_memory(raw, memory, 0)?;
        (raw, memory)
    };
    let ready = Entry::Ready { layout: vk::ImageLayout::UNDEFINED };
    let import =
        BufferImport { raw, len_bytes: 32, usage, sharing: Sharing::Exclusive, entry: ready, exit: Exit::Nothing };
    // SAFETY: as described; nothing accessed the buffer before.
    let source = unsafe { renderer.import_buffer::<Source>(import) };
    assert_eq!(source.raw(), raw);
    crate::support::buffer::<Middle>(&renderer, 32)?;
    readback::<Answer>(&renderer, 32)?;
    let mut schedule = Copies { copies: (ToMiddle, ToAnswer) }.schedule()?;
    for _ in 0..3 {
        frame(&renderer, &mut schedule, &mut World::new())?;
    }
    renderer.destroy_buffer(source)?;
    renderer.destroy_later(move |device| {
        // SAFETY: the device has finished the frames that used them.
        unsafe {
            device.destroy_buffer(raw, None);
            device.free_memory(memory, None);
        }
    });
    crate::support::assert_silent(&renderer);
    Ok(())
}

/// Records a barrier between writes of copies and fills, without an encoder.
pub(crate) fn barrier_between_copies(device: &ash::Device, commands: vk::CommandBuffer) {
    let (stages, access) = (vk::PipelineStageFlags2::ALL_TRANSFER, vk::AccessFlags2::TRANSFER_WRITE);
    let barrier = [vk::MemoryBarrier2::default()
        .src_stage_mask(stages)
        .src_access_mask(access)
        .dst_stage_mask(stages)
        .dst_access_mask(access)];
    let call = vk::DependencyInfo::default().memory_barriers(&barrier);
    // SAFETY: the command buffer is recording, in this thread alone.
    unsafe { device.cmd_pipeline_barrier2(commands, &call) };
}
