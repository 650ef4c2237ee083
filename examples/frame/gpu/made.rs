//! What is made on the device for the programs, and how it goes.

use std::ffi::CStr;

use ash::vk;
use fencewright_graphics::VkRenderer;
use fencewright_graphics::plan::Policy;

use super::GpuError;
use super::descriptor::{self, Binding, Set};
use super::pipeline::{self, Raster};
use super::programs::Program;
use crate::shaders::{self, Source};

/// Makes objects, and destroys them when it goes: not before the device has done the frames that use them.
pub struct Made<'r> {
    renderer: &'r VkRenderer,
    /// The layout that sampled images are in.
    sampled: vk::ImageLayout,
    objects: Objects,
}

#[derive(Default)]
struct Objects {
    samplers: Vec<vk::Sampler>,
    set_layouts: Vec<vk::DescriptorSetLayout>,
    sets: Vec<Set>,
    layouts: Vec<vk::PipelineLayout>,
    modules: Vec<(&'static str, vk::ShaderModule)>,
    pipelines: Vec<vk::Pipeline>,
}

impl<'r> Made<'r> {
    pub fn new(renderer: &'r VkRenderer, policy: Policy) -> Self {
        let sampled = match policy {
            Policy::Joined | Policy::PerResource | Policy::MergedGlobal => vk::ImageLayout::READ_ONLY_OPTIMAL,
            Policy::UnifiedLayouts => vk::ImageLayout::GENERAL,
        };
        Self { renderer, sampled, objects: Objects::default() }
    }

    pub fn sampler(&mut self, beyond: vk::SamplerAddressMode) -> Result<vk::Sampler, GpuError> {
        self.make_sampler(&filtering(beyond))
    }

    /// Makes a sampler that says how much of a shadow is farther away than a depth.
    pub fn comparing(&mut self) -> Result<vk::Sampler, GpuError> {
        let info = filtering(vk::SamplerAddressMode::CLAMP_TO_EDGE);
        self.make_sampler(&info.compare_enable(true).compare_op(vk::CompareOp::LESS_OR_EQUAL))
    }

    fn make_sampler(&mut self, info: &vk::SamplerCreateInfo<'_>) -> Result<vk::Sampler, GpuError> {
        // SAFETY: the device is alive.
        let sampler = unsafe { self.renderer.device().create_sampler(info, None) }?;
        self.objects.samplers.push(sampler);
        Ok(sampler)
    }

    /// Makes a set, and the layouts of it and of the pipelines that use it.
    pub fn bound(&mut self, stages: vk::ShaderStageFlags, bindings: &[Binding]) -> Result<Program, GpuError> {
        let set_layout = descriptor::layout(self.renderer.device(), stages, bindings)?;
        self.objects.set_layouts.push(set_layout);
        let layout = pipeline::layout(self.renderer.device(), set_layout)?;
        self.objects.layouts.push(layout);
        self.like(Program { layout, set_layout, ..Program::default() }, bindings)
    }

    /// Makes another set for the pipeline of a program.
    pub fn like(&mut self, program: Program, bindings: &[Binding]) -> Result<Program, GpuError> {
        let set = descriptor::set(self.renderer.device(), program.set_layout, self.sampled, bindings)?;
        let raw = set.raw;
        self.objects.sets.push(set);
        Ok(Program { set: raw, ..program })
    }

    pub fn compute(&mut self, bound: Program, source: Source, entry: &CStr) -> Result<Program, GpuError> {
        let module = self.module(source)?;
        let pipeline = pipeline::compute(self.renderer.device(), module, bound.layout, entry)?;
        self.objects.pipelines.push(pipeline);
        Ok(Program { pipeline, ..bound })
    }

    pub fn raster(&mut self, bound: Program, source: Source, desc: &Raster<'_>) -> Result<Program, GpuError> {
        let module = self.module(source)?;
        let pipeline = pipeline::raster(self.renderer.device(), module, bound.layout, desc)?;
        self.objects.pipelines.push(pipeline);
        Ok(Program { pipeline, ..bound })
    }

    /// Compiles a program of shaders, once.
    fn module(&mut self, source: Source) -> Result<vk::ShaderModule, GpuError> {
        if let Some((_, module)) = self.objects.modules.iter().find(|(name, _)| *name == source.name()) {
            return Ok(*module);
        }
        let module = pipeline::module(self.renderer.device(), &shaders::compile(source)?)?;
        self.objects.modules.push((source.name(), module));
        Ok(module)
    }
}

fn filtering(beyond: vk::SamplerAddressMode) -> vk::SamplerCreateInfo<'static> {
    vk::SamplerCreateInfo::default()
        .mag_filter(vk::Filter::LINEAR)
        .min_filter(vk::Filter::LINEAR)
        .mipmap_mode(vk::SamplerMipmapMode::LINEAR)
        .address_mode_u(beyond)
        .address_mode_v(beyond)
        .address_mode_w(beyond)
        .max_lod(vk::LOD_CLAMP_NONE)
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
        for (_, module) in self.modules {
            // SAFETY: as above.
            unsafe { device.destroy_shader_module(module, None) };
        }
        for layout in self.layouts {
            // SAFETY: as above.
            unsafe { device.destroy_pipeline_layout(layout, None) };
        }
        for set in self.sets {
            // SAFETY: as above; the set goes with its pool.
            unsafe { device.destroy_descriptor_pool(set.pool, None) };
        }
        for layout in self.set_layouts {
            // SAFETY: as above.
            unsafe { device.destroy_descriptor_set_layout(layout, None) };
        }
        for sampler in self.samplers {
            // SAFETY: as above.
            unsafe { device.destroy_sampler(sampler, None) };
        }
    }
}
