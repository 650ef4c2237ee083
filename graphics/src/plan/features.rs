//! Which pipeline stages need an enabled feature: a barrier may name no other.

use ash::vk;
use ash::vk::PipelineStageFlags2 as S;

/// The pipeline stages that only some devices have, as the enabled features allow them. By default all are allowed.
///
/// # Examples
///
/// ```
/// use fencewright_graphics::plan::{Features, Options};
///
/// // A device with `geometryShader` and nothing else of these.
/// let options = Options { features: Features::named(["geometryShader"]), ..Options::default() };
/// assert!(options.features.allow(ash::vk::PipelineStageFlags2::GEOMETRY_SHADER));
/// assert!(!options.features.allow(ash::vk::PipelineStageFlags2::MESH_SHADER_EXT));
/// assert!(options.features.allow(ash::vk::PipelineStageFlags2::COMPUTE_SHADER));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Features {
    stages: S,
}

/// The stage, the feature that allows it as a member of its structure, and the rule (the same number for both sides of all
/// three structures of a barrier).
const TABLE: [(S, &str, &str); 13] = [
    (S::GEOMETRY_SHADER, "geometryShader", "VUID-VkMemoryBarrier2-srcStageMask-03929"),
    (S::TESSELLATION_CONTROL_SHADER, "tessellationShader", "VUID-VkMemoryBarrier2-srcStageMask-03930"),
    (S::TESSELLATION_EVALUATION_SHADER, "tessellationShader", "VUID-VkMemoryBarrier2-srcStageMask-03930"),
    (S::CONDITIONAL_RENDERING_EXT, "conditionalRendering", "VUID-VkMemoryBarrier2-srcStageMask-03931"),
    (S::FRAGMENT_DENSITY_PROCESS_EXT, "fragmentDensityMap", "VUID-VkMemoryBarrier2-srcStageMask-03932"),
    (S::TRANSFORM_FEEDBACK_EXT, "transformFeedback", "VUID-VkMemoryBarrier2-srcStageMask-03933"),
    (S::MESH_SHADER_EXT, "meshShader", "VUID-VkMemoryBarrier2-srcStageMask-03934"),
    (S::TASK_SHADER_EXT, "taskShader", "VUID-VkMemoryBarrier2-srcStageMask-03935"),
    (
        S::FRAGMENT_SHADING_RATE_ATTACHMENT_KHR,
        "attachmentFragmentShadingRate",
        "VUID-VkMemoryBarrier2-srcStageMask-07316",
    ),
    (S::RAY_TRACING_SHADER_KHR, "rayTracingPipeline", "VUID-VkMemoryBarrier2-srcStageMask-07946"),
    (S::ACCELERATION_STRUCTURE_BUILD_KHR, "accelerationStructure", "VK_KHR_acceleration_structure"),
    (S::ACCELERATION_STRUCTURE_COPY_KHR, "rayTracingMaintenance1", "VK_KHR_ray_tracing_maintenance1"),
    (S::MICROMAP_BUILD_EXT, "micromap", "VK_EXT_opacity_micromap"),
];

/// All stages of the table.
const ALL: S = {
    let (mut all, mut row) = (0, 0);
    while row < TABLE.len() {
        all |= TABLE[row].0.as_raw();
        row += 1;
    }
    S::from_raw(all)
};

impl Default for Features {
    fn default() -> Self {
        Self { stages: ALL }
    }
}

impl Features {
    /// Allows the stages of these features, each named as the member of its Vulkan structure; names of other features
    /// change nothing.
    pub fn named<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut stages = S::NONE;
        for name in names {
            stages = TABLE.iter().filter(|row| row.1 == name).fold(stages, |all, row| all | row.0);
        }
        Self { stages }
    }

    /// Returns whether a barrier may name all of these stages. Those that stand for several are always allowed.
    pub fn allow(self, stages: vk::PipelineStageFlags2) -> bool {
        self.missing(stages).is_none()
    }

    /// Returns the first stage that is not allowed, with the feature that would allow it.
    pub(super) fn missing(self, stages: S) -> Option<(S, &'static str)> {
        let refused = stages & ALL & !self.stages;
        if refused.is_empty() {
            return None;
        }
        TABLE.iter().find(|row| refused.contains(row.0)).map(|row| (row.0, row.1))
    }
}
