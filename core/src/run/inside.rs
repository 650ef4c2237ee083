//! Whether this thread is inside a system.
//!
//! A `join` that waits runs whatever job it finds. Without this flag a system that waits inside a data-parallel loop
//! could find itself below another system, with its locks and guards held.

use std::cell::Cell;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
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
