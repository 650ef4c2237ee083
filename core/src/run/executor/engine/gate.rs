//! Who is inside a run: helpers enter while it is open, and it ends when nobody is inside.

use std::sync::atomic::Ordering;

use super::facade::{Atomic, Facade, Orders, Parker, Patience};

/// Helpers may enter.
const OPEN: usize = 1 << (usize::BITS - 1);
/// A lender holds the gate, open or not.
const LENT: usize = 1 << (usize::BITS - 2);
/// The caller sleeps, or is about to.
const ASLEEP: usize = 1 << (usize::BITS - 3);
/// The number of helpers inside.
const INSIDE: usize = ASLEEP - 1;

/// One word that says whether a run is open, how many helpers are inside, and whether its caller sleeps.
///
/// All three live in one word because each decision needs two of them at once: nobody enters a run that has closed, a run closes
/// only while nobody is inside, and the last to leave knows whether someone sleeps.
pub(crate) struct Gate<S: Facade> {
    state: S::Atomic,
    parker: S::Parker,
}

impl<S: Facade> Gate<S> {
    const ORDERS: Orders = S::ORDERS;

    pub(crate) fn new() -> Self {
        Self { state: S::Atomic::new(0), parker: S::Parker::new() }
    }

    /// Takes the closed gate for one lender; `false` where another has it.
    pub(super) fn reserve(&self) -> bool {
        self.state.replace(0, LENT, Ordering::Acquire)
    }

    /// Gives the closed gate back.
    pub(super) fn release(&self) {
        self.state.store(0, Ordering::Release);
    }

    /// Lets helpers in.
    pub(super) fn open(&self) {
        self.state.store(LENT | OPEN, Self::ORDERS.open);
    }

    /// Answers whether helpers may enter; they may find it closed again.
    pub(crate) fn is_open(&self) -> bool {
        self.state.load(Ordering::Relaxed) & OPEN != 0
    }

    /// Enters, if the gate is open.
    pub(super) fn enter(&self) -> Option<Inside<'_, S>> {
        loop {
            let state = self.state.load(Ordering::Relaxed);
            if state & OPEN == 0 {
                return None;
            }
            if self.state.replace(state, state + 1, Self::ORDERS.enter) {
                return Some(Inside(self));
            }
        }
    }

    /// Closes the gate if nobody is inside. What helpers did comes before what follows a success.
    pub(super) fn close(&self) -> bool {
        self.state.load(Ordering::Relaxed) & INSIDE == 0 && self.state.replace(LENT | OPEN, LENT, Self::ORDERS.close)
    }

    /// Closes the gate as soon as nobody is inside; sleeps by way of `rest` until then.
    pub(crate) fn close_when_all_have_left(&self, rest: &dyn Fn(&S::Parker)) {
        let mut patience = S::Patience::new();
        while !self.close() {
            if !patience.wait() {
                self.sleep(|| false, rest);
            }
        }
    }

    /// Sees to it that the gate is closed and nobody is inside; waits for that only where a panic of our own passes by.
    pub(super) fn shut(&self) {
        if self.state.load(Ordering::Relaxed) & (OPEN | INSIDE) == 0 {
            // The lender's own `close` got it there, and ordered what helpers did.
            return;
        }
        let mut state = self.state.fetch_and(!OPEN, Ordering::AcqRel);
        while state & INSIDE != 0 {
            std::thread::yield_now();
            state = self.state.load(Ordering::Acquire);
        }
    }

    /// Wakes the caller if it sleeps. Helpers call it after they put something up.
    ///
    /// A read-modify-write, not a load: it and the one in [`sleep`](Self::sleep) come in one order, so that either this one
    /// sees the sleeper or the sleeper sees what was put up.
    pub(super) fn announce(&self) {
        if self.state.fetch_or(0, Self::ORDERS.announce) & ASLEEP != 0 {
            self.parker.unpark();
        }
    }

    /// Sleeps by way of `rest`, unless nobody is inside or there is `news`. May return early.
    pub(super) fn sleep(&self, news: impl FnOnce() -> bool, rest: impl FnOnce(&S::Parker)) {
        let before = self.state.fetch_or(ASLEEP, Self::ORDERS.sleep);
        if before & INSIDE != 0 && !news() {
            rest(&self.parker);
        }
        self.state.fetch_and(!ASLEEP, Ordering::Relaxed);
    }
}

/// The right to be inside a run; dropping it leaves.
pub(super) struct Inside<'gate, S: Facade>(&'gate Gate<S>);

impl<S: Facade> Drop for Inside<'_, S> {
    fn drop(&mut self) {
        let before = self.0.state.fetch_sub(1, Gate::<S>::ORDERS.leave);
        if before & ASLEEP != 0 && before & INSIDE == 1 {
            // The run may be over by now, and the next one asleep: it takes this for an early return.
            self.0.parker.unpark();
        }
    }
}
