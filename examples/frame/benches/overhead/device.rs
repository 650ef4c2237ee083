//! A device that can be told to do nothing, and whose calls can be counted.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use ash::vk;
use fencewright_graphics::{RawDevice, RawQueue, RendererDesc, VkRenderer};

use crate::Error;

/// Whether the command buffers that are submitted get to the driver.
static RENDERS: AtomicBool = AtomicBool::new(true);

/// Says whether what is submitted is executed; where not, only the signals of the submissions are.
pub fn renders(renders: bool) {
    RENDERS.store(renders, Ordering::Relaxed);
}

/// One function that is counted.
struct Counted {
    name: &'static str,
    calls: &'static AtomicU64,
}

static COUNTED: Mutex<Vec<Counted>> = Mutex::new(Vec::new());

/// Takes the counts since the last call: each function that was called.
pub fn take_counts() -> Vec<(&'static str, u64)> {
    let counted = COUNTED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut counts: Vec<_> = counted.iter().map(|c| (c.name, c.calls.swap(0, Ordering::Relaxed))).collect();
    counts.retain(|(_, calls)| *calls > 0);
    counts.sort_unstable();
    counts
}

/// Puts a function that counts, and then calls the driver's, in the place of one of a table.
macro_rules! count {
    ($table:ident: $($function:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)?;)*) => {$({
        static DRIVER: OnceLock<unsafe extern "system" fn($($kind),*) $(-> $result)?> = OnceLock::new();
        static CALLS: AtomicU64 = AtomicU64::new(0);
        unsafe extern "system" fn counting($($argument: $kind),*) $(-> $result)? {
            CALLS.fetch_add(1, Ordering::Relaxed);
            let Some(driver) = DRIVER.get() else { std::process::abort() };
            // SAFETY: the caller's promise, which is that of the driver's function.
            unsafe { driver($($argument),*) }
        }
        let _ = DRIVER.set($table.$function);
        $table.$function = counting;
        let counted = Counted { name: stringify!($function), calls: &CALLS };
        COUNTED.lock().unwrap_or_else(PoisonError::into_inner).push(counted);
    })*};
}

static SUBMIT: OnceLock<vk::PFN_vkQueueSubmit2> = OnceLock::new();

unsafe extern "system" fn submit(
    queue: vk::Queue,
    count: u32,
    submits: *const vk::SubmitInfo2<'_>,
    fence: vk::Fence,
) -> vk::Result {
    let Some(driver) = SUBMIT.get() else { return vk::Result::ERROR_UNKNOWN };
    if RENDERS.load(Ordering::Relaxed) || count != 1 {
        // SAFETY: the caller's promise.
        return unsafe { driver(queue, count, submits, fence) };
    }
    // SAFETY: there is one.
    let mut alone = unsafe { *submits };
    alone.command_buffer_info_count = 0;
    // SAFETY: the caller's promise; without command buffers there is nothing that it could not hold for.
    unsafe { driver(queue, 1, &raw const alone, fence) }
}

/// Makes a renderer on the device of another one, with functions of our own in between.
pub fn between(renderer: &VkRenderer, desc: RendererDesc, counts: bool) -> Result<VkRenderer, Error> {
    let device = renderer.device();
    let (mut v10, mut v13) = (device.fp_v1_0().clone(), device.fp_v1_3().clone());
    if counts {
        count(&mut v10, &mut v13);
    }
    let _ = SUBMIT.set(v13.queue_submit2);
    v13.queue_submit2 = submit;
    let (v11, v12) = (device.fp_v1_1().clone(), device.fp_v1_2().clone());
    let family = renderer.queue_family();
    // SAFETY: the renderer made its device with this queue.
    let queue = unsafe { device.get_device_queue(family, 0) };
    // SAFETY: there is a loader: the other renderer found it.
    let entry = unsafe { ash::Entry::load() }?;
    let raw = RawDevice {
        entry,
        instance: renderer.instance().clone(),
        physical_device: renderer.physical_device(),
        device: ash::Device::from_parts_1_3(device.handle(), v10, v11, v12, v13),
        queues: vec![RawQueue { raw: queue, family, role: fencewright_graphics::Queue::Graphics }],
        debug_utils: true,
        validation_layer: None,
    };
    // SAFETY: the other renderer made all of it for itself, does not use the queue meanwhile, and outlives this one.
    Ok(unsafe { VkRenderer::from_raw(raw, desc) }?)
}

/// Counts all that a frame of either kind calls.
fn count(v10: &mut ash::DeviceFnV1_0, v13: &mut ash::DeviceFnV1_3) {
    type Commands = vk::CommandBuffer;
    count! { v10:
        reset_command_pool(device: vk::Device, pool: vk::CommandPool, flags: vk::CommandPoolResetFlags) -> vk::Result;
        allocate_command_buffers(
            device: vk::Device,
            info: *const vk::CommandBufferAllocateInfo<'_>,
            buffers: *mut Commands,
        ) -> vk::Result;
        begin_command_buffer(commands: Commands, info: *const vk::CommandBufferBeginInfo<'_>) -> vk::Result;
        end_command_buffer(commands: Commands) -> vk::Result;
        cmd_bind_pipeline(commands: Commands, point: vk::PipelineBindPoint, pipeline: vk::Pipeline);
        cmd_bind_descriptor_sets(
            commands: Commands,
            point: vk::PipelineBindPoint,
            layout: vk::PipelineLayout,
            first: u32,
            sets: u32,
            set: *const vk::DescriptorSet,
            offsets: u32,
            offset: *const u32,
        );
        cmd_dispatch(commands: Commands, x: u32, y: u32, z: u32);
        cmd_set_viewport(commands: Commands, first: u32, count: u32, viewports: *const vk::Viewport);
        cmd_set_scissor(commands: Commands, first: u32, count: u32, scissors: *const vk::Rect2D);
        cmd_bind_vertex_buffers(
            commands: Commands,
            first: u32,
            count: u32,
            buffers: *const vk::Buffer,
            offsets: *const vk::DeviceSize,
        );
        cmd_bind_index_buffer(commands: Commands, buffer: vk::Buffer, offset: vk::DeviceSize, kind: vk::IndexType);
        cmd_draw(commands: Commands, vertices: u32, instances: u32, first: u32, first_instance: u32);
        cmd_draw_indexed_indirect(
            commands: Commands,
            buffer: vk::Buffer,
            offset: vk::DeviceSize,
            count: u32,
            stride: u32,
        );
        cmd_copy_buffer(
            commands: Commands,
            from: vk::Buffer,
            to: vk::Buffer,
            count: u32,
            regions: *const vk::BufferCopy,
        );
        cmd_copy_image_to_buffer(
            commands: Commands,
            from: vk::Image,
            layout: vk::ImageLayout,
            to: vk::Buffer,
            count: u32,
            regions: *const vk::BufferImageCopy,
        );
        flush_mapped_memory_ranges(
            device: vk::Device,
            count: u32,
            ranges: *const vk::MappedMemoryRange<'_>,
        ) -> vk::Result;
    }
    count! { v13:
        cmd_pipeline_barrier2(commands: Commands, info: *const vk::DependencyInfo<'_>);
        cmd_begin_rendering(commands: Commands, info: *const vk::RenderingInfo<'_>);
        cmd_end_rendering(commands: Commands);
        queue_submit2(
            queue: vk::Queue,
            count: u32,
            submits: *const vk::SubmitInfo2<'_>,
            fence: vk::Fence,
        ) -> vk::Result;
    }
}

/// Minor page faults of this thread so far.
pub fn page_faults() -> u64 {
    // The tenth number after the name in parentheses.
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or_default();
    after.split_whitespace().nth(7).and_then(|faults| faults.parse().ok()).unwrap_or_default()
}
