//! A rayon loop under a lock of the user's: a thread that waits in it runs whatever job it finds, and must not find another system that
//! wants the lock.

mod support;

use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fencewright::{Schedule, Stage, SystemFn, Threads, World};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use support::pool;

/// Fails if `work` does not return in time.
fn watched(work: impl FnOnce() + Send + 'static) {
    let (done, waits) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    match waits.recv_timeout(Duration::from_mins(1)) {
        Ok(()) | Err(RecvTimeoutError::Disconnected) => worker.join().expect("it does not panic"),
        Err(RecvTimeoutError::Timeout) => panic!("the run does not end"),
    }
}

fn schedule(threads: Threads) -> (Schedule, Arc<Mutex<u64>>) {
    let lock = Arc::new(Mutex::new(0));
    let stage = (0..8).fold(Stage::new("main"), |stage, number| {
        let lock = Arc::clone(&lock);
        stage.system_fn(SystemFn::new(format!("sum{number}"), move |_| {
            let mut sum = lock.lock().map_err(|_| "a system panicked")?;
            *sum += (0..256_u64).into_par_iter().map(std::hint::black_box).sum::<u64>();
            Ok(())
        }))
    });
    (Schedule::builder().stage(stage).threads(threads).build().expect("a schedule"), lock)
}

/// Lets each thread of a pool help once while it does nothing else: what begins deeper on its stack is known from then on.
fn acquaint(threads: Threads) {
    let stage = (0..16).fold(Stage::new("main"), |stage, number| {
        stage.system_fn(SystemFn::new(format!("rest{number}"), |_| {
            thread::sleep(Duration::from_millis(1));
            Ok(())
        }))
    });
    let mut schedule = Schedule::builder().stage(stage).threads(threads).build().expect("a schedule");
    (0..4).for_each(|_| schedule.run(&mut World::new()).expect("no system fails"));
}

#[test]
fn a_parallel_loop_under_the_users_lock_does_not_deadlock() {
    const RUNS: u64 = 200;
    for lanes in [1, 2, 4] {
        watched(move || {
            let threads = pool(lanes);
            let Threads::Pool(pool) = &threads else { unreachable!("a pool was asked for") };
            acquaint(threads.clone());
            let (mut schedule, sum) = schedule(threads.clone());
            for run in 0..RUNS {
                // From a member of the pool, and from outside.
                let world = &mut World::new();
                let outcome = if run % 2 == 0 { pool.install(|| schedule.run(world)) } else { schedule.run(world) };
                outcome.expect("no system fails");
            }
            assert_eq!(*sum.lock().expect("nobody panics"), RUNS * 8 * (255 * 256 / 2));
        });
    }
}
