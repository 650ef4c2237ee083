//! Inside a pass, and concurrent accesses.

use fencewright_graphics::judge::{Fix, Kind};

use super::{BUFFER, IMAGE, READ, WRITE, buffer, one_queue, texels};
use crate::write::{call, kinds, memory, pass, scope, verdict};

#[test]
fn attachments_are_in_raster_order_inside_a_pass_and_not_across() {
    let load = texels("COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_READ", "GENERAL", "");
    let store = texels("COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_WRITE", "GENERAL", "");
    let start = IMAGE.replace("2}", "2, \"start\": {\"layout\": \"GENERAL\"}}");
    let inside = pass("draw", &[load.clone(), store.clone(), load.clone()]);
    assert_eq!(kinds(&one_queue(&start, std::slice::from_ref(&inside))), []);
    let across = [pass("one", &[store]), pass("other", &[load])];
    assert_eq!(kinds(&one_queue(&start, &across)), [Kind::ReadAfterWrite]);
}

#[test]
fn nothing_else_is_ordered_inside_a_pass() {
    let access = |text: &str| format!("{{\"buffer\": \"b\", {}}}", scope(text));
    let verdict = verdict(&one_queue(BUFFER, &[pass("both", &[access(WRITE), access(READ)])]));
    assert_eq!(verdict.missing[0].fixes, [Fix::Split], "{verdict}");
}

#[test]
fn concurrent_accesses_are_ordered_with_all_others() {
    let each =
        |order: &str| pass("atomics", &[format!("{{\"buffer\": \"b\", {}, \"order\": \"{order}\"}}", scope(WRITE))]);
    let (many, one) = (each("concurrent"), each("ordered"));
    let go = call(&[memory(WRITE, WRITE)]);
    let judged =
        |commands: &[&String]| kinds(&one_queue(BUFFER, &commands.iter().map(|it| (*it).clone()).collect::<Vec<_>>()));
    assert_eq!(judged(&[&many, &many, &many]), []);
    assert_eq!(judged(&[&one, &go, &many, &many, &go, &one]), []);
    assert_eq!(judged(&[&one, &many]), [Kind::WriteAfterWrite]);
    assert_eq!(judged(&[&many, &one]), [Kind::WriteAfterWrite]);
    assert_eq!(judged(&[&one, &go, &many, &many, &one]), [Kind::WriteAfterWrite]);
}

#[test]
fn every_reader_is_remembered() {
    let with = |first: &str| {
        let readers =
            ["COPY / TRANSFER_READ", READ, "COMPUTE_SHADER / SHADER_STORAGE_READ"].map(|text| buffer("read", text));
        let commands =
            [&readers[..], &[call(&[memory(first, "CLEAR")]), buffer("fill", "CLEAR / TRANSFER_WRITE")]].concat();
        verdict(&one_queue(&BUFFER.replace("64}", "64, \"start\": {}}"), &commands))
    };
    assert!(with("COPY|FRAGMENT_SHADER|COMPUTE_SHADER").is_clean());
    for (less, count) in [("COPY|FRAGMENT_SHADER", 1), ("COMPUTE_SHADER", 2), ("NONE", 3)] {
        let missing = with(less).missing;
        assert_eq!((missing.len(), missing[0].firsts.len()), (1, count), "{less}");
    }
}

#[test]
fn what_was_before_the_stream_counts() {
    let start =
        "{\"last\": [{\"pass\": \"bloom\", \"stages\": \"COMPUTE_SHADER\", \"access\": \"SHADER_STORAGE_WRITE\"}]}";
    let resources = BUFFER.replace("64}", &format!("64, \"start\": {start}}}"));
    let missing = verdict(&one_queue(&resources, &[buffer("read", READ)])).missing;
    assert_eq!((missing[0].kind, missing[0].firsts[0].access.place), (Kind::ReadAfterWrite, None));
    assert_eq!(kinds(&one_queue(&resources, &[call(&[memory(WRITE, READ)]), buffer("read", READ)])), []);
}
