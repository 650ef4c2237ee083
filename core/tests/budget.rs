//! Systems that take longer than a frame can wait are named.

mod support;

use std::thread;
use std::time::Duration;

use fencewright::{Schedule, Stage, SystemFn, Threads, World};
use support::pool;

fn sleeps(name: &str, ms: u64) -> SystemFn {
    SystemFn::new(name, move |_| {
        thread::sleep(Duration::from_millis(ms));
        Ok(())
    })
}

#[test]
fn a_long_system_is_reported_with_its_name_and_run() {
    let budget = Duration::from_millis(5);
    for threads in [Threads::Inline, pool(2)] {
        let stage = Stage::new("main").system_fn(sleeps("load", 20)).system_fn(sleeps("decode", 20));
        let mut schedule = Schedule::builder().stage(stage).threads(threads).build().expect("a schedule");
        let mut world = World::new();
        schedule.run(&mut world).expect("no system fails");
        assert!(schedule.overruns().is_empty(), "there is no budget");

        schedule.set_budget(Some(budget));
        schedule.run(&mut world).expect("no system fails");
        let names: Vec<_> = schedule.overruns().iter().map(|overrun| (&*overrun.system, overrun.run)).collect();
        assert_eq!(names, [("load", 2), ("decode", 2)]);
        let text = schedule.overruns()[0].to_string();
        assert!(
            text.starts_with("system `load` took ") && text.contains(" in run 2, and its budget is 5ms; "),
            "{text}"
        );

        schedule.set_budget(Some(Duration::from_hours(1)));
        schedule.run(&mut world).expect("no system fails");
        assert!(schedule.overruns().is_empty());
    }
}

#[test]
fn a_system_that_fails_late_is_reported_as_well() {
    let late = SystemFn::new("late", |_| {
        thread::sleep(Duration::from_millis(10));
        Err("too late".into())
    });
    let mut schedule = Schedule::builder().stage(Stage::new("main").system_fn(late)).build().expect("a schedule");
    schedule.set_budget(Some(Duration::from_millis(1)));
    schedule.run(&mut World::new()).expect_err("it fails");
    assert_eq!(schedule.overruns().len(), 1);
}
