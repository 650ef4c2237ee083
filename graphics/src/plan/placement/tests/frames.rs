//! Three frames as data, by the rules of counting: what follows from their uses, and the counts they reach.

use std::collections::BTreeMap;

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};
use serde_json::Value;

use super::super::reorder::permuted;
use super::super::*;
use crate::plan::model::Scope;

/// One use of an atom.
#[derive(Clone, Debug)]
struct Use {
    scope: Scope,
    writes: bool,
    overwrites: bool,
    layout: Option<String>,
}

/// Who used an atom, and how.
#[derive(Clone, Debug)]
struct Used {
    by: Producer,
    usage: Use,
}

#[derive(Clone, Copy, PartialEq)]
enum Layouts {
    Classic,
    General,
}

struct Loader<'a> {
    frame: &'a Value,
    usages: &'a Value,
    layouts: Layouts,
    problem: Problem,
    transitions: u32,
}

fn text(name: &str) -> &'static str {
    match name {
        "deferred" => include_str!("../../../../tests/data/frames/deferred.json"),
        "async_compute" => include_str!("../../../../tests/data/frames/async_compute.json"),
        "streaming" => include_str!("../../../../tests/data/frames/streaming.json"),
        other => panic!("no frame `{other}`"),
    }
}

pub(super) const FRAMES: [&str; 3] = ["deferred", "async_compute", "streaming"];

fn load(name: &str, layouts: Layouts) -> (Problem, u32, Vec<String>) {
    let json: Value = serde_json::from_str(text(name)).expect("frames are JSON");
    let names = list(&json["frame"]["passes"]).map(|pass| string(&pass["name"])).collect();
    let mut loader =
        Loader { frame: &json["frame"], usages: &json["usage"], layouts, problem: Problem::default(), transitions: 0 };
    loader.load();
    (loader.problem, loader.transitions, names)
}

/// Returns a frame with the classic layouts.
pub(super) fn classic(name: &str) -> Problem {
    load(name, Layouts::Classic).0
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}

fn string(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn stage(name: &str) -> S {
    match name {
        "COLOR_ATTACHMENT_OUTPUT" => S::COLOR_ATTACHMENT_OUTPUT,
        "EARLY_FRAGMENT_TESTS" => S::EARLY_FRAGMENT_TESTS,
        "LATE_FRAGMENT_TESTS" => S::LATE_FRAGMENT_TESTS,
        "FRAGMENT_SHADER" => S::FRAGMENT_SHADER,
        "VERTEX_SHADER" => S::VERTEX_SHADER,
        "COMPUTE_SHADER" => S::COMPUTE_SHADER,
        "DRAW_INDIRECT" => S::DRAW_INDIRECT,
        "VERTEX_ATTRIBUTE_INPUT" => S::VERTEX_ATTRIBUTE_INPUT,
        "INDEX_INPUT" => S::INDEX_INPUT,
        "CLEAR" => S::CLEAR,
        "COPY" => S::COPY,
        "BLIT" => S::BLIT,
        other => panic!("no stage `{other}`"),
    }
}

fn access(names: &str) -> A {
    names.split('|').fold(A::NONE, |all, name| {
        all | match name {
            "NONE" => A::NONE,
            "COLOR_ATTACHMENT_READ" => A::COLOR_ATTACHMENT_READ,
            "COLOR_ATTACHMENT_WRITE" => A::COLOR_ATTACHMENT_WRITE,
            "DEPTH_STENCIL_ATTACHMENT_READ" => A::DEPTH_STENCIL_ATTACHMENT_READ,
            "DEPTH_STENCIL_ATTACHMENT_WRITE" => A::DEPTH_STENCIL_ATTACHMENT_WRITE,
            "SHADER_SAMPLED_READ" => A::SHADER_SAMPLED_READ,
            "SHADER_STORAGE_READ" => A::SHADER_STORAGE_READ,
            "SHADER_STORAGE_WRITE" => A::SHADER_STORAGE_WRITE,
            "INDIRECT_COMMAND_READ" => A::INDIRECT_COMMAND_READ,
            "VERTEX_ATTRIBUTE_READ" => A::VERTEX_ATTRIBUTE_READ,
            "INDEX_READ" => A::INDEX_READ,
            "TRANSFER_READ" => A::TRANSFER_READ,
            "TRANSFER_WRITE" => A::TRANSFER_WRITE,
            other => panic!("no access `{other}`"),
        }
    })
}

fn writes_of(access: A) -> A {
    access
        & (A::COLOR_ATTACHMENT_WRITE | A::DEPTH_STENCIL_ATTACHMENT_WRITE | A::SHADER_STORAGE_WRITE | A::TRANSFER_WRITE)
}

impl Loader<'_> {
    fn load(&mut self) {
        let mut atoms: BTreeMap<String, Vec<(usize, Use)>> = BTreeMap::new();
        for (index, pass) in list(&self.frame["passes"]).enumerate() {
            let mut stages = match pass["kind"].as_str() {
                Some("raster") => {
                    S::VERTEX_SHADER
                        | S::EARLY_FRAGMENT_TESTS
                        | S::FRAGMENT_SHADER
                        | S::LATE_FRAGMENT_TESTS
                        | S::COLOR_ATTACHMENT_OUTPUT
                }
                _ => S::NONE,
            };
            for one in list(&pass["uses"]) {
                let name = string(&one["resource"]);
                let usage = self.usage(&name, one["usage"].as_str().expect("a usage"));
                stages |= usage.scope.stages;
                atoms.entry(name).or_default().push((index, usage));
            }
            self.problem.passes.push(stages);
        }
        let end = self.problem.passes.len();
        let present = string(&self.frame["present"]);
        let usage = self.usage(&present, "present");
        atoms.get_mut(&present).expect("what is presented is used").push((end, usage));
        for (name, uses) in &atoms {
            self.atom(name, uses);
        }
    }

    fn usage(&self, resource: &str, name: &str) -> Use {
        let row = &self.usages[name];
        let classic = row["layout_classic"].as_str().map(str::to_owned);
        let layout = match self.layouts {
            _ if resource.starts_with("b_") => None,
            _ if name == "present" => classic,
            Layouts::Classic => classic,
            Layouts::General => classic.map(|_| "GENERAL".to_owned()),
        };
        let stages = list(&row["stages"]).fold(S::NONE, |all, one| all | stage(one.as_str().expect("a stage")));
        Use {
            scope: Scope { stages, access: access(row["access"].as_str().expect("accesses")) },
            writes: row["writes"] == true,
            overwrites: row["full_overwrite"] == true,
            layout,
        }
    }

    fn atom(&mut self, name: &str, uses: &[(usize, Use)]) {
        let named = |list_name: &str| list(&self.frame[list_name]).any(|one| one == name);
        let is_new = named("no_prior_use");
        let presented = self.frame["present"] == name;
        let persistent = named("persistent");
        let mut layout = Some("UNDEFINED".to_owned());
        let mut since: Vec<Used> = Vec::new();
        if presented {
            let scope = Scope { stages: S::COLOR_ATTACHMENT_OUTPUT, access: A::NONE };
            let usage = Use { scope, writes: true, overwrites: true, layout: None };
            since.push(Used { by: Producer::Outside, usage });
        } else if let Some(prior) = self.frame["prior"].get(name) {
            let usage = self.usage(name, prior["usage"].as_str().expect("a usage"));
            layout.clone_from(&usage.layout);
            since.push(Used { by: Producer::PreviousFrame, usage });
        } else if !is_new {
            for (_, usage) in uses {
                if usage.writes || usage.layout != layout {
                    since.clear();
                }
                layout.clone_from(&usage.layout);
                since.push(Used { by: Producer::PreviousFrame, usage: usage.clone() });
            }
        }
        let mut scan = Scan { layout, since, transition: None, made: None };
        for (at, (pass, usage)) in uses.iter().enumerate() {
            let discards = at == 0 && usage.overwrites && !persistent;
            let drops = self.layouts == Layouts::Classic || presented || is_new;
            let transits = usage.layout.is_some() && (usage.layout != scan.layout || at == 0 && discards && drops);
            self.step(&mut scan, *pass, usage, transits);
        }
    }

    fn step(&mut self, scan: &mut Scan, pass: usize, usage: &Use, transits: bool) {
        let readers: Vec<Used> = scan.since.iter().filter(|used| !used.usage.writes).cloned().collect();
        let writer = scan.since.iter().find(|used| used.usage.writes).cloned();
        if usage.writes || transits {
            let producers = if readers.is_empty() { writer.into_iter().collect() } else { readers };
            let carrier = if transits {
                self.transitions += 1;
                Carrier::Transition(self.transitions - 1)
            } else {
                Carrier::Memory(0)
            };
            for used in &producers {
                self.depend(used, pass, usage, carrier);
            }
            if transits && producers.is_empty() {
                let usage_before = Use { scope: Scope::default(), layout: None, ..usage.clone() };
                self.depend(&Used { by: Producer::Outside, usage: usage_before }, pass, usage, carrier);
            }
            scan.transition = transits.then(|| self.transitions - 1);
            scan.made = transits.then_some(producers);
            scan.since.clear();
        } else if let (Some(transition), None) = (scan.transition, &writer) {
            let covered = readers.iter().any(|used| covers(used.usage.scope, usage.scope));
            let carrier = if covered { Carrier::Nothing } else { Carrier::AfterTransition { transition, key: 0 } };
            for used in &scan.made.clone().unwrap_or_default() {
                self.depend(used, pass, usage, carrier);
            }
        } else if let Some(writer) = writer {
            let covered = readers.iter().any(|used| covers(used.usage.scope, usage.scope));
            let carrier = if covered { Carrier::Nothing } else { Carrier::Memory(0) };
            self.depend(&writer, pass, usage, carrier);
        }
        scan.layout.clone_from(&usage.layout);
        scan.since.push(Used { by: Producer::Pass(pass), usage: usage.clone() });
    }

    fn depend(&mut self, used: &Used, pass: usize, usage: &Use, carrier: Carrier) {
        let mut first = used.usage.scope;
        first.access = writes_of(first.access);
        let mut second = usage.scope;
        if usage.writes && !used.usage.writes && matches!(carrier, Carrier::Memory(_)) {
            second.access = A::NONE;
        }
        self.problem.dependencies.push(Dependency { producer: used.by, consumer: pass, first, second, carrier });
    }
}

fn covers(one: Scope, other: Scope) -> bool {
    one.stages.contains(other.stages) && one.access.contains(other.access)
}

struct Scan {
    layout: Option<String>,
    /// The last writer, and the readers since.
    since: Vec<Used>,
    /// The last transition, if nothing was written since.
    transition: Option<u32>,
    /// What it waited for.
    made: Option<Vec<Used>>,
}

fn counts(name: &str, layouts: Layouts, choices: &Choices) -> (usize, usize, bool) {
    let (problem, _, _) = load(name, layouts);
    let placement = place(&problem, choices);
    super::check::check(&problem, choices, &placement);
    (super::check::calls(&placement).len(), false_pairs(&problem, &placement).len(), placement.false_pairs_proven)
}

#[test]
fn transitions_are_those_of_the_layouts() {
    let transitions = |layouts| FRAMES.map(|name| load(name, layouts).1);
    assert_eq!(transitions(Layouts::Classic), [53, 18, 23]);
    assert_eq!(transitions(Layouts::General), [2, 2, 8]);
}

#[test]
fn frames_alone_reach_the_fewest_calls_and_proven_false_pairs() {
    let choices = Choices::default();
    for layouts in [Layouts::Classic, Layouts::General] {
        let reached = FRAMES.map(|name| counts(name, layouts, &choices));
        assert_eq!(reached, [(21, 12, true), (6, 4, true), (8, 0, true)]);
    }
}

/// The figures that the frames' files state.
#[test]
fn plainer_placements_order_more() {
    let reached = FRAMES.map(|name| {
        let problem = classic(name);
        let (just_in_time, full) = (just_in_time(&problem), full_barriers(&problem));
        (just_in_time.calls, just_in_time.false_pairs, full.false_pairs)
    });
    let stated = FRAMES.map(|name| {
        let json: Value = serde_json::from_str(text(name)).expect("frames are JSON");
        let count = |key: &str| json["frame"]["reference"]["classic"][key].as_u64().expect("a count") as usize;
        (count("calls_just_in_time"), count("false_pairs_just_in_time"), count("false_pairs_full_barriers"))
    });
    assert_eq!(reached, stated);
}

#[test]
fn widened_transitions_order_more() {
    let choices = Choices { later_readers: LaterReaders::Widen, ..Choices::default() };
    let reached = FRAMES.map(|name| counts(name, Layouts::Classic, &choices));
    assert_eq!(reached, [(21, 12, true), (6, 6, true), (8, 0, true)]);
}

#[test]
fn loops_need_one_call_less_where_a_frame_begins_with_first_uses() {
    let choices = Choices { frame: Frame::Repeats, ..Choices::default() };
    for layouts in [Layouts::Classic, Layouts::General] {
        let reached = FRAMES.map(|name| counts(name, layouts, &choices));
        assert_eq!(reached, [(20, 12, true), (5, 4, true), (8, 0, true)]);
    }
}

#[test]
fn a_better_order_lowers_false_pairs() {
    let choices = Choices::default();
    let reached = FRAMES.map(|name| {
        let (problem, _, names) = load(name, Layouts::Classic);
        let order = reorder(&problem, &choices, &vec![0; names.len()]);
        let problem = permuted(&problem, &order);
        let placement = place(&problem, &choices);
        super::check::check(&problem, &choices, &placement);
        (super::check::calls(&placement).len(), false_pairs(&problem, &placement).len())
    });
    assert_eq!(reached, [(21, 0), (6, 1), (8, 0)]);
}

#[test]
fn every_false_pair_that_stays_has_a_cause() {
    let choices = Choices::default();
    for name in FRAMES {
        let (problem, _, names) = load(name, Layouts::Classic);
        let placement = place(&problem, &choices);
        for pair in false_pairs(&problem, &placement) {
            let causes = explain(&problem, &choices, &placement, pair);
            assert!(!causes.is_empty(), "`{}` before `{}` in {name}", names[pair.before], names[pair.after]);
        }
    }
}
