//! Runs a graph, on the calling thread alone or with helpers from a rayon pool.
//!
//! ```text
//! dag -> chains -> plan        what may be joined, what is urgent, how many threads gain     (decides, when costs have changed)
//! waking, meeting              how helpers are found, and when strangers are waited for      (decides, for each run)
//! costs, pays                  what nodes cost, and whether helpers have paid lately         (learns)
//! engine                       who runs what: claims, signals, sleeps                        (shared by threads, and by the models)
//! ```

mod chains;
mod costs;
mod dag;
mod engine;
mod expect;
mod meeting;
mod pays;
mod plan;
mod real;
mod simulation;
#[cfg(test)]
mod tests;
mod waking;

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::run::helper::Helper;
use crate::run::inside::Inside;
use crate::run::progress::{self, InProgress};
use crate::run::standing;
use crate::run::threads::Threads;

use self::chains::Chains;
use self::costs::Costs;
use self::engine::{Faults, Parker as _, Run, Units as _};
use self::meeting::Meeting;
use self::pays::Pays;
use self::plan::Plan;
use self::real::Parker;

pub(crate) use self::dag::Dag;
pub(crate) use self::engine::{Claim, Crew, Fault, FaultKind, Lease, Look, Tally};
pub(crate) use self::real::Real;
pub use self::waking::Helpers;

/// A caller that is a thread of a pool lets the pool use it after so long without news.
const BEFORE_YIELDING: Duration = Duration::from_micros(100);

/// Runs one graph again and again. Learns what its nodes cost, and from that where to run them.
pub(crate) struct Executor<E> {
    dag: Dag,
    chains: Chains,
    plan: Plan,
    /// The most threads the plan was made for; 0 before there is one.
    planned_for: usize,
    crew: Arc<Crew<Real>>,
    /// One for each unit, as far as there are units.
    waiting: Box<[AtomicUsize]>,
    /// Whether a run with helpers has begun and not ended: then a panic of our own has left it.
    broken: bool,
    faults: Faults<Real, E>,
    costs: Costs,
    pays: Pays,
    meeting: Cell<Meeting>,
    /// When the last run ended.
    ended: Option<Instant>,
}

impl<E: Send> Executor<E> {
    pub(crate) fn new(dag: Dag) -> Self {
        let chains = Chains::of(&dag);
        Self {
            plan: Plan::new(&dag, &chains),
            planned_for: 0,
            crew: Arc::new(Crew::new(chains.len())),
            waiting: (0..chains.len()).map(|_| AtomicUsize::new(0)).collect(),
            broken: false,
            faults: Faults::new(dag.len()),
            costs: Costs::new(dag.len()),
            pays: Pays::new(),
            meeting: Cell::new(Meeting::new()),
            ended: None,
            dag,
            chains,
        }
    }

    /// Takes over what the executor of an earlier graph knows: for each node, the node that it was there, if any.
    pub(crate) fn take_over(&mut self, earlier: &Self, nodes: impl Iterator<Item = Option<usize>>) {
        for (node, of) in nodes.enumerate().filter_map(|(node, of)| Some((node, of?))) {
            self.costs.take_over(node, &earlier.costs, of);
        }
        self.costs.add_up();
        self.meeting.set(earlier.meeting.get());
        self.ended = earlier.ended;
    }

    /// Calls `work` once for each node, after all its predecessors; returns the failures in program order.
    ///
    /// A node that returns an error or panics counts as failed. What depends on a failed node, directly or not, is skipped; all
    /// else runs. When this returns, no call of `work` is left on any thread.
    pub(crate) fn run<W>(&mut self, threads: &Threads, work: &W) -> Vec<Fault<E>>
    where
        W: Fn(Claim) -> Result<(), E> + Sync,
    {
        let _inside = Inside::enter();
        let timed = self.costs.begin();
        let called = Instant::now();
        self.plan.expect(Helpers::after(self.ended.map(|ended| called.saturating_duration_since(ended))));
        let worth_helpers = self.is_worth_helpers(threads);
        let parallel = worth_helpers && self.pays.allows();
        if parallel {
            self.mend();
            self.broken = true;
        }
        // Inside another run there is no moment at which strangers could become known.
        let mut start = called;
        if progress::is_outside() {
            // Those of a plain loop may have come for a loop of a system's own, or for a run inside of one.
            let missed = || !matches!(threads, Threads::Inline) && standing::missed_one();
            if parallel || missed() {
                self.meet_helpers(threads, if parallel { self.plan.threads() } else { threads.lanes() });
                // A meeting is rare, and says nothing of what runs take.
                start = Instant::now();
            }
        }
        let progress = if parallel { InProgress::shared() } else { InProgress::alone() };
        if timed {
            let costs = &self.costs;
            self.run_on(parallel, threads, &progress, &|claim: Claim| costs.time(claim.node(), || work(claim)));
        } else {
            self.run_on(parallel, threads, &progress, work);
        }
        let ended = Instant::now();
        self.ended = Some(ended);
        let took_ns = ended.saturating_duration_since(start).as_nanos() as u64;
        drop(progress);
        if parallel {
            self.broken = false;
            self.pays.took(took_ns, self.plan.serial_ns());
        } else if worth_helpers {
            self.pays.took_alone(took_ns, self.plan.serial_ns());
        }
        if timed {
            self.learn();
        } else {
            self.costs.check(took_ns, if parallel { self.plan.planned_ns() } else { self.costs.total_ns() });
        }
        self.faults.take()
    }

    /// Returns what each node costs, as far as runs were timed.
    pub(crate) fn costs_ns(&self) -> Vec<u64> {
        (0..self.dag.len()).map(|node| u64::from(self.costs.mean_ns(node))).collect()
    }

    /// Calls `work` once for each node in the given order, on the calling thread; returns the failures in program order.
    ///
    /// The order names every node once, each after its predecessors.
    pub(crate) fn run_in_order<W>(&mut self, order: &[usize], work: &W) -> Vec<Fault<E>>
    where
        W: Fn(Claim) -> Result<(), E> + Sync,
    {
        let _inside = Inside::enter();
        let _progress = InProgress::alone();
        self.faults.run_each(&self.dag, order.iter().copied(), work);
        self.faults.take()
    }

    /// Answers whether the plan says that helpers pay, found as they are.
    fn is_worth_helpers(&mut self, threads: &Threads) -> bool {
        // One chain leaves nothing to share, and asking for the size of the global pool starts it.
        if self.chains.len() < 2 {
            return false;
        }
        let threads = threads.lanes();
        if threads < 2 {
            return false;
        }
        if threads != self.planned_for {
            self.planned_for = threads;
            self.renew_plan();
        }
        self.plan.is_worth_helpers()
    }

    /// Starts from nothing where an earlier run was left in the middle: what was ready then is not ready now.
    fn mend(&mut self) {
        if self.broken {
            self.crew = Arc::new(Crew::new(self.chains.len()));
            self.faults.take();
            self.renew_plan();
        }
    }

    /// Calls helpers while no system is in progress, and gives them a moment to come, where there may be strangers among them.
    fn meet_helpers(&self, threads: &Threads, lanes: usize) {
        let mut meeting = self.meeting.get();
        if meeting.is_due(self.crew.missed_one()) {
            let most = lanes - 1;
            (0..most).for_each(|_| call_helper(&self.crew, most, threads));
            meeting.wait_until(|| self.crew.is_complete());
        }
        self.meeting.set(meeting);
    }

    fn run_on<W>(&self, parallel: bool, threads: &Threads, progress: &InProgress, work: &W)
    where
        W: Fn(Claim) -> Result<(), E> + Sync,
    {
        if !parallel {
            return self.faults.run_each(&self.dag, 0..self.dag.len(), work);
        }
        let (crew, most) = (&self.crew, self.plan.threads() - 1);
        let run = Run { crew, graph: &self.dag, units: &self.plan, waiting: &self.waiting, faults: &self.faults, work };
        let call = || call_helper(crew, most, threads);
        let pause = || progress.pause(|| self.meet_helpers(threads, self.plan.threads()));
        run.lead(&call, &pause, &rest);
    }

    fn learn(&mut self) {
        self.costs.learn();
        if self.costs.moved() && self.planned_for > 0 {
            self.renew_plan();
        }
    }

    fn renew_plan(&mut self) {
        let costs = &self.costs;
        self.plan.renew(&self.dag, &self.chains, |node| u64::from(costs.mean_ns(node)), self.planned_for);
        for (unit, waiting) in self.waiting.iter().take(self.plan.len()).enumerate() {
            waiting.store(self.plan.predecessors(unit), Ordering::Relaxed);
        }
        self.pays.restart();
    }
}

/// Asks the pool for one more helper, unless there are enough.
fn call_helper(crew: &Arc<Crew<Real>>, most: usize, threads: &Threads) {
    if crew.call(most) {
        threads.call(Helper::OfRuns(Arc::clone(crew)));
    }
}

/// Sleeps until a helper has news. A thread of a pool is the pool's now and then, so that a helper which waits for the pool gets on.
pub(crate) fn rest(parker: &Parker) {
    if rayon::current_thread_index().is_none() {
        parker.park();
    } else if !parker.park_at_most(BEFORE_YIELDING) {
        rayon::yield_now();
    }
}
