//! Command pools: taken by one thread at a time, given back, and reset by whoever takes them next when their frame is done.

use std::ffi::CStr;
use std::ptr::{self, NonNull};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ash::vk;

use crate::record::attachment::Lowered;
use crate::record::error::VkError;
use crate::record::host_memory::{CommandMemory, HostMemory};
use crate::record::log::Log;
use crate::record::table::Table;

/// The command pools of one frame in flight.
pub(crate) struct Pools {
    table: Arc<Table>,
    family: u32,
    memory: CommandMemory,
    /// The pool that was given back last, if nobody has taken it since: where one thread records, it finds it here without a lock.
    latest: AtomicPtr<Pool>,
    /// The others that are free.
    #[expect(clippy::vec_box, reason = "pools go from hand to hand for every pass, and are not small")]
    free: Mutex<Vec<Box<Pool>>>,
    /// Every pool there is, also those that an encoder has.
    all: Mutex<Vec<RawPool>>,
}

/// A command pool with the host memory that the driver has for it.
pub(crate) struct RawPool {
    raw: vk::CommandPool,
    memory: Option<NonNull<HostMemory>>,
}

// SAFETY: the memory belongs to the pool, and goes where it goes.
unsafe impl Send for RawPool {}

/// A command pool that one thread has to itself.
pub(crate) struct Pool {
    raw: vk::CommandPool,
    primary: Buffers,
    secondary: Buffers,
    /// Whether its command buffers are of a frame that is over.
    stale: bool,
    /// Its primary command buffer that is recording, for the next pass that follows those in it.
    pub(crate) recording: Option<Recording>,
    /// The thread that had it last: what it records into may still be in that thread's caches.
    by: usize,
    /// What the encoder that has it notes.
    pub(crate) log: Log,
    /// Where the encoder that has it works out a rendering.
    pub(crate) rendering: Lowered,
}

/// A command buffer that is recording, outside rendering and labels.
#[derive(Clone, Copy)]
pub(crate) struct Recording {
    pub(crate) raw: vk::CommandBuffer,
    /// The last pass in it.
    pub(crate) last: usize,
}

/// The command buffers of one level; the first `used` of them are in use in this frame.
#[derive(Default)]
struct Buffers {
    all: Vec<Named>,
    used: usize,
}

/// A command buffer, and the name that tools know it by.
struct Named {
    raw: vk::CommandBuffer,
    name: Option<Arc<CStr>>,
}

impl Pools {
    pub(crate) fn new(table: Arc<Table>, family: u32, memory: CommandMemory) -> Self {
        Self { table, family, memory, latest: AtomicPtr::default(), free: Mutex::default(), all: Mutex::default() }
    }

    /// Makes pools until there are `count`.
    pub(crate) fn reserve(&self, count: usize) -> Result<(), VkError> {
        while lock(&self.all).len() < count {
            let pool = self.create()?;
            self.give(pool);
        }
        Ok(())
    }

    /// Takes a pool; only where none is free is one made.
    #[inline]
    pub(crate) fn take(&self) -> Result<Box<Pool>, VkError> {
        let here = here();
        match self.take_latest() {
            Some(pool) if pool.by == here => Ok(pool),
            latest => self.take_another(latest, here),
        }
    }

    #[cold]
    fn take_another(&self, latest: Option<Box<Pool>>, here: usize) -> Result<Box<Pool>, VkError> {
        let mut free = lock(&self.free);
        free.extend(latest);
        let own = free.iter().rposition(|pool| pool.by == here);
        let found = own.or_else(|| free.iter().rposition(|pool| pool.by == 0)).map(|at| free.swap_remove(at));
        let found = found.or_else(|| free.pop());
        drop(free);
        let mut pool = found.map_or_else(|| self.create(), Ok)?;
        pool.by = here;
        Ok(pool)
    }

    fn take_latest(&self) -> Option<Box<Pool>> {
        let latest = self.latest.swap(ptr::null_mut(), Ordering::Acquire);
        // SAFETY: it is of `give`, which let go of the box, and nobody else has taken it out since.
        NonNull::new(latest).map(|latest| unsafe { Box::from_raw(latest.as_ptr()) })
    }

    /// Gives a pool back. None of its command buffers is recording but the one that it says.
    #[inline]
    pub(crate) fn give(&self, pool: Box<Pool>) {
        let before = self.latest.swap(Box::into_raw(pool), Ordering::AcqRel);
        if let Some(before) = NonNull::new(before) {
            // SAFETY: as in `take_latest`.
            self.put_aside(unsafe { Box::from_raw(before.as_ptr()) });
        }
    }

    #[cold]
    fn put_aside(&self, pool: Box<Pool>) {
        lock(&self.free).push(pool);
    }

    /// Calls `each` with every pool that is free, which nobody takes meanwhile.
    pub(crate) fn for_each(&self, each: impl FnMut(&mut Pool)) {
        let mut free = lock(&self.free);
        free.extend(self.take_latest());
        free.iter_mut().map(|pool| &mut **pool).for_each(each);
    }

    /// Lets all command buffers be recorded anew: each pool is reset when it is next used, by the thread that uses it.
    ///
    /// # Safety
    ///
    /// No command buffer of these pools is pending on the device.
    pub(crate) unsafe fn reset(&mut self) {
        self.for_each(|pool| {
            pool.stale = pool.primary.used > 0 || pool.secondary.used > 0;
            pool.recording = None;
        });
    }

    /// Takes every pool out, to be destroyed once the device is done with their command buffers.
    pub(crate) fn take_all(&mut self) -> Vec<RawPool> {
        drop(self.take_latest());
        self.free.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
        std::mem::take(self.all.get_mut().unwrap_or_else(PoisonError::into_inner))
    }

    /// Destroys all pools.
    ///
    /// # Safety
    ///
    /// As for [`Self::reset`].
    pub(crate) unsafe fn destroy(&mut self) {
        for pool in self.take_all() {
            // SAFETY: the caller's promise; each pool stands once in `all`.
            unsafe { pool.destroy(&self.table.device) };
        }
    }

    #[cold]
    fn create(&self) -> Result<Box<Pool>, VkError> {
        let info = vk::CommandPoolCreateInfo::default()
            .flags(vk::CommandPoolCreateFlags::TRANSIENT)
            .queue_family_index(self.family);
        let raw = RawPool::new(&self.table.device, &info, self.memory)?;
        let pool = Pool {
            raw: raw.raw,
            primary: Buffers::default(),
            secondary: Buffers::default(),
            stale: false,
            recording: None,
            by: 0,
            log: Log::default(),
            rendering: Lowered::default(),
        };
        lock(&self.all).push(raw);
        Ok(Box::new(pool))
    }
}

impl Drop for Pools {
    fn drop(&mut self) {
        drop(self.take_latest());
    }
}

impl RawPool {
    fn new(device: &ash::Device, info: &vk::CommandPoolCreateInfo<'_>, memory: CommandMemory) -> Result<Self, VkError> {
        let memory = match memory {
            CommandMemory::Kept => Some(HostMemory::new()),
            CommandMemory::Driver => None,
        };
        let callbacks = memory.map(HostMemory::callbacks);
        // SAFETY: the family is that of the renderer's queue; the memory is there until the pool is destroyed.
        let raw = unsafe { device.create_command_pool(info, callbacks.as_ref()) };
        match raw {
            Ok(raw) => Ok(Self { raw, memory }),
            Err(result) => {
                if let Some(memory) = memory {
                    // SAFETY: the driver gave everything back when it failed.
                    unsafe { HostMemory::destroy(memory) };
                }
                Err(VkError::from_result("vkCreateCommandPool", result))
            }
        }
    }

    /// Destroys the pool with its command buffers, and their memory.
    ///
    /// # Safety
    ///
    /// No command buffer of it is pending on the device, and nobody uses it any more.
    pub(crate) unsafe fn destroy(self, device: &ash::Device) {
        let callbacks = self.memory.map(HostMemory::callbacks);
        // SAFETY: the caller's promise; it was created with these callbacks.
        unsafe { device.destroy_command_pool(self.raw, callbacks.as_ref()) };
        if let Some(memory) = self.memory {
            // SAFETY: the pool has gone, and all that it had.
            unsafe { HostMemory::destroy(memory) };
        }
    }
}

impl Pool {
    /// Returns a primary command buffer in the initial state, with a name for tools.
    pub(crate) fn primary(&mut self, table: &Table, name: Option<&Arc<CStr>>) -> Result<vk::CommandBuffer, VkError> {
        self.renew(table)?;
        let buffer = self.primary.next(table, self.raw, vk::CommandBufferLevel::PRIMARY)?;
        // In a steady frame most have the name that they had, and often the very same one.
        let is_named = |name: &Arc<CStr>| buffer.name.as_ref().is_some_and(|known| Arc::ptr_eq(known, name));
        if let Some(name) = name.filter(|name| table.debug.is_some() && !is_named(name)) {
            buffer.rename(table, name);
        }
        Ok(buffer.raw)
    }

    /// Resets the pool if its command buffers are of a frame that is over.
    fn renew(&mut self, table: &Table) -> Result<(), VkError> {
        if !self.stale {
            return Ok(());
        }
        // SAFETY: whoever called `Pools::reset` promised that none is pending, and none was submitted since; this thread has the
        // pool to itself.
        let reset = unsafe { table.device.reset_command_pool(self.raw, vk::CommandPoolResetFlags::empty()) };
        reset.map_err(VkError::of("vkResetCommandPool"))?;
        self.stale = false;
        self.primary.used = 0;
        self.secondary.used = 0;
        Ok(())
    }

    /// Returns a secondary command buffer in the initial state.
    pub(crate) fn secondary(&mut self, table: &Table) -> Result<vk::CommandBuffer, VkError> {
        self.renew(table)?;
        self.secondary.next(table, self.raw, vk::CommandBufferLevel::SECONDARY).map(|buffer| buffer.raw)
    }
}

impl Named {
    #[cold]
    fn rename(&mut self, table: &Table, name: &Arc<CStr>) {
        if self.name.as_ref() != Some(name) {
            table.name_c(self.raw, name);
        }
        self.name = Some(Arc::clone(name));
    }
}

impl Buffers {
    fn next(
        &mut self,
        table: &Table,
        pool: vk::CommandPool,
        level: vk::CommandBufferLevel,
    ) -> Result<&mut Named, VkError> {
        if self.used == self.all.len() {
            self.allocate(table, pool, level)?;
        }
        let buffer = &mut self.all[self.used];
        self.used += 1;
        Ok(buffer)
    }

    #[cold]
    fn allocate(&mut self, table: &Table, pool: vk::CommandPool, level: vk::CommandBufferLevel) -> Result<(), VkError> {
        let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).level(level).command_buffer_count(1);
        // SAFETY: the pool is of this device, and this thread has it to itself.
        let buffers = unsafe { table.device.allocate_command_buffers(&info) };
        let buffers = buffers.map_err(VkError::of("vkAllocateCommandBuffers"))?;
        self.all.extend(buffers.into_iter().map(|raw| Named { raw, name: None }));
        Ok(())
    }
}

/// Returns a number that no other thread has meanwhile, and that is not 0.
fn here() -> usize {
    thread_local! {
        static HERE: u8 = const { 0 };
    }
    HERE.with(|here| ptr::from_ref(here).addr())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
