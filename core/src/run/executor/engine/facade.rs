//! What the engine asks of the threading world it lives in, so that a model checker can stand in for the real one.

use std::sync::atomic::Ordering;

/// A world of threads: the real one, or a model of it.
pub(crate) trait Facade: Sized + 'static {
    /// An atomic machine word.
    type Atomic: Atomic;
    /// A cell whose accesses the engine itself keeps apart.
    type Cell<T>: Cell<T>;
    /// Where the caller of a run sleeps.
    type Parker: Parker;
    /// How long an idle thread looks on before it sleeps or leaves.
    type Patience: Patience;
    /// The orderings in use. A model weakens them one by one, and must then fail.
    const ORDERS: Orders;
}

/// An atomic `usize`.
pub(crate) trait Atomic: Send + Sync {
    fn new(value: usize) -> Self;
    fn load(&self, order: Ordering) -> usize;
    fn store(&self, value: usize, order: Ordering);
    fn fetch_add(&self, value: usize, order: Ordering) -> usize;
    fn fetch_sub(&self, value: usize, order: Ordering) -> usize;
    fn fetch_or(&self, value: usize, order: Ordering) -> usize;
    fn fetch_and(&self, value: usize, order: Ordering) -> usize;
    /// Exchanges `current` for `new`, and answers whether it did. A failure orders nothing.
    fn replace(&self, current: usize, new: usize, order: Ordering) -> bool;
}

/// A cell that hands out raw pointers, for as long as a closure lasts.
pub(crate) trait Cell<T> {
    fn new(value: T) -> Self;
    fn with<R>(&self, read: impl FnOnce(*const T) -> R) -> R;
    fn with_mut<R>(&self, write: impl FnOnce(*mut T) -> R) -> R;
}

/// A sleeping place for one thread, with a token: an `unpark` that comes first makes the next `park` return at once.
pub(crate) trait Parker: Send + Sync {
    fn new() -> Self;
    fn park(&self);
    fn unpark(&self);
}

/// A bounded look-out.
pub(crate) trait Patience {
    fn new() -> Self;
    /// Passes a moment; `false` once there have been enough of them.
    fn wait(&mut self) -> bool;
}

/// The ordering of each step that others rely on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Orders {
    /// Counts a finished predecessor: what it did comes before what its successors do.
    pub(crate) signal: Ordering,
    /// Puts a unit up for claiming.
    pub(crate) publish: Ordering,
    /// Claims a unit that another thread may have put up.
    pub(crate) claim: Ordering,
    /// Opens a run to helpers.
    pub(crate) open: Ordering,
    /// Enters an open run.
    pub(crate) enter: Ordering,
    /// Leaves it.
    pub(crate) leave: Ordering,
    /// Closes a run that nobody is inside.
    pub(crate) close: Ordering,
    /// Looks, after a publication, whether the caller sleeps.
    pub(crate) announce: Ordering,
    /// Says that the caller is about to sleep.
    pub(crate) sleep: Ordering,
}

impl Orders {
    /// The orderings under which the engine is correct; each is as weak as its own direction allows.
    pub(crate) const SOUND: Self = Self {
        signal: Ordering::AcqRel,
        publish: Ordering::Release,
        claim: Ordering::Acquire,
        open: Ordering::Release,
        enter: Ordering::Acquire,
        leave: Ordering::Release,
        close: Ordering::Acquire,
        announce: Ordering::AcqRel,
        sleep: Ordering::AcqRel,
    };
}
