//! vulkano-taskgraph: compiled once, executed each frame. It knows whole resources only: where a pass uses two parts of one image, the
//! image is in `GENERAL` there. Attachments are accesses, without a framebuffer; edges keep the order of the frame.

use std::sync::Arc;
use std::time::{Duration, Instant};

use vulkano::VulkanLibrary;
use vulkano::buffer::{Buffer, BufferCreateInfo, BufferUsage};
use vulkano::device::{Device, DeviceCreateInfo, DeviceExtensions, DeviceFeatures, Queue, QueueCreateInfo};
use vulkano::format::Format;
use vulkano::image::{Image, ImageCreateInfo, ImageType, ImageUsage};
use vulkano::instance::{Instance, InstanceCreateInfo};
use vulkano::memory::allocator::{AllocationCreateInfo, DeviceLayout};
use vulkano_taskgraph::command_buffer::RecordingCommandBuffer;
use vulkano_taskgraph::graph::{CompileInfo, ExecutableTaskGraph, ResourceMap};
use vulkano_taskgraph::resource::{AccessTypes, Flight, ImageLayoutType, Resources, ResourcesCreateInfo};
use vulkano_taskgraph::{Id, QueueFamilyType, Task, TaskContext, TaskResult};

use crate::Planner;
use crate::frame::{Frame, RANGE_BYTES};

#[derive(Clone, Copy)]
enum Resource {
    Buffer(Id<Buffer>),
    Image(Id<Image>),
}

type Accesses = Vec<(Resource, AccessTypes, ImageLayoutType)>;

pub(crate) struct TaskGraph {
    queue: Arc<Queue>,
    resources: Arc<Resources>,
    flight: Id<Flight>,
    passes: Vec<Accesses>,
    compiled: ExecutableTaskGraph<()>,
}

struct Work(u32);

impl Task for Work {
    type World = ();

    unsafe fn execute(&self, commands: &mut RecordingCommandBuffer<'_>, _: &mut TaskContext<'_>, _: &()) -> TaskResult {
        // SAFETY: the layer drops the work; it is only there to be seen.
        unsafe { commands.dispatch_unchecked([self.0, 1, 1]) };
        Ok(())
    }
}

impl TaskGraph {
    pub(crate) fn new(frame: &Frame) -> Self {
        let library = VulkanLibrary::new().expect("there is a loader");
        let instance = Instance::new(library, InstanceCreateInfo::default()).expect("an instance");
        let physical = instance.enumerate_physical_devices().expect("devices").next().expect("a device");
        let info = DeviceCreateInfo {
            queue_create_infos: vec![QueueCreateInfo::default()],
            enabled_extensions: DeviceExtensions::empty(),
            enabled_features: DeviceFeatures { synchronization2: true, ..DeviceFeatures::empty() },
            ..DeviceCreateInfo::default()
        };
        let (device, mut queues) = Device::new(physical, info).expect("a device");
        let queue = queues.next().expect("a queue");
        let resources = Resources::new(&device, &ResourcesCreateInfo::default());
        let flight = resources.create_flight(1).expect("a flight");
        let made: Vec<Resource> = (0..frame.resources.len()).map(|index| make(frame, index, &resources)).collect();
        let passes: Vec<Accesses> = (0..frame.passes.len()).map(|pass| accesses(frame, pass, &made)).collect();
        let compiled = compile(&passes, &resources, flight, &queue);
        Self { queue, resources, flight, passes, compiled }
    }
}

fn make(frame: &Frame, index: usize, resources: &Resources) -> Resource {
    let resource = &frame.resources[index];
    if resource.is_buffer {
        use BufferUsage as U;
        let usage = U::TRANSFER_SRC | U::TRANSFER_DST | U::STORAGE_BUFFER | U::VERTEX_BUFFER | U::INDEX_BUFFER;
        let info = BufferCreateInfo { usage, ..BufferCreateInfo::default() };
        let layout =
            DeviceLayout::new_unsized::<[u8]>(RANGE_BYTES * resource.ranges.len().max(1) as u64).expect("a size");
        return Resource::Buffer(
            resources.create_buffer(info, AllocationCreateInfo::default(), layout).expect("a buffer"),
        );
    }
    use ImageUsage as U;
    let mut uses = frame.passes.iter().flat_map(|pass| &pass.uses);
    let is_depth = uses.any(|used| used.resource == index && used.usage.word.starts_with("depth"));
    let usage = U::TRANSFER_SRC | U::TRANSFER_DST | U::SAMPLED;
    let (format, usage) = if is_depth {
        (Format::D32_SFLOAT, usage | U::DEPTH_STENCIL_ATTACHMENT)
    } else {
        (Format::R8G8B8A8_UNORM, usage | U::COLOR_ATTACHMENT | U::STORAGE)
    };
    let info = ImageCreateInfo {
        image_type: ImageType::Dim2d,
        format,
        extent: [64, 64, 1],
        mip_levels: resource.mips,
        array_layers: resource.layers,
        usage,
        ..ImageCreateInfo::default()
    };
    Resource::Image(resources.create_image(info, AllocationCreateInfo::default()).expect("an image"))
}

fn accesses(frame: &Frame, pass: usize, made: &[Resource]) -> Accesses {
    let uses = &frame.passes[pass].uses;
    let access = |used: &crate::frame::Use| {
        let layouts = uses.iter().filter(|other| other.resource == used.resource).map(|other| other.usage.layout);
        let one = layouts.clone().all(|layout| layout == used.usage.layout);
        let layout = if one { ImageLayoutType::Optimal } else { ImageLayoutType::General };
        (made[used.resource], types(&used.usage.word), layout)
    };
    uses.iter().map(access).collect()
}

fn compile(
    passes: &[Accesses],
    resources: &Arc<Resources>,
    flight: Id<Flight>,
    queue: &Arc<Queue>,
) -> ExecutableTaskGraph<()> {
    let mut graph = vulkano_taskgraph::graph::TaskGraph::<()>::new(resources, 64, 256);
    let mut before = None;
    for (index, accesses) in passes.iter().enumerate() {
        let mut node = graph.create_task_node(format!("{index}"), QueueFamilyType::Graphics, Work(index as u32 + 1));
        for (resource, types, layout) in accesses {
            match resource {
                Resource::Buffer(id) => node.buffer_access(*id, *types),
                Resource::Image(id) => node.image_access(*id, *types, *layout),
            };
        }
        let node = node.build();
        if let Some(before) = before.replace(node) {
            graph.add_edge(before, node).expect("both are in the graph");
        }
    }
    let info = CompileInfo { queues: &[queue], flight_id: flight, ..CompileInfo::default() };
    // SAFETY: one queue that can do everything.
    match unsafe { graph.compile(&info) } {
        Ok(compiled) => compiled,
        Err(error) => panic!("{:?}", error.kind),
    }
}

impl Planner for TaskGraph {
    fn name(&self) -> &str {
        "vulkano-taskgraph 0.35.1"
    }

    fn frame(&mut self) -> (Duration, Duration) {
        let start = Instant::now();
        let again = compile(&self.passes, &self.resources, self.flight, &self.queue);
        let planning = start.elapsed();
        // The first one goes on: what it compiled is the same.
        drop(again);
        let start = Instant::now();
        let map = ResourceMap::new(&self.compiled).expect("the resources are there");
        // SAFETY: no other graph is executing.
        unsafe { self.compiled.execute(map, &(), || {}) }.expect("it is executed");
        let recording = start.elapsed();
        self.resources.flight(self.flight).expect("the flight").wait(None).expect("it is done");
        (planning, recording)
    }
}

fn types(word: &str) -> AccessTypes {
    type A = AccessTypes;
    match word {
        "copy_src" => A::COPY_TRANSFER_READ,
        "copy_dst" => A::COPY_TRANSFER_WRITE,
        "blit_src" => A::BLIT_TRANSFER_READ,
        "blit_dst" => A::BLIT_TRANSFER_WRITE,
        "color_clear" => A::COLOR_ATTACHMENT_WRITE,
        "color_blend" => A::COLOR_ATTACHMENT_READ | A::COLOR_ATTACHMENT_WRITE,
        "depth_clear" => A::DEPTH_STENCIL_ATTACHMENT_WRITE,
        "depth_ro" => A::DEPTH_STENCIL_ATTACHMENT_READ,
        "cs_sampled" => A::COMPUTE_SHADER_SAMPLED_READ,
        "cs_storage_w" => A::COMPUTE_SHADER_STORAGE_WRITE,
        "cs_storage_rw" => A::COMPUTE_SHADER_STORAGE_READ | A::COMPUTE_SHADER_STORAGE_WRITE,
        "fs_sampled" => A::FRAGMENT_SHADER_SAMPLED_READ,
        "fs_storage_r" => A::FRAGMENT_SHADER_STORAGE_READ,
        "vs_storage_r" => A::VERTEX_SHADER_STORAGE_READ,
        "vertex" => A::VERTEX_ATTRIBUTE_READ,
        "index" => A::INDEX_READ,
        other => panic!("no access is known for `{other}`"),
    }
}
