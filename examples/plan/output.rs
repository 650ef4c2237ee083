//! What is printed: the plan with its proof for people, one JSON object for tools.

use std::fmt::Write;

use fencewright_graphics::plan::{Baseline, Certificate, Plan, Reason, WhyItStays, Witness};
use fencewright_graphics::usage::stage_names;
use serde_json::{Value, json};

use crate::Planned;
use crate::frame::Frame;
use crate::judged::Judged;

/// Prints for people.
pub(crate) fn text(planned: &Planned, judged: &Judged, mutant: Option<&str>) -> String {
    let mut out = format!("{}\n{}", planned.plan, planned.report.display(&planned.plan));
    if planned.repeats() && !planned.plan.prologue.is_empty() {
        let _ = match planned.plan.prologue.len() {
            1 => writeln!(out, "\n1 structure at END is for the next frame's first use"),
            count => writeln!(out, "\n{count} structures at END are for the next frame's first uses"),
        };
    }
    if let Some(mutant) = mutant {
        let _ = writeln!(out, "\nmutant: {mutant}");
    }
    if judged.is_clean() {
        out.push_str("\nthe judge misses nothing\n");
    } else {
        let _ = writeln!(out, "\nthe judge: {} missing\n\n{}", judged.verdict.missing.len(), judged.verdict);
    }
    out
}

/// Makes one object.
pub(crate) fn json(frame: &Frame, planned: &Planned, judged: &Judged, mutant: Option<&str>) -> Value {
    let Planned { plan, report, .. } = planned;
    let missing: Value = serde_json::from_str(&judged.verdict.to_json()).unwrap_or_default();
    let missing = missing.get("missing").cloned().unwrap_or(missing);
    let mut object = json!({
        "frame": frame.name,
        "passes": plan.passes.len(),
        "dependencies": report.dependencies,
        "calls": report.calls,
        "structs": report.structures,
        "transitions": report.transitions,
        "timeline_waits": report.timeline_waits,
        "wait_stages": wait_stages(plan),
        "ownership_pairs": report.ownership_pairs,
        "submissions": report.submissions,
        "false_pairs": report.false_pairs.len(),
        "false_pair_list": report.false_pairs.iter().map(|pair| false_pair(plan, pair)).collect::<Vec<_>>(),
        "false_pairs_proven": report.false_pairs_proven,
        "certificate": certificate(plan, &report.certificate),
        "just_in_time": baseline(report.baselines.just_in_time),
        "full_barriers": baseline(report.baselines.full_barriers),
        "missing": missing,
        "order": plan.passes.iter().map(|pass| &*pass.name).collect::<Vec<_>>(),
        "plan": serde_json::from_str::<Value>(&plan.to_json()).unwrap_or_default(),
    });
    if let Some(mutant) = mutant {
        object["mutant"] = json!({ "what": mutant, "killed": !judged.is_clean() });
    }
    object
}

fn baseline(counts: Baseline) -> Value {
    json!({ "calls": counts.calls, "structs": counts.structures, "false_pairs": counts.false_pairs })
}

/// Lists the stages of each wait, in the order of the submissions.
fn wait_stages(plan: &Plan) -> Vec<String> {
    let waits = plan.submissions.iter().flat_map(|submission| &submission.waits);
    waits.map(|wait| stage_names(wait.stages).to_string()).collect()
}

fn pass(plan: &Plan, pass: usize) -> &str {
    plan.passes.get(pass).map_or("END", |pass| &pass.name)
}

fn false_pair(plan: &Plan, pair: &fencewright_graphics::plan::FalsePair) -> Value {
    let causes = pair.causes.iter().map(|cause| {
        let (stays, gap) = match cause.stays {
            WhyItStays::EveryGapOrders => ("every gap orders it", None),
            WhyItStays::CostsACall { gap } => ("another gap costs a call", Some(gap)),
            WhyItStays::OrdersAsMany { gap } => ("another gap orders as many", Some(gap)),
        };
        json!({ "call": pass(plan, cause.gap), "dependency": reason(plan, &cause.reason), "stays": stays,
            "other_gap": gap.map(|gap| pass(plan, gap)) })
    });
    json!({ "before": pass(plan, pair.before), "after": pass(plan, pair.after), "causes": causes.collect::<Vec<_>>() })
}

fn certificate(plan: &Plan, certificate: &Certificate) -> Value {
    let list = |witnesses: &[Witness]| witnesses.iter().map(|one| witness(plan, one)).collect::<Vec<_>>();
    match certificate {
        Certificate::Disjoint(witnesses) => json!({ "disjoint": list(witnesses) }),
        Certificate::Cases { without_end, with_end } => {
            json!({ "without_end": list(without_end), "with_end": list(with_end) })
        }
    }
}

fn witness(plan: &Plan, witness: &Witness) -> Value {
    json!({ "gaps": [witness.gaps.0, witness.gaps.1], "dependency": reason(plan, &witness.reason) })
}

fn reason(plan: &Plan, reason: &Reason) -> Value {
    let first = reason.first.as_ref().map(|first| json!({ "pass": &*first.system, "usage": first.usage }));
    json!({
        "hazard": reason.hazard.name(),
        "resource": plan.resource_name(reason.resource),
        "part": reason.part.to_string(),
        "first": first,
        "second": { "pass": &*reason.second.system, "usage": reason.second.usage },
    })
}
