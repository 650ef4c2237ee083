//! What a system records itself, as data: its barriers in program order, and between them what it touches.

use std::cell::{Cell, RefCell};

use crate::declare::access::Access;
use crate::plan::Barrier;
use crate::record::script::Use;

/// One step of what a system recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// One `vkCmdPipelineBarrier2`.
    Call(Vec<Barrier>),
    /// Commands between two calls.
    Commands(Touched),
}

/// Which declared accesses some commands name: a bit for each of the first 64 of a pass. What shaders reach is not named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Touched {
    named: u64,
}

impl Touched {
    pub(crate) const fn names(self, access: usize) -> bool {
        access < 64 && self.named & (1 << access) != 0
    }
}

/// Notes what one encoder records.
#[derive(Debug, Default)]
pub(crate) struct Log {
    steps: RefCell<Vec<Step>>,
    /// What the commands since the last call name; `None`, where there are none.
    since: Cell<Option<Touched>>,
}

impl Log {
    /// Notes commands that touch what shaders reach.
    #[inline]
    pub(crate) fn commands(&self) {
        self.since.set(Some(self.since.get().unwrap_or_default()));
    }

    /// Notes a command that names the object of a declared access, and says in which direction: all accesses of the pass that
    /// may be meant.
    pub(crate) fn command(&self, used: &Use, access: Option<Access>) {
        self.named(match access {
            Some(_) => used.same.direction,
            None => used.same.object,
        });
    }

    /// Notes a command that names these accesses, a bit for each.
    pub(crate) fn named(&self, accesses: u64) {
        let touched = self.since.get().unwrap_or_default();
        self.since.set(Some(Touched { named: touched.named | accesses }));
    }

    /// Notes a call.
    pub(crate) fn call(&self, barriers: Vec<Barrier>) {
        let mut steps = self.steps.borrow_mut();
        steps.extend(self.since.take().map(Step::Commands));
        steps.push(Step::Call(barriers));
    }

    /// Returns all steps; none, where there is no call between which commands could stand.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<Vec<Step>> {
        let last = self.since.take();
        if self.steps.get_mut().is_empty() { None } else { Some(self.take_steps(last)) }
    }

    #[cold]
    fn take_steps(&mut self, last: Option<Touched>) -> Vec<Step> {
        let mut steps = self.steps.take();
        steps.extend(last.map(Step::Commands));
        steps
    }
}
