//! What a frame in flight has to itself.

use ash::vk;
use fencewright_graphics::VkRenderer;

use crate::Error;

/// What a frame in flight has to itself.
pub struct Slot {
    pub pool: vk::CommandPool,
    pub buffers: Vec<vk::CommandBuffer>,
    pub fence: vk::Fence,
    pub staging: Staging,
}

pub struct Staging {
    pub buffer: vk::Buffer,
    pub memory: vk::DeviceMemory,
    pub mapped: *mut u8,
}

impl Slot {
    pub fn new(renderer: &VkRenderer) -> Result<Self, Error> {
        let device = renderer.device();
        let info = vk::CommandPoolCreateInfo::default().flags(vk::CommandPoolCreateFlags::TRANSIENT);
        // SAFETY: the device is alive; so it is below.
        let pool = unsafe { device.create_command_pool(&info.queue_family_index(renderer.queue_family()), None) }?;
        let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).command_buffer_count(28);
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
