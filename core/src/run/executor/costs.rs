//! What each node costs, learned by timing a run now and then.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

/// At most one run in this many is timed: reading the clock twice costs about as much as five empty systems.
const OFTEN: u32 = 16;
/// A run that is to be timed soon is at most this far away.
const SOON: u32 = 4;
/// So seldom runs are timed while nothing changes.
const SELDOM: u32 = 256;
/// So many runs at the start are timed, each one.
const AT_FIRST: u32 = 3;
/// A node that has never run counts as this long, which is enough to be worth a helper, in nanoseconds.
const UNKNOWN_NS: u32 = 20_000;
/// A node costs this much, even if it does nothing, in nanoseconds.
const LEAST_NS: u32 = 8;
/// A difference of less than this is none, whatever part of the whole it is, in nanoseconds.
const NOTHING_NS: u64 = 2_000;

/// The costs of the nodes of a graph.
#[derive(Debug)]
pub(crate) struct Costs {
    /// Written by whichever thread runs the node; 0 where none has.
    samples_ns: Box<[AtomicU32]>,
    last_ns: Box<[u32]>,
    means_ns: Box<[u32]>,
    /// How many samples each mean has, up to as many as make it trustworthy.
    samples: Box<[u8]>,
    planned_ns: Box<[u32]>,
    total_ns: u64,
    /// What a sample holds beside the node's own time.
    clock_ns: u32,
    /// Runs that were timed.
    timed: u32,
    /// Runs until the next that is timed, and how many there are between two.
    until: u32,
    every: u32,
}

impl Costs {
    pub(crate) fn new(nodes: usize) -> Self {
        Self {
            samples_ns: (0..nodes).map(|_| AtomicU32::new(0)).collect(),
            last_ns: vec![0; nodes].into(),
            means_ns: vec![UNKNOWN_NS; nodes].into(),
            samples: vec![0; nodes].into(),
            planned_ns: vec![UNKNOWN_NS; nodes].into(),
            total_ns: u64::from(UNKNOWN_NS) * nodes as u64,
            clock_ns: (0..8).map(|_| elapsed_ns(Instant::now())).min().unwrap_or(0),
            timed: 0,
            until: 0,
            every: OFTEN,
        }
    }

    /// Counts a run, and answers whether it is one to time.
    pub(crate) const fn begin(&mut self) -> bool {
        let timed = self.until == 0;
        if timed {
            self.timed = self.timed.saturating_add(1);
            self.until = if self.timed < AT_FIRST { 1 } else { self.every };
        }
        self.until -= 1;
        timed
    }

    /// Has a run timed soon if one took much longer than the estimates say.
    pub(crate) fn check(&mut self, took_ns: u64, expected_ns: u64) {
        if took_ns > 2 * expected_ns + NOTHING_NS {
            self.until = self.until.min(SOON);
        }
    }

    /// Returns the estimate for all nodes, in nanoseconds.
    pub(crate) const fn total_ns(&self) -> u64 {
        self.total_ns
    }

    /// Calls `work` for `node` and times it.
    pub(crate) fn time<R>(&self, node: usize, work: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let value = work();
        let ns = elapsed_ns(start).saturating_sub(self.clock_ns);
        self.samples_ns[node].store(ns.max(LEAST_NS), Ordering::Relaxed);
        value
    }

    /// Takes in what a timed run has measured.
    ///
    /// The least of the first samples counts, since caches are cold then. Later a sample that is far out counts for less, as it may be that
    /// of a thread that was put aside; two in a row are believed.
    pub(crate) fn learn(&mut self) {
        let nodes = self.means_ns.iter_mut().zip(&mut self.last_ns).zip(&mut self.samples).zip(&self.samples_ns);
        for (((mean, last), samples), sample) in nodes {
            let sample = sample.swap(0, Ordering::Relaxed);
            match (sample, *samples) {
                (0, _) => {}
                (sample, 0) => *mean = sample,
                (sample, few) if u32::from(few) < AT_FIRST => *mean = sample.min(*mean),
                (sample, _) => *mean = towards(*mean, sample.min((*last).max(far(*mean)))),
            }
            *last = sample;
            *samples = samples.saturating_add(u8::from(sample != 0));
        }
        self.add_up();
    }

    /// Takes over what an earlier graph's costs know of a node. The next runs are timed, for the nodes that nobody knows.
    pub(crate) fn take_over(&mut self, node: usize, earlier: &Self, of: usize) {
        self.means_ns[node] = earlier.means_ns[of];
        self.last_ns[node] = earlier.last_ns[of];
        self.samples[node] = earlier.samples[of];
    }

    /// Adds up the estimates, once all are taken over.
    pub(crate) fn add_up(&mut self) {
        self.total_ns = self.means_ns.iter().map(|&mean| u64::from(mean)).sum();
    }

    /// Returns the estimate for a node, in nanoseconds.
    pub(crate) fn mean_ns(&self, node: usize) -> u32 {
        self.means_ns[node]
    }

    /// Answers whether the estimates have left those of the latest plan by more than a fifth, and then takes them for the new
    /// plan's. While they stay, runs are timed less and less often.
    pub(crate) fn moved(&mut self) -> bool {
        let away = |(&mean, &planned): (&u32, &u32)| u64::from(mean.abs_diff(planned));
        let away: u64 = self.means_ns.iter().zip(&self.planned_ns).map(away).sum();
        let planned: u64 = self.planned_ns.iter().map(|&planned| u64::from(planned)).sum();
        let moved = away > planned / 5 + NOTHING_NS;
        if moved {
            self.planned_ns.copy_from_slice(&self.means_ns);
        }
        self.every = if moved { OFTEN } else { (self.every * 2).min(SELDOM) };
        moved
    }
}

fn elapsed_ns(start: Instant) -> u32 {
    u32::try_from(start.elapsed().as_nanos()).unwrap_or(u32::MAX)
}

/// Moves a mean a quarter of the way to a sample.
fn towards(mean: u32, sample: u32) -> u32 {
    let step = (i64::from(sample) - i64::from(mean)) / 4;
    u32::try_from(i64::from(mean) + step).unwrap_or(mean)
}

/// Says how much more than the mean is far out.
const fn far(mean: u32) -> u32 {
    mean.saturating_mul(4).saturating_add(1_000)
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
    fn the_first_runs_are_timed_and_then_fewer_and_fewer() {
        let mut costs = Costs::new(1);
        let timed: Vec<usize> = (0..1_000)
            .filter(|_| {
                let timed = costs.begin();
                if timed {
                    costs.samples_ns[0].store(500, Ordering::Relaxed);
                    costs.learn();
                    costs.moved();
                }
                timed
            })
            .collect();
        assert_eq!(timed, [0, 1, 2, 34, 98, 226, 482, 738, 994]);
    }

    #[test]
    fn a_run_that_takes_too_long_has_another_timed_soon() {
        let mut costs = Costs::new(1);
        costs.every = SELDOM;
        (0..3).for_each(|_| measure(&mut costs, 1_000));
        costs.check(4_000, 1_000);
        assert_eq!(costs.until, SELDOM - 1);
        costs.check(5_000, 1_000);
        assert_eq!(costs.until, SOON);
    }

    #[test]
    fn estimates_move_by_more_than_a_fifth_or_not_at_all() {
        let mut costs = Costs::new(1);
        measure(&mut costs, 100_000);
        assert!(costs.moved());
        assert!(!costs.moved());
        costs.means_ns[0] = 121_000;
        assert!(!costs.moved());
        costs.means_ns[0] = 123_000;
        assert!(costs.moved());
    }
}
