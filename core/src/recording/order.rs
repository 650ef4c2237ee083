//! Legal orders: drawn from a seed, or taken from a recording.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::analysis::Dag;
use crate::recording::RecordedRun;

/// In which of its legal orders a schedule runs. Every one has the same result; if not, a declaration is wrong.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum RunOrder {
    /// In any, on all threads, as fast as can be.
    #[default]
    Free,
    /// One system after another on the calling thread, in an order drawn from a seed. Each run draws the next one.
    ///
    /// A schedule whose results differ from seed to seed has a system that touches what it does not declare.
    Shuffled {
        /// The same seed gives the same orders.
        seed: u64,
    },
    /// One system after another on the calling thread, in the order in which they started in a recorded run.
    Replayed(RecordedRun),
}

/// A recorded run is of another schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the recording is of another schedule: {what}; replay it on the schedule that it was made of")]
pub struct ReplayError {
    what: String,
}

/// What a schedule keeps of its order.
#[derive(Clone, Debug, Default)]
pub(crate) enum Chosen {
    #[default]
    Free,
    Shuffled(SplitMix64),
    Replayed(Vec<usize>),
}

/// Checks an order against the graph whose nodes have these names.
pub(crate) fn choose(order: RunOrder, dag: &Dag, names: &[String]) -> Result<Chosen, ReplayError> {
    match order {
        RunOrder::Free => Ok(Chosen::Free),
        RunOrder::Shuffled { seed } => Ok(Chosen::Shuffled(SplitMix64(seed))),
        RunOrder::Replayed(run) => replayed(&run, dag, names).map(Chosen::Replayed),
    }
}

impl Chosen {
    /// Returns the order of the next run; none is any.
    pub(crate) fn next(&mut self, dag: impl FnOnce() -> Dag) -> Option<Vec<usize>> {
        match self {
            Self::Free => None,
            Self::Shuffled(random) => {
                let dag = dag();
                let ranks: Vec<_> = (0..dag.len()).map(|_| random.next()).collect();
                Some(by_rank(&dag, &ranks))
            }
            Self::Replayed(order) => Some(order.clone()),
        }
    }
}

fn replayed(run: &RecordedRun, dag: &Dag, names: &[String]) -> Result<Vec<usize>, ReplayError> {
    let other = |what: String| ReplayError { what };
    if run.nodes.len() != names.len() {
        return Err(other(format!("it has {} nodes, this one has {}", run.nodes.len(), names.len())));
    }
    let recorded = run.nodes.iter().map(|node| &node.name);
    if let Some((recorded, here)) = recorded.zip(names).find(|(recorded, here)| recorded != here) {
        return Err(other(format!("it has `{recorded}` where this one has `{here}`")));
    }
    // What was skipped in that run comes last, as far as it can.
    let mut ranks = vec![u64::MAX; names.len()];
    for (rank, slice) in run.slices.iter().enumerate() {
        ranks[slice.node] = rank as u64;
    }
    let order = by_rank(dag, &ranks);
    let kept = order.iter().filter(|&&node| ranks[node] != u64::MAX).eq(run.slices.iter().map(|slice| &slice.node));
    if kept { Ok(order) } else { Err(other("its order is not legal here".to_owned())) }
}

/// Returns the legal order that always takes the ready node of the lowest rank.
fn by_rank(dag: &Dag, ranks: &[u64]) -> Vec<usize> {
    let mut waiting = dag.predecessor_counts().to_vec();
    let rank = |node: usize| Reverse((ranks[node], node));
    let mut ready: BinaryHeap<_> = (0..dag.len()).filter(|&node| waiting[node] == 0).map(rank).collect();
    let mut order = Vec::with_capacity(dag.len());
    while let Some(Reverse((_, node))) = ready.pop() {
        order.push(node);
        for &later in dag.successors(node) {
            waiting[later as usize] -= 1;
            if waiting[later as usize] == 0 {
                ready.push(rank(later as usize));
            }
        }
    }
    order
}

/// A small generator of good enough numbers: the same seed gives the same ones everywhere.
#[derive(Clone, Debug)]
pub(crate) struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
