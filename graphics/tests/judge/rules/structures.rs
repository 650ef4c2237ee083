//! Structures: what they order, and how they chain.

use fencewright_graphics::judge::{self, Kind, Rules};

use super::{BUFFER, COPY_TO, IMAGE, READ, WRITE, buffer, image, one_queue};
use crate::write::{barrier, call, kinds, memory, stream, verdict};

#[test]
fn a_structure_orders_work_on_other_resources_too() {
    let resources = format!("{}, {{\"buffer\": \"other\", \"bytes\": 4}}", BUFFER.replace("64}", "64, \"start\": {}}"));
    let with = |first: &str, second: &str| {
        let between = call(&[barrier("FRAGMENT_SHADER", "COMPUTE_SHADER", "\"buffer\": \"other\"")]);
        kinds(&one_queue(&resources, &[buffer("first", first), between, buffer("second", second)]))
    };
    assert_eq!(with(READ, WRITE), []);
    // But it makes nothing available.
    assert_eq!(with("FRAGMENT_SHADER / SHADER_STORAGE_WRITE", WRITE), [Kind::WriteAfterWrite]);
}

#[test]
fn availability_must_come_before_visibility_along_a_chain() {
    let with = |one: &str, other: &str| {
        let calls = [call(&[memory(WRITE, one)]), call(&[memory(other, READ)])];
        kinds(&one_queue(BUFFER, &[&[buffer("write", WRITE)], &calls[..], &[buffer("read", READ)]].concat()))
    };
    assert_eq!(with("COPY", "COPY"), []);
    assert_eq!(with("COPY", "BLIT"), [Kind::ReadAfterWrite]);
    // Logically later stages are in the second scope, logically earlier ones in the first.
    assert_eq!(with("VERTEX_SHADER", "COLOR_ATTACHMENT_OUTPUT"), []);
    assert_eq!(with("COLOR_ATTACHMENT_OUTPUT", "VERTEX_SHADER"), [Kind::ReadAfterWrite]);
}

#[test]
fn aliases_stand_for_what_the_registry_says() {
    let with = |first: &str, second: &str, read: &str| {
        kinds(&one_queue(BUFFER, &[buffer("write", COPY_TO), call(&[memory(first, second)]), buffer("read", read)]))
    };
    let vertex = "VERTEX_SHADER / SHADER_STORAGE_READ";
    assert_eq!(with("ALL_TRANSFER / MEMORY_WRITE", "PRE_RASTERIZATION_SHADERS / SHADER_READ", vertex), []);
    assert_eq!(with("ALL_COMMANDS / MEMORY_WRITE", "ALL_COMMANDS / MEMORY_READ", vertex), []);
    assert_eq!(with("COPY / TRANSFER_WRITE", "ALL_GRAPHICS / MEMORY_READ", vertex), []);
    assert_eq!(with("BOTTOM_OF_PIPE", "TOP_OF_PIPE", vertex), [Kind::ReadAfterWrite]);
    let index = "INDEX_INPUT / INDEX_READ";
    assert_eq!(with("COPY / TRANSFER_WRITE", "VERTEX_INPUT / INDEX_READ", index), []);
    let uniform = "VERTEX_SHADER / UNIFORM_READ";
    assert_eq!(with("COPY / TRANSFER_WRITE", "VERTEX_SHADER / SHADER_READ", uniform), [Kind::ReadAfterWrite]);
    // A later stage waits, but access scopes hold what they name.
    let fragment = "FRAGMENT_SHADER / SHADER_STORAGE_READ";
    assert_eq!(with("COPY / TRANSFER_WRITE", "VERTEX_SHADER / SHADER_STORAGE_READ", fragment), [Kind::ReadAfterWrite]);
}

#[test]
fn a_pass_that_may_do_anything_wants_everything() {
    let anything = "ALL_COMMANDS / MEMORY_READ|MEMORY_WRITE";
    let with = |first: &str, second: &str| {
        let commands = [buffer("write", WRITE), call(&[memory(WRITE, second)]), buffer("any", anything)];
        let commands = [&commands[..], &[call(&[memory(first, READ)]), buffer("read", READ)]].concat();
        kinds(&one_queue(BUFFER, &commands))
    };
    assert_eq!(with(anything, anything), []);
    assert_eq!(with(anything, "ALL_COMMANDS / MEMORY_READ"), [Kind::WriteAfterWrite]);
    assert_eq!(with("ALL_COMMANDS / SHADER_WRITE", anything), [Kind::ReadAfterWrite]);
}

#[test]
fn strict_wants_a_write_visible_to_the_next() {
    let json = one_queue(BUFFER, &[buffer("one", COPY_TO), call(&[memory(COPY_TO, "COPY")]), buffer("other", COPY_TO)]);
    assert_eq!(kinds(&json), [Kind::WriteAfterWrite]);
    assert!(judge::judge(&stream(&json), &Rules { strict: false }).is_clean());
}

#[test]
fn bytes_and_texels_are_told_apart() {
    let with = |range: &str| {
        let bytes = barrier(WRITE, READ, &format!("\"buffer\": \"b\", \"bytes\": {range}"));
        verdict(&one_queue(BUFFER, &[buffer("write", WRITE), call(&[bytes]), buffer("read", READ)]))
    };
    assert!(with("[0, 64]").is_clean());
    assert_eq!(format!("{:?}", with("[4, 64]").missing[0].parts), "[Bytes(0..4)]");
    assert_eq!(format!("{:?}", with("[8, 16]").missing[0].parts), "[Bytes(0..8), Bytes(16..64)]");
    let with = |part: &str| {
        let rest = format!("\"image\": \"i\", \"old_layout\": \"UNDEFINED\", \"new_layout\": \"GENERAL\"{part}");
        let first = call(&[barrier("NONE", WRITE, &rest)]);
        let write = image("write", WRITE, "GENERAL", ", \"contents\": \"discard\"");
        verdict(&one_queue(IMAGE, &[first, write]))
    };
    assert!(with("").is_clean());
    let missing = with(", \"mips\": [0, 3]").missing;
    assert_eq!(format!("{:?}", missing[0].parts), "[Texels { aspects: COLOR, mips: 3..4, layers: 0..2 }]");
}
