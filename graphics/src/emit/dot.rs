//! A plan as a Graphviz graph: passes in stages, an edge for each pair that a barrier orders.

use std::fmt::Write;

use crate::declare::pass::PassKind;
use crate::plan::{Barrier, Plan, Reason, Wait};
use crate::usage::{layout_name, stage_names};

impl Plan {
    /// Writes the plan as a Graphviz graph; `dot -Tsvg` draws it.
    ///
    /// A box is a pass, a frame around boxes a stage. An edge is a dependency: its label names the hazard, the resource,
    /// the pipeline stages and the layouts; its tooltip the places of the two declarations. What comes from before
    /// the frame or goes on after it is dashed.
    pub fn to_dot(&self) -> String {
        let mut out = String::from(
            "digraph plan {\n  rankdir=LR;\n  node [shape=box, fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\", fontsize=10];\n",
        );
        self.clusters(&mut out);
        for call in &self.calls {
            for barrier in &call.barriers {
                for reason in &barrier.reasons {
                    edge(&mut out, self, barrier, reason);
                }
            }
        }
        for wait in self.submissions.iter().flat_map(|submission| &submission.waits) {
            for reason in &wait.reasons {
                waits(&mut out, self, wait, reason);
            }
        }
        out.push_str("}\n");
        out
    }

    /// Writes the passes, those of one stage together where they stand together.
    fn clusters(&self, out: &mut String) {
        let mut start = 0;
        while let Some(first) = self.passes.get(start) {
            let len = self.passes[start..].iter().take_while(|pass| pass.stage == first.stage).count();
            let _ = writeln!(out, "  subgraph cluster_{start} {{\n    label={};", quoted(&first.stage));
            for (index, pass) in self.passes.iter().enumerate().skip(start).take(len) {
                let label = format!("{}\n{}", pass.name, pass.kind.name());
                let opaque =
                    if pass.kind == PassKind::Opaque { ", peripheries=2, tooltip=\"may touch anything\"" } else { "" };
                let _ = writeln!(out, "    p{index} [label={}{opaque}];", quoted(&label));
            }
            out.push_str("  }\n");
            start += len;
        }
    }
}

fn edge(out: &mut String, plan: &Plan, barrier: &Barrier, reason: &Reason) {
    let from = reason.first.as_ref().and_then(|first| first.pass);
    let to = reason.second.pass;
    let node = |pass: Option<usize>, outside: &str| pass.map_or_else(|| outside.to_owned(), |pass| format!("p{pass}"));
    let mut label = format!(
        "{} {}\n{} -> {}",
        reason.hazard,
        plan.resource_name(reason.resource),
        stage_names(barrier.first.stages),
        stage_names(barrier.second.stages)
    );
    if let Some((old, new)) = barrier.target.transition() {
        let _ = write!(label, "\n{} -> {}", layout_name(old), layout_name(new));
    }
    let place = |at: Option<&std::panic::Location<'_>>| at.map_or_else(|| "?".to_owned(), ToString::to_string);
    let first = place(reason.first.as_ref().and_then(|first| first.at));
    let tooltip = format!("{first} -> {}", place(reason.second.at));
    let style = if from.is_some() && to.is_some() { "solid" } else { "dashed" };
    let _ = writeln!(
        out,
        "  {} -> {} [label={}, tooltip={}, style={style}];",
        node(from, "before"),
        node(to, "after"),
        quoted(&label),
        quoted(&tooltip)
    );
}

/// Writes what a wait for another queue orders: a bold edge.
fn waits(out: &mut String, plan: &Plan, wait: &Wait, reason: &Reason) {
    let node = |pass: Option<usize>, outside: &str| pass.map_or_else(|| outside.to_owned(), |pass| format!("p{pass}"));
    let first = reason.first.as_ref().and_then(|first| first.pass);
    let name = plan.resource_name(reason.resource);
    let queue = plan.topology.name(plan.queue_of(wait.point));
    let label = format!("{} {name}\nwait for {queue} at {}", reason.hazard, stage_names(wait.stages));
    let _ = writeln!(
        out,
        "  {} -> {} [label={}, style=bold];",
        node(first, "before"),
        node(reason.second.pass, "after"),
        quoted(&label)
    );
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
