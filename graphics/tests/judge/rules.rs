//! The rules, one at a time: each with what satisfies it and what does not.

use ash::vk::{AccessFlags2, PipelineStageFlags2};
use fencewright_graphics::judge::{self, Access, Command, Fix, Kind, Pass, QueueId, ResourceId, Rules, Scope};

use crate::write::{barrier, call, kinds, memory, pass, scope, stream, submit, submit_with, verdict};

const BUFFER: &str = "{\"buffer\": \"b\", \"bytes\": 64}";
const IMAGE: &str = "{\"image\": \"i\", \"aspects\": \"COLOR\", \"mips\": 4, \"layers\": 2}";

fn on(queues: &[(&str, u32)], resources: &str, events: &[String]) -> String {
    let queues = queues.iter().map(|(name, family)| format!("{{\"name\": \"{name}\", \"family\": {family}}}"));
    let queues = queues.collect::<Vec<_>>().join(", ");
    format!("{{\"queues\": [{queues}], \"resources\": [{resources}], \"events\": [{}]}}", events.join(",\n"))
}

fn one_queue(resources: &str, commands: &[String]) -> String {
    on(&[("graphics", 0)], resources, &[submit("graphics", commands)])
}

fn buffer(name: &str, text: &str) -> String {
    pass(name, &[format!("{{\"buffer\": \"b\", {}}}", scope(text))])
}

fn image(name: &str, text: &str, layout: &str, more: &str) -> String {
    pass(name, &[texels(text, layout, more)])
}

fn texels(text: &str, layout: &str, more: &str) -> String {
    format!("{{\"image\": \"i\", {}, \"layout\": \"{layout}\"{more}}}", scope(text))
}

fn transition(first: &str, second: &str, old: &str, new: &str) -> String {
    let rest = format!("\"image\": \"i\", \"old_layout\": \"{old}\", \"new_layout\": \"{new}\"");
    call(&[barrier(first, second, &rest)])
}

const WRITE: &str = "COMPUTE_SHADER / SHADER_STORAGE_WRITE";
const READ: &str = "FRAGMENT_SHADER / SHADER_STORAGE_READ";
const COPY_TO: &str = "COPY / TRANSFER_WRITE";

// Queues and semaphores.

const THREE: [(&str, u32); 3] = [("a", 0), ("b", 0), ("c", 0)];

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

// The host.

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

// Ownership.

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

// Structures and chains.

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

// Layouts and contents.

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

// Inside a pass, and concurrent accesses.

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

// Streams that name what they do not have.

#[test]
#[should_panic(expected = "the stream has 1 resources; there is no 7")]
fn a_resource_that_is_not_there() {
    let mut stream = stream(&one_queue(BUFFER, &[]));
    let scope = Scope::new(PipelineStageFlags2::COPY, AccessFlags2::TRANSFER_READ);
    let access = Access::buffer(ResourceId(7), 0..4, scope);
    stream.submit(QueueId(0), vec![Command::Pass(Pass { name: "read".into(), accesses: vec![access] })]);
    let _ = judge::judge(&stream, &Rules::default());
}

#[test]
#[should_panic(expected = "`i` is an image; it has no bytes to name")]
fn bytes_of_an_image() {
    let mut stream = stream(&one_queue(IMAGE, &[]));
    let access = Access::buffer(ResourceId(0), 0..4, Scope::default());
    stream.submit(QueueId(0), vec![Command::Pass(Pass { name: "read".into(), accesses: vec![access] })]);
    let _ = judge::judge(&stream, &Rules::default());
}
