//! Writes down what runs, while it runs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Instant;

use crate::recording::{NodeLabel, RecordedRun, RecordedSlice, Recording};

/// Writes down what runs. Its locks are held for a push each, never while a system runs.
#[derive(Debug)]
pub(crate) struct Recorder {
    began: Instant,
    started: AtomicUsize,
    /// What has ended, with how many had started before it.
    ended: Mutex<Vec<(usize, RecordedSlice)>>,
    lanes: Mutex<Vec<ThreadId>>,
    /// What the slices of each node are called.
    nodes: Arc<[NodeLabel]>,
    recording: Recording,
}

/// A slice that has started, and ends when this is dropped, also by a panic.
pub(crate) struct Open<'r> {
    recorder: &'r Recorder,
    number: usize,
    node: usize,
    start_ns: u64,
}

impl Recorder {
    pub(crate) fn new(nodes: Vec<NodeLabel>) -> Self {
        Self {
            began: Instant::now(),
            started: AtomicUsize::new(0),
            ended: Mutex::default(),
            lanes: Mutex::default(),
            nodes: nodes.into(),
            recording: Recording::default(),
        }
    }

    /// Goes on with the nodes of a schedule that has changed.
    pub(crate) fn relabel(&mut self, nodes: Vec<NodeLabel>) {
        self.nodes = nodes.into();
    }

    /// Starts a slice of a node on the current thread.
    pub(crate) fn start(&self, node: usize) -> Open<'_> {
        // A node is started after its predecessors have ended, so this count goes up along every edge.
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        Open { recorder: self, number, node, start_ns: self.now_ns() }
    }

    /// Gives the calling thread the first lane.
    pub(crate) fn begin_run(&self) {
        self.lane();
    }

    /// Gathers what ended since the last call into a run.
    pub(crate) fn end_run(&mut self) {
        let mut ended = std::mem::take(&mut *lock(&self.ended));
        ended.sort_unstable_by_key(|&(number, _)| number);
        self.started.store(0, Ordering::Relaxed);
        let slices = ended.into_iter().map(|(_, slice)| slice).collect();
        self.recording.runs.push(RecordedRun { nodes: Arc::clone(&self.nodes), slices });
    }

    pub(crate) fn into_recording(self) -> Recording {
        self.recording
    }

    fn lane(&self) -> usize {
        let id = thread::current().id();
        let mut lanes = lock(&self.lanes);
        lanes.iter().position(|lane| *lane == id).unwrap_or_else(|| {
            lanes.push(id);
            lanes.len() - 1
        })
    }

    fn now_ns(&self) -> u64 {
        self.began.elapsed().as_nanos() as u64
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        let Self { recorder, number, node, start_ns } = *self;
        let slice = RecordedSlice { node, lane: recorder.lane(), start_ns, end_ns: recorder.now_ns() };
        lock(&recorder.ended).push((number, slice));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
