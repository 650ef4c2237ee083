//! What it takes to build a schedule, and to change one that is in use.

use std::sync::Arc;
use std::time::Duration;

use fencewright::{Key, Schedule, Stage, SystemFn};

use crate::frames::Frame;
use crate::work::time;

const TRIES: usize = 15;

fn system(index: usize, frame: &Frame, keys: &[Key]) -> SystemFn {
    let touched = &frame.systems[index];
    let body = SystemFn::new(format!("s{index}"), |_| Ok(()));
    let body = touched.reads.iter().fold(body, |body, &read| body.reads(keys[read]));
    touched.writes.iter().fold(body, |body, &write| body.writes(keys[write]))
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Prints what a build takes, and what it takes to exchange one system for another in a schedule that is built.
pub fn builds() {
    let keys: Arc<[Key]> = (0..2048).map(|key| Key::named(Box::leak(format!("k{key}").into_boxed_str()))).collect();
    println!("| systems | resources | edges | build ms | exchange one, ms |\n| --- | --- | --- | --- | --- |");
    for (count, resources) in [(100, 64), (1000, 64), (1000, 512), (6000, 64), (6000, 2048)] {
        let frame = Frame::random(7, resources, &vec![0.0; count + TRIES]);
        let stage = || (0..count).fold(Stage::new("all"), |stage, index| stage.system_fn(system(index, &frame, &keys)));
        let mut built = Vec::new();
        let mut schedule = None;
        for _ in 0..TRIES {
            let stage = stage();
            built.push(time(|| schedule = Schedule::builder().stage(stage).build().ok()));
        }
        let mut schedule = schedule.expect("a schedule");
        let edges = schedule.graph().edges().len();
        let edited = (0..TRIES).map(|number| {
            let part = Stage::new("all").system_fn(system(count + number, &frame, &keys));
            let edit = schedule.edit().remove(format!("s{}", number * 3)).extend(part);
            time(|| edit.apply().expect("both are possible"))
        });
        let edited = median(edited.collect());
        println!("| {count} | {resources} | {edges} | {:.2} | {edited:.2} |", median(built));
    }
}
