//! Light: on the surfaces, through glass, from dust and sparks; and what is left of the frames before.

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, DepthAttachment, RenderingDesc};

use crate::by_hand::Recording;
use crate::gpu::{InTurns, Program};
use crate::layout::{Draw, TILE, view_offset};
use crate::options::Size;
use crate::resources::{
    AlbedoRenderTarget, BaseColorTexture, CameraUniform, DustVertexData, History, IndirectDraws, InstanceStorage,
    Light, MeshIndexData, MeshVertexData, NormalRenderTarget, Particles, SceneDepth, ShadowDepth, ViewUniform,
};
use crate::world::Dust;

/// Lets the sun and the sky shine on what is seen.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[reads(
    GpuBuffer<CameraUniform>,
    GpuImage<AlbedoRenderTarget> as ComputeSampled,
    GpuImage<NormalRenderTarget> as ComputeSampled,
    GpuImage<SceneDepth> as ComputeSampled,
    GpuImage<ShadowDepth> as ComputeSampled
)]
#[writes(discard GpuImage<Light> as ComputeStorageWrite)]
pub struct LightSurfaces {
    pub program: Program,
    pub size: Size,
}

impl Run for LightSurfaces {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.recording()?;
        self.program.compute(&mut compute);
        compute.dispatch(self.size.width.div_ceil(TILE), self.size.height.div_ceil(TILE), 1);
        Ok(())
    }
}

/// Draws what adds its light to what is behind: glass, dust, and the sparks from where the simulation put them.
#[derive(System, AutoBarriers)]
#[reads(
    Dust,
    GpuBuffer<CameraUniform>,
    GpuBuffer<ViewUniform>[bytes = 0..view_offset(1)],
    GpuBuffer<IndirectDraws>[instance = 0],
    GpuBuffer<InstanceStorage> as VertexStorage,
    GpuBuffer<MeshVertexData>,
    GpuBuffer<MeshIndexData>,
    GpuBuffer<DustVertexData>,
    GpuBuffer<Particles> as VertexAttribute,
    GpuImage<BaseColorTexture>,
    GpuImage<ShadowDepth> as FragmentSampled,
    GpuImage<SceneDepth> as DepthStencil
)]
#[writes(GpuImage<Light> as ColorAttachment)]
pub struct DrawTransparent {
    pub glass: Program,
    pub dust: Program,
    pub sparks: Program,
    /// How many objects are opaque, and how many there are: the others are drawn here.
    pub opaque: u32,
    pub objects: u32,
    /// How many sparks there are.
    pub particles: u32,
}

impl Run for DrawTransparent {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.recording()?;
        let mut pass = raster.begin_rendering(&RenderingDesc {
            colors: &[ColorAttachment::new(cx.image::<Light>()?)],
            depth: Some(DepthAttachment::new(cx.image::<SceneDepth>()?)),
            ..RenderingDesc::default()
        })?;

        if self.objects > self.opaque {
            self.glass.raster(&mut pass);
            pass.bind_vertex_buffer(0, cx.buffer::<MeshVertexData>()?, 0)?;
            pass.bind_index_buffer(cx.buffer::<MeshIndexData>()?, 0, vk::IndexType::UINT32)?;
            let stride = size_of::<Draw>() as u32;
            let (first, count) = (u64::from(self.opaque * stride), self.objects - self.opaque);
            pass.draw_indexed_indirect(cx.buffer::<IndirectDraws>()?, first, count, stride)?;
        }

        self.dust.raster(&mut pass);
        pass.bind_vertex_buffer(0, cx.buffer::<DustVertexData>()?, 0)?;
        pass.draw(0..cx.read::<Dust>()?.0.len() as u32, 0..1);

        self.sparks.raster(&mut pass);
        pass.bind_vertex_buffer(0, cx.buffer::<Particles>()?, 0)?;
        pass.draw(0..4, 0..self.particles);
        Ok(())
    }
}

/// Mixes the light into that of the frames before, seen from where the camera is now.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[reads(
    GpuBuffer<CameraUniform>,
    GpuImage<Light> as ComputeSampled,
    GpuImage<SceneDepth> as ComputeSampled,
    Prev<GpuImage<History>> as ComputeSampled
)]
#[writes(discard GpuImage<History> as ComputeStorageWrite)]
pub struct Accumulate {
    pub program: InTurns,
    pub size: Size,
}

impl Run for Accumulate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.recording()?;
        self.program.turn(cx.image::<History>()?).compute(&mut compute);
        compute.dispatch(self.size.width.div_ceil(TILE), self.size.height.div_ceil(TILE), 1);
        Ok(())
    }
}
