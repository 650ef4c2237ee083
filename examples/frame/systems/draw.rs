//! The raster pass that draws the scene.

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, DepthAttachment, Load, RenderingDesc, Store};

use crate::gpu::Program;
use crate::layout::Draw;
use crate::resources::{
    BaseColorTexture, CameraUniform, DustVertexData, IndirectDraws, InstanceStorage, LightRenderTarget, MeshIndexData,
    MeshVertexData, SceneDepth,
};

/// Draws the sky, the objects that the compute pass left in view, and the dust.
#[derive(System, AutoBarriers)]
#[reads(
    GpuBuffer<CameraUniform>,
    GpuBuffer<MeshVertexData>,
    GpuBuffer<MeshIndexData>,
    GpuBuffer<InstanceStorage>,
    GpuBuffer<IndirectDraws>,
    GpuBuffer<DustVertexData>,
    GpuImage<BaseColorTexture>
)]
#[writes(discard GpuImage<LightRenderTarget>, discard GpuImage<SceneDepth>)]
pub struct DrawScene {
    pub sky: Program,
    pub objects: Program,
    pub dust: Program,
    /// How many objects there are, and how many specks of dust.
    pub object_count: u32,
    pub mote_count: u32,
}

impl Run for DrawScene {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.encoder()?;
        let light = ColorAttachment { load: Load::Discard, ..ColorAttachment::new(cx.image::<LightRenderTarget>()?) };
        let depth = DepthAttachment { store: Store::Discard, ..DepthAttachment::clear(cx.image::<SceneDepth>()?, 1.0) };
        let mut pass = raster.begin_rendering(&RenderingDesc {
            colors: &[light],
            depth: Some(depth),
            ..RenderingDesc::default()
        })?;

        self.sky.raster(&mut pass);
        pass.draw(0..3, 0..1);

        self.objects.raster(&mut pass);
        pass.bind_vertex_buffer(0, cx.buffer::<MeshVertexData>()?, 0)?;
        pass.bind_index_buffer(cx.buffer::<MeshIndexData>()?, 0, vk::IndexType::UINT32)?;
        let draws = cx.buffer::<IndirectDraws>()?;
        pass.draw_indexed_indirect(draws, 0, self.object_count, size_of::<Draw>() as u32)?;

        self.dust.raster(&mut pass);
        pass.bind_vertex_buffer(0, cx.buffer::<DustVertexData>()?, 0)?;
        pass.draw(0..self.mote_count, 0..1);
        Ok(())
    }
}
