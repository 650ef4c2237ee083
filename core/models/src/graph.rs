//! Small graphs whose nodes are their own units.

use crate::engine::{Spread, Units};

/// A graph over `0..n` whose edges lead from lower to higher numbers.
#[derive(Clone, Debug)]
pub(crate) struct Graph {
    pub(crate) successors: Vec<Vec<u32>>,
    pub(crate) predecessors: Vec<Vec<u32>>,
    pub(crate) pinned: Vec<bool>,
    alone: Vec<u32>,
}

impl Graph {
    pub(crate) fn new(nodes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Self {
        let mut graph = Self {
            successors: vec![Vec::new(); nodes],
            predecessors: vec![Vec::new(); nodes],
            pinned: vec![false; nodes],
            alone: (0..nodes as u32).collect(),
        };
        for (first, second) in edges {
            assert!(first < second);
            graph.successors[first].push(second as u32);
            graph.predecessors[second].push(first as u32);
        }
        graph
    }

    /// All 64 graphs over four nodes: each pair in order either has an edge or has none.
    pub(crate) fn all_of_four() -> impl Iterator<Item = Self> {
        let pairs = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)];
        (0..1_u32 << pairs.len()).map(move |chosen| {
            Self::new(4, (0..pairs.len()).filter(|pair| chosen >> pair & 1 == 1).map(|pair| pairs[pair]))
        })
    }

    pub(crate) fn pin(mut self, node: usize) -> Self {
        self.pinned[node] = true;
        self
    }

    /// What depends on `node`, directly or not.
    pub(crate) fn depends_on(&self, node: usize) -> Vec<usize> {
        let mut reached = vec![false; self.alone.len()];
        reached[node] = true;
        for node in 0..reached.len() {
            if reached[node] {
                self.successors[node].iter().for_each(|&next| reached[next as usize] = true);
            }
        }
        (node + 1..reached.len()).filter(|&later| reached[later]).collect()
    }
}

impl Spread for Graph {
    fn dependants(&self, node: usize) -> &[u32] {
        &self.successors[node]
    }
}

impl Units for Graph {
    fn len(&self) -> usize {
        self.alone.len()
    }

    fn nodes(&self, unit: usize) -> &[u32] {
        &self.alone[unit..=unit]
    }

    fn successors(&self, unit: usize) -> &[u32] {
        &self.successors[unit]
    }

    fn predecessors(&self, unit: usize) -> usize {
        self.predecessors[unit].len()
    }

    fn pinned(&self, unit: usize) -> bool {
        self.pinned[unit]
    }

    fn worth_waking(&self, _unit: usize) -> bool {
        true
    }
}
