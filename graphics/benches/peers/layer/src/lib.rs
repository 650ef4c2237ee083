//! A Vulkan layer for planners of barriers: it writes down every barrier with the work before and after it, and passes neither on, so
//! that what is left of the driver's time is the planner's own.
//!
//! Barriers count where they are submitted: what is written down is kept by command buffer, and put together by `vkQueueSubmit`.
//! Work is known by a number that whoever records it puts into its parameters: the x of a dispatch, the vertices of a draw, a
//! quarter of the bytes of a copy or fill, the width of an image copy.

mod commands;
mod link;
mod stream;

use std::ffi::{CStr, CString, c_char};

use ash::vk;

/// Starts and ends writing down.
///
/// # Safety
///
/// None to keep: the name is a C function's.
#[unsafe(no_mangle)]
pub extern "C" fn fencewright_capture(on: bool) {
    stream::switch(on);
}

/// Returns what was submitted since the last call, as lines of text; to be given back to [`fencewright_free`].
#[unsafe(no_mangle)]
pub extern "C" fn fencewright_take() -> *mut c_char {
    CString::new(stream::take()).unwrap_or_default().into_raw()
}

/// Frees what [`fencewright_take`] returned.
///
/// # Safety
///
/// `text` is from [`fencewright_take`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fencewright_free(text: *mut c_char) {
    // SAFETY: the caller's promise.
    drop(unsafe { CString::from_raw(text) });
}

/// The interface between a layer and the loader, version 2.
#[repr(C)]
pub struct NegotiateLayerInterface {
    s_type: u32,
    p_next: *mut std::ffi::c_void,
    version: u32,
    get_instance_proc_addr: Option<vk::PFN_vkGetInstanceProcAddr>,
    get_device_proc_addr: Option<vk::PFN_vkGetDeviceProcAddr>,
    get_physical_device_proc_addr: Option<vk::PFN_vkVoidFunction>,
}

/// Tells the loader the layer's functions.
///
/// # Safety
///
/// Called by the loader.
#[unsafe(no_mangle)]
pub unsafe extern "system" fn vkNegotiateLoaderLayerInterfaceVersion(
    about: *mut NegotiateLayerInterface,
) -> vk::Result {
    // SAFETY: the loader passes a valid structure.
    let about = unsafe { &mut *about };
    about.version = about.version.min(2);
    about.get_instance_proc_addr = Some(get_instance_proc_addr);
    about.get_device_proc_addr = Some(get_device_proc_addr);
    about.get_physical_device_proc_addr = None;
    vk::Result::SUCCESS
}

unsafe extern "system" fn get_instance_proc_addr(
    instance: vk::Instance,
    name: *const c_char,
) -> vk::PFN_vkVoidFunction {
    // SAFETY: the loader passes a name.
    let text = unsafe { CStr::from_ptr(name) };
    if text == c"vkGetInstanceProcAddr" {
        // SAFETY: any function may be cast to any other.
        return unsafe {
            std::mem::transmute::<vk::PFN_vkGetInstanceProcAddr, vk::PFN_vkVoidFunction>(get_instance_proc_addr)
        };
    }
    if text == c"vkGetDeviceProcAddr" {
        // SAFETY: as above.
        return unsafe {
            std::mem::transmute::<vk::PFN_vkGetDeviceProcAddr, vk::PFN_vkVoidFunction>(get_device_proc_addr)
        };
    }
    // SAFETY: the arguments are the caller's.
    link::own(text).or_else(|| commands::own(text)).or_else(|| unsafe { link::next_of_instance(instance, name) })
}

unsafe extern "system" fn get_device_proc_addr(device: vk::Device, name: *const c_char) -> vk::PFN_vkVoidFunction {
    // SAFETY: the loader passes a name.
    let text = unsafe { CStr::from_ptr(name) };
    if text == c"vkGetDeviceProcAddr" {
        // SAFETY: any function may be cast to any other.
        return unsafe {
            std::mem::transmute::<vk::PFN_vkGetDeviceProcAddr, vk::PFN_vkVoidFunction>(get_device_proc_addr)
        };
    }
    // A command that the driver lacks stays lacking.
    // SAFETY: the arguments are the caller's.
    let next = unsafe { link::next_of_device(device, name) }?;
    commands::own(text).or(Some(next))
}
