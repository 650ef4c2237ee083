//! Frames over two queues with one mistake each, and beside each its clean twin: the same stream without the mistake.

use fencewright_graphics::judge::Kind;

use crate::write::{barrier, call, kinds, pass, scope, submit_with, verdict};

const COPY_TO: &str = "COPY / TRANSFER_WRITE";
const SAMPLED: &str = "FRAGMENT_SHADER / SHADER_SAMPLED_READ";

/// A copy to an image on the transfer queue, which the graphics queue then samples.
#[derive(Clone)]
struct Frame {
    sharing: &'static str,
    /// Structures after the copy, each in a call of its own.
    give: Vec<Half>,
    signals: &'static str,
    waits: Vec<&'static str>,
    /// Structures before the draw.
    take: Vec<Half>,
}

#[derive(Clone)]
struct Half {
    first: &'static str,
    second: &'static str,
    old: &'static str,
    new: &'static str,
    rest: &'static str,
}

const RELEASE: Half = Half {
    first: COPY_TO,
    second: "NONE",
    old: "TRANSFER_DST_OPTIMAL",
    new: "READ_ONLY_OPTIMAL",
    rest: ", \"families\": [1, 0]",
};
const ACQUIRE: Half = Half { first: "NONE", second: SAMPLED, ..RELEASE };
/// What changes the layout of an image that families share.
const CHANGE: Half = Half { first: "ALL_COMMANDS / NONE", second: SAMPLED, rest: "", ..RELEASE };

impl Half {
    fn json(&self) -> String {
        let Self { first, second, old, new, rest } = self;
        let layouts = format!("\"old_layout\": \"{old}\", \"new_layout\": \"{new}\"");
        call(&[barrier(first, second, &format!("\"image\": \"i\", {layouts}{rest}"))])
    }
}

impl Frame {
    /// A frame that misses nothing.
    fn new() -> Self {
        let waits = vec!["copied:1:ALL_COMMANDS"];
        Self { sharing: "exclusive", give: vec![RELEASE], signals: "copied:1:ALL_COMMANDS", waits, take: vec![ACQUIRE] }
    }

    fn json(&self) -> String {
        let access =
            |text, layout, more| format!("{{\"image\": \"i\", {}, \"layout\": \"{layout}\"{more}}}", scope(text));
        let begin = Half { first: "NONE", second: COPY_TO, old: "UNDEFINED", new: "TRANSFER_DST_OPTIMAL", rest: "" };
        let copy = pass("copy", &[access(COPY_TO, "TRANSFER_DST_OPTIMAL", ", \"contents\": \"discard\"")]);
        let draw = pass("draw", &[access(SAMPLED, "READ_ONLY_OPTIMAL", "")]);
        let halves = |halves: &[Half]| halves.iter().map(Half::json).collect::<Vec<_>>();
        let first = [vec![begin.json(), copy], halves(&self.give)].concat();
        let second = [halves(&self.take), vec![draw]].concat();
        format!(
            "{{\"queues\": [{{\"name\": \"transfer\", \"family\": 1}}, {{\"name\": \"graphics\", \"family\": 0}}], \
             \"resources\": [{{\"image\": \"i\", \"aspects\": \"COLOR\", \"mips\": 4, \"layers\": 2, \
             \"sharing\": \"{}\"}}], \"events\": [{}, {}]}}",
            self.sharing,
            submit_with("transfer", &[], &first, &[self.signals]),
            submit_with("graphics", &self.waits, &second, &[])
        )
    }

    fn with(change: impl FnOnce(&mut Self)) -> Self {
        let mut frame = Self::new();
        change(&mut frame);
        frame
    }
}

/// Asserts that a frame is clean, and that it is not once something is changed: the judge then finds this.
fn assert_only_wrong_after(frame: &Frame, change: impl FnOnce(&mut Frame), expected: Kind) {
    let clean = frame.json();
    assert_eq!(kinds(&clean), [], "{}", verdict(&clean));
    let mut broken = frame.clone();
    change(&mut broken);
    let broken = broken.json();
    assert!(kinds(&broken).contains(&expected), "{expected:?} is not among\n{}", verdict(&broken));
}

fn assert_wrong_after(change: impl FnOnce(&mut Frame), expected: Kind) {
    assert_only_wrong_after(&Frame::new(), change, expected);
}

#[test]
fn a_release_without_an_acquire() {
    assert_wrong_after(|frame| frame.take.clear(), Kind::Ownership);
}

#[test]
fn an_acquire_without_a_release() {
    assert_wrong_after(|frame| frame.give.clear(), Kind::Ownership);
}

#[test]
fn no_transfer_at_all() {
    let change = |frame: &mut Frame| {
        frame.give.clear();
        // The layout is right: that another family owns the image is all that is left to find.
        frame.take = vec![CHANGE];
    };
    assert_wrong_after(change, Kind::Ownership);
}

#[test]
fn halves_that_lead_to_different_layouts() {
    assert_wrong_after(|frame| frame.give[0].new = "GENERAL", Kind::Ownership);
    assert_wrong_after(|frame| frame.take[0].new = "GENERAL", Kind::Ownership);
}

#[test]
fn halves_that_come_from_different_layouts() {
    assert_wrong_after(|frame| frame.take[0].old = "TRANSFER_SRC_OPTIMAL", Kind::Ownership);
    assert_wrong_after(|frame| frame.give[0].old = "TRANSFER_SRC_OPTIMAL", Kind::Ownership);
}

#[test]
fn halves_of_different_ranges() {
    let smaller = ", \"families\": [1, 0], \"mips\": [0, 3]";
    assert_wrong_after(|frame| frame.give[0].rest = smaller, Kind::Ownership);
    assert_wrong_after(|frame| frame.take[0].rest = smaller, Kind::Ownership);
}

#[test]
fn halves_of_different_families() {
    assert_wrong_after(|frame| frame.take[0].rest = ", \"families\": [2, 0]", Kind::Ownership);
    assert_wrong_after(|frame| frame.give[0].rest = ", \"families\": [1, 2]", Kind::Ownership);
}

#[test]
fn a_double_release() {
    assert_wrong_after(|frame| frame.give.push(RELEASE), Kind::Ownership);
}

/// An acquire whose first scope is empty is held back by a wait of all commands; one with a first scope by a wait of that.
#[test]
fn a_wait_of_another_stage() {
    assert_wrong_after(|frame| frame.waits = vec!["copied:1:COLOR_ATTACHMENT_OUTPUT"], Kind::WriteAfterWrite);
    let narrow = Frame::with(|frame| {
        frame.waits = vec!["copied:1:FRAGMENT_SHADER"];
        frame.take[0].first = "FRAGMENT_SHADER / NONE";
    });
    let later = |frame: &mut Frame| frame.waits = vec!["copied:1:COLOR_ATTACHMENT_OUTPUT"];
    assert_only_wrong_after(&narrow, later, Kind::WriteAfterWrite);
}

#[test]
fn a_wait_for_another_value() {
    assert_wrong_after(|frame| frame.waits = vec!["copied:2:ALL_COMMANDS"], Kind::NeverSignalled);
    // What a timeline begins with: it is there before anything was copied.
    assert_wrong_after(|frame| frame.waits = vec!["copied:0:ALL_COMMANDS"], Kind::WriteAfterWrite);
}

#[test]
fn a_missing_wait() {
    assert_wrong_after(|frame| frame.waits.clear(), Kind::WriteAfterWrite);
}

#[test]
fn what_families_share_needs_no_transfer_but_a_wait() {
    let shared = Frame::with(|frame| {
        frame.sharing = "concurrent";
        frame.give.clear();
        frame.take = vec![CHANGE];
    });
    assert_only_wrong_after(&shared, |frame| frame.waits.clear(), Kind::WriteAfterWrite);
    assert_only_wrong_after(&shared, |frame| frame.take.clear(), Kind::Layout);
    assert_only_wrong_after(&shared, |frame| frame.sharing = "exclusive", Kind::Ownership);
}
