//! Which pipeline stages the features of a device allow a frame to name.

use ash::vk;

use crate::plan::Features;

/// Returns what the enabled features allow. Stages of extensions need features that no renderer's own device has.
pub(crate) fn stages_of(enabled: &vk::PhysicalDeviceFeatures) -> Features {
    let switches = [("geometryShader", enabled.geometry_shader), ("tessellationShader", enabled.tessellation_shader)];
    Features::named(switches.into_iter().filter(|(_, on)| *on == vk::TRUE).map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use ash::vk;
    use ash::vk::PipelineStageFlags2 as S;

    use super::stages_of;
    use crate::usage::ALL;

    /// The stages of usages that are allowed, beside those of every device.
    fn allowed(enabled: vk::PhysicalDeviceFeatures) -> S {
        let (features, none) = (stages_of(&enabled), stages_of(&vk::PhysicalDeviceFeatures::default()));
        let stages = ALL.iter().fold(S::NONE, |all, row| all | row.stages);
        let each = (0..64).map(|bit| S::from_raw(1 << bit)).filter(|bit| stages.contains(*bit));
        each.filter(|stage| features.allow(*stage) && !none.allow(*stage)).fold(S::NONE, |all, stage| all | stage)
    }

    #[test]
    fn each_feature_allows_its_own_stages() {
        let none = vk::PhysicalDeviceFeatures::default();
        let tessellation = S::TESSELLATION_CONTROL_SHADER | S::TESSELLATION_EVALUATION_SHADER;
        assert_eq!(allowed(none), S::NONE);
        assert_eq!(allowed(none.geometry_shader(true)), S::GEOMETRY_SHADER);
        assert_eq!(allowed(none.tessellation_shader(true)), tessellation);
        assert_eq!(allowed(none.geometry_shader(true).tessellation_shader(true)), tessellation | S::GEOMETRY_SHADER);
        assert_eq!(allowed(none.wide_lines(true).sampler_anisotropy(true)), S::NONE);
    }

    #[test]
    fn stages_of_extensions_are_refused_and_those_of_every_device_are_not() {
        let none = stages_of(&vk::PhysicalDeviceFeatures::default());
        let of_extensions = [S::MESH_SHADER_EXT, S::TASK_SHADER_EXT, S::RAY_TRACING_SHADER_KHR];
        assert!(of_extensions.iter().all(|stage| !none.allow(*stage)));
        let of_all = S::VERTEX_SHADER | S::FRAGMENT_SHADER | S::COMPUTE_SHADER | S::ALL_TRANSFER | S::ALL_GRAPHICS;
        assert!(none.allow(of_all | S::PRE_RASTERIZATION_SHADERS | S::ALL_COMMANDS | S::HOST));
    }
}
