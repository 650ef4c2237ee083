//! Systems that stay on the thread that runs the schedule.

mod support;

use std::cell::Cell;
use std::rc::Rc;
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use fencewright::prelude::*;
use fencewright::{Key, SystemFn};
use support::pool;

struct Shared(u32);

#[derive(System)]
#[writes(Shared)]
struct Window {
    runs: Rc<Cell<u32>>,
    thread: ThreadId,
}

impl Run for Window {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        assert_eq!(std::thread::current().id(), self.thread);
        self.runs.set(self.runs.get() + 1);
        cx.write::<Shared>()?.0 += 1;
        Ok(())
    }
}

#[test]
fn a_main_thread_system_runs_where_the_schedule_is_run() {
    let runs = Rc::new(Cell::new(0));
    let window = || Window { runs: Rc::clone(&runs), thread: std::thread::current().id() };
    let work = |name: &str| {
        SystemFn::new(name, |_| {
            let start = Instant::now();
            while !cfg!(miri) && start.elapsed() < Duration::from_micros(50) {}
            Ok(())
        })
    };
    let add = SystemFn::new("add", |cx| {
        cx.write::<Shared>()?.0 += 1;
        Ok(())
    });
    let mut stage = Stage::new("one").main_thread(window()).system_fn(add.writes(Key::of::<Shared>("Shared")));
    for index in 0..8 {
        stage = stage.system_fn(work(&format!("work{index}"))).main_thread(window());
    }
    let mut schedule = Schedule::builder()
        .stage(Stage::new("zero").system_fn(work("early")))
        .local_stage(stage)
        .threads(pool(2))
        .build()
        .expect("two stages");
    assert!(schedule.program().systems()[1].is_on_main_thread());
    let mut world = World::new();
    world.insert(Shared(0));
    let times = if cfg!(miri) { 2 } else { 100 };
    for _ in 0..times {
        schedule.run(&mut world).expect("no system fails");
    }
    assert_eq!(runs.get(), 9 * times);
    assert_eq!(world.get::<Shared>().map(|shared| shared.0), Some(10 * times));
}
