//! The threads of a schedule: rayon's, and the caller's own.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::{Scope, ThreadPool};

use crate::run::executor::{Lease, Real, rest};
use crate::run::helper::Helper;
use crate::run::progress::{self, InProgress};

/// Where a schedule runs. The thread that calls `run` always takes part.
#[derive(Clone, Debug, Default)]
pub enum Threads {
    /// On the calling thread alone; no thread is started or woken.
    Inline,
    /// On the pool that the calling thread is a member of; rayon's global pool, where it is member of none.
    #[default]
    Current,
    /// On this pool, wherever the caller stands.
    Pool(Arc<ThreadPool>),
}

impl Threads {
    /// Returns how many threads may run systems at once, the caller included.
    pub fn lanes(&self) -> usize {
        match self {
            Self::Inline => 1,
            Self::Current => rayon::current_num_threads(),
            Self::Pool(pool) => pool.current_num_threads(),
        }
    }

    /// Calls `f` with each number below `count`, on the calling thread and on those with nothing else to do; returns when every
    /// call has.
    pub fn for_each(&self, count: usize, f: impl Fn(usize) + Sync) {
        let next = AtomicUsize::new(0);
        let claim = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < count);
        self.fork(count.saturating_sub(1), &|| {
            while let Some(number) = claim() {
                f(number);
            }
        });
    }

    /// Asks the pool for a helper. The only place that does, so that all begin at the same depth.
    pub(crate) fn call(&self, helper: Helper) {
        self.spawn(move || helper.begin());
    }

    /// Hands a job to the pool; nobody waits for it.
    pub(crate) fn spawn(&self, job: impl FnOnce() + Send + 'static) {
        match self {
            Self::Inline | Self::Current => rayon::spawn(job),
            Self::Pool(pool) => pool.spawn(job),
        }
    }

    /// Runs `work` on the calling thread with a scope for helpers, and waits for them.
    pub(crate) fn rayon_scope<'s, R>(&self, work: impl FnOnce(&Scope<'s>) -> R) -> R {
        match self {
            Self::Inline | Self::Current => rayon::in_place_scope(work),
            Self::Pool(pool) => pool.in_place_scope(work),
        }
    }

    /// Runs `work` on the calling thread and on up to `helpers` others, and returns when all that began have ended.
    ///
    /// Those that the pool has not begun by then find nothing to do, so a pool that is busy holds nobody up.
    ///
    /// # Panics
    ///
    /// Goes on with the first panic of `work`.
    pub(crate) fn fork(&self, helpers: usize, work: &(dyn Fn() + Sync)) {
        let helpers = helpers.min(self.lanes() - 1);
        if helpers == 0 {
            return work();
        }
        let panic = Mutex::new(None);
        let work = || {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(work)) {
                panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(payload);
            }
        };
        let _progress = InProgress::alone();
        let lease = Arc::new(Lease::<Real>::new());
        lease.lend(&work, |gate| {
            for _ in 0..helpers {
                self.call(Helper::OfLoop(Arc::clone(&lease), progress::alone()));
            }
            work();
            gate.close_when_all_have_left(&rest);
        });
        if let Some(payload) = panic.into_inner().unwrap_or_else(PoisonError::into_inner) {
            resume_unwind(payload);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use std::thread;

    use rayon::ThreadPoolBuilder;

    use super::Threads;

    fn pool(threads: usize) -> Threads {
        Threads::Pool(Arc::new(ThreadPoolBuilder::new().num_threads(threads).build().expect("a few threads")))
    }

    #[test]
    fn each_number_is_handed_out_once() {
        for threads in [Threads::Inline, pool(1), pool(2), pool(4)] {
            let calls: Vec<AtomicUsize> = (0..100).map(|_| AtomicUsize::new(0)).collect();
            threads.for_each(100, |number| {
                calls[number].fetch_add(1, Ordering::Relaxed);
            });
            assert!(calls.iter().all(|calls| calls.load(Ordering::Relaxed) == 1));
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_threads_go_on() {
        let threads = pool(2);
        for _ in 0..10 {
            let five = AssertUnwindSafe(|| threads.for_each(8, |number| assert_ne!(number, 5, "five")));
            let caught = catch_unwind(five);
            let payload = caught.expect_err("number five panics");
            assert!(payload.downcast_ref::<String>().is_some_and(|message| message.contains("five")));
        }
        threads.for_each(8, |_| ());
    }

    #[test]
    fn a_pool_that_is_busy_does_not_hold_a_loop_up() {
        let threads = pool(2);
        let go_on = Arc::new(AtomicBool::new(false));
        for _ in 0..2 {
            let go_on = Arc::clone(&go_on);
            threads.spawn(move || {
                while !go_on.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
            });
        }
        let seen = Mutex::new(Vec::new());
        threads.for_each(10, |number| seen.lock().expect("nobody panics").push(number));
        assert_eq!(seen.into_inner().expect("nobody panics").len(), 10);
        go_on.store(true, Ordering::Relaxed);
    }

    #[test]
    fn loops_nest() {
        let threads = pool(3);
        let calls = AtomicUsize::new(0);
        threads.for_each(5, |_| {
            threads.for_each(5, |_| {
                calls.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_eq!(calls.load(Ordering::Relaxed), 25);
    }
}
