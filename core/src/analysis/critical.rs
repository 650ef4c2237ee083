//! The critical path, the slack of every node, and what a node without cost would save.

use crate::analysis::dag::Dag;

/// The longest way through a graph, and how far every node is from being on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriticalPath {
    /// Its length: no number of threads can be faster.
    pub length_ns: u64,
    /// Its nodes, first to last; of several longest paths the one of the lowest indices.
    pub nodes: Vec<usize>,
    /// For each node how much later it may end without making the longest way longer.
    pub slack_ns: Vec<u64>,
}

/// Finds the critical path of a graph in time linear in its nodes and edges.
pub fn critical_path(dag: &Dag, cost_ns: &[u64]) -> CriticalPath {
    let top = dag.top_levels_ns(cost_ns);
    let bottom = dag.bottom_levels_ns(cost_ns);
    let length_ns = bottom.iter().copied().max().unwrap_or(0);
    let slack_ns = (0..dag.len()).map(|node| length_ns - top[node] - bottom[node]).collect();
    let mut nodes = Vec::new();
    let mut next = (0..dag.len()).find(|&node| bottom[node] == length_ns);
    while let Some(node) = next {
        nodes.push(node);
        let rest = bottom[node] - cost_ns[node];
        next = dag.successors(node).iter().map(|&node| node as usize).find(|&node| bottom[node] == rest);
    }
    CriticalPath { length_ns, nodes, slack_ns }
}

/// Returns for each node how much shorter the critical path would be if that node cost nothing.
///
/// A node that is not on every longest path saves nothing. Costs one pass over the graph for each node on the path.
pub fn saved_if_free(dag: &Dag, cost_ns: &[u64]) -> Vec<u64> {
    let path = critical_path(dag, cost_ns);
    let mut saved = vec![0; dag.len()];
    let mut costs = cost_ns.to_vec();
    for &node in &path.nodes {
        let own = std::mem::take(&mut costs[node]);
        let without = dag.bottom_levels_ns(&costs).into_iter().max().unwrap_or(0);
        saved[node] = path.length_ns - without;
        costs[node] = own;
    }
    saved
}
