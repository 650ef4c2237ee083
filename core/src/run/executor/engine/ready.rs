//! The units that are ready to run: a bit each, the most urgent one first.

use std::sync::atomic::Ordering;

use super::facade::{Atomic, Facade};

/// A set of unit numbers that any thread may add to and claim from, without a lock.
pub(crate) struct ReadySet<S: Facade> {
    words: Box<[S::Atomic]>,
}

impl<S: Facade> ReadySet<S> {
    pub(crate) fn new(capacity: usize) -> Self {
        let words = capacity.div_ceil(usize::BITS as usize);
        Self { words: (0..words).map(|_| S::Atomic::new(0)).collect() }
    }

    /// Adds a unit; what this thread did before comes before what its claimer does.
    pub(crate) fn publish(&self, unit: usize) {
        let (word, bit) = place(unit);
        self.words[word].fetch_or(bit, S::ORDERS.publish);
    }

    /// Returns the most urgent unit; it may be gone when it is claimed.
    pub(crate) fn first(&self) -> Option<usize> {
        self.words.iter().enumerate().find_map(|(index, word)| {
            let bits = word.load(Ordering::Relaxed);
            (bits != 0).then(|| index * usize::BITS as usize + bits.trailing_zeros() as usize)
        })
    }

    /// Claims this very unit; `false` if another thread was faster.
    pub(crate) fn claim(&self, unit: usize) -> bool {
        let (word, bit) = place(unit);
        self.words[word].fetch_and(!bit, S::ORDERS.claim) & bit != 0
    }
}

const fn place(unit: usize) -> (usize, usize) {
    (unit / usize::BITS as usize, 1 << (unit % usize::BITS as usize))
}
