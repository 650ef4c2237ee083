//! Fencewright: the planner, and its calls recorded on a device of our own.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ash::vk;
use ash::vk::Handle as _;
use fencewright_graphics::plan::{
    AccessInput, Effort, Entry, Exit, Input, Options, PassInput, Plan, Policy, ResourceInput, ResourceRef, Shape,
    Sharing, Subresource, plan,
};
use fencewright_graphics::usage::{ImageUse, UsageRow};
use fencewright_graphics::{Access, CallStructures, PassKind, Queue, RawHandle};

use crate::Planner;
use crate::frame::{Frame, Kind, Part, RANGE_BYTES, Usage};

pub(crate) struct Ours {
    name: &'static str,
    device: ash::Device,
    queue: vk::Queue,
    pool: vk::CommandPool,
    input: Input,
    handles: Vec<RawHandle>,
    _alive: (ash::Entry, ash::Instance),
}

impl Ours {
    pub(crate) fn new(name: &'static str, policy: Policy, frame: &Frame) -> Self {
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let entry = ash::Entry::load().expect("there is a loader");
            let about = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
            let info = vk::InstanceCreateInfo::default().application_info(&about);
            let instance = entry.create_instance(&info, None).expect("an instance");
            let physical = instance.enumerate_physical_devices().expect("devices")[0];
            let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
            let mut v13 = vk::PhysicalDeviceVulkan13Features::default().synchronization2(true);
            let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).push_next(&mut v13);
            let device = instance.create_device(physical, &info, None).expect("a device");
            let queue = device.get_device_queue(0, 0);
            let reset = vk::CommandPoolCreateFlags::RESET_COMMAND_BUFFER;
            let pool =
                device.create_command_pool(&vk::CommandPoolCreateInfo::default().flags(reset), None).expect("a pool");
            let input = steady(frame, policy);
            // The layer passes no barrier on, so that the handles need not be alive.
            let handles = frame.resources.iter().enumerate().map(|(index, resource)| match resource.is_buffer {
                true => RawHandle::Buffer(vk::Buffer::from_raw(index as u64 + 1)),
                false => RawHandle::Image(vk::Image::from_raw(index as u64 + 1)),
            });
            let handles = handles.collect();
            Self { name, device, queue, pool, input, handles, _alive: (entry, instance) }
        }
    }

    /// Records and submits.
    fn record(&self, plan: &Plan) -> vk::CommandBuffer {
        // SAFETY: plain Vulkan; the layer passes on neither barriers nor work.
        unsafe {
            let info = vk::CommandBufferAllocateInfo::default().command_pool(self.pool).command_buffer_count(1);
            let commands = self.device.allocate_command_buffers(&info).expect("a command buffer")[0];
            self.device.begin_command_buffer(commands, &vk::CommandBufferBeginInfo::default()).expect("it begins");
            for pass in 0..=plan.passes.len() {
                if let Some(call) = plan.call(pass) {
                    let structures = CallStructures::new(&call.barriers, &self.handles);
                    self.device.cmd_pipeline_barrier2(commands, &structures.dependency_info());
                }
                if pass < plan.passes.len() {
                    self.device.cmd_dispatch(commands, pass as u32 + 1, 1, 1);
                }
            }
            self.device.end_command_buffer(commands).expect("it ends");
            let buffers = [vk::CommandBufferSubmitInfo::default().command_buffer(commands)];
            let submit = [vk::SubmitInfo2::default().command_buffer_infos(&buffers)];
            self.device.queue_submit2(self.queue, &submit, vk::Fence::null()).expect("it is submitted");
            commands
        }
    }
}

impl Planner for Ours {
    fn name(&self) -> &str {
        self.name
    }

    fn frame(&mut self) -> (Duration, Duration) {
        let start = Instant::now();
        let planned = plan(&self.input).expect("the frame can be planned");
        let planning = start.elapsed();
        let start = Instant::now();
        let commands = self.record(&planned);
        let recording = start.elapsed();
        // SAFETY: as above.
        unsafe {
            self.device.queue_wait_idle(self.queue).expect("it is done");
            self.device.free_command_buffers(self.pool, &[commands]);
        }
        (planning, recording)
    }
}

/// Makes the input of a frame that finds what it leaves.
fn steady(frame: &Frame, policy: Policy) -> Input {
    let options = Options { policy, effort: Effort::default(), ..Options::default() };
    let mut input = Input { passes: passes(frame), options, ..Input::default() };
    input.resources = frame
        .resources
        .iter()
        .map(|resource| ResourceInput {
            name: resource.name.clone(),
            shape: if resource.is_buffer {
                Shape::Buffer { len_bytes: RANGE_BYTES * resource.ranges.len().max(1) as u64 }
            } else {
                Shape::Image { mips: resource.mips, layers: resource.layers, aspects: vk::ImageAspectFlags::COLOR }
            },
            entry: Entry::Ready {
                layout: if resource.is_buffer { vk::ImageLayout::UNDEFINED } else { vk::ImageLayout::GENERAL },
            },
            exit: Exit::Nothing,
            sharing: Sharing::default(),
        })
        .collect();
    for _ in 0..3 {
        let left = plan(&input).expect("the frame can be planned").exit;
        for (resource, left) in input.resources.iter_mut().zip(left) {
            resource.entry = Entry::Persisted(left);
        }
    }
    input
}

fn passes(frame: &Frame) -> Vec<PassInput> {
    let mut written: Vec<(usize, Part)> = Vec::new();
    let mut passes = Vec::new();
    for (index, pass) in frame.passes.iter().enumerate() {
        let mut accesses = Vec::new();
        for used in &pass.uses {
            // What is overwritten before anything of it was used in this frame is not kept.
            let first = !written.contains(&(used.resource, used.part));
            written.push((used.resource, used.part));
            accesses.push(AccessInput {
                resource: ResourceRef(used.resource),
                part: part(frame, used.resource, used.part),
                usage: row(&used.usage),
                access: if used.usage.writes { Access::Write } else { Access::Read },
                discard: first && used.usage.overwrites,
                concurrent: false,
                at: None,
            });
        }
        passes.push(PassInput {
            system: index,
            name: Arc::from(pass.name.as_str()),
            stage: Arc::from("frame"),
            kind: match pass.kind {
                Kind::Raster => PassKind::Raster,
                Kind::Compute => PassKind::Compute,
                Kind::Transfer => PassKind::Transfer,
            },
            queue: Queue::Graphics,
            auto_barriers: true,
            accesses,
        });
    }
    passes
}

fn part(frame: &Frame, resource: usize, part: Part) -> Subresource {
    let resource = &frame.resources[resource];
    if resource.is_buffer {
        let bytes = match part {
            Part::Range(index) => u64::from(index) * RANGE_BYTES..(u64::from(index) + 1) * RANGE_BYTES,
            Part::Whole | Part::Mip(_) | Part::Layer(_) => 0..u64::MAX,
        };
        return Subresource::Buffer { bytes };
    }
    let (mut mips, mut layers) = (0..resource.mips, 0..resource.layers);
    match part {
        Part::Mip(mip) => mips = mip..mip + 1,
        Part::Layer(layer) => layers = layer..layer + 1,
        Part::Whole | Part::Range(_) => {}
    }
    Subresource::Image { aspects: vk::ImageAspectFlags::COLOR, mips, layers }
}

/// Makes a row of the table of usages; it lives as long as the program.
fn row(usage: &Usage) -> &'static UsageRow {
    let layout =
        vk::ImageLayout::from_raw(if usage.layout == 0 { vk::ImageLayout::GENERAL.as_raw() } else { usage.layout });
    let access = vk::AccessFlags2::from_raw(usage.access);
    Box::leak(Box::new(UsageRow {
        name: usage.word.clone().leak(),
        stages: vk::PipelineStageFlags2::from_raw(usage.stages),
        read: (!usage.writes).then_some(access),
        write: usage.writes.then_some(access),
        buffer: Some(vk::BufferUsageFlags::empty()),
        image: Some(ImageUse { usage: vk::ImageUsageFlags::empty(), read_layout: layout, write_layout: layout }),
        passes: &[],
        spec: "",
    }))
}
