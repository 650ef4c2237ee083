//! A rayon loop under a lock of the user's: a thread that waits in it runs whatever job it finds, and must not find another system that
//! wants the lock, nor a piece of one's loop.
//!
//! Each test runs on pools that are fresh, so that no thread has helped before it executes a piece of a loop.

mod support;

use std::cell::Cell;
use std::hint;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Barrier, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use fencewright::{Schedule, Stage, SystemFn, Threads, World};
use support::pool;

/// How many fresh pools each test takes: few, unless the environment asks for more.
fn pools() -> usize {
    std::env::var("FENCEWRIGHT_POOLS").ok().and_then(|count| count.parse().ok()).unwrap_or(20)
}

/// Runs `work` with each number below [`pools`]; fails if one does not return in time.
fn watched(work: impl Fn(usize) + Send + 'static) {
    let (done, waits) = mpsc::channel();
    let worker = thread::spawn(move || {
        for number in 0..pools() {
            work(number);
            let _ = done.send(());
        }
    });
    for number in 0..pools() {
        match waits.recv_timeout(Duration::from_secs(30)) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("pool {number}: the run does not end"),
        }
    }
    worker.join().expect("it does not panic");
}

thread_local! {
    /// How many pieces of a system's rayon loop are on this thread's stack.
    static PIECES: Cell<usize> = const { Cell::new(0) };
}

/// Calls `f` as a piece of a system's rayon loop.
fn piece<R>(f: impl FnOnce() -> R) -> R {
    PIECES.set(PIECES.get() + 1);
    let result = f();
    PIECES.set(PIECES.get() - 1);
    result
}

/// A sum under a lock of the user's.
#[derive(Clone, Default)]
struct Sum(Arc<Mutex<u64>>);

impl Sum {
    /// Takes the lock. Where a piece of the loop that holds it waits below, this would wait for ever; so it says what is wrong instead.
    fn lock(&self) -> MutexGuard<'_, u64> {
        assert_eq!(PIECES.get(), 0, "this began on a thread that waits in a piece of another system's loop");
        self.0.lock().expect("no system panics")
    }
}

fn run(schedule: &mut Schedule) {
    schedule.run(&mut World::new()).expect("no system fails");
}

fn schedule(threads: &Threads, systems: usize, work: impl Fn(usize, &Threads) + Clone + Send + 'static) -> Schedule {
    let stage = (0..systems).fold(Stage::new("main"), |stage, number| {
        let work = work.clone();
        stage.system_fn(SystemFn::new(format!("system{number}"), move |cx| {
            work(number, cx.threads());
            Ok(())
        }))
    });
    Schedule::builder().stage(stage).threads(threads.clone()).build().expect("a schedule")
}

/// By chance: loops of many pieces that wait, on pools of two and four threads, from inside and from outside.
mod by_chance {
    use super::*;

    const DEPTH: u32 = 6;
    const LEAVES: u64 = 1 << DEPTH;
    const SYSTEMS: usize = 8;
    const RUNS: u64 = 3;

    /// Counts the leaves of a binary tree by `join`s: whose half is stolen waits, at each level.
    fn leaves(depth: u32) -> u64 {
        if depth == 0 {
            (0..200).for_each(|_| hint::spin_loop());
            return 1;
        }
        let (left, right) = rayon::join(|| piece(|| leaves(depth - 1)), || piece(|| leaves(depth - 1)));
        left + right
    }

    fn add_under_the_lock(sum: &Sum) {
        *sum.lock() += leaves(DEPTH);
    }

    fn run_inside_or_outside(number: usize, threads: &Threads, schedule: &mut Schedule) {
        let Threads::Pool(pool) = threads else { unreachable!("a pool was asked for") };
        if number.is_multiple_of(2) { pool.install(|| run(schedule)) } else { run(schedule) }
    }

    #[test]
    fn a_loop_under_the_users_lock_does_not_meet_another_system() {
        watched(|number| {
            for lanes in [1, 2, 4] {
                let (threads, sum) = (pool(lanes), Sum::default());
                let under_lock = sum.clone();
                let mut schedule = schedule(&threads, SYSTEMS, move |_, _| add_under_the_lock(&under_lock));
                (0..RUNS).for_each(|_| run_inside_or_outside(number, &threads, &mut schedule));
                assert_eq!(*sum.lock(), RUNS * SYSTEMS as u64 * LEAVES);
            }
        });
    }

    #[test]
    fn a_loop_under_the_users_lock_does_not_meet_a_system_of_another_schedule() {
        watched(|_| {
            for lanes in [2, 4] {
                let (threads, sum) = (pool(lanes), Sum::default());
                let start = Barrier::new(2);
                thread::scope(|scope| {
                    for _ in 0..2 {
                        scope.spawn(|| {
                            let under_lock = sum.clone();
                            let mut schedule = schedule(&threads, SYSTEMS, move |_, _| add_under_the_lock(&under_lock));
                            start.wait();
                            // From outside: where a pool begins an `install` is the pool's affair.
                            (0..RUNS).for_each(|_| run(&mut schedule));
                        });
                    }
                });
                assert_eq!(*sum.lock(), 2 * RUNS * SYSTEMS as u64 * LEAVES);
            }
        });
    }

    #[test]
    fn a_loop_under_the_users_lock_does_not_meet_a_piece_of_another_systems_loop() {
        const CALLS: usize = 16;
        watched(|number| {
            for lanes in [2, 4] {
                let (threads, sum) = (pool(lanes), Sum::default());
                let shared = sum.clone();
                let mut schedule = schedule(&threads, SYSTEMS, move |number, threads| {
                    if number % 2 == 0 {
                        add_under_the_lock(&shared);
                    } else {
                        threads.dispatch(CALLS, |_| *shared.lock() += 1);
                    }
                });
                (0..RUNS).for_each(|_| run_inside_or_outside(number, &threads, &mut schedule));
                assert_eq!(*sum.lock(), RUNS * SYSTEMS as u64 / 2 * (LEAVES + CALLS as u64));
            }
        });
    }
}

/// By force: a system holds the lock over a `join`, whose stolen half waits in a `join` of its own, and is the only thread of the
/// pool that is free when another schedule calls for helpers.
mod by_force {
    use super::*;

    /// How far the two have come.
    #[derive(Clone, Default)]
    struct Progress(Arc<[AtomicUsize; 3]>);

    /// The stolen half has begun; the half of it that was stolen back; the other schedule's systems, or its loop's calls.
    const STOLEN: usize = 0;
    const STOLEN_BACK: usize = 1;
    const OTHERS: usize = 2;

    impl Progress {
        fn note(&self, what: usize) {
            self.0[what].fetch_add(1, Ordering::AcqRel);
        }

        /// Waits until that many of `what` were noted, but not for ever.
        fn wait(&self, what: usize, count: usize, limit: Duration) {
            let since = Instant::now();
            while self.0[what].load(Ordering::Acquire) < count && since.elapsed() < limit {
                thread::yield_now();
            }
        }
    }

    const LONG: Duration = Duration::from_secs(5);
    /// Enough for a thread that looks for work to find it.
    const SHORT: Duration = Duration::from_millis(3);

    /// The loop under the lock. It needs two threads.
    fn loop_under_the_lock(sum: &Sum, progress: &Progress) {
        let mut sum = sum.lock();
        let stolen_half = || {
            piece(|| {
                progress.note(STOLEN);
                let stolen_back = || {
                    piece(|| {
                        progress.note(STOLEN_BACK);
                        progress.wait(OTHERS, 1, LONG);
                        // The other thread waits for this now, and finds the helper's job.
                        progress.wait(OTHERS, 2, SHORT);
                    });
                };
                rayon::join(|| progress.wait(STOLEN_BACK, 1, LONG), stolen_back);
            });
        };
        rayon::join(|| progress.wait(STOLEN, 1, LONG), stolen_half);
        *sum += 1;
    }

    /// Runs `other` on a thread of its own, or on one of the pool's, while two threads of the pool execute the loop and the rest do nothing.
    fn beside_the_loop(lanes: usize, inside: bool, other: impl FnOnce(&Threads, &Sum, &Progress) + Send) {
        let (threads, sum, progress) = (pool(lanes), Sum::default(), Progress::default());
        let Threads::Pool(of) = &threads else { unreachable!("a pool was asked for") };
        let over = Mutex::new(false);
        let mut holder = {
            let (sum, progress) = (sum.clone(), progress.clone());
            schedule(&threads, 1, move |_, _| loop_under_the_lock(&sum, &progress))
        };
        // Those of the pool that are not for the loop, and this one.
        let ready = Barrier::new(lanes - 1);
        let (threads, sum, progress) = (&threads, &sum, &progress);
        let other = || {
            progress.wait(STOLEN_BACK, 1, LONG);
            other(threads, sum, progress);
        };
        thread::scope(|scope| {
            let idle = lanes - 2 - usize::from(inside);
            for _ in 0..idle {
                scope.spawn(|| {
                    of.install(|| {
                        ready.wait();
                        while !*over.lock().expect("nobody panics") {
                            thread::yield_now();
                        }
                    });
                });
            }
            let other = scope.spawn(|| {
                if inside {
                    of.install(|| {
                        ready.wait();
                        other();
                    });
                } else {
                    other();
                }
            });
            ready.wait();
            of.install(|| run(&mut holder));
            other.join().expect("it does not panic");
            *over.lock().expect("nobody panics") = true;
        });
    }

    const CASES: [(usize, bool); 4] = [(2, false), (3, true), (4, false), (4, true)];

    #[test]
    fn a_loop_under_the_users_lock_does_not_meet_a_system() {
        watched(|_| {
            for (lanes, inside) in CASES {
                beside_the_loop(lanes, inside, |threads, sum, progress| {
                    let (sum, progress) = (sum.clone(), progress.clone());
                    run(&mut schedule(threads, 4, move |_, _| {
                        progress.note(OTHERS);
                        *sum.lock() += 1;
                    }));
                });
            }
        });
    }

    #[test]
    fn a_loop_under_the_users_lock_does_not_meet_a_piece_of_a_systems_loop() {
        watched(|_| {
            for (lanes, inside) in CASES {
                beside_the_loop(lanes, inside, |threads, sum, progress| {
                    let (sum, progress) = (sum.clone(), progress.clone());
                    run(&mut schedule(threads, 1, move |_, threads| {
                        threads.dispatch(4, |_| {
                            progress.note(OTHERS);
                            *sum.lock() += 1;
                        });
                    }));
                });
            }
        });
    }

    #[test]
    fn a_loop_under_the_users_lock_does_not_meet_a_piece_of_a_loop_outside_systems() {
        watched(|_| {
            for (lanes, inside) in CASES {
                beside_the_loop(lanes, inside, |threads, sum, progress| {
                    threads.dispatch(4, |_| {
                        progress.note(OTHERS);
                        *sum.lock() += 1;
                    });
                });
            }
        });
    }
}
