//! Runs nodes so that none can harm the run: an error or a panic is kept, and what depends on it is skipped.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};

use super::facade::{Atomic, Facade};

/// How a node failed.
#[derive(Debug)]
pub(crate) enum FaultKind<E> {
    /// It returned an error.
    Failed(E),
    /// It panicked with this payload.
    Panicked(Box<dyn Any + Send>),
}

/// A node that failed.
#[derive(Debug)]
pub(crate) struct Fault<E> {
    /// The node's number, which is its place in program order.
    pub(crate) node: usize,
    /// How it failed.
    pub(crate) kind: FaultKind<E>,
}

/// The right to run a node: there is one in a run, and it is there once all that the node waits for is done.
#[derive(Debug)]
pub(crate) struct Claim(usize);

impl Claim {
    /// Returns the node's number.
    pub(crate) const fn node(&self) -> usize {
        self.0
    }
}

/// The edges by which a failure spreads.
pub(crate) trait Spread: Sync {
    /// Returns the nodes that cannot do without this one.
    fn dependants(&self, node: usize) -> &[u32];
}

/// The failures of one run.
///
/// Which nodes run and which are skipped follows from the graph and from who fails, never from who runs where.
pub(crate) struct Faults<S: Facade, E> {
    /// Nothing of the user's runs under this lock: kinds are moved in, and dropped by whoever takes them out.
    list: Mutex<Vec<Fault<E>>>,
    /// 1 as soon as a node has failed. Set before the failing unit signals, so whatever depends on it sees it.
    any: S::Atomic,
    /// 1 for each node that depends on a failed one. Ordered as `any` is.
    doomed: Box<[S::Atomic]>,
}

impl<S: Facade, E: Send> Faults<S, E> {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { list: Mutex::default(), any: S::Atomic::new(0), doomed: (0..nodes).map(|_| S::Atomic::new(0)).collect() }
    }

    /// Runs `nodes` one after another, each at most once.
    ///
    /// One landing place for panics serves them all: after a panic the rest goes on in a new one.
    #[inline]
    pub(crate) fn run_each(
        &self,
        graph: &impl Spread,
        mut nodes: impl Iterator<Item = usize>,
        work: &impl Fn(Claim) -> Result<(), E>,
    ) {
        let mut current = 0;
        loop {
            // What a panicking node leaves behind is its owner's concern; our own state changes only outside the call.
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                for node in &mut nodes {
                    current = node;
                    if self.any.load(Ordering::Relaxed) != 0 && self.skip(graph, node) {
                        continue;
                    }
                    if let Err(error) = work(Claim(node)) {
                        self.keep(graph, node, FaultKind::Failed(error));
                    }
                }
            }));
            match outcome {
                Ok(()) => return,
                Err(payload) => self.keep(graph, current, FaultKind::Panicked(payload)),
            }
        }
    }

    /// Returns the failures in program order, and forgets them; called when the run is over.
    pub(crate) fn take(&self) -> Vec<Fault<E>> {
        if self.any.load(Ordering::Relaxed) == 0 {
            return Vec::new();
        }
        self.any.store(0, Ordering::Relaxed);
        for doomed in &self.doomed {
            doomed.store(0, Ordering::Relaxed);
        }
        let mut faults = std::mem::take(&mut *self.list.lock().unwrap_or_else(PoisonError::into_inner));
        faults.sort_unstable_by_key(|fault| fault.node);
        faults
    }

    #[cold]
    fn keep(&self, graph: &impl Spread, node: usize, kind: FaultKind<E>) {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).push(Fault { node, kind });
        self.any.store(1, Ordering::Relaxed);
        self.doom(graph, node);
    }

    /// Answers whether `node` depends on a failure, and passes that on to what depends on `node`.
    #[cold]
    fn skip(&self, graph: &impl Spread, node: usize) -> bool {
        let doomed = self.doomed[node].load(Ordering::Relaxed) != 0;
        if doomed {
            self.doom(graph, node);
        }
        doomed
    }

    fn doom(&self, graph: &impl Spread, node: usize) {
        for &dependant in graph.dependants(node) {
            self.doomed[dependant as usize].store(1, Ordering::Relaxed);
        }
    }
}
