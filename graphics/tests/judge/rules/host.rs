//! The host: what it sees, and what it may write.

use fencewright_graphics::judge::Kind;

use super::{BUFFER, READ, THREE, WRITE, buffer, on};
use crate::write::{call, kinds, memory, submit, submit_with};

#[test]
fn the_host_sees_what_a_barrier_showed_it_before_the_signal() {
    let show = call(&[memory(WRITE, "HOST / HOST_READ")]);
    let read = "{\"host_read\": \"check\", \"buffer\": \"b\"}".to_owned();
    let wait = "{\"host_wait\": \"s\", \"value\": 1}".to_owned();
    let write = buffer("write", WRITE);
    let good = submit_with("a", &[], &[write.clone(), show.clone()], &["s:1:ALL_COMMANDS"]);
    assert_eq!(kinds(&on(&THREE, BUFFER, &[good.clone(), wait.clone(), read.clone()])), []);
    assert_eq!(kinds(&on(&THREE, BUFFER, &[good, "\"idle\"".to_owned(), read.clone()])), []);
    // The barrier comes after what the host waits for.
    let early = submit_with("a", &[], &[write], &["s:1:ALL_COMMANDS"]);
    let late = submit("a", &[show]);
    assert_eq!(kinds(&on(&THREE, BUFFER, &[early, late, wait, read])), [Kind::ReadAfterWrite]);
}

#[test]
fn a_wait_of_the_host_orders_but_shows_nothing_to_the_device() {
    let with = |first: &str, second: &str| {
        let events =
            [submit("a", &[buffer("first", first)]), "\"idle\"".to_owned(), submit("b", &[buffer("second", second)])];
        kinds(&on(&THREE, &BUFFER.replace("64}", "64, \"start\": {}}"), &events))
    };
    assert_eq!(with(READ, WRITE), []);
    assert_eq!(with(WRITE, READ), [Kind::ReadAfterWrite]);
}

#[test]
fn the_host_does_not_write_what_the_device_still_reads() {
    let write = "{\"host_write\": \"fill\", \"buffer\": \"b\"}".to_owned();
    let read = submit_with("a", &[], &[buffer("read", READ)], &["s:1:ALL_COMMANDS"]);
    let wait = "{\"host_wait\": \"s\", \"value\": 1}".to_owned();
    let all = [write.clone(), read.clone(), wait, write.clone()];
    assert_eq!(kinds(&on(&THREE, BUFFER, &all)), []);
    assert_eq!(kinds(&on(&THREE, BUFFER, &[write.clone(), read, write])), [Kind::WriteAfterRead]);
}

#[test]
fn what_the_host_writes_after_a_submit_is_seen_only_by_way_of_another() {
    let write = "{\"host_write\": \"fill\", \"buffer\": \"b\"}".to_owned();
    let waiting = submit_with("a", &["s:1:ALL_COMMANDS"], &[buffer("read", READ)], &[]);
    let signal = submit_with("b", &[], &[], &["s:1:ALL_COMMANDS"]);
    let judged =
        |events: &[&String]| kinds(&on(&THREE, BUFFER, &events.iter().map(|it| (*it).clone()).collect::<Vec<_>>()));
    assert_eq!(judged(&[&write, &waiting, &signal]), []);
    // The batch waits for one that is submitted after the write.
    assert_eq!(judged(&[&waiting, &write, &signal]), []);
    assert_eq!(judged(&[&write, &signal, &waiting, &write]), [Kind::WriteAfterRead]);
}
