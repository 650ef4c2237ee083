//! A plan as JSON, written by hand: the facts are few and the crate needs no serializer for them.

use std::fmt::Write;

use crate::plan::{
    Barrier, Call, Plan, PlannedPass, Point, QueueSpec, Reason, ReasonAccess, ResourceRef, Scope, Submission,
    Subresource, Wait,
};
use crate::usage::{access_names, layout_name, stage_names};

impl Plan {
    /// Writes the plan as one JSON object: `passes`, `resources`, and `calls` with their barriers and reasons.
    ///
    /// Over several queues there are `queues` and `submissions`, too, and calls name theirs. A wait is for a `submission` of
    /// the frame, or for the one of earlier frames that has `back` later ones before this frame.
    ///
    /// A call's `gap` is the index of the pass it stands before; the number of passes is the end of the frame.
    pub fn to_json(&self) -> String {
        let resources = self.resources.iter().zip(&self.shapes).map(|(name, shape)| {
            let part = part(&shape.whole());
            object(&[("name", string(name)), ("whole", part)])
        });
        let mut fields = vec![
            ("passes", array(self.passes.iter().map(pass))),
            ("resources", array(resources)),
            ("calls", array(self.calls.iter().map(|one| call(self, one)))),
        ];
        if self.topology.has_several_queues() {
            fields.push(("queues", array(self.topology.queues().iter().map(queue))));
            fields.push(("submissions", array(self.submissions.iter().map(|one| submission(self, one)))));
        }
        object(&fields)
    }
}

fn queue(queue: &QueueSpec) -> String {
    object(&[("name", string(queue.role.name())), ("family", queue.family.to_string())])
}

fn submission(plan: &Plan, submission: &Submission) -> String {
    let wait = |wait: &Wait| {
        let mut fields = vec![("queue", string(plan.topology.name(plan.queue_of(wait.point))))];
        fields.push(match wait.point {
            Point::Submission(number) => ("submission", number.to_string()),
            Point::Earlier(past) => ("back", past.back.to_string()),
        });
        fields.push(("stages", string(&stage_names(wait.stages).to_string())));
        fields.push(("reasons", array(wait.reasons.iter().map(|one| reason(plan, one)))));
        object(&fields)
    };
    object(&[
        ("queue", string(plan.topology.name(submission.queue))),
        ("waits", array(submission.waits.iter().map(wait))),
        ("passes", array(submission.passes.iter().map(ToString::to_string))),
    ])
}

fn pass(pass: &PlannedPass) -> String {
    object(&[
        ("name", string(&pass.name)),
        ("stage", string(&pass.stage)),
        ("kind", string(pass.kind.name())),
        ("queue", string(pass.queue.name())),
        ("auto_barriers", pass.auto_barriers.to_string()),
    ])
}

fn call(plan: &Plan, call: &Call) -> String {
    let before = plan.passes.get(call.gap).map_or_else(|| "null".to_owned(), |pass| string(&pass.name));
    let mut fields = vec![("gap", call.gap.to_string()), ("before", before)];
    if plan.topology.has_several_queues() {
        fields.push(("submission", call.submission.to_string()));
    }
    fields.push(("barriers", array(call.barriers.iter().map(|one| barrier(plan, one)))));
    object(&fields)
}

fn barrier(plan: &Plan, barrier: &Barrier) -> String {
    let mut fields = vec![("first", scope(barrier.first)), ("second", scope(barrier.second))];
    if let (Some(resource), Some(some)) = (barrier.target.resource(), barrier.target.part()) {
        fields.push(("resource", string(plan.resource_name(resource))));
        fields.push(("part", part(&some)));
    }
    if let Some((old, new)) = barrier.target.transition() {
        fields.push(("old_layout", string(&layout_name(old).to_string())));
        fields.push(("new_layout", string(&layout_name(new).to_string())));
    }
    if let Some(transfer) = barrier.transfer {
        let families = format!("[{}, {}]", transfer.from, transfer.to);
        fields.push((transfer.half.name(), families));
    }
    fields.push(("reasons", array(barrier.reasons.iter().map(|one| reason(plan, one)))));
    object(&fields)
}

fn scope(scope: Scope) -> String {
    object(&[
        ("stages", string(&stage_names(scope.stages).to_string())),
        ("access", string(&access_names(scope.access).to_string())),
    ])
}

fn part(part: &Subresource) -> String {
    match part {
        Subresource::Buffer { bytes } => object(&[("bytes", range(bytes.start, bytes.end, u64::MAX))]),
        Subresource::Image { aspects, mips, layers } => object(&[
            ("aspects", string(&crate::plan::names::aspects(*aspects))),
            ("mips", range(mips.start, mips.end, u32::MAX)),
            ("layers", range(layers.start, layers.end, u32::MAX)),
        ]),
    }
}

/// Writes `[start, end]`; an end that is not known is `null`.
fn range<T: ToString + PartialEq + Copy>(start: T, end: T, open: T) -> String {
    let end = if end == open { "null".to_owned() } else { end.to_string() };
    format!("[{}, {end}]", start.to_string())
}

fn reason(plan: &Plan, reason: &Reason) -> String {
    object(&[
        ("hazard", string(reason.hazard.name())),
        ("resource", string(plan.resource_name(reason.resource))),
        ("part", if reason.resource == ResourceRef::EVERYTHING { "null".to_owned() } else { part(&reason.part) }),
        ("first", reason.first.as_ref().map_or_else(|| "null".to_owned(), access)),
        ("second", access(&reason.second)),
    ])
}

fn access(access: &ReasonAccess) -> String {
    object(&[
        ("pass", access.pass.map_or_else(|| "null".to_owned(), |pass| pass.to_string())),
        ("system", string(&access.system)),
        ("usage", string(access.usage)),
        ("write", access.write.to_string()),
        ("at", access.at.map_or_else(|| "null".to_owned(), |at| string(&at.to_string()))),
    ])
}

fn object(fields: &[(&str, String)]) -> String {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{}: {value}", string(name))).collect();
    format!("{{{}}}", fields.join(", "))
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn string(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            control if control.is_control() => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            plain => out.push(plain),
        }
    }
    out.push('"');
    out
}
