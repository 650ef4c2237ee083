//! Why two systems of a schedule do, or do not, overlap.

use std::collections::VecDeque;
use std::fmt;

use crate::schedule::{Graph, Node, Reason, Schedule};

/// Why two systems of a schedule do, or do not, overlap.
#[derive(Clone, Debug)]
pub struct Explanation<'s> {
    pub(super) schedule: &'s Schedule,
    /// The nodes of the systems, the one that comes first in program order first.
    pub(super) nodes: (usize, usize),
    verdict: Verdict,
}

/// What orders two systems.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing: they may overlap.
    Free,
    /// One waits for the other itself.
    Direct {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// One waits for the other by way of others.
    Through {
        /// The nodes of a shortest way in the graph's edges, both ends included.
        path: Vec<usize>,
    },
}

impl Explanation<'_> {
    /// Returns what orders the two.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Returns whether the two may run at the same time.
    pub const fn may_overlap(&self) -> bool {
        matches!(self.verdict, Verdict::Free)
    }
}

/// Explains a pair of systems, given by their index in program order.
pub(crate) fn explain(schedule: &Schedule, a: usize, b: usize) -> Explanation<'_> {
    let graph = schedule.graph();
    let node = |system| graph.nodes().iter().position(|&node| node == Node::System(system)).unwrap_or_default();
    let nodes = (node(a.min(b)), node(a.max(b)));
    let direct = graph.dependencies().iter().find(|edge| (edge.first, edge.second) == nodes);
    let verdict = match (direct, shortest_path(graph, nodes)) {
        (Some(edge), _) => Verdict::Direct { reasons: edge.reasons.clone() },
        (None, Some(path)) => Verdict::Through { path },
        (None, None) => Verdict::Free,
    };
    Explanation { schedule, nodes, verdict }
}

/// Finds a shortest way along the edges; of several the one of the lowest nodes.
fn shortest_path(graph: &Graph, (first, last): (usize, usize)) -> Option<Vec<usize>> {
    let mut from = vec![None; graph.nodes().len()];
    let mut queue = VecDeque::from([first]);
    while let Some(node) = queue.pop_front() {
        if node == last {
            let mut path = vec![last];
            while let Some(before) = from[*path.last()?] {
                path.push(before);
            }
            path.reverse();
            return Some(path);
        }
        for edge in graph.edges().iter().filter(|edge| edge.first == node && edge.second != first) {
            if from[edge.second].is_none() {
                from[edge.second] = Some(node);
                queue.push_back(edge.second);
            }
        }
    }
    None
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |node| self.schedule.node_name(node);
        let (first, second) = (name(self.nodes.0), name(self.nodes.1));
        match &self.verdict {
            Verdict::Free => write!(f, "`{first}` and `{second}` may overlap: they share nothing that either writes"),
            Verdict::Direct { reasons } => {
                write!(f, "`{second}` waits for `{first}`")?;
                reasons.iter().try_for_each(|reason| write!(f, "\n  {}", self.because(self.nodes, reason)))
            }
            Verdict::Through { path } => {
                write!(f, "`{second}` waits for `{first}`, through others")?;
                for step in path.windows(2) {
                    write!(f, "\n  {} -> {}", name(step[0]), name(step[1]))?;
                    for reason in self.reasons(step[0], step[1]) {
                        write!(f, "\n    {reason}")?;
                    }
                }
                Ok(())
            }
        }
    }
}

impl Explanation<'_> {
    fn because(&self, (first, second): (usize, usize), reason: &Reason) -> String {
        self.schedule.because(first, second, reason)
    }

    pub(super) fn names(&self) -> (String, String) {
        (self.schedule.node_name(self.nodes.0), self.schedule.node_name(self.nodes.1))
    }

    /// Lists the pairs of nodes on the way from one to the other.
    pub(super) fn steps(&self) -> Vec<(usize, usize)> {
        match &self.verdict {
            Verdict::Free => Vec::new(),
            Verdict::Direct { .. } => vec![self.nodes],
            Verdict::Through { path } => path.windows(2).map(|step| (step[0], step[1])).collect(),
        }
    }

    /// Returns the reasons of one step as sentences.
    pub(super) fn reasons(&self, first: usize, second: usize) -> Vec<String> {
        self.reasons_of((first, second)).iter().map(|reason| self.because((first, second), reason)).collect()
    }

    /// Returns the reasons of one step as JSON.
    pub(super) fn reasons_json(&self, first: usize, second: usize) -> Vec<String> {
        self.reasons_of((first, second)).iter().map(|reason| self.schedule.reason_json(reason)).collect()
    }

    fn reasons_of(&self, step: (usize, usize)) -> &[Reason] {
        match &self.verdict {
            Verdict::Direct { reasons } => reasons,
            Verdict::Free | Verdict::Through { .. } => {
                let edge = self.schedule.graph().edges().iter().find(|edge| (edge.first, edge.second) == step);
                edge.map_or(&[], |edge| &edge.reasons)
            }
        }
    }
}
