//! Order that nobody asked for: systems with a hazard whose order is only that in which they stand.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use crate::program::Program;
use crate::schedule::error::ScheduleError;
use crate::schedule::graph::{Edge, Graph, Node, Reason};
use crate::schedule::report::Because;

/// Two systems with a hazard and no declared order: they run as they stand, which may be by chance.
///
/// An order is declared by `after` or `before` of stages, and by [`SystemFn::after`](crate::SystemFn::after).
#[derive(Clone, Debug)]
pub struct Ambiguity<'s> {
    program: &'s Program,
    /// The system that stands first, by its index in the [`Program`].
    pub first: usize,
    /// The system that stands second.
    pub second: usize,
    /// Their hazards.
    pub reasons: Vec<Reason>,
}

impl Ambiguity<'_> {
    /// Returns the names of the two.
    pub fn names(&self) -> (&str, &str) {
        (self.program.systems[self.first].name(), self.program.systems[self.second].name())
    }
}

impl fmt::Display for Ambiguity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = self.names();
        write!(f, "`{first}` and `{second}` have no declared order")?;
        self.reasons.iter().try_for_each(|reason| write!(f, "\n  {}", Because(self.program, first, second, reason)))
    }
}

/// What a schedule does about ambiguities.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) deny: bool,
    pub(crate) allowed: Vec<(String, String)>,
}

/// What was declared about order, whatever the hazards.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    /// For each stage, by its index in the program, those that are declared to come right after it.
    pub(crate) stages: Vec<Vec<usize>>,
    pub(crate) policy: Policy,
}

impl Declared {
    /// Lists the ambiguities that are not allowed, in program order.
    pub(crate) fn ambiguities<'s>(&self, program: &'s Program, graph: &Graph) -> Vec<Ambiguity<'s>> {
        let later_stages: Vec<_> = (0..self.stages.len()).map(|stage| reached(stage, |at| &self.stages[at])).collect();
        let explicit = explicit(program, graph);
        let pairs = graph.dependencies().iter().filter_map(|edge| pair(program, graph, edge));
        pairs
            .filter(|pair| {
                let stage = |system: usize| program.systems[system].stage;
                let before = reached(pair.first, |at| &explicit[at]);
                let ordered = before.contains(&pair.second)
                    || before
                        .iter()
                        .chain([&pair.first])
                        .any(|&system| later_stages[stage(system)].contains(&stage(pair.second)));
                !ordered && !self.allows(pair.names())
            })
            .collect()
    }

    /// Refuses the first ambiguity, if they are denied.
    pub(crate) fn check(&self, program: &Program, graph: &Graph) -> Result<(), ScheduleError> {
        if !self.policy.deny {
            return Ok(());
        }
        let found = self.ambiguities(program, graph);
        let Some(one) = found.first() else { return Ok(()) };
        let (first, second) = one.names();
        Err(ScheduleError::Ambiguous {
            first: first.to_owned(),
            second: second.to_owned(),
            why: one.to_string(),
            more: found.len() - 1,
        })
    }

    fn allows(&self, (first, second): (&str, &str)) -> bool {
        let same = |(a, b): &(String, String)| {
            (a.as_str(), b.as_str()) == (first, second) || (b.as_str(), a.as_str()) == (first, second)
        };
        self.policy.allowed.iter().any(same)
    }
}

/// Returns two systems with a hazard.
fn pair<'s>(program: &'s Program, graph: &Graph, edge: &Edge) -> Option<Ambiguity<'s>> {
    let (Node::System(first), Node::System(second)) = (graph.nodes()[edge.first], graph.nodes()[edge.second]) else {
        return None;
    };
    let hazards = edge.reasons.iter().copied().filter(|reason| matches!(reason, Reason::Hazard { .. }));
    let reasons: Vec<_> = hazards.collect();
    (!reasons.is_empty()).then_some(Ambiguity { program, first, second, reasons })
}

/// Lists for each system those that are declared to come right after it.
fn explicit(program: &Program, graph: &Graph) -> Vec<Vec<usize>> {
    let mut later = vec![Vec::new(); program.systems.len()];
    for edge in graph.dependencies() {
        if let (Node::System(first), Node::System(second)) = (graph.nodes()[edge.first], graph.nodes()[edge.second])
            && edge.reasons.iter().any(|reason| matches!(reason, Reason::After { .. }))
        {
            later[first].push(second);
        }
    }
    later
}

/// Returns all that can be reached from `start`.
fn reached<'a>(start: usize, later: impl Fn(usize) -> &'a Vec<usize>) -> HashSet<usize> {
    let (mut found, mut queue) = (HashSet::new(), VecDeque::from([start]));
    while let Some(at) = queue.pop_front() {
        queue.extend(later(at).iter().copied().filter(|&next| found.insert(next)));
    }
    found
}
