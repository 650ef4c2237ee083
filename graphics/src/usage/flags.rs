//! The Vulkan names of flags and layouts, without the debug tables of the binding.

use std::fmt;

use ash::vk;

/// Returns the names of these pipeline stages: `COPY | CLEAR`, `NONE`, bits without a name in hexadecimal.
pub const fn stage_names(stages: vk::PipelineStageFlags2) -> StageNames {
    StageNames(stages)
}

/// Returns the names of these accesses: `SHADER_STORAGE_READ | SHADER_STORAGE_WRITE`, `NONE`, bits without a name in
/// hexadecimal.
pub const fn access_names(accesses: vk::AccessFlags2) -> AccessNames {
    AccessNames(accesses)
}

/// Returns the name of this image layout: `GENERAL`; a number where it has no name here.
pub const fn layout_name(layout: vk::ImageLayout) -> LayoutName {
    LayoutName(layout)
}

/// Displays pipeline stages, in `Debug` too; made by [`stage_names`].
#[derive(Clone, Copy)]
pub struct StageNames(vk::PipelineStageFlags2);

/// Displays accesses, in `Debug` too; made by [`access_names`].
#[derive(Clone, Copy)]
pub struct AccessNames(vk::AccessFlags2);

/// Displays an image layout, in `Debug` too; made by [`layout_name`].
#[derive(Clone, Copy)]
pub struct LayoutName(vk::ImageLayout);

impl fmt::Display for StageNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&spell(self.0.as_raw(), STAGES.iter().map(|(bit, name)| (bit.as_raw(), *name))))
    }
}

impl fmt::Display for AccessNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&spell(self.0.as_raw(), ACCESSES.iter().map(|(bit, name)| (bit.as_raw(), *name))))
    }
}

impl fmt::Display for LayoutName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match LAYOUTS.iter().find(|(layout, _)| *layout == self.0) {
            Some((_, name)) => f.pad(name),
            None => f.pad(&format!("VkImageLayout({})", self.0.as_raw())),
        }
    }
}

impl fmt::Debug for StageNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for AccessNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for LayoutName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Joins the names of the bits that are set; bits without a name follow in hexadecimal.
fn spell(bits: u64, names: impl Iterator<Item = (u64, &'static str)>) -> String {
    let mut nameless = bits;
    let mut words = Vec::new();
    for (bit, name) in names.filter(|(bit, _)| bits & bit != 0) {
        nameless &= !bit;
        words.push(name.to_owned());
    }
    if nameless != 0 {
        words.push(format!("{nameless:#x}"));
    }
    if words.is_empty() { "NONE".to_owned() } else { words.join(" | ") }
}

/// Writes a table of constants and their names.
macro_rules! names {
    ($(#[$doc:meta])* $table:ident: $type:ident { $($name:ident)+ }) => {
        $(#[$doc])*
        const $table: &[(vk::$type, &str)] = &[$((vk::$type::$name, stringify!($name))),+];
    };
}

names! {
    /// Every pipeline stage, in the order of the pipelines.
    STAGES: PipelineStageFlags2 {
        TOP_OF_PIPE DRAW_INDIRECT INDEX_INPUT VERTEX_ATTRIBUTE_INPUT VERTEX_INPUT TASK_SHADER_EXT
        MESH_SHADER_EXT VERTEX_SHADER TESSELLATION_CONTROL_SHADER TESSELLATION_EVALUATION_SHADER GEOMETRY_SHADER
        PRE_RASTERIZATION_SHADERS TRANSFORM_FEEDBACK_EXT FRAGMENT_DENSITY_PROCESS_EXT
        FRAGMENT_SHADING_RATE_ATTACHMENT_KHR EARLY_FRAGMENT_TESTS FRAGMENT_SHADER LATE_FRAGMENT_TESTS
        COLOR_ATTACHMENT_OUTPUT COMPUTE_SHADER RAY_TRACING_SHADER_KHR ACCELERATION_STRUCTURE_BUILD_KHR
        ACCELERATION_STRUCTURE_COPY_KHR COPY BLIT RESOLVE CLEAR ALL_TRANSFER CONDITIONAL_RENDERING_EXT
        COMMAND_PREPROCESS_NV SUBPASS_SHADER_HUAWEI INVOCATION_MASK_HUAWEI CLUSTER_CULLING_SHADER_HUAWEI
        MICROMAP_BUILD_EXT OPTICAL_FLOW_NV VIDEO_DECODE_KHR VIDEO_ENCODE_KHR HOST ALL_GRAPHICS ALL_COMMANDS
        BOTTOM_OF_PIPE
    }
}

names! {
    /// Every access.
    ACCESSES: AccessFlags2 {
        INDIRECT_COMMAND_READ INDEX_READ VERTEX_ATTRIBUTE_READ UNIFORM_READ INPUT_ATTACHMENT_READ SHADER_READ
        SHADER_SAMPLED_READ SHADER_STORAGE_READ SHADER_WRITE SHADER_STORAGE_WRITE COLOR_ATTACHMENT_READ
        COLOR_ATTACHMENT_WRITE DEPTH_STENCIL_ATTACHMENT_READ DEPTH_STENCIL_ATTACHMENT_WRITE TRANSFER_READ
        TRANSFER_WRITE HOST_READ HOST_WRITE MEMORY_READ MEMORY_WRITE SHADER_BINDING_TABLE_READ_KHR
        ACCELERATION_STRUCTURE_READ_KHR ACCELERATION_STRUCTURE_WRITE_KHR TRANSFORM_FEEDBACK_WRITE_EXT
        TRANSFORM_FEEDBACK_COUNTER_READ_EXT TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT CONDITIONAL_RENDERING_READ_EXT
        COMMAND_PREPROCESS_READ_NV COMMAND_PREPROCESS_WRITE_NV FRAGMENT_SHADING_RATE_ATTACHMENT_READ_KHR
        FRAGMENT_DENSITY_MAP_READ_EXT COLOR_ATTACHMENT_READ_NONCOHERENT_EXT DESCRIPTOR_BUFFER_READ_EXT
        INVOCATION_MASK_READ_HUAWEI MICROMAP_READ_EXT MICROMAP_WRITE_EXT OPTICAL_FLOW_READ_NV
        OPTICAL_FLOW_WRITE_NV VIDEO_DECODE_READ_KHR VIDEO_DECODE_WRITE_KHR VIDEO_ENCODE_READ_KHR
        VIDEO_ENCODE_WRITE_KHR
    }
}

names! {
    /// Every image layout.
    LAYOUTS: ImageLayout {
        UNDEFINED GENERAL ATTACHMENT_OPTIMAL READ_ONLY_OPTIMAL COLOR_ATTACHMENT_OPTIMAL
        DEPTH_STENCIL_ATTACHMENT_OPTIMAL DEPTH_STENCIL_READ_ONLY_OPTIMAL SHADER_READ_ONLY_OPTIMAL
        TRANSFER_SRC_OPTIMAL TRANSFER_DST_OPTIMAL PREINITIALIZED DEPTH_READ_ONLY_STENCIL_ATTACHMENT_OPTIMAL
        DEPTH_ATTACHMENT_STENCIL_READ_ONLY_OPTIMAL DEPTH_ATTACHMENT_OPTIMAL DEPTH_READ_ONLY_OPTIMAL
        STENCIL_ATTACHMENT_OPTIMAL STENCIL_READ_ONLY_OPTIMAL PRESENT_SRC_KHR SHARED_PRESENT_KHR
        FRAGMENT_SHADING_RATE_ATTACHMENT_OPTIMAL_KHR FRAGMENT_DENSITY_MAP_OPTIMAL_EXT
        ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT RENDERING_LOCAL_READ_KHR VIDEO_DECODE_DST_KHR VIDEO_DECODE_SRC_KHR
        VIDEO_DECODE_DPB_KHR VIDEO_ENCODE_DST_KHR VIDEO_ENCODE_SRC_KHR VIDEO_ENCODE_DPB_KHR
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_print_by_their_vulkan_names() {
        use vk::{AccessFlags2 as Access, PipelineStageFlags2 as Stage};
        assert_eq!(stage_names(Stage::COPY).to_string(), "COPY");
        assert_eq!(stage_names(Stage::TRANSFER).to_string(), "ALL_TRANSFER");
        assert_eq!(stage_names(Stage::NONE).to_string(), "NONE");
        assert_eq!(
            access_names(Access::SHADER_STORAGE_WRITE | Access::SHADER_STORAGE_READ).to_string(),
            "SHADER_STORAGE_READ | SHADER_STORAGE_WRITE"
        );
        assert_eq!(
            stage_names(Stage::from_raw(Stage::COPY.as_raw() | 1 << 60)).to_string(),
            "COPY | 0x1000000000000000"
        );
        assert_eq!(layout_name(vk::ImageLayout::ATTACHMENT_OPTIMAL).to_string(), "ATTACHMENT_OPTIMAL");
        assert_eq!(layout_name(vk::ImageLayout::from_raw(77)).to_string(), "VkImageLayout(77)");
    }

    #[test]
    fn every_name_stands_for_one_bit_of_its_own() {
        for table in [
            STAGES.iter().map(|(bit, _)| bit.as_raw()).collect::<Vec<_>>(),
            ACCESSES.iter().map(|(bit, _)| bit.as_raw()).collect(),
        ] {
            assert!(table.iter().all(|bit| bit.is_power_of_two()));
            assert_eq!(table.iter().fold(0, |all, bit| all | bit).count_ones() as usize, table.len());
        }
    }

    #[test]
    fn a_width_pads_the_whole_text() {
        assert_eq!(format!("{:>6}|", stage_names(vk::PipelineStageFlags2::COPY)), "  COPY|");
    }
}
