//! Data-parallel loops over the rows of a query.

use std::ops::Range;

use crate::query::columns::Columns;
use crate::query::rows::View;
use crate::run::Threads;

/// Calls `f` for each entity, in shares of the rows that the threads claim one by one.
#[inline]
pub(crate) fn for_each<'a, Q: Columns>(view: View<'a, Q>, threads: &Threads, f: impl Fn(Q::Item<'a>) + Sync) {
    if threads.lanes() < 2 {
        return view.iter().for_each(f);
    }
    threads.share_out_tried(0..view.count(), &|rows: Range<usize>| {
        for (archetype, rows) in view.archetypes_of(rows) {
            #[allow(unsafe_code, reason = "each row is shared out once")]
            // SAFETY: shares are parts of all rows, none of which is in two of them, and other rows of all are other rows of an archetype.
            let part = unsafe { view.part(archetype, rows) };
            part.for_each(&f);
        }
    });
}
