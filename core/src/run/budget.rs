//! Systems that take longer than a frame can wait.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A system that took longer in a run than the schedule's budget for one: work that does not belong in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrun {
    /// The system's name.
    pub system: String,
    /// The number of the run, counted from 1 over the life of the schedule.
    pub run: u64,
    /// How long it took.
    pub took: Duration,
    /// How long it may take.
    pub budget: Duration,
}

impl fmt::Display for Overrun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, run, took, budget } = self;
        write!(f, "system `{system}` took {took:.1?} in run {run}, and its budget is {budget:?}; ")?;
        write!(f, "let a thread of its own do the long work, and the system take the result when it is there")
    }
}

/// Holds systems to a budget while they run.
#[derive(Debug)]
pub(crate) struct Budget {
    each: Duration,
    /// Those that went over it in this run, by their index.
    over: Mutex<Vec<(usize, Duration)>>,
}

/// A system that is being watched.
pub(crate) struct Watch<'b> {
    budget: &'b Budget,
    system: usize,
    start: Instant,
}

impl Watch<'_> {
    /// Notes the system if it took too long.
    pub(crate) fn end(self) {
        let took = self.start.elapsed();
        if took > self.budget.each {
            self.budget.over.lock().unwrap_or_else(PoisonError::into_inner).push((self.system, took));
        }
    }
}

impl Budget {
    pub(crate) fn new(each: Duration) -> Self {
        Self { each, over: Mutex::default() }
    }

    pub(crate) const fn each(&self) -> Duration {
        self.each
    }

    /// Starts to watch a system.
    pub(crate) fn start(&self, system: usize) -> Watch<'_> {
        Watch { budget: self, system, start: Instant::now() }
    }

    /// Returns those that went over it since the last call, in program order.
    pub(crate) fn take(&mut self) -> Vec<(usize, Duration)> {
        let mut over = std::mem::take(self.over.get_mut().unwrap_or_else(PoisonError::into_inner));
        over.sort_unstable_by_key(|&(system, _)| system);
        over
    }
}
