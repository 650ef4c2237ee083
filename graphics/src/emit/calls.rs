//! The calls of a plan as text, in the words of the specification: every field that a driver is given.

use std::fmt::Write;

use ash::vk;

use crate::emit::c::{constant, flags};
use crate::emit::fields::{List, Value, camel, fields};
use crate::emit::structures::structure;
use crate::emit::{pairs, submissions};
use crate::plan::{Barrier, Plan};

impl Plan {
    /// Writes each `vkCmdPipelineBarrier2` with all fields of its structures, in the specification's names: to read, and to
    /// compare with what a capture shows.
    ///
    /// The text of [`Display`](std::fmt::Display) says why each barrier is there, this one what it consists of.
    pub fn to_calls(&self) -> String {
        let mut out = String::new();
        if !self.prologue.is_empty() {
            call(&mut out, self, "before the first of several equal frames", &self.prologue);
        }
        for one in &self.calls {
            let place = match self.passes.get(one.gap) {
                Some(pass) if pass.auto_barriers => format!("before `{}`", pass.name),
                Some(pass) => format!("first in `{}`, which records it itself", pass.name),
                None if self.submissions.len() > 1 => format!("after the last pass of submission {}", one.submission),
                None => "after the last pass".to_owned(),
            };
            call(&mut out, self, &place, &one.barriers);
        }
        if submissions::are_worth_it(self) {
            for (index, submission) in self.submissions.iter().enumerate() {
                let _ = writeln!(out, "\nsubmission {index}  {}", submissions::described(self, submission));
                for wait in &submission.waits {
                    let _ = writeln!(out, "  waits for {}", submissions::waited(self, wait));
                }
            }
        }
        if out.is_empty() {
            out.push_str("no calls\n");
        }
        out
    }
}

fn call(out: &mut String, plan: &Plan, place: &str, barriers: &[Barrier]) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{gap}vkCmdPipelineBarrier2  {place}");
    for list in List::ALL {
        for (barrier, structure) in barriers.iter().map(|barrier| (barrier, structure(barrier))) {
            if List::of(&structure) != list {
                continue;
            }
            let _ = writeln!(out, "  Vk{}  {}", list.structure(), pairs(plan, barrier));
            for (field, value) in fields(&structure) {
                let _ = writeln!(out, "    {:<20} {}", camel(field), spelled(plan, value));
            }
        }
    }
}

fn spelled(plan: &Plan, value: Value) -> String {
    match value {
        Value::Handle(resource) => plan.resource_name(resource).to_owned(),
        Value::Bytes(vk::WHOLE_SIZE) => "VK_WHOLE_SIZE".to_owned(),
        Value::Bytes(bytes) => bytes.to_string(),
        Value::Range(range) => {
            let span = |start: u32, count: u32| match count {
                u32::MAX => format!("{start}.."),
                count => format!("{start}..{}", start + count),
            };
            format!(
                "{}, mips {}, layers {}",
                flags("VK_IMAGE_ASPECT_", &crate::plan::names::aspects(range.aspect_mask)),
                span(range.base_mip_level, range.level_count),
                span(range.base_array_layer, range.layer_count)
            )
        }
        Value::Stages(_) | Value::Accesses(_) | Value::Layout(_) | Value::Family(_) => constant(value),
    }
}
