//! Conditions, change detection, commands, failures and systems that have the whole world: random schedules against a plain
//! model of the documentation that shares no code with the scheduler.

mod model;
mod scheduled;
#[path = "../support/mod.rs"]
mod support;

use fencewright::{RunOrder, Threads};
use support::{Random, pool};

use crate::model::modelled;
use crate::scheduled::scheduled;

const TYPES: usize = 3;

/// How often a schedule runs.
const RUNS: usize = 6;

/// What a condition asks.
#[derive(Clone, Copy, Debug)]
enum Ask {
    /// Whether the resource is odd; an error if it ends in five zeros and a one, in binary.
    Odd(usize),
    /// Nothing: every so many times it says no.
    Every(u32),
    /// Whether the type has changed.
    Changed(usize),
}

/// What a system does.
#[derive(Clone, Debug)]
struct Does {
    salt: u64,
    reads: [bool; TYPES],
    writes: [bool; TYPES],
    whole: bool,
    /// The type that its commands are about.
    commands: Option<usize>,
    asks: Vec<Ask>,
}

#[derive(Clone, Debug)]
struct StageDoes {
    asks: Vec<Ask>,
    systems: Vec<Does>,
}

/// What each system of the program saw in each of its runs, with the outcome of runs and the state at the end.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// For each system in program order; those that are conditions see nothing.
    logs: Vec<Vec<u64>>,
    /// For each run: who failed, and who was skipped.
    outcomes: Vec<(Vec<usize>, Vec<usize>)>,
    cells: [u64; TYPES],
    components: [Vec<u64>; TYPES],
}

const fn mix(x: u64, y: u64) -> u64 {
    let x = (x ^ y).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^ x >> 29
}

fn random_frame(seed: u64) -> Vec<StageDoes> {
    let mut random = Random(seed);
    let ask = |random: &mut Random| match random.below(4) {
        0 => Ask::Odd(random.below(3) as usize),
        1 => Ask::Every(2 + random.below(3) as u32),
        _ => Ask::Changed(random.below(3) as usize),
    };
    let system = |random: &mut Random| {
        let whole = random.below(14) == 0;
        let mut writes = [(); TYPES].map(|()| !whole && random.below(4) == 0);
        let reads = [(); TYPES].map(|()| !whole && random.below(3) == 0);
        // What is read and written is written.
        writes.iter_mut().zip(reads).for_each(|(write, read)| *write &= !read);
        let commands = (random.below(8) == 0).then(|| random.below(3) as usize);
        let asks = (0..random.below(4).saturating_sub(1)).map(|_| ask(random)).collect();
        Does { salt: random.next(), reads, writes, whole, commands, asks }
    };
    (0..=random.below(3))
        .map(|_| StageDoes {
            asks: (0..random.below(4).saturating_sub(1)).map(|_| ask(&mut random)).collect(),
            systems: (0..random.below(9)).map(|_| system(&mut random)).collect(),
        })
        .collect()
}

#[test]
fn a_run_is_what_the_documentation_says() {
    let pools = [1, 2, 4, 8].map(pool);
    let (mut failed, mut ran) = (0, 0);
    let seeds = if cfg!(miri) { 4 } else { 150 };
    for seed in 0..seeds {
        let frame = random_frame(seed);
        let wanted = modelled(&frame);
        failed += usize::from(wanted.outcomes.iter().any(|(failed, _)| !failed.is_empty()));
        ran += wanted.logs.iter().map(Vec::len).sum::<usize>();
        assert_eq!(wanted, scheduled(&frame, Threads::Inline, RunOrder::Free), "seed {seed}, inline: {frame:#?}");
        for shuffle in 0..4 {
            let order = RunOrder::Shuffled { seed: seed ^ shuffle << 32 };
            assert_eq!(wanted, scheduled(&frame, Threads::Inline, order), "seed {seed}, shuffle {shuffle}");
        }
        for pool in &pools {
            let seen = scheduled(&frame, pool.clone(), RunOrder::Free);
            assert_eq!(wanted, seen, "seed {seed}, {} threads", pool.lanes());
        }
    }
    assert!(cfg!(miri) || (failed > 30 && ran > 2_500), "{failed} frames fail, {ran} runs of systems");
}
