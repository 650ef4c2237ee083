//! How long placement takes; run in a release build.

use std::time::Instant;

use super::super::*;
use super::frames;
use super::random::{Random, problem};

/// Repeats a frame, one after another, as one long frame.
fn repeated(problem: &Problem, times: usize) -> Problem {
    let passes = problem.passes.len();
    let mut long = Problem { passes: problem.passes.repeat(times), dependencies: Vec::new(), ..Problem::default() };
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
