//! The rules of a schedule's declaration.

use syn::{Generics, Ident, Path, Type, Visibility};

use crate::model::schedule::{Declared, Stage};
use crate::model::system::plain;
use crate::problems::{Problems, closest, either};
use crate::spell::spell;

/// A schedule whose declaration holds together.
pub(crate) struct Schedule {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) generics: Generics,
    pub(crate) core: Path,
    pub(crate) stages: Vec<CheckedStage>,
    /// Whether nothing was wrong, so that a value can be taken apart into its stages.
    pub(crate) sound: bool,
}

/// One stage and its systems.
pub(crate) struct CheckedStage {
    pub(crate) stage: Stage,
    pub(crate) systems: Vec<Type>,
}

/// Checks a declaration.
pub(crate) fn check(declared: Declared, problems: &mut Problems) -> Schedule {
    let mut sound = !declared.stages.is_empty();
    let mut stages = Vec::new();
    for stage in declared.stages {
        let systems = check_systems(&stage, problems);
        sound &= systems.is_some();
        stages.push(CheckedStage { stage, systems: systems.unwrap_or_default() });
    }
    let names = check_names(&stages, problems);
    let edges = check_order(&stages, &names, problems);
    check_cycles(&stages, &edges, problems);
    let Declared { ident, vis, generics, core, .. } = declared;
    Schedule { ident, vis, generics, core, stages, sound }
}

fn check_systems(stage: &Stage, problems: &mut Problems) -> Option<Vec<Type>> {
    if let Type::Tuple(tuple) = plain(&stage.ty) {
        return Some(tuple.elems.iter().cloned().collect());
    }
    let one = spell(plain(&stage.ty));
    problems.on(
        &stage.ty,
        "a stage is a tuple of systems, as in `(Integrate, Collide)`",
        format!("one system is `({one},)`, with the comma"),
    );
    None
}

/// Checks that every stage has a name of its own, and returns the names.
fn check_names(stages: &[CheckedStage], problems: &mut Problems) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for CheckedStage { stage, .. } in stages {
        let name = &stage.name;
        if name.is_empty() || name.contains(',') {
            problems.at(stage.at, format!("`{name}` is no name for a stage"), "a name is not empty and has no comma");
        } else if names.contains(name) {
            let first =
                stages.iter().find(|other| other.stage.name == *name).map(|other| other.stage.field.to_string());
            let first = first.unwrap_or_default();
            problems.at(
                stage.at,
                format!("two stages are named `{name}`"),
                format!("the field `{first}` has that name already; give this one another"),
            );
        }
        names.push(name.clone());
    }
    names
}

/// An order between two stages: indices, and the token that asks for it.
struct Edge {
    first: usize,
    second: usize,
    at: proc_macro2::Span,
}

fn check_order(stages: &[CheckedStage], names: &[String], problems: &mut Problems) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (own, CheckedStage { stage, .. }) in stages.iter().enumerate() {
        let after = stage.after.iter().map(|target| ("after", target));
        let before = stage.before.iter().map(|target| ("before", target));
        for (key, (target, at)) in after.chain(before) {
            let Some(other) = names.iter().position(|name| name == target) else {
                problems.at(*at, format!("no stage `{target}`"), unknown_help(target, &stage.name, names));
                continue;
            };
            if other == own {
                problems.at(*at, format!("the stage `{target}` cannot come {key} itself"), "remove it from the list");
                continue;
            }
            let (first, second) = if key == "after" { (other, own) } else { (own, other) };
            edges.push(Edge { first, second, at: *at });
        }
    }
    edges
}

fn unknown_help(target: &str, own: &str, names: &[String]) -> String {
    let others: Vec<&str> = names.iter().map(String::as_str).filter(|name| *name != own).collect();
    match closest(target, others.iter().copied()) {
        Some(near) => format!("write `{near}`"),
        None if others.is_empty() => "there is no other stage".to_owned(),
        None => format!("the other stages are {}", either(&others).replace(" or ", " and ")),
    }
}

/// Puts the stages in order; those that wait for each other cannot be.
fn check_cycles(stages: &[CheckedStage], edges: &[Edge], problems: &mut Problems) {
    let mut placed = vec![false; stages.len()];
    let waits = |stage: usize, placed: &[bool]| edges.iter().any(|edge| edge.second == stage && !placed[edge.first]);
    while let Some(next) = (0..stages.len()).find(|stage| !placed[*stage] && !waits(*stage, &placed)) {
        placed[next] = true;
    }
    if let Some(start) = placed.iter().position(|placed| !placed) {
        report_cycle(stages, edges, &placed, start, problems);
    }
}

/// Reports one cycle among the stages that were not placed: each of them waits for another of them.
fn report_cycle(stages: &[CheckedStage], edges: &[Edge], placed: &[bool], start: usize, problems: &mut Problems) {
    // Walk against the order until a stage comes again; the way from there on is a cycle.
    let mut way: Vec<(usize, &Edge)> = Vec::new();
    let mut stage = start;
    while !way.iter().any(|(other, _)| *other == stage) {
        let Some(edge) = edges.iter().find(|edge| edge.second == stage && !placed[edge.first]) else { return };
        way.push((stage, edge));
        stage = edge.first;
    }
    let from = way.iter().position(|(other, _)| *other == stage).unwrap_or(0);
    let cycle = &way[from..];
    // The chain starts at the stage that is declared first.
    let mut chain: Vec<usize> = cycle.iter().rev().map(|(stage, _)| *stage).collect();
    let first = chain.iter().enumerate().min_by_key(|(_, stage)| **stage).map_or(0, |(position, _)| position);
    chain.rotate_left(first);
    chain.push(chain[0]);
    let chain: Vec<String> = chain.iter().map(|stage| format!("`{}`", stages[*stage].stage.name)).collect();
    // The order that closes the cycle: the one that is written last.
    let at = cycle.iter().max_by_key(|(stage, _)| *stage).map_or(cycle[0].1.at, |(_, edge)| edge.at);
    problems.at(
        at,
        format!("the stages wait for each other: {}", chain.join(" before ")),
        "remove one of these orders",
    );
}
