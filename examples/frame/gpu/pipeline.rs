//! Pipelines: a shader and what Vulkan has to know beside it.

use std::ffi::CStr;

use ash::vk;

/// A graphics pipeline, as far as this frame's differ from each other.
#[derive(Clone, Copy, Debug)]
pub struct Raster<'a> {
    pub vertex: &'a CStr,
    /// None where depth alone is drawn.
    pub fragment: Option<&'a CStr>,
    pub topology: vk::PrimitiveTopology,
    pub input: Input<'a>,
    pub colors: &'a [vk::Format],
    pub depth: Depth,
    pub blend: Blend,
}

/// What the vertex shader gets of the vertex buffer.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Whether it moves on with each vertex, or with each instance.
    pub rate: vk::VertexInputRate,
    /// The bytes from one vertex or instance to the next, and the formats and offsets of its attributes.
    pub stride: u32,
    pub attributes: &'a [(vk::Format, u32)],
}

impl Input<'_> {
    /// No vertex buffer at all.
    pub const NONE: Self = Self { rate: vk::VertexInputRate::VERTEX, stride: 0, attributes: &[] };
}

/// How a pipeline treats the depth of what is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// There is no depth attachment.
    None,
    /// What is farther away is left out; nothing is written.
    Test(vk::Format),
    /// What is farther away is left out, the rest becomes the new depth.
    Write(vk::Format),
}

impl Depth {
    const fn format(self) -> vk::Format {
        match self {
            Self::None => vk::Format::UNDEFINED,
            Self::Test(format) | Self::Write(format) => format,
        }
    }
}

/// What happens with the colour that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blend {
    Replace,
    /// It shines through by one minus the opacity.
    Over,
    /// The new colour is added.
    Add,
}

impl Blend {
    fn state(self) -> vk::PipelineColorBlendAttachmentState {
        let (enable, first, second) = match self {
            Self::Replace => (false, vk::BlendFactor::ONE, vk::BlendFactor::ZERO),
            Self::Over => (true, vk::BlendFactor::SRC_ALPHA, vk::BlendFactor::ONE_MINUS_SRC_ALPHA),
            Self::Add => (true, vk::BlendFactor::ONE, vk::BlendFactor::ONE),
        };
        vk::PipelineColorBlendAttachmentState::default()
            .blend_enable(enable)
            .src_color_blend_factor(first)
            .dst_color_blend_factor(second)
            .src_alpha_blend_factor(vk::BlendFactor::ONE)
            .dst_alpha_blend_factor(vk::BlendFactor::ONE_MINUS_SRC_ALPHA)
            .color_write_mask(vk::ColorComponentFlags::RGBA)
    }
}

/// Makes a shader module of SPIR-V words.
pub fn module(device: &ash::Device, words: &[u32]) -> Result<vk::ShaderModule, vk::Result> {
    let info = vk::ShaderModuleCreateInfo::default().code(words);
    // SAFETY: the words were validated and written by naga.
    unsafe { device.create_shader_module(&info, None) }
}

pub fn layout(device: &ash::Device, set: vk::DescriptorSetLayout) -> Result<vk::PipelineLayout, vk::Result> {
    let sets = [set];
    let info = vk::PipelineLayoutCreateInfo::default().set_layouts(&sets);
    // SAFETY: the layout of the set is of this device and alive.
    unsafe { device.create_pipeline_layout(&info, None) }
}

pub fn compute(
    device: &ash::Device,
    module: vk::ShaderModule,
    layout: vk::PipelineLayout,
    entry: &CStr,
) -> Result<vk::Pipeline, vk::Result> {
    let info = vk::ComputePipelineCreateInfo::default().stage(stage(vk::ShaderStageFlags::COMPUTE, module, entry));
    // SAFETY: module and layout are of this device, and the layout has what the shader binds.
    let made = unsafe { device.create_compute_pipelines(vk::PipelineCache::null(), &[info.layout(layout)], None) };
    made.map(|pipelines| pipelines[0]).map_err(|(_, result)| result)
}

pub fn raster(
    device: &ash::Device,
    module: vk::ShaderModule,
    layout: vk::PipelineLayout,
    desc: &Raster<'_>,
) -> Result<vk::Pipeline, vk::Result> {
    let fragment = desc.fragment.map(|entry| stage(vk::ShaderStageFlags::FRAGMENT, module, entry));
    let stages: Vec<_> =
        [stage(vk::ShaderStageFlags::VERTEX, module, desc.vertex)].into_iter().chain(fragment).collect();
    let Input { rate, stride, attributes } = desc.input;
    let bindings = [vk::VertexInputBindingDescription::default().stride(stride).input_rate(rate)];
    let bindings = if attributes.is_empty() { &[] } else { &bindings[..] };
    let attribute = |(location, &(format, offset)): (usize, &(vk::Format, u32))| {
        vk::VertexInputAttributeDescription::default().location(location as u32).format(format).offset(offset)
    };
    let attributes: Vec<_> = attributes.iter().enumerate().map(attribute).collect();
    let input = vk::PipelineVertexInputStateCreateInfo::default()
        .vertex_binding_descriptions(bindings)
        .vertex_attribute_descriptions(&attributes);
    let assembly = vk::PipelineInputAssemblyStateCreateInfo::default().topology(desc.topology);
    let viewport = vk::PipelineViewportStateCreateInfo::default().viewport_count(1).scissor_count(1);
    // Thin things are seen from both sides; the shader turns the normal of a back side.
    let rasterization = vk::PipelineRasterizationStateCreateInfo::default()
        .cull_mode(vk::CullModeFlags::NONE)
        .front_face(vk::FrontFace::COUNTER_CLOCKWISE)
        .line_width(1.0);
    let multisample =
        vk::PipelineMultisampleStateCreateInfo::default().rasterization_samples(vk::SampleCountFlags::TYPE_1);
    let depth = vk::PipelineDepthStencilStateCreateInfo::default()
        .depth_test_enable(desc.depth != Depth::None)
        .depth_write_enable(matches!(desc.depth, Depth::Write(_)))
        .depth_compare_op(vk::CompareOp::LESS_OR_EQUAL);
    let blends: Vec<_> = desc.colors.iter().map(|_| desc.blend.state()).collect();
    let blend = vk::PipelineColorBlendStateCreateInfo::default().attachments(&blends);
    let dynamic = [vk::DynamicState::VIEWPORT, vk::DynamicState::SCISSOR];
    let dynamic = vk::PipelineDynamicStateCreateInfo::default().dynamic_states(&dynamic);
    let mut rendering = vk::PipelineRenderingCreateInfo::default()
        .color_attachment_formats(desc.colors)
        .depth_attachment_format(desc.depth.format());
    let info = vk::GraphicsPipelineCreateInfo::default()
        .stages(&stages)
        .vertex_input_state(&input)
        .input_assembly_state(&assembly)
        .viewport_state(&viewport)
        .rasterization_state(&rasterization)
        .multisample_state(&multisample)
        .depth_stencil_state(&depth)
        .color_blend_state(&blend)
        .dynamic_state(&dynamic)
        .layout(layout)
        .push_next(&mut rendering);
    // SAFETY: module and layout are of this device, the layout has what the shaders bind, dynamic rendering is on, and
    // what the description points at lives through the call.
    let made = unsafe { device.create_graphics_pipelines(vk::PipelineCache::null(), &[info], None) };
    made.map(|pipelines| pipelines[0]).map_err(|(_, result)| result)
}

fn stage(stage: vk::ShaderStageFlags, module: vk::ShaderModule, entry: &CStr) -> vk::PipelineShaderStageCreateInfo<'_> {
    vk::PipelineShaderStageCreateInfo::default().stage(stage).module(module).name(entry)
}
