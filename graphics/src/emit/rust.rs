//! A plan as Rust over `ash`: to paste, or to write to a file at build time.

use std::fmt::{Display, Write};

use ash::vk;

use crate::emit::fields::{List, Value, fields, indent};
use crate::emit::names::{Names, in_comment};
use crate::emit::pairs;
use crate::emit::structures::structure;
use crate::plan::{Barrier, Call, Plan};
use crate::usage::{access_names, layout_name, stage_names};

impl Plan {
    /// Writes the plan as a Rust module over `ash`, for a file to include: `PASSES`, `Handles`, one function for each call,
    /// and `barriers`, which finds the call of a gap.
    ///
    /// The functions record what a renderer records from the same plan, structure for structure. `Handles` has a field
    /// for each buffer and image that a barrier names, in the order of [`Plan::resources`]. Where a resource's size is
    /// not known to the plan, barriers reach to its end, whatever it is.
    ///
    /// Several equal frames of [`Cadence::Repeats`](crate::plan::Cadence::Repeats) have a function `prologue`: the first of them
    /// records it before its first pass.
    ///
    /// # Examples
    ///
    /// In a build script, from systems that are declared alone:
    ///
    /// ```
    /// use fencewright::{Schedule, System};
    /// use fencewright_graphics::{AutoBarriers, BarrierHints, GpuBuffer};
    ///
    /// struct VertexData;
    ///
    /// #[derive(System, AutoBarriers)]
    /// #[writes(GpuBuffer<VertexData>)]
    /// struct Upload;
    ///
    /// #[derive(System, AutoBarriers)]
    /// #[reads(GpuBuffer<VertexData>)]
    /// #[pass(raster)]
    /// struct Draw;
    ///
    /// #[derive(Schedule)]
    /// struct Frame {
    ///     upload: (Upload,),
    ///     #[stage(after = "upload")]
    ///     render: (Draw,),
    /// }
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let module = Frame::barrier_plan()?.to_rust();
    /// assert!(module.contains("pub unsafe fn before_draw("));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The script writes `module` to `$OUT_DIR/barriers.rs`, which the crate includes:
    ///
    /// ```ignore
    /// mod barriers {
    ///     include!(concat!(env!("OUT_DIR"), "/barriers.rs"));
    /// }
    /// ```
    ///
    /// The crate itself needs `ash` alone.
    pub fn to_rust(&self) -> String {
        let names = Names::new(self);
        let mut out = String::from(HEAD);
        let passes: Vec<String> = self.passes.iter().map(|pass| format!("    {:?},\n", &*pass.name)).collect();
        let _ = write!(out, "pub const PASSES: [&str; {}] = [\n{}];\n\n", passes.len(), passes.concat());
        out.push_str(&handles(self, &names));
        if !self.prologue.is_empty() {
            let what = "Records what the first of several equal frames needs before its first pass.";
            out.push_str(&function(self, &names, "prologue", what, &self.prologue));
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
            out.push_str(&function(self, &names, &names.gaps[call.gap], &what, &call.barriers));
        }
        out.push_str(&dispatch(self, &names));
        out
    }
}

const HEAD: &str = "\
// Written by fencewright from the declarations of the systems.

use ash::vk;

/// The passes, in the order in which they are recorded.
";

const SAFETY: &str = "\
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
";

/// Writes the structure of handles.
fn handles(plan: &Plan, names: &Names) -> String {
    let mut out = String::from(
        "/// The buffers and images that the barriers name.\n#[derive(Clone, Copy, Debug)]\npub struct Handles {",
    );
    for (resource, handle) in &names.handles {
        let name = in_comment(plan.resource_name(*resource));
        let _ = write!(out, "\n    /// `{name}`.\n    pub {}: vk::{},", handle.name, handle.kind);
    }
    out.push_str(if names.handles.is_empty() { "}\n" } else { "\n}\n" });
    out
}

/// Writes the function of one call.
fn function(plan: &Plan, names: &Names, name: &str, what: &str, barriers: &[Barrier]) -> String {
    let body = statements(plan, names, "handles.", barriers);
    let handles = if body.contains("handles.") { "handles" } else { "_" };
    format!(
        "\n/// {what}\n{SAFETY}pub unsafe fn {name}(device: &ash::Device, commands: vk::CommandBuffer, {handles}: &Handles) {{\n{}}}\n",
        indent(&body)
    )
}

/// Writes the function that finds the call of a gap.
fn dispatch(plan: &Plan, names: &Names) -> String {
    let mut arms = String::new();
    for call in &plan.calls {
        let name = &names.gaps[call.gap];
        let _ = writeln!(arms, "        // SAFETY: the caller's promise.");
        let _ = writeln!(arms, "        {} => unsafe {{ {name}(device, commands, handles) }},", call.gap);
    }
    let parameters = if plan.calls.is_empty() {
        "_: &ash::Device, _: vk::CommandBuffer, _: &Handles, gap: usize"
    } else {
        "device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles, gap: usize"
    };
    format!(
        "\n/// Records the barriers of a gap: those before the pass with that index; the number of passes is the end of the frame.\n\
         ///\n/// Many gaps have none.\n{SAFETY}pub unsafe fn barriers({parameters}) {{\n    match gap {{\n{arms}        _ => {{}}\n    }}\n}}\n"
    )
}

/// Writes one call as statements; `device`, `commands` and the handles are in scope where it is pasted.
pub(crate) fn call(plan: &Plan, call: &Call) -> String {
    statements(plan, &Names::new(plan), "", &call.barriers)
}

/// Writes the statements of one call. Handles stand behind `owner`.
fn statements(plan: &Plan, names: &Names, owner: &str, barriers: &[Barrier]) -> String {
    let mut out = String::new();
    let mut dependency = String::new();
    for list in List::ALL {
        let members = barriers.iter().map(|barrier| (barrier, structure(barrier)));
        let members: Vec<_> = members.filter(|(_, structure)| List::of(structure) == list).collect();
        if members.is_empty() {
            continue;
        }
        let _ = writeln!(out, "let {} = [", list.variable());
        for (barrier, structure) in members {
            let _ = writeln!(out, "    // {}", in_comment(&pairs(plan, barrier)));
            let _ = write!(out, "    vk::{}::default()", list.structure());
            for (field, value) in fields(&structure) {
                let _ = write!(out, "\n        .{field}({})", spelled(value, names, owner));
            }
            out.push_str(",\n");
        }
        out.push_str("];\n");
        let _ = write!(dependency, ".{}(&{})", list.field(), list.variable());
    }
    let _ = writeln!(out, "let dependency = vk::DependencyInfo::default(){dependency};");
    out.push_str("// SAFETY: the commands are being recorded, and the handles are alive.\n");
    out.push_str("unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };\n");
    out
}

fn spelled(value: Value, names: &Names, owner: &str) -> String {
    match value {
        Value::Stages(stages) => flags("PipelineStageFlags2", &stage_names(stages)),
        Value::Accesses(accesses) => flags("AccessFlags2", &access_names(accesses)),
        Value::Layout(layout) => match layout_name(layout).to_string() {
            nameless if nameless.contains('(') => format!("vk::ImageLayout::from_raw({})", layout.as_raw()),
            name => format!("vk::ImageLayout::{name}"),
        },
        Value::Family(vk::QUEUE_FAMILY_IGNORED) => "vk::QUEUE_FAMILY_IGNORED".to_owned(),
        Value::Family(family) => family.to_string(),
        Value::Handle(resource) => format!("{owner}{}", names.handles[&resource].name),
        Value::Bytes(vk::WHOLE_SIZE) => "vk::WHOLE_SIZE".to_owned(),
        Value::Bytes(bytes) => bytes.to_string(),
        Value::Range(range) => {
            let aspects = flags("ImageAspectFlags", &crate::plan::names::aspects(range.aspect_mask));
            let count = |count: u32, rest: &str| if count == u32::MAX { rest.to_owned() } else { count.to_string() };
            format!(
                "vk::ImageSubresourceRange {{\n            aspect_mask: {aspects},\n            base_mip_level: {},\n            level_count: {},\n            base_array_layer: {},\n            layer_count: {},\n        }}",
                range.base_mip_level,
                count(range.level_count, "vk::REMAINING_MIP_LEVELS"),
                range.base_array_layer,
                count(range.layer_count, "vk::REMAINING_ARRAY_LAYERS"),
            )
        }
    }
}

/// Spells flags by their names; what has no name is a number.
fn flags(kind: &str, names: &dyn Display) -> String {
    let names = names.to_string();
    let one = |name: &str| match name.strip_prefix("0x") {
        Some(_) => format!("vk::{kind}::from_raw({name})"),
        None => format!("vk::{kind}::{name}"),
    };
    names.split(" | ").map(one).collect::<Vec<_>>().join(" | ")
}
