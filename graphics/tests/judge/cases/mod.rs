//! The collection of known cases: each expected barrier is accepted, and nothing weaker is.

mod alone;
mod case;

use fencewright_graphics::judge::{Kind, Verdict};
use serde_json::Value;

use crate::write::{call, submit, verdict};
use case::{Masks, case, cases};

fn stream(resources: &str, events: &[String]) -> String {
    format!("{{\"resources\": [{resources}], \"events\": [{}]}}", events.join(",\n"))
}

fn stream_on(queues: &[(&str, u32)], resources: &str, events: &[String]) -> String {
    let queue = |(name, family): &(&str, u32)| format!("{{\"name\": \"{name}\", \"family\": {family}}}");
    let queues = queues.iter().map(queue).collect::<Vec<_>>().join(", ");
    format!("{{\"queues\": [{queues}], \"resources\": [{resources}], \"events\": [{}]}}", events.join(",\n"))
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
