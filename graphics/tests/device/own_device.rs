//! A device of the caller's, whose functions a test can replace.

use std::error::Error;

use ash::vk;
use fencewright_graphics::{Queue, RawDevice, RawQueue, RendererDesc, VkRenderer};

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
    /// The families of its queues, one each.
    families: Vec<u32>,
    /// Whether what a renderer left on the device is left there.
    pub(crate) leak: bool,
}

impl OwnDevice {
    /// Makes a device, and lets `replace` put functions of the test's in the place of its own.
    pub(crate) fn new(replace: impl FnOnce(&mut Functions)) -> Result<Self, Box<dyn Error>> {
        Self::with_families(&[0], replace)
    }

    /// As [`Self::new`], with a queue of each of these families: for everything, for compute, for transfers.
    pub(crate) fn with_families(
        families: &[u32],
        replace: impl FnOnce(&mut Functions),
    ) -> Result<Self, Box<dyn Error>> {
        // SAFETY: plain Vulkan: everything is made in order from what was made before.
        unsafe {
            let entry = ash::Entry::load()?;
            let about = vk::ApplicationInfo::default().api_version(vk::API_VERSION_1_3);
            let instance = entry.create_instance(&vk::InstanceCreateInfo::default().application_info(&about), None)?;
            let physical = *instance.enumerate_physical_devices()?.first().ok_or("there is no device")?;
            let queue = |family: &u32| {
                vk::DeviceQueueCreateInfo::default().queue_family_index(*family).queue_priorities(&[1.0])
            };
            let queues: Vec<_> = families.iter().map(queue).collect();
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
            Ok(Self { entry, instance, physical, device, families: families.to_vec(), leak: false })
        }
    }

    /// Makes a renderer on it. It is dropped before the device.
    pub(crate) fn renderer(&self, desc: RendererDesc) -> Result<VkRenderer, Box<dyn Error>> {
        let queue = |(&family, role): (&u32, Queue)| {
            // SAFETY: the device has one queue of each of these families.
            let raw = unsafe { self.device.get_device_queue(family, 0) };
            RawQueue { raw, family, role }
        };
        let roles = [Queue::Graphics, Queue::Compute, Queue::Transfer];
        let raw = RawDevice {
            entry: self.entry.clone(),
            instance: self.instance.clone(),
            physical_device: self.physical,
            device: self.device.clone(),
            queues: self.families.iter().zip(roles).map(queue).collect(),
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
