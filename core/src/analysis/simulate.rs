//! What a run would take on a given number of threads: list scheduling by bottom level, without overhead.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::analysis::dag::Dag;

/// One node on a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The node.
    pub node: usize,
    /// When it starts, counted from the start of the run.
    pub start_ns: u64,
    /// When it ends.
    pub end_ns: u64,
}

/// What one thread does, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    /// Its slices; none overlaps another.
    pub slices: Vec<Slice>,
}

/// A simulated run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulation {
    /// When the last node ends.
    pub makespan_ns: u64,
    /// One lane for each thread.
    pub lanes: Vec<Lane>,
}

/// Returns the bound that no run on `threads` threads can beat: `max(critical path, total work / threads)`.
///
/// # Panics
///
/// Panics if `threads` is zero.
#[track_caller]
pub fn bound_ns(dag: &Dag, cost_ns: &[u64], threads: usize) -> u64 {
    assert!(threads > 0, "a run has at least one thread");
    let critical = dag.bottom_levels_ns(cost_ns).into_iter().max().unwrap_or(0);
    critical.max(cost_ns.iter().sum::<u64>().div_ceil(threads as u64))
}

/// Simulates a run on `threads` threads: whenever a thread is free it takes the ready node with the longest way to the end.
///
/// Ties break by program order, so the same graph gives the same lanes. Graham's bound holds: the makespan is at most
/// `total / threads + critical path * (1 - 1 / threads)`. Costs O((nodes + edges) log nodes).
///
/// # Panics
///
/// Panics if `threads` is zero, or `cost_ns` has not one cost for each node.
#[track_caller]
pub fn simulate(dag: &Dag, cost_ns: &[u64], threads: usize) -> Simulation {
    assert!(threads > 0, "a run has at least one thread");
    assert_eq!(cost_ns.len(), dag.len(), "one cost for each node");
    let priority = dag.bottom_levels_ns(cost_ns);
    let mut waiting = dag.predecessor_counts().to_vec();
    let rank = |node: usize| (priority[node], Reverse(node));
    let mut ready: BinaryHeap<_> = (0..dag.len()).filter(|&node| waiting[node] == 0).map(rank).collect();
    let mut free: BinaryHeap<_> = (0..threads).map(Reverse).collect();
    let mut running = BinaryHeap::new();
    let mut lanes = vec![Lane::default(); threads];
    let mut now = 0;
    loop {
        while !ready.is_empty() && !free.is_empty() {
            let (Some((_, Reverse(node))), Some(Reverse(lane))) = (ready.pop(), free.pop()) else { break };
            let end_ns = now + cost_ns[node];
            lanes[lane].slices.push(Slice { node, start_ns: now, end_ns });
            running.push(Reverse((end_ns, lane, node)));
        }
        let Some(&Reverse((next, ..))) = running.peek() else { break };
        now = next;
        while let Some(&Reverse((end, lane, node))) = running.peek() {
            if end > now {
                break;
            }
            running.pop();
            free.push(Reverse(lane));
            for &after in dag.successors(node) {
                waiting[after as usize] -= 1;
                if waiting[after as usize] == 0 {
                    ready.push(rank(after as usize));
                }
            }
        }
    }
    Simulation { makespan_ns: now, lanes }
}
