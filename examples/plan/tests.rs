//! The three frames: their figures, and every mutant of their plans before the judge.

mod broken;
#[path = "../../graphics/tests/support/broken_bytes.rs"]
mod broken_bytes;
mod handed_over;

use clap::Parser as _;

use fencewright_graphics::plan::{Effort, plan_with_report};
use fencewright_graphics::usage::stage_names;

use crate::Planned;
use crate::judged::Judged;
use crate::mutate::{self, Kind};
use crate::options::Options;

const FRAMES: [&str; 3] = ["deferred", "async_compute", "streaming"];

fn planned(frame: &str, more: &[&str]) -> Planned {
    let file = format!("{}/../graphics/tests/data/frames/{frame}.json", env!("CARGO_MANIFEST_DIR"));
    let options = Options::parse_from([&["plan", &file], more].concat());
    let text = std::fs::read_to_string(&options.file).expect("the frame can be read");
    Planned::new(&crate::file::read(&text).expect("it is a frame"), &options).expect("the frame can be planned")
}

fn figures(more: &[&str]) -> [(usize, usize, bool, bool); 3] {
    FRAMES.map(|frame| {
        let planned = planned(frame, more);
        let clean = Judged::new(&planned.input, &planned.plan, false).is_clean();
        let report = planned.report;
        (report.calls, report.false_pairs.len(), report.false_pairs_proven, clean)
    })
}

#[test]
fn plans_have_the_fewest_calls_and_false_pairs_and_are_clean() {
    assert_eq!(figures(&[]), [(21, 12, true, true), (6, 4, true, true), (8, 0, true, true)]);
    let general = figures(&["--policy", "unified-layouts"]);
    assert_eq!(general, [(21, 12, true, true), (6, 4, true, true), (8, 0, true, true)]);
    let merged = figures(&["--policy", "merged-global"]);
    assert_eq!(merged, [(21, 12, true, true), (6, 4, true, true), (8, 0, true, true)]);
}

#[test]
fn loops_save_a_call() {
    assert_eq!(figures(&["--loop"]), [(20, 12, true, true), (5, 4, true, true), (8, 0, true, true)]);
}

#[test]
fn a_better_order_orders_less() {
    assert_eq!(figures(&["--reorder"]), [(21, 0, true, true), (6, 1, true, true), (8, 0, true, true)]);
}

/// Returns how many mutants there are, and those that the judge did not notice.
fn mutants(kind: Kind, way: &[&str]) -> (usize, Vec<String>) {
    let (mut all, mut alive) = (0, Vec::new());
    for frame in FRAMES {
        let planned = planned(frame, way);
        for (words, mutant) in mutate::mutants(&planned.input, &planned.plan, kind) {
            all += 1;
            if Judged::new(&planned.input, &mutant, false).is_clean() {
                alive.push(format!("{frame} {way:?}: {words}"));
            }
        }
    }
    (all, alive)
}

#[test]
fn every_mutant_is_noticed() {
    for (name, kind) in Kind::ALL {
        let mut all = 0;
        for way in [&["--exact"][..], &["--exact", "--loop"], &["--exact", "--reorder"]] {
            let (count, alive) = mutants(kind, way);
            assert!(alive.is_empty(), "mutants of kind {name} that the judge did not notice: {alive:#?}");
            all += count;
        }
        assert!(all >= 100, "{all} mutants of kind {name}");
    }
}

#[test]
fn every_mutant_of_merged_barriers_is_noticed() {
    for (name, kind) in Kind::ALL {
        for policy in ["merged-global", "unified-layouts"] {
            let (_, alive) = mutants(kind, &["--exact", "--policy", policy]);
            assert!(alive.is_empty(), "{name}, {policy}: {alive:#?}");
            let (_, mut alive) = mutants(kind, &["--exact", "--policy", policy, "--loop"]);
            // What the file says was used before by another frame, the judge sees used before both of its frames, where
            // the first one orders it as well.
            alive.retain(|words| !(words.starts_with("streaming") && words.contains("structure 2 of the call at END")));
            assert!(alive.is_empty(), "{name}, {policy}: {alive:#?}");
        }
    }
}

/// Calls, waits, ownership transfers, submissions, false pairs; the stages of the waits; whether the judge misses nothing.
fn figures_of_queues(frame: &str, more: &[&str]) -> ([usize; 5], Vec<String>, bool) {
    let planned = planned(frame, more);
    let alias = more.contains(&"--alias");
    let clean = Judged::new(&planned.input, &planned.plan, alias).is_clean();
    let waits = planned.plan.submissions.iter().flat_map(|submission| &submission.waits);
    let stages = waits.map(|wait| stage_names(wait.stages).to_string()).collect();
    let report = planned.report;
    let false_pairs = report.false_pairs.len();
    let counts = [report.calls, report.timeline_waits, report.ownership_pairs, report.submissions, false_pairs];
    (counts, stages, clean)
}

#[test]
fn frames_on_several_queues_have_few_waits_transfers_and_calls() {
    let two = |first: &str, second: &str| vec![first.to_owned(), second.to_owned()];
    let compute = two("COMPUTE_SHADER", "FRAGMENT_SHADER");
    let shared = ["--topology", "async", "--concurrent", "--policy", "unified-layouts"];
    let found = figures_of_queues("async_compute", &["--topology", "async"]);
    assert_eq!(found, ([8, 2, 6, 4, 1], compute.clone(), true));
    assert_eq!(figures_of_queues("async_compute", &shared), ([5, 2, 0, 4, 1], compute.clone(), true));
    // `ssao` waits for `gbuffer` alone, where that comes first: `shadow` may go on beside it.
    let ways = ["--topology", "async", "--reorder"];
    assert_eq!(figures_of_queues("async_compute", &ways), ([8, 2, 6, 4, 1], compute.clone(), true));
    let order: Vec<_> = planned("async_compute", &ways).plan.passes.iter().map(|pass| pass.name.to_string()).collect();
    assert_eq!(order[..3], ["gbuffer", "shadow", "ssao"]);
    let found = figures_of_queues("async_compute", &["--topology", "async", "--alias"]);
    assert_eq!(found, ([6, 2, 0, 4, 1], compute, true));
    let drawn = vec!["INDEX_INPUT".to_owned()];
    let found = figures_of_queues("streaming", &["--topology", "transfer"]);
    assert_eq!(found, ([10, 1, 4, 3, 0], drawn, true));
    // Without a compute queue, its passes run on the first.
    assert_eq!(figures_of_queues("async_compute", &["--topology", "transfer"]), ([6, 0, 0, 1, 4], vec![], true));
}

#[test]
fn every_mutant_of_queues_is_noticed() {
    let ways: [&[&str]; 3] = [
        &["--exact", "--topology", "async"],
        &["--exact", "--topology", "async", "--concurrent"],
        &["--exact", "--topology", "transfer"],
    ];
    for (name, kind) in Kind::OF_QUEUES.into_iter().chain(Kind::ALL) {
        let (mut all, mut alive) = (0, Vec::new());
        for way in ways {
            let (some, left) = mutants(kind, way);
            all += some;
            alive.extend(left);
        }
        // A wait without a barrier behind it names all stages of its accesses, as validation layers want it, although it holds
        // back logically later ones in any case.
        alive.retain(|mutant| kind != Kind::WaitStage || !mutant.contains("concurrent"));
        assert!(alive.is_empty(), "mutants of kind {name} that the judge did not notice: {alive:#?}");
        assert!(all >= 5, "{all} mutants of kind {name}");
    }
}

#[test]
fn a_mutation_that_is_not_there_is_told_where_there_are_some() {
    let file = format!("{}/../graphics/tests/data/frames/streaming.json", env!("CARGO_MANIFEST_DIR"));
    let error = |mutation: &str| {
        let mutation = format!("--mutate={mutation}");
        let options = Options::try_parse_from(["plan", &file, &mutation]).map_err(|error| error.to_string());
        options.and_then(|options| crate::run(&options).map_err(|error| error.to_string())).expect_err(&mutation)
    };
    for number in ["-1", "8", "9223372036854775807"] {
        let expected = format!("there is no `--mutate call:{number}`; in this plan N is from 0 to 7");
        assert_eq!(error(&format!("call:{number}")), expected);
    }
    assert_eq!(error("wait:0"), "`--mutate wait:0`: this plan has nothing of kind `wait` to break");
    for (mutation, expected) in [
        ("call:x", "`x` is no number; count from 0, as in `call:0`"),
        ("call", "a mutation is KIND:N, as in struct:0"),
        ("calls:1", "unknown kind `calls`; there are call, struct"),
    ] {
        let text = error(mutation);
        assert!(text.contains(expected), "{mutation}: {text}");
    }
}

/// Calls, structures and false pairs of vulkano-taskgraph, vk-graph and wgpu for the same frames without the screen, each as it
/// finds what it leaves: what they record (`docs/benchmarks.md`).
const PEERS: [[[usize; 3]; 3]; 3] = [
    [[23, 42, 21], [24, 65, 21], [20, 49, 12]],
    [[5, 18, 6], [8, 22, 8], [7, 19, 8]],
    [[7, 16, 0], [12, 31, 20], [9, 24, 0]],
];

#[test]
fn nobody_records_fewer_calls_structures_or_false_pairs() {
    let found = FRAMES.map(|name| {
        let file = format!("{}/../graphics/tests/data/frames/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let mut frame =
            crate::file::read(&std::fs::read_to_string(&file).expect("the frame can be read")).expect("it is a frame");
        frame.present = None;
        let mut planned = Planned::new(&frame, &Options::parse_from(["plan", &file])).expect("it can be planned");
        planned.input.options.effort = Effort::default();
        let (_, report) = plan_with_report(&planned.input).expect("it can be planned");
        [report.calls, report.structures, report.false_pairs.len()]
    });
    assert_eq!(found, [[20, 39, 12], [5, 18, 4], [7, 15, 0]]);
    for (ours, peers) in found.iter().zip(PEERS) {
        for peer in peers {
            assert!(ours.iter().zip(peer).all(|(ours, peer)| *ours <= peer), "{ours:?} {peer:?}");
        }
    }
}

#[test]
fn a_loop_over_several_queues_is_told_what_to_leave_out() {
    let file = format!("{}/../graphics/tests/data/frames/streaming.json", env!("CARGO_MANIFEST_DIR"));
    let options = Options::parse_from(["plan", &file, "--loop", "--topology", "async"]);
    let error = crate::run(&options).expect_err("it is planned alone").to_string();
    assert!(error.starts_with(&file) && error.ends_with("leave out `--loop` or `--topology`"), "{error}");
}
