//! How the caller and its helpers get through the units of a run together.

use std::sync::atomic::Ordering;

use super::facade::{Atomic, Facade, Patience};
use super::faults::{Claim, Faults, Spread};
use super::gate::Gate;
use super::lease::Lease;
use super::ready::ReadySet;

/// The units of work of a run, and what waits for what. A unit is a row of nodes that one thread runs one after another; the lower
/// its number, the more urgent it is.
pub(crate) trait Units: Sync {
    /// Returns how many units there are.
    fn len(&self) -> usize;
    /// Returns the nodes of a unit, in an order that the graph allows.
    fn nodes(&self, unit: usize) -> &[u32];
    /// Returns the units that wait for this one.
    fn successors(&self, unit: usize) -> &[u32];
    /// Returns how many units this one waits for.
    fn predecessors(&self, unit: usize) -> usize;
    /// Answers whether only the caller may run it.
    fn pinned(&self, unit: usize) -> bool;
    /// Answers whether there is enough behind this unit to pay for waking a helper.
    fn worth_waking(&self, unit: usize) -> bool;
}

/// A helper goes home after so many times, even if runs follow each other closely: the pool has other work as well.
const BEFORE_GOING_HOME: u32 = 64;

/// What the caller shares with helpers that may come late: kept in an `Arc`, of the same size from run to run.
pub(crate) struct Crew<S: Facade> {
    lease: Lease<S>,
    /// Ready units that anyone may claim.
    ready: ReadySet<S>,
    /// Ready units that only the caller claims.
    pinned: ReadySet<S>,
    /// Helpers that were called for and have not gone home: waiting in the pool's queues, strangers, looking on, or inside.
    called: S::Atomic,
    /// Those that have come, and help or look on.
    here: S::Atomic,
    /// Those that have come, and wait for a moment with no system in progress.
    strangers: S::Atomic,
    /// 1 once a stranger has gone home.
    missed: S::Atomic,
}

impl<S: Facade> Crew<S> {
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            lease: Lease::new(),
            ready: ReadySet::new(capacity),
            pinned: ReadySet::new(capacity),
            called: S::Atomic::new(0),
            here: S::Atomic::new(0),
            strangers: S::Atomic::new(0),
            missed: S::Atomic::new(0),
        }
    }

    /// Counts a helper that is about to be called, unless there are `most` already.
    pub(crate) fn call(&self, most: usize) -> bool {
        if self.called.load(Ordering::Relaxed) >= most {
            return false;
        }
        if self.called.fetch_add(1, Ordering::Relaxed) >= most {
            self.called.fetch_sub(1, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// Is a helper: helps whatever run is open, looks on for a while, and goes home.
    ///
    /// `help` is [`Lease::help`], with what the thread needs around it. Looking on happens outside the run, so that a helper that is put
    /// aside there delays nobody, and may do something else by `look_around`.
    pub(crate) fn serve(&self, help: impl Fn(&Lease<S>) -> bool, look_around: impl Fn()) {
        self.here.fetch_add(1, Ordering::Relaxed);
        let mut patience = S::Patience::new();
        let mut helped = 0;
        while helped < BEFORE_GOING_HOME {
            if self.lease.gate().is_open() && self.ready.first().is_some() && help(&self.lease) {
                patience = S::Patience::new();
                helped += 1;
            } else if patience.wait() {
                look_around();
            } else {
                break;
            }
        }
        self.here.fetch_sub(1, Ordering::Relaxed);
        self.dismiss();
    }

    /// Calls `become_known` for a helper that may begin only if this answers `true`.
    pub(crate) fn as_a_stranger(&self, become_known: impl FnOnce() -> bool) -> bool {
        self.strangers.fetch_add(1, Ordering::Relaxed);
        let known = become_known();
        self.strangers.fetch_sub(1, Ordering::Relaxed);
        if !known {
            self.missed.store(1, Ordering::Relaxed);
        }
        known
    }

    /// Answers whether everyone who was called is here, or home again.
    pub(crate) fn is_complete(&self) -> bool {
        self.here.load(Ordering::Relaxed) >= self.called.load(Ordering::Relaxed)
    }

    /// Answers whether a moment without a system in progress would bring a helper.
    fn wants_a_pause(&self) -> bool {
        self.strangers.load(Ordering::Relaxed) != 0 || self.missed.load(Ordering::Relaxed) != 0
    }

    /// Answers whether a stranger has gone home since this was last asked.
    pub(crate) fn missed_one(&self) -> bool {
        self.missed.load(Ordering::Relaxed) != 0 && self.missed.fetch_and(0, Ordering::Relaxed) != 0
    }

    /// Counts a helper that goes home.
    pub(crate) fn dismiss(&self) {
        self.called.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One run of a graph.
pub(crate) struct Run<'run, S: Facade, E, G, U, W> {
    pub(crate) crew: &'run Crew<S>,
    pub(crate) graph: &'run G,
    pub(crate) units: &'run U,
    /// For each unit, how many it still waits for. Whoever brings one to zero puts the start value back.
    pub(crate) waiting: &'run [S::Atomic],
    pub(crate) faults: &'run Faults<S, E>,
    pub(crate) work: &'run W,
}

/// Who runs a unit, and therefore what it may claim.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lane {
    Caller,
    Helper,
}

impl<S, E, G, U, W> Run<'_, S, E, G, U, W>
where
    S: Facade,
    E: Send,
    G: Spread,
    U: Units,
    W: Fn(Claim) -> Result<(), E> + Sync,
{
    /// Runs every unit once, and returns when all are done and every helper has left.
    ///
    /// `call` is to bring a helper, by a way that ends in [`Crew::serve`]; it may bring none. `pause` is called while no system is in
    /// progress, for strangers to become known. `rest` is how the caller sleeps.
    pub(crate) fn lead(&self, call: &(dyn Fn() + Sync), pause: &dyn Fn(), rest: &dyn Fn(&S::Parker)) {
        self.publish_roots();
        let help = || self.help(call);
        self.crew.lease.lend(&help, |gate| {
            loop {
                self.drain(Lane::Caller, gate, call, &|| self.pause(gate, pause));
                if self.await_news(gate, rest) {
                    return;
                }
            }
        });
    }

    fn publish_roots(&self) {
        for unit in (0..self.units.len()).filter(|&unit| self.units.predecessors(unit) == 0) {
            self.publish(unit);
        }
    }

    fn help(&self, call: &(dyn Fn() + Sync)) {
        self.drain(Lane::Helper, self.crew.lease.gate(), call, &|| ());
    }

    /// Lets strangers become known, if there are any, while no helper is inside: nor is the caller, between two units.
    fn pause(&self, gate: &Gate<S>, pause: &dyn Fn()) {
        if self.crew.wants_a_pause() && gate.close() {
            pause();
            gate.open();
        }
    }

    /// Runs units until none is ready that this lane may claim.
    fn drain(&self, lane: Lane, gate: &Gate<S>, call: &(dyn Fn() + Sync), between: &dyn Fn()) {
        let mut next = self.claim(lane);
        while let Some(unit) = next {
            between();
            // Each one that comes calls the next, if there is work for it, before its own begins.
            self.call_for_more(call);
            let nodes = self.units.nodes(unit).iter().map(|&node| node as usize);
            self.faults.run_each(self.graph, nodes, self.work);
            next = self.finish(unit, lane, gate).or_else(|| self.claim(lane));
        }
    }

    /// Signals the successors of a unit; returns the one to go on with, if one became ready that nothing else comes before.
    fn finish(&self, unit: usize, lane: Lane, gate: &Gate<S>) -> Option<usize> {
        let mut best: Option<usize> = None;
        let mut published = false;
        for &successor in self.units.successors(unit) {
            let successor = successor as usize;
            if self.waiting[successor].fetch_sub(1, S::ORDERS.signal) != 1 {
                continue;
            }
            // Nobody else touches it before the next run.
            self.waiting[successor].store(self.units.predecessors(successor), Ordering::Relaxed);
            let rest = match best {
                _ if lane == Lane::Helper && self.units.pinned(successor) => Some(successor),
                Some(kept) if kept < successor => Some(successor),
                kept => {
                    best = Some(successor);
                    kept
                }
            };
            if let Some(rest) = rest {
                self.publish(rest);
                published = true;
            }
        }
        if let Some(kept) = best
            && self.first(lane).is_some_and(|first| first < kept)
        {
            self.publish(kept);
            published = true;
            best = None;
        }
        if published && lane == Lane::Helper {
            gate.announce();
        }
        best
    }

    fn publish(&self, unit: usize) {
        self.set_of(unit).publish(unit);
    }

    fn claim(&self, lane: Lane) -> Option<usize> {
        loop {
            let unit = self.first(lane)?;
            if self.set_of(unit).claim(unit) {
                return Some(unit);
            }
        }
    }

    /// Returns the most urgent ready unit that the lane may claim.
    fn first(&self, lane: Lane) -> Option<usize> {
        let ready = self.crew.ready.first();
        match lane {
            Lane::Helper => ready,
            Lane::Caller => ready.into_iter().chain(self.crew.pinned.first()).min(),
        }
    }

    fn set_of(&self, unit: usize) -> &ReadySet<S> {
        if self.units.pinned(unit) { &self.crew.pinned } else { &self.crew.ready }
    }

    fn call_for_more(&self, call: &(dyn Fn() + Sync)) {
        if self.crew.ready.first().is_some_and(|unit| self.units.worth_waking(unit)) {
            call();
        }
    }

    /// Waits for something to claim, or for the end, which is `true`: nothing is ready and nobody is inside.
    fn await_news(&self, gate: &Gate<S>, rest: &dyn Fn(&S::Parker)) -> bool {
        let mut patience = S::Patience::new();
        loop {
            if self.first(Lane::Caller).is_some() {
                return false;
            }
            if gate.close() {
                // From here on nobody can change what is ready.
                if self.first(Lane::Caller).is_none() {
                    return true;
                }
                gate.open();
                return false;
            }
            if !patience.wait() {
                gate.sleep(|| self.first(Lane::Caller).is_some(), rest);
            }
        }
    }
}
