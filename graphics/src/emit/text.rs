//! A plan as text: made so that the difference between two plans reads like a review.

use std::fmt;

use crate::declare::pass::PassKind;
use crate::plan::{
    ANYTHING, Barrier, Call, Fallback, IMPORTED, PastPoint, Plan, PlannedPass, Point, Reason, ReasonAccess, Target,
    Transfer, around_opaque, flag_names,
};
use crate::usage::{layout_name, stage_names};

/// Writes each pass with the call before it, each barrier with its scopes, layouts and reasons.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", Counts(self))?;
        if self.topology.has_several_queues() {
            return (0..self.submissions.len()).try_for_each(|number| submission(f, self, number));
        }
        for (gap, pass) in self.passes.iter().enumerate() {
            writeln!(f)?;
            title(f, pass)?;
            if let Some(call) = self.call(gap) {
                barriers(f, self, call)?;
            }
        }
        if let Some(call) = self.call(self.passes.len()) {
            writeln!(f, "\nEND")?;
            barriers(f, self, call)?;
        }
        Ok(())
    }
}

/// Writes a submission of several: what it waits for, and why; its passes, each with the call before it; the call at its end.
fn submission(f: &mut fmt::Formatter<'_>, plan: &Plan, number: usize) -> fmt::Result {
    let submission = &plan.submissions[number];
    writeln!(f, "\nsubmission {number} to `{}`", plan.topology.name(submission.queue))?;
    for wait in &submission.waits {
        writeln!(f, "  waits for {} at {}", point(plan, wait.point), stage_names(wait.stages))?;
        for reason in &wait.reasons {
            writeln!(f, "    reason  {} {}", reason.hazard, explained(plan, &Target::Memory, reason))?;
        }
    }
    for &gap in &submission.passes {
        writeln!(f)?;
        title(f, &plan.passes[gap])?;
        if let Some(why) = fallback(&plan.passes[gap]) {
            writeln!(f, "  not on `{}`: {why}", plan.passes[gap].queue.name())?;
        }
        if let Some(call) = plan.call(gap) {
            barriers(f, plan, call)?;
        }
    }
    if let Some(call) = plan.closing_call(number) {
        writeln!(f, "\nEND of submission {number}")?;
        barriers(f, plan, call)?;
    }
    Ok(())
}

/// Names what a submission waits for.
pub(crate) fn point(plan: &Plan, point: Point) -> String {
    let queue = plan.topology.name(plan.queue_of(point));
    match point {
        Point::Submission(number) => format!("submission {number} to `{queue}`"),
        Point::Earlier(PastPoint { back: 0, .. }) => format!("the last submission to `{queue}` before the frame"),
        Point::Earlier(PastPoint { back, .. }) => {
            format!("the submission to `{queue}` {back} before the last one before the frame")
        }
    }
}

/// Says why a pass does not run where it would like to.
fn fallback(pass: &PlannedPass) -> Option<String> {
    Some(match pass.fallback? {
        Fallback::NoSuchQueue => "there is no such queue".to_owned(),
        Fallback::BesideOpaque => "a pass of the frame may touch anything, so all run on its queue".to_owned(),
        Fallback::CannotServe { lacks } => format!("its family cannot do {}", flag_names(lacks)),
    })
}

/// Displays how much of everything a plan has.
struct Counts<'a>(&'a Plan);

impl fmt::Display for Counts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let barriers = || self.0.calls.iter().flat_map(|call| &call.barriers);
        let transitions = barriers().filter(|barrier| barrier.target.transition().is_some()).count();
        write!(
            f,
            "{}, {}, {}, {}",
            count(self.0.passes.len(), "pass", "passes"),
            count(self.0.calls.len(), "call", "calls"),
            count(barriers().count(), "barrier", "barriers"),
            count(transitions, "layout transition", "layout transitions"),
        )
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn title(f: &mut fmt::Formatter<'_>, pass: &PlannedPass) -> fmt::Result {
    let by_hand = if pass.auto_barriers { "" } else { ", records its own barriers" };
    let opaque = if pass.kind == PassKind::Opaque { ", may touch anything" } else { "" };
    writeln!(f, "pass `{}`  {} in stage `{}`{opaque}{by_hand}", pass.name, pass.kind.name(), pass.stage)
}

fn barriers(f: &mut fmt::Formatter<'_>, plan: &Plan, call: &Call) -> fmt::Result {
    call.barriers.iter().try_for_each(|one| barrier(f, plan, one))
}

fn barrier(f: &mut fmt::Formatter<'_>, plan: &Plan, barrier: &Barrier) -> fmt::Result {
    writeln!(f, "  {}  {}", subject(plan, &barrier.target), hazards(&barrier.reasons))?;
    writeln!(f, "    first   {}", barrier.first)?;
    writeln!(f, "    second  {}", barrier.second)?;
    if let Some((old, new)) = barrier.target.transition() {
        writeln!(f, "    layout  {} -> {}", layout_name(old), layout_name(new))?;
    }
    if let Some(Transfer { half, from, to }) = barrier.transfer {
        writeln!(f, "    {}  family {from} -> {to}", half.name())?;
    }
    let mut said: Vec<String> = Vec::new();
    for reason in &barrier.reasons {
        let reason = explained(plan, &barrier.target, reason);
        if !said.contains(&reason) {
            writeln!(f, "    reason  {reason}")?;
            said.push(reason);
        }
    }
    Ok(())
}

fn subject(plan: &Plan, target: &Target) -> String {
    let kind = match target {
        Target::Memory => return "all memory".to_owned(),
        Target::Buffer { .. } => "buffer",
        Target::Image { .. } => "image",
    };
    let (Some(resource), Some(part)) = (target.resource(), target.part()) else { unreachable!("not all memory") };
    let part = if part == plan.shapes[resource.0].whole() { String::new() } else { format!(" {part}") };
    format!("{kind} `{}`{part}", plan.resource_name(resource))
}

fn hazards(reasons: &[Reason]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for reason in reasons {
        if !names.contains(&reason.hazard.name()) {
            names.push(reason.hazard.name());
        }
    }
    names.join(", ")
}

fn explained(plan: &Plan, target: &Target, reason: &Reason) -> String {
    if let Some(words) = around_opaque(reason, "`") {
        return words;
    }
    // What rides on a barrier of another resource is named, too.
    let what = if target.resource() == Some(reason.resource) {
        "it".to_owned()
    } else {
        format!("`{}`", plan.resource_name(reason.resource))
    };
    let second = used(&reason.second, &what, false);
    match &reason.first {
        Some(first) => format!("{}; {second}", used(first, &what, true)),
        None => format!("nothing used {what} before; {second}"),
    }
}

fn used(access: &ReasonAccess, what: &str, first: bool) -> String {
    if access.usage == IMPORTED {
        return format!("`{}` hands it over", access.system);
    }
    let verb = if access.write { "writes" } else { "reads" };
    let when = if first && access.pass.is_none() { " before this frame" } else { "" };
    if access.usage == ANYTHING {
        return format!("`{}` may touch {what}{when}", access.system);
    }
    let at = access.at.map(|at| format!(" ({at})")).unwrap_or_default();
    format!("`{}` {verb} {what} as {}{when}{at}", access.system, access.usage)
}

/// Says in one sentence what a barrier orders: `COPY -> INDEX_INPUT: Upload writes GpuBuffer<Mesh>, Draw reads it`.
pub(crate) fn sentence(plan: &Plan, barrier: &Barrier) -> String {
    let layout = barrier.target.transition();
    let layout = layout.map(|(old, new)| format!(" [{} -> {}]", layout_name(old), layout_name(new)));
    format!(
        "{} -> {}{}: {}",
        stage_names(barrier.first.stages),
        stage_names(barrier.second.stages),
        layout.unwrap_or_default(),
        pairs(plan, barrier)
    )
}

/// Says whose accesses a barrier orders: `Upload writes GpuBuffer<Mesh>, Draw reads it`.
pub(crate) fn pairs(plan: &Plan, barrier: &Barrier) -> String {
    let mut pairs: Vec<String> = Vec::new();
    for reason in &barrier.reasons {
        let pair = pair(plan, reason);
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs.join("; ")
}

fn pair(plan: &Plan, reason: &Reason) -> String {
    if let Some(words) = around_opaque(reason, "") {
        return words;
    }
    let name = plan.resource_name(reason.resource);
    let verb = |access: &ReasonAccess| if access.write { "writes" } else { "reads" };
    let second = format!("{} {}", reason.second.system, verb(&reason.second));
    match &reason.first {
        Some(first) if first.usage == IMPORTED => format!("{} hands over {name}, {second} it", first.system),
        Some(first) if first.pass.is_none() => {
            format!("{} of the frame before {} {name}, {second} it", first.system, verb(first))
        }
        Some(first) => format!("{} {} {name}, {second} it", first.system, verb(first)),
        None => format!("{} is the first to use {name}", reason.second.system),
    }
}
