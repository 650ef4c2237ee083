//! Usages that extensions add to rendering.

use crate::usage::row::usages;

usages! {
    /// Read as the condition of conditional rendering (`VK_EXT_conditional_rendering`).
    ConditionalRendering {
        stages: CONDITIONAL_RENDERING_EXT,
        read: CONDITIONAL_RENDERING_READ_EXT,
        buffer: CONDITIONAL_RENDERING_EXT,
        passes: [Raster, Compute],
        spec: "vkCmdBeginConditionalRenderingEXT",
    }

    /// Written by transform feedback (`VK_EXT_transform_feedback`).
    TransformFeedback {
        stages: TRANSFORM_FEEDBACK_EXT,
        write: TRANSFORM_FEEDBACK_WRITE_EXT,
        buffer: TRANSFORM_FEEDBACK_BUFFER_EXT,
        passes: [Raster],
        spec: "vkCmdBeginTransformFeedbackEXT",
    }

    /// The counters of transform feedback: in `reads` resumed or drawn from, in `writes` resumed and stored.
    TransformFeedbackCounter {
        stages: DRAW_INDIRECT | TRANSFORM_FEEDBACK_EXT,
        read: TRANSFORM_FEEDBACK_COUNTER_READ_EXT,
        write: TRANSFORM_FEEDBACK_COUNTER_READ_EXT | TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT,
        buffer: TRANSFORM_FEEDBACK_COUNTER_BUFFER_EXT,
        passes: [Raster],
        spec: "vkCmdBeginTransformFeedbackEXT",
    }

    /// Read as the fragment shading rate attachment (`VK_KHR_fragment_shading_rate`).
    FragmentShadingRate {
        stages: FRAGMENT_SHADING_RATE_ATTACHMENT_KHR,
        read: FRAGMENT_SHADING_RATE_ATTACHMENT_READ_KHR,
        image: FRAGMENT_SHADING_RATE_ATTACHMENT_KHR in FRAGMENT_SHADING_RATE_ATTACHMENT_OPTIMAL_KHR,
        passes: [Raster],
        spec: "primsrast-fragment-shading-rate-attachment",
    }

    /// Read as the fragment density map (`VK_EXT_fragment_density_map`).
    FragmentDensityMap {
        stages: FRAGMENT_DENSITY_PROCESS_EXT,
        read: FRAGMENT_DENSITY_MAP_READ_EXT,
        image: FRAGMENT_DENSITY_MAP_EXT in FRAGMENT_DENSITY_MAP_OPTIMAL_EXT,
        passes: [Raster],
        spec: "VkRenderingFragmentDensityMapAttachmentInfoEXT",
    }
}
