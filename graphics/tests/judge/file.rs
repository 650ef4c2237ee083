//! Streams as files: what is read, what is written, what is refused.

use fencewright_graphics::judge::{self, Kind, Rules, Stream};

use crate::random::{self, Random};

const TWO_QUEUES: &str = include_str!("../../../examples/streams/two_queues.json");

#[test]
fn the_example_is_clean_and_survives_a_round_trip() {
    let stream = Stream::from_json(TWO_QUEUES).expect("the example is well formed");
    let verdict = judge::judge(&stream, &Rules::default());
    assert!(verdict.is_clean(), "{verdict}");
    assert_eq!(Stream::from_json(&stream.to_json()).as_ref(), Ok(&stream), "{}", stream.to_json());
}

#[test]
fn the_example_with_mistakes_misses_two_barriers() {
    let stream =
        Stream::from_json(include_str!("../../../examples/streams/missing_barrier.json")).expect("well formed");
    let verdict = judge::judge(&stream, &Rules::default());
    let told: Vec<(&str, Kind)> = verdict.missing.iter().map(|missing| (missing.name.as_str(), missing.kind)).collect();
    assert_eq!(told, [("particles", Kind::ReadAfterWrite), ("scene", Kind::ReadAfterWrite)], "{verdict}");
}

#[test]
fn every_barrier_of_the_example_is_needed() {
    let stream = Stream::from_json(TWO_QUEUES).expect("the example is well formed");
    for (event, what) in stream.events.iter().enumerate() {
        let judge::Event::Submit(submit) = what else { continue };
        for (command, what) in submit.commands.iter().enumerate() {
            let judge::Command::Call(barriers) = what else { continue };
            for item in 0..barriers.len() {
                let mut without = stream.clone();
                let judge::Event::Submit(submit) = &mut without.events[event] else { unreachable!() };
                let judge::Command::Call(barriers) = &mut submit.commands[command] else { unreachable!() };
                barriers.remove(item);
                let verdict = judge::judge(&without, &Rules::default());
                assert!(!verdict.is_clean(), "event {event}, command {command}, structure {item}");
            }
        }
    }
}

fn refused(json: &str) -> String {
    Stream::from_json(json).expect_err(json).to_string()
}

#[test]
fn broken_syntax_names_the_line() {
    for (json, message) in [
        ("", "line 1: expected a value, found the end of the file"),
        ("{\n  \"events\": [}", "line 2: expected a value, found `}`"),
        ("{\n  \"events\": []\n", "line 3: expected `,` or `}`, found the end of the file"),
        ("{\"events\": []} x", "line 1: expected the end of the file"),
        ("{\"events\" []}", "line 1: expected `:`, found `[`"),
        ("{\n\"events\": [],\n\"events\": []}", "line 3: field `events` stands here twice"),
        (
            "{\"events\": [\"a\nb\"]}",
            "line 1: a string holds a line break or control character; write it as `\\n` or `\\u..`",
        ),
        ("{\"events\": [\"\\ud800\"]}", "line 1: `\\u` names no character"),
        ("{\"events\": [01]}", "line 1: `01` is not a number"),
        ("{\"events\": [1.2.3]}", "line 1: `1.2.3` is not a number"),
    ] {
        assert_eq!(refused(json), message, "{json}");
    }
    let deep = format!("{{\"events\": {}", "[".repeat(200));
    assert_eq!(refused(&deep), "line 1: lists and objects nest deeper than 64");
}

#[test]
fn every_mistake_names_its_line_and_field() {
    let with =
        |resource: &str, event: &str| format!("{{\n\"resources\": [\n{resource}\n],\n\"events\": [\n{event}\n]}}");
    let buffer = "{\"buffer\": \"b\", \"bytes\": 64}";
    let image = "{\"image\": \"i\", \"aspects\": \"COLOR\", \"mips\": 4}";
    let pass = |access: &str| {
        format!("{{\"submit\": \"graphics\", \"commands\": [{{\"pass\": \"P\", \"accesses\": [\n{access}\n]}}]}}")
    };
    let call = |barrier: &str| format!("{{\"submit\": \"graphics\", \"commands\": [{{\"call\": [\n{barrier}\n]}}]}}");
    let access = "events[0].commands[0].accesses[0]";
    let structure = "events[0].commands[0].call[0]";
    let scopes = "\"first\": {\"stages\": \"COPY\"}, \"second\": {\"stages\": \"COPY\"}";
    for (json, message) in [
        ("[]".to_owned(), "line 1: expected an object, found a list".to_owned()),
        ("{}".to_owned(), "line 1: field `events` is missing".to_owned()),
        ("{\"evnts\": []}".to_owned(), "line 1: `evnts`: unknown field; fields here are `queues`, `resources`, `events`".to_owned()),
        (with("{\"buffer\": \"b\"}", ""), "line 3: `resources[0]`: field `bytes` is missing".to_owned()),
        (with("{\"buffer\": \"b\", \"bytes\": -1}", ""), "line 3: `resources[0].bytes`: `-1` is not a whole number in range".to_owned()),
        (with(&format!("{buffer},\n{buffer}"), ""), "line 4: `resources[1].buffer`: two resources have this name".to_owned()),
        (with("{\"image\": \"i\", \"aspects\": \"COLR\"}", ""), "line 3: `resources[0].aspects`: `COLR` is no aspect".to_owned()),
        (with("{\"image\": \"i\", \"aspects\": \"COLOR\", \"mips\": 0}", ""), "line 3: `resources[0].mips`: an image has at least one".to_owned()),
        (with(buffer, "\"sleep\""), "line 6: `events[0]`: `sleep` is none of `idle`".to_owned()),
        (with(buffer, "{}"), "line 6: `events[0]`: expected \"idle\", or an object with `submit`, `host_wait`, `host_read` or `host_write`".to_owned()),
        (with(buffer, "{\"submit\": \"compute\"}"), "line 6: `events[0].submit`: no queue is called `compute`; list it in `queues`".to_owned()),
        (
            with(buffer, &pass("{\"buffer\": \"c\", \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.buffer`: no buffer is called `c`; list it in `resources`"),
        ),
        (
            with(buffer, &pass("{\"buffer\": \"b\", \"stages\": \"CPOY\"}")),
            format!("line 7: `{access}.stages`: `CPOY` is no pipeline stage"),
        ),
        (
            with(buffer, &pass("{\"buffer\": \"b\", \"stages\": \"COPY\", \"access\": \"UNIFORM_READ|TRANSFER_READ\"}")),
            format!("line 7: `{access}.access`: UNIFORM_READ is performed by none of COPY"),
        ),
        (
            with(buffer, &pass("{\"buffer\": \"b\", \"bytes\": [0, 65], \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.bytes`: 0..65 is not a range inside 0..64; ranges are [start, end), not empty"),
        ),
        (
            with(buffer, &pass("{\"buffer\": \"b\", \"mips\": [0, 1], \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.mips`: belongs to images"),
        ),
        (
            with(buffer, &pass("{\"buffer\": \"b\", \"layout\": \"GENERAL\", \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.layout`: a buffer has no layout"),
        ),
        (with(image, &pass("{\"image\": \"i\", \"stages\": \"COPY\"}")), format!("line 7: `{access}`: field `layout` is missing")),
        (
            with(image, &pass("{\"image\": \"i\", \"layout\": \"GENRAL\", \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.layout`: `GENRAL` is no image layout"),
        ),
        (
            with(image, &pass("{\"image\": \"i\", \"mips\": [3, 5], \"layout\": \"GENERAL\", \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.mips`: 3..5 is not a range inside 0..4; ranges are [start, end), not empty"),
        ),
        (
            with(image, &pass("{\"image\": \"i\", \"aspects\": \"DEPTH\", \"layout\": \"GENERAL\", \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.aspects`: the image has COLOR"),
        ),
        (
            with(buffer, &pass("{\"buffer\": \"b\", \"contents\": \"drop\", \"stages\": \"COPY\"}")),
            format!("line 7: `{access}.contents`: `drop` is none of `keep`, `discard`"),
        ),
        (
            with(buffer, &call(&format!("{{{scopes}, \"bytes\": [0, 4]}}"))),
            format!("line 7: `{structure}.bytes`: belongs to a `buffer` or an `image`, which is missing"),
        ),
        (
            with(buffer, &call(&format!("{{{scopes}, \"buffer\": \"b\", \"families\": [0]}}"))),
            format!("line 7: `{structure}.families`: expected two queue families, from and to"),
        ),
        (
            with(image, &call(&format!("{{{scopes}, \"image\": \"i\", \"old_layout\": \"GENERAL\", \"new_layout\": \"UNDEFINED\"}}"))),
            format!("line 7: `{structure}.new_layout`: a transition to UNDEFINED is not allowed"),
        ),
        (
            with(image, &call(&format!("{{{scopes}, \"image\": \"i\", \"old_layout\": \"GENERAL\"}}"))),
            format!("line 7: `{structure}`: field `new_layout` is missing"),
        ),
    ] {
        assert_eq!(refused(&json), message, "{json}");
    }
}

#[test]
fn names_are_those_of_vulkan_with_or_without_suffix() {
    let with = |stages: &str| {
        format!(
            "{{\"resources\": [{{\"buffer\": \"b\", \"bytes\": 4}}], \"events\": [{{\"submit\": \"graphics\", \"commands\": [\
             {{\"call\": [{{\"first\": {{\"stages\": \"{stages}\"}}, \"second\": {{\"stages\": \"NONE\"}}}}]}}]}}]}}"
        )
    };
    let read = |stages: &str| Stream::from_json(&with(stages)).expect(stages);
    assert_eq!(read("RAY_TRACING_SHADER_KHR"), read("RAY_TRACING_SHADER"));
    assert_eq!(read("ALL_TRANSFER | COPY"), read("COPY|TRANSFER"));
    assert_ne!(read("NONE"), read("COPY"));
}

#[test]
fn random_streams_survive_a_round_trip() {
    let seed = random::seed();
    for at in 0..random::streams(300) {
        let stream = random::stream(&mut Random(seed.wrapping_add(at)), 2);
        assert_eq!(Stream::from_json(&stream.to_json()), Ok(stream), "JUDGE_SEED={seed}");
    }
}
