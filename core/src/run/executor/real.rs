//! The real world of threads.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::engine::{self, Orders};

/// The threads of `std`.
#[derive(Debug)]
pub(crate) struct Real;

impl engine::Facade for Real {
    type Atomic = AtomicUsize;
    type Cell<T> = UnsafeCell<T>;
    type Parker = Parker;
    type Patience = Spin;
    const ORDERS: Orders = Orders::SOUND;
}

impl engine::Atomic for AtomicUsize {
    fn new(value: usize) -> Self {
        Self::new(value)
    }

    #[inline]
    fn load(&self, order: Ordering) -> usize {
        self.load(order)
    }

    #[inline]
    fn store(&self, value: usize, order: Ordering) {
        self.store(value, order);
    }

    #[inline]
    fn fetch_add(&self, value: usize, order: Ordering) -> usize {
        self.fetch_add(value, order)
    }

    #[inline]
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
        self.fetch_sub(value, order)
    }

    #[inline]
    fn fetch_or(&self, value: usize, order: Ordering) -> usize {
        self.fetch_or(value, order)
    }

    #[inline]
    fn fetch_and(&self, value: usize, order: Ordering) -> usize {
        self.fetch_and(value, order)
    }

    #[inline]
    fn replace(&self, current: usize, new: usize, order: Ordering) -> bool {
        self.compare_exchange(current, new, order, Ordering::Relaxed).is_ok()
    }
}

impl<T> engine::Cell<T> for UnsafeCell<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R {
        read(self.get())
    }

    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R {
        write(self.get())
    }
}

/// A token and a place to wait for it. It belongs to the executor, not to a thread, so a late wake touches nothing that is gone.
#[derive(Debug, Default)]
pub(crate) struct Parker {
    token: Mutex<bool>,
    given: Condvar,
}

impl Parker {
    /// Waits for the token, but not longer than `limit`; `false` if it did not come.
    pub(crate) fn park_at_most(&self, limit: Duration) -> bool {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut token, _) =
            self.given.wait_timeout_while(token, limit, |token| !*token).unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *token)
    }
}

impl engine::Parker for Parker {
    fn new() -> Self {
        Self::default()
    }

    fn park(&self) {
        let token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let mut token = self.given.wait_while(token, |token| !*token).unwrap_or_else(PoisonError::into_inner);
        *token = false;
    }

    fn unpark(&self) {
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.given.notify_one();
    }
}

/// How long someone looks for news before sleeping: about as long as it takes to be woken again.
pub(crate) const LOOKS_ON: Duration = Duration::from_micros(40);

/// Looks on for a while.
#[derive(Debug)]
pub(crate) struct Spin {
    rounds: u32,
    since: Option<Instant>,
}

impl Spin {
    /// Rounds without a look at the clock; Miri is some thousand times slower.
    const BLIND: u32 = if cfg!(miri) { 2 } else { 64 };
}

impl engine::Patience for Spin {
    fn new() -> Self {
        Self { rounds: 0, since: None }
    }

    fn wait(&mut self) -> bool {
        std::hint::spin_loop();
        self.rounds += 1;
        if !self.rounds.is_multiple_of(Self::BLIND) {
            return true;
        }
        self.since.get_or_insert_with(Instant::now).elapsed() < LOOKS_ON
    }
}
