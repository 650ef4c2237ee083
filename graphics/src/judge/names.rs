//! The names of flags and layouts, in both directions.

use ash::vk::{AccessFlags2 as A, ImageAspectFlags as F, ImageLayout as L, PipelineStageFlags2 as S};

macro_rules! table {
    ($type:ident: $($name:ident)*) => { &[$((stringify!($name), $type::$name)),*] };
}

const STAGES: &[(&str, S)] = table!(S:
    TOP_OF_PIPE DRAW_INDIRECT INDEX_INPUT VERTEX_ATTRIBUTE_INPUT VERTEX_INPUT VERTEX_SHADER
    TESSELLATION_CONTROL_SHADER TESSELLATION_EVALUATION_SHADER GEOMETRY_SHADER TASK_SHADER_EXT MESH_SHADER_EXT
    PRE_RASTERIZATION_SHADERS TRANSFORM_FEEDBACK_EXT FRAGMENT_SHADING_RATE_ATTACHMENT_KHR
    FRAGMENT_DENSITY_PROCESS_EXT EARLY_FRAGMENT_TESTS FRAGMENT_SHADER LATE_FRAGMENT_TESTS COLOR_ATTACHMENT_OUTPUT
    COMPUTE_SHADER COPY RESOLVE BLIT CLEAR ALL_TRANSFER ACCELERATION_STRUCTURE_BUILD_KHR
    ACCELERATION_STRUCTURE_COPY_KHR RAY_TRACING_SHADER_KHR CONDITIONAL_RENDERING_EXT COMMAND_PREPROCESS_NV
    SUBPASS_SHADER_HUAWEI INVOCATION_MASK_HUAWEI CLUSTER_CULLING_SHADER_HUAWEI MICROMAP_BUILD_EXT OPTICAL_FLOW_NV
    VIDEO_DECODE_KHR VIDEO_ENCODE_KHR HOST ALL_GRAPHICS ALL_COMMANDS BOTTOM_OF_PIPE
);

const ACCESSES: &[(&str, A)] = table!(A:
    INDIRECT_COMMAND_READ INDEX_READ VERTEX_ATTRIBUTE_READ UNIFORM_READ INPUT_ATTACHMENT_READ SHADER_SAMPLED_READ
    SHADER_STORAGE_READ SHADER_STORAGE_WRITE SHADER_READ SHADER_WRITE SHADER_BINDING_TABLE_READ_KHR
    DESCRIPTOR_BUFFER_READ_EXT COLOR_ATTACHMENT_READ COLOR_ATTACHMENT_READ_NONCOHERENT_EXT COLOR_ATTACHMENT_WRITE
    DEPTH_STENCIL_ATTACHMENT_READ DEPTH_STENCIL_ATTACHMENT_WRITE TRANSFER_READ TRANSFER_WRITE HOST_READ HOST_WRITE
    TRANSFORM_FEEDBACK_WRITE_EXT TRANSFORM_FEEDBACK_COUNTER_READ_EXT TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT
    CONDITIONAL_RENDERING_READ_EXT COMMAND_PREPROCESS_READ_NV COMMAND_PREPROCESS_WRITE_NV
    FRAGMENT_SHADING_RATE_ATTACHMENT_READ_KHR FRAGMENT_DENSITY_MAP_READ_EXT ACCELERATION_STRUCTURE_READ_KHR
    ACCELERATION_STRUCTURE_WRITE_KHR INVOCATION_MASK_READ_HUAWEI MICROMAP_READ_EXT MICROMAP_WRITE_EXT
    OPTICAL_FLOW_READ_NV OPTICAL_FLOW_WRITE_NV VIDEO_DECODE_READ_KHR VIDEO_DECODE_WRITE_KHR VIDEO_ENCODE_READ_KHR
    VIDEO_ENCODE_WRITE_KHR MEMORY_READ MEMORY_WRITE
);

const LAYOUTS: &[(&str, L)] = table!(L:
    UNDEFINED PREINITIALIZED GENERAL COLOR_ATTACHMENT_OPTIMAL DEPTH_STENCIL_ATTACHMENT_OPTIMAL
    DEPTH_STENCIL_READ_ONLY_OPTIMAL SHADER_READ_ONLY_OPTIMAL TRANSFER_SRC_OPTIMAL TRANSFER_DST_OPTIMAL
    DEPTH_READ_ONLY_STENCIL_ATTACHMENT_OPTIMAL DEPTH_ATTACHMENT_STENCIL_READ_ONLY_OPTIMAL DEPTH_ATTACHMENT_OPTIMAL
    DEPTH_READ_ONLY_OPTIMAL STENCIL_ATTACHMENT_OPTIMAL STENCIL_READ_ONLY_OPTIMAL READ_ONLY_OPTIMAL
    ATTACHMENT_OPTIMAL PRESENT_SRC_KHR SHARED_PRESENT_KHR FRAGMENT_DENSITY_MAP_OPTIMAL_EXT
    FRAGMENT_SHADING_RATE_ATTACHMENT_OPTIMAL_KHR ATTACHMENT_FEEDBACK_LOOP_OPTIMAL_EXT
);

const ASPECTS: &[(&str, F)] = table!(F: COLOR DEPTH STENCIL METADATA PLANE_0 PLANE_1 PLANE_2);

/// Flags that have names.
pub(super) trait Named: Copy + 'static {
    /// What one is called in messages.
    const WHAT: &'static str;
    /// Each name with its bits.
    const TABLE: &'static [(&'static str, Self)];
    /// The type as it is written with ash.
    const TYPE: &'static str;
    /// The bits.
    fn bits(self) -> u64;
    /// Joins two.
    fn or(self, other: Self) -> Self;
    /// No flag at all.
    fn none() -> Self;
}

macro_rules! named {
    ($($type:ident $what:literal $table:ident $path:literal;)*) => {$(
        impl Named for $type {
            const WHAT: &'static str = $what;
            const TABLE: &'static [(&'static str, Self)] = $table;
            const TYPE: &'static str = $path;
            fn bits(self) -> u64 {
                u64::from(self.as_raw())
            }
            fn or(self, other: Self) -> Self {
                self | other
            }
            fn none() -> Self {
                Self::empty()
            }
        }
    )*};
}
named! {
    S "pipeline stage" STAGES "vk::PipelineStageFlags2";
    A "access" ACCESSES "vk::AccessFlags2";
    F "aspect" ASPECTS "vk::ImageAspectFlags";
}

/// Names flags as `A|B`, or `NONE`.
pub(super) fn flags<T: Named>(flags: T) -> String {
    let names = each_name(flags);
    if names.is_empty() { "NONE".to_owned() } else { names.join("|") }
}

/// Names flags as an expression with ash.
pub(super) fn rust_flags<T: Named>(flags: T) -> String {
    let names: Vec<String> = each_name(flags).iter().map(|name| format!("{}::{name}", T::TYPE)).collect();
    if names.is_empty() { format!("{}::empty()", T::TYPE) } else { names.join(" | ") }
}

fn each_name<T: Named>(flags: T) -> Vec<&'static str> {
    let single = |row: &&(&'static str, T)| row.1.bits() & flags.bits() == row.1.bits();
    T::TABLE.iter().filter(single).map(|row| row.0).collect()
}

/// Reads flags from `A | B`; on failure returns the name that is unknown.
pub(super) fn parse_flags<T: Named>(text: &str) -> Result<T, String> {
    text.split('|').map(str::trim).filter(|name| *name != "NONE").try_fold(T::none(), |all, name| {
        T::TABLE.iter().find(|row| is_named(name, row.0)).map(|row| all.or(row.1)).ok_or_else(|| name.to_owned())
    })
}

/// Names a layout.
pub(super) fn layout(layout: L) -> String {
    LAYOUTS
        .iter()
        .find(|row| row.1 == layout)
        .map_or_else(|| format!("{layout:?}"), |row| row.0.trim_end_matches("_KHR").to_owned())
}

/// Names a layout as an expression with ash.
pub(super) fn rust_layout(layout: L) -> String {
    LAYOUTS.iter().find(|row| row.1 == layout).map_or_else(
        || format!("vk::ImageLayout::from_raw({})", layout.as_raw()),
        |row| format!("vk::ImageLayout::{}", row.0),
    )
}

/// Reads a layout.
pub(super) fn parse_layout(text: &str) -> Option<L> {
    LAYOUTS.iter().find(|row| is_named(text, row.0)).map(|row| row.1)
}

/// Names are those of ash; the suffix of the extension may be left out, and `TRANSFER` is what `ALL_TRANSFER` was.
fn is_named(text: &str, name: &str) -> bool {
    let short = ["_KHR", "_EXT", "_NV", "_HUAWEI"].iter().find_map(|suffix| name.strip_suffix(suffix));
    text == name || Some(text) == short || (text == "TRANSFER" && name == "ALL_TRANSFER")
}
