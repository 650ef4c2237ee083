//! What a plan would take: greedy list scheduling by urgency, as the crew does it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::engine::Units;

/// What a run costs beside its systems, in nanoseconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overheads {
    /// Claiming a unit and signalling its successors, on each thread.
    pub(crate) unit_ns: u64,
    /// Until a helper that is called has its first unit.
    pub(crate) wake_ns: u64,
}

/// Room for simulations, kept so that they allocate nothing.
#[derive(Debug, Default)]
pub(crate) struct Simulation {
    waiting: Vec<usize>,
    ready: BinaryHeap<Reverse<usize>>,
    pinned: BinaryHeap<Reverse<usize>>,
    /// Units that run, by when they finish.
    running: BinaryHeap<Reverse<(u64, usize)>>,
    /// Threads without a unit, by when they are free; thread 0 is the caller.
    free: BinaryHeap<Reverse<(u64, usize)>>,
}

impl Simulation {
    pub(crate) fn with_capacity(units: usize) -> Self {
        Self {
            waiting: Vec::with_capacity(units),
            ready: BinaryHeap::with_capacity(units),
            pinned: BinaryHeap::with_capacity(units),
            running: BinaryHeap::with_capacity(units),
            free: BinaryHeap::new(),
        }
    }

    /// Returns when the last unit finishes on `threads` threads, of which all but the caller have to be woken first.
    pub(crate) fn makespan_ns(
        &mut self,
        units: &impl Units,
        costs_ns: &[u64],
        threads: usize,
        overheads: Overheads,
    ) -> u64 {
        self.start(units, threads, overheads.wake_ns);
        let mut end = 0;
        while let Some(Reverse((now, thread))) = self.free.pop() {
            self.finish_until(units, now);
            if let Some(unit) = self.claim(thread) {
                let finished = now + costs_ns[unit] + overheads.unit_ns;
                end = end.max(finished);
                self.running.push(Reverse((finished, unit)));
                self.free.push(Reverse((finished, thread)));
            } else if let Some(&Reverse((next, _))) = self.running.peek() {
                self.free.push(Reverse((next, thread)));
            } else if self.ready.is_empty() && self.pinned.is_empty() {
                break;
            }
            // Otherwise only pinned units are left, and the caller is still to come: this thread goes home.
        }
        end
    }

    fn start(&mut self, units: &impl Units, threads: usize, wake_ns: u64) {
        self.waiting.clear();
        self.ready.clear();
        self.pinned.clear();
        self.running.clear();
        self.free.clear();
        for unit in 0..units.len() {
            self.waiting.push(units.predecessors(unit));
            if units.predecessors(unit) == 0 {
                self.put_up(units, unit);
            }
        }
        self.free.extend((0..threads).map(|thread| Reverse((thread as u64 * wake_ns, thread))));
    }

    fn finish_until(&mut self, units: &impl Units, now: u64) {
        while let Some(&Reverse((finished, unit))) = self.running.peek()
            && finished <= now
        {
            self.running.pop();
            for &successor in units.successors(unit) {
                self.waiting[successor as usize] -= 1;
                if self.waiting[successor as usize] == 0 {
                    self.put_up(units, successor as usize);
                }
            }
        }
    }

    fn put_up(&mut self, units: &impl Units, unit: usize) {
        if units.pinned(unit) { self.pinned.push(Reverse(unit)) } else { self.ready.push(Reverse(unit)) }
    }

    fn claim(&mut self, thread: usize) -> Option<usize> {
        let own = if thread == 0 { self.pinned.peek() } else { None };
        let from_pinned = match (own, self.ready.peek()) {
            // `Reverse` turns the comparison around.
            (Some(own), Some(shared)) => own > shared,
            (own, _) => own.is_some(),
        };
        let claimed = if from_pinned { self.pinned.pop() } else { self.ready.pop() };
        claimed.map(|Reverse(unit)| unit)
    }
}
