//! The same frame with nothing but ash: commands, barriers, labels and one submit, written as one would without the library.

use std::time::{Duration, Instant};

use ash::vk;
use fencewright::World;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::{CallStructures, RawHandle, RendererDesc, VkRenderer};

use crate::Error;
use crate::gpu::{Contents, Gpu, InTurns, Program, Programs};
use crate::layout::{Camera, Draw, GLOW_LEVELS, TILE, WORKGROUP};
use crate::options::Size;
use crate::resources::{Bloom, DustVertexData, Glow, MeshIndexData, MeshVertexData};
use crate::scene::Scene;
use crate::sun::SHADOW_SIDE;
use crate::world::{Anchors, Dust, Views};

/// Into how many command buffers a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buffers {
    ForEachPass,
    One,
}

/// How many sparks are moved and drawn.
pub const PARTICLES: u32 = 64;

/// Records frames.
pub struct ByHand<'g> {
    device: ash::Device,
    debug: ash::ext::debug_utils::Device,
    queue: vk::Queue,
    /// As many as the renderer has frames in flight: they take turns.
    slots: Vec<Slot>,
    /// The barriers before each pass, and those at the end, in each turn.
    calls: [Vec<CallStructures>; 2],
    gpu: &'g Gpu<'g>,
    meshes: Meshes,
    size: Size,
    /// What is uploaded in each frame: where it comes from, and where it goes.
    uploads: Vec<(Vec<u8>, vk::Buffer)>,
}

struct Meshes {
    vertices: vk::Buffer,
    indices: vk::Buffer,
    dust: vk::Buffer,
    bloom: vk::Image,
    glow: vk::Image,
    motes: u32,
    opaque: u32,
    objects: u32,
}

/// What a frame in flight has to itself.
struct Slot {
    pool: vk::CommandPool,
    buffers: Vec<vk::CommandBuffer>,
    fence: vk::Fence,
    staging: Staging,
}

struct Staging {
    buffer: vk::Buffer,
    memory: vk::DeviceMemory,
    mapped: *mut u8,
}

impl<'g> ByHand<'g> {
    pub fn new(
        renderer: &VkRenderer,
        gpu: &'g Gpu<'g>,
        scene: &Scene,
        size: Size,
        world: &World,
        turns: [&Plan; 2],
    ) -> Result<Self, Error> {
        let device = renderer.device().clone();
        let family = renderer.queue_family();
        // SAFETY: the renderer made its device with this queue.
        let queue = unsafe { device.get_device_queue(family, 0) };
        let contents = &gpu.contents;
        let meshes = Meshes {
            vertices: renderer.find_buffer::<MeshVertexData>(0).ok_or("there are vertices")?.raw(),
            indices: renderer.find_buffer::<MeshIndexData>(0).ok_or("there are indices")?.raw(),
            dust: renderer.find_buffer::<DustVertexData>(0).ok_or("there is dust")?.raw(),
            bloom: renderer.find_image::<Bloom>(0).ok_or("there is a bloom")?.raw(),
            glow: renderer.find_image::<Glow>(0).ok_or("there is a glow")?.raw(),
            motes: world.get::<Dust>().map_or(0, |dust| dust.0.len() as u32),
            opaque: scene.opaque() as u32,
            objects: scene.objects.len() as u32,
        };
        let bytes = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec).unwrap_or_default();
        let uploads = vec![
            (bytes(world.get::<Camera>().map(bytemuck::bytes_of)), contents.camera.raw()),
            (bytes(world.get::<Views>().map(|views| bytemuck::cast_slice(&views.0))), contents.views.raw()),
            (bytes(world.get::<Anchors>().map(|anchors| bytemuck::cast_slice(&anchors.0))), contents.anchors.raw()),
            (bytes(world.get::<Dust>().map(|dust| bytemuck::cast_slice(&dust.0))), meshes.dust),
        ];
        let calls = [0, 1].map(|turn| calls(turns[turn], &handles(turns[turn], contents, &meshes, turn)));
        Ok(Self {
            debug: ash::ext::debug_utils::Device::new(renderer.instance(), &device),
            slots: (0..RendererDesc::default().frames_in_flight)
                .map(|_| Slot::new(renderer))
                .collect::<Result<_, _>>()?,
            device,
            queue,
            calls,
            gpu,
            meshes,
            size,
            uploads,
        })
    }

    /// Records and submits a frame, and waits for it; returns how long the first two took.
    pub fn frame(&mut self, turn: usize, into: Buffers) -> Result<Duration, Error> {
        let begun = Instant::now();
        self.slots.rotate_left(1);
        let Slot { pool, buffers, fence, staging } = &self.slots[0];
        // SAFETY: the device is done with the frame before: it was waited for.
        unsafe { self.device.reset_command_pool(*pool, vk::CommandPoolResetFlags::empty()) }?;
        let mut used = 0;
        let passes = NAMES.len();
        for pass in 0..=passes {
            if self.calls[turn][pass].is_empty() && pass == passes {
                break;
            }
            if pass == 0 || into == Buffers::ForEachPass {
                self.begin(buffers[used])?;
                used += 1;
            }
            let commands = buffers[used - 1];
            let label = vk::DebugUtilsLabelEXT::default();
            let label = label.label_name(NAMES.get(pass).copied().unwrap_or(c"end of frame"));
            // SAFETY: the commands are recording in this thread; the same holds for what follows.
            unsafe { self.debug.cmd_begin_debug_utils_label(commands, &label) };
            let call = &self.calls[turn][pass];
            if !call.is_empty() {
                // SAFETY: as above; every handle is alive until the frame is done.
                unsafe { self.device.cmd_pipeline_barrier2(commands, &call.dependency_info()) };
            }
            if pass < passes {
                self.pass(commands, pass, turn, staging);
            }
            // SAFETY: as above.
            unsafe { self.debug.cmd_end_debug_utils_label(commands) };
            if into == Buffers::ForEachPass {
                // SAFETY: as above.
                unsafe { self.device.end_command_buffer(commands) }?;
            }
        }
        if into == Buffers::One {
            // SAFETY: as above.
            unsafe { self.device.end_command_buffer(buffers[0]) }?;
        }
        let infos: Vec<_> = buffers[..used]
            .iter()
            .map(|buffer| vk::CommandBufferSubmitInfo::default().command_buffer(*buffer))
            .collect();
        let submit = [vk::SubmitInfo2::default().command_buffer_infos(&infos)];
        // SAFETY: the command buffers are complete, the fence is not in use, and nobody else uses the queue now.
        unsafe { self.device.queue_submit2(self.queue, &submit, *fence) }?;
        let time = begun.elapsed();
        // SAFETY: the fence was just submitted.
        unsafe { self.device.wait_for_fences(&[*fence], true, u64::MAX) }?;
        // SAFETY: it is signalled.
        unsafe { self.device.reset_fences(&[*fence]) }?;
        Ok(time)
    }

    fn begin(&self, commands: vk::CommandBuffer) -> Result<(), vk::Result> {
        let info = vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
        // SAFETY: the buffer is in the initial state.
        unsafe { self.device.begin_command_buffer(commands, &info) }
    }

    fn pass(&self, commands: vk::CommandBuffer, pass: usize, turn: usize, staging: &Staging) {
        let Programs { simulate, animate, cull, shadow, gbuffer, light, .. } = &self.gpu.programs;
        let Programs { accumulate, brighten, downsample, spread, upsample, .. } = &self.gpu.programs;
        let list = |count: u32| [count.div_ceil(WORKGROUP), 1, 1];
        let image = |size: Size| [size.width.div_ceil(TILE), size.height.div_ceil(TILE), 1];
        let (objects, glow) = (self.meshes.objects, self.size.glow());
        match pass {
            0 => self.upload(commands, staging),
            1 => self.dispatch(commands, *simulate, list(PARTICLES)),
            2 => self.dispatch(commands, *animate, list(objects)),
            3..=5 => self.dispatch(commands, cull[pass - 3], list(objects)),
            6 | 7 => self.shadow(commands, shadow[pass - 6].program, pass - 6),
            8 => self.surfaces(commands, *gbuffer),
            9 => self.dispatch(commands, *light, image(self.size)),
            10 => self.transparent(commands),
            11 => self.dispatch(commands, self.turn(*accumulate, turn), image(self.size)),
            12 => self.dispatch(commands, self.turn(*brighten, turn), image(glow)),
            13..=17 => self.dispatch(commands, downsample[pass - 13], image(glow.level(pass as u32 - 12))),
            18 => self.dispatch(commands, *spread, image(glow.level(GLOW_LEVELS - 1))),
            19..=23 => self.dispatch(commands, upsample[23 - pass], image(glow.level(23 - pass as u32))),
            24 => self.tonemap(commands, turn),
            _ => self.read_back(commands),
        }
    }

    fn turn(&self, program: InTurns, turn: usize) -> Program {
        program.turn(self.gpu.contents.history[turn])
    }

    fn upload(&self, commands: vk::CommandBuffer, staging: &Staging) {
        let mut at = 0;
        for (bytes, buffer) in &self.uploads {
            // SAFETY: the staging buffer is long enough for all of them.
            let to = unsafe { staging.mapped.add(at) };
            // SAFETY: as above; the device is done with it.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
            let region = vk::BufferCopy { src_offset: at as u64, dst_offset: 0, size: bytes.len() as u64 };
            // SAFETY: the commands are recording outside rendering, the bytes lie inside both buffers.
            unsafe { self.device.cmd_copy_buffer(commands, staging.buffer, *buffer, &[region]) };
            at += bytes.len().next_multiple_of(16);
        }
    }

    fn dispatch(&self, commands: vk::CommandBuffer, program: Program, [x, y, z]: [u32; 3]) {
        self.bind(commands, vk::PipelineBindPoint::COMPUTE, program);
        // SAFETY: the program is bound, the commands are recording outside rendering.
        unsafe { self.device.cmd_dispatch(commands, x, y, z) };
    }

    fn bind(&self, commands: vk::CommandBuffer, point: vk::PipelineBindPoint, program: Program) {
        // SAFETY: program and commands are of this device; so it is below.
        unsafe { self.device.cmd_bind_pipeline(commands, point, program.pipeline) };
        // SAFETY: as above.
        unsafe { self.device.cmd_bind_descriptor_sets(commands, point, program.layout, 0, &[program.set], &[]) };
    }

    /// Begins to render; the viewport is the whole picture.
    fn render(
        &self,
        commands: vk::CommandBuffer,
        colors: &[vk::RenderingAttachmentInfo<'_>],
        depth: Option<&vk::RenderingAttachmentInfo<'_>>,
        size: Size,
    ) {
        let extent = vk::Extent2D { width: size.width, height: size.height };
        let area = vk::Rect2D { offset: vk::Offset2D::default(), extent };
        let mut info = vk::RenderingInfo::default().render_area(area).layer_count(1).color_attachments(colors);
        if let Some(depth) = depth {
            info = info.depth_attachment(depth);
        }
        // SAFETY: recording outside rendering; the attachments are alive and in these layouts.
        unsafe { self.device.cmd_begin_rendering(commands, &info) };
        let (width, height) = (size.width as f32, size.height as f32);
        let viewport = vk::Viewport { x: 0.0, y: 0.0, width, height, min_depth: 0.0, max_depth: 1.0 };
        // SAFETY: recording; so it is below.
        unsafe { self.device.cmd_set_viewport(commands, 0, &[viewport]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_set_scissor(commands, 0, &[area]) };
    }

    fn draw_meshes(&self, commands: vk::CommandBuffer, program: Program, draws: vk::Buffer) {
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, program);
        // SAFETY: inside rendering, with the program bound; buffers and draws lie inside what they name; so it is below.
        unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[self.meshes.vertices], &[0]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_bind_index_buffer(commands, self.meshes.indices, 0, vk::IndexType::UINT32) };
        let stride = size_of::<Draw>() as u32;
        // SAFETY: as above.
        unsafe { self.device.cmd_draw_indexed_indirect(commands, draws, 0, self.meshes.opaque, stride) };
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn shadow(&self, commands: vk::CommandBuffer, program: Program, cascade: usize) {
        let contents = &self.gpu.contents;
        let depth = cleared(contents.cascades[cascade].raw());
        self.render(commands, &[], Some(&depth), Size { width: SHADOW_SIDE, height: SHADOW_SIDE });
        self.draw_meshes(commands, program, contents.draws[cascade + 1].raw());
    }

    fn surfaces(&self, commands: vk::CommandBuffer, program: Program) {
        let contents = &self.gpu.contents;
        let colors = [over(contents.albedo.view()), over(contents.normal.view())];
        self.render(commands, &colors, Some(&cleared(contents.depth.view())), self.size);
        self.draw_meshes(commands, program, contents.draws[0].raw());
    }

    fn transparent(&self, commands: vk::CommandBuffer) {
        let (contents, programs) = (&self.gpu.contents, &self.gpu.programs);
        let color = attachment(contents.light.view(), vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .load_op(vk::AttachmentLoadOp::LOAD)
            .store_op(vk::AttachmentStoreOp::STORE);
        let depth = attachment(contents.depth.view(), vk::ImageLayout::READ_ONLY_OPTIMAL)
            .load_op(vk::AttachmentLoadOp::LOAD)
            .store_op(vk::AttachmentStoreOp::NONE);
        self.render(commands, &[color], Some(&depth), self.size);
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, programs.dust);
        // SAFETY: inside rendering, with the program bound; the vertices lie inside the buffer; so it is below.
        unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[self.meshes.dust], &[0]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_draw(commands, self.meshes.motes, 1, 0, 0) };
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, programs.sparks);
        // SAFETY: as above.
        unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[contents.particles.raw()], &[0]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_draw(commands, 4, PARTICLES, 0, 0) };
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn tonemap(&self, commands: vk::CommandBuffer, turn: usize) {
        let program = self.turn(self.gpu.programs.tonemap, turn);
        self.render(commands, &[over(self.gpu.contents.picture.view())], None, self.size);
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, program);
        // SAFETY: inside rendering, with the program bound; so it is below.
        unsafe { self.device.cmd_draw(commands, 3, 1, 0, 0) };
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn read_back(&self, commands: vk::CommandBuffer) {
        let contents = &self.gpu.contents;
        let layers = vk::ImageSubresourceLayers::default().aspect_mask(vk::ImageAspectFlags::COLOR).layer_count(1);
        let extent = vk::Extent3D { width: self.size.width, height: self.size.height, depth: 1 };
        let region = vk::BufferImageCopy::default().image_subresource(layers).image_extent(extent);
        let layout = vk::ImageLayout::TRANSFER_SRC_OPTIMAL;
        let (picture, out) = (contents.picture.raw(), contents.picture_out.raw());
        // SAFETY: recording outside rendering; the image is in this layout, the buffer as long as the picture.
        unsafe { self.device.cmd_copy_image_to_buffer(commands, picture, layout, out, &[region]) };
    }

    /// Destroys what was made.
    pub fn destroy(self) {
        for Slot { pool, fence, staging, .. } in self.slots {
            // SAFETY: the device is done with all of it: each frame was waited for; so it is below.
            unsafe { self.device.destroy_fence(fence, None) };
            // SAFETY: as above.
            unsafe { self.device.destroy_command_pool(pool, None) };
            // SAFETY: as above.
            unsafe { self.device.destroy_buffer(staging.buffer, None) };
            // SAFETY: as above.
            unsafe { self.device.free_memory(staging.memory, None) };
        }
    }
}

impl Slot {
    fn new(renderer: &VkRenderer) -> Result<Self, Error> {
        let device = renderer.device();
        let info = vk::CommandPoolCreateInfo::default().flags(vk::CommandPoolCreateFlags::TRANSIENT);
        // SAFETY: the device is alive; so it is below.
        let pool = unsafe { device.create_command_pool(&info.queue_family_index(renderer.queue_family()), None) }?;
        let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).command_buffer_count(27);
        // SAFETY: the pool is of this device.
        let buffers = unsafe { device.allocate_command_buffers(&info) }?;
        // SAFETY: the description is whole.
        let fence = unsafe { device.create_fence(&vk::FenceCreateInfo::default(), None) }?;
        Ok(Self { pool, buffers, fence, staging: Staging::new(renderer, device, 1 << 20)? })
    }
}

impl Staging {
    fn new(renderer: &VkRenderer, device: &ash::Device, len: u64) -> Result<Self, Error> {
        let info = vk::BufferCreateInfo::default().size(len).usage(vk::BufferUsageFlags::TRANSFER_SRC);
        // SAFETY: the device is alive.
        let buffer = unsafe { device.create_buffer(&info, None) }?;
        // SAFETY: the buffer is of this device.
        let needs = unsafe { device.get_buffer_memory_requirements(buffer) };
        // SAFETY: the physical device is of this instance.
        let memory = unsafe { renderer.instance().get_physical_device_memory_properties(renderer.physical_device()) };
        let wanted = vk::MemoryPropertyFlags::HOST_VISIBLE | vk::MemoryPropertyFlags::HOST_COHERENT;
        let fits = |(index, kind): &(u32, &vk::MemoryType)| {
            needs.memory_type_bits & (1 << index) != 0 && kind.property_flags.contains(wanted)
        };
        let (kind, _) = (0..).zip(memory.memory_types_as_slice()).find(fits).ok_or("no memory that the host writes")?;
        let info = vk::MemoryAllocateInfo::default().allocation_size(needs.size).memory_type_index(kind);
        // SAFETY: the type is one of the device's.
        let memory = unsafe { device.allocate_memory(&info, None) }?;
        // SAFETY: the memory is fit for the buffer and free.
        unsafe { device.bind_buffer_memory(buffer, memory, 0) }?;
        // SAFETY: it is visible to the host and not mapped.
        let mapped = unsafe { device.map_memory(memory, 0, vk::WHOLE_SIZE, vk::MemoryMapFlags::empty()) }?;
        Ok(Self { buffer, memory, mapped: mapped.cast() })
    }
}

/// Fills in the barriers before each pass, and those at the end.
fn calls(plan: &Plan, handles: &[RawHandle]) -> Vec<CallStructures> {
    let call =
        |gap| plan.call(gap).map_or_else(CallStructures::default, |call| CallStructures::new(&call.barriers, handles));
    (0..=plan.passes.len()).map(call).collect()
}

/// Finds the handle of each resource of a plan by its name.
fn handles(plan: &Plan, contents: &Contents, meshes: &Meshes, turn: usize) -> Vec<RawHandle> {
    let handle = |name: &String| match name.as_str() {
        "GpuBuffer<CameraUniform>" => RawHandle::Buffer(contents.camera.raw()),
        "GpuBuffer<ViewUniform>" => RawHandle::Buffer(contents.views.raw()),
        "GpuBuffer<AnchorStorage>" => RawHandle::Buffer(contents.anchors.raw()),
        "GpuBuffer<ObjectStorage>" => RawHandle::Buffer(contents.objects.raw()),
        "GpuBuffer<InstanceStorage>" => RawHandle::Buffer(contents.instances.raw()),
        "GpuBuffer<Particles>" => RawHandle::Buffer(contents.particles.raw()),
        "GpuBuffer<MeshVertexData>" => RawHandle::Buffer(meshes.vertices),
        "GpuBuffer<MeshIndexData>" => RawHandle::Buffer(meshes.indices),
        "GpuBuffer<DustVertexData>" => RawHandle::Buffer(meshes.dust),
        "GpuBuffer<IndirectDraws>" => RawHandle::Buffer(contents.draws[0].raw()),
        "GpuBuffer<IndirectDraws>#1" => RawHandle::Buffer(contents.draws[1].raw()),
        "GpuBuffer<IndirectDraws>#2" => RawHandle::Buffer(contents.draws[2].raw()),
        "GpuBuffer<PictureStaging>" => RawHandle::Buffer(contents.picture_out.raw()),
        "GpuImage<BaseColorTexture>" => RawHandle::Image(contents.base_colors.raw()),
        "GpuImage<ShadowDepth>" => RawHandle::Image(contents.shadow.raw()),
        "GpuImage<AlbedoRenderTarget>" => RawHandle::Image(contents.albedo.raw()),
        "GpuImage<NormalRenderTarget>" => RawHandle::Image(contents.normal.raw()),
        "GpuImage<SceneDepth>" => RawHandle::Image(contents.depth.raw()),
        "GpuImage<Light>" => RawHandle::Image(contents.light.raw()),
        "GpuImage<History>" => RawHandle::Image(contents.history[turn].raw()),
        "Prev<GpuImage<History>>" => RawHandle::Image(contents.history[1 - turn].raw()),
        "GpuImage<Bloom>" => RawHandle::Image(meshes.bloom),
        "GpuImage<Glow>" => RawHandle::Image(meshes.glow),
        "GpuImage<PictureRenderTarget>" => RawHandle::Image(contents.picture.raw()),
        other => panic!("the frame has got `{other}`: add it here"),
    };
    plan.resources.iter().map(handle).collect()
}

fn attachment(view: vk::ImageView, layout: vk::ImageLayout) -> vk::RenderingAttachmentInfo<'static> {
    vk::RenderingAttachmentInfo::default().image_view(view).image_layout(layout)
}

/// A colour attachment that is drawn over.
fn over(view: vk::ImageView) -> vk::RenderingAttachmentInfo<'static> {
    attachment(view, vk::ImageLayout::ATTACHMENT_OPTIMAL)
        .load_op(vk::AttachmentLoadOp::DONT_CARE)
        .store_op(vk::AttachmentStoreOp::STORE)
}

/// A depth attachment that is cleared.
fn cleared(view: vk::ImageView) -> vk::RenderingAttachmentInfo<'static> {
    let depth_stencil = vk::ClearDepthStencilValue { depth: 1.0, stencil: 0 };
    attachment(view, vk::ImageLayout::ATTACHMENT_OPTIMAL)
        .load_op(vk::AttachmentLoadOp::CLEAR)
        .store_op(vk::AttachmentStoreOp::STORE)
        .clear_value(vk::ClearValue { depth_stencil })
}

/// The labels of the passes.
const NAMES: [&std::ffi::CStr; 26] = [
    c"UploadFrame",
    c"SimulateParticles",
    c"AnimateObjects",
    c"CullObjects",
    c"CullObjects#1",
    c"CullObjects#2",
    c"DrawShadow",
    c"DrawShadow#1",
    c"DrawSurfaces",
    c"LightSurfaces",
    c"DrawTransparent",
    c"Accumulate",
    c"Brighten",
    c"Downsample",
    c"Downsample#1",
    c"Downsample#2",
    c"Downsample#3",
    c"Downsample#4",
    c"Spread",
    c"Upsample",
    c"Upsample#1",
    c"Upsample#2",
    c"Upsample#3",
    c"Upsample#4",
    c"Tonemap",
    c"ReadBack",
];
