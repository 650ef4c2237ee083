//! Queues and semaphores.

use fencewright_graphics::judge::{Fix, Kind};

use super::{BUFFER, READ, THREE, WRITE, buffer, on};
use crate::write::{call, kinds, memory, submit, submit_with, verdict};

#[test]
fn a_wait_may_be_submitted_before_its_signal() {
    let read = submit_with("b", &["s:1:FRAGMENT_SHADER"], &[buffer("read", READ)], &[]);
    let write = submit_with("a", &[], &[buffer("write", WRITE)], &["s:1:ALL_COMMANDS"]);
    assert_eq!(kinds(&on(&THREE, BUFFER, &[read, write])), []);
}

#[test]
fn a_lower_value_is_an_earlier_point() {
    let with = |value: u32| {
        let idle = submit_with("a", &[], &[], &["s:1:ALL_COMMANDS"]);
        let write = submit_with("a", &[], &[buffer("write", WRITE)], &["s:2:ALL_COMMANDS"]);
        let read = submit_with("b", &[&format!("s:{value}:ALL_COMMANDS")], &[buffer("read", READ)], &[]);
        kinds(&on(&THREE, BUFFER, &[idle, write, read]))
    };
    assert_eq!(with(2), []);
    assert_eq!(with(1), [Kind::ReadAfterWrite]);
    assert_eq!(with(3), [Kind::NeverSignalled, Kind::ReadAfterWrite]);
}

#[test]
fn order_goes_through_a_third_queue() {
    let with = |between: &[&str]| {
        let write = submit_with("a", &[], &[buffer("write", WRITE)], &["s:1:ALL_COMMANDS"]);
        let hop = submit_with("b", between, &[], &["t:1:ALL_COMMANDS"]);
        let read = submit_with("c", &["t:1:FRAGMENT_SHADER"], &[buffer("read", READ)], &[]);
        kinds(&on(&THREE, BUFFER, &[write, hop, read]))
    };
    assert_eq!(with(&["s:1:ALL_COMMANDS"]), []);
    assert_eq!(with(&[]), [Kind::ReadAfterWrite]);
}

#[test]
fn a_narrow_wait_chains_with_a_barrier() {
    let with = |wait: &str, calls: &[String]| {
        let write = submit_with("a", &[], &[buffer("write", WRITE)], &["s:1:ALL_COMMANDS"]);
        let read = [calls, &[buffer("read", READ)]].concat();
        kinds(&on(&THREE, BUFFER, &[write, submit_with("b", &[wait], &read, &[])]))
    };
    assert_eq!(with("s:1:COPY", &[]), [Kind::ReadAfterWrite]);
    assert_eq!(with("s:1:COPY", &[call(&[memory("COPY / NONE", READ)])]), []);
    assert_eq!(with("s:1:COPY", &[call(&[memory("COMPUTE_SHADER / NONE", READ)])]), [Kind::ReadAfterWrite]);
    // A wait covers logically later stages too.
    assert_eq!(with("s:1:VERTEX_SHADER", &[]), []);
    assert_eq!(with("s:1:COLOR_ATTACHMENT_OUTPUT", &[]), [Kind::ReadAfterWrite]);
}

#[test]
fn two_batches_of_one_queue_are_not_ordered_by_that() {
    let events = [submit("a", &[buffer("write", WRITE)]), submit("a", &[buffer("read", READ)])];
    assert_eq!(kinds(&on(&THREE, BUFFER, &events)), [Kind::ReadAfterWrite]);
    let second = submit("a", &[call(&[memory(WRITE, READ)]), buffer("read", READ)]);
    assert_eq!(kinds(&on(&THREE, BUFFER, &[events[0].clone(), second])), []);
}

#[test]
fn without_a_semaphore_the_advice_is_a_semaphore() {
    let events = [submit("a", &[buffer("write", WRITE)]), submit("b", &[buffer("read", READ)])];
    let verdict = verdict(&on(&THREE, BUFFER, &events));
    assert!(
        matches!(&verdict.missing[0].fixes[..], [Fix::Wait { signal, wait, .. }] if signal == "a" && wait == "b"),
        "{verdict}"
    );
}
