//! The programs of the frame: each a pipeline, and the set of what its shaders reach.

use ash::vk;
use fencewright_graphics::{Compute, Rendering, VkCommandEncoder};

use super::descriptor::Binding;
use super::made::Made;
use super::pipeline::{Blend, Depth, Raster};
use super::{Contents, GpuError};
use crate::scene::Vertex;
use crate::shaders;

/// A pipeline, and the set that is bound with it.
///
/// The default has neither: a schedule of such programs can be planned, and not run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Program {
    pub(super) pipeline: vk::Pipeline,
    pub(super) layout: vk::PipelineLayout,
    pub(super) set: vk::DescriptorSet,
}

impl Program {
    /// Binds a compute program.
    pub fn compute(self, encoder: &mut VkCommandEncoder<'_, Compute>) {
        // SAFETY: `Gpu` destroys programs after the frames; the dispatches need nothing that is not in the set.
        unsafe { encoder.bind_pipeline(self.pipeline) };
        // SAFETY: as above; `Programs::new` makes set and layout for each other, and no set is written after that. The
        // systems declare what is in the sets of their programs.
        unsafe { encoder.bind_descriptor_sets(self.layout, 0, &[self.set], &[]) };
    }

    /// Binds a raster program.
    pub fn raster(self, rendering: &mut Rendering<'_>) {
        // SAFETY: as in `compute`; the pipelines were made for the formats of the attachments, and the systems bind the
        // vertices and indices of the meshes that the draws come from.
        unsafe { rendering.bind_pipeline(self.pipeline) };
        // SAFETY: as in `compute`.
        unsafe { rendering.bind_descriptor_sets(self.layout, 0, &[self.set], &[]) };
    }
}

/// All programs of the frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Programs {
    pub animate: Program,
    pub sky: Program,
    pub objects: Program,
    pub dust: Program,
    pub post: Program,
}

impl Programs {
    /// Compiles the shaders and binds them to what they use.
    pub(super) fn new(made: &mut Made<'_>, contents: &Contents) -> Result<Self, GpuError> {
        let repeating = made.sampler(vk::SamplerAddressMode::REPEAT)?;
        let clamped = made.sampler(vk::SamplerAddressMode::CLAMP_TO_EDGE)?;
        let animate = made.bound(
            vk::ShaderStageFlags::COMPUTE,
            &[
                Binding::Uniform(contents.camera.raw()),
                Binding::Storage(contents.objects.raw()),
                Binding::Storage(contents.anchors.raw()),
                Binding::Storage(contents.instances.raw()),
                Binding::Storage(contents.draws.raw()),
            ],
        )?;
        let scene = made.bound(
            vk::ShaderStageFlags::VERTEX | vk::ShaderStageFlags::FRAGMENT,
            &[
                Binding::Uniform(contents.camera.raw()),
                Binding::Storage(contents.instances.raw()),
                Binding::Image(contents.base_colors.view()),
                Binding::Sampler(repeating),
            ],
        )?;
        let post = made.bound(
            vk::ShaderStageFlags::FRAGMENT,
            &[Binding::Image(contents.light.view()), Binding::Sampler(clamped)],
        )?;
        let (light, depth) = (contents.light.format(), contents.depth.format());
        let [sky, objects, dust] = scene_pipelines(light, depth).map(|desc| (shaders::SCENE, desc));
        Ok(Self {
            animate: made.compute(animate, shaders::ANIMATE)?,
            sky: made.raster(scene, &sky)?,
            objects: made.raster(scene, &objects)?,
            dust: made.raster(scene, &dust)?,
            post: made.raster(post, &(shaders::POST, post_pipeline(contents.picture.format())))?,
        })
    }
}

/// Describes what draws the sky, the objects and the dust.
fn scene_pipelines(color: vk::Format, depth: vk::Format) -> [Raster<'static>; 3] {
    const VECTOR: [vk::Format; 3] =
        [vk::Format::R32G32_SFLOAT, vk::Format::R32G32B32_SFLOAT, vk::Format::R32G32B32A32_SFLOAT];
    let sky = Raster {
        vertex: c"sky_vertex",
        fragment: c"sky_fragment",
        topology: vk::PrimitiveTopology::TRIANGLE_LIST,
        stride: 0,
        attributes: &[],
        color,
        depth: Depth::Test(depth),
        blend: Blend::Replace,
    };
    let objects = Raster {
        vertex: c"object_vertex",
        fragment: c"object_fragment",
        stride: size_of::<Vertex>() as u32,
        attributes: &[(VECTOR[1], 0), (VECTOR[1], 12), (VECTOR[0], 24)],
        depth: Depth::Write(depth),
        blend: Blend::Over,
        ..sky
    };
    let dust = Raster {
        vertex: c"dust_vertex",
        fragment: c"dust_fragment",
        topology: vk::PrimitiveTopology::POINT_LIST,
        stride: 16,
        attributes: &[(VECTOR[2], 0)],
        blend: Blend::Add,
        ..sky
    };
    [sky, objects, dust]
}

fn post_pipeline(color: vk::Format) -> Raster<'static> {
    Raster {
        vertex: c"post_vertex",
        fragment: c"post_fragment",
        topology: vk::PrimitiveTopology::TRIANGLE_LIST,
        stride: 0,
        attributes: &[],
        color,
        depth: Depth::None,
        blend: Blend::Replace,
    }
}
