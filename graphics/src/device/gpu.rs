//! The device of a renderer, made here or brought by the caller.

use std::ffi::{CStr, CString, c_char};
use std::sync::{Arc, Mutex, PoisonError};

use ash::vk;

use crate::declare::pass::Queue;
use crate::device::desc::{DeviceInfo, Queues, RawDevice, RendererDesc};
use crate::device::features;
use crate::device::instance::Instance;
use crate::device::messages::MessageLog;
use crate::device::select::{self, Candidate};
use crate::device::validation::{HostWait, ValidationInfo};
use crate::plan::{self, QueueSpec, Topology};
use crate::record::chain::{self, Features};
use crate::record::error::{ApiVersion, VkError};
use crate::record::table::Table;

/// A device and its queues.
pub(crate) struct Gpu {
    pub(crate) table: Arc<Table>,
    pub(crate) instance: ash::Instance,
    pub(crate) physical: vk::PhysicalDevice,
    /// The queues that frames run on. Several of them are one queue of the device, where a plan for several runs on one.
    pub(crate) topology: Topology,
    /// The pipeline stages that frames may name.
    pub(crate) stages: plan::Features,
    pub(crate) info: DeviceInfo,
    pub(crate) limits: vk::PhysicalDeviceLimits,
    pub(crate) host_wait: HostWait,
    pub(crate) validation: Option<ValidationInfo>,
    /// The queue behind each of the topology.
    queues: Mutex<Vec<vk::Queue>>,
    log: Arc<MessageLog>,
    /// The instance, where it was made here; then the device was, too.
    owned: Option<Instance>,
    /// Keeps the loader's library open.
    _entry: ash::Entry,
}

impl Gpu {
    /// Makes an instance and a device.
    pub(crate) fn new(desc: &RendererDesc) -> Result<Self, VkError> {
        let instance = Instance::new(desc)?;
        let (physical, family) = pick(&instance.raw, desc)?;
        let topology = topology(&instance.raw, physical, family, &desc.queues)?;
        let device = create_device(&instance.raw, physical, &families(&topology), desc)?;
        let debug = instance.debug_utils.then(|| chain::debug_device(&instance.raw, &device));
        // SAFETY: the device was created with one queue of each of these families.
        let queue = |queue: &QueueSpec| unsafe { device.get_device_queue(queue.family, 0) };
        let queues = topology.queues().iter().map(queue).collect();
        let (info, limits) = describe(&instance.raw, physical);
        Ok(Self {
            table: Arc::new(Table { device, debug }),
            instance: instance.raw.clone(),
            physical,
            topology,
            stages: features::stages_of(&desc.features),
            info,
            limits,
            host_wait: HostWait::for_layer(instance.validation.map(|validation| validation.layer)),
            validation: instance.validation,
            queues: Mutex::new(queues),
            log: Arc::clone(&instance.log),
            _entry: instance.entry.clone(),
            owned: Some(instance),
        })
    }

    /// Takes the caller's device.
    ///
    /// # Safety
    ///
    /// As for `VkRenderer::from_raw`.
    pub(crate) unsafe fn from_raw(raw: RawDevice, desc: &RendererDesc) -> Result<Self, VkError> {
        // SAFETY: the physical device is of this instance.
        let families = unsafe { raw.instance.get_physical_device_queue_family_properties(raw.physical_device) };
        let flags: Vec<_> = families.iter().map(|family| family.queue_flags).collect();
        let topology = select::given(&flags, &raw.queues, &desc.queues)?;
        // Where one queue stands for several, it stands behind each of them.
        let queue = |index: usize| raw.queues.get(index).unwrap_or(&raw.queues[0]).raw;
        let queues = (0..topology.queues().len()).map(queue).collect();
        let debug = raw.debug_utils.then(|| chain::debug_device(&raw.instance, &raw.device));
        let (info, limits) = describe(&raw.instance, raw.physical_device);
        Ok(Self {
            table: Arc::new(Table { device: raw.device, debug }),
            instance: raw.instance,
            physical: raw.physical_device,
            topology,
            stages: plan::Features::default(),
            info,
            limits,
            host_wait: HostWait::for_layer(raw.validation_layer),
            validation: None,
            queues: Mutex::new(queues),
            log: Arc::new(MessageLog::new(desc.ignored.clone())),
            _entry: raw.entry,
            owned: None,
        })
    }

    pub(crate) fn device(&self) -> &ash::Device {
        &self.table.device
    }

    pub(crate) fn log(&self) -> &MessageLog {
        &self.log
    }

    /// Runs `with` while no other thread of ours uses the queues.
    pub(crate) fn with_queues<T>(&self, with: impl FnOnce(&[vk::Queue]) -> T) -> T {
        let queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        with(&queues)
    }

    /// Returns the families that share what is shared; none, where there is one.
    pub(crate) fn sharing_families(&self) -> Vec<u32> {
        if self.topology.has_several_families() { families(&self.topology) } else { Vec::new() }
    }
}

/// Returns each family once.
fn families(topology: &Topology) -> Vec<u32> {
    let mut families: Vec<u32> = topology.queues().iter().map(|queue| queue.family).collect();
    families.sort_unstable();
    families.dedup();
    families
}

/// Chooses the queues of a device.
fn topology(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
    graphics: u32,
    wanted: &Queues,
) -> Result<Topology, VkError> {
    // SAFETY: the physical device is of this instance.
    let families = unsafe { instance.get_physical_device_queue_family_properties(physical) };
    let flags: Vec<_> = families.iter().map(|family| family.queue_flags).collect();
    match wanted {
        Queues::One | Queues::Alias(_) => Ok(select::one_queue(graphics, wanted)),
        Queues::GraphicsAndTransfer => select::queues(&flags, graphics, &[Queue::Transfer]),
        Queues::Several => select::queues(&flags, graphics, &[Queue::Compute, Queue::Transfer]),
    }
}

impl Drop for Gpu {
    fn drop(&mut self) {
        if self.owned.is_some() {
            // SAFETY: everything made from the device is destroyed and its work is done: the renderer drained it.
            unsafe { self.table.device.destroy_device(None) };
        }
    }
}

fn pick(instance: &ash::Instance, desc: &RendererDesc) -> Result<(vk::PhysicalDevice, u32), VkError> {
    // SAFETY: the instance is alive.
    let devices = unsafe { instance.enumerate_physical_devices() }.map_err(|result| match result {
        vk::Result::ERROR_INITIALIZATION_FAILED | vk::Result::ERROR_INCOMPATIBLE_DRIVER => VkError::NoDriver,
        result => VkError::from_result("vkEnumeratePhysicalDevices", result),
    })?;
    let candidates =
        devices.iter().map(|&physical| candidate(instance, physical, desc)).collect::<Result<Vec<_>, _>>()?;
    let index = select::choose(&candidates, &desc.device)?;
    let family = candidates[index].family.ok_or(VkError::NoDriver)?;
    Ok((devices[index], family))
}

fn candidate(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
    desc: &RendererDesc,
) -> Result<Candidate, VkError> {
    // SAFETY: the physical device is of this instance.
    let properties = unsafe { instance.get_physical_device_properties(physical) };
    // SAFETY: as above.
    let families = unsafe { instance.get_physical_device_queue_family_properties(physical) };
    let version = ApiVersion::from_raw(properties.api_version);
    let mut lacks = Vec::new();
    if version >= ApiVersion::NEEDED {
        let (wanted, present) = (wanted(desc), chain::features_of(instance, physical));
        lacks.extend(select::missing_features(&wanted.core, &present.core));
        lacks.extend(select::missing_features(&wanted.v12, &present.v12));
        lacks.extend(select::missing_features(&wanted.v13, &present.v13));
        lacks.extend(missing_extensions(instance, physical, &desc.device_extensions)?);
    }
    let name =
        properties.device_name_as_c_str().map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned());
    Ok(Candidate { name, kind: properties.device_type, version, lacks, family: select::family(&families) })
}

fn missing_extensions(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
    wanted: &[CString],
) -> Result<Vec<String>, VkError> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // SAFETY: the physical device is of this instance.
    let present = unsafe { instance.enumerate_device_extension_properties(physical) };
    let present = present.map_err(VkError::of("vkEnumerateDeviceExtensionProperties"))?;
    let has = |name: &CStr| present.iter().any(|extension| extension.extension_name_as_c_str() == Ok(name));
    let missing = wanted.iter().filter(|name| !has(name));
    Ok(missing.map(|name| format!("extension `{}`", name.to_string_lossy())).collect())
}

fn wanted(desc: &RendererDesc) -> Features {
    let mut wanted = Features { core: desc.features, v12: desc.features_12, v13: desc.features_13 };
    wanted.v12.p_next = std::ptr::null_mut();
    wanted.v13.p_next = std::ptr::null_mut();
    wanted.v12 = wanted.v12.timeline_semaphore(true);
    wanted.v13 = wanted.v13.synchronization2(true).dynamic_rendering(true);
    wanted
}

fn create_device(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
    families: &[u32],
    desc: &RendererDesc,
) -> Result<ash::Device, VkError> {
    let queue =
        |family: &u32| vk::DeviceQueueCreateInfo::default().queue_family_index(*family).queue_priorities(&[1.0]);
    let queues: Vec<_> = families.iter().map(queue).collect();
    let extensions: Vec<*const c_char> = desc.device_extensions.iter().map(|name| name.as_ptr()).collect();
    let info = vk::DeviceCreateInfo::default().queue_create_infos(&queues).enabled_extension_names(&extensions);
    // SAFETY: `pick` asked the device for the family, the extensions and every feature that is wanted.
    let device = unsafe { chain::create_device(instance, physical, info, &mut wanted(desc)) };
    device.map_err(VkError::of("vkCreateDevice"))
}

fn describe(instance: &ash::Instance, physical: vk::PhysicalDevice) -> (DeviceInfo, vk::PhysicalDeviceLimits) {
    let (properties, driver) = chain::properties_of(instance, physical);
    let text = |name: Result<&CStr, _>| name.map_or_else(|_| String::new(), |name| name.to_string_lossy().into_owned());
    let info = DeviceInfo {
        name: text(properties.device_name_as_c_str()),
        kind: properties.device_type,
        api_version: ApiVersion::from_raw(properties.api_version),
        driver: text(driver.driver_name_as_c_str()),
        driver_info: text(driver.driver_info_as_c_str()),
    };
    (info, properties.limits)
}
