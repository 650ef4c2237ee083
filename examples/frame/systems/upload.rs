//! Copies from the host to the device.

use fencewright::prelude::*;
use fencewright_graphics::ImageRegion;
use fencewright_graphics::prelude::*;

use crate::layout::{self, Camera};
use crate::resources::{
    AnchorStorage, BaseColorTexture, CameraUniform, DustVertexData, MeshIndexData, MeshVertexData, ObjectStorage,
};
use crate::scene::Scene;
use crate::world::{Anchors, Dust};

/// What a scene is on the device, as bytes.
#[derive(Debug)]
pub struct Meshes {
    pub vertices: Vec<u8>,
    pub indices: Vec<u8>,
    pub objects: Vec<u8>,
    /// The mip levels of each texture.
    pub textures: Vec<Vec<Vec<u8>>>,
}

impl Meshes {
    pub fn of(scene: &Scene) -> Self {
        Self {
            vertices: bytemuck::cast_slice(&scene.vertices).to_vec(),
            indices: bytemuck::cast_slice(&scene.indices).to_vec(),
            objects: bytemuck::cast_slice(&layout::objects(scene)).to_vec(),
            textures: scene.textures.iter().map(crate::scene::Texture::mips).collect(),
        }
    }
}

/// Streams meshes and textures in: in each frame those that are new, which is all of them in the first.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<MeshVertexData>, GpuBuffer<MeshIndexData>, GpuBuffer<ObjectStorage>, GpuImage<BaseColorTexture>)]
pub struct UploadMeshes {
    pub new: Option<Meshes>,
}

impl Run for UploadMeshes {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut copy = cx.encoder()?;
        let Some(new) = self.new.take() else { return Ok(()) };
        copy.upload_buffer(cx.buffer::<MeshVertexData>()?, 0, &new.vertices)?;
        copy.upload_buffer(cx.buffer::<MeshIndexData>()?, 0, &new.indices)?;
        copy.upload_buffer(cx.buffer::<ObjectStorage>()?, 0, &new.objects)?;
        for (layer, levels) in (0..).zip(&new.textures) {
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
#[reads(Camera, Anchors, Dust)]
#[writes(GpuBuffer<CameraUniform>, GpuBuffer<AnchorStorage>, GpuBuffer<DustVertexData>)]
pub struct UploadFrame;

impl Run for UploadFrame {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut copy = cx.encoder()?;
        copy.upload_buffer(cx.buffer::<CameraUniform>()?, 0, bytemuck::bytes_of(&*cx.read::<Camera>()?))?;
        copy.upload_buffer(cx.buffer::<AnchorStorage>()?, 0, bytemuck::cast_slice(&cx.read::<Anchors>()?.0))?;
        copy.upload_buffer(cx.buffer::<DustVertexData>()?, 0, bytemuck::cast_slice(&cx.read::<Dust>()?.0))?;
        Ok(())
    }
}
