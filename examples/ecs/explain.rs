//! Where the time of a frame goes: why two systems wait, what is critical, what more threads would give; for people and for tools.
//!
//! `cargo run --release --example explain`

use std::thread;
use std::time::Duration;

use fencewright::{Helpers, Key, Schedule, Stage, SystemFn, World};
use fencewright_examples::print;

fn system(name: &str, ms: u64, reads: &[&'static str], writes: &[&'static str]) -> SystemFn {
    let system = SystemFn::new(name, move |_| {
        thread::sleep(Duration::from_millis(ms));
        Ok(())
    });
    let system = reads.iter().fold(system, |system, name| system.reads(Key::named(name)));
    writes.iter().fold(system, |system, name| system.writes(Key::named(name)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stage = Stage::new("frame")
        .system_fn(system("input", 1, &[], &["actions"]))
        .system_fn(system("physics", 4, &["actions"], &["positions"]))
        .system_fn(system("particles", 3, &["actions"], &["sparks"]))
        .system_fn(system("draw", 2, &["positions", "sparks"], &["picture"]))
        .system_fn(system("music", 2, &["actions"], &["sound"]));
    let mut schedule = Schedule::builder().stage(stage).build()?;
    schedule.record();
    schedule.set_budget(Some(Duration::from_micros(3_500)));
    schedule.run(&mut World::new())?;

    print(format_args!("{}\n\n", schedule.explain("input", "draw")?));
    print(format_args!("{}\n\n", schedule.explain("music", "physics")?));
    // Of the costs that the run has just shown.
    let report = schedule.report(&schedule.costs_ns(), 2, &[1, 2, 4], Helpers::Awake);
    print(format_args!("{report}\n{}\n", report.to_mermaid()));
    for overrun in schedule.overruns() {
        print(format_args!("{overrun}\n"));
    }
    let slices = schedule.take_recording();
    print(format_args!("\nfor https://ui.perfetto.dev:\n{}\n", slices.to_perfetto()));
    Ok(())
}
