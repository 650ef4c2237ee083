//! A plan as Rust over `ash`: to paste, or to write to a file at build time.

use std::collections::BTreeMap;
use std::fmt::{Display, Write};

use ash::vk;

use crate::emit::fields::{List, Value, fields, indent};
use crate::emit::names::{Names, describe, in_comment};
use crate::emit::structures::{is_for_next_frame, structure};
use crate::emit::{pairs, submissions};
use crate::plan::{Barrier, Call, Plan};
use crate::usage::{access_names, layout_name, stage_names};

impl Plan {
    /// Writes the plan as a Rust module over `ash`, for a file to include: `PASSES`, `Handles`, one function for each call, and
    /// `before_pass` and `end_of_submission`, which find the call by an index.
    ///
    /// The functions record what a renderer records from the same plan, structure for structure. `Handles` has a field
    /// for each buffer and image that a barrier names, in the order of [`Plan::resources`]. Where a resource's size is
    /// not known to the plan, barriers reach to its end, whatever it is.
    ///
    /// The first of several equal frames of [`Cadence::Repeats`](crate::plan::Cadence::Repeats) records `prologue` before its
    /// first pass; the call at its end is also given the handles of the next frame.
    ///
    /// A plan for several queues has `QUEUES` and `SUBMISSIONS`, and `waits` and `signal`, which fill in what
    /// `vkQueueSubmit2` is given. Its `Handles` have the queue families of the device.
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
        let module = Module { plan: self, names: Names::new(self) };
        let mut out = String::from(HEAD);
        out.push_str(&module.passes());
        out.push_str(&module.handles());
        if !self.prologue.is_empty() {
            out.push_str(&module.prologue());
        }
        for call in &self.calls {
            out.push_str(&module.function(call));
        }
        out.push_str(&module.before_pass());
        out.push_str(&module.end_of_submission());
        if submissions::are_worth_it(self) {
            out.push_str(&submissions::rust(self));
        }
        out
    }
}

const HEAD: &str = "\
// Written by fencewright from the declarations of the systems.

use ash::vk;
";

const SAFETY: &str = "\
///
/// # Safety
///
/// `commands` is being recorded on `device`, outside rendering, and the handles are alive.
";

struct Module<'a> {
    plan: &'a Plan,
    names: Names,
}

impl Module<'_> {
    fn passes(&self) -> String {
        let passes: Vec<String> = self.plan.passes.iter().map(|pass| format!("    {:?},\n", &*pass.name)).collect();
        let (count, passes) = (passes.len(), passes.concat());
        format!(
            "\n/// The passes, in the order in which they are recorded.\npub const PASSES: [&str; {count}] = [\n{passes}];\n"
        )
    }

    /// Writes the structure of handles.
    fn handles(&self) -> String {
        let mut fields = String::new();
        for (resource, handle) in &self.names.handles {
            let name = in_comment(self.plan.resource_name(*resource));
            let _ = write!(fields, "\n    /// `{name}`.\n    pub {}: vk::{},", handle.name, handle.kind);
        }
        let queues = self.plan.topology.queues().len();
        if self.plan.topology.has_several_families() {
            let _ = write!(fields, "\n    /// The queue families of `QUEUES`.\n    pub families: [u32; {queues}],");
        }
        let end = if fields.is_empty() { "" } else { "\n" };
        format!(
            "\n/// The buffers and images that the barriers name.\n#[derive(Clone, Copy, Debug)]\npub struct Handles {{{fields}{end}}}\n"
        )
    }

    fn prologue(&self) -> String {
        let scope = Scope { owner: "handles.", next: "handles.", names: &self.names };
        let body = statements(self.plan, scope, self.plan.prologue.iter().map(|barrier| (barrier, false)));
        let what = "Records what the first of several equal frames needs before its first pass.";
        format!(
            "\n/// {what}\n{SAFETY}pub unsafe fn prologue(device: &ash::Device, commands: vk::CommandBuffer, {}: &Handles) {{\n{}}}\n",
            used("handles", &body),
            indent(&body)
        )
    }

    /// Writes the function of one call.
    fn function(&self, call: &Call) -> String {
        let scope = Scope { owner: "handles.", next: "next.", names: &self.names };
        let body = call_statements(self.plan, scope, call);
        let mut what = describe(self.plan, call);
        let mut parameters = format!("{}: &Handles", used("handles", &body));
        if self.prepares(call) {
            what.push_str(" `next` are the handles of the next frame.");
            let _ = write!(parameters, ", {}: &Handles", used("next", &body));
        }
        format!(
            "\n/// {what}\n{SAFETY}pub unsafe fn {}(device: &ash::Device, commands: vk::CommandBuffer, {parameters}) {{\n{}}}\n",
            self.names.function(call),
            indent(&body)
        )
    }

    /// Says whether a call prepares first uses of the next frame.
    fn prepares(&self, call: &Call) -> bool {
        call.barriers.iter().any(|barrier| is_for_next_frame(self.plan, call, barrier))
    }

    /// Writes the function that finds the call before a pass.
    fn before_pass(&self) -> String {
        let calls = self.plan.calls.iter().filter(|call| call.gap < self.plan.passes.len());
        let arms = calls.map(|call| (call.gap, format!("{}(device, commands, handles)", self.names.function(call))));
        dispatch(
            "before_pass",
            "the barriers before a pass, an index into `PASSES`. Many passes need none",
            "pass",
            false,
            arms,
        )
    }

    /// Writes the function that finds the call after the last pass of a submission.
    fn end_of_submission(&self) -> String {
        let calls = || self.plan.calls.iter().filter(|call| call.gap >= self.plan.passes.len());
        let prepares = calls().any(|call| self.prepares(call));
        let arms = calls().map(|call| {
            let next = if self.prepares(call) { ", next" } else { "" };
            (call.submission, format!("{}(device, commands, handles{next})", self.names.function(call)))
        });
        let what = "the barriers after the last pass of a submission; a frame on one queue has one, with index 0";
        dispatch("end_of_submission", what, "submission", prepares, arms)
    }
}

/// Writes a function that finds another one.
fn dispatch(
    name: &str,
    what: &str,
    index: &str,
    has_next: bool,
    arms: impl Iterator<Item = (usize, String)>,
) -> String {
    let arms: Vec<(usize, String)> = arms.collect();
    let next = if has_next { ", next: &Handles" } else { "" };
    let parameters = if arms.is_empty() {
        "_: &ash::Device, _: vk::CommandBuffer, _: &Handles".to_owned()
    } else {
        format!("device: &ash::Device, commands: vk::CommandBuffer, handles: &Handles{next}")
    };
    let promise = "        // SAFETY: the caller's promise.\n";
    let body = match &arms[..] {
        [] => format!("    let _ = {index};\n"),
        [(only, call)] => format!("    if {index} == {only} {{\n{promise}        unsafe {{ {call} }};\n    }}\n"),
        several => {
            let arm = |(index, call): &(usize, String)| format!("{promise}        {index} => unsafe {{ {call} }},\n");
            let arms = several.iter().map(arm).collect::<Vec<_>>().concat();
            format!("    match {index} {{\n{arms}        _ => {{}}\n    }}\n")
        }
    };
    format!("\n/// Records {what}.\n{SAFETY}pub unsafe fn {name}({parameters}, {index}: usize) {{\n{body}}}\n")
}

/// Returns the name of a parameter: an underscore where the statements do not need it.
fn used(name: &'static str, statements: &str) -> &'static str {
    if statements.contains(&format!("{name}.")) { name } else { "_" }
}

/// Writes one call as statements; `device`, `commands` and the handles are in scope where it is pasted.
pub(crate) fn call(plan: &Plan, call: &Call) -> String {
    call_statements(plan, Scope { owner: "", next: "", names: &Names::new(plan) }, call)
}

/// Where handles are found: fields of something, or variables.
#[derive(Clone, Copy)]
struct Scope<'a> {
    owner: &'static str,
    next: &'static str,
    names: &'a Names,
}

fn call_statements(plan: &Plan, scope: Scope<'_>, call: &Call) -> String {
    let barriers = call.barriers.iter();
    statements(plan, scope, barriers.map(|barrier| (barrier, is_for_next_frame(plan, call, barrier))))
}

/// Writes the statements of one call, each barrier with whether it is for the next frame.
fn statements<'a>(plan: &Plan, scope: Scope<'_>, barriers: impl Iterator<Item = (&'a Barrier, bool)>) -> String {
    let mut lists: BTreeMap<List, String> = BTreeMap::new();
    for (barrier, next) in barriers {
        let structure = structure(barrier);
        let list = lists.entry(List::of(&structure)).or_default();
        let _ = writeln!(list, "    // {}", in_comment(&pairs(plan, barrier)));
        let _ = write!(list, "    vk::{}::default()", List::of(&structure).structure());
        for (field, value) in fields(&structure) {
            let _ = write!(list, "\n        .{field}({})", spelled(plan, value, scope, next));
        }
        list.push_str(",\n");
    }
    let mut out = String::new();
    for (list, structures) in &lists {
        let _ = writeln!(out, "let {} = [\n{structures}];", list.variable());
    }
    out.push_str("let dependency = vk::DependencyInfo::default()");
    for list in lists.keys() {
        let _ = write!(out, ".{}(&{})", list.field(), list.variable());
    }
    out.push_str(";\n// SAFETY: the commands are being recorded, and the handles are alive.\n");
    out.push_str("unsafe { device.cmd_pipeline_barrier2(commands, &dependency) };\n");
    out
}

fn spelled(plan: &Plan, value: Value, scope: Scope<'_>, next: bool) -> String {
    match value {
        Value::Stages(stages) => flags("PipelineStageFlags2", &stage_names(stages)),
        Value::Accesses(accesses) => flags("AccessFlags2", &access_names(accesses)),
        Value::Layout(layout) => match layout_name(layout).to_string() {
            nameless if nameless.contains('(') => format!("vk::ImageLayout::from_raw({})", layout.as_raw()),
            name => format!("vk::ImageLayout::{name}"),
        },
        Value::Family(vk::QUEUE_FAMILY_IGNORED) => "vk::QUEUE_FAMILY_IGNORED".to_owned(),
        Value::Family(family) => match plan.topology.queues().iter().position(|queue| queue.family == family) {
            Some(queue) => format!("{}families[{queue}]", scope.owner),
            None => family.to_string(),
        },
        Value::Handle(resource) => {
            format!("{}{}", if next { scope.next } else { scope.owner }, scope.names.handle(resource))
        }
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
pub(super) fn flags(kind: &str, names: &dyn Display) -> String {
    let names = names.to_string();
    let one = |name: &str| match name.strip_prefix("0x") {
        Some(_) => format!("vk::{kind}::from_raw({name})"),
        None => format!("vk::{kind}::{name}"),
    };
    names.split(" | ").map(one).collect::<Vec<_>>().join(" | ")
}
