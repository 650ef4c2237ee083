//! The specification's names of flags and layouts, without their prefixes.

use ash::vk;

/// Returns the names of pipeline stages: `COPY | COMPUTE_SHADER`, or `NONE`.
pub(crate) fn stages(stages: vk::PipelineStageFlags2) -> String {
    or_none(format!("{stages:?}"))
}

/// Returns the names of accesses: `SHADER_STORAGE_READ | SHADER_STORAGE_WRITE`, or `NONE`.
pub(crate) fn access(access: vk::AccessFlags2) -> String {
    or_none(format!("{access:?}"))
}

/// Returns the names of image aspects: `COLOR`, or `DEPTH | STENCIL`.
pub(crate) fn aspects(aspects: vk::ImageAspectFlags) -> String {
    or_none(format!("{aspects:?}"))
}

/// Returns the name of an image layout.
pub(crate) fn layout(layout: vk::ImageLayout) -> String {
    format!("{layout:?}")
}

fn or_none(names: String) -> String {
    if names.is_empty() { "NONE".to_owned() } else { names }
}
