//! A directed acyclic graph in flat arrays, nodes numbered in program order.

/// Why edges are no [`Dag`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DagError {
    /// An edge does not lead from an earlier node to a later one.
    #[error("edge {first} -> {second} does not lead forward among {nodes} nodes; number the nodes in program order")]
    NotForward {
        /// The edge's first node.
        first: usize,
        /// The edge's second node.
        second: usize,
        /// How many nodes there are.
        nodes: usize,
    },
}

/// A directed acyclic graph in flat arrays; every edge leads from a node to one with a higher index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dag {
    offsets: Vec<u32>,
    successors: Vec<u32>,
    predecessors: Vec<u32>,
}

impl Dag {
    /// Makes the graph of `nodes` nodes and the given edges, in time linear in both; an edge given twice counts once.
    ///
    /// # Errors
    ///
    /// An edge that does not lead forward, or leaves the graph, is [`DagError::NotForward`].
    pub fn new(nodes: usize, edges: &[(usize, usize)]) -> Result<Self, DagError> {
        if let Some(&(first, second)) = edges.iter().find(|&&(first, second)| first >= second || second >= nodes) {
            return Err(DagError::NotForward { first, second, nodes });
        }
        let mut edges = edges.to_vec();
        edges.sort_unstable();
        edges.dedup();
        let mut offsets = vec![0; nodes + 1];
        let mut predecessors = vec![0; nodes];
        for &(first, second) in &edges {
            offsets[first + 1] += 1;
            predecessors[second] += 1;
        }
        for node in 0..nodes {
            offsets[node + 1] += offsets[node];
        }
        let successors = edges.iter().map(|&(_, second)| second as u32).collect();
        Ok(Self { offsets, successors, predecessors })
    }

    /// Returns how many nodes there are.
    pub fn len(&self) -> usize {
        self.predecessors.len()
    }

    /// Returns whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.predecessors.is_empty()
    }

    /// Returns how many edges there are.
    pub fn edge_count(&self) -> usize {
        self.successors.len()
    }

    /// Returns the nodes right after `node`, in ascending order.
    pub fn successors(&self, node: usize) -> &[u32] {
        &self.successors[self.offsets[node] as usize..self.offsets[node + 1] as usize]
    }

    /// Returns for each node how many nodes come right before it.
    pub fn predecessor_counts(&self) -> &[u32] {
        &self.predecessors
    }

    /// Returns for each node the longest way from its start to the end of the graph: its bottom level.
    pub fn bottom_levels_ns(&self, cost_ns: &[u64]) -> Vec<u64> {
        let mut levels = vec![0; self.len()];
        for node in (0..self.len()).rev() {
            let after = self.successors(node).iter().map(|&next| levels[next as usize]).max().unwrap_or(0);
            levels[node] = cost_ns[node] + after;
        }
        levels
    }

    /// Returns for each node the earliest time at which it can start: its top level.
    pub fn top_levels_ns(&self, cost_ns: &[u64]) -> Vec<u64> {
        let mut levels = vec![0; self.len()];
        for node in 0..self.len() {
            let end = levels[node] + cost_ns[node];
            for &next in self.successors(node) {
                levels[next as usize] = levels[next as usize].max(end);
            }
        }
        levels
    }
}
