//! Runs are recorded, written for Perfetto, shuffled and replayed.

mod support;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use fencewright::{Key, RunOrder, Schedule, Stage, SystemFn, Threads, World};

type Log = Arc<Mutex<Vec<usize>>>;

/// Makes twelve systems in two stages, of which each third has a hazard with the one before.
fn schedule(log: &Log, threads: Threads) -> Schedule {
    let keys: Vec<_> = ["a", "b", "c", "d"].into_iter().map(Key::named).collect();
    let system = |number: usize| {
        let log = Arc::clone(log);
        let system = SystemFn::new(format!("s{number}"), move |_| {
            log.lock().expect("no system panics here").push(number);
            Ok(())
        });
        if number.is_multiple_of(3) { system } else { system.writes(keys[number / 3]) }
    };
    let stage = |name, numbers: std::ops::Range<usize>| numbers.map(system).fold(Stage::new(name), Stage::system_fn);
    Schedule::builder()
        .stage(stage("early", 0..6))
        .stage(stage("late", 6..12).after("early"))
        .threads(threads)
        .build()
        .expect("the order is possible")
}

fn taken(log: &Log) -> Vec<usize> {
    std::mem::take(&mut *log.lock().expect("no system panics here"))
}

#[test]
fn a_seed_draws_legal_orders_and_repeats_them() {
    let log = Log::default();
    let mut world = World::new();
    let mut orders = |seed| {
        let mut schedule = schedule(&log, Threads::Inline);
        schedule.set_order(RunOrder::Shuffled { seed }).expect("a seed fits any schedule");
        let mut orders = Vec::new();
        for _ in 0..50 {
            schedule.run(&mut world).expect("nothing fails");
            orders.push(taken(&log));
        }
        orders
    };
    let drawn = orders(7);
    assert_eq!(drawn, orders(7), "the same seed, the same orders");
    assert_ne!(drawn, orders(8));
    assert!(drawn.iter().collect::<HashSet<_>>().len() > 40, "they differ");
    for order in &drawn {
        let place = |number| order.iter().position(|&one| one == number).expect("every system runs once");
        assert_eq!(order.len(), 12);
        assert!(
            [(1, 2), (4, 5), (7, 8), (10, 11)].iter().all(|&(first, second)| place(first) < place(second)),
            "{order:?}"
        );
    }
}

#[test]
fn a_recorded_run_is_replayed_in_its_order() {
    let log = Log::default();
    let mut world = World::new();
    let mut recorded = schedule(&log, Threads::Inline);
    recorded.set_order(RunOrder::Shuffled { seed: 3 }).expect("a seed fits any schedule");
    recorded.record();
    recorded.run(&mut world).expect("nothing fails");
    let order = taken(&log);
    let recording = recorded.take_recording();

    let mut replay = schedule(&log, support::pool(2));
    replay.set_order(RunOrder::Replayed(recording.runs()[0].clone())).expect("it is the same schedule");
    for _ in 0..3 {
        replay.run(&mut world).expect("nothing fails");
        assert_eq!(taken(&log), order);
    }
}

#[test]
fn what_failed_in_a_recorded_run_fails_in_the_replay() {
    let shared = Key::named("shared");
    let make = || {
        let fails = SystemFn::new("fails", |_| Err("on purpose".into())).writes(shared);
        let skipped = SystemFn::new("skipped", |_| Ok(())).writes(shared);
        let stage = Stage::new("main").system_fn(fails).system_fn(skipped).system_fn(SystemFn::new("free", |_| Ok(())));
        Schedule::builder().stage(stage).threads(Threads::Inline).build().expect("the order is possible")
    };
    let mut schedule = make();
    schedule.record();
    let error = schedule.run(&mut World::new()).expect_err("a system fails").to_string();
    let recording = schedule.take_recording();
    assert_eq!(recording.runs()[0].slices().len(), 2, "what was skipped did not run");
    let mut replay = make();
    replay.set_order(RunOrder::Replayed(recording.runs()[0].clone())).expect("it is the same schedule");
    assert_eq!(replay.run(&mut World::new()).expect_err("a system fails").to_string(), error);
}

#[test]
fn a_recording_of_another_schedule_is_refused() {
    let log = Log::default();
    let mut other = Schedule::builder().stage(Stage::new("main")).build().expect("an empty stage");
    other.record();
    other.run(&mut World::new()).expect("nothing fails");
    let recording = other.take_recording();
    let error = schedule(&log, Threads::Inline).set_order(RunOrder::Replayed(recording.runs()[0].clone()));
    assert_eq!(
        error.expect_err("it has no systems").to_string(),
        "the recording is of another schedule: it has 0 nodes, this one has 12; replay it on the schedule that it was made of"
    );
}

#[test]
fn a_trace_has_one_slice_for_each_system_and_run_and_none_overlaps_in_a_row() {
    const RUNS: usize = 20;
    let log = Log::default();
    let mut schedule = schedule(&log, support::pool(3));
    schedule.record();
    for _ in 0..RUNS {
        schedule.run(&mut World::new()).expect("nothing fails");
    }
    let trace: serde_json::Value =
        serde_json::from_str(&schedule.take_recording().to_perfetto()).expect("the trace is JSON");
    let events = trace["traceEvents"].as_array().expect("a list of events");
    let (mut seen, mut rows) = (HashSet::new(), BTreeMap::<u64, Vec<(f64, f64)>>::new());
    for event in events.iter().filter(|event| event["ph"] == "X") {
        let name = event["name"].as_str().expect("a name").to_owned();
        assert!(seen.insert((name, event["args"]["run"].as_u64())), "one slice for each system and run");
        let (start, length) = (event["ts"].as_f64().expect("a time"), event["dur"].as_f64().expect("a length"));
        rows.entry(event["tid"].as_u64().expect("a row")).or_default().push((start, start + length));
    }
    assert_eq!(seen.len(), 12 * RUNS);
    for row in rows.values_mut() {
        row.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Times are nanoseconds written as microseconds: reading them back may be off by less than one.
        assert!(row.windows(2).all(|pair| pair[0].1 <= pair[1].0 + 5e-4), "slices overlap");
    }
}
