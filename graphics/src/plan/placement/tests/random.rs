//! Random frames against the plain twin.

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use super::super::reorder::permuted;
use super::super::*;
use super::{brute, check};
use crate::plan::model::Scope;

/// A small generator with a seed.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % end
    }
}

const RASTER: S = S::from_raw(
    S::VERTEX_SHADER.as_raw()
        | S::EARLY_FRAGMENT_TESTS.as_raw()
        | S::FRAGMENT_SHADER.as_raw()
        | S::LATE_FRAGMENT_TESTS.as_raw()
        | S::COLOR_ATTACHMENT_OUTPUT.as_raw(),
);

const KINDS: [S; 5] = [RASTER, S::COMPUTE_SHADER, S::COPY, S::BLIT, RASTER];

/// Makes a frame with some dependencies for each pass.
pub(super) fn problem(random: &mut Random, passes: usize, dependencies: usize) -> Problem {
    let passes: Vec<S> = (0..passes).map(|_| KINDS[random.below(KINDS.len())]).collect();
    let mut problem = Problem { passes, dependencies: Vec::new(), ..Problem::default() };
    let mut transitions = 0;
    while problem.dependencies.len() < dependencies {
        one(random, &mut problem, &mut transitions);
    }
    problem
}

/// Adds some order through other queues, and transitions that can be one.
fn with_more(mut problem: Problem, random: &mut Random) -> Problem {
    let passes = problem.passes.len();
    problem.alike = problem.dependencies.iter().map(|_| [None, Some(0), Some(1)][random.below(3)]).collect();
    problem.can_stay = problem.dependencies.iter().map(|_| random.below(2) == 0).collect();
    for _ in 0..random.below(4) {
        let last = random.below(passes);
        let start = last + 1 + random.below(passes - last);
        let end = start + 1 + random.below(passes + 1 - start);
        let kind = KINDS[random.below(KINDS.len())];
        let stages = scope::second(some_stage(random, kind));
        problem.detours.push(Detour { last, after: start..end, stages });
    }
    problem
}

fn some_stage(random: &mut Random, of: S) -> S {
    let bits: Vec<S> = (0..64).map(|bit| S::from_raw(1 << bit)).filter(|bit| of.contains(*bit)).collect();
    bits[random.below(bits.len())]
}

fn one(random: &mut Random, problem: &mut Problem, transitions: &mut u32) {
    let n = problem.passes.len();
    let consumer = random.below(n + 1);
    let stages_of = |random: &mut Random, pass: usize, problem: &Problem| {
        some_stage(random, problem.passes.get(pass).copied().unwrap_or(S::ALL_TRANSFER))
    };
    let second = stages_of(random, consumer, problem);
    let producer = match random.below(5) {
        0 => Producer::PreviousFrame,
        1 if consumer < n => Producer::Outside,
        _ if consumer > 0 => {
            // Mostly near, so that intervals are of all lengths.
            let reach = 1 + random.below(consumer.min(6));
            Producer::Pass(consumer - reach)
        }
        _ => Producer::PreviousFrame,
    };
    let first = match producer {
        Producer::Pass(pass) => stages_of(random, pass, problem),
        Producer::PreviousFrame => {
            let kind = KINDS[random.below(5)];
            some_stage(random, kind)
        }
        Producer::Outside => S::NONE,
    };
    let scopes = |write: A, read: A| (Scope { stages: first, access: write }, Scope { stages: second, access: read });
    let (first, second) = scopes(A::MEMORY_WRITE, A::MEMORY_READ);
    let plain = Dependency { producer, consumer, first, second, carrier: Carrier::Memory(0) };
    match random.below(4) {
        0 => {
            let (first, second) = scopes(A::NONE, A::NONE);
            problem.dependencies.push(Dependency { first, second, ..plain });
        }
        1 => {
            let carrier = Carrier::Transition(*transitions);
            *transitions += 1;
            problem.dependencies.push(Dependency { carrier, ..plain });
            let reader = (random.below(3) == 0 && consumer > 0).then(|| {
                let pass = random.below(consumer);
                let first = Scope { stages: stages_of(random, pass, problem), access: A::NONE };
                Dependency { carrier, first, producer: Producer::Pass(pass), ..plain }
            });
            problem.dependencies.extend(reader);
            for _ in 0..random.below(3) {
                let later = consumer + random.below(n + 1 - consumer);
                let second = Scope { stages: stages_of(random, later, problem), access: A::MEMORY_READ };
                let carrier = Carrier::AfterTransition { transition: *transitions - 1, key: 0 };
                // What follows a transition comes after all that the transition waits for.
                for before in [Some(plain), reader].into_iter().flatten() {
                    problem.dependencies.push(Dependency { consumer: later, second, carrier, ..before });
                }
            }
        }
        2 => problem.dependencies.push(Dependency { carrier: Carrier::Memory(1), ..plain }),
        _ => problem.dependencies.push(plain),
    }
}

/// How many frames a test tries; more where `FENCEWRIGHT_PLACEMENT_FRAMES` says so.
fn frames(default: u64) -> u64 {
    std::env::var("FENCEWRIGHT_PLACEMENT_FRAMES").ok().and_then(|number| number.parse().ok()).unwrap_or(default)
}

#[test]
fn small_frames_are_placed_as_well_as_by_exhaustive_search() {
    for seed in 0..frames(4000) {
        let mut random = Random::new(seed);
        let (passes, dependencies) = (1 + random.below(8), 1 + random.below(14));
        let problem = with_more(problem(&mut random, passes, dependencies), &mut random);
        let frame = [Frame::Once, Frame::Repeats][random.below(2)];
        let later_readers = [LaterReaders::Chain, LaterReaders::Widen][random.below(2)];
        let joining = [Joining::Alone, Joining::InCall { key: 0 }][random.below(2)];
        let choices = Choices { frame, later_readers, joining, ..Choices::default() };
        let placement = place(&problem, &choices);
        check::check(&problem, &choices, &placement);
        let found = (check::calls(&placement).len(), false_pairs(&problem, &placement).len());
        assert_eq!(found, brute::optimum(&problem, &choices), "seed {seed}: {choices:?} {problem:#?}");
        assert!(placement.false_pairs_proven, "seed {seed}");
    }
}

#[test]
fn larger_frames_are_placed_within_their_intervals() {
    let mut fewer = 0;
    for seed in 0..frames(300) {
        let mut random = Random::new(seed);
        let passes = if seed % 50 == 0 { 700 } else { 9 + random.below(150) };
        let problem = with_more(problem(&mut random, passes, passes * 3), &mut random);
        let frame = [Frame::Once, Frame::Repeats][random.below(2)];
        let alone = Choices { frame, ..Choices::default() };
        let choices = Choices { joining: Joining::InCall { key: 0 }, ..alone };
        let placement = place(&problem, &choices);
        check::check(&problem, &choices, &placement);
        let apart = place(&problem, &alone);
        assert_eq!(check::calls(&placement), check::calls(&apart), "seed {seed}");
        assert!(placement.structures.len() <= apart.structures.len(), "seed {seed}");
        fewer += apart.structures.len() - placement.structures.len();
        let again = place(&problem, &choices);
        assert_eq!((&placement.structures, &placement.met), (&again.structures, &again.met), "seed {seed}");
    }
    assert!(fewer > 0, "structures are shared");
}

#[test]
fn a_better_order_is_an_order_with_no_worse_plan() {
    for seed in 0..frames(40) {
        let mut random = Random::new(seed);
        let passes = 2 + random.below(14);
        let problem = problem(&mut random, passes, passes * 2);
        let mut groups: Vec<usize> = (0..passes).map(|_| random.below(3)).collect();
        groups.sort_unstable();
        let choices = Choices::default();
        let order = reorder(&problem, &choices, &groups);
        assert!(order.is_sorted_by_key(|pass| groups[*pass]), "seed {seed}");
        let mut sorted = order.clone();
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..passes), "seed {seed}");
        let place_of = |pass: usize| order.iter().position(|one| *one == pass);
        for dependency in &problem.dependencies {
            if let (Producer::Pass(pass), true) = (dependency.producer, dependency.consumer < passes) {
                assert!(place_of(pass) < place_of(dependency.consumer), "seed {seed}");
            }
        }
        let value = |problem: &Problem| {
            let placement = place(problem, &choices);
            check::check(problem, &choices, &placement);
            (check::calls(&placement).len(), false_pairs(problem, &placement).len())
        };
        assert!(value(&permuted(&problem, &order)) <= value(&problem), "seed {seed}");
    }
}
