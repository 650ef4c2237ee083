//! Where the work goes: nodes joined into units, units in order of urgency, and how many threads that is worth.
//!
//! A plan places; it never orders. Whatever it says, the graph alone decides what comes before what.

use super::chains::Chains;
use super::dag::{Dag, Rows};
use super::engine::Units;
use super::simulation::{Overheads, Simulation};

/// What it takes until a sleeping helper has its first unit, in nanoseconds.
pub(crate) const WAKE_NS: u64 = 6_000;
/// What the plan counts on: helpers that sleep, and units whose data is near.
const PLANNED: Overheads = Overheads { unit_ns: 150, wake_ns: WAKE_NS };
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
    levels_ns: Vec<u64>,
    /// Units below this number have enough behind them to pay for a wake.
    worth_waking: usize,
    serial_ns: u64,
    planned_ns: u64,
    threads: usize,
    draft: Draft,
    simulation: Simulation,
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
            levels_ns: Vec::with_capacity(chains),
            worth_waking: 0,
            serial_ns: 0,
            planned_ns: 0,
            threads: 1,
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
        self.choose_threads(threads);
    }

    /// Returns the work of all nodes, in nanoseconds.
    pub(crate) const fn serial_ns(&self) -> u64 {
        self.serial_ns
    }

    /// Returns what the run should take on [`threads`](Self::threads) threads, in nanoseconds, wakes included.
    pub(crate) const fn planned_ns(&self) -> u64 {
        self.planned_ns
    }

    /// Returns how many threads gain something.
    pub(crate) const fn threads(&self) -> usize {
        self.threads
    }

    /// Returns what a run takes on [`threads`](Self::threads) threads with these overheads.
    pub(crate) fn expected_ns(&mut self, overheads: Overheads) -> u64 {
        let mut simulation = std::mem::take(&mut self.simulation);
        let expected_ns = simulation.makespan_ns(self, &self.costs_ns, self.threads, overheads);
        self.simulation = simulation;
        expected_ns
    }

    /// Answers whether helpers gain enough to be called.
    pub(crate) const fn is_worth_helpers(&self) -> bool {
        self.threads > 1 && self.serial_ns > self.planned_ns + WAKE_NS
    }

    /// Moves the draft into place, the most urgent unit first.
    fn number(&mut self, dag: &Dag, chains: &Chains) {
        let draft = &self.draft;
        self.units.clear();
        self.successors.clear();
        self.pinned.clear();
        self.costs_ns.clear();
        self.levels_ns.clear();
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
            self.levels_ns.push(draft.levels_ns[old as usize]);
        }
        self.worth_waking = self.levels_ns.partition_point(|&level| level >= WAKE_NS / 2);
    }

    /// Finds the smallest number of threads that is about as good as the best.
    fn choose_threads(&mut self, most: usize) {
        let mut simulation = std::mem::take(&mut self.simulation);
        (self.threads, self.planned_ns) = (1, self.serial_ns);
        let most = most.min(self.len());
        let mut threads = 2;
        while threads <= most {
            let planned_ns = simulation.makespan_ns(self, &self.costs_ns, threads, PLANNED);
            // A thread more has to gain a fiftieth.
            if planned_ns + planned_ns / 50 < self.planned_ns {
                (self.threads, self.planned_ns) = (threads, planned_ns);
            }
            threads = if threads == most { most + 1 } else { (threads * 3 / 2).max(threads + 1).min(most) };
        }
        self.simulation = simulation;
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
        unit < self.worth_waking
    }
}
