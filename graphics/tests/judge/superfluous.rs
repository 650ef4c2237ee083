//! What a stream could do without.

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{self, Excess, Place, Rules, Superfluous};

use crate::write::{call, memory, pass, scope, stream, submit};

fn found(calls: &[String]) -> Vec<Superfluous> {
    let access = |text: &str| format!("{{\"buffer\": \"b\", {}}}", scope(text));
    let write = pass("write", &[access("COMPUTE_SHADER / SHADER_STORAGE_WRITE")]);
    let read = pass("read", &[access("VERTEX_SHADER / UNIFORM_READ")]);
    let commands = [&[write][..], calls, &[read][..]].concat();
    let resources = "[{\"buffer\": \"b\", \"bytes\": 4}]";
    let json = format!("{{\"resources\": {resources}, \"events\": [{}]}}", submit("graphics", &commands));
    judge::superfluous(&stream(&json), &Rules::default())
}

fn at(command: usize, item: usize, what: Excess) -> Superfluous {
    Superfluous { structure: Place { event: 0, command, item }, what }
}

const WRITE: &str = "COMPUTE_SHADER / SHADER_STORAGE_WRITE";
const READ: &str = "VERTEX_SHADER / UNIFORM_READ";

#[test]
fn of_a_narrow_barrier_nothing_can_go() {
    assert_eq!(found(&[call(&[memory(WRITE, READ)])]), []);
}

#[test]
fn of_two_equal_structures_either_can_go() {
    let call = call(&[memory(WRITE, READ), memory(WRITE, READ)]);
    assert_eq!(found(&[call]), [at(1, 0, Excess::Structure), at(1, 1, Excess::Structure)]);
}

#[test]
fn each_stage_and_access_too_many_is_named() {
    let first = "COMPUTE_SHADER|COPY / SHADER_STORAGE_WRITE|TRANSFER_WRITE";
    let second = "VERTEX_SHADER|FRAGMENT_SHADER / UNIFORM_READ|SHADER_SAMPLED_READ";
    assert_eq!(
        found(&[call(&[memory(first, second)])]),
        [
            at(1, 0, Excess::FirstStage(S::COPY)),
            at(1, 0, Excess::FirstAccess(A::TRANSFER_WRITE)),
            at(1, 0, Excess::SecondStage(S::FRAGMENT_SHADER)),
            at(1, 0, Excess::SecondAccess(A::SHADER_SAMPLED_READ)),
        ]
    );
}

#[test]
fn what_is_missing_stays_missing_and_the_rest_is_still_found() {
    let other = memory("COPY / TRANSFER_WRITE", READ);
    assert_eq!(found(&[call(&[other])]), [at(1, 0, Excess::Structure)]);
}

#[test]
fn it_says_where_in_words() {
    let found = at(1, 0, Excess::SecondAccess(A::SHADER_SAMPLED_READ)).to_string();
    assert_eq!(
        found,
        "superfluous: structure 0 of the call at event 0, command 1: access SHADER_SAMPLED_READ of its second scope"
    );
}
