//! Data-parallel loops over the rows of a query.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::query::columns::Columns;
use crate::query::rows::View;
use crate::run::Threads;

/// The number of entities that are worth a claim; Miri, which is some thousand times slower, gets to see several with fewer.
const BATCH: usize = if cfg!(miri) { 16 } else { 1024 };

/// Calls `f` for each entity, in batches that the threads claim one by one.
pub(crate) fn for_each<'a, Q: Columns>(view: View<'a, Q>, threads: &Threads, f: impl Fn(Q::Item<'a>) + Sync) {
    let batches: usize = (0..view.archetypes()).map(|index| view.len(index).div_ceil(BATCH)).sum();
    if batches < 2 || threads.lanes() < 2 {
        view.iter().for_each(f);
        return;
    }
    let next = AtomicUsize::new(0);
    threads.fork(batches - 1, &|| {
        let mut walk = Walk { index: 0, passed: 0 };
        loop {
            let batch = next.fetch_add(1, Ordering::Relaxed);
            let Some((index, start)) = walk.to(batch, &view) else { break };
            let end = view.len(index).min(start + BATCH);
            #[allow(unsafe_code, reason = "each batch is claimed once")]
            // SAFETY: every batch number comes up once, and different numbers are different rows.
            let part = unsafe { view.part(index, start..end) };
            part.for_each(&f);
        }
    });
}

/// Finds the rows of a batch; the numbers only grow.
struct Walk {
    index: usize,
    passed: usize,
}

impl Walk {
    fn to<Q: Columns>(&mut self, batch: usize, view: &View<'_, Q>) -> Option<(usize, usize)> {
        while self.index < view.archetypes() {
            let here = view.len(self.index).div_ceil(BATCH);
            if batch < self.passed + here {
                return Some((self.index, (batch - self.passed) * BATCH));
            }
            self.passed += here;
            self.index += 1;
        }
        None
    }
}
