//! What a run should take, the executor's own part included: planned as a run is, then played through.

use super::Executor;
use super::plan::Plan;
use super::simulation::Overheads;
use super::waking::Helpers;

/// What a system costs the loop of the caller beside its own time, in nanoseconds.
const INLINE_NS: u64 = 10;
/// What it costs where threads share the systems: each finds what the others had in their caches.
const SHARED_NS: u64 = 20;
/// Claiming a unit that another thread may have put up.
const UNIT_NS: u64 = 180;

impl<E: Send> Executor<E> {
    /// Returns what a run should take on `threads` threads, in nanoseconds, if its nodes cost this much.
    pub(crate) fn expected_ns(&self, costs_ns: &[u64], threads: usize, helpers: Helpers) -> u64 {
        let alone_ns = |own_ns: u64| costs_ns.iter().map(|cost| cost + own_ns).sum::<u64>();
        if threads < 2 || self.chains.len() < 2 {
            return alone_ns(INLINE_NS);
        }
        let mut plan = Plan::new(&self.dag, &self.chains);
        plan.renew(&self.dag, &self.chains, |node| costs_ns[node] + INLINE_NS, threads);
        plan.expect(helpers);
        if !plan.is_worth_helpers() {
            return alone_ns(INLINE_NS);
        }
        plan.renew(&self.dag, &self.chains, |node| costs_ns[node] + SHARED_NS, threads);
        plan.expected_ns(Overheads { unit_ns: UNIT_NS, wake_ns: helpers.wake_ns() })
    }
}
