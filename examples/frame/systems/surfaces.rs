//! What is drawn of the objects: how far the sun shines, and which surfaces are seen.

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, DepthAttachment, Load, RenderingDesc};

use crate::by_hand::Recording;
use crate::gpu::{Cascade, Program};
use crate::layout::{Draw, view_offset};
use crate::resources::{
    AlbedoRenderTarget, BaseColorTexture, IndirectDraws, InstanceStorage, MeshIndexData, MeshVertexData,
    NormalRenderTarget, SceneDepth, ShadowDepth, ViewUniform,
};

/// Draws one cascade of the shadow: its layer of the image, from its own list of draws.
#[derive(System, AutoBarriers)]
#[reads(
    GpuBuffer<ViewUniform>[bytes = view_offset(self.cascade + 1)..view_offset(self.cascade + 2)] as VertexUniform,
    GpuBuffer<IndirectDraws>[instance = self.cascade + 1],
    GpuBuffer<InstanceStorage> as VertexStorage,
    GpuBuffer<MeshVertexData>,
    GpuBuffer<MeshIndexData>
)]
#[writes(discard GpuImage<ShadowDepth>[layer = self.cascade] as DepthStencilClear)]
pub struct DrawShadow {
    pub drawn: Cascade,
    pub cascade: u32,
    /// How many objects are opaque: they come first.
    pub opaque: u32,
}

impl Run for DrawShadow {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.recording()?;
        let layer = self.drawn.layer.ok_or("the cascade has no layer to be drawn to")?;
        let depth = Some(DepthAttachment::clear(layer, 1.0));
        let mut pass = raster.begin_rendering(&RenderingDesc { depth, ..RenderingDesc::default() })?;
        self.drawn.program.raster(&mut pass);
        pass.bind_vertex_buffer(0, cx.buffer::<MeshVertexData>()?, 0)?;
        pass.bind_index_buffer(cx.buffer::<MeshIndexData>()?, 0, vk::IndexType::UINT32)?;
        pass.draw_indexed_indirect(cx.buffer::<IndirectDraws>()?, 0, self.opaque, size_of::<Draw>() as u32)?;
        Ok(())
    }
}

/// Draws the surfaces that the camera sees, not yet lit: colour, normal, depth.
#[derive(System, AutoBarriers)]
#[reads(
    GpuBuffer<ViewUniform>[bytes = 0..view_offset(1)],
    GpuBuffer<IndirectDraws>[instance = 0],
    GpuBuffer<InstanceStorage> as VertexStorage,
    GpuBuffer<MeshVertexData>,
    GpuBuffer<MeshIndexData>,
    GpuImage<BaseColorTexture> as FragmentSampled
)]
#[writes(
    discard GpuImage<AlbedoRenderTarget> as ColorAttachmentClear,
    discard GpuImage<NormalRenderTarget> as ColorAttachmentClear,
    discard GpuImage<SceneDepth> as DepthStencilClear
)]
pub struct DrawSurfaces {
    pub program: Program,
    /// How many objects are opaque: they come first.
    pub opaque: u32,
}

impl Run for DrawSurfaces {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.recording()?;
        let (albedo, normal) = (cx.image::<AlbedoRenderTarget>()?, cx.image::<NormalRenderTarget>()?);
        let colors = [ColorAttachment::new(albedo), ColorAttachment::new(normal)]
            .map(|color| ColorAttachment { load: Load::Discard, ..color });
        let depth = Some(DepthAttachment::clear(cx.image::<SceneDepth>()?, 1.0));
        let mut pass = raster.begin_rendering(&RenderingDesc { colors: &colors, depth, ..RenderingDesc::default() })?;
        self.program.raster(&mut pass);
        pass.bind_vertex_buffer(0, cx.buffer::<MeshVertexData>()?, 0)?;
        pass.bind_index_buffer(cx.buffer::<MeshIndexData>()?, 0, vk::IndexType::UINT32)?;
        pass.draw_indexed_indirect(cx.buffer::<IndirectDraws>()?, 0, self.opaque, size_of::<Draw>() as u32)?;
        Ok(())
    }
}
