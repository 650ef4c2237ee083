//! Which validation layer there is, and how its checks are switched on.

use std::ffi::CStr;

use ash::vk;

use crate::record::error::ApiVersion;

/// The Khronos validation layer.
pub(crate) const LAYER: &CStr = c"VK_LAYER_KHRONOS_validation";

/// Since this version checks between submits are on by themselves.
const SUBMITS_BY_DEFAULT: ApiVersion = ApiVersion { major: 1, minor: 3, patch: 274 };
/// Since this version host waits for a timeline value are understood.
const KNOWS_TIMELINES: ApiVersion = ApiVersion { major: 1, minor: 3, patch: 296 };
/// Since this version settings can be given through the API.
const HAS_SETTINGS: ApiVersion = ApiVersion { major: 1, minor: 3, patch: 272 };

const SUBMITS_VARIABLE: &str = "VK_LAYER_ENABLES";
const SUBMITS_WORD: &str = "VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT";

/// How much the validation layer checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Validation {
    /// The layer is not loaded.
    #[default]
    Off,
    /// The rules of the specification, without synchronization.
    Core,
    /// Synchronization too, between command buffers and between submits.
    ///
    /// Layers before 1.3.274 see what happens between command buffers and submits only when the environment says so
    /// before the process makes its first instance: [`Validation::ENVIRONMENT`]. [`ValidationInfo::between_submits`]
    /// tells whether it did.
    Synchronization,
}

impl Validation {
    /// What the environment must hold for a layer before 1.3.274 to look between submits; later layers need nothing.
    pub const ENVIRONMENT: (&'static str, &'static str) = (
        SUBMITS_VARIABLE,
        "VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT:VALIDATION_CHECK_ENABLE_SYNCHRONIZATION_VALIDATION_QUEUE_SUBMIT",
    );
}

/// What the validation layer of a renderer does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValidationInfo {
    /// The version of the Vulkan headers that the layer was built from.
    pub layer: ApiVersion,
    /// Whether it checks synchronization.
    pub synchronization: bool,
    /// Whether it sees what happens between command buffers and between submits.
    pub between_submits: bool,
}

impl ValidationInfo {
    /// Says what a layer does, from its version and from what the environment holds under `VK_LAYER_ENABLES`.
    pub(crate) fn new(validation: Validation, layer: ApiVersion, enables: Option<&str>) -> Option<Self> {
        let synchronization = match validation {
            Validation::Off => return None,
            Validation::Core => false,
            Validation::Synchronization => true,
        };
        let said = enables.is_some_and(|enables| enables.split(':').any(|word| word == SUBMITS_WORD));
        Some(Self { layer, synchronization, between_submits: synchronization && (layer >= SUBMITS_BY_DEFAULT || said) })
    }

    /// Reads the environment.
    pub(crate) fn from_environment(validation: Validation, layer: ApiVersion) -> Option<Self> {
        Self::new(validation, layer, std::env::var(SUBMITS_VARIABLE).ok().as_deref())
    }
}

/// How the host waits for a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HostWait {
    /// For the value of the timeline semaphore.
    Timeline,
    /// For a fence beside it: layers before 1.3.296 take a legal wait for a timeline value for none, and report what
    /// the host does next.
    Fence,
}

impl HostWait {
    pub(crate) fn for_layer(layer: Option<ApiVersion>) -> Self {
        match layer {
            Some(layer) if layer < KNOWS_TIMELINES => Self::Fence,
            Some(_) | None => Self::Timeline,
        }
    }
}

/// The ways to tell a layer what to check; their lifetimes are why they are kept together.
pub(crate) struct Switches {
    enables: Vec<vk::ValidationFeatureEnableEXT>,
    settings: Vec<(&'static CStr, vk::Bool32)>,
}

impl Switches {
    pub(crate) fn new(info: Option<ValidationInfo>) -> Self {
        let Some(info) = info else { return Self { enables: Vec::new(), settings: Vec::new() } };
        if info.layer < HAS_SETTINGS {
            let sync = info.synchronization.then_some(vk::ValidationFeatureEnableEXT::SYNCHRONIZATION_VALIDATION);
            return Self { enables: sync.into_iter().collect(), settings: Vec::new() };
        }
        // Without the first, ten messages of an id are followed by silence.
        let mut settings = vec![(c"enable_message_limit", vk::FALSE)];
        if info.synchronization {
            settings.extend([
                (c"validate_sync", vk::TRUE),
                (c"syncval_shader_accesses_heuristic", vk::TRUE),
                (c"syncval_load_op_after_store_op_validation", vk::TRUE),
                (c"syncval_message_extra_properties", vk::TRUE),
            ]);
        }
        Self { enables: Vec::new(), settings }
    }

    /// Returns the switches of layers that know no settings.
    pub(crate) fn features(&self) -> Option<vk::ValidationFeaturesEXT<'_>> {
        let some = !self.enables.is_empty();
        some.then(|| vk::ValidationFeaturesEXT::default().enabled_validation_features(&self.enables))
    }

    /// Returns the settings of layers that know them.
    pub(crate) fn settings(&self) -> Vec<vk::LayerSettingEXT<'_>> {
        let each = self.settings.iter().map(|(name, value)| vk::LayerSettingEXT {
            p_layer_name: LAYER.as_ptr(),
            p_setting_name: name.as_ptr(),
            ty: vk::LayerSettingTypeEXT::BOOL32,
            value_count: 1,
            p_values: std::ptr::from_ref(value).cast(),
            ..Default::default()
        });
        each.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: ApiVersion = ApiVersion { major: 1, minor: 3, patch: 239 };
    const NEW: ApiVersion = ApiVersion { major: 1, minor: 4, patch: 364 };

    #[test]
    fn an_old_layer_sees_between_submits_only_when_the_environment_says_so() {
        let sync = Validation::Synchronization;
        let seen =
            |layer, enables: Option<&str>| ValidationInfo::new(sync, layer, enables).map(|info| info.between_submits);
        assert_eq!(seen(OLD, None), Some(false));
        assert_eq!(seen(OLD, Some(Validation::ENVIRONMENT.1)), Some(true));
        // A comma joins the two words into one that the layer does not know.
        let commas = Validation::ENVIRONMENT.1.replace(':', ",");
        assert_eq!(seen(OLD, Some(&commas)), Some(false));
        assert_eq!(seen(NEW, None), Some(true));
        assert_eq!(ValidationInfo::new(Validation::Off, NEW, None), None);
        let core = ValidationInfo::new(Validation::Core, NEW, None).map(|info| info.between_submits);
        assert_eq!(core, Some(false));
    }

    #[test]
    fn fences_stand_in_for_timelines_on_old_layers_alone() {
        assert_eq!(HostWait::for_layer(None), HostWait::Timeline);
        assert_eq!(HostWait::for_layer(Some(OLD)), HostWait::Fence);
        assert_eq!(HostWait::for_layer(Some(ApiVersion { patch: 295, ..OLD })), HostWait::Fence);
        assert_eq!(HostWait::for_layer(Some(ApiVersion { patch: 296, ..OLD })), HostWait::Timeline);
        assert_eq!(HostWait::for_layer(Some(NEW)), HostWait::Timeline);
    }

    #[test]
    fn each_layer_gets_the_switches_it_knows() {
        let of = |layer| Switches::new(ValidationInfo::new(Validation::Synchronization, layer, None));
        assert!(of(OLD).features().is_some() && of(OLD).settings().is_empty());
        assert!(of(NEW).features().is_none() && of(NEW).settings().len() == 5);
        assert!(Switches::new(None).features().is_none());
    }
}
