//! Every buffer and image of the frame.

use ash::vk;
use fencewright_graphics::{
    BufferDesc, GpuBuffer, GpuImage, GpuImageView, ImageDesc, Initial, Memory, ViewDesc, VkError, VkRenderer,
};

use crate::layout::{CASCADES, Camera, Draw, GLOW_LEVELS, Instance, Object, Particle, VIEWS, View};
use crate::options::Size;
use crate::resources::{
    AlbedoRenderTarget, AnchorStorage, BaseColorTexture, Bloom, CameraUniform, DrawStaging, DustVertexData, Glow,
    History, IndirectDraws, InstanceStaging, InstanceStorage, Light, LightStaging, MeshIndexData, MeshVertexData,
    NormalRenderTarget, ObjectStorage, ParticleStaging, Particles, PictureRenderTarget, PictureStaging, SceneDepth,
    ShadowDepth, ViewUniform,
};
use crate::scene::{Scene, Vertex};
use crate::{particles, sun};

/// The handles of all contents. The renderer owns what they name.
#[derive(Debug)]
pub struct Contents {
    pub camera: GpuBuffer<CameraUniform>,
    pub views: GpuBuffer<ViewUniform>,
    pub objects: GpuBuffer<ObjectStorage>,
    pub anchors: GpuBuffer<AnchorStorage>,
    pub instances: GpuBuffer<InstanceStorage>,
    /// One for each view.
    pub draws: [GpuBuffer<IndirectDraws>; VIEWS],
    pub particles: GpuBuffer<Particles>,
    pub base_colors: GpuImage<BaseColorTexture>,
    pub shadow: GpuImage<ShadowDepth>,
    /// The layer of each cascade.
    pub cascades: [GpuImageView; CASCADES],
    pub albedo: GpuImage<AlbedoRenderTarget>,
    pub normal: GpuImage<NormalRenderTarget>,
    pub depth: GpuImage<SceneDepth>,
    pub light: GpuImage<Light>,
    /// The two that take turns.
    pub history: [GpuImage<History>; 2],
    /// The levels of the bloom and of the glow.
    pub bloom: Vec<GpuImageView>,
    pub glow: Vec<GpuImageView>,
    pub picture: GpuImage<PictureRenderTarget>,
    pub picture_out: GpuBuffer<PictureStaging>,
    pub checks: Checks,
}

/// What the host reads to check what the device made.
#[derive(Debug)]
pub struct Checks {
    pub draws: GpuBuffer<DrawStaging>,
    pub instances: GpuBuffer<InstanceStaging>,
    pub particles: GpuBuffer<ParticleStaging>,
    pub light: GpuBuffer<LightStaging>,
}

/// The format of light.
const LIGHT: vk::Format = vk::Format::R16G16B16A16_SFLOAT;

/// The bytes of a texel of it.
pub const LIGHT_BYTES: u64 = 8;

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
        // The pictures first: they are what may be too large.
        let light = make.target(LIGHT, Image::COLOR_ATTACHMENT | Image::STORAGE | Image::SAMPLED)?;
        let history = make.history()?;
        let (bloom, glow) = (make.levels::<Bloom>()?, make.levels::<Glow>()?);
        let (shadow, cascades) = make.shadow()?;
        make.buffer::<MeshVertexData, Vertex>(scene.vertices.len(), Buffer::VERTEX_BUFFER)?;
        make.buffer::<MeshIndexData, u32>(scene.indices.len(), Buffer::INDEX_BUFFER)?;
        make.buffer::<DustVertexData, [f32; 4]>(motes, Buffer::VERTEX_BUFFER)?;
        let draws = || make.buffer::<IndirectDraws, Draw>(objects, Buffer::STORAGE_BUFFER | Buffer::INDIRECT_BUFFER);
        Ok(Self {
            camera: make.buffer::<_, Camera>(1, Buffer::UNIFORM_BUFFER)?,
            views: make.buffer::<_, View>(VIEWS, Buffer::UNIFORM_BUFFER)?,
            objects: make.buffer::<_, Object>(objects, Buffer::STORAGE_BUFFER)?,
            anchors: make.buffer::<_, [f32; 4]>(objects, Buffer::STORAGE_BUFFER)?,
            instances: make.buffer::<_, Instance>(objects, Buffer::STORAGE_BUFFER)?,
            draws: [draws()?, draws()?, draws()?],
            particles: make.buffer::<_, Particle>(particles::COUNT, Buffer::STORAGE_BUFFER | Buffer::VERTEX_BUFFER)?,
            base_colors: make.textures(scene)?,
            shadow,
            cascades,
            albedo: make.target(vk::Format::R8G8B8A8_UNORM, Image::COLOR_ATTACHMENT | Image::SAMPLED)?,
            normal: make.target(LIGHT, Image::COLOR_ATTACHMENT | Image::SAMPLED)?,
            depth: make.target(vk::Format::D32_SFLOAT, Image::DEPTH_STENCIL_ATTACHMENT | Image::SAMPLED)?,
            light,
            history,
            bloom,
            glow,
            picture: make.target(vk::Format::R8G8B8A8_UNORM, Image::COLOR_ATTACHMENT | Image::TRANSFER_SRC)?,
            picture_out: make.staging::<_, [u8; 4]>(size.pixels())?,
            checks: Checks {
                draws: make.staging::<_, [Draw; VIEWS]>(objects)?,
                instances: make.staging::<_, Instance>(objects)?,
                particles: make.staging::<_, Particle>(particles::COUNT)?,
                light: make.staging::<_, [u8; LIGHT_BYTES as usize]>(size.pixels() + 2 * texels(size.glow()))?,
            },
        })
    }
}

/// Returns the texels of all levels of the glow.
fn texels(glow: Size) -> usize {
    (0..GLOW_LEVELS).map(|level| glow.level(level).pixels()).sum()
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
        self.renderer.create_buffer(&BufferDesc {
            len_bytes,
            usage: usage | copies,
            memory: Memory::Device,
            ..BufferDesc::default()
        })
    }

    fn staging<M: 'static, T>(&self, count: usize) -> Result<GpuBuffer<M>, VkError> {
        let len_bytes = (count * size_of::<T>()) as u64;
        let usage = vk::BufferUsageFlags::TRANSFER_DST;
        self.renderer.create_buffer(&BufferDesc { len_bytes, usage, memory: Memory::Readback, ..BufferDesc::default() })
    }

    fn target<M: 'static>(&self, format: vk::Format, usage: vk::ImageUsageFlags) -> Result<GpuImage<M>, VkError> {
        self.renderer.create_image(&ImageDesc::new(self.size.width, self.size.height, format, usage))
    }

    /// Makes the two images that take turns; the one that frame 0 reads says by its opacity that nothing is known.
    fn history(&self) -> Result<[GpuImage<History>; 2], VkError> {
        let copies = vk::ImageUsageFlags::TRANSFER_SRC | vk::ImageUsageFlags::TRANSFER_DST;
        let usage = vk::ImageUsageFlags::STORAGE | vk::ImageUsageFlags::SAMPLED | copies;
        let desc = ImageDesc::new(self.size.width, self.size.height, LIGHT, usage);
        let first = self.renderer.create_history_image::<History>(&desc, Initial::Color([0.0; 4].into()))?;
        let second = self.renderer.find_previous_image::<History>(first.instance());
        Ok([first, second.unwrap_or(first)])
    }

    /// Makes an image of several levels, and a view of each.
    fn levels<M: 'static>(&self) -> Result<Vec<GpuImageView>, VkError> {
        let size = self.size.glow();
        let usage = vk::ImageUsageFlags::STORAGE | vk::ImageUsageFlags::SAMPLED | vk::ImageUsageFlags::TRANSFER_SRC;
        let desc = ImageDesc { mips: GLOW_LEVELS, ..ImageDesc::new(size.width, size.height, LIGHT, usage) };
        let image = self.renderer.create_image::<M>(&desc)?;
        let view = |mip| self.renderer.view(image, &ViewDesc { mips: u32::into(mip), ..ViewDesc::default() });
        (0..GLOW_LEVELS).map(view).collect()
    }

    /// Makes an image with a layer for each cascade, and a view of each.
    fn shadow(&self) -> Result<(GpuImage<ShadowDepth>, [GpuImageView; CASCADES]), VkError> {
        let usage = vk::ImageUsageFlags::DEPTH_STENCIL_ATTACHMENT | vk::ImageUsageFlags::SAMPLED;
        let side = sun::SHADOW_SIDE;
        let desc = ImageDesc::new(side, side, vk::Format::D32_SFLOAT, usage);
        let image = self.renderer.create_image(&ImageDesc { layers: CASCADES as u32, ..desc })?;
        let view = |layer: u32| self.renderer.view(image, &ViewDesc { layers: layer.into(), ..ViewDesc::default() });
        Ok((image, [view(0)?, view(1)?]))
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
