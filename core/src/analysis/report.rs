//! What a schedule costs and could cost, gathered: where the time goes, who has slack, which orders cost time.

use std::fmt;

use crate::analysis::critical::{critical_path, saved_if_free};
use crate::analysis::lost::{LostParallelism, lost_parallelism};
use crate::analysis::simulate::{bound_ns, simulate};
use crate::run::Helpers;
use crate::schedule::Schedule;

/// So many simulated nodes are spent on finding the orders that cost time.
const MOST_SIMULATED: usize = 4_000_000;

/// What a schedule costs and could cost. Made by [`Schedule::report`]; for people as text, for tools as JSON, DOT and Mermaid.
#[derive(Clone, Debug)]
pub struct Report<'s> {
    pub(super) schedule: &'s Schedule,
    /// The threads that it is about, the calling one included.
    pub threads: usize,
    /// The work of all nodes, in nanoseconds.
    pub work_ns: u64,
    /// What no run can beat: `max(critical path, work / threads)`.
    pub bound_ns: u64,
    /// What a run should take: [`Schedule::expected_ns`].
    pub simulated_ns: u64,
    /// The longest way through the graph: no number of threads is faster.
    pub critical_path_ns: u64,
    /// Its nodes, first to last.
    pub critical_path: Vec<usize>,
    /// What is known of each node of [`Schedule::graph`].
    pub nodes: Vec<NodeReport>,
    /// Numbers of threads, with what a run on them should take.
    pub what_if: Vec<(usize, u64)>,
    /// The orders that cost time, the dearest first; nothing where there are so many that finding them would take long.
    pub lost: Option<Vec<LostParallelism>>,
}

/// What is known of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// The name of the system, or of the sync point.
    pub name: String,
    /// What it costs, in nanoseconds.
    pub cost_ns: u64,
    /// How much later it may end without making the critical path longer.
    pub slack_ns: u64,
    /// How much shorter the critical path would be if it cost nothing.
    pub saved_if_free_ns: u64,
    /// The thread of the simulated run that it is on.
    pub lane: usize,
    /// When it starts there.
    pub start_ns: u64,
}

impl Schedule {
    /// Reports what a run costs on `threads` threads, and would on as many as `what_if` lists, if its nodes cost what `costs_ns` says: what was learned, by
    /// [`costs_ns`](Self::costs_ns), or what is planned.
    ///
    /// # Panics
    ///
    /// Panics if a number of threads is zero, or `costs_ns` has not one cost for each node of the [`graph`](Self::graph).
    #[track_caller]
    pub fn report(&self, costs_ns: &[u64], threads: usize, what_if: &[usize], helpers: Helpers) -> Report<'_> {
        let dag = self.dag();
        let simulation = simulate(&dag, costs_ns, threads);
        let path = critical_path(&dag, costs_ns);
        let saved = saved_if_free(&dag, costs_ns);
        let mut nodes: Vec<_> = (0..dag.len())
            .map(|node| NodeReport {
                name: self.node_name(node),
                cost_ns: costs_ns[node],
                slack_ns: path.slack_ns[node],
                saved_if_free_ns: saved[node],
                lane: 0,
                start_ns: 0,
            })
            .collect();
        for (lane, slice) in
            simulation.lanes.iter().enumerate().flat_map(|(lane, of)| of.slices.iter().map(move |s| (lane, s)))
        {
            nodes[slice.node].lane = lane;
            nodes[slice.node].start_ns = slice.start_ns;
        }
        Report {
            schedule: self,
            threads,
            work_ns: costs_ns.iter().sum(),
            bound_ns: bound_ns(&dag, costs_ns, threads),
            simulated_ns: self.expected_ns(costs_ns, threads, helpers),
            critical_path_ns: path.length_ns,
            critical_path: path.nodes,
            nodes,
            what_if: what_if.iter().map(|&count| (count, self.expected_ns(costs_ns, count, helpers))).collect(),
            lost: self.lost(costs_ns, threads),
        }
    }

    fn lost(&self, costs_ns: &[u64], threads: usize) -> Option<Vec<LostParallelism>> {
        let pairs: Vec<_> = self.graph().dependencies().iter().map(|edge| (edge.first, edge.second)).collect();
        if pairs.len().saturating_mul(costs_ns.len()) > MOST_SIMULATED {
            return None;
        }
        lost_parallelism(costs_ns.len(), &pairs, costs_ns, threads).ok()
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  work           {:>10} us", Us(self.work_ns))?;
        writeln!(f, "  critical path  {:>10} us", Us(self.critical_path_ns))?;
        writeln!(
            f,
            "  bound          {:>10} us   max(critical path, work / {})",
            Us(self.bound_ns),
            Threads(self.threads)
        )?;
        writeln!(f, "  simulated      {:>10} us", Us(self.simulated_ns))?;
        writeln!(f, "\nwhat if it had")?;
        for &(threads, ns) in &self.what_if {
            writeln!(f, "  {threads:>3} {:<10} {:>10} us", if threads == 1 { "thread" } else { "threads" }, Us(ns))?;
        }
        writeln!(f, "\nthe critical path")?;
        for node in self.critical_path.iter().map(|&node| &self.nodes[node]) {
            let NodeReport { name, cost_ns, saved_if_free_ns, .. } = node;
            writeln!(f, "  {name:<24} {:>8} us   making it free saves {} us", Us(*cost_ns), Us(*saved_if_free_ns))?;
        }
        match &self.lost {
            None => writeln!(f, "\norders that cost time: left out, as there are too many to try each"),
            Some(lost) if lost.is_empty() => writeln!(f, "\nno order costs time on {}", Threads(self.threads)),
            Some(lost) => {
                writeln!(f, "\norders that cost time on {}", Threads(self.threads))?;
                for LostParallelism { first, second, saved_ns } in lost.iter().take(5) {
                    let (first, second) = (&self.nodes[*first].name, &self.nodes[*second].name);
                    writeln!(f, "  {first} -> {second}: the run would be {} us shorter without it", Us(*saved_ns))?;
                }
                Ok(())
            }
        }
    }
}

/// A number of threads: `1 thread`, `2 threads`.
struct Threads(usize);

impl fmt::Display for Threads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.0, if self.0 == 1 { "thread" } else { "threads" })
    }
}

/// Nanoseconds, written as microseconds.
pub(super) struct Us(pub(super) u64);

impl fmt::Display for Us {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not `write!` of the number alone: the width asked for holds for the whole.
        f.pad(&format!("{:.1}", self.0 as f64 / 1000.0))
    }
}
