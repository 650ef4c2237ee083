//! What each node costs, learned by timing one run in sixteen.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// One run in this many is timed: reading the clock twice costs about as much as five empty systems.
const EVERY: u32 = 16;
/// So many runs at the start are timed, each one.
const AT_FIRST: u32 = 3;
/// A node that has never run counts as this long, which is enough to be worth a helper, in nanoseconds.
const UNKNOWN_NS: u32 = 20_000;

/// The costs of the nodes of a graph.
#[derive(Debug)]
pub(crate) struct Costs {
    /// Written by whichever thread runs the node; 0 where none has.
    samples_ns: Box<[AtomicU32]>,
    means_ns: Box<[u32]>,
    planned_ns: Box<[u32]>,
    runs: u32,
}

impl Costs {
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            samples_ns: (0..nodes).map(|_| AtomicU32::new(0)).collect(),
            means_ns: vec![UNKNOWN_NS; nodes].into(),
            planned_ns: vec![0; nodes].into(),
            runs: 0,
        }
    }

    /// Counts a run, and answers whether it is one to time.
    pub(crate) const fn begin(&mut self) -> bool {
        let timed = self.runs < AT_FIRST || self.runs.is_multiple_of(EVERY);
        self.runs = self.runs.wrapping_add(1);
        timed
    }

    /// Calls `work` for `node` and times it.
    pub(crate) fn time<R>(&self, node: usize, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let value = work();
        let ns = u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX);
        self.samples_ns[node].store(ns.max(1), Ordering::Relaxed);
        value
    }

    /// Takes in what a timed run has measured. The least of the first samples counts, since caches are cold then.
    pub(crate) fn learn(&mut self) {
        for (mean, sample) in self.means_ns.iter_mut().zip(&self.samples_ns) {
            match sample.swap(0, Ordering::Relaxed) {
                0 => {}
                sample if self.runs == 1 => *mean = sample,
                sample if self.runs <= AT_FIRST => *mean = sample.min(*mean),
                sample => *mean = towards(*mean, sample),
            }
        }
    }

    /// Returns the estimate for a node, in nanoseconds.
    pub(crate) fn mean_ns(&self, node: usize) -> u32 {
        self.means_ns[node]
    }

    /// Answers whether the estimates have left those of the latest plan by more than a fifth, and then takes them for the new plan's.
    pub(crate) fn moved(&mut self) -> bool {
        let away: u64 =
            self.means_ns.iter().zip(&self.planned_ns).map(|(&mean, &planned)| u64::from(mean.abs_diff(planned))).sum();
        let planned: u64 = self.planned_ns.iter().map(|&planned| u64::from(planned)).sum();
        let moved = away * 5 > planned;
        if moved {
            self.planned_ns.copy_from_slice(&self.means_ns);
        }
        moved
    }
}

/// Moves a mean a quarter of the way to a sample; one that is far out, as of a thread that was put aside, counts as four times the mean.
fn towards(mean: u32, sample: u32) -> u32 {
    let sample = i64::from(sample.min(mean.saturating_mul(4).saturating_add(1_000)));
    let mean = i64::from(mean);
    u32::try_from(mean + (sample - mean) / 4).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(costs: &mut Costs, ns: u32) {
        costs.begin();
        costs.samples_ns[0].store(ns, Ordering::Relaxed);
        costs.learn();
    }

    #[test]
    fn the_least_of_the_first_samples_counts() {
        let mut costs = Costs::new(1);
        for ns in [900, 300, 500] {
            measure(&mut costs, ns);
        }
        assert_eq!(costs.mean_ns(0), 300);
    }

    #[test]
    fn one_outlier_moves_little_and_a_change_moves_all_the_way() {
        let mut costs = Costs::new(1);
        (0..8).for_each(|_| measure(&mut costs, 10_000));
        measure(&mut costs, 3_000_000);
        assert!(costs.mean_ns(0) < 20_000, "{}", costs.mean_ns(0));
        (0..64).for_each(|_| measure(&mut costs, 3_000_000));
        assert!(costs.mean_ns(0) > 2_900_000, "{}", costs.mean_ns(0));
    }

    #[test]
    fn only_some_runs_are_timed() {
        let mut costs = Costs::new(0);
        assert_eq!((0..160).filter(|_| costs.begin()).count(), 10 + 2);
    }

    #[test]
    fn estimates_move_by_more_than_a_fifth_or_not_at_all() {
        let mut costs = Costs::new(1);
        measure(&mut costs, 1_000);
        assert!(costs.moved());
        assert!(!costs.moved());
        costs.means_ns[0] = 1_190;
        assert!(!costs.moved());
        costs.means_ns[0] = 1_210;
        assert!(costs.moved());
    }
}
