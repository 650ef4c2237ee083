//! Host memory for what a driver notes of recorded commands: kept from frame to frame, by size.
//!
//! A driver that keeps commands in host memory allocates for each of them and frees them all when their pool is reset. One
//! frame is like the next, so that what one gave back is what the next one asks for.

use std::alloc::{Layout, alloc, dealloc};
use std::ffi::c_void;
use std::ptr::{self, NonNull, null_mut};

use ash::vk;

/// Whose host memory command pools use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CommandMemory {
    /// The renderer's own, which it hands to the driver as `VkAllocationCallbacks`: each pool keeps what it once needed. Where a
    /// driver allocates for each command this is faster than its own.
    #[default]
    Kept,
    /// The driver's own.
    Driver,
}

/// Sizes are rounded up to multiples of this, the head included.
const STEP: usize = 32;

/// How many sizes are kept; what is larger comes from the host's allocator each time.
const SIZES: usize = 64;

/// How much is taken from the host's allocator at a time.
const CHUNK: usize = 64 << 10;

/// The alignment of all that is kept; what wants more comes from the host's allocator.
const ALIGN: usize = 16;

/// The host memory of one command pool.
///
/// Not `Sync`: a driver calls back from the thread that makes a call, and calls that may allocate for a pool are made by whoever has
/// the pool to itself. Specification: memory-host.
pub(crate) struct HostMemory {
    /// What was given back, by size: each is the first of a list.
    free: [*mut Free; SIZES],
    /// What of the last chunk nobody has had yet.
    rest: *mut u8,
    left: usize,
    chunks: Vec<NonNull<u8>>,
}

/// What stands before all memory that is handed out.
#[repr(C, align(16))]
struct Head {
    /// The length, head included, and 0 for what is larger than what is kept.
    size: usize,
    /// The whole length of what is larger; its alignment follows from `before`.
    large: u32,
    /// How far before the memory the allocation begins.
    before: u32,
}

/// What stands in memory that was given back.
struct Free {
    next: *mut Free,
}

const HEAD: usize = size_of::<Head>();
const CHUNK_LAYOUT: Layout = match Layout::from_size_align(CHUNK, ALIGN) {
    Ok(layout) => layout,
    Err(_) => panic!("the alignment is a power of two"),
};

// SAFETY: what the pointers lead to belongs to it alone.
unsafe impl Send for HostMemory {}

impl HostMemory {
    /// Makes one in a place of its own, which the driver is told of.
    pub(crate) fn new() -> NonNull<Self> {
        let memory = Self { free: [null_mut(); SIZES], rest: null_mut(), left: 0, chunks: Vec::new() };
        NonNull::from(Box::leak(Box::new(memory)))
    }

    /// Returns what a driver calls. `memory` must be there as long as anything was allocated with it.
    pub(crate) fn callbacks(memory: NonNull<Self>) -> vk::AllocationCallbacks<'static> {
        vk::AllocationCallbacks::default()
            .user_data(memory.as_ptr().cast())
            .pfn_allocation(Some(allocate))
            .pfn_reallocation(Some(reallocate))
            .pfn_free(Some(free))
    }

    /// Gives all of it back to the host.
    ///
    /// # Safety
    ///
    /// It was made by [`Self::new`], and nobody uses it or anything allocated from it any more.
    pub(crate) unsafe fn destroy(memory: NonNull<Self>) {
        // SAFETY: the caller's promise: `new` leaked it.
        drop(unsafe { Box::from_raw(memory.as_ptr()) });
    }

    fn take(&mut self, len: usize, align: usize) -> *mut c_void {
        let size = match len.checked_add(HEAD + STEP - 1) {
            Some(size) => size / STEP,
            None => return null_mut(),
        };
        if size >= SIZES || align > ALIGN {
            return large(len, align);
        }
        let found = self.free[size];
        if found.is_null() {
            return self.carve(size);
        }
        // SAFETY: what is in the list was given back, and begins with the next.
        self.free[size] = unsafe { (*found).next };
        found.cast()
    }

    /// Cuts memory off that nobody has had yet.
    #[cold]
    fn carve(&mut self, size: usize) -> *mut c_void {
        let len = size * STEP;
        if self.left < len {
            // SAFETY: the layout is not empty.
            let Some(chunk) = NonNull::new(unsafe { alloc(CHUNK_LAYOUT) }) else { return null_mut() };
            self.chunks.push(chunk);
            (self.rest, self.left) = (chunk.as_ptr(), CHUNK);
        }
        // SAFETY: there are at least `len` bytes left, and a head is no longer than that.
        let at: *mut c_void = unsafe { self.rest.add(HEAD) }.cast();
        // SAFETY: as above.
        self.rest = unsafe { self.rest.add(len) };
        self.left -= len;
        // SAFETY: the head lies in what was just cut off; all lengths are multiples of its alignment.
        unsafe { head_of(at).write(Head { size, large: 0, before: 0 }) };
        at
    }

    /// Takes memory back.
    ///
    /// # Safety
    ///
    /// It is of `take`, and nobody uses it any more.
    unsafe fn give(&mut self, at: *mut c_void) {
        // SAFETY: `take` put a head in front of it.
        let head = unsafe { &*head_of(at) };
        if head.size == 0 {
            // SAFETY: the caller's promise.
            return unsafe { give_large(at) };
        }
        let (size, given) = (head.size, at.cast::<Free>());
        // SAFETY: there is room for a pointer: with its head it is a whole number of steps.
        unsafe { given.write(Free { next: self.free[size] }) };
        self.free[size] = given;
    }
}

impl Drop for HostMemory {
    fn drop(&mut self) {
        for chunk in self.chunks.drain(..) {
            // SAFETY: it was allocated like this.
            unsafe { dealloc(chunk.as_ptr(), CHUNK_LAYOUT) };
        }
    }
}

/// Returns the place of the head of memory that is handed out.
fn head_of(at: *mut c_void) -> *mut Head {
    at.cast::<Head>().wrapping_sub(1)
}

/// Returns how far before the memory an allocation of its own begins, and its layout.
fn large_layout(len: usize, align: usize) -> Option<(usize, Layout)> {
    let before = align.max(HEAD);
    let layout = Layout::from_size_align(len.checked_add(before)?, before).ok()?;
    (u32::try_from(layout.size()).is_ok() && u32::try_from(before).is_ok()).then_some((before, layout))
}

#[cold]
fn large(len: usize, align: usize) -> *mut c_void {
    let Some((before, layout)) = large_layout(len, align) else { return null_mut() };
    // SAFETY: the layout is not empty: there is a head.
    let start = unsafe { alloc(layout) };
    if start.is_null() {
        return null_mut();
    }
    // SAFETY: `before` bytes stand before the memory, at least as many as the head has.
    let at: *mut c_void = unsafe { start.add(before) }.cast();
    let head = Head { size: 0, large: layout.size() as u32, before: before as u32 };
    // SAFETY: as above; `before` is a multiple of the head's alignment.
    unsafe { head_of(at).write(head) };
    at
}

/// # Safety
///
/// `at` is of `large`, and nobody uses it any more.
#[cold]
unsafe fn give_large(at: *mut c_void) {
    // SAFETY: `large` put a head in front of it.
    let &Head { large: size, before, .. } = unsafe { &*head_of(at) };
    // SAFETY: as above.
    let start = unsafe { at.cast::<u8>().sub(before as usize) };
    if let Ok(layout) = Layout::from_size_align(size as usize, before as usize) {
        // SAFETY: it was allocated like this.
        unsafe { dealloc(start, layout) };
    }
}

/// Returns how many bytes memory that was handed out has.
///
/// # Safety
///
/// `at` is of `take`, and was not given back.
unsafe fn len_of(at: *mut c_void) -> usize {
    // SAFETY: there is a head in front of it.
    let head = unsafe { &*head_of(at) };
    if head.size == 0 { (head.large - head.before) as usize } else { head.size * STEP - HEAD }
}

unsafe extern "system" fn allocate(
    user_data: *mut c_void,
    len: usize,
    align: usize,
    _: vk::SystemAllocationScope,
) -> *mut c_void {
    // SAFETY: the driver passes on what it was given, from the thread that has the pool.
    unsafe { &mut *user_data.cast::<HostMemory>() }.take(len, align)
}

unsafe extern "system" fn reallocate(
    user_data: *mut c_void,
    original: *mut c_void,
    len: usize,
    align: usize,
    _: vk::SystemAllocationScope,
) -> *mut c_void {
    // SAFETY: as in `allocate`.
    let memory = unsafe { &mut *user_data.cast::<HostMemory>() };
    if original.is_null() {
        return memory.take(len, align);
    }
    if len == 0 {
        // SAFETY: the driver gives back what it was given.
        unsafe { memory.give(original) };
        return null_mut();
    }
    let moved = memory.take(len, align);
    if !moved.is_null() {
        // SAFETY: it was not given back.
        let kept = unsafe { len_of(original) }.min(len);
        // SAFETY: both are as long as this, and apart.
        unsafe { ptr::copy_nonoverlapping(original.cast::<u8>(), moved.cast::<u8>(), kept) };
        // SAFETY: as above.
        unsafe { memory.give(original) };
    }
    moved
}

unsafe extern "system" fn free(user_data: *mut c_void, at: *mut c_void) {
    if !at.is_null() {
        // SAFETY: as in `allocate`.
        let memory = unsafe { &mut *user_data.cast::<HostMemory>() };
        // SAFETY: the driver gives back what it was given.
        unsafe { memory.give(at) };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const SCOPE: vk::SystemAllocationScope = vk::SystemAllocationScope::OBJECT;

    /// Memory with each byte set to one value, which is looked at when it goes.
    struct Held {
        at: *mut c_void,
        len: usize,
        value: u8,
    }

    impl Held {
        fn fill(at: *mut c_void, len: usize, align: usize, value: u8) -> Self {
            assert!(!at.is_null() && at.addr().is_multiple_of(align.max(ALIGN)), "{len} bytes, aligned to {align}");
            // SAFETY: it was handed out with this length.
            unsafe { at.cast::<u8>().write_bytes(value, len) };
            Self { at, len, value }
        }

        fn assert_is_as_filled(&self, len: usize) {
            // SAFETY: it was filled.
            let bytes = unsafe { std::slice::from_raw_parts(self.at.cast::<u8>(), self.len.min(len)) };
            assert!(bytes.iter().all(|byte| *byte == self.value), "{} bytes of {}", self.len, self.value);
        }
    }

    fn next(seed: &mut u64) -> usize {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize
    }

    #[test]
    fn nobody_has_what_somebody_else_has() {
        // Miri looks at every byte, and takes its time.
        let (seeds, steps) = if cfg!(miri) { (2, 60) } else { (8, 400) };
        for seed in 1..=seeds {
            println!("seed {seed}");
            let (mut random, memory) = (seed, HostMemory::new());
            let user: *mut c_void = memory.as_ptr().cast();
            let mut held: BTreeMap<usize, Held> = BTreeMap::new();
            for step in 0..steps {
                let (len, align) = (1 + next(&mut random) % 3000, 1 << (next(&mut random) % 8));
                let key = next(&mut random) % 40;
                let value = step as u8;
                match held.remove(&key) {
                    Some(one) if next(&mut random).is_multiple_of(2) => {
                        one.assert_is_as_filled(one.len);
                        // SAFETY: it was handed out.
                        unsafe { free(user, one.at) };
                    }
                    Some(one) => {
                        // SAFETY: it was handed out.
                        let at = unsafe { reallocate(user, one.at, len, align, SCOPE) };
                        let moved = Held { at, ..one };
                        moved.assert_is_as_filled(len);
                        held.insert(key, Held::fill(at, len, align, value));
                    }
                    None => {
                        // SAFETY: the memory is there.
                        let at = unsafe { allocate(user, len, align, SCOPE) };
                        held.insert(key, Held::fill(at, len, align, value));
                    }
                }
            }
            for one in held.values() {
                one.assert_is_as_filled(one.len);
                // SAFETY: it was handed out.
                unsafe { free(user, one.at) };
            }
            // SAFETY: all was given back.
            unsafe { HostMemory::destroy(memory) };
        }
    }

    #[test]
    fn a_frame_like_the_one_before_takes_nothing_from_the_host() {
        let memory = HostMemory::new();
        let user: *mut c_void = memory.as_ptr().cast();
        let frame = || {
            // SAFETY: the memory is there.
            let all: Vec<_> = (0..2000).map(|n| unsafe { allocate(user, 8 + n % 300, 8, SCOPE) }).collect();
            // SAFETY: all were handed out.
            all.into_iter().for_each(|at| unsafe { free(user, at) });
            // SAFETY: nobody uses it meanwhile.
            unsafe { memory.as_ref() }.chunks.len()
        };
        let chunks = frame();
        assert!(chunks > 1);
        assert_eq!([frame(), frame()], [chunks; 2]);
        // SAFETY: all was given back.
        unsafe { HostMemory::destroy(memory) };
    }

    #[test]
    fn what_cannot_be_is_null_and_nothing_is_given_back_twice() {
        let memory = HostMemory::new();
        let user: *mut c_void = memory.as_ptr().cast();
        for len in [usize::MAX, usize::MAX - HEAD, isize::MAX as usize] {
            // SAFETY: the memory is there.
            assert!(unsafe { allocate(user, len, 8, SCOPE) }.is_null());
        }
        // SAFETY: as above.
        unsafe { free(user, null_mut()) };
        // SAFETY: as above.
        let one = unsafe { reallocate(user, null_mut(), 24, 8, SCOPE) };
        assert!(!one.is_null());
        // SAFETY: it was handed out.
        assert!(unsafe { reallocate(user, one, 0, 8, SCOPE) }.is_null());
        // SAFETY: nobody uses it any more.
        unsafe { HostMemory::destroy(memory) };
    }
}
