//! Layouts and contents.

use fencewright_graphics::judge::{self, Kind, Rules};

use super::{IMAGE, READ, WRITE, image, one_queue, texels, transition};
use crate::write::{barrier, call, kinds, memory, pass, stream};

#[test]
fn contents_that_a_transition_from_undefined_drops_are_missed() {
    let with = |old: &str, contents: &str| {
        let write = image("write", WRITE, "GENERAL", ", \"contents\": \"discard\"");
        let blend = "COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_READ|COLOR_ATTACHMENT_WRITE";
        let more = format!(", \"contents\": \"{contents}\"");
        let draw = image("draw", blend, "ATTACHMENT_OPTIMAL", &more);
        let first = transition("NONE", WRITE, "UNDEFINED", "GENERAL");
        let second = transition(WRITE, blend, old, "ATTACHMENT_OPTIMAL");
        kinds(&one_queue(IMAGE, &[first, write, second, draw]))
    };
    assert_eq!(with("GENERAL", "keep"), []);
    assert_eq!(with("UNDEFINED", "discard"), []);
    assert_eq!(with("UNDEFINED", "keep"), [Kind::ContentsLost]);
    assert_eq!(with("READ_ONLY_OPTIMAL", "keep"), [Kind::Layout]);
}

#[test]
fn what_a_store_operation_drops_cannot_be_read() {
    let with = |leaves: &str| {
        let write = "COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_WRITE";
        let more = format!(", \"contents\": \"discard\", \"leaves\": \"{leaves}\"");
        let draw = image("draw", write, "GENERAL", &more);
        let first = transition("NONE", write, "UNDEFINED", "GENERAL");
        let commands = [first, draw, call(&[memory(write, READ)]), image("read", READ, "GENERAL", "")];
        kinds(&one_queue(IMAGE, &commands))
    };
    assert_eq!(with("contents"), []);
    assert_eq!(with("nothing"), [Kind::NeverWritten]);
}

#[test]
fn accesses_of_one_pass_share_a_layout_that_serves_them_all() {
    let with = |layout: &str| {
        let start = format!("{{\"image\": \"i\", \"aspects\": \"DEPTH\", \"start\": {{\"layout\": \"{layout}\"}}}}");
        let test =
            texels("EARLY_FRAGMENT_TESTS / DEPTH_STENCIL_ATTACHMENT_READ", "DEPTH_STENCIL_READ_ONLY_OPTIMAL", "");
        let sample = texels("FRAGMENT_SHADER / SHADER_SAMPLED_READ", "SHADER_READ_ONLY_OPTIMAL", "");
        kinds(&one_queue(&start, &[pass("draw", &[test, sample])]))
    };
    assert_eq!(with("DEPTH_STENCIL_READ_ONLY_OPTIMAL"), []);
    assert_eq!(with("READ_ONLY_OPTIMAL"), []);
    assert_eq!(with("GENERAL"), []);
    assert_eq!(with("SHADER_READ_ONLY_OPTIMAL"), [Kind::Layout]);
}

#[test]
fn depth_and_stencil_have_layouts_of_their_own() {
    let resources = "{\"image\": \"i\", \"aspects\": \"DEPTH|STENCIL\", \"start\": {\"layout\": \"GENERAL\"}}";
    let with = |aspects: &str| {
        let rest = "\"image\": \"i\", \"old_layout\": \"GENERAL\", \"new_layout\": \"READ_ONLY_OPTIMAL\"";
        let change =
            barrier("NONE", "FRAGMENT_SHADER / SHADER_SAMPLED_READ", &format!("{rest}, \"aspects\": \"{aspects}\""));
        let sample = texels("FRAGMENT_SHADER / SHADER_SAMPLED_READ", "READ_ONLY_OPTIMAL", ", \"aspects\": \"DEPTH\"");
        kinds(&one_queue(resources, &[call(&[change]), pass("draw", &[sample])]))
    };
    assert_eq!(with("DEPTH"), []);
    assert_eq!(with("DEPTH|STENCIL"), []);
    assert_eq!(with("STENCIL"), [Kind::Layout]);
}

#[test]
fn an_access_has_to_be_in_the_second_scope_of_the_transition_before_it() {
    let write = "COLOR_ATTACHMENT_OUTPUT / COLOR_ATTACHMENT_WRITE";
    for strict in [true, false] {
        let with = |second: &str| {
            let change = transition("NONE", second, "UNDEFINED", "GENERAL");
            let json = one_queue(IMAGE, &[change, image("draw", write, "GENERAL", ", \"contents\": \"discard\"")]);
            judge::judge(&stream(&json), &Rules { strict }).missing.len()
        };
        assert_eq!((with(write), with("COLOR_ATTACHMENT_OUTPUT"), with("NONE")), (0, 1, 1));
    }
}
