//! A plan as a C header: designated initialisers, `vkCmdPipelineBarrier2`, no library.

use std::fmt::{Display, Write};

use ash::vk;

use crate::emit::fields::{List, Value, camel, fields, indent};
use crate::emit::names::{Names, in_comment, snake};
use crate::emit::pairs;
use crate::emit::structures::structure;
use crate::plan::{Barrier, Plan};
use crate::usage::{access_names, layout_name, stage_names};

impl Plan {
    /// Writes the plan as a C header, for C99 and C++20: the handles as a structure, one function for each call, and
    /// `PREFIX_barriers`, which finds the call of a gap.
    ///
    /// All names begin with `prefix`, so that one program can include the headers of several plans. The functions record
    /// what those of [`to_rust`](Self::to_rust) record, by the name `vkCmdPipelineBarrier2`: linked, or loaded by a loader such as volk.
    pub fn to_c(&self, prefix: &str) -> String {
        let file = File { plan: self, names: Names::new(self), prefix: c_prefix(prefix) };
        let mut out = file.head();
        out.push_str(&file.handles());
        if !self.prologue.is_empty() {
            let what = "Records what the first of several equal frames needs before its first pass.";
            out.push_str(&file.function("prologue", what, &self.prologue));
        }
        for call in &self.calls {
            let what = match self.passes.get(call.gap) {
                Some(pass) if pass.auto_barriers => {
                    format!("Records the barriers before `{}`.", in_comment(&pass.name))
                }
                Some(pass) => {
                    format!("Records the barriers that `{}` is to record first, by itself.", in_comment(&pass.name))
                }
                None => "Records the barriers after the last pass.".to_owned(),
            };
            out.push_str(&file.function(&file.names.gaps[call.gap], &what, &call.barriers));
        }
        out.push_str(&file.dispatch());
        out.push_str("\n#endif\n");
        out
    }
}

/// Makes a prefix of what someone calls it.
fn c_prefix(prefix: &str) -> String {
    let words = snake(prefix);
    if words.starts_with(|first: char| first.is_ascii_alphabetic()) {
        words
    } else {
        format!("frame_{words}").trim_end_matches('_').to_owned()
    }
}

struct File<'a> {
    plan: &'a Plan,
    names: Names,
    prefix: String,
}

impl File<'_> {
    fn head(&self) -> String {
        let guard = self.prefix.to_ascii_uppercase();
        let mut out = format!(
            "/* Written by fencewright from the declarations of the systems. */\n#ifndef {guard}_BARRIERS_H\n#define {guard}_BARRIERS_H\n\n#include <stdint.h>\n#include <vulkan/vulkan.h>\n\n/* The passes, in the order in which they are recorded:\n"
        );
        for (index, pass) in self.plan.passes.iter().enumerate() {
            let _ = writeln!(out, "   {index} {}", in_comment(&pass.name));
        }
        out.push_str("*/\n");
        out
    }

    /// Returns the name of the type of the handles: `DeferredHandles`.
    fn type_name(&self) -> String {
        let mut name = camel(&format!("_{}", self.prefix));
        name.push_str("Handles");
        name
    }

    fn handles(&self) -> String {
        let name = self.type_name();
        let mut out = format!("\n/* The buffers and images that the barriers name. */\ntypedef struct {name} {{\n");
        for (resource, handle) in &self.names.handles {
            let what = in_comment(self.plan.resource_name(*resource));
            let _ = writeln!(out, "    Vk{} {}; /* {what} */", handle.kind, handle.name);
        }
        if self.names.handles.is_empty() {
            out.push_str("    char nothing;\n");
        }
        let _ = writeln!(out, "}} {name};");
        out
    }

    fn function(&self, name: &str, what: &str, barriers: &[Barrier]) -> String {
        format!(
            "\n/* {what} */\nstatic inline void {}_{name}(VkCommandBuffer commands, const {} *handles)\n{{\n{}}}\n",
            self.prefix,
            self.type_name(),
            indent(&self.statements(barriers))
        )
    }

    fn dispatch(&self) -> String {
        let mut cases = String::new();
        for call in &self.plan.calls {
            let _ = writeln!(
                cases,
                "    case {}:\n        {}_{}(commands, handles);\n        break;",
                call.gap, self.prefix, self.names.gaps[call.gap]
            );
        }
        if self.plan.calls.is_empty() {
            cases.push_str("    default:\n        (void)commands;\n        (void)handles;\n        break;\n");
        } else {
            cases.push_str("    default:\n        break;\n");
        }
        format!(
            "\n/* Records the barriers of a gap: those before the pass with that index; the number of passes is the end of the frame. */\nstatic inline void {}_barriers(VkCommandBuffer commands, const {} *handles, uint32_t gap)\n{{\n    switch (gap) {{\n{cases}    }}\n}}\n",
            self.prefix,
            self.type_name()
        )
    }

    fn statements(&self, barriers: &[Barrier]) -> String {
        let mut out = String::new();
        let mut dependency = String::new();
        for list in List::ALL {
            let members = barriers.iter().map(|barrier| (barrier, structure(barrier)));
            let members: Vec<_> = members.filter(|(_, structure)| List::of(structure) == list).collect();
            if members.is_empty() {
                continue;
            }
            let _ = writeln!(out, "const Vk{} {}[] = {{", list.structure(), list.variable());
            let count = members.len();
            for (barrier, structure) in members {
                let _ = writeln!(out, "    /* {} */", in_comment(&pairs(self.plan, barrier)));
                let _ = writeln!(out, "    {{\n        .sType = VK_STRUCTURE_TYPE_{},", structure_type(list));
                for (field, value) in fields(&structure) {
                    let _ = writeln!(out, "        .{} = {},", camel(field), self.spelled(value));
                }
                out.push_str("    },\n");
            }
            out.push_str("};\n");
            let field = list.field();
            let (counted, pointer) =
                (camel(&format!("{}_count", &field[..field.len() - 1])), camel(&format!("p_{field}")));
            let _ = writeln!(dependency, "    .{counted} = {count},\n    .{pointer} = {},", list.variable());
        }
        if !out.contains("handles->") {
            out.insert_str(0, "(void)handles;\n");
        }
        let _ = write!(
            out,
            "const VkDependencyInfo dependency = {{\n    .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,\n{dependency}}};\nvkCmdPipelineBarrier2(commands, &dependency);\n"
        );
        out
    }

    fn spelled(&self, value: Value) -> String {
        match value {
            Value::Handle(resource) => format!("handles->{}", self.names.handles[&resource].name),
            Value::Range(range) => {
                let count =
                    |count: u32, rest: &str| if count == u32::MAX { rest.to_owned() } else { count.to_string() };
                format!(
                    "{{\n            .aspectMask = {},\n            .baseMipLevel = {},\n            .levelCount = {},\n            .baseArrayLayer = {},\n            .layerCount = {},\n        }}",
                    flags("VK_IMAGE_ASPECT_", &crate::plan::names::aspects(range.aspect_mask)),
                    range.base_mip_level,
                    count(range.level_count, "VK_REMAINING_MIP_LEVELS"),
                    range.base_array_layer,
                    count(range.layer_count, "VK_REMAINING_ARRAY_LAYERS"),
                )
            }
            Value::Stages(_) | Value::Accesses(_) | Value::Layout(_) | Value::Family(_) | Value::Bytes(_) => {
                constant(value)
            }
        }
    }
}

const fn structure_type(list: List) -> &'static str {
    match list {
        List::Memory => "MEMORY_BARRIER_2",
        List::Buffers => "BUFFER_MEMORY_BARRIER_2",
        List::Images => "IMAGE_MEMORY_BARRIER_2",
    }
}

/// Spells a value that needs no handle, as C does.
pub(super) fn constant(value: Value) -> String {
    match value {
        Value::Stages(stages) => flags("VK_PIPELINE_STAGE_2_", &stage_names(stages)),
        Value::Accesses(accesses) => flags("VK_ACCESS_2_", &access_names(accesses)),
        Value::Layout(layout) => match layout_name(layout).to_string() {
            nameless if nameless.contains('(') => format!("(VkImageLayout){}", layout.as_raw()),
            name => format!("VK_IMAGE_LAYOUT_{name}"),
        },
        Value::Family(vk::QUEUE_FAMILY_IGNORED) => "VK_QUEUE_FAMILY_IGNORED".to_owned(),
        Value::Family(family) => family.to_string(),
        Value::Handle(resource) => resource.0.to_string(),
        Value::Bytes(vk::WHOLE_SIZE) => "VK_WHOLE_SIZE".to_owned(),
        Value::Bytes(bytes) => format!("{bytes}ull"),
        Value::Range(range) => format!("{range:?}"),
    }
}

/// Spells flags as C does: the vendor's letters come after `_BIT`.
pub(super) fn flags(prefix: &str, names: &dyn Display) -> String {
    let one = |name: &str| match name {
        "NONE" => format!("{prefix}NONE"),
        nameless if nameless.starts_with("0x") => format!("{nameless}ull"),
        name => {
            let vendors = ["_KHR", "_EXT", "_NV", "_HUAWEI"];
            let vendor = vendors.into_iter().find(|vendor| name.ends_with(vendor)).unwrap_or_default();
            format!("{prefix}{}_BIT{vendor}", name.strip_suffix(vendor).unwrap_or(name))
        }
    };
    names.to_string().split(" | ").map(one).collect::<Vec<_>>().join(" | ")
}
