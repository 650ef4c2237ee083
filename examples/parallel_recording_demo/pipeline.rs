//! A pipeline that draws one square for each draw: place, size and colour are push constants.

use std::error::Error;
use std::sync::Arc;

use ash::vk;
use fencewright_graphics::{Rendering, VkRenderer};

const SHADER: &str = "
struct Square { place: vec4<f32>, color: vec4<f32> }
var<immediate> square: Square;

@vertex fn vertex(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(index & 1u), f32((index >> 1u) & 1u)) * 2.0 - 1.0;
    return vec4<f32>(square.place.xy + corner * square.place.zw, 0.0, 1.0);
}

@fragment fn fragment() -> @location(0) vec4<f32> {
    return square.color;
}";

pub(crate) const STAGES: vk::ShaderStageFlags =
    vk::ShaderStageFlags::from_raw(vk::ShaderStageFlags::VERTEX.as_raw() | vk::ShaderStageFlags::FRAGMENT.as_raw());

/// Goes when the device is done with it.
pub(crate) struct Pipeline {
    renderer: Arc<VkRenderer>,
    pub(crate) raw: vk::Pipeline,
    pub(crate) layout: vk::PipelineLayout,
}

impl Pipeline {
    pub(crate) fn new(renderer: &Arc<VkRenderer>, color: vk::Format) -> Result<Self, Box<dyn Error>> {
        let device = renderer.device();
        let words = compile()?;
        let info = vk::ShaderModuleCreateInfo::default().code(&words);
        // SAFETY: naga's output is valid SPIR-V.
        let module = unsafe { device.create_shader_module(&info, None) }?;
        let range = [vk::PushConstantRange::default().stage_flags(STAGES).size(32)];
        let info = vk::PipelineLayoutCreateInfo::default().push_constant_ranges(&range);
        // SAFETY: the device is alive.
        let layout = unsafe { device.create_pipeline_layout(&info, None) }?;
        let made = pipeline(device, module, layout, color);
        // SAFETY: the pipeline keeps what it needs of the module.
        unsafe { device.destroy_shader_module(module, None) };
        Ok(Self { renderer: Arc::clone(renderer), raw: made?, layout })
    }

    pub(crate) fn bind(&self, rendering: &mut Rendering<'_>) {
        // SAFETY: of this device, made for the format of the canvas, and alive until the device is done with it. Its shaders read
        // push constants alone, which `square` sets before each draw.
        unsafe { rendering.bind_pipeline(self.raw) };
    }

    /// Draws a square: its middle, half its size, its colour.
    pub(crate) fn square(&self, rendering: &mut Rendering<'_>, place: [f32; 4], color: [f32; 4]) {
        // SAFETY: the layout has 32 bytes for these stages.
        unsafe { rendering.push_constants(self.layout, STAGES, 0, &bytes_of(place, color)) };
        rendering.draw(0..4, 0..1);
    }
}

impl Drop for Pipeline {
    fn drop(&mut self) {
        let (raw, layout) = (self.raw, self.layout);
        self.renderer.destroy_later(move |device| {
            // SAFETY: of this device, which has finished the frames that used it.
            unsafe { device.destroy_pipeline(raw, None) };
            // SAFETY: as above.
            unsafe { device.destroy_pipeline_layout(layout, None) };
        });
    }
}

/// Returns a square's push constants.
pub(crate) fn bytes_of(place: [f32; 4], color: [f32; 4]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, number) in bytes.chunks_exact_mut(4).zip(place.into_iter().chain(color)) {
        four.copy_from_slice(&number.to_le_bytes());
    }
    bytes
}

fn compile() -> Result<Vec<u32>, Box<dyn Error>> {
    let module = naga::front::wgsl::parse_str(SHADER)?;
    let (flags, capabilities) = (naga::valid::ValidationFlags::all(), naga::valid::Capabilities::IMMEDIATES);
    let info = naga::valid::Validator::new(flags, capabilities).validate(&module)?;
    let options = naga::back::spv::Options { lang_version: (1, 3), ..Default::default() };
    Ok(naga::back::spv::write_vec(&module, &info, &options, None)?)
}

fn pipeline(
    device: &ash::Device,
    module: vk::ShaderModule,
    layout: vk::PipelineLayout,
    color: vk::Format,
) -> Result<vk::Pipeline, vk::Result> {
    let stage = |stage, entry| vk::PipelineShaderStageCreateInfo::default().stage(stage).module(module).name(entry);
    let stages = [stage(vk::ShaderStageFlags::VERTEX, c"vertex"), stage(vk::ShaderStageFlags::FRAGMENT, c"fragment")];
    let input = vk::PipelineVertexInputStateCreateInfo::default();
    let assembly = vk::PipelineInputAssemblyStateCreateInfo::default().topology(vk::PrimitiveTopology::TRIANGLE_STRIP);
    let viewport = vk::PipelineViewportStateCreateInfo::default().viewport_count(1).scissor_count(1);
    let raster = vk::PipelineRasterizationStateCreateInfo::default().line_width(1.0);
    let samples = vk::PipelineMultisampleStateCreateInfo::default().rasterization_samples(vk::SampleCountFlags::TYPE_1);
    let masks = [vk::PipelineColorBlendAttachmentState::default().color_write_mask(vk::ColorComponentFlags::RGBA)];
    let blend = vk::PipelineColorBlendStateCreateInfo::default().attachments(&masks);
    let dynamic = [vk::DynamicState::VIEWPORT, vk::DynamicState::SCISSOR];
    let dynamic = vk::PipelineDynamicStateCreateInfo::default().dynamic_states(&dynamic);
    let colors = [color];
    let mut rendering = vk::PipelineRenderingCreateInfo::default().color_attachment_formats(&colors);
    let info = [vk::GraphicsPipelineCreateInfo::default()
        .stages(&stages)
        .vertex_input_state(&input)
        .input_assembly_state(&assembly)
        .viewport_state(&viewport)
        .rasterization_state(&raster)
        .multisample_state(&samples)
        .color_blend_state(&blend)
        .dynamic_state(&dynamic)
        .layout(layout)
        .push_next(&mut rendering)];
    // SAFETY: module and layout are of this device, and the layout has what the shaders read.
    let made = unsafe { device.create_graphics_pipelines(vk::PipelineCache::null(), &info, None) };
    made.map(|pipelines| pipelines[0]).map_err(|(_, result)| result)
}
