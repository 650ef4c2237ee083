//! Explanations and reports for tools: JSON, and pictures as DOT and Mermaid.

use std::fmt::Write as _;

use crate::analysis::explain::{Explanation, Verdict};
use crate::analysis::report::{NodeReport, Report, Us};
use crate::schedule::{mermaid_label, quoted};

impl Explanation<'_> {
    /// Returns it as JSON: the systems, `verdict` (`free`, `direct` or `through`), and the steps with their reasons.
    pub fn to_json(&self) -> String {
        let (first, second) = self.names();
        let verdict = match self.verdict() {
            Verdict::Free => "free",
            Verdict::Direct { .. } => "direct",
            Verdict::Through { .. } => "through",
        };
        let steps = self.steps().into_iter().map(|(from, to)| {
            let reasons = list(self.reasons_json(from, to));
            format!(
                r#"{{"first":{},"second":{},"reasons":{reasons}}}"#,
                quoted(&self.schedule.node_name(from)),
                quoted(&self.schedule.node_name(to))
            )
        });
        format!(
            r#"{{"first":{},"second":{},"may_overlap":{},"verdict":"{verdict}","steps":{}}}"#,
            quoted(&first),
            quoted(&second),
            self.may_overlap(),
            list(steps)
        )
    }

    /// Returns it in the language of Graphviz: the two, and the way from one to the other with its reasons.
    pub fn to_dot(&self) -> String {
        let mut out = String::from("digraph explanation {\n    rankdir=LR;\n    node [shape=box];\n");
        for node in self.nodes_of_steps() {
            let _ = writeln!(out, "    n{node} [label={}];", quoted(&self.schedule.node_name(node)));
        }
        for (from, to) in self.steps() {
            let label = self.reasons(from, to).join("\n");
            let _ = writeln!(out, "    n{from} -> n{to} [label={}];", quoted(&label));
        }
        out.push_str("}\n");
        out
    }

    /// Returns it as a Mermaid flowchart.
    pub fn to_mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        for node in self.nodes_of_steps() {
            let _ = writeln!(out, "    n{node}[{}]", mermaid_label([&*self.schedule.node_name(node)]));
        }
        for (from, to) in self.steps() {
            let _ = writeln!(
                out,
                "    n{from} -->|{}| n{to}",
                mermaid_label(self.reasons(from, to).iter().map(String::as_str))
            );
        }
        out
    }

    /// Lists the nodes to draw: the two, and those on the way.
    fn nodes_of_steps(&self) -> Vec<usize> {
        match self.verdict() {
            Verdict::Free | Verdict::Direct { .. } => vec![self.nodes.0, self.nodes.1],
            Verdict::Through { path } => path.clone(),
        }
    }
}

impl Report<'_> {
    /// Returns it as JSON: times in microseconds, nodes and edges by name.
    pub fn to_json(&self) -> String {
        let names = |nodes: &[usize]| list(nodes.iter().map(|&node| quoted(&self.nodes[node].name)));
        let nodes = list(self.nodes.iter().map(|node| {
            let NodeReport { name, cost_ns, slack_ns, saved_if_free_ns, lane, start_ns } = node;
            format!(
                r#"{{"name":{},"us":{},"slack_us":{},"saved_if_free_us":{},"lane":{lane},"start_us":{}}}"#,
                quoted(name),
                exact(*cost_ns),
                exact(*slack_ns),
                exact(*saved_if_free_ns),
                exact(*start_ns)
            )
        }));
        let what_if: Vec<_> =
            self.what_if.iter().map(|(threads, ns)| format!(r#""{threads}":{}"#, exact(*ns))).collect();
        let lost = self.lost.as_ref().map_or("null".to_owned(), |lost| {
            list(lost.iter().map(|pair| {
                let (first, second) = (&self.nodes[pair.first].name, &self.nodes[pair.second].name);
                format!(
                    r#"{{"first":{},"second":{},"saved_us":{}}}"#,
                    quoted(first),
                    quoted(second),
                    exact(pair.saved_ns)
                )
            }))
        });
        format!(
            r#"{{"threads":{},"work_us":{},"critical_path_us":{},"bound_us":{},"simulated_us":{},"what_if":{{{}}},"critical_path":{},"nodes":{nodes},"lost_parallelism":{lost}}}"#,
            self.threads,
            exact(self.work_ns),
            exact(self.critical_path_ns),
            exact(self.bound_ns),
            exact(self.simulated_ns),
            what_if.join(","),
            names(&self.critical_path),
        )
    }

    /// Returns it in the language of Graphviz: each node with its cost and slack, the critical path in red, and what an order costs.
    pub fn to_dot(&self) -> String {
        let mut out = String::from("digraph report {\n    rankdir=LR;\n    node [shape=box];\n");
        let _ = writeln!(out, "    label={};", quoted(&self.summary("\n")));
        for (node, NodeReport { name, cost_ns, slack_ns, .. }) in self.nodes.iter().enumerate() {
            let label = quoted(&format!("{name}\n{} us, slack {} us", Us(*cost_ns), Us(*slack_ns)));
            let color = if self.critical_path.contains(&node) { ", color=red" } else { "" };
            let _ = writeln!(out, "    n{node} [label={label}{color}];");
        }
        for (first, second) in self.edges() {
            let color = if self.is_critical(first, second) { "color=red, " } else { "" };
            let cost = self.cost_of(first, second).map_or(String::new(), |ns| format!("costs {} us", Us(ns)));
            let _ = writeln!(out, "    n{first} -> n{second} [{color}label={}];", quoted(&cost));
        }
        out.push_str("}\n");
        out
    }

    /// Returns it as a Mermaid flowchart: each node with its cost and slack, the critical path as thick arrows, and what an order costs.
    pub fn to_mermaid(&self) -> String {
        let mut out = String::from("flowchart LR\n");
        let _ = writeln!(out, "    %% {}", self.summary("; "));
        for (node, NodeReport { name, cost_ns, slack_ns, .. }) in self.nodes.iter().enumerate() {
            let cost = format!("{} us, slack {} us", Us(*cost_ns), Us(*slack_ns));
            let _ = writeln!(out, "    n{node}[{}]", mermaid_label([&**name, &*cost]));
        }
        for (first, second) in self.edges() {
            let arrow = if self.is_critical(first, second) { "==>" } else { "-->" };
            let cost = self
                .cost_of(first, second)
                .map_or(String::new(), |ns| format!("|{}|", mermaid_label([&*format!("costs {} us", Us(ns))])));
            let _ = writeln!(out, "    n{first} {arrow}{cost} n{second}");
        }
        out
    }

    fn summary(&self, between: &str) -> String {
        let mut lines = vec![format!(
            "work {} us, critical path {} us, {} threads: bound {} us, simulated {} us",
            Us(self.work_ns),
            Us(self.critical_path_ns),
            self.threads,
            Us(self.bound_ns),
            Us(self.simulated_ns)
        )];
        lines.extend(self.what_if.iter().map(|&(threads, ns)| {
            format!("{threads} {}: {} us", if threads == 1 { "thread" } else { "threads" }, Us(ns))
        }));
        lines.join(between)
    }

    fn edges(&self) -> impl Iterator<Item = (usize, usize)> {
        self.schedule.graph().edges().iter().map(|edge| (edge.first, edge.second))
    }

    fn is_critical(&self, first: usize, second: usize) -> bool {
        self.critical_path.windows(2).any(|step| step == [first, second])
    }

    fn cost_of(&self, first: usize, second: usize) -> Option<u64> {
        let lost = self.lost.iter().flatten();
        lost.clone().find(|pair| (pair.first, pair.second) == (first, second)).map(|pair| pair.saved_ns)
    }
}

fn list(items: impl IntoIterator<Item = String>) -> String {
    let items: Vec<_> = items.into_iter().collect();
    format!("[{}]", items.join(","))
}

/// Nanoseconds, written as microseconds without loss.
fn exact(ns: u64) -> String {
    let text = format!("{}.{:03}", ns / 1000, ns % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
