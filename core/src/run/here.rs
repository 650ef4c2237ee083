//! A system that stays on one thread, among others that do not.

use crate::cx::{Cx, CxParts};
use crate::declaration::Declaration;
use crate::run::AnySystem;
use crate::system::{Outcome, Run, System};

/// A system that stays on the thread that made it, although its type says that it could go.
///
/// Only a `LocalStage` makes one, and all that it becomes part of does not leave the thread: that stage, the builder, the
/// schedule. The executor runs it on the thread that runs the schedule.
pub(crate) struct OnlyHere<S>(S);

// SAFETY: whatever holds it is not `Send` itself, and shows nobody else the system inside: it is declared, run and dropped
// on the thread that made it.
unsafe impl<S> Send for OnlyHere<S> {}

impl<S> OnlyHere<S> {
    pub(crate) const fn new(system: S) -> Self {
        Self(system)
    }
}

/// A system that must run on the thread that runs the schedule.
pub(crate) trait Pinned: AnySystem {
    type System: System;
}

impl<S: Run> AnySystem for OnlyHere<S> {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        self.0.run(&Cx::new(parts))?;
        parts.note_run();
        Ok(())
    }

    fn declare(&self, declaration: &mut Declaration) {
        self.0.declare(declaration);
    }
}

impl<S: Run> Pinned for OnlyHere<S> {
    type System = S;
}
