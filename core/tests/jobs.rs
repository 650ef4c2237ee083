//! Jobs: closures and derived types, on any threads.

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fencewright::{Job, Threads};
use support::pool;

type Log = Arc<Mutex<Vec<u32>>>;

#[derive(Job)]
struct Plain(u32, Log);

impl Plain {
    fn run(self) {
        self.1.lock().expect("nobody panics").push(self.0);
    }
}

#[derive(Job)]
#[job(method = "decode")]
struct Generic<T: Into<u32> + Send>(T, Log);

impl<T: Into<u32> + Send> Generic<T> {
    fn decode(self) {
        self.1.lock().expect("nobody panics").push(self.0.into());
    }
}

fn sorted(log: &Log) -> Vec<u32> {
    let mut all = std::mem::take(&mut *log.lock().expect("nobody panics"));
    all.sort_unstable();
    all
}

#[test]
fn derived_jobs_call_their_own_method() {
    for threads in [Threads::Inline, pool(1), pool(3)] {
        let log = Log::default();
        threads.join_all((0..20).map(|number| Plain(number, Arc::clone(&log))));
        assert_eq!(sorted(&log), (0..20).collect::<Vec<_>>());
        threads.join_all((0..20_u8).map(|number| Generic(number, Arc::clone(&log))));
        assert_eq!(sorted(&log), (0..20).collect::<Vec<_>>());
    }
}

#[test]
fn inline_jobs_run_in_order() {
    let log = Log::default();
    Threads::Inline.join_all((0..20).map(|number| Plain(number, Arc::clone(&log))));
    assert_eq!(*log.lock().expect("nobody panics"), (0..20).collect::<Vec<_>>());
}

#[test]
fn a_job_that_panics_reaches_who_joins_and_the_pool_goes_on() {
    for threads in [pool(1), pool(2)] {
        let jobs = (0..8).map(|number| move || assert_ne!(number, 3, "job three"));
        let caught = catch_unwind(AssertUnwindSafe(|| threads.join_all(jobs)));
        let payload = caught.expect_err("one panics");
        assert!(payload.downcast_ref::<String>().is_some_and(|text| text.contains("job three")));
        let ran = AtomicUsize::new(0);
        for _ in 0..if cfg!(miri) { 5 } else { 100 } {
            threads.join_all([|| {
                ran.fetch_add(1, Ordering::Relaxed);
            }]);
        }
        assert_eq!(ran.into_inner(), if cfg!(miri) { 5 } else { 100 });
    }
}

#[test]
fn jobs_join_jobs_on_one_thread_without_a_deadlock() {
    fn nested(threads: &Threads, depth: u32, ran: &AtomicUsize) {
        ran.fetch_add(1, Ordering::Relaxed);
        if depth > 0 {
            threads.join_all([0, 1].map(|_| || nested(threads, depth - 1, ran)));
        }
    }
    let depth = if cfg!(miri) { 3 } else { 8 };
    for lanes in [1, 2] {
        let (threads, ran) = (pool(lanes), AtomicUsize::new(0));
        nested(&threads, depth, &ran);
        let Threads::Pool(pool) = &threads else { unreachable!("a pool was asked for") };
        pool.install(|| nested(&threads, depth, &ran));
        assert_eq!(ran.into_inner(), 2 * ((1 << (depth + 1)) - 1));
    }
}

#[test]
fn a_pool_that_is_dropped_still_runs_what_was_spawned() {
    let (done, waits) = std::sync::mpsc::channel();
    let Threads::Pool(pool) = pool(1) else { unreachable!("a pool was asked for") };
    for number in 0..50 {
        let done = done.clone();
        pool.spawn(move || {
            let _ = done.send(number);
        });
    }
    drop((pool, done));
    // Ends when the last job has dropped its end of the channel.
    assert_eq!(waits.iter().sum::<u32>(), (0..50).sum());
}
