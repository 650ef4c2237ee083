//! What ran when and where: recorded, written for Perfetto, replayed.

mod order;
mod perfetto;
mod recorder;

use std::sync::Arc;

pub(crate) use order::{Chosen, choose};
pub use order::{ReplayError, RunOrder};
pub(crate) use recorder::Recorder;

/// What a schedule did in some runs. Made by [`Schedule::record`](crate::Schedule::record).
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub(crate) runs: Vec<RecordedRun>,
}

/// What a slice is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NodeLabel {
    pub(crate) name: String,
    pub(crate) stage: String,
}

/// What a schedule did in one run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordedRun {
    /// What the slices of each node are called.
    pub(crate) nodes: Arc<[NodeLabel]>,
    pub(crate) slices: Vec<RecordedSlice>,
}

/// When and where one node of the graph ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedSlice {
    /// The node of [`Schedule::graph`](crate::Schedule::graph).
    pub node: usize,
    /// The thread: 0 is the one that called `run`, others are numbered as they come up.
    pub lane: usize,
    /// When it started, in nanoseconds since the recording began.
    pub start_ns: u64,
    /// When it ended.
    pub end_ns: u64,
}

impl Recording {
    /// Returns the runs, in order.
    pub fn runs(&self) -> &[RecordedRun] {
        &self.runs
    }

    /// Returns the recording as a trace that <https://ui.perfetto.dev> and `chrome://tracing` show: one row for each thread, one slice for
    /// each system and run.
    ///
    /// The format is the JSON of the Trace Event Format; times are in microseconds.
    pub fn to_perfetto(&self) -> String {
        perfetto::write(self)
    }
}

impl RecordedRun {
    /// Returns what ran, in the order in which it started. What was skipped is not there.
    pub fn slices(&self) -> &[RecordedSlice] {
        &self.slices
    }
}
