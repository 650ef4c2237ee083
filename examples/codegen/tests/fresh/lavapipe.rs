// A device with the validation layer, for tests of generated code. What is made lives until the program ends.

use std::cell::Cell;
use std::ffi::{CStr, c_void};
use std::sync::{Mutex, PoisonError};

use ash::vk;

pub(crate) type Res<T> = Result<T, Box<dyn std::error::Error>>;

static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub(crate) struct Gpu {
    pub(crate) device: ash::Device,
    queue: vk::Queue,
    pool: vk::CommandPool,
    memory_types: u32,
    /// Timelines of three queues, with how often each was signalled.
    timelines: [(vk::Semaphore, Cell<u64>); 3],
    /// The pass whose barriers are left out.
    pub(crate) skipped: Cell<usize>,
    _alive: (ash::Entry, ash::Instance),
}

unsafe extern "system" fn heard(
    _: vk::DebugUtilsMessageSeverityFlagsEXT,
    _: vk::DebugUtilsMessageTypeFlagsEXT,
    data: *const vk::DebugUtilsMessengerCallbackDataEXT<'_>,
    _: *mut c_void,
) -> vk::Bool32 {
    // SAFETY: the layer passes a valid message; so it is below.
    let data = unsafe { &*data };
    // SAFETY: as above; there may be no name.
    let id = (!data.p_message_id_name.is_null()).then(|| unsafe { CStr::from_ptr(data.p_message_id_name) });
    // How the layer was switched on: the environment holds what older layers need and newer ones call deprecated.
    if id == Some(c"VALIDATION-SETTINGS") {
        return vk::FALSE;
    }
    // SAFETY: as above.
    let text = unsafe { CStr::from_ptr(data.p_message) }.to_string_lossy().into_owned();
    MESSAGES.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    vk::FALSE
}

/// Takes what the layer said.
pub(crate) fn messages() -> Vec<String> {
    std::mem::take(&mut *MESSAGES.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Gpu {
    pub(crate) fn new() -> Res<Self> {
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let entry = ash::Entry::load()?;
            let about = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
            let layers = [c"VK_LAYER_KHRONOS_validation".as_ptr()];
            let extensions = [c"VK_EXT_debug_utils".as_ptr(), c"VK_KHR_surface".as_ptr()];
            let severity =
                vk::DebugUtilsMessageSeverityFlagsEXT::WARNING | vk::DebugUtilsMessageSeverityFlagsEXT::ERROR;
            let types = vk::DebugUtilsMessageTypeFlagsEXT::VALIDATION;
            let mut messenger = vk::DebugUtilsMessengerCreateInfoEXT::default()
                .message_severity(severity)
                .message_type(types)
                .pfn_user_callback(Some(heard));
            let settings = messenger;
            let info = vk::InstanceCreateInfo::default()
                .application_info(&about)
                .enabled_layer_names(&layers)
                .enabled_extension_names(&extensions)
                .push_next(&mut messenger);
            let instance = entry.create_instance(&info, None)?;
            ash::ext::debug_utils::Instance::new(&entry, &instance).create_debug_utils_messenger(&settings, None)?;
            let physical = *instance.enumerate_physical_devices()?.first().ok_or("there is no device")?;
            let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
            let mut v13 = vk::PhysicalDeviceVulkan13Features::default().synchronization2(true).dynamic_rendering(true);
            let mut v12 = vk::PhysicalDeviceVulkan12Features::default().timeline_semaphore(true);
            let extensions = [c"VK_KHR_swapchain".as_ptr()];
            let info = vk::DeviceCreateInfo::default()
                .queue_create_infos(&queues)
                .enabled_extension_names(&extensions)
                .push_next(&mut v12)
                .push_next(&mut v13);
            let device = instance.create_device(physical, &info, None)?;
            let queue = device.get_device_queue(0, 0);
            let pool = device.create_command_pool(&vk::CommandPoolCreateInfo::default(), None)?;
            let timeline = || -> Res<_> {
                let mut kind = vk::SemaphoreTypeCreateInfo::default().semaphore_type(vk::SemaphoreType::TIMELINE);
                let info = vk::SemaphoreCreateInfo::default().push_next(&mut kind);
                Ok((device.create_semaphore(&info, None)?, Cell::new(0)))
            };
            let timelines = [timeline()?, timeline()?, timeline()?];
            let memory_types = instance.get_physical_device_memory_properties(physical).memory_type_count;
            Ok(Self {
                device,
                queue,
                pool,
                memory_types,
                timelines,
                skipped: Cell::new(usize::MAX),
                _alive: (entry, instance),
            })
        }
    }

    fn memory(&self, wanted: vk::MemoryRequirements) -> Res<vk::DeviceMemory> {
        let mut types = 0..self.memory_types;
        let index = types.find(|index| wanted.memory_type_bits & 1 << index != 0).ok_or("there is no memory type")?;
        let info = vk::MemoryAllocateInfo::default().allocation_size(wanted.size).memory_type_index(index);
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        Ok(unsafe { self.device.allocate_memory(&info, None) }?)
    }

    pub(crate) fn buffer(&self, len_bytes: u64) -> Res<vk::Buffer> {
        Ok(self.mapped_buffer(len_bytes)?.0)
    }

    /// Makes a buffer and returns its memory; on lavapipe the host sees all memory.
    pub(crate) fn mapped_buffer(&self, len_bytes: u64) -> Res<(vk::Buffer, vk::DeviceMemory)> {
        use vk::BufferUsageFlags as U;
        let usage = U::TRANSFER_SRC | U::TRANSFER_DST | U::STORAGE_BUFFER | U::VERTEX_BUFFER | U::INDEX_BUFFER;
        let info =
            vk::BufferCreateInfo::default().size(len_bytes).usage(usage | U::UNIFORM_BUFFER | U::INDIRECT_BUFFER);
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let buffer = self.device.create_buffer(&info, None)?;
            let memory = self.memory(self.device.get_buffer_memory_requirements(buffer))?;
            self.device.bind_buffer_memory(buffer, memory, 0)?;
            Ok((buffer, memory))
        }
    }

    /// Copies bytes out of memory that the host sees.
    pub(crate) fn read(&self, memory: vk::DeviceMemory, len_bytes: u64) -> Res<Vec<u8>> {
        // SAFETY: the memory holds that many bytes, and the device is idle.
        unsafe {
            let start = self.device.map_memory(memory, 0, len_bytes, vk::MemoryMapFlags::empty())?;
            let bytes = std::slice::from_raw_parts(start.cast::<u8>(), len_bytes as usize).to_vec();
            self.device.unmap_memory(memory);
            Ok(bytes)
        }
    }

    /// Makes what was copied readable by the host.
    pub(crate) fn for_the_host(&self, commands: vk::CommandBuffer) {
        let barrier = [vk::MemoryBarrier2::default()
            .src_stage_mask(vk::PipelineStageFlags2::COPY)
            .src_access_mask(vk::AccessFlags2::TRANSFER_WRITE)
            .dst_stage_mask(vk::PipelineStageFlags2::HOST)
            .dst_access_mask(vk::AccessFlags2::HOST_READ)];
        let info = vk::DependencyInfo::default().memory_barriers(&barrier);
        // SAFETY: the commands are being recorded.
        unsafe { self.device.cmd_pipeline_barrier2(commands, &info) };
    }

    /// Makes an image for colour or for depth, as `aspects` says.
    pub(crate) fn image(&self, mips: u32, layers: u32, aspects: u32) -> Res<vk::Image> {
        self.sized_image(64, mips, layers, vk::ImageAspectFlags::from_raw(aspects))
    }

    pub(crate) fn picture(&self, size: u32) -> Res<vk::Image> {
        self.sized_image(size, 1, 1, vk::ImageAspectFlags::COLOR)
    }

    fn sized_image(&self, size: u32, mips: u32, layers: u32, aspects: vk::ImageAspectFlags) -> Res<vk::Image> {
        use vk::ImageUsageFlags as U;
        let (format, drawn) = if aspects == vk::ImageAspectFlags::DEPTH {
            (vk::Format::D32_SFLOAT, U::DEPTH_STENCIL_ATTACHMENT)
        } else {
            (vk::Format::R8G8B8A8_UNORM, U::STORAGE | U::COLOR_ATTACHMENT)
        };
        let usage = U::TRANSFER_SRC | U::TRANSFER_DST | U::SAMPLED | drawn;
        let info = vk::ImageCreateInfo::default()
            .image_type(vk::ImageType::TYPE_2D)
            .format(format)
            .extent(vk::Extent3D { width: size, height: size, depth: 1 })
            .mip_levels(mips)
            .array_layers(layers)
            .samples(vk::SampleCountFlags::TYPE_1)
            .usage(usage);
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let image = self.device.create_image(&info, None)?;
            let memory = self.memory(self.device.get_image_memory_requirements(image))?;
            self.device.bind_image_memory(image, memory, 0)?;
            Ok(image)
        }
    }

    /// Records, submits and waits.
    pub(crate) fn run(&self, record: impl FnOnce(vk::CommandBuffer)) -> Res<()> {
        self.submit_all(&[], &[], record)?;
        self.wait()
    }

    /// Records, and submits with what a submission waits for and signals.
    pub(crate) fn submit(
        &self,
        queue: usize,
        waits: &[vk::SemaphoreSubmitInfo<'_>],
        signal: vk::SemaphoreSubmitInfo<'_>,
        record: impl FnOnce(vk::CommandBuffer),
    ) -> Res<()> {
        self.timelines[queue].1.set(self.timelines[queue].1.get() + 1);
        self.submit_all(waits, &[signal], record)
    }

    /// Returns the timelines.
    pub(crate) fn semaphores(&self) -> [vk::Semaphore; 3] {
        [0, 1, 2].map(|queue: usize| self.timelines[queue].0)
    }

    /// Returns the values that were signalled.
    pub(crate) fn values(&self) -> [u64; 3] {
        [0, 1, 2].map(|queue: usize| self.timelines[queue].1.get())
    }

    pub(crate) fn wait(&self) -> Res<()> {
        // SAFETY: the queue is the device's.
        Ok(unsafe { self.device.queue_wait_idle(self.queue) }?)
    }

    fn submit_all(
        &self,
        waits: &[vk::SemaphoreSubmitInfo<'_>],
        signals: &[vk::SemaphoreSubmitInfo<'_>],
        record: impl FnOnce(vk::CommandBuffer),
    ) -> Res<()> {
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let info = vk::CommandBufferAllocateInfo::default().command_pool(self.pool).command_buffer_count(1);
            let commands = self.device.allocate_command_buffers(&info)?[0];
            self.device.begin_command_buffer(commands, &vk::CommandBufferBeginInfo::default())?;
            record(commands);
            self.device.end_command_buffer(commands)?;
            let buffers = [vk::CommandBufferSubmitInfo::default().command_buffer(commands)];
            let submit = vk::SubmitInfo2::default().command_buffer_infos(&buffers).wait_semaphore_infos(waits);
            let submit = [submit.signal_semaphore_infos(signals)];
            self.device.queue_submit2(self.queue, &submit, vk::Fence::null())?;
        }
        Ok(())
    }

    /// Puts one mip level of one layer into the layout in which a frame expects it.
    pub(crate) fn prepare(
        &self,
        commands: vk::CommandBuffer,
        image: vk::Image,
        aspects: u32,
        mip: u32,
        layer: u32,
        layout: i32,
    ) {
        let range = vk::ImageSubresourceRange {
            aspect_mask: vk::ImageAspectFlags::from_raw(aspects),
            base_mip_level: mip,
            level_count: 1,
            base_array_layer: layer,
            layer_count: 1,
        };
        let all = vk::PipelineStageFlags2::ALL_COMMANDS;
        let barrier = [vk::ImageMemoryBarrier2::default()
            .src_stage_mask(all)
            .dst_stage_mask(all)
            .dst_access_mask(vk::AccessFlags2::MEMORY_READ | vk::AccessFlags2::MEMORY_WRITE)
            .new_layout(vk::ImageLayout::from_raw(layout))
            .image(image)
            .subresource_range(range)];
        let info = vk::DependencyInfo::default().image_memory_barriers(&barrier);
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe { self.device.cmd_pipeline_barrier2(commands, &info) };
    }
}
