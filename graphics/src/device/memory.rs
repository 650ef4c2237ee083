//! Memory for buffers and images, behind a trait small enough to be replaced.

use std::any::Any;
use std::ptr::NonNull;
use std::sync::{Mutex, PoisonError};

use ash::vk;
use gpu_allocator::vulkan as ga;
use gpu_allocator::{AllocationError, AllocationSizes, MemoryLocation};

use crate::record::error::VkError;
use crate::record::table::Table;

/// Where a buffer's memory is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Fast for the device; the host does not see it.
    #[default]
    Device,
    /// Written by the host, read by the device.
    Upload,
    /// Written by the device, read by the host: [`VkRenderer::read_buffer`](crate::VkRenderer::read_buffer).
    Readback,
}

impl Memory {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Device => "device-local",
            Self::Upload => "host-visible (upload)",
            Self::Readback => "host-visible (readback)",
        }
    }

    const fn location(self) -> MemoryLocation {
        match self {
            Self::Device => MemoryLocation::GpuOnly,
            Self::Upload => MemoryLocation::CpuToGpu,
            Self::Readback => MemoryLocation::GpuToCpu,
        }
    }
}

/// Memory that something can be bound to.
pub(crate) struct Allocation {
    pub(crate) memory: vk::DeviceMemory,
    pub(crate) offset: u64,
    /// Where the host finds it, if it does.
    pub(crate) mapped: Option<Mapped>,
    /// What the allocator knows it by.
    token: Box<dyn Any + Send + Sync>,
}

/// Memory that the host sees.
#[derive(Clone, Copy)]
pub(crate) struct Mapped {
    start: NonNull<u8>,
    memory: vk::DeviceMemory,
    /// Whether the host sees it without flush and invalidate.
    coherent: bool,
}

// SAFETY: `start` points to memory of the device, which lives until the allocation is freed and is bound to no thread.
unsafe impl Send for Mapped {}
// SAFETY: as above; who reads or writes through `start` says why nobody else does.
unsafe impl Sync for Mapped {}

impl Mapped {
    /// Copies bytes there, and makes them visible to the device.
    ///
    /// # Safety
    ///
    /// The allocation is alive and holds `bytes.len()` bytes from `offset` on, which nobody else, the device included, reads or
    /// writes now.
    pub(crate) unsafe fn write(self, table: &Table, offset: u64, bytes: &[u8]) -> Result<(), VkError> {
        // SAFETY: the offset lies inside the allocation: the caller's promise.
        let place = unsafe { self.start.add(offset as usize) };
        // SAFETY: the caller's promise.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), place.as_ptr(), bytes.len()) };
        if self.coherent {
            return Ok(());
        }
        // SAFETY: the memory is mapped.
        let flushed = unsafe { table.device.flush_mapped_memory_ranges(&self.range()) };
        flushed.map_err(VkError::of("vkFlushMappedMemoryRanges"))
    }

    /// Copies `len` bytes from there, after making what the device wrote visible to the host.
    ///
    /// # Safety
    ///
    /// The allocation is alive and holds `len` bytes, which nobody, the device included, writes now.
    pub(crate) unsafe fn read(self, table: &Table, len: usize) -> Result<Vec<u8>, VkError> {
        if !self.coherent {
            // SAFETY: the memory is mapped.
            let invalidated = unsafe { table.device.invalidate_mapped_memory_ranges(&self.range()) };
            invalidated.map_err(VkError::of("vkInvalidateMappedMemoryRanges"))?;
        }
        // SAFETY: the caller's promise; the memory is initialised as far as Rust can know: the device wrote it.
        Ok(unsafe { std::slice::from_raw_parts(self.start.as_ptr(), len) }.to_vec())
    }

    /// The whole `VkDeviceMemory`, so that no rule about the alignment of ranges can be broken.
    fn range(self) -> [vk::MappedMemoryRange<'static>; 1] {
        [vk::MappedMemoryRange::default().memory(self.memory).size(vk::WHOLE_SIZE)]
    }
}

/// What memory is wanted for.
#[derive(Clone, Copy)]
pub(crate) struct Want<'a> {
    pub(crate) name: &'a str,
    pub(crate) requirements: vk::MemoryRequirements,
    pub(crate) memory: Memory,
    /// Buffers and linear images; optimal images keep apart from them.
    pub(crate) linear: bool,
}

/// Gives out device memory.
pub(crate) trait Allocate: Send + Sync {
    /// Allocates.
    fn allocate(&self, want: Want<'_>) -> Result<Allocation, VkError>;
    /// Takes an allocation of its own back; nothing is bound to it any more.
    fn free(&self, allocation: Allocation);
}

/// The allocator of the crate `gpu-allocator`.
pub(crate) struct GpuAllocator(Mutex<ga::Allocator>);

impl GpuAllocator {
    pub(crate) fn new(
        instance: &ash::Instance,
        device: &ash::Device,
        physical: vk::PhysicalDevice,
    ) -> Result<Self, VkError> {
        let allocator = ga::Allocator::new(&ga::AllocatorCreateDesc {
            instance: instance.clone(),
            device: device.clone(),
            physical_device: physical,
            debug_settings: quiet(),
            buffer_device_address: false,
            allocation_sizes: AllocationSizes::new(64 << 20, 16 << 20),
        });
        allocator
            .map(|allocator| Self(Mutex::new(allocator)))
            .map_err(|error| name_failure(error, "memory", Memory::Device))
    }
}

/// Turns off what the allocator would log.
fn quiet() -> gpu_allocator::AllocatorDebugSettings {
    let mut settings = gpu_allocator::AllocatorDebugSettings::default();
    settings.log_leaks_on_shutdown = false;
    settings
}

impl Allocate for GpuAllocator {
    fn allocate(&self, want: Want<'_>) -> Result<Allocation, VkError> {
        let mut allocator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let allocation = allocator.allocate(&ga::AllocationCreateDesc {
            name: want.name,
            requirements: want.requirements,
            location: want.memory.location(),
            linear: want.linear,
            allocation_scheme: ga::AllocationScheme::GpuAllocatorManaged,
        });
        let allocation = allocation.map_err(|error| name_failure(error, want.name, want.memory))?;
        // SAFETY: the memory is freed only through `free`, which takes the allocation; nothing is mapped anew.
        let memory = unsafe { allocation.memory() };
        Ok(Allocation {
            memory,
            offset: allocation.offset(),
            mapped: allocation.mapped_ptr().map(|start| Mapped {
                start: start.cast(),
                memory,
                coherent: allocation.memory_properties().contains(vk::MemoryPropertyFlags::HOST_COHERENT),
            }),
            token: Box::new(allocation),
        })
    }

    fn free(&self, allocation: Allocation) {
        let Ok(allocation) = allocation.token.downcast::<ga::Allocation>() else { return };
        let mut allocator = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // It fails for allocations of another allocator alone.
        let _ = allocator.free(*allocation);
    }
}

fn name_failure(error: AllocationError, resource: &str, memory: Memory) -> VkError {
    match error {
        AllocationError::OutOfMemory => VkError::OutOfMemory {
            side: match memory {
                Memory::Device => "device",
                Memory::Upload | Memory::Readback => "host-visible device",
            },
            doing: format!("allocating for `{resource}`"),
        },
        AllocationError::NoCompatibleMemoryTypeFound => {
            VkError::NoMemoryType { resource: resource.to_owned(), memory: memory.words() }
        }
        error => VkError::BadDesc { what: format!("memory for `{resource}`"), why: error.to_string() },
    }
}
