//! A device of the caller's, whose functions a test can replace.

use std::error::Error;

use ash::vk;
use fencewright_graphics::{RawDevice, RendererDesc, VkRenderer};

/// The functions of a device by the version that brought them.
#[expect(clippy::struct_field_names, reason = "versions are named as Vulkan names them")]
pub(crate) struct Functions {
    pub(crate) v1_0: ash::DeviceFnV1_0,
    pub(crate) v1_2: ash::DeviceFnV1_2,
    pub(crate) v1_3: ash::DeviceFnV1_3,
}

/// An instance and a device without validation.
pub(crate) struct OwnDevice {
    entry: ash::Entry,
    instance: ash::Instance,
    physical: vk::PhysicalDevice,
    device: ash::Device,
    /// Whether what a renderer left on the device is left there.
    pub(crate) leak: bool,
}

impl OwnDevice {
    /// Makes a device, and lets `replace` put functions of the test's in the place of its own.
    pub(crate) fn new(replace: impl FnOnce(&mut Functions)) -> Result<Self, Box<dyn Error>> {
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let entry = ash::Entry::load()?;
            let about = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
            let instance = entry.create_instance(&vk::InstanceCreateInfo::default().application_info(&about), None)?;
            let physical = *instance.enumerate_physical_devices()?.first().ok_or("there is no device")?;
            let queues = [vk::DeviceQueueCreateInfo::default().queue_priorities(&[1.0])];
            let mut v12 = vk::PhysicalDeviceVulkan12Features::default().timeline_semaphore(true);
            let mut v13 = vk::PhysicalDeviceVulkan13Features::default().synchronization2(true).dynamic_rendering(true);
            let info =
                vk::DeviceCreateInfo::default().queue_create_infos(&queues).push_next(&mut v12).push_next(&mut v13);
            let device = instance.create_device(physical, &info, None)?;
            let mut functions = Functions {
                v1_0: device.fp_v1_0().clone(),
                v1_2: device.fp_v1_2().clone(),
                v1_3: device.fp_v1_3().clone(),
            };
            replace(&mut functions);
            let Functions { v1_0, v1_2, v1_3 } = functions;
            let device = ash::Device::from_parts_1_3(device.handle(), v1_0, device.fp_v1_1().clone(), v1_2, v1_3);
            Ok(Self { entry, instance, physical, device, leak: false })
        }
    }

    /// Makes a renderer on it. It is dropped before the device.
    pub(crate) fn renderer(&self, desc: RendererDesc) -> Result<VkRenderer, Box<dyn Error>> {
        // SAFETY: the device has one queue, of family 0.
        let queue = unsafe { self.device.get_device_queue(0, 0) };
        let raw = RawDevice {
            entry: self.entry.clone(),
            instance: self.instance.clone(),
            physical_device: self.physical,
            device: self.device.clone(),
            queue,
            queue_family: 0,
            debug_utils: false,
            validation_layer: None,
        };
        // SAFETY: the handles belong together and have what is asked for; the tests drop the renderer first.
        Ok(unsafe { VkRenderer::from_raw(raw, desc) }?)
    }
}

impl Drop for OwnDevice {
    fn drop(&mut self) {
        if self.leak {
            return;
        }
        // SAFETY: the renderer is gone, and with it all that it made.
        unsafe {
            self.device.destroy_device(None);
            self.instance.destroy_instance(None);
        }
    }
}
