//! Calls as Rust over `ash`: to paste, or to write to a file at build time.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::emit::pairs;
use crate::plan::{Barrier, Call, Plan, ResourceRef, Shape, Target};
use crate::usage::{access_names, layout_name, stage_names};

impl Plan {
    /// Writes the plan as a Rust module over `ash`: one function for each call.
    ///
    /// Each takes the device, the command buffer, and the handles of the resources that its barriers name.
    pub fn to_rust(&self) -> String {
        let mut out = String::from("// Written by fencewright from the declarations of the systems.\n\nuse ash::vk;\n");
        for call in &self.calls {
            let place = match self.passes.get(call.gap) {
                Some(pass) => format!("before `{}`", pass.name),
                None => "after the last pass".to_owned(),
            };
            let name = match self.passes.get(call.gap) {
                Some(pass) => format!("before_{}", snake(&pass.name)),
                None => "at_the_end".to_owned(),
            };
            let mut handle_parameters = String::new();
            for handle in handles(self, call).values() {
                let _ = writeln!(handle_parameters, "    {},", handle.parameter());
            }
            let body = indent(&self::call(self, call));
            let _ = write!(
                out,
                "\n/// Records the barriers {place}.\n///\n/// # Safety\n///\n/// `commands` is being recorded on `device`, and the handles are alive.\npub unsafe fn {name}(\n    device: &ash::Device,\n    commands: vk::CommandBuffer,\n{handle_parameters}) {{\n{body}}}\n"
            );
        }
        out
    }
}

/// Writes one call as statements; `device`, `commands` and the handles are in scope where it is pasted.
pub(crate) fn call(plan: &Plan, call: &Call) -> String {
    let handles = handles(plan, call);
    let mut lists: BTreeMap<Structure, String> = BTreeMap::new();
    for barrier in &call.barriers {
        let list = lists.entry(Structure::of(&barrier.target)).or_default();
        let _ = writeln!(list, "    // {}", pairs(plan, barrier));
        list.push_str(&indent(&structure(plan, barrier, &handles)));
    }
    let mut out = String::new();
    for (structure, list) in &lists {
        let _ = writeln!(out, "let {} = [\n{list}];", structure.list());
    }
    out.push_str("let dependency = vk::DependencyInfo::default()");
    for structure in lists.keys() {
        let _ = write!(out, ".{}(&{})", structure.setter(), structure.list());
    }
    out.push_str(";\n// SAFETY: the commands are being recorded, and the handles are alive.\n");
    out.push_str("unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };\n");
    out
}

/// The three lists of a `VkDependencyInfo`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Structure {
    Memory,
    Buffer,
    Image,
}

impl Structure {
    const fn of(target: &Target) -> Self {
        match target {
            Target::Memory => Self::Memory,
            Target::Buffer { .. } => Self::Buffer,
            Target::Image { .. } => Self::Image,
        }
    }

    const fn list(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Buffer => "buffers",
            Self::Image => "images",
        }
    }

    const fn setter(self) -> &'static str {
        match self {
            Self::Memory => "memory_barriers",
            Self::Buffer => "buffer_memory_barriers",
            Self::Image => "image_memory_barriers",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Memory => "MemoryBarrier2",
            Self::Buffer => "BufferMemoryBarrier2",
            Self::Image => "ImageMemoryBarrier2",
        }
    }
}

fn structure(plan: &Plan, barrier: &Barrier, handles: &BTreeMap<ResourceRef, Handle>) -> String {
    let mut out = format!("vk::{}::default()\n", Structure::of(&barrier.target).name());
    let mut set = |field: &str, value: &str| {
        let _ = writeln!(out, "    .{field}({value})");
    };
    set("src_stage_mask", &flags("PipelineStageFlags2", &stage_names(barrier.first.stages)));
    set("src_access_mask", &flags("AccessFlags2", &access_names(barrier.first.access)));
    set("dst_stage_mask", &flags("PipelineStageFlags2", &stage_names(barrier.second.stages)));
    set("dst_access_mask", &flags("AccessFlags2", &access_names(barrier.second.access)));
    match &barrier.target {
        Target::Memory => {}
        Target::Buffer { resource, bytes } => {
            stay(&mut set);
            set("buffer", &handles[resource].name);
            set("offset", &bytes.start.to_string());
            let whole = matches!(plan.shapes[resource.0], Shape::Buffer { len_bytes } if len_bytes == bytes.end);
            let size = if whole { "vk::WHOLE_SIZE".to_owned() } else { (bytes.end - bytes.start).to_string() };
            set("size", &size);
        }
        Target::Image { resource, aspects, mips, layers, old_layout, new_layout } => {
            set("old_layout", &format!("vk::ImageLayout::{}", layout_name(*old_layout)));
            set("new_layout", &format!("vk::ImageLayout::{}", layout_name(*new_layout)));
            stay(&mut set);
            set("image", &handles[resource].name);
            let last = |(start, end): (u32, u32), whole: Option<u32>, rest: &str| {
                if whole == Some(end) { rest.to_owned() } else { (end - start).to_string() }
            };
            let (all_mips, all_layers) = match plan.shapes[resource.0] {
                Shape::Image { mips, layers, .. } => (Some(mips), Some(layers)),
                Shape::Buffer { .. } => (None, None),
            };
            let aspects = flags("ImageAspectFlags", &crate::plan::names::aspects(*aspects));
            let range = format!(
                "vk::ImageSubresourceRange {{\n        aspect_mask: {aspects},\n        base_mip_level: {},\n        level_count: {},\n        base_array_layer: {},\n        layer_count: {},\n    }}",
                mips.start,
                last((mips.start, mips.end), all_mips, "vk::REMAINING_MIP_LEVELS"),
                layers.start,
                last((layers.start, layers.end), all_layers, "vk::REMAINING_ARRAY_LAYERS"),
            );
            set("subresource_range", &range);
        }
    }
    out.truncate(out.trim_end().len());
    out.push_str(",\n");
    out
}

/// Keeps the resource with its queue family.
fn stay(set: &mut impl FnMut(&str, &str)) {
    set("src_queue_family_index", "vk::QUEUE_FAMILY_IGNORED");
    set("dst_queue_family_index", "vk::QUEUE_FAMILY_IGNORED");
}

fn flags(kind: &str, names: &dyn std::fmt::Display) -> String {
    let names = names.to_string();
    names.split(" | ").map(|name| format!("vk::{kind}::{name}")).collect::<Vec<_>>().join(" | ")
}

/// The variable that stands for a resource's handle.
struct Handle {
    name: String,
    kind: &'static str,
}

impl Handle {
    fn parameter(&self) -> String {
        format!("{}: vk::{}", self.name, self.kind)
    }
}

/// Names the resources of a call, each once: `GpuBuffer<VertexData>` is `vertex_data`.
fn handles(plan: &Plan, call: &Call) -> BTreeMap<ResourceRef, Handle> {
    let mut handles: BTreeMap<ResourceRef, Handle> = BTreeMap::new();
    for barrier in &call.barriers {
        let kind = match &barrier.target {
            Target::Memory => continue,
            Target::Buffer { .. } => "Buffer",
            Target::Image { .. } => "Image",
        };
        let Some(resource) = barrier.target.resource() else { continue };
        if handles.contains_key(&resource) {
            continue;
        }
        let mut name = snake(marker(plan.resource_name(resource)));
        if handles.values().any(|other| other.name == name) {
            let _ = write!(name, "_{}", resource.0);
        }
        handles.insert(resource, Handle { name, kind });
    }
    handles
}

/// Returns what stands inside `GpuBuffer<..>` or `GpuImage<..>`, instance and all.
fn marker(name: &str) -> &str {
    ["GpuBuffer<", "GpuImage<"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

/// Turns a name into an identifier: `VertexData#1` is `vertex_data_1`, `HDRTarget` is `hdr_target`.
fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let starts_word = letter.is_ascii_uppercase()
            && before.is_some_and(|before| {
                let ends_capitals = before.is_ascii_uppercase() && after.is_some_and(char::is_ascii_lowercase);
                before.is_ascii_lowercase() || before.is_ascii_digit() || ends_capitals
            });
        if (starts_word || !letter.is_ascii_alphanumeric()) && !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_lowercase());
        }
    }
    let name = out.trim_end_matches('_');
    if name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        name.to_owned()
    } else {
        format!("resource_{name}")
    }
}

fn indent(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let _ = writeln!(out, "    {line}");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn handles_are_named_after_markers() {
        assert_eq!(snake(marker("GpuBuffer<VertexData>")), "vertex_data");
        assert_eq!(snake(marker("GpuImage<gfx::Bloom>#1")), "gfx_bloom_1");
        assert_eq!(snake(marker("GpuImage<HDRTarget>")), "hdr_target");
        assert_eq!(snake("9lives"), "resource_9lives");
    }
}
