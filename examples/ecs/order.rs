//! Order that nobody asked for: found, allowed or denied; and every legal order tried, to find what a declaration leaves out.
//!
//! `cargo run --release --example order`

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use fencewright::{Key, RunOrder, Schedule, Stage, SystemFn, World};
use fencewright_examples::println;

fn system(name: &str, writes: &'static str) -> SystemFn {
    SystemFn::new(name, |_| Ok(())).writes(Key::named(writes))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Both write the camera. They run as they stand, always; but did anyone mean it?
    let stage = || Stage::new("camera").system_fn(system("follow", "camera")).system_fn(system("shake", "camera"));
    let schedule = Schedule::builder().stage(stage()).build()?;
    for pair in schedule.ambiguities() {
        println!("{pair}");
    }
    // In a schedule that denies it, nothing of the kind is built; one pair can be let through.
    let denied = Schedule::builder().stage(stage()).deny_ambiguities().build();
    println!("\n{}", denied.expect_err("there is one"));
    let allowed = Schedule::builder().stage(stage()).deny_ambiguities().allow_ambiguity("shake", "follow").build()?;
    assert!(allowed.ambiguities().is_empty());

    // Two systems share a counter behind the schedule's back: they declare nothing, so any order is legal.
    let hidden = Arc::new(AtomicU32::new(1));
    let (doubles, adds) = (Arc::clone(&hidden), Arc::clone(&hidden));
    let double = SystemFn::new("double", move |_| {
        doubles.store(doubles.load(Ordering::Relaxed) * 2, Ordering::Relaxed);
        Ok(())
    });
    let add = SystemFn::new("add", move |_| {
        adds.fetch_add(3, Ordering::Relaxed);
        Ok(())
    });
    let mut schedule = Schedule::builder().stage(Stage::new("main").system_fn(double).system_fn(add)).build()?;
    let mut results = Vec::new();
    for seed in 0..8 {
        hidden.store(1, Ordering::Relaxed);
        schedule.set_order(RunOrder::Shuffled { seed })?;
        schedule.run(&mut World::new())?;
        results.push(hidden.load(Ordering::Relaxed));
    }
    println!("\nshuffled, the hidden counter ends as {results:?}: a declaration is missing");
    assert!(results.contains(&5) && results.contains(&8));

    // A recorded run repeats, on one thread, in the order in which its systems started.
    schedule.record();
    schedule.run(&mut World::new())?;
    let recorded = schedule.take_recording().runs()[0].clone();
    schedule.set_order(RunOrder::Replayed(recorded))?;
    schedule.run(&mut World::new())?;
    Ok(())
}
