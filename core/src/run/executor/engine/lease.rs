//! Lends a closure of the caller's stack to helpers that may outlive it: the one unsafe module of the executor.

use std::mem;
use std::ptr::NonNull;

use super::facade::{Cell, Facade};
use super::gate::Gate;

/// What helpers call: everything about the run is behind it.
pub(crate) type Help<'run> = dyn Fn() + Sync + 'run;

/// Holds a borrowed closure for as long as its gate is lent. Lives in an `Arc`, so that a helper that comes too late finds a closed
/// gate and nothing else.
pub(crate) struct Lease<S: Facade> {
    gate: Gate<S>,
    help: S::Cell<Option<NonNull<Help<'static>>>>,
}

// SAFETY: the gate is made of atomics and a parker, which are `Send + Sync` by their bounds. The cell holds a pointer to a `Sync`
// closure, so calling it from any thread is allowed; when it is alive and who touches the cell is the duty of `lend` and `help`.
unsafe impl<S: Facade> Send for Lease<S> {}
// SAFETY: as above. The cell is written only by the one lender that reserved the gate, while nobody is inside, and read only by those inside.
unsafe impl<S: Facade> Sync for Lease<S> {}

impl<S: Facade> Lease<S> {
    pub(crate) fn new() -> Self {
        Self { gate: Gate::new(), help: S::Cell::new(None) }
    }

    pub(crate) const fn gate(&self) -> &Gate<S> {
        &self.gate
    }

    /// Opens the gate to helpers that call `help`, runs `body`, and returns when every helper has left.
    ///
    /// # Panics
    ///
    /// Panics if the lease is lent already.
    pub(crate) fn lend<R>(&self, help: &Help<'_>, body: impl FnOnce(&Gate<S>) -> R) -> R {
        assert!(self.gate.reserve(), "an executor runs one run at a time");
        // SAFETY: changes only the lifetime of the reference. `Closing` is created before any helper can enter, and neither returning
        // nor unwinding out of this function passes it before the gate is closed and nobody is inside, so no call outlives `help`.
        let help: &'static Help<'static> = unsafe { mem::transmute::<&Help<'_>, &'static Help<'static>>(help) };
        // SAFETY: `reserve` succeeded: the gate was closed with nobody inside and no other lender, and only a lender opens it.
        self.help.with_mut(|slot| unsafe { *slot = Some(NonNull::from(help)) });
        let _closing = Closing(self);
        self.gate.open();
        body(&self.gate)
    }

    /// Enters the run that is open, if one is, calls its closure and leaves; `false` if none is.
    pub(crate) fn help(&self) -> bool {
        let Some(_inside) = self.gate.enter() else { return false };
        // SAFETY: inside the gate the lender does not write: it does so before opening and after the last one has left.
        let help = self.help.with(|slot| unsafe { *slot });
        let help = help.expect("a gate opens after its closure is in place");
        // SAFETY: the lender's borrow lasts until nobody is inside, and `_inside` is dropped after this call, also by a panic.
        let help = unsafe { help.as_ref() };
        help();
        true
    }
}

/// Ends a loan, whichever way its body ends.
struct Closing<'lease, S: Facade>(&'lease Lease<S>);

impl<S: Facade> Drop for Closing<'_, S> {
    fn drop(&mut self) {
        self.0.gate.shut();
        // SAFETY: the gate is closed, nobody is inside, and it is still lent to us.
        self.0.help.with_mut(|slot| unsafe { *slot = None });
        self.0.gate.release();
    }
}
