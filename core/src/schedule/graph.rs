//! The graph of a schedule: what waits for what, and why.

use std::fmt;
use std::panic::Location;

use crate::access::Key;
use crate::schedule::hazard::Hazard;
use crate::schedule::reduce;

/// The graph of a schedule: its nodes in program order, and the edges between them, with the reasons.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    edges: Vec<Edge>,
    dependencies: Vec<Edge>,
}

/// A node of a [`Graph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Node {
    /// A system, by its index in the [`Program`](crate::Program).
    System(usize),
    /// The point at the end of a stage where the commands of its systems apply. Nothing runs beside it.
    Sync {
        /// The stage, by its index in the [`Program`](crate::Program).
        stage: usize,
    },
}

/// Two nodes of which one waits for the other.
#[derive(Clone, Debug)]
pub struct Edge {
    /// The index of the node that comes first.
    pub first: usize,
    /// The index of the node that waits.
    pub second: usize,
    /// Why: all reasons between the two.
    pub reasons: Vec<Reason>,
}

/// Why a node waits for another.
#[derive(Clone, Copy, Debug)]
pub enum Reason {
    /// Two systems access one type.
    Hazard {
        /// What kind of hazard it is.
        hazard: Hazard,
        /// The declaration of the first system.
        first: Key,
        /// The declaration of the second system.
        second: Key,
    },
    /// The second system is declared to come after the first.
    After {
        /// Where the second system is declared.
        at: &'static Location<'static>,
    },
    /// One of the two declares the whole world, so nothing runs beside it.
    Exclusive {
        /// The one that does, by its index in the [`Program`](crate::Program).
        system: usize,
        /// Where it says so.
        at: &'static Location<'static>,
    },
    /// The commands of a stage apply between them.
    Commands {
        /// The stage, by its index in the [`Program`](crate::Program).
        stage: usize,
    },
}

impl Graph {
    /// Returns the nodes, in program order; edges name them by their index.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Returns the edges that the run waits for: none of them follows from others.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// Returns what orders systems, also those that follow from others.
    pub fn dependencies(&self) -> &[Edge] {
        &self.dependencies
    }

    /// Builds the graph of systems in program order.
    ///
    /// `stages` holds the stage of each system, `found` the reasons between two of them, and `syncs` tells for each stage whether commands apply at its end.
    pub(crate) fn new(stages: &[usize], syncs: &[bool], found: Vec<(usize, usize, Reason)>) -> Self {
        let nodes = nodes(stages, syncs);
        let mut node_of = vec![0; stages.len()];
        for (index, node) in nodes.iter().enumerate() {
            if let Node::System(system) = node {
                node_of[*system] = index;
            }
        }
        let dependencies = gather(found, &node_of);
        let needed = reduce::transitive(nodes.len(), dependencies.iter().map(|edge| (edge.first, edge.second)));
        let direct = dependencies.iter().zip(needed).filter(|(_, needed)| *needed).map(|(edge, _)| edge.clone());
        let edges = with_syncs(&nodes, direct);
        Self { nodes, edges, dependencies }
    }
}

fn nodes(stages: &[usize], syncs: &[bool]) -> Vec<Node> {
    let mut nodes = Vec::with_capacity(stages.len() + syncs.len());
    let mut system = 0;
    for (stage, &sync) in syncs.iter().enumerate() {
        while stages.get(system) == Some(&stage) {
            nodes.push(Node::System(system));
            system += 1;
        }
        if sync {
            nodes.push(Node::Sync { stage });
        }
    }
    nodes
}

/// Puts all reasons between two systems on one edge.
fn gather(mut found: Vec<(usize, usize, Reason)>, node_of: &[usize]) -> Vec<Edge> {
    found.sort_by_key(|&(first, second, _)| (second, first));
    let mut edges: Vec<Edge> = Vec::new();
    for (first, second, reason) in found {
        let (first, second) = (node_of[first], node_of[second]);
        match edges.last_mut() {
            Some(edge) if (edge.first, edge.second) == (first, second) => edge.reasons.push(reason),
            _ => edges.push(Edge { first, second, reasons: vec![reason] }),
        }
    }
    edges
}

/// Adds the edges to and from sync points, and leaves out those that follow from them.
fn with_syncs(nodes: &[Node], direct: impl Iterator<Item = Edge>) -> Vec<Edge> {
    let mut section = Vec::with_capacity(nodes.len());
    let mut current = 0_usize;
    for node in nodes {
        section.push(current);
        current += usize::from(matches!(node, Node::Sync { .. }));
    }
    let mut edges: Vec<Edge> = direct.filter(|edge| section[edge.first] == section[edge.second]).collect();

    let (mut has_earlier, mut has_later) = (vec![false; nodes.len()], vec![false; nodes.len()]);
    for edge in &edges {
        has_later[edge.first] = true;
        has_earlier[edge.second] = true;
    }
    let mut previous: Option<(usize, usize)> = None;
    let mut start = 0;
    for end in 0..=nodes.len() {
        let sync = match nodes.get(end) {
            Some(Node::System(_)) => continue,
            Some(Node::Sync { stage }) => Some((end, *stage)),
            None => None,
        };
        if let Some((first, stage)) = previous {
            let roots = (start..end).filter(|&node| !has_earlier[node]);
            edges.extend(roots.map(|second| Edge { first, second, reasons: vec![Reason::Commands { stage }] }));
        }
        if let Some((second, stage)) = sync {
            let reasons = vec![Reason::Commands { stage }];
            let leaves = (start..end).filter(|&node| !has_later[node]);
            edges.extend(leaves.map(|first| Edge { first, second, reasons: reasons.clone() }));
            if let (true, Some((first, _))) = (start == end, previous) {
                edges.push(Edge { first, second, reasons });
            }
        }
        previous = sync.or(previous);
        start = end + 1;
    }
    edges.sort_by_key(|edge| (edge.second, edge.first));
    edges
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System(system) => write!(f, "system {system}"),
            Self::Sync { stage } => write!(f, "sync point of stage {stage}"),
        }
    }
}
