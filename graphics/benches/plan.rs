//! How long planning takes: `cargo bench -p fencewright-graphics --bench plan`.
//!
//! Whole planning, from declarations to calls with their reasons; the judge's look at the plan; and what a frame costs whose
//! declarations did not change, which is a comparison with the input of the plan that is kept.
#![forbid(unsafe_code)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::hint::black_box;
use std::time::{Duration, Instant};

use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::judge::Rules;
use fencewright_graphics::plan::{Effort, Entry, Input, Options, plan};
use fencewright_graphics::{Access, verify};

/// A frame of passes that each read what the two passes before wrote: alternately compute and raster.
fn frame(passes: usize, effort: Effort) -> Input {
    let write = support::row("write", S::COMPUTE_SHADER, A::SHADER_STORAGE_WRITE, L::GENERAL);
    let draw = support::row("draw", S::COLOR_ATTACHMENT_OUTPUT, A::COLOR_ATTACHMENT_WRITE, L::ATTACHMENT_OPTIMAL);
    let sample = support::row("sample", S::COMPUTE_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL);
    let sample_in_draw = support::row("sample", S::FRAGMENT_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL);
    let resources: Vec<_> =
        (0..passes).map(|index| support::image(&format!("image {index}"), 1, 1, Entry::Undefined)).collect();
    let pass = |index: usize| {
        let (write, read) = if index.is_multiple_of(2) { (write, sample) } else { (draw, sample_in_draw) };
        let whole = |of: usize| resources[of].shape.whole();
        let mut accesses = vec![support::access(index, write, Access::Write, whole(index))];
        let earlier = index.saturating_sub(2)..index;
        accesses.extend(earlier.map(|earlier| support::access(earlier, read, Access::Read, whole(earlier))));
        support::pass(&format!("pass {index}"), accesses)
    };
    let passes = (0..passes).map(pass).collect();
    Input { options: Options { effort, ..Options::default() }, ..support::input(resources, passes) }
}

/// Returns the median of some runs.
fn median(rounds: usize, mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[rounds / 2]
}

fn main() {
    println!("{:>6}  {:>12} {:>12} {:>12} {:>12}   ns per pass", "passes", "plan", "judge", "equal input", "hash");
    for passes in [24, 240, 2_400, 24_000] {
        let input = frame(passes, Effort::Proportional);
        let kept = input.clone();
        let planned = plan(&input).expect("the frame can be planned");
        let rounds = (48_000 / passes).max(5);
        let per_pass = |time: Duration| time.as_nanos() as f64 / passes as f64;
        let planning = median(rounds, || drop(black_box(plan(black_box(&input)))));
        let judging = median(3, || assert!(verify::verify(&input, &planned, &Rules::default()).is_clean()));
        let comparing = median(rounds, || assert!(black_box(&input) == black_box(&kept)));
        let hashing = median(rounds, || {
            let mut hasher = DefaultHasher::new();
            black_box(&input).hash(&mut hasher);
            black_box(hasher.finish());
        });
        println!(
            "{passes:>6}  {:>12.0} {:>12.0} {:>12.0} {:>12.0}",
            per_pass(planning),
            per_pass(judging),
            per_pass(comparing),
            per_pass(hashing)
        );
    }
    for passes in [24, 240] {
        let input = frame(passes, Effort::Steps(100_000));
        let time = median(5, || drop(black_box(plan(black_box(&input)))));
        println!("{passes:>6}  {:>12.0} with `Effort::Steps(100_000)`", time.as_nanos() as f64 / passes as f64);
    }
}
