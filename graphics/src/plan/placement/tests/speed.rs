//! How long placement takes; run in a release build.

use std::time::Instant;

use super::super::*;
use super::frames;
use super::random::{Random, problem};

/// Repeats a frame, one after another, as one long frame.
fn repeated(problem: &Problem, times: usize) -> Problem {
    let passes = problem.passes.len();
    let mut long = Problem { passes: problem.passes.repeat(times), dependencies: Vec::new() };
    let transitions = problem.dependencies.len() as u32;
    for time in 0..times {
        for dependency in &problem.dependencies {
            let mut dependency = *dependency;
            dependency.consumer += time * passes;
            if let Producer::Pass(pass) = &mut dependency.producer {
                *pass += time * passes;
            }
            if let Carrier::Transition(number) | Carrier::AfterTransition { transition: number, .. } =
                &mut dependency.carrier
            {
                *number += time as u32 * transitions;
            }
            long.dependencies.push(dependency);
        }
    }
    long
}

fn best_ns_per_pass(problem: &Problem) -> f64 {
    let choices = Choices::default();
    let rounds = (200_000 / problem.passes.len()).clamp(5, 2000);
    let mut best = f64::INFINITY;
    for _ in 0..rounds {
        let start = Instant::now();
        std::hint::black_box(place(problem, &choices));
        best = best.min(start.elapsed().as_nanos() as f64);
    }
    best / problem.passes.len() as f64
}

#[test]
#[ignore = "a measurement: run it alone, in a release build, with --nocapture"]
fn placement_takes_half_a_microsecond_per_pass() {
    for passes in [24, 240, 2_400, 24_000] {
        let frame = repeated(&frames::classic("deferred"), passes / 24);
        let random = problem(&mut Random::new(1), passes, passes * 3);
        let (frame, random) = (best_ns_per_pass(&frame), best_ns_per_pass(&random));
        println!("{passes:6} passes: frames {frame:7.0} ns per pass, random {random:7.0} ns per pass");
    }
}

#[test]
#[ignore = "x"]
fn phases() {
    for name in ["frame", "random"] { for times in [1usize, 10, 100] {
    let p = if name == "frame" { repeated(&frames::classic("deferred"), times) } else { problem(&mut Random::new(1), 24*times, 72*times) };
    let choices = Choices::default();
    let mut t = [f64::INFINITY; 6];
    let mut info = (0,0,0);
    for _ in 0..1000/times {
        let a = Instant::now();
        let mut kinds = kinds::Kinds::of(&p);
        let units = units::Units::of(&p, &choices, &mut kinds);
        let b = Instant::now();
        let fewest = Fewest::of(&p, choices.frame, &units);
        let c = Instant::now();
        let mut board = pairs::Board::new(&p, kinds, 512);
        let d = Instant::now();
        let solution = fewest.search(&mut board, &units, Effort::Nodes(1));
        let e = Instant::now();
        info = (board.kinds.all.len(), units.all.len(), solution.cost);
        std::hint::black_box(structures::arrange(&p, &board, &units, solution));
        let f = Instant::now();
        for (k, v) in [b-a, c-b, d-c, e-d, f-e].iter().enumerate() { t[k] = t[k].min(v.as_nanos() as f64 / p.passes.len() as f64); }
    }
    println!("{name} {} kinds,units,cost {info:?}: units {:.0} stab {:.0} board {:.0} search1 {:.0} arrange {:.0}", p.passes.len(), t[0], t[1], t[2], t[3], t[4]);
    }}
}

#[test]
#[ignore = "x"]
fn hot() {
    let p = repeated(&frames::classic("deferred"), 10);
    let choices = Choices::default();
    for _ in 0..20000 { std::hint::black_box(place(&p, &choices)); }
}
