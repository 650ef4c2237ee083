//! The places where a later ash differs: chained structures and the loading of extensions. Nowhere else.

use ash::ext::debug_utils;
use ash::vk;

/// Loads the debug-utils functions of an instance.
pub(crate) fn debug_instance(entry: &ash::Entry, instance: &ash::Instance) -> debug_utils::Instance {
    debug_utils::Instance::new(entry, instance)
}

/// Loads the debug-utils functions of a device.
pub(crate) fn debug_device(instance: &ash::Instance, device: &ash::Device) -> debug_utils::Device {
    debug_utils::Device::new(instance, device)
}

/// Chains the way to switch validation on, and the messenger that sees the instance itself being made.
pub(crate) fn instance_info<'a>(
    mut info: vk::InstanceCreateInfo<'a>,
    features: Option<&'a mut vk::ValidationFeaturesEXT<'a>>,
    settings: Option<&'a mut vk::LayerSettingsCreateInfoEXT<'a>>,
    messenger: Option<&'a mut vk::DebugUtilsMessengerCreateInfoEXT<'a>>,
) -> vk::InstanceCreateInfo<'a> {
    if let Some(features) = features {
        info = info.push_next(features);
    }
    if let Some(settings) = settings {
        info = info.push_next(settings);
    }
    if let Some(messenger) = messenger {
        info = info.push_next(messenger);
    }
    info
}

/// The features that a query fills in or that a device is created with.
#[derive(Default)]
pub(crate) struct Features {
    pub(crate) core: vk::PhysicalDeviceFeatures,
    pub(crate) v12: vk::PhysicalDeviceVulkan12Features<'static>,
    pub(crate) v13: vk::PhysicalDeviceVulkan13Features<'static>,
}

/// Asks a physical device for its features.
pub(crate) fn features_of(instance: &ash::Instance, physical: vk::PhysicalDevice) -> Features {
    let mut v12 = vk::PhysicalDeviceVulkan12Features::default();
    let mut v13 = vk::PhysicalDeviceVulkan13Features::default();
    let mut all = vk::PhysicalDeviceFeatures2::default().push_next(&mut v12).push_next(&mut v13);
    // SAFETY: `physical` is of `instance` and has Vulkan 1.3 (the caller checked), so it knows every chained structure.
    unsafe { instance.get_physical_device_features2(physical, &mut all) };
    let core = all.features;
    v12.p_next = std::ptr::null_mut();
    v13.p_next = std::ptr::null_mut();
    Features { core, v12, v13 }
}

/// Asks a physical device for its properties, and for its driver's.
pub(crate) fn properties_of(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
) -> (vk::PhysicalDeviceProperties, vk::PhysicalDeviceDriverProperties<'static>) {
    let mut driver = vk::PhysicalDeviceDriverProperties::default();
    let mut all = vk::PhysicalDeviceProperties2::default().push_next(&mut driver);
    // SAFETY: `physical` is of `instance` and has Vulkan 1.3 (the caller checked), so it knows every chained structure.
    unsafe { instance.get_physical_device_properties2(physical, &mut all) };
    let properties = all.properties;
    driver.p_next = std::ptr::null_mut();
    (properties, driver)
}

/// Creates a device with `features` on.
///
/// # Safety
///
/// `info` is valid for `physical`, but for its features, which `physical` supports.
pub(crate) unsafe fn create_device(
    instance: &ash::Instance,
    physical: vk::PhysicalDevice,
    info: vk::DeviceCreateInfo<'_>,
    features: &mut Features,
) -> Result<ash::Device, vk::Result> {
    let mut core = vk::PhysicalDeviceFeatures2::default().features(features.core);
    let info = info.push_next(&mut core).push_next(&mut features.v12).push_next(&mut features.v13);
    // SAFETY: the caller's promise; the chain holds features alone.
    unsafe { instance.create_device(physical, &info, None) }
}

/// Creates a timeline semaphore that starts at 0.
///
/// # Safety
///
/// `device` has timeline semaphores enabled.
pub(crate) unsafe fn create_timeline(device: &ash::Device) -> Result<vk::Semaphore, vk::Result> {
    let mut kind = vk::SemaphoreTypeCreateInfo::default().semaphore_type(vk::SemaphoreType::TIMELINE);
    let info = vk::SemaphoreCreateInfo::default().push_next(&mut kind);
    // SAFETY: the caller's promise.
    unsafe { device.create_semaphore(&info, None) }
}

/// Begins a secondary command buffer that continues dynamic rendering.
///
/// # Safety
///
/// `buffer` is a secondary command buffer in the initial state, whose pool no other thread uses meanwhile.
pub(crate) unsafe fn begin_inside_rendering(
    device: &ash::Device,
    buffer: vk::CommandBuffer,
    mut rendering: vk::CommandBufferInheritanceRenderingInfo<'_>,
) -> Result<(), vk::Result> {
    let inherited = vk::CommandBufferInheritanceInfo::default().push_next(&mut rendering);
    let info = vk::CommandBufferBeginInfo::default()
        .flags(vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT | vk::CommandBufferUsageFlags::RENDER_PASS_CONTINUE)
        .inheritance_info(&inherited);
    // SAFETY: the caller's promise; the inheritance names formats alone.
    unsafe { device.begin_command_buffer(buffer, &info) }
}
