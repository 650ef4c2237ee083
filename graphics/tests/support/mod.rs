//! Builds planner inputs by hand: usage rows out of the specification's names, resources, passes.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its own part of it")]

pub mod random;
pub mod replay;

use std::sync::Arc;

use ash::vk;
use fencewright_graphics::plan::{
    AccessInput, Entry, Exit, Input, PassInput, ResourceInput, ResourceRef, Scope, Shape, Sharing, Subresource,
};
use fencewright_graphics::usage::{ImageUse, UsageRow, access_names, layout_name, stage_names};
use fencewright_graphics::{Access, PassKind, Queue};

/// Reads pipeline stages written as `COPY|CLEAR`.
pub fn stages(names: &str) -> vk::PipelineStageFlags2 {
    let bit = |name: &str| {
        if name == "NONE" {
            return vk::PipelineStageFlags2::NONE;
        }
        let name = if name == "TRANSFER" { "ALL_TRANSFER" } else { name };
        let all = (0..64).map(|bit| vk::PipelineStageFlags2::from_raw(1 << bit));
        let mut named = all.filter(|bit| stage_names(*bit).to_string() == name);
        named.next().unwrap_or_else(|| panic!("no pipeline stage is called `{name}`"))
    };
    names.split('|').fold(vk::PipelineStageFlags2::NONE, |stages, name| stages | bit(name.trim()))
}

/// Reads accesses written as `SHADER_STORAGE_READ|SHADER_STORAGE_WRITE`.
pub fn accesses(names: &str) -> vk::AccessFlags2 {
    let bit = |name: &str| {
        if name == "NONE" {
            return vk::AccessFlags2::NONE;
        }
        let all = (0..64).map(|bit| vk::AccessFlags2::from_raw(1 << bit));
        let mut named = all.filter(|bit| access_names(*bit).to_string() == name);
        named.next().unwrap_or_else(|| panic!("no access is called `{name}`"))
    };
    names.split('|').fold(vk::AccessFlags2::NONE, |accesses, name| accesses | bit(name.trim()))
}

/// Reads an image layout; nothing is `UNDEFINED`, as for buffers.
pub fn layout(name: Option<&str>) -> vk::ImageLayout {
    let Some(name) = name else { return vk::ImageLayout::UNDEFINED };
    let name = if name == "PRESENT_SRC" { "PRESENT_SRC_KHR" } else { name };
    // Core layouts count from zero; those of extension n begin at 1,000,000,000 + 1000 * (n - 1).
    let extensions = (0..600).flat_map(|extension| (0..4).map(move |n| 1_000_000_000 + extension * 1000 + n));
    let all = (0..16).chain(extensions).map(vk::ImageLayout::from_raw);
    let mut named = all.filter(|layout| layout_name(*layout).to_string() == name);
    named.next().unwrap_or_else(|| panic!("no image layout is called `{name}`"))
}

/// Makes a row of a usage that reads and writes with the same accesses; it lives as long as the test.
pub fn row(
    name: &str,
    stages: vk::PipelineStageFlags2,
    access: vk::AccessFlags2,
    layout: vk::ImageLayout,
) -> &'static UsageRow {
    Box::leak(Box::new(UsageRow {
        name: name.to_owned().leak(),
        stages,
        read: Some(access),
        write: Some(access),
        buffer: Some(vk::BufferUsageFlags::STORAGE_BUFFER),
        image: Some(ImageUse { usage: vk::ImageUsageFlags::STORAGE, read_layout: layout, write_layout: layout }),
        passes: &[],
        spec: "",
    }))
}

/// Returns whether an access writes.
pub fn writes(access: vk::AccessFlags2) -> bool {
    access_names(access).to_string().contains("_WRITE")
}

/// Makes a buffer.
pub fn buffer(name: &str, len_bytes: u64, entry: Entry) -> ResourceInput {
    ResourceInput {
        name: name.to_owned(),
        shape: Shape::Buffer { len_bytes },
        entry,
        exit: Exit::Nothing,
        sharing: Sharing::default(),
    }
}

/// Makes a colour image.
pub fn image(name: &str, mips: u32, layers: u32, entry: Entry) -> ResourceInput {
    let shape = Shape::Image { mips, layers, aspects: vk::ImageAspectFlags::COLOR };
    ResourceInput { name: name.to_owned(), shape, entry, exit: Exit::Nothing, sharing: Sharing::default() }
}

/// Makes an access of the whole of a resource.
pub fn access(resource: usize, usage: &'static UsageRow, access: Access, part: Subresource) -> AccessInput {
    AccessInput { resource: ResourceRef(resource), part, usage, access, discard: false, concurrent: false, at: None }
}

/// Makes a pass whose barriers are emitted.
pub fn pass(name: &str, accesses: Vec<AccessInput>) -> PassInput {
    PassInput {
        system: 0,
        name: Arc::from(name),
        stage: Arc::from("stage"),
        kind: PassKind::Compute,
        queue: Queue::Graphics,
        auto_barriers: true,
        accesses,
    }
}

/// Makes an input with the default options.
pub fn input(resources: Vec<ResourceInput>, passes: Vec<PassInput>) -> Input {
    Input { passes, resources, ..Input::default() }
}

/// Prints a scope as `stages / accesses`.
pub fn scope(scope: Scope) -> String {
    format!("{} / {}", stage_names(scope.stages), access_names(scope.access))
}
