//! What is made on the device for the programs, and how it goes.

use ash::vk;
use fencewright_graphics::VkRenderer;

use super::GpuError;
use super::descriptor::{self, Binding, Set};
use super::pipeline::{self, Raster};
use super::programs::Program;
use crate::shaders;

/// Makes objects, and destroys them when it goes: not before the device has done the frames that use them.
pub struct Made<'r> {
    renderer: &'r VkRenderer,
    objects: Objects,
}

#[derive(Default)]
struct Objects {
    samplers: Vec<vk::Sampler>,
    sets: Vec<Set>,
    layouts: Vec<vk::PipelineLayout>,
    pipelines: Vec<vk::Pipeline>,
}

impl<'r> Made<'r> {
    pub fn new(renderer: &'r VkRenderer) -> Self {
        Self { renderer, objects: Objects::default() }
    }

    pub fn sampler(&mut self, beyond: vk::SamplerAddressMode) -> Result<vk::Sampler, GpuError> {
        let info = vk::SamplerCreateInfo::default()
            .mag_filter(vk::Filter::LINEAR)
            .min_filter(vk::Filter::LINEAR)
            .mipmap_mode(vk::SamplerMipmapMode::LINEAR)
            .address_mode_u(beyond)
            .address_mode_v(beyond)
            .address_mode_w(beyond)
            .max_lod(vk::LOD_CLAMP_NONE);
        // SAFETY: the device is alive.
        let sampler = unsafe { self.renderer.device().create_sampler(&info, None) }?;
        self.objects.samplers.push(sampler);
        Ok(sampler)
    }

    /// Makes a set and the layout of the pipelines that use it.
    pub fn bound(&mut self, stages: vk::ShaderStageFlags, bindings: &[Binding]) -> Result<Program, GpuError> {
        let set = descriptor::set(self.renderer.device(), stages, bindings)?;
        let (raw, set_layout) = (set.raw, set.layout);
        self.objects.sets.push(set);
        let layout = pipeline::layout(self.renderer.device(), set_layout)?;
        self.objects.layouts.push(layout);
        Ok(Program { pipeline: vk::Pipeline::null(), layout, set: raw })
    }

    pub fn compute(&mut self, bound: Program, source: shaders::Source) -> Result<Program, GpuError> {
        let pipeline =
            self.with_module(source, |device, module| pipeline::compute(device, module, bound.layout, c"animate"))?;
        Ok(Program { pipeline, ..bound })
    }

    pub fn raster(&mut self, bound: Program, desc: &(shaders::Source, Raster<'_>)) -> Result<Program, GpuError> {
        let pipeline =
            self.with_module(desc.0, |device, module| pipeline::raster(device, module, bound.layout, &desc.1))?;
        Ok(Program { pipeline, ..bound })
    }

    /// Makes a pipeline of a shader module, which is not needed any more after that.
    fn with_module(
        &mut self,
        source: shaders::Source,
        make: impl FnOnce(&ash::Device, vk::ShaderModule) -> Result<vk::Pipeline, vk::Result>,
    ) -> Result<vk::Pipeline, GpuError> {
        let module = pipeline::module(self.renderer.device(), &shaders::compile(source)?)?;
        let pipeline = make(self.renderer.device(), module);
        // SAFETY: the module is of this device; pipelines do without the modules that they were made of.
        unsafe { self.renderer.device().destroy_shader_module(module, None) };
        let pipeline = pipeline?;
        self.objects.pipelines.push(pipeline);
        Ok(pipeline)
    }
}

impl Drop for Made<'_> {
    fn drop(&mut self) {
        let objects = std::mem::take(&mut self.objects);
        self.renderer.destroy_later(move |device| objects.destroy(device));
    }
}

impl Objects {
    fn destroy(self, device: &ash::Device) {
        for pipeline in self.pipelines {
            // SAFETY: of this device, which has done the frames that use it, and known to nobody else; so are those below.
            unsafe { device.destroy_pipeline(pipeline, None) };
        }
        for layout in self.layouts {
            // SAFETY: as above.
            unsafe { device.destroy_pipeline_layout(layout, None) };
        }
        for set in self.sets {
            // SAFETY: as above; the set goes with its pool.
            unsafe { device.destroy_descriptor_pool(set.pool, None) };
            // SAFETY: as above.
            unsafe { device.destroy_descriptor_set_layout(set.layout, None) };
        }
        for sampler in self.samplers {
            // SAFETY: as above.
            unsafe { device.destroy_sampler(sampler, None) };
        }
    }
}
