//! Makes an instance, with validation if asked for.

use std::ffi::{CStr, CString, c_char};
use std::sync::Arc;

use ash::ext::debug_utils;
use ash::vk;

use crate::device::desc::RendererDesc;
use crate::device::messages::MessageLog;
use crate::device::validation::{LAYER, Switches, Validation, ValidationInfo};
use crate::record::chain;
use crate::record::error::{ApiVersion, VkError};
use crate::record::table::c_string;

/// An instance, and what listens to its layers.
pub(crate) struct Instance {
    pub(crate) entry: ash::Entry,
    pub(crate) raw: ash::Instance,
    pub(crate) messenger: Option<(debug_utils::Instance, vk::DebugUtilsMessengerEXT)>,
    pub(crate) log: Arc<MessageLog>,
    pub(crate) validation: Option<ValidationInfo>,
    pub(crate) debug_utils: bool,
}

impl Instance {
    /// Opens the loader and makes an instance.
    pub(crate) fn new(desc: &RendererDesc) -> Result<Self, VkError> {
        let entry = open_loader()?;
        let layer = find_layer(&entry, desc.validation)?;
        let validation = layer.and_then(|version| ValidationInfo::from_environment(desc.validation, version));
        let debug_utils = has_debug_utils(&entry, layer.map(|_| LAYER))?;
        let log = Arc::new(MessageLog::new(desc.ignored.clone()));
        let raw = create(&entry, desc, validation, debug_utils, &log)?;
        let mut instance = Self { entry, raw, messenger: None, log, validation, debug_utils };
        instance.listen()?;
        Ok(instance)
    }

    fn listen(&mut self) -> Result<(), VkError> {
        if !self.debug_utils {
            return Ok(());
        }
        let functions = chain::debug_instance(&self.entry, &self.raw);
        // SAFETY: debug-utils is enabled; the log is in an `Arc` that `self` keeps until the messenger is destroyed.
        let messenger = unsafe { functions.create_debug_utils_messenger(&self.log.messenger(), None) };
        let messenger = messenger.map_err(VkError::of("vkCreateDebugUtilsMessengerEXT"))?;
        self.messenger = Some((functions, messenger));
        Ok(())
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some((functions, messenger)) = self.messenger.take() {
            // SAFETY: the messenger is of this instance, and no other thread calls Vulkan with it: `self` is owned.
            unsafe { functions.destroy_debug_utils_messenger(messenger, None) };
        }
        // SAFETY: all devices of the instance are destroyed: what makes them keeps `self` until then.
        unsafe { self.raw.destroy_instance(None) };
    }
}

fn open_loader() -> Result<ash::Entry, VkError> {
    // SAFETY: the loader's initialisation code runs; the system's Vulkan library is trusted to be one.
    let entry = unsafe { ash::Entry::load() }.map_err(|error| VkError::NoLoader(error.into()))?;
    // SAFETY: the entry is loaded.
    let version = unsafe { entry.try_enumerate_instance_version() };
    let version = version.map_err(VkError::of("vkEnumerateInstanceVersion"))?.unwrap_or(vk::API_VERSION_1_0);
    let found = ApiVersion::from_raw(version);
    if found < ApiVersion::NEEDED { Err(VkError::LoaderTooOld { found }) } else { Ok(entry) }
}

fn find_layer(entry: &ash::Entry, validation: Validation) -> Result<Option<ApiVersion>, VkError> {
    match validation {
        Validation::Off => return Ok(None),
        Validation::Core | Validation::Synchronization => {}
    }
    // SAFETY: the entry is loaded.
    let layers = unsafe { entry.enumerate_instance_layer_properties() };
    let layers = layers.map_err(VkError::of("vkEnumerateInstanceLayerProperties"))?;
    let layer = layers.iter().find(|layer| layer.layer_name_as_c_str() == Ok(LAYER));
    layer.map(|layer| Some(ApiVersion::from_raw(layer.spec_version))).ok_or(VkError::NoValidationLayer)
}

fn has_debug_utils(entry: &ash::Entry, layer: Option<&CStr>) -> Result<bool, VkError> {
    for provider in [None, layer] {
        // SAFETY: the entry is loaded; the layer, if any, was enumerated.
        let extensions = unsafe { entry.enumerate_instance_extension_properties(provider) };
        let extensions = extensions.map_err(VkError::of("vkEnumerateInstanceExtensionProperties"))?;
        if extensions.iter().any(|extension| extension.extension_name_as_c_str() == Ok(debug_utils::NAME)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn create(
    entry: &ash::Entry,
    desc: &RendererDesc,
    validation: Option<ValidationInfo>,
    debug_utils: bool,
    log: &MessageLog,
) -> Result<ash::Instance, VkError> {
    let application = c_string(&desc.application);
    let about = vk::ApplicationInfo::default()
        .application_name(&application)
        .engine_name(c"fencewright")
        .api_version(vk::API_VERSION_1_3);
    let layers: Vec<*const c_char> = validation.iter().map(|_| LAYER.as_ptr()).collect();
    let switches = Switches::new(validation);
    let mut features = switches.features();
    let mut extensions: Vec<&CStr> = desc.instance_extensions.iter().map(CString::as_c_str).collect();
    extensions.extend(debug_utils.then_some(debug_utils::NAME));
    extensions.extend(features.as_ref().map(|_| ash::ext::validation_features::NAME));
    let extensions: Vec<*const c_char> = extensions.into_iter().map(CStr::as_ptr).collect();
    let each = switches.settings();
    let mut settings = vk::LayerSettingsCreateInfoEXT::default().settings(&each);
    let settings = (!each.is_empty()).then_some(&mut settings);
    let mut messenger = log.messenger();
    let info = vk::InstanceCreateInfo::default()
        .application_info(&about)
        .enabled_layer_names(&layers)
        .enabled_extension_names(&extensions);
    let info = chain::instance_info(info, features.as_mut(), settings, debug_utils.then_some(&mut messenger));
    // SAFETY: every pointer of `info` lives to the end of this function; the log outlives the instance, whose owner keeps it.
    let instance = unsafe { entry.create_instance(&info, None) };
    instance.map_err(|result| match result {
        vk::Result::ERROR_INCOMPATIBLE_DRIVER => VkError::NoDriver,
        vk::Result::ERROR_LAYER_NOT_PRESENT => VkError::NoValidationLayer,
        result => VkError::from_result("vkCreateInstance", result),
    })
}
