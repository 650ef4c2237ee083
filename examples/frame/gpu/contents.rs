//! Every buffer and image of the frame.

use ash::vk;
use fencewright_graphics::{BufferDesc, GpuBuffer, GpuImage, ImageDesc, Memory, VkError, VkRenderer};

use crate::layout::{Camera, Draw, Instance, Object};
use crate::options::Size;
use crate::resources::{
    AnchorStorage, BaseColorTexture, CameraUniform, DrawStaging, DustVertexData, IndirectDraws, InstanceStaging,
    InstanceStorage, LightRenderTarget, MeshIndexData, MeshVertexData, ObjectStorage, PictureRenderTarget,
    PictureStaging, SceneDepth,
};
use crate::scene::{Scene, Vertex};

/// The handles of all contents. The renderer owns what they name.
#[derive(Debug)]
pub struct Contents {
    pub camera: GpuBuffer<CameraUniform>,
    pub objects: GpuBuffer<ObjectStorage>,
    pub anchors: GpuBuffer<AnchorStorage>,
    pub instances: GpuBuffer<InstanceStorage>,
    pub draws: GpuBuffer<IndirectDraws>,
    pub base_colors: GpuImage<BaseColorTexture>,
    pub light: GpuImage<LightRenderTarget>,
    pub depth: GpuImage<SceneDepth>,
    pub picture: GpuImage<PictureRenderTarget>,
    pub picture_out: GpuBuffer<PictureStaging>,
    pub draws_out: GpuBuffer<DrawStaging>,
    pub instances_out: GpuBuffer<InstanceStaging>,
}

impl Contents {
    /// Makes room for a scene, some specks of dust and a picture.
    ///
    /// # Errors
    ///
    /// If memory runs out, or the device does not support pictures of this size.
    pub fn new(renderer: &VkRenderer, scene: &Scene, motes: usize, size: Size) -> Result<Self, VkError> {
        use vk::BufferUsageFlags as Buffer;
        use vk::ImageUsageFlags as Image;

        let make = Maker { renderer, size };
        let objects = scene.objects.len();
        make.buffer::<MeshVertexData, Vertex>(scene.vertices.len(), Buffer::VERTEX_BUFFER)?;
        make.buffer::<MeshIndexData, u32>(scene.indices.len(), Buffer::INDEX_BUFFER)?;
        make.buffer::<DustVertexData, [f32; 4]>(motes, Buffer::VERTEX_BUFFER)?;
        Ok(Self {
            camera: make.buffer::<_, Camera>(1, Buffer::UNIFORM_BUFFER)?,
            objects: make.buffer::<_, Object>(objects, Buffer::STORAGE_BUFFER)?,
            anchors: make.buffer::<_, [f32; 4]>(objects, Buffer::STORAGE_BUFFER)?,
            instances: make.buffer::<_, Instance>(objects, Buffer::STORAGE_BUFFER)?,
            draws: make.buffer::<_, Draw>(objects, Buffer::STORAGE_BUFFER | Buffer::INDIRECT_BUFFER)?,
            base_colors: make.textures(scene)?,
            light: make.target(vk::Format::R16G16B16A16_SFLOAT, Image::COLOR_ATTACHMENT | Image::SAMPLED)?,
            depth: make.target(vk::Format::D32_SFLOAT, Image::DEPTH_STENCIL_ATTACHMENT)?,
            picture: make.target(vk::Format::R8G8B8A8_UNORM, Image::COLOR_ATTACHMENT | Image::TRANSFER_SRC)?,
            picture_out: make.staging::<_, [u8; 4]>(size.width as usize * size.height as usize)?,
            draws_out: make.staging::<_, Draw>(objects)?,
            instances_out: make.staging::<_, Instance>(objects)?,
        })
    }
}

struct Maker<'a> {
    renderer: &'a VkRenderer,
    size: Size,
}

impl Maker<'_> {
    /// Makes a buffer of `count` times `T` that is copied to and, where it is wanted, from.
    fn buffer<M: 'static, T>(&self, count: usize, usage: vk::BufferUsageFlags) -> Result<GpuBuffer<M>, VkError> {
        let copies = vk::BufferUsageFlags::TRANSFER_DST | vk::BufferUsageFlags::TRANSFER_SRC;
        let len_bytes = (count * size_of::<T>()) as u64;
        self.renderer.create_buffer(&BufferDesc { len_bytes, usage: usage | copies, memory: Memory::Device })
    }

    fn staging<M: 'static, T>(&self, count: usize) -> Result<GpuBuffer<M>, VkError> {
        let len_bytes = (count * size_of::<T>()) as u64;
        let usage = vk::BufferUsageFlags::TRANSFER_DST;
        self.renderer.create_buffer(&BufferDesc { len_bytes, usage, memory: Memory::Readback })
    }

    fn target<M: 'static>(&self, format: vk::Format, usage: vk::ImageUsageFlags) -> Result<GpuImage<M>, VkError> {
        self.renderer.create_image(&ImageDesc::new(self.size.width, self.size.height, format, usage))
    }

    /// Makes one image for all base colours: a layer for each texture, which are all of one size.
    fn textures(&self, scene: &Scene) -> Result<GpuImage<BaseColorTexture>, VkError> {
        let side = scene.textures[0].width;
        let usage = vk::ImageUsageFlags::SAMPLED | vk::ImageUsageFlags::TRANSFER_DST;
        self.renderer.create_image(&ImageDesc {
            mips: side.ilog2() + 1,
            layers: scene.textures.len() as u32,
            ..ImageDesc::new(side, side, vk::Format::R8G8B8A8_SRGB, usage)
        })
    }
}
