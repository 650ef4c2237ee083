//! How long planning takes: run with `--release -- --ignored --nocapture`.
#![forbid(unsafe_code)]

mod support;

use std::time::Instant;

use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::Access;
use fencewright_graphics::plan::{Entry, Input, plan};

/// A frame of passes that each read what the two passes before wrote: alternately compute and raster.
fn frame(passes: usize) -> Input {
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
    support::input(resources, passes)
}

#[test]
#[ignore = "it measures: `cargo test --release --test plan_speed -- --ignored --nocapture`"]
fn planning_is_near_linear() {
    for passes in [24, 240, 2_400, 24_000] {
        let input = frame(passes);
        let rounds = (24_000 / passes).max(3);
        let best = (0..rounds).map(|_| {
            let start = Instant::now();
            let planned = plan(&input).expect("the frame can be planned");
            let elapsed = start.elapsed();
            assert!(!planned.calls.is_empty());
            elapsed
        });
        let best = best.min().expect("some rounds");
        println!("{passes:>6} passes: {:>7.0} ns a pass", best.as_nanos() as f64 / passes as f64);
    }
}
