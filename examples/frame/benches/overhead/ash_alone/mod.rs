//! The same frame with nothing but ash: commands, barriers, labels and one submit, written as one would without the library.

mod barriers;
mod passes;
mod slot;

use std::time::{Duration, Instant};

use ash::vk;
use fencewright::World;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::{CallStructures, CommandMemory, RendererDesc, VkRenderer};

use self::slot::{Slot, Staging};
use crate::Error;
use crate::gpu::Gpu;
use crate::layout::Camera;
use crate::options::Size;
use crate::resources::{Bloom, DustVertexData, Glow, MeshIndexData, MeshVertexData};
use crate::scene::Scene;
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
    /// What is uploaded in each frame, where nothing else is given, and where it goes.
    uploads: [Vec<u8>; 4],
    destinations: [vk::Buffer; 4],
    /// How many draws the pass of many has; where there are none, there is no such pass.
    draws: usize,
}

/// What the host gives to a frame.
#[derive(Clone, Copy)]
pub struct HostData<'a> {
    /// The camera, the views, the anchors, and the dust.
    pub bytes: [&'a [u8]; 4],
    /// How many specks of dust are drawn.
    pub motes: u32,
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

impl<'g> ByHand<'g> {
    pub fn new(
        renderer: &VkRenderer,
        gpu: &'g Gpu<'g>,
        scene: &Scene,
        size: Size,
        world: &World,
        turns: [&Plan; 2],
        (draws, memory): (usize, CommandMemory),
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
        let uploads = [
            bytes(world.get::<Camera>().map(bytemuck::bytes_of)),
            bytes(world.get::<Views>().map(|views| bytemuck::cast_slice(&views.0))),
            bytes(world.get::<Anchors>().map(|anchors| bytemuck::cast_slice(&anchors.0))),
            bytes(world.get::<Dust>().map(|dust| bytemuck::cast_slice(&dust.0))),
        ];
        let destinations = [contents.camera.raw(), contents.views.raw(), contents.anchors.raw(), meshes.dust];
        let calls = [0, 1].map(|turn| barriers::calls(turns[turn], contents, &meshes, turn));
        Ok(Self {
            debug: ash::ext::debug_utils::Device::new(renderer.instance(), &device),
            slots: (0..RendererDesc::default().frames_in_flight)
                .map(|_| Slot::new(renderer, memory))
                .collect::<Result<_, _>>()?,
            device,
            queue,
            calls,
            gpu,
            meshes,
            size,
            uploads,
            destinations,
            draws,
        })
    }

    /// Records and submits a frame, and waits for it; returns how long the first two took.
    pub fn frame(&mut self, turn: usize, into: Buffers) -> Result<Duration, Error> {
        self.slots.rotate_left(1);
        let data = HostData { bytes: self.uploads.each_ref().map(Vec::as_slice), motes: self.meshes.motes };
        self.timed(&data, turn, into)
    }

    /// As [`Self::frame`], with other data.
    pub fn frame_of(&mut self, data: &HostData<'_>, turn: usize, into: Buffers) -> Result<Duration, Error> {
        self.slots.rotate_left(1);
        self.timed(data, turn, into)
    }

    fn timed(&self, data: &HostData<'_>, turn: usize, into: Buffers) -> Result<Duration, Error> {
        let begun = Instant::now();
        self.measured_by_hand(data, turn, into)?;
        let time = begun.elapsed();
        // SAFETY: the fence was just submitted.
        unsafe { self.device.wait_for_fences(&[self.slots[0].fence], true, u64::MAX) }?;
        Ok(time)
    }

    /// What is measured. A function of its own for who counts its instructions.
    #[inline(never)]
    fn measured_by_hand(&self, data: &HostData<'_>, turn: usize, into: Buffers) -> Result<(), Error> {
        let Slot { pool, buffers, fence, staging, .. } = &self.slots[0];
        // SAFETY: no queue has it: the frame that it was submitted with was waited for.
        unsafe { self.device.reset_fences(&[*fence]) }?;
        // SAFETY: the device is done with the frame before: it was waited for.
        unsafe { self.device.reset_command_pool(*pool, vk::CommandPoolResetFlags::empty()) }?;
        let mut used = 0;
        let passes = self.calls[turn].len() - 1;
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
            let label = label.label_name(if pass < passes { self.name(pass) } else { c"end of frame" });
            // SAFETY: the commands are recording in this thread; the same holds for what follows.
            unsafe { self.debug.cmd_begin_debug_utils_label(commands, &label) };
            let call = &self.calls[turn][pass];
            if !call.is_empty() {
                // SAFETY: as above; every handle is alive until the frame is done.
                unsafe { self.device.cmd_pipeline_barrier2(commands, &call.dependency_info()) };
            }
            if pass < passes {
                self.pass(commands, pass, turn, (data, staging));
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
        Ok(())
    }

    fn begin(&self, commands: vk::CommandBuffer) -> Result<(), vk::Result> {
        let info = vk::CommandBufferBeginInfo::default().flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT);
        // SAFETY: the buffer is in the initial state.
        unsafe { self.device.begin_command_buffer(commands, &info) }
    }

    /// Destroys what was made.
    pub fn destroy(self) {
        for slot in self.slots {
            // SAFETY: the device is done with all of it: each frame was waited for.
            unsafe { slot.destroy(&self.device) };
        }
    }
}
