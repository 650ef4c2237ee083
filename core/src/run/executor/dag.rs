//! The graph that an executor runs: nodes in program order, edges from earlier to later ones, in flat arrays.

use super::engine::Spread;

/// What must come before what. Node numbers are places in program order.
#[derive(Debug)]
pub(crate) struct Dag {
    /// For each node, those that wait for it.
    successors: Rows,
    /// For each node, those it waits for.
    predecessors: Rows,
    /// For each node, those that cannot do without it.
    dependants: Rows,
    pinned: Vec<bool>,
}

/// Rows of numbers in one array.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    starts: Vec<u32>,
    values: Vec<u32>,
}

impl Dag {
    /// Makes a graph of `pinned.len()` nodes; a pinned one runs only on the thread that calls.
    ///
    /// `waits` says which node comes before which other, `needs` which one cannot do without which other: if the first fails, the second
    /// is skipped. Whatever needs a node has to wait for it, by way of others perhaps.
    ///
    /// # Panics
    ///
    /// Panics if an edge does not lead from a node to a later one.
    pub(crate) fn new(
        pinned: Vec<bool>,
        waits: impl Iterator<Item = (usize, usize)>,
        needs: impl Iterator<Item = (usize, usize)>,
    ) -> Self {
        let nodes = pinned.len();
        let mut waits = edges(nodes, waits);
        let successors = Rows::of(nodes, waits.iter().copied());
        waits.sort_unstable_by_key(|&(first, second)| (second, first));
        let predecessors = Rows::of(nodes, waits.iter().map(|&(first, second)| (second, first)));
        let dependants = Rows::of(nodes, edges(nodes, needs).into_iter());
        Self { successors, predecessors, dependants, pinned }
    }

    pub(crate) const fn len(&self) -> usize {
        self.pinned.len()
    }

    /// Returns the nodes that wait for this one.
    pub(crate) fn successors(&self, node: usize) -> &[u32] {
        self.successors.row(node)
    }

    /// Returns the nodes that this one waits for.
    pub(crate) fn predecessors(&self, node: usize) -> &[u32] {
        self.predecessors.row(node)
    }

    /// Answers whether only the caller may run the node.
    pub(crate) fn pinned(&self, node: usize) -> bool {
        self.pinned[node]
    }
}

impl Spread for Dag {
    fn dependants(&self, node: usize) -> &[u32] {
        self.dependants.row(node)
    }
}

fn edges(nodes: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<(u32, u32)> {
    let checked = edges.map(|(first, second)| {
        assert!(first < second && second < nodes, "an edge {first} -> {second} in a graph of {nodes} nodes");
        (first as u32, second as u32)
    });
    let mut edges: Vec<_> = checked.collect();
    edges.sort_unstable();
    edges.dedup();
    edges
}

impl Rows {
    pub(crate) fn with_capacity(rows: usize, values: usize) -> Self {
        Self { starts: Vec::with_capacity(rows + 1), values: Vec::with_capacity(values) }
    }

    /// Lays pairs out that are sorted by their first half, which says the row.
    fn of(count: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut starts = vec![0; count + 1];
        let mut values = Vec::new();
        for (row, value) in pairs {
            starts[row as usize + 1] += 1;
            values.push(value);
        }
        for row in 0..count {
            starts[row + 1] += starts[row];
        }
        Self { starts, values }
    }

    pub(crate) fn clear(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        self.values.clear();
    }

    /// Adds to the row that is not ended.
    pub(crate) fn extend(&mut self, values: &[u32]) {
        self.values.extend_from_slice(values);
    }

    pub(crate) fn end_row(&mut self) {
        self.starts.push(self.values.len() as u32);
    }

    pub(crate) fn row(&self, index: usize) -> &[u32] {
        &self.values[self.starts[index] as usize..self.starts[index + 1] as usize]
    }
}
