//! The threads of a schedule: rayon's, and the caller's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::{Scope, ThreadPool};

use crate::run::inside::Inside;

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

    /// Runs `work` on the calling thread and on up to `helpers` others, and waits for them.
    pub(crate) fn fork(&self, helpers: usize, work: &(dyn Fn() + Sync)) {
        let helpers = helpers.min(self.lanes() - 1);
        if helpers == 0 {
            return work();
        }
        self.rayon_scope(|scope| {
            for _ in 0..helpers {
                scope.spawn(move |_| {
                    let _inside = Inside::enter();
                    work();
                });
            }
            work();
        });
    }
}
