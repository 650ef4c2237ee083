//! The collection of known cases: each expected barrier is accepted, and nothing weaker is.

use std::fmt::Write as _;

use fencewright_graphics::judge::{Kind, Verdict};
use serde_json::Value;

use crate::write::{barrier, call, kinds, memory, pass, scope, submit, submit_with, verdict};

const CASES: &str = include_str!("../data/sync_cases.json");

fn cases() -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_str(CASES).expect("the cases are JSON");
    cases.into_iter().map(Case).collect()
}

fn case(id: &str) -> Case {
    cases().into_iter().find(|case| case.id() == id).unwrap_or_else(|| panic!("no case {id}"))
}

struct Case(Value);

/// A barrier of a case: its masks as lists of names.
#[derive(Clone, Debug)]
struct Masks {
    kind: String,
    first: [Vec<String>; 2],
    second: [Vec<String>; 2],
    layouts: Option<(String, String)>,
}

impl Masks {
    fn read(value: &Value) -> Option<Self> {
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

    fn json(&self, resource: &str, more: &str) -> String {
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
    fn weaker(&self) -> Vec<(String, Self)> {
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
    fn id(&self) -> &str {
        self.0["id"].as_str().expect("a case has an id")
    }

    fn audience(&self) -> &str {
        self.0["for"].as_str().expect("a case is for somebody")
    }

    fn accesses(&self, side: &str) -> Vec<&Value> {
        let all = self.0[side].as_array().expect("a case has accesses");
        all.iter().filter(|access| access["culled"] != true).collect()
    }

    fn expected(&self) -> Option<Masks> {
        Masks::read(&self.0["expected"])
    }

    fn min(&self) -> Option<Masks> {
        Masks::read(&self.0["min"]).or_else(|| self.expected())
    }

    /// The resources: each is an image if an access names a layout, and starts with contents.
    fn resources(&self) -> String {
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
    fn passes(&self, side: &str) -> Vec<String> {
        let pass_of = |(at, access): (usize, &&Value)| pass(&format!("{side}{at}"), &[access_json(access)]);
        self.accesses(side).iter().enumerate().map(pass_of).collect()
    }

    /// All on one queue, with the given calls between.
    fn on_one_queue(&self, calls: &[String]) -> String {
        let commands = [self.passes("prev"), calls.to_vec(), self.passes("next")].concat();
        stream(&self.resources(), &[submit("graphics", &commands)])
    }

    fn first_resource(&self) -> String {
        let accesses = self.accesses("next");
        resource(accesses[0]).0
    }
}

fn stream(resources: &str, events: &[String]) -> String {
    format!("{{\"resources\": [{resources}], \"events\": [{}]}}", events.join(",\n"))
}

fn stream_on(queues: &[(&str, u32)], resources: &str, events: &[String]) -> String {
    let queue = |(name, family): &(&str, u32)| format!("{{\"name\": \"{name}\", \"family\": {family}}}");
    let queues = queues.iter().map(queue).collect::<Vec<_>>().join(", ");
    format!("{{\"queues\": [{queues}], \"resources\": [{resources}], \"events\": [{}]}}", events.join(",\n"))
}

/// The name of an access's resource and, of `b[n..2n)`, the bytes with n = 32.
fn resource(access: &Value) -> (String, Option<(u64, u64)>) {
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

fn access_json(access: &Value) -> String {
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

fn assert_clean(what: &str, json: &str) {
    let verdict = verdict(json);
    assert!(verdict.is_clean(), "{what}: {verdict}{json}");
}

fn assert_missing(what: &str, json: &str) -> Verdict {
    let verdict = verdict(json);
    assert!(!verdict.is_clean(), "{what} is not noticed:\n{json}");
    verdict
}

/// Cases that one queue and one call tell completely.
const PLAIN: [&str; 34] = [
    "SK01", "SK02", "SK03", "SK04", "SK05", "SK06", "SK07", "SK08", "SK09", "SK10", "SK11", "SK12", "SK13", "SK14",
    "SK15", "SK16", "SK17", "SK18", "SK20", "SK24", "SK25", "SK33", "SD01", "SD02", "SD03", "SD05", "SD06", "SD07",
    "SD09", "SD10", "SD11", "SD12", "SK37", "SL22",
];

#[test]
fn the_expected_barrier_is_accepted_and_nothing_weaker() {
    let mut weakened = 0;
    for case in PLAIN.map(case) {
        let Some(min) = case.min() else { continue };
        if case.audience() == "checker" {
            continue;
        }
        let name = case.first_resource();
        let with = |masks: &Masks| case.on_one_queue(&[call(&[masks.json(&name, "")])]);
        assert_clean(case.id(), &with(&case.expected().expect("the case expects a barrier")));
        assert_clean(case.id(), &with(&min));
        assert_missing(&format!("{} without its barrier", case.id()), &case.on_one_queue(&[]));
        for (what, less) in min.weaker() {
            // Nothing after the transition to PRESENT_SRC names a stage: the semaphore of the present covers it. And
            // of the barrier against everything, no single access is needed.
            let idle = case.id() == "SK33" && what.starts_with("second");
            if idle || case.id() == "SK37" {
                continue;
            }
            assert_missing(&format!("{} {what}", case.id()), &with(&less));
            weakened += 1;
        }
    }
    assert!(weakened >= 100, "{weakened}");
}

#[test]
fn the_kind_of_each_missing_barrier_is_named() {
    let kind_of = |id: &str| {
        let missing = verdict(&case(id).on_one_queue(&[])).missing;
        missing.iter().map(|missing| missing.kind).collect::<Vec<_>>()
    };
    assert_eq!(kind_of("SK01"), [Kind::ReadAfterWrite]);
    assert_eq!(kind_of("SK02"), [Kind::WriteAfterRead]);
    assert_eq!(kind_of("SD05"), [Kind::WriteAfterWrite]);
    assert_eq!(kind_of("SK24"), [Kind::Layout]);
    assert_eq!(kind_of("SD01"), [Kind::ReadAfterWrite, Kind::ReadAfterWrite]);
    // One call is missing, before the write; it names the readers in both stages.
    let missing = verdict(&case("SD02").on_one_queue(&[])).missing;
    assert_eq!(missing.len(), 1);
    assert_eq!(missing[0].firsts.len(), 2);
    assert!(missing[0].layouts.is_some());
}

#[test]
fn the_cases_for_a_judge() {
    let mut judged = 0;
    for case in cases().into_iter().filter(|case| case.audience() == "checker") {
        let names = |value: &Value| value.as_array().expect("a case has calls").clone();
        let name = match case.accesses("prev").last() {
            Some(_) => ["b", "a", "u"].into_iter().find(|name| case.resources().contains(&format!("\"{name}\""))),
            None => Some("r"),
        };
        let name = name.expect("the barriers name a resource");
        let barriers =
            |call: &Value| names(call).iter().filter_map(Masks::read).map(|it| it.json(name, "")).collect::<Vec<_>>();
        let calls: Vec<String> =
            names(&case.0["barriers"]).iter().map(|structures| call(&barriers(structures))).collect();
        let json = if case.id() == "SL18" {
            stream("{\"image\": \"r\", \"aspects\": \"COLOR\"}", &[submit("graphics", &calls)])
        } else {
            case.on_one_queue(&calls)
        };
        let of_resource = |verdict: Verdict| -> Vec<Kind> {
            let mine = verdict.missing.into_iter().filter(|missing| missing.name == name);
            mine.map(|missing| missing.kind).collect()
        };
        let expected = match case.0["expected"]["hazard"].as_str() {
            None => vec![],
            Some("RAW") => vec![Kind::ReadAfterWrite],
            Some("WAR") => vec![Kind::WriteAfterRead],
            Some("WAW") => vec![Kind::WriteAfterWrite],
            Some(other) => panic!("what is {other}?"),
        };
        assert_eq!(of_resource(verdict(&json)), expected, "{}: {}{json}", case.id(), verdict(&json));
        judged += 1;
    }
    assert_eq!(judged, 11);
}

#[test]
fn sk19_load_and_store_of_an_attachment_are_in_raster_order() {
    let depth = |stages: &str, access: &str| {
        format!(
            "{{\"image\": \"d\", \"stages\": \"{stages}\", \"access\": \"{access}\", \"layout\": \"ATTACHMENT_OPTIMAL\", \
             \"contents\": \"discard\"}}"
        )
    };
    let rendering = |name: &str| {
        let load = depth("EARLY_FRAGMENT_TESTS", "DEPTH_STENCIL_ATTACHMENT_READ|DEPTH_STENCIL_ATTACHMENT_WRITE");
        pass(name, &[load, depth("LATE_FRAGMENT_TESTS", "DEPTH_STENCIL_ATTACHMENT_WRITE")])
    };
    let resources = "{\"image\": \"d\", \"aspects\": \"DEPTH\", \"start\": {\"layout\": \"ATTACHMENT_OPTIMAL\"}}";
    let with = |masks: &Masks| {
        let call = call(&[masks.json("d", "")]);
        stream(resources, &[submit("graphics", &[rendering("first"), call, rendering("second")])])
    };
    let expected = case("SK19").expected().expect("SK19 expects a barrier");
    assert_clean("late to early", &with(&expected));
    let mut both = expected.clone();
    both.first[0].push("EARLY_FRAGMENT_TESTS".to_owned());
    both.second[0].push("LATE_FRAGMENT_TESTS".to_owned());
    assert_clean("both to both", &with(&both));
    let mut early = expected.clone();
    early.first[0] = vec!["EARLY_FRAGMENT_TESTS".to_owned()];
    assert_missing("early as first scope", &with(&early));
    for (what, less) in expected.weaker() {
        assert_missing(&what, &with(&less));
    }
}

#[test]
fn sk21_22_and_sk26_27_ownership_is_released_and_acquired() {
    for (release, acquire) in [("SK21", "SK22"), ("SK26", "SK27")] {
        let (release, acquire) = (case(release), case(acquire));
        let families = ", \"families\": [1, 0]";
        let give = release.expected().expect("a release").json("r", families);
        let take = acquire.expected().expect("an acquire").json("r", families);
        let judged = |give: &[String], take: &[String], wait: &str| {
            let calls = |call_of: &[String]| if call_of.is_empty() { vec![] } else { vec![call(call_of)] };
            let copy = [release.passes("prev"), calls(give)].concat();
            let draw = [calls(take), release.passes("next")].concat();
            let events = [
                submit_with("transfer", &[], &copy, &["copied:1:ALL_COMMANDS"]),
                submit_with("graphics", &[wait], &draw, &[]),
            ];
            stream_on(&[("transfer", 1), ("graphics", 0)], &release.resources(), &events)
        };
        let (give, take) = (&[give], &[take]);
        assert_clean(release.id(), &judged(give, take, "copied:1:ALL_COMMANDS"));
        assert_eq!(kinds(&judged(&[], take, "copied:1:ALL_COMMANDS"))[0], Kind::Ownership);
        assert_eq!(kinds(&judged(give, &[], "copied:1:ALL_COMMANDS")), [Kind::Ownership]);
        assert_eq!(kinds(&judged(&[], &[], "copied:1:ALL_COMMANDS")), [Kind::Ownership]);
        // An acquire with an empty first scope is held back by a wait of all commands only.
        assert_missing(acquire.id(), &judged(give, take, "copied:1:VERTEX_ATTRIBUTE_INPUT"));
        let other = [take[0].replace("[1, 0]", "[2, 0]")];
        assert_missing("another family", &judged(give, &other, "copied:1:ALL_COMMANDS"));
        for (what, less) in release.expected().expect("a release").weaker() {
            assert_missing(&what, &judged(&[less.json("r", families)], take, "copied:1:ALL_COMMANDS"));
        }
        for (what, less) in acquire.expected().expect("an acquire").weaker() {
            assert_missing(&what, &judged(give, &[less.json("r", families)], "copied:1:ALL_COMMANDS"));
        }
    }
}

#[test]
fn sk23_a_submit_makes_host_writes_visible() {
    let case = case("SK23");
    let resources = "{\"buffer\": \"r\", \"bytes\": 64}";
    let write = "{\"host_write\": \"fill\", \"buffer\": \"r\"}".to_owned();
    let draw = submit("graphics", &case.passes("next"));
    assert_clean("written before", &stream(resources, &[write.clone(), draw.clone()]));
    assert_clean(
        "written before all",
        &stream(&resources.replace('}', ", \"start\": \"host-written\"}"), std::slice::from_ref(&draw)),
    );
    let verdict = assert_missing("written after", &stream(resources, &[write.clone(), draw, write]));
    assert_eq!(verdict.missing[0].kind, Kind::WriteAfterRead);
}

#[test]
fn sk28_and_sd16_the_host_reads_after_a_barrier_and_a_wait() {
    for id in ["SK28", "SD16"] {
        let case = case(id);
        let masks = case.min().expect("the case expects a barrier");
        let (name, _) = resource(case.accesses("prev")[0]);
        let with = |calls: &[String], wait: bool| {
            let commands = [case.passes("prev"), calls.to_vec()].concat();
            let mut events = vec![submit_with("graphics", &[], &commands, &["done:1:ALL_COMMANDS"])];
            if wait {
                events.push("{\"host_wait\": \"done\", \"value\": 1}".to_owned());
            }
            events.push(format!("{{\"host_read\": \"check\", \"buffer\": \"{name}\"}}"));
            stream(&format!("{{\"buffer\": \"{name}\", \"bytes\": 64}}"), &events)
        };
        let good = call(&[masks.json(&name, "")]);
        assert_clean(id, &with(std::slice::from_ref(&good), true));
        assert_eq!(kinds(&with(&[], true)), [Kind::ReadAfterWrite], "a fence alone is not enough");
        assert_eq!(kinds(&with(&[good], false)), [Kind::ReadAfterWrite], "a barrier alone is not enough");
        for (what, less) in masks.weaker() {
            assert_missing(&what, &with(&[call(&[less.json(&name, "")])], true));
        }
    }
}

#[test]
fn sk29_a_semaphore_is_a_memory_dependency() {
    let case = case("SK29");
    let with = |signal: &str, wait: &[&str]| {
        let write = submit_with("a", &[], &case.passes("prev"), &[signal]);
        let read = submit_with("b", wait, &case.passes("next"), &[]);
        stream_on(&[("a", 0), ("b", 0)], &case.resources(), &[write, read])
    };
    assert_clean("SK29", &with("s:1:ALL_COMMANDS", &["s:1:FRAGMENT_SHADER"]));
    assert_clean("SK29", &with("s:1:COMPUTE_SHADER", &["s:1:ALL_COMMANDS"]));
    assert_missing("no wait", &with("s:1:ALL_COMMANDS", &[]));
    assert_missing("another stage waits", &with("s:1:ALL_COMMANDS", &["s:1:COMPUTE_SHADER"]));
    assert_missing("another stage signals", &with("s:1:COPY", &["s:1:ALL_COMMANDS"]));
    let verdict = assert_missing("a value that nothing reaches", &with("s:1:ALL_COMMANDS", &["s:2:ALL_COMMANDS"]));
    assert_eq!(verdict.missing[0].kind, Kind::NeverSignalled);
}

#[test]
fn sk30_31_a_transition_on_either_side_of_a_semaphore() {
    let case30 = case("SK30");
    let masks = case30.expected().expect("a transition");
    let with = |before: &[String], wait: &str, after: &[String]| {
        let write = [case30.passes("prev"), before.to_vec()].concat();
        let read = [after.to_vec(), case30.passes("next")].concat();
        let events = [submit_with("a", &[], &write, &["s:1:ALL_COMMANDS"]), submit_with("b", &[wait], &read, &[])];
        stream_on(&[("a", 0), ("b", 0)], &case30.resources(), &events)
    };
    assert_clean("SK30", &with(&[call(&[masks.json("r", "")])], "s:1:FRAGMENT_SHADER", &[]));
    let masks = case("SK31").expected().expect("a transition");
    let none = call(&[masks.json("r", "")]);
    assert_clean("SK31", &with(&[], "s:1:ALL_COMMANDS", std::slice::from_ref(&none)));
    assert_missing("the wait does not hold the transition back", &with(&[], "s:1:FRAGMENT_SHADER", &[none]));
    let mut chained = masks;
    chained.first[0].push("FRAGMENT_SHADER".to_owned());
    assert_clean("SK31 chained", &with(&[], "s:1:FRAGMENT_SHADER", &[call(&[chained.json("r", "")])]));
}

#[test]
fn sk32_34_the_first_transition_waits_for_the_acquired_image() {
    for id in ["SK32", "SK34"] {
        let case = case(id);
        let masks = case.expected().expect("a transition");
        let shown = "{\"image\": \"r\", \"stages\": \"ALL_COMMANDS\", \"access\": \"MEMORY_READ\", \"layout\": \"PRESENT_SRC\"}";
        let with = |masks: &Masks, wait: &str| {
            let events = [
                submit_with("presentation", &[], &[pass("present", &[shown.to_owned()])], &["acquired:1:ALL_COMMANDS"]),
                submit_with(
                    "graphics",
                    &[wait],
                    &[vec![call(&[masks.json("r", "")])], case.passes("next")].concat(),
                    &[],
                ),
            ];
            let resources = "{\"image\": \"r\", \"aspects\": \"COLOR\", \"start\": {\"layout\": \"PRESENT_SRC\"}}";
            stream_on(&[("presentation", 1), ("graphics", 0)], resources, &events)
        };
        assert_clean(id, &with(&masks, "acquired:1:COLOR_ATTACHMENT_OUTPUT"));
        for (what, less) in masks.weaker() {
            assert_missing(&what, &with(&less, "acquired:1:COLOR_ATTACHMENT_OUTPUT"));
        }
        let mut top = masks.clone();
        top.first[0] = vec!["TOP_OF_PIPE".to_owned()];
        assert_missing("the transition may overtake the acquire", &with(&top, "acquired:1:COLOR_ATTACHMENT_OUTPUT"));
    }
}

#[test]
fn sk35_36_an_image_is_presented_on_a_queue_of_another_family() {
    let (release, acquire) = (case("SK35"), case("SK36"));
    let families = ", \"families\": [0, 1]";
    let give = call(&[release.expected().expect("a release").json("r", families)]);
    let take = call(&[acquire.expected().expect("an acquire").json("r", families)]);
    let with = |give: &[String], take: &[String]| {
        let draw = [release.passes("prev"), give.to_vec()].concat();
        let show = [take.to_vec(), release.passes("next")].concat();
        let events = [
            submit_with("graphics", &[], &draw, &["drawn:1:ALL_COMMANDS"]),
            submit_with("present", &["drawn:1:ALL_COMMANDS"], &show, &[]),
        ];
        stream_on(&[("graphics", 0), ("present", 1)], &release.resources(), &events)
    };
    let (give, take) = (&[give][..], &[take][..]);
    assert_clean("SK35, SK36", &with(give, take));
    assert_missing("no release", &with(&[], take));
    assert_missing("no acquire", &with(give, &[]));
    assert_missing("neither", &with(&[], &[]));
}

#[test]
fn no_case_is_left_out() {
    let alone = [
        "SK19", "SK21", "SK22", "SK23", "SK26", "SK27", "SK28", "SD16", "SK29", "SK30", "SK31", "SK32", "SK34", "SK35",
        "SK36",
    ];
    for case in cases() {
        let known = PLAIN.contains(&case.id()) || alone.contains(&case.id()) || case.audience() == "checker";
        assert!(known, "{} is not judged", case.id());
    }
}
