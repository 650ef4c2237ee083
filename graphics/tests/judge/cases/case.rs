//! A case as its file has it: its accesses, and the barrier that it expects.

use std::fmt::Write as _;

use serde_json::Value;

use crate::write::{barrier, memory, pass, scope, submit};

const CASES: &str = include_str!("../../data/sync_cases.json");

pub(super) fn cases() -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_str(CASES).expect("the cases are JSON");
    cases.into_iter().map(Case).collect()
}

pub(super) fn case(id: &str) -> Case {
    cases().into_iter().find(|case| case.id() == id).unwrap_or_else(|| panic!("no case {id}"))
}

pub(super) struct Case(pub(super) Value);

/// A barrier of a case: its masks as lists of names.
#[derive(Clone, Debug)]
pub(super) struct Masks {
    pub(super) kind: String,
    pub(super) first: [Vec<String>; 2],
    pub(super) second: [Vec<String>; 2],
    pub(super) layouts: Option<(String, String)>,
}

impl Masks {
    pub(super) fn read(value: &Value) -> Option<Self> {
        let names = |field: &str| -> Option<Vec<String>> {
            let text = value[field].as_str()?;
            Some(text.split('|').filter(|name| *name != "NONE").map(str::to_owned).collect())
        };
        let layout = |field: &str| value[field].as_str().map(str::to_owned);
        Some(Self {
            kind: value["kind"].as_str()?.to_owned(),
            first: [names("src_stage")?, names("src_access")?],
            second: [names("dst_stage")?, names("dst_access")?],
            layouts: layout("old_layout").zip(layout("new_layout")),
        })
    }

    pub(super) fn json(&self, resource: &str, more: &str) -> String {
        let text = |[stages, access]: &[Vec<String>; 2]| {
            let or_none = |names: &[String]| if names.is_empty() { "NONE".to_owned() } else { names.join("|") };
            format!("{} / {}", or_none(stages), or_none(access))
        };
        let (first, second) = (text(&self.first), text(&self.second));
        match (self.kind.as_str(), &self.layouts) {
            ("image", Some((old, new))) => {
                let rest =
                    format!("\"image\": \"{resource}\", \"old_layout\": \"{old}\", \"new_layout\": \"{new}\"{more}");
                barrier(&first, &second, &rest)
            }
            ("buffer", _) => barrier(&first, &second, &format!("\"buffer\": \"{resource}\"{more}")),
            _ => memory(&first, &second),
        }
    }

    /// The same with one name less, once for each name. An access that loses its last stage goes with it.
    pub(super) fn weaker(&self) -> Vec<(String, Self)> {
        let mut weaker = Vec::new();
        for (side, scope) in [("first", &self.first), ("second", &self.second)] {
            for (mask, what) in scope.iter().zip(["stage", "access"]) {
                for (at, name) in mask.iter().enumerate() {
                    let mut less = self.clone();
                    let scope = if side == "first" { &mut less.first } else { &mut less.second };
                    let mask = usize::from(what == "access");
                    scope[mask].remove(at);
                    let stages = scope[0].clone();
                    scope[1].retain(|access| performs(&stages, access));
                    weaker.push((format!("{side} {what} without {name}"), less));
                }
            }
        }
        weaker
    }
}

/// Whether one of the stages performs the access, of those that the cases use.
fn performs(stages: &[String], access: &str) -> bool {
    let by: &[&str] = match access {
        "INDEX_READ" => &["INDEX_INPUT"],
        "INDIRECT_COMMAND_READ" => &["DRAW_INDIRECT"],
        "VERTEX_ATTRIBUTE_READ" => &["VERTEX_ATTRIBUTE_INPUT"],
        "INPUT_ATTACHMENT_READ" => &["FRAGMENT_SHADER"],
        "COLOR_ATTACHMENT_WRITE" => &["COLOR_ATTACHMENT_OUTPUT"],
        "DEPTH_STENCIL_ATTACHMENT_WRITE" | "DEPTH_STENCIL_ATTACHMENT_READ" => {
            &["EARLY_FRAGMENT_TESTS", "LATE_FRAGMENT_TESTS"]
        }
        "TRANSFER_READ" | "TRANSFER_WRITE" => &["COPY", "CLEAR", "TRANSFER", "ALL_TRANSFER"],
        "HOST_READ" => &["HOST"],
        _ => &["VERTEX_SHADER", "FRAGMENT_SHADER", "COMPUTE_SHADER"],
    };
    stages.iter().any(|stage| by.contains(&stage.as_str()))
}

impl Case {
    pub(super) fn id(&self) -> &str {
        self.0["id"].as_str().expect("a case has an id")
    }

    pub(super) fn audience(&self) -> &str {
        self.0["for"].as_str().expect("a case is for somebody")
    }

    pub(super) fn accesses(&self, side: &str) -> Vec<&Value> {
        let all = self.0[side].as_array().expect("a case has accesses");
        all.iter().filter(|access| access["culled"] != true).collect()
    }

    pub(super) fn expected(&self) -> Option<Masks> {
        Masks::read(&self.0["expected"])
    }

    pub(super) fn min(&self) -> Option<Masks> {
        Masks::read(&self.0["min"]).or_else(|| self.expected())
    }

    /// The resources: each is an image if an access names a layout, and starts with contents.
    pub(super) fn resources(&self) -> String {
        let mut names: Vec<(String, Option<String>)> = Vec::new();
        for access in self.accesses("prev").into_iter().chain(self.accesses("next")) {
            let (name, _) = resource(access);
            if !names.iter().any(|(other, _)| *other == name) {
                names.push((name, access["layout"].as_str().map(str::to_owned)));
            }
        }
        let list = names.iter().map(|(name, layout)| match layout {
            Some(layout) => {
                let start = if layout == "UNDEFINED" || self.accesses("prev").is_empty() {
                    "\"undefined\"".to_owned()
                } else {
                    format!("{{\"layout\": \"{layout}\"}}")
                };
                format!("{{\"image\": \"{name}\", \"aspects\": \"COLOR\", \"start\": {start}}}")
            }
            None => format!("{{\"buffer\": \"{name}\", \"bytes\": 64, \"start\": {{}}}}"),
        });
        list.collect::<Vec<_>>().join(", ")
    }

    /// One pass for each access; `copy` and the like have one access a resource.
    pub(super) fn passes(&self, side: &str) -> Vec<String> {
        let pass_of = |(at, access): (usize, &&Value)| pass(&format!("{side}{at}"), &[access_json(access)]);
        self.accesses(side).iter().enumerate().map(pass_of).collect()
    }

    /// All on one queue, with the given calls between.
    pub(super) fn on_one_queue(&self, calls: &[String]) -> String {
        let commands = [self.passes("prev"), calls.to_vec(), self.passes("next")].concat();
        super::stream(&self.resources(), &[submit("graphics", &commands)])
    }

    pub(super) fn first_resource(&self) -> String {
        let accesses = self.accesses("next");
        resource(accesses[0]).0
    }
}

/// The name of an access's resource and, of `b[n..2n)`, the bytes with n = 32.
pub(super) fn resource(access: &Value) -> (String, Option<(u64, u64)>) {
    let text = access["resource"].as_str().unwrap_or("r");
    let Some((name, range)) = text.split_once('[') else { return (text.to_owned(), None) };
    let end = |text: &str| match text {
        "0" => 0,
        "n/2" => 16,
        "n" => 32,
        "2n" => 64,
        other => panic!("what is {other}?"),
    };
    let (from, to) = range.trim_end_matches(')').split_once("..").expect("a range has two ends");
    (name.to_owned(), Some((end(from), end(to))))
}

pub(super) fn access_json(access: &Value) -> String {
    let (name, bytes) = resource(access);
    let text = |field: &str| access[field].as_str().unwrap_or("NONE").to_owned();
    let mut json = format!("{{{}", scope(&format!("{} / {}", text("stage"), text("access"))));
    match access["layout"].as_str() {
        Some(layout) => write!(json, ", \"image\": \"{name}\", \"layout\": \"{layout}\""),
        None => write!(json, ", \"buffer\": \"{name}\""),
    }
    .expect("writing to a string");
    if let Some((from, to)) = bytes {
        write!(json, ", \"bytes\": [{from}, {to}]").expect("writing to a string");
    }
    if access["discard"] == true {
        json.push_str(", \"contents\": \"discard\"");
    }
    if access["usage"].as_str().is_some_and(|usage| usage.contains("atomic")) {
        json.push_str(", \"order\": \"concurrent\"");
    }
    json + "}"
}
