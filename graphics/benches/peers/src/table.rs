//! The table, as `docs/benchmarks.md` has it.

use std::time::Duration;

use crate::Planner;
use crate::count::Counts;
use crate::frame::Frame;

pub(crate) fn print(frame: &Frame, planners: &[Box<dyn Planner>], counts: &[Counts], times: &[(Duration, Duration)]) {
    println!(
        "\n| {}, {} passes | calls | structures | transitions | false pairs | unordered | plan, us | record, us |",
        frame.name,
        frame.passes.len()
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for ((planner, counts), (planning, recording)) in planners.iter().zip(counts).zip(times) {
        let Counts { calls, structures, transitions, false_pairs, unordered, dependencies: _, passes: _ } = counts;
        let us = |time: &Duration| {
            if time.is_zero() { "in record".to_owned() } else { format!("{:.1}", time.as_secs_f64() * 1e6) }
        };
        println!(
            "| {} | {calls} | {structures} | {transitions} | {false_pairs} | {unordered} | {} | {} |",
            planner.name(),
            us(planning),
            us(recording)
        );
    }
}
