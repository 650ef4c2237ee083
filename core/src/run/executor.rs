//! Runs the nodes of a graph: each once, none before those that it waits for.
//!
//! It knows neither systems nor worlds. The caller takes part; helpers are jobs of the pool that end as soon as nothing is
//! ready, so an idle helper gives its thread back. Every node that is ready has somebody who will come for it: whoever
//! made it ready looks again before leaving.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use rayon::Scope;

use crate::run::inside::Inside;
use crate::run::threads::Threads;
use crate::schedule::{Graph, Node};

/// The graph as the executor needs it.
#[derive(Debug)]
pub(crate) struct Plan {
    nodes: Box<[Node]>,
    /// How many nodes each node waits for.
    waits: Box<[u32]>,
    /// The nodes that wait for node `n`: `later[starts[n]..starts[n + 1]]`.
    starts: Box<[u32]>,
    later: Box<[u32]>,
}

/// The right to run one node: it comes up once in a run, after all that the node waits for.
#[derive(Debug)]
pub(crate) struct Turn {
    index: usize,
    node: Node,
}

impl Turn {
    /// Returns the index of the node in the graph.
    pub(crate) const fn index(&self) -> usize {
        self.index
    }

    /// Returns whose turn it is.
    pub(crate) const fn node(&self) -> Node {
        self.node
    }

    /// Returns whether it is the turn of this system.
    pub(crate) fn may_use(&self, system: usize) -> bool {
        self.node == Node::System(system)
    }

    /// Returns whether no other turn is out.
    pub(crate) const fn is_exclusive(&self) -> bool {
        matches!(self.node, Node::Sync { .. })
    }
}

impl Plan {
    pub(crate) fn new(graph: &Graph) -> Self {
        let nodes: Box<[Node]> = graph.nodes().into();
        let mut waits = vec![0; nodes.len()];
        let mut starts = vec![0; nodes.len() + 1];
        for edge in graph.edges() {
            waits[edge.second] += 1;
            starts[edge.first + 1] += 1;
        }
        for node in 0..nodes.len() {
            starts[node + 1] += starts[node];
        }
        let mut place = starts.clone();
        let mut later = vec![0; graph.edges().len()];
        for edge in graph.edges() {
            later[place[edge.first] as usize] = edge.second as u32;
            place[edge.first] += 1;
        }
        Self { nodes, waits: waits.into(), starts: starts.into(), later: later.into() }
    }

    fn later(&self, node: usize) -> &[u32] {
        &self.later[self.starts[node] as usize..self.starts[node + 1] as usize]
    }

    fn turn(&self, index: usize) -> Turn {
        Turn { index, node: self.nodes[index] }
    }
}

/// Runs every node of the plan. `run` does not panic.
pub(crate) fn execute(plan: &Plan, threads: &Threads, run: &(dyn Fn(Turn) + Sync)) {
    let lanes = threads.lanes().min(plan.nodes.len());
    if lanes < 2 {
        (0..plan.nodes.len()).for_each(|node| run(plan.turn(node)));
        return;
    }
    let roots = (0..plan.nodes.len()).filter(|&node| plan.waits[node] == 0);
    let shared = Shared {
        plan,
        run,
        waits: plan.waits.iter().map(|&count| AtomicU32::new(count)).collect(),
        ready: Mutex::new(roots.map(|node| Reverse(node as u32)).collect()),
        helpers: AtomicUsize::new(0),
        most_helpers: lanes - 1,
    };
    threads.scope(|scope| {
        shared.call_helpers(shared.ready().len().saturating_sub(1), scope);
        shared.work(scope);
    });
    debug_assert!(shared.ready().is_empty(), "a node that was ready was left");
}

struct Shared<'a> {
    plan: &'a Plan,
    run: &'a (dyn Fn(Turn) + Sync),
    waits: Box<[AtomicU32]>,
    /// The nodes that wait for nothing more; the first in program order comes first.
    ready: Mutex<BinaryHeap<Reverse<u32>>>,
    helpers: AtomicUsize,
    most_helpers: usize,
}

impl Shared<'_> {
    fn ready(&self) -> std::sync::MutexGuard<'_, BinaryHeap<Reverse<u32>>> {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs nodes for as long as some are ready.
    fn work<'s>(&'s self, scope: &Scope<'s>) {
        loop {
            let Some(Reverse(node)) = self.ready().pop() else { return };
            let mut next = Some(node as usize);
            while let Some(node) = next {
                (self.run)(self.plan.turn(node));
                next = self.finish(node, scope);
            }
        }
    }

    /// Tells the nodes that wait for `node`; returns the first that is ready now, and shares the others.
    fn finish<'s>(&'s self, node: usize, scope: &Scope<'s>) -> Option<usize> {
        // What `node` wrote happens before what the last to arrive here makes ready.
        let mut ready = self
            .plan
            .later(node)
            .iter()
            .map(|&later| later as usize)
            .filter(|&later| self.waits[later].fetch_sub(1, Ordering::AcqRel) == 1);
        let first = ready.next()?;
        let mut shared = 0;
        for node in ready {
            self.ready().push(Reverse(node as u32));
            shared += 1;
        }
        self.call_helpers(shared, scope);
        Some(first)
    }

    fn call_helpers<'s>(&'s self, wanted: usize, scope: &Scope<'s>) {
        for _ in 0..wanted {
            let free = |helpers| (helpers < self.most_helpers).then_some(helpers + 1);
            if self.helpers.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).is_err() {
                return;
            }
            scope.spawn(|scope| {
                // A waiting `join` may have found this job below a system.
                if !Inside::is() {
                    self.work(scope);
                }
                self.helpers.fetch_sub(1, Ordering::Relaxed);
            });
        }
    }
}
