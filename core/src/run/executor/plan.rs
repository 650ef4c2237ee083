//! Where the work goes: nodes joined into units, units in order of urgency, and how many threads that is worth.
//!
//! A plan places; it never orders. Whatever it says, the graph alone decides what comes before what.

use super::chains::Chains;
use super::dag::{Dag, Rows};
use super::engine::Units;
use super::simulation::{Overheads, Simulation};
use super::waking::Helpers;

/// Helpers that gain less than this are not called, in nanoseconds: to call one that sleeps takes the caller about as long.
const CALL_NS: u64 = 6_000;
/// Claiming a unit whose data is near, and signalling its successors, in nanoseconds.
const UNIT_NS: u64 = 150;
/// Members of a family are joined up to this much work, in nanoseconds, unless that leaves threads idle.
const JOIN_NS: u64 = 8_000;
/// Joined work is cut so that each thread gets at least this many units.
const UNITS_PER_THREAD: u64 = 16;

/// The units of a graph, by urgency: unit 0 is on the longest path to the end.
#[derive(Debug)]
pub(crate) struct Plan {
    units: Rows,
    successors: Rows,
    predecessors: Vec<u32>,
    pinned: Vec<bool>,
    costs_ns: Vec<u64>,
    serial_ns: u64,
    awake: Lanes,
    asleep: Lanes,
    /// How the run that comes finds helpers.
    helpers: Helpers,
    draft: Draft,
    simulation: Simulation,
}

/// What helpers are good for who are found in one way.
#[derive(Clone, Copy, Debug, Default)]
struct Lanes {
    /// How many threads gain something, the caller's included.
    threads: usize,
    /// What the run should take on them, wakes included.
    planned_ns: u64,
    /// While a unit below this number is ready, enough is left for someone who has to come first.
    worth_waking: usize,
}

/// Units before they have their final numbers; kept so that planning anew allocates nothing.
#[derive(Debug)]
struct Draft {
    /// For each chain, its unit. Units are numbered by their first chains, which is an order that the graph allows.
    of_chain: Vec<u32>,
    /// For each family, the unit that takes its next small member, and the work in it.
    open: Vec<Option<(u32, u64)>>,
    /// For each unit, its chains: the first, and for each chain the next of the same unit.
    first_chain: Vec<u32>,
    last_chain: Vec<u32>,
    next_chain: Vec<Option<u32>>,
    costs_ns: Vec<u64>,
    levels_ns: Vec<u64>,
    successors: Rows,
    /// For each unit, the last unit that named it as a successor.
    named_by: Vec<Option<u32>>,
    by_urgency: Vec<u32>,
    number: Vec<u32>,
}

impl Plan {
    /// Makes room for the plans of `dag`; there is none before [`renew`](Self::renew).
    pub(crate) fn new(dag: &Dag, chains: &Chains) -> Self {
        let (nodes, chains) = (dag.len(), chains.len());
        let edges = (0..nodes).map(|node| dag.successors(node).len()).sum();
        Self {
            units: Rows::with_capacity(chains, nodes),
            successors: Rows::with_capacity(chains, edges),
            predecessors: Vec::with_capacity(chains),
            pinned: Vec::with_capacity(chains),
            costs_ns: Vec::with_capacity(chains),
            serial_ns: 0,
            awake: Lanes::default(),
            asleep: Lanes::default(),
            helpers: Helpers::Awake,
            draft: Draft {
                of_chain: Vec::with_capacity(chains),
                open: Vec::with_capacity(chains),
                first_chain: Vec::with_capacity(chains),
                last_chain: Vec::with_capacity(chains),
                next_chain: Vec::with_capacity(chains),
                costs_ns: Vec::with_capacity(chains),
                levels_ns: Vec::with_capacity(chains),
                successors: Rows::with_capacity(chains, edges),
                named_by: Vec::with_capacity(chains),
                by_urgency: Vec::with_capacity(chains),
                number: Vec::with_capacity(chains),
            },
            simulation: Simulation::with_capacity(chains),
        }
    }

    /// Plans anew for these costs, one per node, on at most `threads` threads.
    pub(crate) fn renew(&mut self, dag: &Dag, chains: &Chains, cost_ns: impl Fn(usize) -> u64, threads: usize) {
        self.serial_ns = (0..dag.len()).map(&cost_ns).sum();
        let join_ns = JOIN_NS.min(self.serial_ns / (UNITS_PER_THREAD * threads as u64));
        self.draft.join(dag, chains, &cost_ns, join_ns);
        self.draft.connect(dag, chains);
        self.draft.rank();
        self.number(dag, chains);
        self.awake = self.lanes_for(Helpers::Awake, threads);
        self.asleep = self.lanes_for(Helpers::Asleep, threads);
    }

    /// Takes in how the next run finds helpers; all that is asked about it follows from that.
    pub(crate) const fn expect(&mut self, helpers: Helpers) {
        self.helpers = helpers;
    }

    const fn lanes(&self) -> &Lanes {
        match self.helpers {
            Helpers::Awake => &self.awake,
            Helpers::Asleep => &self.asleep,
        }
    }

    /// Returns the work of all nodes, in nanoseconds.
    pub(crate) const fn serial_ns(&self) -> u64 {
        self.serial_ns
    }

    /// Returns what the run should take on [`threads`](Self::threads) threads, in nanoseconds, wakes included.
    pub(crate) const fn planned_ns(&self) -> u64 {
        self.lanes().planned_ns
    }

    /// Returns how many threads gain something.
    pub(crate) const fn threads(&self) -> usize {
        self.lanes().threads
    }

    /// Returns what a run takes on [`threads`](Self::threads) threads with these overheads.
    pub(crate) fn expected_ns(&mut self, overheads: Overheads) -> u64 {
        let mut simulation = std::mem::take(&mut self.simulation);
        let expected_ns = simulation.makespan_ns(self, &self.costs_ns, self.threads(), overheads);
        self.simulation = simulation;
        expected_ns
    }

    /// Answers whether helpers gain enough to be called.
    pub(crate) const fn is_worth_helpers(&self) -> bool {
        self.threads() > 1 && self.serial_ns > self.planned_ns() + CALL_NS
    }

    /// Moves the draft into place, the most urgent unit first.
    fn number(&mut self, dag: &Dag, chains: &Chains) {
        let draft = &self.draft;
        self.units.clear();
        self.successors.clear();
        self.pinned.clear();
        self.costs_ns.clear();
        self.predecessors.clear();
        self.predecessors.resize(draft.by_urgency.len(), 0);
        for &old in &draft.by_urgency {
            let mut chain = Some(draft.first_chain[old as usize]);
            self.pinned.push(dag.pinned(chains.nodes(draft.first_chain[old as usize] as usize)[0] as usize));
            while let Some(current) = chain {
                self.units.extend(chains.nodes(current as usize));
                chain = draft.next_chain[current as usize];
            }
            self.units.end_row();
            for &successor in draft.successors.row(old as usize) {
                let successor = draft.number[successor as usize];
                self.successors.extend(&[successor]);
                self.predecessors[successor as usize] += 1;
            }
            self.successors.end_row();
            self.costs_ns.push(draft.costs_ns[old as usize]);
        }
    }

    /// Returns how many units, by urgency, leave at least so much work with those after them. Where the most urgent unit that is ready is
    /// one of them, so much has not begun yet.
    fn left_for(&self, wake_ns: u64) -> usize {
        let mut left_ns = 0;
        let too_late = self.costs_ns.iter().rev().take_while(|&&cost| {
            left_ns += cost;
            left_ns < wake_ns
        });
        self.len() - too_late.count()
    }

    /// Finds the smallest number of threads that is about as good as the best, where helpers are found like this.
    fn lanes_for(&mut self, helpers: Helpers, most: usize) -> Lanes {
        let wake_ns = helpers.planned_wake_ns();
        let mut best = Lanes { threads: 1, planned_ns: self.serial_ns, worth_waking: self.left_for(wake_ns) };
        let mut simulation = std::mem::take(&mut self.simulation);
        let most = most.min(self.len());
        let mut threads = 2;
        while threads <= most {
            let overheads = Overheads { unit_ns: UNIT_NS, wake_ns };
            let planned_ns = simulation.makespan_ns(self, &self.costs_ns, threads, overheads);
            // A thread more has to gain a fiftieth.
            if planned_ns + planned_ns / 50 < best.planned_ns {
                best = Lanes { threads, planned_ns, ..best };
            }
            threads = if threads == most { most + 1 } else { (threads * 3 / 2).max(threads + 1).min(most) };
        }
        self.simulation = simulation;
        best
    }
}

impl Draft {
    /// Joins small members of each family.
    fn join(&mut self, dag: &Dag, chains: &Chains, cost_ns: &impl Fn(usize) -> u64, join_ns: u64) {
        self.of_chain.clear();
        self.open.clear();
        self.open.resize(chains.len(), None);
        self.first_chain.clear();
        self.last_chain.clear();
        self.next_chain.clear();
        self.costs_ns.clear();
        debug_assert_eq!(dag.len(), (0..chains.len()).map(|chain| chains.nodes(chain).len()).sum());
        for chain in 0..chains.len() {
            let cost: u64 = chains.nodes(chain).iter().map(|&node| cost_ns(node as usize)).sum();
            let family = chains.family(chain);
            let unit = match self.open[family] {
                Some((unit, work)) if work + cost <= join_ns => {
                    self.next_chain[self.last_chain[unit as usize] as usize] = Some(chain as u32);
                    self.last_chain[unit as usize] = chain as u32;
                    self.costs_ns[unit as usize] += cost;
                    unit
                }
                Some(_) | None => {
                    self.first_chain.push(chain as u32);
                    self.last_chain.push(chain as u32);
                    self.costs_ns.push(cost);
                    self.costs_ns.len() as u32 - 1
                }
            };
            if cost <= join_ns {
                self.open[family] = Some((unit, self.costs_ns[unit as usize]));
            }
            self.next_chain.push(None);
            self.of_chain.push(unit);
        }
    }

    /// Finds what waits for each unit.
    fn connect(&mut self, dag: &Dag, chains: &Chains) {
        self.successors.clear();
        self.named_by.clear();
        self.named_by.resize(self.costs_ns.len(), None);
        for unit in 0..self.costs_ns.len() as u32 {
            let mut chain = Some(self.first_chain[unit as usize]);
            while let Some(current) = chain {
                // What a chain signals, its last node signals; the others have one successor, the next.
                let last = *chains.nodes(current as usize).last().expect("a chain has nodes");
                for &successor in dag.successors(last as usize) {
                    let successor = self.of_chain[chains.of_node(successor as usize)];
                    if self.named_by[successor as usize] != Some(unit) {
                        self.named_by[successor as usize] = Some(unit);
                        self.successors.extend(&[successor]);
                    }
                }
                chain = self.next_chain[current as usize];
            }
            self.successors.end_row();
        }
    }

    /// Orders units by the longest path from each to the end; ties by declaration.
    fn rank(&mut self) {
        let count = self.costs_ns.len();
        self.levels_ns.clear();
        self.levels_ns.resize(count, 0);
        for unit in (0..count).rev() {
            let after = self.successors.row(unit).iter().map(|&next| self.levels_ns[next as usize]).max().unwrap_or(0);
            self.levels_ns[unit] = after + self.costs_ns[unit].max(1);
        }
        self.by_urgency.clear();
        self.by_urgency.extend(0..count as u32);
        let levels = &self.levels_ns;
        self.by_urgency.sort_unstable_by_key(|&unit| (u64::MAX - levels[unit as usize], unit));
        self.number.clear();
        self.number.resize(count, 0);
        for (number, &unit) in self.by_urgency.iter().enumerate() {
            self.number[unit as usize] = number as u32;
        }
    }
}

impl Units for Plan {
    fn len(&self) -> usize {
        self.predecessors.len()
    }

    fn nodes(&self, unit: usize) -> &[u32] {
        self.units.row(unit)
    }

    fn successors(&self, unit: usize) -> &[u32] {
        self.successors.row(unit)
    }

    fn predecessors(&self, unit: usize) -> usize {
        self.predecessors[unit] as usize
    }

    fn pinned(&self, unit: usize) -> bool {
        self.pinned[unit]
    }

    fn worth_waking(&self, unit: usize) -> bool {
        unit < self.lanes().worth_waking
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers whether helpers pay who are awake, and who sleep, where so many nodes take so long and wait for nothing.
    fn worth(nodes: usize, each_ns: u64, threads: usize) -> (bool, bool) {
        let dag = Dag::new(vec![false; nodes], std::iter::empty(), std::iter::empty());
        let chains = Chains::of(&dag);
        let mut plan = Plan::new(&dag, &chains);
        plan.renew(&dag, &chains, |_| each_ns, threads);
        let mut found = |helpers| {
            plan.expect(helpers);
            plan.is_worth_helpers()
        };
        (found(Helpers::Awake), found(Helpers::Asleep))
    }

    #[test]
    fn helpers_that_sleep_are_woken_only_for_what_takes_longer_than_waking_them() {
        assert_eq!(worth(7, 1_000, 2), (false, false), "7 us are over before anyone comes");
        for each_ns in [3_500, 4_000, 5_000] {
            assert_eq!(worth(7, each_ns, 2), (true, false), "{each_ns} ns: whoever looks on may as well help");
        }
        assert_eq!(worth(8, 10_000, 2), (true, true));
        assert_eq!(worth(60, 1_000, 2), (true, true));
        assert_eq!(worth(1_000, 10, 2), (false, false), "nor are many that do nothing");
    }

    #[test]
    fn fewer_helpers_are_woken_than_would_help_if_they_were_awake() {
        let dag = Dag::new(vec![false; 64], std::iter::empty(), std::iter::empty());
        let chains = Chains::of(&dag);
        let mut plan = Plan::new(&dag, &chains);
        plan.renew(&dag, &chains, |_| 2_000, 8);
        let awake = plan.threads();
        plan.expect(Helpers::Asleep);
        let asleep = plan.threads();
        assert!(
            1 < asleep && asleep < awake,
            "{asleep} of {awake}: they come 30 us apart, and there are 128 us of work"
        );
    }

    #[test]
    fn many_units_that_are_short_are_worth_a_wake_together() {
        let (_, asleep) = worth(60, 1_000, 2);
        assert!(asleep);
        let dag = Dag::new(vec![false; 60], std::iter::empty(), std::iter::empty());
        let chains = Chains::of(&dag);
        let mut plan = Plan::new(&dag, &chains);
        plan.renew(&dag, &chains, |_| 1_000, 2);
        plan.expect(Helpers::Asleep);
        assert_eq!((0..plan.len()).filter(|&unit| plan.worth_waking(unit)).count(), 31, "30 us are left with the 31st");
    }

    #[test]
    fn nobody_is_woken_when_little_is_left() {
        let dag = Dag::new(vec![false; 4], [(0, 1), (0, 2), (0, 3)].into_iter(), std::iter::empty());
        let chains = Chains::of(&dag);
        let mut plan = Plan::new(&dag, &chains);
        plan.renew(&dag, &chains, |node| [100_000, 10_000, 10_000, 10_000][node], 2);
        assert_eq!(
            [0, 1, 2, 3].map(|unit| plan.worth_waking(unit)),
            [true; 4],
            "10 us are enough for those who look on"
        );
        plan.expect(Helpers::Asleep);
        assert_eq!([0, 1, 2, 3].map(|unit| plan.worth_waking(unit)), [true, true, false, false], "20 us are left");
    }
}
