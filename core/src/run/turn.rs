//! The right to run one node of a schedule's graph.

use crate::run::executor::Claim;
use crate::schedule::Node;

/// The right to run one node: it comes up once in a run, after all that the node waits for.
#[derive(Debug)]
pub(crate) struct Turn {
    node: Node,
}

impl Turn {
    /// Turns the executor's claim into the right to what the node stands for. `nodes` are those of the executor's graph.
    #[expect(clippy::needless_pass_by_value, reason = "a claim is used up by the turn it becomes")]
    pub(super) fn new(claim: Claim, nodes: &[Node]) -> Self {
        Self { node: nodes[claim.node()] }
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
