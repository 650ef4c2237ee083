//! What a plan for several queues submits, as Rust and as C: data, and functions that fill in waits and signals.

use std::fmt::Write;

use ash::vk;

use crate::emit::{c, names::in_comment, rust};
use crate::plan::{Plan, Point, ResourceRef, Submission, Wait};
use crate::usage::stage_names;

/// Says whether there is more to submit than one batch on one queue.
pub(super) fn are_worth_it(plan: &Plan) -> bool {
    plan.topology.has_several_queues() || plan.submissions.len() > 1
}

/// Writes the submissions as Rust.
pub(super) fn rust(plan: &Plan) -> String {
    let queues = plan.topology.queues();
    let mut out = format!(
        "\n/// The queues: what each is for, and the family that it was planned with.\npub const QUEUES: [(&str, u32); {}] = [\n",
        queues.len()
    );
    for queue in queues {
        let _ = writeln!(out, "    ({:?}, {}),", queue.role.name(), queue.family);
    }
    out.push_str(RUST_TYPE);
    let _ = writeln!(out, "pub const SUBMISSIONS: [Submission; {}] = [", plan.submissions.len());
    for submission in &plan.submissions {
        let _ = writeln!(
            out,
            "    Submission {{ queue: {}, passes: &{:?}, imports: &{:?}, exports: &{:?} }},",
            submission.queue.0,
            submission.passes,
            resources(plan, &submission.imports),
            resources(plan, &submission.exports),
        );
    }
    out.push_str("];\n");
    out.push_str(&rust_functions(plan));
    out
}

const RUST_TYPE: &str = "\
];

/// One batch of a `vkQueueSubmit2`.
#[derive(Clone, Copy, Debug)]
pub struct Submission {
    /// The queue: an index into `QUEUES`.
    pub queue: usize,
    /// The passes, in the order in which they are recorded: indices into `PASSES`.
    pub passes: &'static [usize],
    /// What it is the first to use of what others hand over: it waits for them.
    pub imports: &'static [&'static str],
    /// What it is the last to use of what is handed over to others: they wait for it.
    pub exports: &'static [&'static str],
}

/// The submissions, in an order in which they can be submitted: none waits for a later one.
";

fn rust_functions(plan: &Plan) -> String {
    let queues = plan.topology.queues().len();
    let mut arms = String::new();
    for (index, submission) in plan.submissions.iter().enumerate().filter(|(_, one)| !one.waits.is_empty()) {
        let _ = writeln!(arms, "        {index} => &[");
        for wait in &submission.waits {
            let value = value(plan, wait.point);
            let stages = rust::flags("PipelineStageFlags2", &stage_names(wait.stages));
            let _ = writeln!(arms, "            // {}", in_comment(&reasons(plan, wait)));
            let _ = writeln!(arms, "            ({}, {}, {stages}),", value.queue, value.rust());
        }
        arms.push_str("        ],\n");
    }
    let signals: Vec<String> =
        (0..plan.submissions.len()).map(|index| value(plan, Point::Submission(index)).rust()).collect();
    let mut out = String::from(
        "\n/// Returns what a submission waits for: `semaphores` are the timelines of the queues, `before` their values before the frame,\n\
         /// which count the submissions of each queue. What was never submitted is not waited for.\n",
    );
    if arms.is_empty() {
        let _ = write!(
            out,
            "pub fn waits(_: usize, _: &[vk::Semaphore; {queues}], _: &[u64; {queues}]) -> Vec<vk::SemaphoreSubmitInfo<'static>> {{\n    Vec::new()\n}}\n"
        );
    } else {
        let _ = write!(
            out,
            "pub fn waits(\n    submission: usize,\n    semaphores: &[vk::Semaphore; {queues}],\n    before: &[u64; {queues}],\n) -> Vec<vk::SemaphoreSubmitInfo<'static>> {{\n    let waits: &[(usize, u64, vk::PipelineStageFlags2)] = match submission {{\n{arms}        _ => &[],\n    }};\n    let wait = |&(queue, value, stages): &(usize, u64, vk::PipelineStageFlags2)| {{\n        vk::SemaphoreSubmitInfo::default().semaphore(semaphores[queue]).value(value).stage_mask(stages)\n    }};\n    waits.iter().filter(|(_, value, _)| *value > 0).map(wait).collect()\n}}\n"
        );
    }
    let _ = write!(
        out,
        "\n/// Returns what a submission signals when it is complete.\n///\n/// # Panics\n///\n/// If there is no such submission.\npub fn signal(\n    submission: usize,\n    semaphores: &[vk::Semaphore; {queues}],\n    before: &[u64; {queues}],\n) -> vk::SemaphoreSubmitInfo<'static> {{\n    let values = [{}];\n    let semaphore = semaphores[SUBMISSIONS[submission].queue];\n    let stages = vk::PipelineStageFlags2::ALL_COMMANDS;\n    vk::SemaphoreSubmitInfo::default().semaphore(semaphore).value(values[submission]).stage_mask(stages)\n}}\n",
        signals.join(", ")
    );
    out
}

/// A value of a timeline, from that before the frame.
struct Value {
    queue: usize,
    later: u64,
    earlier: u64,
}

impl Value {
    fn rust(&self) -> String {
        match (self.later, self.earlier) {
            (0, 0) => format!("before[{}]", self.queue),
            (0, earlier) => format!("before[{}].saturating_sub({earlier})", self.queue),
            (later, _) => format!("before[{}] + {later}", self.queue),
        }
    }

    fn c(&self) -> String {
        let queue = self.queue;
        match (self.later, self.earlier) {
            (0, 0) => format!("before[{queue}]"),
            (0, earlier) => format!("(before[{queue}] < {earlier} ? 0 : before[{queue}] - {earlier})"),
            (later, _) => format!("before[{queue}] + {later}"),
        }
    }
}

fn value(plan: &Plan, point: Point) -> Value {
    let queue = plan.queue_of(point);
    match point {
        Point::Submission(index) => {
            let until = plan.submissions[..=index].iter().filter(|one| one.queue == queue).count();
            Value { queue: queue.0, later: until as u64, earlier: 0 }
        }
        Point::Earlier(past) => Value { queue: queue.0, later: 0, earlier: u64::from(past.back) },
    }
}

fn reasons(plan: &Plan, wait: &Wait) -> String {
    let mut out: Vec<String> = Vec::new();
    for reason in &wait.reasons {
        let first = reason.first.as_ref().map_or("what came before", |first| &first.system);
        let text = format!("{} waits for {first}: {}", reason.second.system, plan.resource_name(reason.resource));
        if !out.contains(&text) {
            out.push(text);
        }
    }
    out.join("; ")
}

fn resources<'a>(plan: &'a Plan, resources: &[ResourceRef]) -> Vec<&'a str> {
    resources.iter().map(|resource| plan.resource_name(*resource)).collect()
}

/// Writes the submissions as C.
pub(super) fn c(plan: &Plan, prefix: &str) -> String {
    let mut out = String::from("\n/* The queues: what each is for, and the family that it was planned with.\n");
    for (index, queue) in plan.topology.queues().iter().enumerate() {
        let _ = writeln!(out, "   {index} {}, family {}", queue.role.name(), queue.family);
    }
    out.push_str("\n   The submissions, in an order in which they can be submitted: none waits for a later one.\n");
    for (index, submission) in plan.submissions.iter().enumerate() {
        let _ = writeln!(out, "   {index} {}", in_comment(&described(plan, submission)));
    }
    out.push_str("*/\n");
    let most = plan.submissions.iter().map(|submission| submission.waits.len()).max().unwrap_or_default();
    let guard = prefix.to_ascii_uppercase();
    let _ = writeln!(out, "\n/* The most that a submission waits for. */\n#define {guard}_MOST_WAITS {}", most.max(1));
    let _ = write!(
        out,
        "\n/* Fills in what a submission waits for, and returns how much that is: `semaphores` are the timelines of the queues,\n   `before` their values before the frame, which count the submissions of each queue. */\nstatic inline uint32_t {prefix}_waits(uint32_t submission, const VkSemaphore *semaphores, const uint64_t *before, VkSemaphoreSubmitInfo *waits)\n{{\n    uint32_t count = 0;\n    (void)semaphores;\n    (void)before;\n    (void)waits;\n    switch (submission) {{\n"
    );
    for (index, submission) in plan.submissions.iter().enumerate().filter(|(_, one)| !one.waits.is_empty()) {
        let _ = writeln!(out, "    case {index}:");
        for wait in &submission.waits {
            let value = value(plan, wait.point);
            let _ = writeln!(out, "        /* {} */", in_comment(&reasons(plan, wait)));
            let _ = writeln!(out, "        if ({} > 0) {{", value.c());
            out.push_str(&c_info("waits[count++]", &value, wait.stages, "            "));
            out.push_str("        }\n");
        }
        out.push_str("        break;\n");
    }
    out.push_str("    default:\n        break;\n    }\n    return count;\n}\n");
    let _ = write!(
        out,
        "\n/* Fills in what a submission signals when it is complete. */\nstatic inline void {prefix}_signal(uint32_t submission, const VkSemaphore *semaphores, const uint64_t *before, VkSemaphoreSubmitInfo *signal)\n{{\n    switch (submission) {{\n"
    );
    for index in 0..plan.submissions.len() {
        let _ = writeln!(out, "    case {index}: {{");
        let value = value(plan, Point::Submission(index));
        out.push_str(&c_info("*signal", &value, vk::PipelineStageFlags2::ALL_COMMANDS, "        "));
        out.push_str("        break;\n    }\n");
    }
    out.push_str("    default:\n        (void)semaphores;\n        (void)before;\n        (void)signal;\n        break;\n    }\n}\n");
    out
}

/// Writes the assignment of a `VkSemaphoreSubmitInfo`.
fn c_info(to: &str, value: &Value, stages: vk::PipelineStageFlags2, indent: &str) -> String {
    let stages = c::flags("VK_PIPELINE_STAGE_2_", &stage_names(stages));
    format!(
        "{indent}const VkSemaphoreSubmitInfo info = {{\n{indent}    .sType = VK_STRUCTURE_TYPE_SEMAPHORE_SUBMIT_INFO,\n{indent}    .semaphore = semaphores[{}],\n{indent}    .value = {},\n{indent}    .stageMask = {stages},\n{indent}}};\n{indent}{to} = info;\n",
        value.queue,
        value.c()
    )
}

/// Says what a submission is made of.
pub(super) fn described(plan: &Plan, submission: &Submission) -> String {
    let passes: Vec<&str> = submission.passes.iter().map(|pass| &*plan.passes[*pass].name).collect();
    let mut out = format!("{}: {}", plan.topology.name(submission.queue), passes.join(", "));
    for (what, list) in [("imports", &submission.imports), ("exports", &submission.exports)] {
        if !list.is_empty() {
            let _ = write!(out, "; {what} {}", resources(plan, list).join(", "));
        }
    }
    out
}

/// Says what a wait is for: `submission 1 (compute) at FRAGMENT_SHADER: Draw waits for Cull: GpuBuffer<Visible>`.
pub(super) fn waited(plan: &Plan, wait: &Wait) -> String {
    let queue = plan.topology.name(plan.queue_of(wait.point));
    let point = match wait.point {
        Point::Submission(index) => format!("submission {index} ({queue})"),
        Point::Earlier(past) if past.back == 0 => format!("the last submission of {queue} before the frame"),
        Point::Earlier(past) => format!("submission {} before the last of {queue} before the frame", past.back),
    };
    format!("{point} at {}: {}", stage_names(wait.stages), reasons(plan, wait))
}
