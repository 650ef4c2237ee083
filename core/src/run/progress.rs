//! Which runs are in progress in this process.
//!
//! Asked by a thread of a pool that cannot tell what is on its stack: if every run that was in progress when it came has ended while it
//! stayed, no piece of a system's loop is below it.

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::AtomicUsize;

use crate::run::executor::{Look, Tally};

/// Threads share out over so many rows, so that those who run schedules of their own do not fight for one cache line.
const ROWS: usize = 32;

#[repr(align(128))]
struct Row(Tally<AtomicUsize>);

static RUNS: [Row; ROWS] = [const { Row(Tally::new(AtomicUsize::new(0))) }; ROWS];

thread_local! {
    static HELD: Cell<Held> = const { Cell::new(Held::Nothing) };
}

/// What of ours this thread has in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// No run and no loop that began here.
    Nothing,
    /// Runs without helpers, and loops: whoever else works for them is part of the system that is on this thread.
    Alone,
    /// A run with helpers: they are inside other systems.
    Shared,
}

/// A run or a loop of ours that is in progress on this thread, for as long as it lives. Those inside it are not counted again.
pub(crate) struct InProgress {
    before: Held,
    /// Belongs to its thread.
    here: PhantomData<*const ()>,
}

impl InProgress {
    /// Begins a run without helpers, or a loop.
    pub(crate) fn alone() -> Self {
        Self::begin(Held::Alone)
    }

    /// Begins a run with helpers.
    pub(crate) fn shared() -> Self {
        Self::begin(Held::Shared)
    }

    fn begin(held: Held) -> Self {
        let before = HELD.get();
        match before {
            Held::Nothing => {
                RUNS[row()].0.begin();
                HELD.set(held);
            }
            Held::Alone => HELD.set(held),
            Held::Shared => {}
        }
        Self { before, here: PhantomData }
    }

    /// Counts the run as ended while it calls `f`: for a moment between two systems, when every helper has left. Inside another run
    /// there is no such moment.
    pub(crate) fn pause(&self, f: impl FnOnce()) {
        if self.before == Held::Nothing {
            let tally = &RUNS[row()].0;
            tally.end();
            f();
            tally.begin();
        }
    }
}

impl Drop for InProgress {
    fn drop(&mut self) {
        HELD.set(self.before);
        if self.before == Held::Nothing {
            RUNS[row()].0.end();
        }
    }
}

/// Answers whether nothing of ours is in progress on this thread.
pub(crate) fn is_outside() -> bool {
    HELD.get() == Held::Nothing
}

/// Names what this thread has in progress, if everyone who works for it is part of the one system that is on this thread.
pub(crate) fn alone() -> Option<Alone> {
    (HELD.get() == Held::Alone).then(|| Alone(row()))
}

/// The runs and loops of one thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Alone(usize);

/// Returns the row of this thread: any function of the thread would do.
fn row() -> usize {
    let address = HELD.with(|held| std::ptr::from_ref(held).addr()) as u64;
    (address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize % ROWS
}

/// What a thread has seen of the runs since it came. It must not leave the place on its stack that it asks about.
pub(crate) struct Watch {
    rows: &'static [Row; ROWS],
    first: [Look; ROWS],
    /// A bit for each row of which something may still be in progress that was so at first.
    open: u32,
}

impl Watch {
    pub(crate) fn begin() -> Self {
        Self::over(&RUNS)
    }

    fn over(rows: &'static [Row; ROWS]) -> Self {
        let first = std::array::from_fn(|row| rows[row].0.look());
        let mut watch = Self { rows, first, open: u32::MAX };
        watch.look();
        watch
    }

    fn look(&mut self) {
        for (row, first) in self.first.iter().enumerate() {
            if first.has_ended_by(self.rows[row].0.look()) {
                self.open &= !(1 << row);
            }
        }
    }

    /// Answers whether all that was in progress at first has ended.
    pub(crate) fn all_has_ended(&mut self) -> bool {
        self.look();
        self.open == 0
    }

    /// Answers whether nothing was in progress at first but what `alone` names, provided that this has not ended.
    pub(crate) fn is_only(&self, alone: Alone) -> bool {
        self.open & !(1 << alone.0) == 0 && self.first[alone.0].in_progress() <= 1
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::{Alone, ROWS, Row, Watch};
    use crate::run::executor::Tally;

    fn rows() -> &'static [Row; ROWS] {
        Box::leak(Box::new([const { Row(Tally::new(AtomicUsize::new(0))) }; ROWS]))
    }

    #[test]
    fn a_run_that_was_in_progress_is_watched_until_its_row_was_empty_for_a_moment() {
        let rows = rows();
        assert!(Watch::over(rows).all_has_ended(), "there is none");
        rows[3].0.begin();
        rows[3].0.begin();
        rows[7].0.begin();
        let mut watch = Watch::over(rows);
        assert!(!watch.all_has_ended());
        rows[3].0.end();
        rows[3].0.begin();
        rows[7].0.end();
        rows[7].0.begin();
        assert!(!watch.all_has_ended(), "one of the two in row 3 goes on, as far as one can see");
        rows[3].0.end();
        rows[3].0.end();
        rows[3].0.begin();
        assert!(watch.all_has_ended(), "the others have begun since");
        assert!(!Watch::over(rows).all_has_ended());
    }

    #[test]
    fn one_alone_is_told_from_others_in_its_row_and_elsewhere() {
        let rows = rows();
        rows[3].0.begin();
        assert!(Watch::over(rows).is_only(Alone(3)));
        assert!(!Watch::over(rows).is_only(Alone(4)));
        rows[3].0.begin();
        assert!(!Watch::over(rows).is_only(Alone(3)));
        rows[3].0.end();
        rows[4].0.begin();
        let mut watch = Watch::over(rows);
        assert!(!watch.is_only(Alone(3)));
        rows[4].0.end();
        assert!(!watch.all_has_ended());
        assert!(watch.is_only(Alone(3)));
    }
}
