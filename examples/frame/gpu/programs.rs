//! The programs of the frame: each a pipeline, and the set of what its shaders reach.

use ash::vk;
use fencewright_graphics::{Compute, GpuImage, GpuImageView, Rendering, VkCommandEncoder};

use super::descriptor::Binding;
use super::made::Made;
use super::pipeline::{Blend, Depth, Input, Raster};
use super::{Contents, GpuError};
use crate::layout::{CASCADES, GLOW_LEVELS, Particle, VIEWS, View, view_offset};
use crate::resources::History;
use crate::scene::Vertex;
use crate::shaders;

/// A pipeline, and the set that is bound with it.
///
/// The default has neither: a schedule of such programs can be planned, and not run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Program {
    pub pipeline: vk::Pipeline,
    pub layout: vk::PipelineLayout,
    pub set_layout: vk::DescriptorSetLayout,
    pub set: vk::DescriptorSet,
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

/// A program that reads or writes one of the two images that take turns: a set for each turn.
#[derive(Clone, Copy, Debug, Default)]
pub struct InTurns {
    first: vk::Image,
    programs: [Program; 2],
}

impl InTurns {
    /// Returns the program for the frame that writes this image.
    pub fn turn(self, written: GpuImage<History>) -> Program {
        self.programs[usize::from(written.raw() != self.first)]
    }
}

/// All programs of the frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Programs {
    pub simulate: Program,
    pub animate: Program,
    /// One for each view.
    pub cull: [Program; VIEWS],
    pub shadow: [Cascade; CASCADES],
    pub gbuffer: Program,
    pub light: Program,
    pub glass: Program,
    pub dust: Program,
    pub sparks: Program,
    pub accumulate: InTurns,
    pub brighten: InTurns,
    /// From each level to the next.
    pub downsample: [Program; GLOW_LEVELS as usize - 1],
    pub spread: Program,
    /// To each level from the one that is coarser.
    pub upsample: [Program; GLOW_LEVELS as usize - 1],
    pub tonemap: InTurns,
}

/// What draws one cascade of the shadow, and where to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cascade {
    pub program: Program,
    /// None where nothing is drawn.
    pub layer: Option<GpuImageView>,
}

impl Programs {
    /// Compiles the shaders and binds them to what they use.
    pub(super) fn new(made: &mut Made<'_>, contents: &Contents) -> Result<Self, GpuError> {
        let repeating = made.sampler(vk::SamplerAddressMode::REPEAT)?;
        let clamped = made.sampler(vk::SamplerAddressMode::CLAMP_TO_EDGE)?;
        let comparing = made.comparing()?;
        let mut maker = Maker { made, contents, repeating, clamped, comparing };
        let [glass, dust, sparks] = maker.transparent()?;
        let [downsample, upsample] = maker.levels()?;
        Ok(Self {
            simulate: maker.compute(
                shaders::PARTICLES,
                c"simulate",
                &[Binding::Uniform(contents.camera.raw()), Binding::Storage(contents.particles.raw())],
            )?,
            animate: maker.compute(
                shaders::ANIMATE,
                c"animate",
                &[
                    Binding::Uniform(contents.camera.raw()),
                    Binding::Storage(contents.objects.raw()),
                    Binding::Storage(contents.anchors.raw()),
                    Binding::Storage(contents.instances.raw()),
                ],
            )?,
            cull: maker.cull()?,
            shadow: maker.shadow()?,
            gbuffer: maker.gbuffer()?,
            light: maker.light()?,
            glass,
            dust,
            sparks,
            accumulate: maker.accumulate()?,
            brighten: maker.brighten()?,
            downsample,
            spread: maker.spread()?,
            upsample,
            tonemap: maker.tonemap()?,
        })
    }
}

struct Maker<'m, 'r> {
    made: &'m mut Made<'r>,
    contents: &'m Contents,
    repeating: vk::Sampler,
    clamped: vk::Sampler,
    comparing: vk::Sampler,
}

impl Maker<'_, '_> {
    fn compute(
        &mut self,
        source: shaders::Source,
        entry: &std::ffi::CStr,
        bindings: &[Binding],
    ) -> Result<Program, GpuError> {
        let bound = self.made.bound(vk::ShaderStageFlags::COMPUTE, bindings)?;
        self.made.compute(bound, source, entry)
    }

    /// Makes one program, with a set for each list of bindings.
    fn computes<const N: usize>(
        &mut self,
        source: shaders::Source,
        entry: &std::ffi::CStr,
        bindings: &[Vec<Binding>; N],
    ) -> Result<[Program; N], GpuError> {
        let program = self.compute(source, entry, &bindings[0])?;
        self.alike(program, bindings)
    }

    fn alike<const N: usize>(
        &mut self,
        program: Program,
        bindings: &[Vec<Binding>; N],
    ) -> Result<[Program; N], GpuError> {
        let mut programs = [program; N];
        for (program, bindings) in programs.iter_mut().zip(bindings).skip(1) {
            *program = self.made.like(*program, bindings)?;
        }
        Ok(programs)
    }

    fn view(&self, view: u32) -> Binding {
        Binding::UniformAt(self.contents.views.raw(), view_offset(view), size_of::<View>() as u64)
    }

    fn cull(&mut self) -> Result<[Program; VIEWS], GpuError> {
        let contents = self.contents;
        let bindings = [0, 1, 2].map(|view: u32| {
            vec![
                self.view(view),
                Binding::Storage(contents.objects.raw()),
                Binding::Storage(contents.anchors.raw()),
                Binding::Storage(contents.draws[view as usize].raw()),
            ]
        });
        self.computes(shaders::CULL, c"cull", &bindings)
    }

    fn shadow(&mut self) -> Result<[Cascade; CASCADES], GpuError> {
        let contents = self.contents;
        let bindings = [1, 2].map(|view: u32| vec![self.view(view), Binding::Storage(contents.instances.raw())]);
        let bound = self.made.bound(vk::ShaderStageFlags::VERTEX, &bindings[0])?;
        let desc = Raster {
            vertex: c"shadow_vertex",
            fragment: None,
            topology: vk::PrimitiveTopology::TRIANGLE_LIST,
            input: Input { attributes: &MESH.attributes[..1], ..MESH },
            colors: &[],
            depth: Depth::Write(contents.shadow.format()),
            blend: Blend::Replace,
        };
        let program = self.made.raster(bound, shaders::SHADOW, &desc)?;
        let programs = self.alike(program, &bindings)?;
        Ok([0, 1].map(|cascade| Cascade { program: programs[cascade], layer: Some(contents.cascades[cascade]) }))
    }

    fn gbuffer(&mut self) -> Result<Program, GpuError> {
        let contents = self.contents;
        let bindings = self.surface(Binding::Nothing);
        let bound = self.made.bound(vk::ShaderStageFlags::VERTEX | vk::ShaderStageFlags::FRAGMENT, &bindings)?;
        let desc = Raster {
            vertex: c"surface_vertex",
            fragment: Some(c"gbuffer_fragment"),
            topology: vk::PrimitiveTopology::TRIANGLE_LIST,
            input: MESH,
            colors: &[contents.albedo.format(), contents.normal.format()],
            depth: Depth::Write(contents.depth.format()),
            blend: Blend::Replace,
        };
        self.made.raster(bound, shaders::GBUFFER, &desc)
    }

    /// What `surface.wgsl` reaches, after what it leaves to others.
    fn surface(&self, camera: Binding) -> Vec<Binding> {
        let contents = self.contents;
        vec![
            camera,
            self.view(0),
            Binding::Storage(contents.instances.raw()),
            Binding::Image(contents.base_colors.view()),
            Binding::Sampler(self.repeating),
        ]
    }

    fn light(&mut self) -> Result<Program, GpuError> {
        let contents = self.contents;
        let bindings = [
            Binding::Uniform(contents.camera.raw()),
            Binding::Image(contents.albedo.view()),
            Binding::Image(contents.normal.view()),
            Binding::Image(contents.depth.view()),
            Binding::Image(contents.shadow.view()),
            Binding::Sampler(self.comparing),
            Binding::StorageImage(contents.light.view()),
        ];
        self.compute(shaders::LIGHT, c"light_up", &bindings)
    }

    /// Makes what draws glass, dust and sparks.
    fn transparent(&mut self) -> Result<[Program; 3], GpuError> {
        let contents = self.contents;
        let mut bindings = self.surface(Binding::Uniform(contents.camera.raw()));
        bindings.extend([Binding::Image(contents.shadow.view()), Binding::Sampler(self.comparing)]);
        let bound = self.made.bound(vk::ShaderStageFlags::VERTEX | vk::ShaderStageFlags::FRAGMENT, &bindings)?;
        let glass = Raster {
            vertex: c"surface_vertex",
            fragment: Some(c"glass_fragment"),
            topology: vk::PrimitiveTopology::TRIANGLE_LIST,
            input: MESH,
            colors: &[contents.light.format()],
            depth: Depth::Test(contents.depth.format()),
            blend: Blend::Over,
        };
        let dust = Raster {
            vertex: c"dust_vertex",
            fragment: Some(c"speck_fragment"),
            topology: vk::PrimitiveTopology::POINT_LIST,
            input: Input { rate: vk::VertexInputRate::VERTEX, stride: 16, attributes: &[(VECTOR[3], 0)] },
            blend: Blend::Add,
            ..glass
        };
        let sparks = Raster {
            vertex: c"spark_vertex",
            topology: vk::PrimitiveTopology::TRIANGLE_STRIP,
            input: Input {
                rate: vk::VertexInputRate::INSTANCE,
                stride: size_of::<Particle>() as u32,
                attributes: &[(VECTOR[2], 0), (VECTOR[0], 12), (VECTOR[2], 16), (vk::Format::R32_UINT, 28)],
            },
            ..dust
        };
        Ok([
            self.made.raster(bound, shaders::TRANSPARENT, &glass)?,
            self.made.raster(bound, shaders::TRANSPARENT, &dust)?,
            self.made.raster(bound, shaders::TRANSPARENT, &sparks)?,
        ])
    }

    fn accumulate(&mut self) -> Result<InTurns, GpuError> {
        let contents = self.contents;
        let bindings = [0, 1].map(|turn: usize| {
            vec![
                Binding::Uniform(contents.camera.raw()),
                Binding::Image(contents.light.view()),
                Binding::Image(contents.depth.view()),
                Binding::Image(contents.history[1 - turn].view()),
                Binding::Sampler(self.clamped),
                Binding::StorageImage(contents.history[turn].view()),
            ]
        });
        let programs = self.computes(shaders::ACCUMULATE, c"accumulate", &bindings)?;
        Ok(self.in_turns(programs))
    }

    fn brighten(&mut self) -> Result<InTurns, GpuError> {
        let contents = self.contents;
        let bindings = [0, 1].map(|turn: usize| {
            let history = contents.history[turn].view();
            level(history, history, contents.bloom[0])
        });
        let programs = self.computes(shaders::BLOOM, c"brighten", &bindings)?;
        Ok(self.in_turns(programs))
    }

    /// Makes what goes down the levels, and what goes up again.
    fn levels(&mut self) -> Result<[[Program; GLOW_LEVELS as usize - 1]; 2], GpuError> {
        let Contents { bloom, glow, .. } = self.contents;
        let down: [_; GLOW_LEVELS as usize - 1] =
            std::array::from_fn(|mip| level(bloom[mip].raw(), bloom[mip].raw(), bloom[mip + 1]));
        let up: [_; GLOW_LEVELS as usize - 1] =
            std::array::from_fn(|mip| level(bloom[mip].raw(), glow[mip + 1].raw(), glow[mip]));
        Ok([self.computes(shaders::BLOOM, c"downsample", &down)?, self.computes(shaders::BLOOM, c"upsample", &up)?])
    }

    fn spread(&mut self) -> Result<Program, GpuError> {
        let Contents { bloom, glow, .. } = self.contents;
        let last = GLOW_LEVELS as usize - 1;
        self.compute(shaders::BLOOM, c"spread", &level(bloom[last].raw(), bloom[last].raw(), glow[last]))
    }

    fn tonemap(&mut self) -> Result<InTurns, GpuError> {
        let contents = self.contents;
        let bindings = [0, 1].map(|turn: usize| {
            vec![
                Binding::Image(contents.history[turn].view()),
                Binding::Image(contents.glow[0].raw()),
                Binding::Sampler(self.clamped),
            ]
        });
        let bound = self.made.bound(vk::ShaderStageFlags::FRAGMENT, &bindings[0])?;
        let desc = Raster {
            vertex: c"tonemap_vertex",
            fragment: Some(c"tonemap_fragment"),
            topology: vk::PrimitiveTopology::TRIANGLE_LIST,
            input: Input::NONE,
            colors: &[contents.picture.format()],
            depth: Depth::None,
            blend: Blend::Replace,
        };
        let program = self.made.raster(bound, shaders::TONEMAP, &desc)?;
        let programs = self.alike(program, &bindings)?;
        Ok(self.in_turns(programs))
    }

    fn in_turns(&self, programs: [Program; 2]) -> InTurns {
        InTurns { first: self.contents.history[0].raw(), programs }
    }
}

/// What `bloom.wgsl` reaches.
fn level(fine: vk::ImageView, coarse: vk::ImageView, level: GpuImageView) -> Vec<Binding> {
    vec![Binding::Image(fine), Binding::Image(coarse), Binding::StorageImage(level.raw())]
}

const VECTOR: [vk::Format; 4] =
    [vk::Format::R32_SFLOAT, vk::Format::R32G32_SFLOAT, vk::Format::R32G32B32_SFLOAT, vk::Format::R32G32B32A32_SFLOAT];

/// The vertices of meshes.
const MESH: Input<'_> = Input {
    rate: vk::VertexInputRate::VERTEX,
    stride: size_of::<Vertex>() as u32,
    attributes: &[(VECTOR[2], 0), (VECTOR[2], 12), (VECTOR[1], 24)],
};
