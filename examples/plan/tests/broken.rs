//! Broken files: whatever is in them, they are planned or refused, and nothing panics.

use clap::Parser as _;

use crate::Planned;
use crate::file;
use crate::judged::Judged;
use crate::options::Options;
use crate::tests::broken_bytes::broken_bytes;

const FRAMES: [&str; 3] = [
    include_str!("../../../graphics/tests/data/frames/deferred.json"),
    include_str!("../../../graphics/tests/data/frames/async_compute.json"),
    include_str!("../../../graphics/tests/data/frames/streaming.json"),
];

const WAYS: [&[&str]; 4] =
    [&[], &["--loop", "--policy", "merged-global"], &["--topology", "async", "--exact"], &["--topology", "transfer"]];

/// splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}

/// What became of a file.
#[derive(Debug, Default)]
struct Counts {
    unread: usize,
    unplanned: usize,
    judged: usize,
}

fn try_out(text: &str, way: &[&str], counts: &mut Counts) {
    let frame = match file::read(text) {
        Ok(frame) => frame,
        Err(error) => {
            assert!(error.contains("line "), "an error without its line: {error}");
            counts.unread += 1;
            return;
        }
    };
    let options = Options::parse_from([&["plan", "broken.json"], way].concat());
    match Planned::new(&frame, &options) {
        Ok(planned) => {
            let judged = Judged::new(&planned.input, &planned.plan, false);
            assert!(judged.is_clean(), "{way:?}: {}\n{}\n{text}", planned.plan, judged.verdict);
            counts.judged += 1;
        }
        Err(error) => {
            let error = error.downcast_ref().map(|error| file::locate(text, &frame, error));
            let error = error.expect("an error of the planner");
            assert!(error.starts_with("line "), "an error without its line: {error}");
            counts.unplanned += 1;
        }
    }
}

/// `FRAME_FILES` says how many, `FRAME_SEED` from where.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Bytes are swapped, dropped, doubled and replaced.
#[test]
fn broken_bytes_are_refused_with_a_line_or_planned() {
    let (seed, count, mut counts) = (number("FRAME_SEED", 1), number("FRAME_FILES", 2_000), Counts::default());
    for at in 0..count {
        let mut random = Random(seed.wrapping_add(at));
        let frame = FRAMES[random.below(3)];
        let bytes = broken_bytes(frame, &mut |end| random.below(end));
        let text = String::from_utf8(bytes).expect("the frames are plain, and so is what is put in");
        try_out(&text, WAYS[random.below(WAYS.len())], &mut counts);
    }
    assert!(counts.unread > 100, "FRAME_SEED={seed}: {counts:?}");
}

/// Whole values are swapped, so that many files are still read: other usages, other resources, other kinds, other lists.
#[test]
fn swapped_values_are_refused_with_a_line_or_planned_and_clean() {
    let (seed, count, mut counts) = (number("FRAME_SEED", 1), number("FRAME_FILES", 2_000), Counts::default());
    let words: Vec<Vec<&str>> = FRAMES.iter().map(|frame| frame.split('"').collect()).collect();
    for at in 0..count {
        let mut random = Random(seed.wrapping_add(at).wrapping_mul(31));
        let mut words = words[random.below(3)].clone();
        // Between quotes every second piece is a name or a value. What is far apart seldom fits.
        for _ in 0..=random.below(2) {
            let one = random.below(words.len() / 2) * 2 + 1;
            let other = match random.below(2) {
                0 => random.below(words.len() / 2) * 2 + 1,
                _ => (one + 8 * (1 + random.below(4))).min((words.len() / 2) * 2 - 1),
            };
            match random.below(3) {
                0 => words.swap(one, other),
                1 => words[one] = words[other],
                _ => {
                    words[one] =
                        ["", ".", "b_", "m0", "b_x.r9", "tex.m65535", "NONE", "HOST", "\\u0000"][random.below(9)];
                }
            }
        }
        try_out(&words.join("\""), WAYS[random.below(WAYS.len())], &mut counts);
    }
    assert!(counts.unread > 100 && counts.judged > 100, "FRAME_SEED={seed}: {counts:?}");
}

#[test]
fn a_missing_file_and_one_that_is_no_frame_are_errors() {
    let run = |file: &str| crate::run(&Options::parse_from(["plan", file])).map_err(|error| error.to_string());
    let error = run("no/such/frame.json").expect_err("there is none");
    assert!(error.starts_with("no/such/frame.json: "), "{error}");
    for (text, expected) in
        [("", "line 1"), ("[]", "line 1"), ("{\n\"usage\": {},\n\"frame\": 3}", "`frame`"), ("nonsense", "line 1")]
    {
        let error = file::read(text).err().unwrap_or_default();
        assert!(error.contains(expected), "{text}: {error}");
    }
}
