//! Ownership transfers: releases, acquires and their mistakes.

use fencewright_graphics::judge::{Fix, Kind};

use super::{BUFFER, COPY_TO, IMAGE, image, on, transition};
use crate::write::{barrier, call, kinds, pass, scope, submit_with, verdict};

const TWO: [(&str, u32); 2] = [("transfer", 1), ("graphics", 0)];

fn moved(give: &[String], take: &[String], more: &str) -> String {
    let copy = image("copy", COPY_TO, "TRANSFER_DST_OPTIMAL", ", \"contents\": \"discard\"");
    let first = [&[transition("NONE", COPY_TO, "UNDEFINED", "TRANSFER_DST_OPTIMAL"), copy], give].concat();
    let draw = image("draw", "FRAGMENT_SHADER / SHADER_SAMPLED_READ", "READ_ONLY_OPTIMAL", "");
    let second = [take, &[draw]].concat();
    let events = [
        submit_with("transfer", &[], &first, &["s:1:ALL_COMMANDS"]),
        submit_with("graphics", &["s:1:ALL_COMMANDS"], &second, &[]),
    ];
    on(&TWO, &IMAGE.replace("2}", &format!("2{more}}}")), &events)
}

fn half(first: &str, second: &str, new: &str, part: &str) -> String {
    let layouts = format!("\"old_layout\": \"TRANSFER_DST_OPTIMAL\", \"new_layout\": \"{new}\"");
    call(&[barrier(first, second, &format!("\"image\": \"i\", {layouts}, \"families\": [1, 0]{part}"))])
}

#[test]
fn each_mistake_of_an_ownership_transfer_is_found() {
    let give = half(COPY_TO, "NONE", "READ_ONLY_OPTIMAL", "");
    let take = half("NONE", "FRAGMENT_SHADER / SHADER_SAMPLED_READ", "READ_ONLY_OPTIMAL", "");
    let (give, take) = (&[give][..], &[take][..]);
    assert_eq!(kinds(&moved(give, take, "")), []);
    for (what, json) in [
        ("no transfer at all", moved(&[], &[], "")),
        ("a release without an acquire", moved(give, &[], "")),
        ("an acquire without a release", moved(&[], take, "")),
        ("a double release", moved(&[give, give].concat(), take, "")),
        ("another new layout", moved(&[half(COPY_TO, "NONE", "GENERAL", "")], take, "")),
        ("a smaller release", moved(&[half(COPY_TO, "NONE", "READ_ONLY_OPTIMAL", ", \"mips\": [0, 3]")], take, "")),
    ] {
        assert!(kinds(&json).contains(&Kind::Ownership), "{what}: {}", verdict(&json));
    }
}

#[test]
fn shared_resources_need_no_transfer() {
    let change =
        transition("NONE", "FRAGMENT_SHADER / SHADER_SAMPLED_READ", "TRANSFER_DST_OPTIMAL", "READ_ONLY_OPTIMAL");
    assert_eq!(kinds(&moved(&[], std::slice::from_ref(&change), ", \"sharing\": \"concurrent\"")), []);
    assert_eq!(kinds(&moved(&[], &[change], "")), [Kind::Ownership]);
}

#[test]
fn what_is_discarded_needs_no_transfer() {
    let with = |contents: &str| {
        let write = |name: &str| {
            pass(name, &[format!("{{\"buffer\": \"b\", {}, \"contents\": \"{contents}\"}}", scope(COPY_TO))])
        };
        let events = [
            submit_with("transfer", &[], &[write("first")], &["s:1:ALL_COMMANDS"]),
            submit_with("graphics", &["s:1:ALL_COMMANDS"], &[write("second")], &[]),
        ];
        kinds(&on(&TWO, BUFFER, &events))
    };
    assert_eq!(with("discard"), []);
    assert_eq!(with("keep"), [Kind::Ownership]);
}

#[test]
fn the_missing_half_is_what_is_advised() {
    let give = half(COPY_TO, "NONE", "READ_ONLY_OPTIMAL", "");
    let verdict = verdict(&moved(&[give], &[], ""));
    let [Fix::Transfer { release, acquire }] = &verdict.missing[0].fixes[..] else { panic!("{verdict}") };
    assert!(release.is_empty() && acquire.len() == 1, "{verdict}");
}
