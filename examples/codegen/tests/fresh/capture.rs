// A device without a driver: `vkCmdPipelineBarrier2` writes down every field that it is given. Part of the test, and of
// the program that the test builds from generated code.

use std::cell::RefCell;
use std::ffi::c_void;
use std::fmt::Write;

use ash::vk::{self, Handle};

thread_local! {
    static RECORDED: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes a device whose only function is the one that writes down.
pub(crate) fn device() -> ash::Device {
    let find = |name: &std::ffi::CStr| {
        if name == c"vkCmdPipelineBarrier2" { record as *const c_void } else { std::ptr::null() }
    };
    // SAFETY: the only function that is ever called has the signature that its name asks for.
    unsafe { ash::Device::load_with(find, vk::Device::from_raw(1)) }
}

/// Takes what was recorded on this thread.
pub(crate) fn take() -> String {
    RECORDED.with_borrow_mut(std::mem::take)
}

unsafe extern "system" fn record(_: vk::CommandBuffer, info: *const vk::DependencyInfo<'_>) {
    // SAFETY: the caller passes a valid structure.
    let info = unsafe { &*info };
    // SAFETY: as above.
    let text = unsafe { written(info) };
    RECORDED.with_borrow_mut(|recorded| recorded.push_str(&text));
}

/// Writes every field of a call, its structures included.
///
/// # Safety
///
/// The arrays are as long as their counts say.
unsafe fn written(info: &vk::DependencyInfo<'_>) -> String {
    let mut out = String::new();
    let counts = [info.memory_barrier_count, info.buffer_memory_barrier_count, info.image_memory_barrier_count];
    let flags = info.dependency_flags.as_raw();
    let _ = writeln!(out, "call {} {} {flags:x} {counts:?}", info.s_type.as_raw(), info.p_next.is_null());
    // SAFETY: the caller's promise.
    for b in unsafe { array(info.p_memory_barriers, info.memory_barrier_count) } {
        let _ = write!(out, "m {} {}", b.s_type.as_raw(), b.p_next.is_null());
        let _ = write!(out, " {:x} {:x}", b.src_stage_mask.as_raw(), b.src_access_mask.as_raw());
        let _ = writeln!(out, " {:x} {:x}", b.dst_stage_mask.as_raw(), b.dst_access_mask.as_raw());
    }
    // SAFETY: the caller's promise.
    for b in unsafe { array(info.p_buffer_memory_barriers, info.buffer_memory_barrier_count) } {
        let _ = write!(out, "b {} {}", b.s_type.as_raw(), b.p_next.is_null());
        let _ = write!(out, " {:x} {:x}", b.src_stage_mask.as_raw(), b.src_access_mask.as_raw());
        let _ = write!(out, " {:x} {:x}", b.dst_stage_mask.as_raw(), b.dst_access_mask.as_raw());
        let _ = write!(out, " {:x} {:x}", b.src_queue_family_index, b.dst_queue_family_index);
        let _ = writeln!(out, " {:x} {:x} {:x}", b.buffer.as_raw(), b.offset, b.size);
    }
    // SAFETY: the caller's promise.
    for b in unsafe { array(info.p_image_memory_barriers, info.image_memory_barrier_count) } {
        let _ = write!(out, "i {} {}", b.s_type.as_raw(), b.p_next.is_null());
        let _ = write!(out, " {:x} {:x}", b.src_stage_mask.as_raw(), b.src_access_mask.as_raw());
        let _ = write!(out, " {:x} {:x}", b.dst_stage_mask.as_raw(), b.dst_access_mask.as_raw());
        let _ = write!(out, " {} {}", b.old_layout.as_raw(), b.new_layout.as_raw());
        let _ = write!(out, " {:x} {:x}", b.src_queue_family_index, b.dst_queue_family_index);
        let range = b.subresource_range;
        let _ = write!(out, " {:x} {:x}", b.image.as_raw(), range.aspect_mask.as_raw());
        let _ = write!(out, " {:x} {:x}", range.base_mip_level, range.level_count);
        let _ = writeln!(out, " {:x} {:x}", range.base_array_layer, range.layer_count);
    }
    out
}

/// Returns an array of Vulkan, whose pointer means nothing where it is empty.
///
/// # Safety
///
/// The array is as long as `count` says, and lives for `'a`.
unsafe fn array<'a, T>(pointer: *const T, count: u32) -> &'a [T] {
    match count {
        0 => &[],
        // SAFETY: the caller's promise.
        count => unsafe { std::slice::from_raw_parts(pointer, count as usize) },
    }
}
