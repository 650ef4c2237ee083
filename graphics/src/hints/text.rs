//! Hints as text: a line for each barrier at a stage boundary, and the call as Rust to paste.

use std::fmt::Write;

use crate::emit::{rust_call, sentence};
use crate::hints::declared::{Declared, Plans};
use crate::plan::{Call, Plan};

/// Writes the barriers of a declared frame, by stage boundary.
pub(super) fn hints(declared: &Declared) -> String {
    match declared.plans() {
        Ok(plans) => boundaries(&plans) + &notes(declared, &plans),
        Err(error) => format!("no barriers can be planned: {error}\n"),
    }
}

fn boundaries(plans: &Plans) -> String {
    let plan = &plans.steady;
    if plan.calls.is_empty() {
        return "No barriers are needed.\n".to_owned();
    }
    plan.calls.iter().map(|call| boundary(plan, call)).collect::<Vec<_>>().join("\n")
}

fn boundary(plan: &Plan, call: &Call) -> String {
    let mut out = String::new();
    let place = place(plan, call.gap);
    for barrier in &call.barriers {
        let _ = writeln!(out, "{place}: {}", sentence(plan, barrier));
    }
    let _ = writeln!(out, "\n    // {}", recorded(plan, call.gap));
    for line in rust_call(plan, call).lines() {
        let _ = writeln!(out, "    {line}");
    }
    out
}

fn place(plan: &Plan, gap: usize) -> String {
    let before = gap.checked_sub(1).and_then(|pass| plan.passes.get(pass));
    match (before, plan.passes.get(gap)) {
        (None, Some(pass)) => format!("Before {}", pass.stage),
        (Some(before), Some(pass)) if before.stage == pass.stage => format!("In {}, before {}", pass.stage, pass.name),
        (Some(before), Some(pass)) => format!("Between {} and {}", before.stage, pass.stage),
        (Some(before), None) => format!("After {}", before.stage),
        (None, None) => "In an empty frame".to_owned(),
    }
}

fn recorded(plan: &Plan, gap: usize) -> String {
    match plan.passes.get(gap) {
        Some(pass) if pass.auto_barriers => format!("emitted before {}, which derives AutoBarriers", pass.name),
        Some(pass) => format!("to be recorded first in {}, which does not derive AutoBarriers", pass.name),
        None => "emitted after the last pass".to_owned(),
    }
}

/// Says what differs in the first frame, and what a value would make exact.
fn notes(declared: &Declared, plans: &Plans) -> String {
    let mut out = String::new();
    let transitions = |plan: &Plan| {
        let barriers = plan.calls.iter().flat_map(|call| &call.barriers);
        let from_nothing = barriers.filter(|barrier| {
            barrier.target.transition().is_some_and(|(old, _)| old == ash::vk::ImageLayout::UNDEFINED)
        });
        let names = from_nothing.filter_map(|barrier| barrier.target.resource()).map(|index| index.0);
        names.collect::<std::collections::BTreeSet<usize>>()
    };
    let first = transitions(&plans.first);
    let steady = transitions(&plans.steady);
    let names: Vec<&str> = first.difference(&steady).map(|index| plans.first.resources[*index].as_str()).collect();
    if !names.is_empty() {
        let _ = writeln!(out, "\nIn the first frame the old layout is UNDEFINED: {}.", names.join(", "));
    }
    let elsewhere: Vec<_> = declared.elsewhere().map(|(pass, queue)| format!("{pass} ({})", queue.name())).collect();
    if !elsewhere.is_empty() {
        let passes = elsewhere.join(", ");
        let _ = writeln!(
            out,
            "\nThese are the barriers of one queue. On a device with several, these passes run on others: {passes}; \
             `ProgramHints::barrier_report_on` returns that plan, with its waits and ownership transfers."
        );
    }
    if declared.depends_on_values() {
        out.push_str("\nParts that use `self` count as the whole here; the hints of the built schedule are exact.\n");
    }
    out
}
