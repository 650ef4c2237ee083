//! The chain of layers: creation of instances and devices, and what comes next in the chain.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_void};
use std::sync::RwLock;

use ash::vk::{self, Handle};

/// What the loader hangs into `pNext` of a creation.
#[repr(C)]
struct LayerCreateInfo {
    s_type: i32,
    p_next: *const c_void,
    function: u32,
    link: *mut LayerLink,
}

#[repr(C)]
struct LayerLink {
    next: *mut LayerLink,
    get_instance_proc_addr: vk::PFN_vkGetInstanceProcAddr,
    /// Of a device's creation alone.
    get_device_proc_addr: vk::PFN_vkGetDeviceProcAddr,
}

const LOADER_INSTANCE_CREATE_INFO: i32 = 47;
const LOADER_DEVICE_CREATE_INFO: i32 = 48;
const LAYER_LINK_INFO: u32 = 0;

/// The functions behind this layer, by dispatch table.
static INSTANCES: RwLock<Option<HashMap<usize, vk::PFN_vkGetInstanceProcAddr>>> = RwLock::new(None);
static DEVICES: RwLock<Option<HashMap<usize, (vk::PFN_vkGetDeviceProcAddr, vk::Device)>>> = RwLock::new(None);

/// Returns what tells the dispatchable handles of one device from those of another.
unsafe fn key(handle: u64) -> usize {
    // SAFETY: the caller's handle is dispatchable: it points to the loader's table.
    unsafe { *(handle as *const usize) }
}

pub(crate) fn own(name: &CStr) -> vk::PFN_vkVoidFunction {
    if name == c"vkCreateInstance" {
        // SAFETY: any function may be cast to any other.
        return unsafe { std::mem::transmute::<vk::PFN_vkCreateInstance, vk::PFN_vkVoidFunction>(create_instance) };
    }
    if name == c"vkCreateDevice" {
        // SAFETY: as above.
        return unsafe { std::mem::transmute::<vk::PFN_vkCreateDevice, vk::PFN_vkVoidFunction>(create_device) };
    }
    None
}

pub(crate) unsafe fn next_of_instance(instance: vk::Instance, name: *const c_char) -> vk::PFN_vkVoidFunction {
    if instance == vk::Instance::null() {
        return None;
    }
    let table = INSTANCES.read().ok()?;
    // SAFETY: the caller's instance.
    let next = *table.as_ref()?.get(&unsafe { key(instance.as_raw()) })?;
    // SAFETY: as above.
    unsafe { next(instance, name) }
}

pub(crate) unsafe fn next_of_device(device: vk::Device, name: *const c_char) -> vk::PFN_vkVoidFunction {
    let table = DEVICES.read().ok()?;
    // SAFETY: the caller's device.
    let (next, _) = *table.as_ref()?.get(&unsafe { key(device.as_raw()) })?;
    // SAFETY: as above.
    unsafe { next(device, name) }
}

/// Returns the next function of that name for a device, a queue or a command buffer.
///
/// # Safety
///
/// `T` is the function's type, and the handle is alive.
pub(crate) unsafe fn next<T: Copy>(handle: u64, name: &CStr) -> Option<T> {
    let table = DEVICES.read().ok()?;
    // SAFETY: the caller's promise.
    let (next, device) = *table.as_ref()?.get(&unsafe { key(handle) })?;
    // SAFETY: as above.
    let function = unsafe { next(device, name.as_ptr()) }?;
    // SAFETY: as above.
    Some(unsafe { std::mem::transmute_copy(&function) })
}

/// Finds the link of this layer, and moves it on for the next one.
unsafe fn take_link(mut at: *const c_void, s_type: i32) -> Option<*mut LayerLink> {
    while !at.is_null() {
        let info = at as *mut LayerCreateInfo;
        // SAFETY: what hangs in `pNext` begins with a type and the next pointer; the loader's is of this kind.
        unsafe {
            if (*info).s_type == s_type && (*info).function == LAYER_LINK_INFO {
                let link = (*info).link;
                (*info).link = (*link).next;
                return Some(link);
            }
            at = (*info).p_next;
        }
    }
    None
}

unsafe extern "system" fn create_instance(
    info: *const vk::InstanceCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    instance: *mut vk::Instance,
) -> vk::Result {
    // SAFETY: the loader's structures, and its functions with their own types.
    unsafe {
        let Some(link) = take_link((*info).p_next, LOADER_INSTANCE_CREATE_INFO) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        let next = (*link).get_instance_proc_addr;
        let Some(create) = next(vk::Instance::null(), c"vkCreateInstance".as_ptr()) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        let create: vk::PFN_vkCreateInstance = std::mem::transmute(create);
        let result = create(info, allocator, instance);
        if result == vk::Result::SUCCESS
            && let Ok(mut table) = INSTANCES.write()
        {
            table.get_or_insert_default().insert(key((*instance).as_raw()), next);
        }
        result
    }
}

unsafe extern "system" fn create_device(
    physical: vk::PhysicalDevice,
    info: *const vk::DeviceCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    device: *mut vk::Device,
) -> vk::Result {
    // SAFETY: the loader's structures, and its functions with their own types.
    unsafe {
        let Some(link) = take_link((*info).p_next, LOADER_DEVICE_CREATE_INFO) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        let (of_instance, of_device) = ((*link).get_instance_proc_addr, (*link).get_device_proc_addr);
        let Some(create) = of_instance(vk::Instance::null(), c"vkCreateDevice".as_ptr()) else {
            return vk::Result::ERROR_INITIALIZATION_FAILED;
        };
        let create: vk::PFN_vkCreateDevice = std::mem::transmute(create);
        let result = create(physical, info, allocator, device);
        if result == vk::Result::SUCCESS
            && let Ok(mut table) = DEVICES.write()
        {
            table.get_or_insert_default().insert(key((*device).as_raw()), (of_device, *device));
        }
        result
    }
}
