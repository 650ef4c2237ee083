//! Cases that take more than one queue, more than one call, the host or the screen.

use fencewright_graphics::judge::Kind;

use super::case::{Masks, case, resource};
use super::{assert_clean, assert_missing, stream, stream_on};
use crate::write::{call, kinds, pass, submit, submit_with};

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
