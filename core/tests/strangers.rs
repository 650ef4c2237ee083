//! A thread helps once it is known that it waits for no other system. The tests run one at a time: a run beside them would put that off.

mod support;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use fencewright::{Schedule, Stage, SystemFn, Threads, World};
use support::{Rendezvous, pool};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// On a busy machine a thread may come too late. Not each time.
const TRIES: usize = 20;

fn schedule(threads: Threads, systems: usize, work: impl Fn(usize) + Clone + Send + Sync + 'static) -> Schedule {
    let stage = (0..systems).fold(Stage::new("main"), |stage, number| {
        let work = work.clone();
        stage.system_fn(SystemFn::new(format!("system{number}"), move |_| {
            work(number);
            Ok(())
        }))
    });
    Schedule::builder().stage(stage).threads(threads).build().expect("a schedule")
}

fn run(schedule: &mut Schedule) {
    schedule.run(&mut World::new()).expect("no system fails");
}

/// Counts the threads inside, and remembers whether there was more than one.
#[derive(Clone, Default)]
struct Overlap(Arc<(AtomicUsize, AtomicBool)>);

impl Overlap {
    fn stay_for_a_moment(&self) {
        if self.0.0.fetch_add(1, Ordering::Relaxed) > 0 {
            self.0.1.store(true, Ordering::Relaxed);
        }
        thread::sleep(Duration::from_millis(1));
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }

    fn was_seen(&self) -> bool {
        self.0.1.load(Ordering::Relaxed)
    }
}

/// Keeps the threads of a pool busy until it is dropped.
struct Busy(Arc<AtomicBool>);

impl Busy {
    fn all(threads: &Threads) -> Self {
        let Threads::Pool(pool) = threads else { unreachable!("a pool was asked for") };
        let (over, begun) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        for _ in 0..pool.current_num_threads() {
            let (over, begun) = (Arc::clone(&over), Arc::clone(&begun));
            pool.spawn(move || {
                begun.fetch_add(1, Ordering::Relaxed);
                while !over.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
            });
        }
        while begun.load(Ordering::Relaxed) < pool.current_num_threads() {
            thread::yield_now();
        }
        Self(over)
    }

    fn end(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.end();
    }
}

#[test]
fn systems_overlap_in_the_first_run_on_an_idle_pool() {
    let _alone = alone();
    for inside in [false, true] {
        let overlap = (0..TRIES).any(|_| {
            let threads = pool(2);
            let meet = Arc::new((Rendezvous::default(), AtomicUsize::new(0)));
            let meeting = Arc::clone(&meet);
            let mut schedule = schedule(threads.clone(), 2, move |_| {
                meeting.1.fetch_add(usize::from(meeting.0.meet(2)), Ordering::Relaxed);
            });
            let Threads::Pool(pool) = &threads else { unreachable!("a pool was asked for") };
            if inside {
                pool.install(|| run(&mut schedule));
            } else {
                run(&mut schedule);
            }
            meet.1.load(Ordering::Relaxed) == 2
        });
        assert!(overlap, "inside the pool: {inside}");
    }
}

#[test]
fn the_pieces_of_a_loop_overlap_in_the_first_run_of_a_schedule_that_is_one_chain() {
    let _alone = alone();
    let overlap = (0..TRIES).any(|_| {
        let seen = Overlap::default();
        let here = seen.clone();
        let loops = SystemFn::new("loop", move |cx| {
            cx.threads().dispatch(16, |_| here.stay_for_a_moment());
            Ok(())
        });
        let stage = Stage::new("main").system_fn(loops);
        run(&mut Schedule::builder().stage(stage).threads(pool(2)).build().expect("a schedule"));
        seen.was_seen()
    });
    assert!(overlap);
}

#[test]
fn threads_that_are_busy_in_the_first_run_help_later_ones() {
    let _alone = alone();
    let threads = pool(2);
    let seen = Overlap::default();
    let here = seen.clone();
    let mut schedule = schedule(threads.clone(), 8, move |_| here.stay_for_a_moment());
    let busy = Busy::all(&threads);
    run(&mut schedule);
    assert!(!seen.was_seen(), "nobody is free");
    drop(busy);
    let helped = (0..TRIES).any(|_| {
        run(&mut schedule);
        seen.was_seen()
    });
    assert!(helped);
}

#[test]
fn threads_that_are_busy_when_a_run_begins_help_it_later() {
    let _alone = alone();
    let helped = (0..TRIES).any(|_| {
        let threads = pool(2);
        let busy = Arc::new(Busy::all(&threads));
        let seen = Overlap::default();
        let here = seen.clone();
        let mut schedule = schedule(threads.clone(), 40, move |number| {
            // Other systems may be before it: their order is the plan's.
            if number == 20 {
                busy.end();
            }
            here.stay_for_a_moment();
        });
        run(&mut schedule);
        seen.was_seen()
    });
    assert!(helped);
}

#[test]
fn a_schedule_in_a_system_of_one_that_is_a_chain_is_helped() {
    let _alone = alone();
    let threads = pool(2);
    let seen = Overlap::default();
    let here = seen.clone();
    let mut inner = schedule(threads.clone(), 8, move |_| here.stay_for_a_moment());
    let outer = SystemFn::new("outer", move |_| {
        run(&mut inner);
        // Longer than a stranger stays.
        thread::sleep(Duration::from_millis(5));
        Ok(())
    });
    let stage = Stage::new("main").system_fn(outer);
    let mut outer = Schedule::builder().stage(stage).threads(threads).build().expect("a schedule");
    let helped = (0..TRIES).any(|_| {
        run(&mut outer);
        seen.was_seen()
    });
    assert!(helped);
}

#[test]
fn a_schedule_beside_one_that_always_runs_is_helped() {
    let _alone = alone();
    let over = AtomicBool::new(false);
    let seen = Overlap::default();
    let here = seen.clone();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut beside = schedule(Threads::Inline, 1, |_| thread::sleep(Duration::from_millis(1)));
            while !over.load(Ordering::Relaxed) {
                run(&mut beside);
            }
        });
        let mut schedule = schedule(pool(2), 8, move |_| here.stay_for_a_moment());
        for _ in 0..TRIES {
            thread::sleep(Duration::from_millis(1));
            run(&mut schedule);
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(seen.was_seen());
}
