//! Whether this thread is inside a system, or inside other work of the pool.
//!
//! A `join` that waits runs whatever job it finds. Without this flag a system that waits inside a data-parallel loop
//! could find itself below another system, with its locks and guards held. The same goes for a thread that executes a piece
//! of such a loop for another thread's system: it is inside no system, but a system that it began there would stand between
//! the loop and its end. Rayon does not say how deep in its work a thread is, but the stack does.

use std::cell::Cell;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The address on this thread's stack at which the outermost helper began.
    static OUTERMOST: Cell<usize> = const { Cell::new(0) };
}

/// Returns whether a helper that begins now stands on nothing: not on a piece of a loop whose `join` waits.
///
/// The loop of a worker calls every job from the same depth; what is deeper was found by a job that waits. Stacks grow
/// downwards on every target that `std` has threads on. The first helper of a thread is taken for outermost.
#[inline(never)]
pub(crate) fn is_outermost() -> bool {
    let mark = 0_u8;
    let here = std::ptr::from_ref(std::hint::black_box(&mark)).addr();
    let outermost = OUTERMOST.get().max(here);
    OUTERMOST.set(outermost);
    here == outermost
}

/// Marks the thread as inside a system for as long as it lives.
pub(crate) struct Inside {
    before: bool,
}

impl Inside {
    pub(crate) fn enter() -> Self {
        Self { before: INSIDE.replace(true) }
    }

    /// Returns whether the thread is inside a system.
    pub(crate) fn is() -> bool {
        INSIDE.get()
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.before);
    }
}
