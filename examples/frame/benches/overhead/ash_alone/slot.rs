//! What a frame in flight has to itself.

use std::ptr::NonNull;

use ash::vk;
use fencewright_graphics::{CommandMemory, VkRenderer};

use crate::Error;
use crate::host_memory::HostMemory;

/// What a frame in flight has to itself.
pub struct Slot {
    pub pool: vk::CommandPool,
    /// What the driver's commands are in, where it is kept as ours is.
    memory: Option<NonNull<HostMemory>>,
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
    pub fn new(renderer: &VkRenderer, memory: CommandMemory) -> Result<Self, Error> {
        let device = renderer.device();
        let memory = match memory {
            CommandMemory::Kept => Some(HostMemory::new()),
            CommandMemory::Driver => None,
        };
        let callbacks = memory.map(HostMemory::callbacks);
        let info = vk::CommandPoolCreateInfo::default()
            .flags(vk::CommandPoolCreateFlags::TRANSIENT)
            .queue_family_index(renderer.queue_family());
        // SAFETY: the device is alive; so it is below. The memory is there until the pool goes.
        let pool = unsafe { device.create_command_pool(&info, callbacks.as_ref()) }?;
        let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).command_buffer_count(28);
        // SAFETY: the pool is of this device.
        let buffers = unsafe { device.allocate_command_buffers(&info) }?;
        // SAFETY: the description is whole.
        let fence = unsafe { device.create_fence(&vk::FenceCreateInfo::default(), None) }?;
        Ok(Self { pool, memory, buffers, fence, staging: Staging::new(renderer, device, 4 << 20)? })
    }

    /// Destroys what was made.
    ///
    /// # Safety
    ///
    /// The device is done with all of it.
    pub unsafe fn destroy(self, device: &ash::Device) {
        let Self { pool, memory, fence, staging, .. } = self;
        // SAFETY: the caller's promise; so it is below.
        unsafe { device.destroy_fence(fence, None) };
        let callbacks = memory.map(HostMemory::callbacks);
        // SAFETY: as above; the pool was created with these.
        unsafe { device.destroy_command_pool(pool, callbacks.as_ref()) };
        if let Some(memory) = memory {
            // SAFETY: the pool has gone, and all that it had.
            unsafe { HostMemory::destroy(memory) };
        }
        // SAFETY: as above.
        unsafe { device.destroy_buffer(staging.buffer, None) };
        // SAFETY: as above.
        unsafe { device.free_memory(staging.memory, None) };
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
