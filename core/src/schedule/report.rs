//! A schedule for people and tools: text, DOT, JSON.

use std::fmt::{self, Write as _};
use std::panic::Location;

use crate::access::Key;
use crate::program::Program;
use crate::schedule::graph::{Edge, Graph, Node, Reason};

pub(crate) fn text(
    f: &mut fmt::Formatter<'_>,
    program: &Program,
    graph: &Graph,
    groups: &[Vec<String>],
) -> fmt::Result {
    for (number, group) in groups.iter().enumerate() {
        writeln!(f, "group {number}")?;
        for (stage, name) in program.stages.iter().enumerate().filter(|(_, name)| group.contains(name)) {
            let systems: Vec<_> =
                program.systems.iter().filter(|system| system.stage == stage).map(|s| &*s.name).collect();
            writeln!(
                f,
                "  stage `{name}`: {}",
                if systems.is_empty() { "no systems".to_owned() } else { systems.join(", ") }
            )?;
        }
    }
    for edge in graph.edges() {
        let (first, second) = ends(program, graph, edge);
        writeln!(f, "\n{first} -> {second}")?;
        for reason in &edge.reasons {
            writeln!(f, "  {}", Because(program, &first, &second, reason))?;
        }
    }
    Ok(())
}

pub(crate) fn dot(program: &Program, graph: &Graph) -> String {
    let mut out = String::from("digraph schedule {\n    rankdir=LR;\n    node [shape=box];\n");
    for (stage, name) in program.stages.iter().enumerate() {
        let nodes = graph.nodes().iter().enumerate().filter(|(_, node)| stage_of(program, **node) == stage);
        let _ = writeln!(out, "    subgraph cluster_{stage} {{\n        label={};", quoted(name));
        for (index, node) in nodes {
            let shape = if matches!(node, Node::Sync { .. }) { ", shape=diamond" } else { "" };
            let _ = writeln!(out, "        n{index} [label={}{shape}];", quoted(&node_name(program, *node)));
        }
        out.push_str("    }\n");
    }
    for edge in graph.edges() {
        let mut label: Vec<_> = edge.reasons.iter().map(|reason| short(program, reason)).collect();
        label.dedup();
        let _ = writeln!(out, "    n{} -> n{} [label={}];", edge.first, edge.second, quoted(&label.join("\n")));
    }
    out.push_str("}\n");
    out
}

pub(crate) fn mermaid(program: &Program, graph: &Graph) -> String {
    let label = |text: &str| mermaid_label([text]);
    let mut out = String::from("flowchart LR\n");
    for (stage, name) in program.stages.iter().enumerate() {
        let _ = writeln!(out, "    subgraph stage{stage}[{}]", label(name));
        let nodes = graph.nodes().iter().enumerate().filter(|(_, node)| stage_of(program, **node) == stage);
        for (index, node) in nodes {
            let name = label(&node_name(program, *node));
            let _ = match node {
                Node::System(_) => writeln!(out, "        n{index}[{name}]"),
                Node::Sync { .. } => writeln!(out, "        n{index}{{{name}}}"),
            };
        }
        out.push_str("    end\n");
    }
    for edge in graph.edges() {
        let mut names: Vec<_> = edge.reasons.iter().map(|reason| short(program, reason)).collect();
        names.dedup();
        let _ = writeln!(out, "    n{} -->|{}| n{}", edge.first, label(&names.join(", ")), edge.second);
    }
    out
}

pub(crate) fn json(program: &Program, graph: &Graph, groups: &[Vec<String>]) -> String {
    let list = |items: Vec<String>| format!("[{}]", items.join(","));
    let stages = list(program.stages.iter().map(|name| quoted(name)).collect());
    let groups = list(groups.iter().map(|group| list(group.iter().map(|name| quoted(name)).collect())).collect());
    let systems = program.systems.iter().map(|system| {
        let keys = |keys: &[Key]| list(keys.iter().map(|key| quoted(key.spelled())).collect());
        format!(
            r#"{{"name":{},"type":{},"stage":{},"at":{},"reads":{},"writes":{}}}"#,
            quoted(&system.name),
            quoted((system.info.type_name)()),
            quoted(&program.stages[system.stage]),
            quoted(&place(system.info.at)),
            keys(&system.reads),
            keys(&system.writes),
        )
    });
    let edges = graph.edges().iter().map(|edge| {
        let (first, second) = ends(program, graph, edge);
        let reasons = list(edge.reasons.iter().map(|reason| json_reason(program, reason)).collect());
        format!(r#"{{"first":{},"second":{},"reasons":{reasons}}}"#, quoted(&first), quoted(&second))
    });
    format!(
        r#"{{"stages":{stages},"groups":{groups},"systems":{},"edges":{}}}"#,
        list(systems.collect()),
        list(edges.collect())
    )
}

pub(crate) fn json_reason(program: &Program, reason: &Reason) -> String {
    match reason {
        Reason::Hazard { hazard, first, second } => format!(
            r#"{{"hazard":{},"type":{},"first_at":{},"second_at":{}}}"#,
            quoted(hazard.name()),
            quoted(first.type_name()),
            quoted(&place(first.at())),
            quoted(&place(second.at())),
        ),
        Reason::After { at } => format!(r#"{{"after_at":{}}}"#, quoted(&place(at))),
        Reason::Exclusive { system, at } => {
            format!(r#"{{"exclusive":{},"at":{}}}"#, quoted(&program.systems[*system].name), quoted(&place(at)))
        }
        Reason::Commands { stage } => format!(r#"{{"commands_of":{}}}"#, quoted(&program.stages[*stage])),
    }
}

fn short(program: &Program, reason: &Reason) -> String {
    match reason {
        Reason::Hazard { first, .. } => first.spelled().to_owned(),
        Reason::After { .. } => "after".to_owned(),
        Reason::Exclusive { .. } => "World".to_owned(),
        Reason::Commands { stage } => format!("commands of {}", program.stages[*stage]),
    }
}

/// One reason as a sentence.
pub(crate) struct Because<'a>(pub(crate) &'a Program, pub(crate) &'a str, pub(crate) &'a str, pub(crate) &'a Reason);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(program, first_name, second_name, reason) = self;
        match reason {
            Reason::Hazard { hazard, first, second } => {
                let verb = |writes| if writes { "writes" } else { "reads" };
                let (first_writes, second_writes) = hazard.writes();
                write!(
                    f,
                    "{hazard}: `{first_name}` {} `{}` ({}), `{second_name}` {} {} ({})",
                    verb(first_writes),
                    first.spelled(),
                    place(first.at()),
                    verb(second_writes),
                    if first.spelled() == second.spelled() {
                        "it".to_owned()
                    } else {
                        format!("`{}`", second.spelled())
                    },
                    place(second.at()),
                )
            }
            Reason::After { at } => {
                write!(f, "`{second_name}` is declared to come after `{first_name}` ({})", place(at))
            }
            Reason::Exclusive { system, at } => {
                write!(f, "`{}` declares the whole world ({})", program.systems[*system].name, place(at))
            }
            Reason::Commands { stage } => {
                write!(f, "the commands of stage `{}` apply in between", program.stages[*stage])
            }
        }
    }
}

fn ends(program: &Program, graph: &Graph, edge: &Edge) -> (String, String) {
    let name = |node: usize| node_name(program, graph.nodes()[node]);
    (name(edge.first), name(edge.second))
}

pub(crate) fn node_name(program: &Program, node: Node) -> String {
    match node {
        Node::System(system) => program.systems[system].name.clone(),
        Node::Sync { stage } => format!("sync point of {}", program.stages[stage]),
    }
}

fn stage_of(program: &Program, node: Node) -> usize {
    match node {
        Node::System(system) => program.systems[system].stage,
        Node::Sync { stage } => stage,
    }
}

fn place(at: &Location<'_>) -> String {
    format!("{}:{}", at.file(), at.line())
}

/// Quotes lines for Mermaid, which reads HTML entities where a quote would end the label.
pub(crate) fn mermaid_label<'a>(lines: impl IntoIterator<Item = &'a str>) -> String {
    let lines = lines.into_iter().map(|line| line.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;"));
    format!("\"{}\"", lines.collect::<Vec<_>>().join("<br>"))
}

/// Quotes text for JSON; DOT reads the same escapes.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            control if control < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}
