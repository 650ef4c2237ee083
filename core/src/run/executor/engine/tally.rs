//! Counts what is in progress, and remembers that there was a moment with nothing.

use std::sync::atomic::Ordering;

use super::facade::Atomic;

/// The bits of the count: a thousand and more on every target.
const COUNT: usize = (1 << (usize::BITS / 8 * 3)) - 1;
/// The bits above say how often the count has come back to zero.
const ROUND: usize = COUNT + 1;

/// What is in progress, in one word.
///
/// Every step is `Relaxed`. Whoever is *below* something that is in progress (a thread that executes a piece of a loop, say) got there by
/// a chain of synchronization that starts after [`begin`](Self::begin), and the end of the piece is waited for before
/// [`end`](Self::end). So all its looks come, in the order of this word's changes, after that beginning and before that end: each finds
/// it counted, and between two of them the count has not been zero.
pub(crate) struct Tally<A>(A);

impl<A: Atomic> Tally<A> {
    /// Takes a word that is zero.
    pub(crate) const fn new(zero: A) -> Self {
        Self(zero)
    }

    pub(crate) fn begin(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        loop {
            let before = self.0.load(Ordering::Relaxed);
            let after = if before & COUNT == 1 { (before - 1).wrapping_add(ROUND) } else { before - 1 };
            // The count and the round change in one step: a round that is counted late could be taken for a later one.
            if self.0.replace(before, after, Ordering::Relaxed) {
                return;
            }
        }
    }

    pub(crate) fn look(&self) -> Look {
        Look(self.0.load(Ordering::Relaxed))
    }
}

/// What one look at a [`Tally`] found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look(usize);

impl Look {
    pub(crate) const fn in_progress(self) -> usize {
        self.0 & COUNT
    }

    /// Answers whether all that this look found has ended by a `later` one.
    pub(crate) const fn has_ended_by(self, later: Self) -> bool {
        self.in_progress() == 0 || later.in_progress() == 0 || self.0 / ROUND != later.0 / ROUND
    }
}
