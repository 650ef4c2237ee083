//! Which orders cost time: what a run would save if two nodes did not have to wait for each other.

use crate::analysis::dag::{Dag, DagError};
use crate::analysis::simulate::simulate;

/// Two nodes that wait for each other, and what that costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LostParallelism {
    /// The node that comes first.
    pub first: usize,
    /// The node that waits.
    pub second: usize,
    /// How much earlier a simulated run would end without this one order.
    pub saved_ns: u64,
}

/// Lists the orders that cost time on `threads` threads, the dearest first; ties in program order.
///
/// `dependencies` are all pairs that wait for each other for a reason of their own, also those that follow from others:
/// without `a -> b` an `a -> c -> b` still holds. Costs one simulation for each pair.
///
/// # Errors
///
/// Returns an error if a pair does not lead forward, as [`Dag::new`] does.
///
/// # Panics
///
/// Panics if `threads` is zero, or `cost_ns` has not one cost for each node.
#[track_caller]
pub fn lost_parallelism(
    nodes: usize,
    dependencies: &[(usize, usize)],
    cost_ns: &[u64],
    threads: usize,
) -> Result<Vec<LostParallelism>, DagError> {
    let now_ns = simulate(&Dag::new(nodes, dependencies)?, cost_ns, threads).makespan_ns;
    let mut lost = Vec::new();
    let mut rest = dependencies.to_vec();
    for (index, &(first, second)) in dependencies.iter().enumerate() {
        rest.remove(index);
        let without_ns = simulate(&Dag::new(nodes, &rest)?, cost_ns, threads).makespan_ns;
        rest.insert(index, (first, second));
        if without_ns < now_ns {
            lost.push(LostParallelism { first, second, saved_ns: now_ns - without_ns });
        }
    }
    lost.sort_by_key(|pair| (std::cmp::Reverse(pair.saved_ns), pair.first, pair.second));
    Ok(lost)
}
