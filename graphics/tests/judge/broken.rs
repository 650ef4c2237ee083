//! Broken files of streams: whatever is in them is refused with its line, or judged; nothing panics.

use fencewright_graphics::judge::{self, Kind, Rules, Stream};

use crate::broken_bytes::broken_bytes;
use crate::random::{self, Random};

const STREAMS: [&str; 2] = [
    include_str!("../../../examples/streams/two_queues.json"),
    include_str!("../../../examples/streams/missing_barrier.json"),
];

/// What became of files.
#[derive(Debug, Default)]
struct Counts {
    unread: usize,
    clean: usize,
    missing: usize,
}

impl Counts {
    /// Reads a file, and judges it in both ways where it is a stream.
    fn add(&mut self, text: &str) {
        match Stream::from_json(text) {
            Ok(stream) => {
                let verdict = judge::judge(&stream, &Rules::default());
                let lax = judge::judge(&stream, &Rules { strict: false });
                assert!(lax.missing.len() <= verdict.missing.len(), "{text}");
                assert!(!verdict.to_string().is_empty() && !verdict.to_json().is_empty(), "{text}");
                verdict.missing.iter().for_each(|missing| drop(missing.rust()));
                drop(judge::superfluous(&stream, &Rules::default()));
                let verdicts = if verdict.is_clean() { &mut self.clean } else { &mut self.missing };
                *verdicts += 1;
            }
            Err(error) => {
                let lines = text.lines().count().max(1);
                assert!((1..=lines + 1).contains(&error.line) && !error.problem.is_empty(), "{error}\n{text}");
                self.unread += 1;
            }
        }
    }
}

/// Swaps, drops, doubles and replaces bytes.
#[test]
fn broken_bytes_never_panic() {
    let (seed, count, mut counts) = (random::seed(), random::streams(2_000), Counts::default());
    for at in 0..count {
        let mut random = Random(seed.wrapping_add(at));
        let stream = STREAMS[random.below(2)];
        let bytes = broken_bytes(stream, &mut |end| random.below(end));
        counts.add(&String::from_utf8_lossy(&bytes));
    }
    assert!(counts.unread > 100 && counts.clean + counts.missing > 10, "JUDGE_SEED={seed}: {counts:?}");
}

const NUMBERS: [&str; 10] =
    ["0", "1", "2", "64", "-1", "1.5", "1e3", "4294967295", "18446744073709551615", "18446744073709551616"];

const WORDS: [&str; 10] =
    ["", "NONE", "HOST", "COPY|CLEAR", "MEMORY_WRITE", "UNDEFINED", "any", "graphics", "\\u0000", "COLOR|DEPTH"];

/// Puts other names and other numbers in the place of those that are there: most files are still streams.
#[test]
fn other_values_never_panic() {
    let (seed, count, mut counts) = (random::seed(), random::streams(2_000), Counts::default());
    for at in 0..count {
        let mut random = Random(seed.wrapping_add(at).wrapping_mul(31));
        let mut text = STREAMS[random.below(2)].to_owned();
        for _ in 0..=random.below(2) {
            text = if random.one_in(2) { other_name(&mut random, &text) } else { other_number(&mut random, &text) };
        }
        counts.add(&text);
    }
    let all = counts.unread > 100 && counts.clean > 50 && counts.missing > 100;
    assert!(all, "JUDGE_SEED={seed}: {counts:?}");
}

fn other_name(random: &mut Random, text: &str) -> String {
    let mut words: Vec<&str> = text.split('"').collect();
    // Between quotes every second piece is a name or a value.
    let odd = |random: &mut Random| random.below(words.len() / 2) * 2 + 1;
    let (one, other) = (odd(random), odd(random));
    match random.below(3) {
        0 => words.swap(one, other),
        1 => words[one] = words[other],
        _ => words[one] = WORDS[random.below(WORDS.len())],
    }
    words.join("\"")
}

fn other_number(random: &mut Random, text: &str) -> String {
    let is_digit = |at: usize| text.as_bytes()[at].is_ascii_digit();
    let starts: Vec<usize> = (1..text.len()).filter(|at| is_digit(*at) && !is_digit(at - 1)).collect();
    let start = starts[random.below(starts.len())];
    let end = (start..text.len()).find(|at| !is_digit(*at)).unwrap_or(text.len());
    [&text[..start], NUMBERS[random.below(NUMBERS.len())], &text[end..]].concat()
}

/// Swaps, drops and doubles words of the example: whatever comes out is refused with a line, or judged.
#[test]
fn a_broken_file_never_panics() {
    let words: Vec<&str> = STREAMS[0].split_inclusive([' ', '"', ',', ':', '[', '{']).collect();
    let (seed, mut judged) = (random::seed(), 0);
    let count = random::streams(2_000);
    for at in 0..count {
        let mut random = Random(seed.wrapping_add(at));
        let mut words = words.clone();
        for _ in 0..=random.below(3) {
            let (one, other) = (random.below(words.len()), random.below(words.len()));
            match random.below(3) {
                0 => words.swap(one, other),
                1 => drop(words.remove(one)),
                _ => words.insert(one, words[other]),
            }
        }
        match Stream::from_json(&words.concat()) {
            Ok(stream) => judged += judge::judge(&stream, &Rules::default()).to_string().len().min(1),
            Err(error) => assert!(error.line >= 1 && !error.problem.is_empty(), "{error}"),
        }
    }
    assert!(judged > 0 && (judged as u64) < count, "{judged} of {count} were still well formed");
}

#[test]
fn what_means_nothing_is_refused() {
    let submit = |signals: &str| {
        format!("{{\n\"events\": [\n{{\"submit\": \"graphics\", \"commands\": [], \"signals\": [\n{signals}]}}]}}")
    };
    let signal = |value: u64| format!("{{\"semaphore\": \"s\", \"value\": {value}}}");
    for (json, message) in [
        ("{\n\"events\": []}".to_owned(), "line 2: `events`: there is nothing to judge: no event"),
        (
            "{\"resources\": [\n{\"buffer\": \"b\", \"bytes\": 0}], \"events\": [\"idle\"]}".to_owned(),
            "line 2: `resources[0].bytes`: a buffer has at least one",
        ),
        (
            "{\"resources\": [\n{\"image\": \"i\", \"aspects\": \"NONE\"}], \"events\": [\"idle\"]}".to_owned(),
            "line 2: `resources[0].aspects`: an image has at least one",
        ),
        (
            "{\"queues\": [{\"name\": \"q\", \"family\": 0},\n{\"name\": \"q\", \"family\": 1}], \"events\": [\"idle\"]}".to_owned(),
            "line 2: `queues[1].name`: two queues have this name",
        ),
        (submit(&signal(0)), "line 4: `events[0].signals[0]`: a signal raises the value, which begins at 0"),
    ] {
        assert_eq!(Stream::from_json(&json).expect_err(&json).to_string(), message, "{json}");
    }
}

/// Who waits for what never comes is no mistake of the file but one of the stream: the verdict names it.
#[test]
fn a_wait_that_nothing_signals_is_in_the_verdict() {
    let json = "{\"events\": [{\"submit\": \"graphics\", \"waits\": [{\"semaphore\": \"uploads\", \"value\": 7}]},
        {\"host_wait\": \"downloads\", \"value\": 1}]}";
    let verdict = judge::judge(&Stream::from_json(json).expect("well formed"), &Rules::default());
    let told: Vec<(&str, Kind)> = verdict.missing.iter().map(|missing| (missing.name.as_str(), missing.kind)).collect();
    assert_eq!(told, [("uploads", Kind::NeverSignalled), ("downloads", Kind::NeverSignalled)], "{verdict}");
    assert!(verdict.to_string().contains("NEVER SIGNALLED"), "{verdict}");
}
