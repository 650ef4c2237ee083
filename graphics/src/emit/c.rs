//! A plan as a C header: designated initialisers, `vkCmdPipelineBarrier2`, no library.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use ash::vk;

use crate::emit::fields::{List, Value, camel, fields, indent};
use crate::emit::names::{Names, describe, in_comment, snake};
use crate::emit::structures::{is_for_next_frame, structure};
use crate::emit::{pairs, submissions};
use crate::plan::{Barrier, Call, Plan};
use crate::usage::{access_names, layout_name, stage_names};

impl Plan {
    /// Writes the plan as a C header, for C99 and C++20: the handles as a structure, one function for each call, and
    /// `PREFIX_before_pass` and `PREFIX_end_of_submission`, which find the call by an index; for several queues also
    /// `PREFIX_waits` and `PREFIX_signal`.
    ///
    /// All names begin with `prefix`, so that one program can include the headers of several plans. The functions record
    /// what those of [`to_rust`](Self::to_rust) record, by the name `vkCmdPipelineBarrier2`: linked, or loaded by a loader such as volk.
    pub fn to_c(&self, prefix: &str) -> String {
        let file = File { plan: self, names: Names::new(self), prefix: c_prefix(prefix) };
        let mut out = file.head();
        out.push_str(&file.handles());
        if !self.prologue.is_empty() {
            out.push_str(&file.prologue());
        }
        for call in &self.calls {
            out.push_str(&file.function(call));
        }
        out.push_str(&file.before_pass());
        out.push_str(&file.end_of_submission());
        if submissions::are_worth_it(self) {
            out.push_str(&submissions::c(self, &file.prefix));
        }
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
        let families = self.plan.topology.has_several_families();
        if families {
            let queues = self.plan.topology.queues().len();
            let _ = writeln!(out, "    uint32_t families[{queues}]; /* the queue families */");
        }
        if self.names.handles.is_empty() && !families {
            out.push_str("    char nothing;\n");
        }
        let _ = writeln!(out, "}} {name};");
        out
    }

    fn prologue(&self) -> String {
        let barriers = self.plan.prologue.iter().map(|barrier| (barrier, "handles"));
        format!(
            "\n/* Records what the first of several equal frames needs before its first pass. */\nstatic inline void {}_prologue(VkCommandBuffer commands, const {} *handles)\n{{\n{}}}\n",
            self.prefix,
            self.type_name(),
            indent(&self.statements(barriers, &["handles"]))
        )
    }

    fn function(&self, call: &Call) -> String {
        let prepares = self.prepares(call);
        let next = if prepares { format!(", const {} *next", self.type_name()) } else { String::new() };
        let barriers = call
            .barriers
            .iter()
            .map(|barrier| (barrier, if is_for_next_frame(self.plan, call, barrier) { "next" } else { "handles" }));
        let what = describe(self.plan, call) + if prepares { " `next` are the handles of the next frame." } else { "" };
        let parameters: &[&str] = if prepares { &["handles", "next"] } else { &["handles"] };
        format!(
            "\n/* {what} */\nstatic inline void {}_{}(VkCommandBuffer commands, const {} *handles{next})\n{{\n{}}}\n",
            self.prefix,
            self.names.function(call),
            self.type_name(),
            indent(&self.statements(barriers, parameters))
        )
    }

    /// Says whether a call prepares first uses of the next frame.
    fn prepares(&self, call: &Call) -> bool {
        call.barriers.iter().any(|barrier| is_for_next_frame(self.plan, call, barrier))
    }

    fn before_pass(&self) -> String {
        let calls = self.plan.calls.iter().filter(|call| call.gap < self.plan.passes.len());
        let calls = calls.map(|call| (call.gap, call));
        self.dispatch("before_pass", "Records the barriers before a pass. Many passes need none.", "pass", false, calls)
    }

    fn end_of_submission(&self) -> String {
        let calls = || self.plan.calls.iter().filter(|call| call.gap >= self.plan.passes.len());
        let prepares = calls().any(|call| self.prepares(call));
        let what =
            "Records the barriers after the last pass of a submission; a frame on one queue has one, with index 0.";
        self.dispatch("end_of_submission", what, "submission", prepares, calls().map(|call| (call.submission, call)))
    }

    /// Writes a function that finds another one.
    fn dispatch<'a>(
        &self,
        name: &str,
        what: &str,
        index: &str,
        has_next: bool,
        calls: impl Iterator<Item = (usize, &'a Call)>,
    ) -> String {
        let mut cases = String::new();
        for (index, call) in calls {
            let next = if self.prepares(call) { ", next" } else { "" };
            let function = self.names.function(call);
            let _ = writeln!(
                cases,
                "    case {index}:\n        {}_{function}(commands, handles{next});\n        break;",
                self.prefix
            );
        }
        let unused = if cases.is_empty() { "        (void)commands;\n        (void)handles;\n" } else { "" };
        let (prefix, of) = (&self.prefix, self.type_name());
        let next = if has_next { format!(", const {of} *next") } else { String::new() };
        format!(
            "\n/* {what} */\nstatic inline void {prefix}_{name}(VkCommandBuffer commands, const {of} *handles{next}, uint32_t {index})\n{{\n    switch ({index}) {{\n{cases}    default:\n{unused}        break;\n    }}\n}}\n"
        )
    }

    /// Writes the statements of one call, each barrier with the parameter that has its handle.
    fn statements<'a>(
        &self,
        barriers: impl Iterator<Item = (&'a Barrier, &'static str)>,
        parameters: &[&str],
    ) -> String {
        let mut lists: BTreeMap<List, (usize, String)> = BTreeMap::new();
        for (barrier, owner) in barriers {
            let structure = structure(barrier);
            let (count, list) = lists.entry(List::of(&structure)).or_default();
            *count += 1;
            let _ = writeln!(list, "    /* {} */", in_comment(&pairs(self.plan, barrier)));
            let kind = structure_type(List::of(&structure));
            let _ = writeln!(list, "    {{\n        .sType = VK_STRUCTURE_TYPE_{kind},");
            for (field, value) in fields(&structure) {
                let _ = writeln!(list, "        .{} = {},", camel(field), self.spelled(value, owner));
            }
            list.push_str("    },\n");
        }
        let (mut out, mut dependency) = (String::new(), String::new());
        for (list, (count, structures)) in &lists {
            let _ = writeln!(out, "const Vk{} {}[] = {{\n{structures}}};", list.structure(), list.variable());
            let field = list.field();
            let (counted, pointer) =
                (camel(&format!("{}_count", &field[..field.len() - 1])), camel(&format!("p_{field}")));
            let _ = writeln!(dependency, "    .{counted} = {count},\n    .{pointer} = {},", list.variable());
        }
        let unused = parameters.iter().filter(|name| !out.contains(&format!("{name}->")));
        let unused: Vec<String> = unused.map(|name| format!("(void){name};\n")).collect();
        out.insert_str(0, &unused.concat());
        let _ = write!(
            out,
            "const VkDependencyInfo dependency = {{\n    .sType = VK_STRUCTURE_TYPE_DEPENDENCY_INFO,\n{dependency}}};\nvkCmdPipelineBarrier2(commands, &dependency);\n"
        );
        out
    }

    fn spelled(&self, value: Value, owner: &str) -> String {
        match value {
            Value::Handle(resource) => format!("{owner}->{}", self.names.handle(resource)),
            Value::Family(family) => {
                match self.plan.topology.queues().iter().position(|queue| queue.family == family) {
                    Some(queue) => format!("handles->families[{queue}]"),
                    None => constant(value),
                }
            }
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
            Value::Stages(_) | Value::Accesses(_) | Value::Layout(_) | Value::Bytes(_) => constant(value),
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
        // The name that older headers have, too.
        "SUBPASS_SHADER_HUAWEI" => format!("{prefix}SUBPASS_SHADING_BIT_HUAWEI"),
        nameless if nameless.starts_with("0x") => format!("{nameless}ull"),
        name => {
            let vendors = ["_KHR", "_EXT", "_NV", "_HUAWEI"];
            let vendor = vendors.into_iter().find(|vendor| name.ends_with(vendor)).unwrap_or_default();
            format!("{prefix}{}_BIT{vendor}", name.strip_suffix(vendor).unwrap_or(name))
        }
    };
    names.to_string().split(" | ").map(one).collect::<Vec<_>>().join(" | ")
}
