//! Copies from the host to the device.

use fencewright::prelude::*;
use fencewright_graphics::ImageRegion;
use fencewright_graphics::prelude::*;

use crate::by_hand::Recording;
use crate::layout::{self, Camera};
use crate::particles;
use crate::resources::{
    AnchorStorage, BaseColorTexture, CameraUniform, DustVertexData, MeshIndexData, MeshVertexData, ObjectStorage,
    Particles, ViewUniform,
};
use crate::scene::Scene;
use crate::world::{Anchors, Dust, Views};

/// What there is on the device before the first frame, as bytes.
#[derive(Debug)]
pub struct Assets {
    pub vertices: Vec<u8>,
    pub indices: Vec<u8>,
    pub objects: Vec<u8>,
    /// The mip levels of each texture.
    pub textures: Vec<Vec<Vec<u8>>>,
    pub particles: Vec<u8>,
}

impl Assets {
    pub fn of(scene: &Scene) -> Self {
        Self {
            vertices: bytemuck::cast_slice(&scene.vertices).to_vec(),
            indices: bytemuck::cast_slice(&scene.indices).to_vec(),
            objects: bytemuck::cast_slice(&layout::objects(scene)).to_vec(),
            textures: scene.textures.iter().map(crate::scene::Texture::mips).collect(),
            particles: bytemuck::cast_slice(&particles::risen()).to_vec(),
        }
    }
}

/// Brings meshes, textures and sparks to the device.
#[derive(System, AutoBarriers)]
#[queue(transfer)]
#[writes(
    discard GpuBuffer<MeshVertexData>,
    discard GpuBuffer<MeshIndexData>,
    discard GpuBuffer<ObjectStorage>,
    discard GpuBuffer<Particles> as CopyDestination,
    discard GpuImage<BaseColorTexture>
)]
pub struct UploadAssets {
    pub assets: Assets,
}

impl Run for UploadAssets {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (assets, mut copy) = (&self.assets, cx.recording()?);
        copy.upload_buffer(cx.buffer::<MeshVertexData>()?, 0, &assets.vertices)?;
        copy.upload_buffer(cx.buffer::<MeshIndexData>()?, 0, &assets.indices)?;
        copy.upload_buffer(cx.buffer::<ObjectStorage>()?, 0, &assets.objects)?;
        copy.upload_buffer(cx.buffer::<Particles>()?, 0, &assets.particles)?;
        for (layer, levels) in (0..).zip(&assets.textures) {
            for (mip, texels) in (0..).zip(levels) {
                let region = ImageRegion { layers: Some(layer..layer + 1), ..ImageRegion::mip(mip) };
                copy.upload_image(cx.image::<BaseColorTexture>()?, &region, texels)?;
            }
        }
        Ok(())
    }
}

/// Copies what changes from frame to frame.
#[derive(System, AutoBarriers)]
#[queue(transfer)]
#[reads(Camera, Views, Anchors, Dust)]
#[writes(
    discard GpuBuffer<CameraUniform>,
    discard GpuBuffer<ViewUniform>,
    discard GpuBuffer<AnchorStorage>,
    discard GpuBuffer<DustVertexData>
)]
pub struct UploadFrame;

impl Run for UploadFrame {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut copy = cx.recording()?;
        copy.upload_buffer(cx.buffer::<CameraUniform>()?, 0, bytemuck::bytes_of(&*cx.read::<Camera>()?))?;
        copy.upload_buffer(cx.buffer::<ViewUniform>()?, 0, bytemuck::cast_slice(&cx.read::<Views>()?.0))?;
        copy.upload_buffer(cx.buffer::<AnchorStorage>()?, 0, bytemuck::cast_slice(&cx.read::<Anchors>()?.0))?;
        copy.upload_buffer(cx.buffer::<DustVertexData>()?, 0, bytemuck::cast_slice(&cx.read::<Dust>()?.0))?;
        Ok(())
    }
}
