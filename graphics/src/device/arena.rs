//! Memory for uploads: filled by the host while a frame is recorded, taken back when the frame is done.

use std::sync::{Arc, Mutex, PoisonError};

use ash::vk;

use crate::device::create;
use crate::device::memory::{Allocate, Allocation, Mapped, Memory, Want};
use crate::record::error::VkError;
use crate::record::recorder::Staging;
use crate::record::table::Table;

/// The upload memory of one frame in flight: buffers that are filled one after another.
pub(crate) struct Arena {
    table: Arc<Table>,
    memory: Arc<dyn Allocate>,
    chunk_bytes: u64,
    /// The families that share it; none, where there is one.
    families: Vec<u32>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    chunks: Vec<Chunk>,
    /// The chunk that is being filled, and how far.
    current: usize,
    used: u64,
}

struct Chunk {
    buffer: vk::Buffer,
    len_bytes: u64,
    mapped: Mapped,
    allocation: Allocation,
}

impl Arena {
    pub(crate) fn new(table: Arc<Table>, memory: Arc<dyn Allocate>, chunk_bytes: u64, families: Vec<u32>) -> Self {
        Self { table, memory, chunk_bytes: chunk_bytes.max(256), families, state: Mutex::default() }
    }

    /// Sets `len` bytes aside.
    fn reserve(&self, len: u64, align: u64) -> Result<(vk::Buffer, u64, Mapped), VkError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let start = state.used.next_multiple_of(align);
            match state.chunks.get(state.current) {
                Some(chunk) if start + len <= chunk.len_bytes => {
                    let found = (chunk.buffer, start, chunk.mapped);
                    state.used = start + len;
                    return Ok(found);
                }
                Some(_) => state.current += 1,
                None => {
                    let chunk = self.chunk(len)?;
                    state.chunks.push(chunk);
                }
            }
            state.used = 0;
        }
    }

    fn chunk(&self, at_least: u64) -> Result<Chunk, VkError> {
        let len_bytes = at_least.max(self.chunk_bytes);
        let info = vk::BufferCreateInfo::default()
            .size(len_bytes)
            .usage(vk::BufferUsageFlags::TRANSFER_SRC)
            .sharing_mode(create::sharing_mode(&self.families))
            .queue_family_indices(&self.families);
        // SAFETY: the size is not 0.
        let buffer = unsafe { self.table.device.create_buffer(&info, None) };
        let buffer = buffer.map_err(VkError::of("vkCreateBuffer"))?;
        let bound = self.bind(buffer);
        let allocation = bound.inspect_err(|_| {
            // SAFETY: it was just made, and nothing uses it.
            unsafe { self.table.device.destroy_buffer(buffer, None) };
        })?;
        self.table.name(buffer, "uploads");
        let mapped = allocation.mapped;
        let chunk = mapped.map(|mapped| Chunk { buffer, len_bytes, mapped, allocation });
        chunk.ok_or_else(|| VkError::NoMemoryType { resource: "uploads".to_owned(), memory: Memory::Upload.words() })
    }

    fn bind(&self, buffer: vk::Buffer) -> Result<Allocation, VkError> {
        // SAFETY: the buffer is of this device.
        let requirements = unsafe { self.table.device.get_buffer_memory_requirements(buffer) };
        let want = Want { name: "uploads", requirements, memory: Memory::Upload, linear: true };
        let allocation = self.memory.allocate(want)?;
        // SAFETY: the memory is fit for the buffer, free, and of this device.
        let bound = unsafe { self.table.device.bind_buffer_memory(buffer, allocation.memory, allocation.offset) };
        match bound {
            Ok(()) => Ok(allocation),
            Err(result) => {
                self.memory.free(allocation);
                Err(VkError::from_result("vkBindBufferMemory", result))
            }
        }
    }
}

impl Staging for Arena {
    fn stage(&self, bytes: &[u8], align: u64) -> Result<(vk::Buffer, u64), VkError> {
        let (buffer, start, mapped) = self.reserve(bytes.len() as u64, align)?;
        // SAFETY: `reserve` gives each byte out once until `reset`, which nobody calls before the device has finished.
        unsafe { mapped.write(&self.table, start, bytes) }?;
        Ok((buffer, start))
    }

    fn reset(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        state.current = 0;
        state.used = 0;
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        for chunk in state.chunks.drain(..) {
            // SAFETY: the arena goes with its frame slot, after the device has finished with it.
            unsafe { self.table.device.destroy_buffer(chunk.buffer, None) };
            self.memory.free(chunk.allocation);
        }
    }
}
