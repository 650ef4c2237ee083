//! What is printed: for people, and as one JSON object.

use std::collections::BTreeMap;
use std::fmt;

use fencewright::Schedule;
use fencewright::analysis::{bound_ns, critical_path, lost_parallelism, saved_if_free, simulate};
use serde::Serialize;

use crate::measure::Measured;
use crate::options::Options;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    systems: usize,
    edges: usize,
    threads: usize,
    work_us: f64,
    critical_path_us: f64,
    bound_us: f64,
    simulated_us: f64,
    measured_us: Quantiles,
    serial_us: f64,
    /// Simulated time by number of threads.
    what_if: BTreeMap<usize, f64>,
    critical_path: Vec<Step>,
    lost_parallelism: Vec<Lost>,
}

#[derive(Debug, Serialize)]
struct Quantiles {
    median: f64,
    p10: f64,
    p90: f64,
}

/// A system on the critical path.
#[derive(Debug, Serialize)]
struct Step {
    system: String,
    us: f64,
    saved_if_free_us: f64,
}

/// Two systems whose order costs time.
#[derive(Debug, Serialize)]
struct Lost {
    first: String,
    second: String,
    saved_us: f64,
}

fn us(ns: u64) -> f64 {
    ns as f64 / 1000.0
}

impl Report {
    pub(crate) fn new(schedule: &Schedule, costs: &[u64], measured: &Measured, options: &Options) -> Self {
        let dag = schedule.dag();
        let threads = options.threads.get();
        let path = critical_path(&dag, costs);
        let saved = saved_if_free(&dag, costs);
        let what_if = options.what_if.iter().map(|n| (n.get(), us(simulate(&dag, costs, n.get()).makespan_ns)));
        Self {
            systems: schedule.program().systems().len(),
            edges: dag.edge_count(),
            threads,
            work_us: us(costs.iter().sum()),
            critical_path_us: us(path.length_ns),
            bound_us: us(bound_ns(&dag, costs, threads)),
            simulated_us: us(simulate(&dag, costs, threads).makespan_ns),
            measured_us: Quantiles {
                median: measured.parallel.quantile_us(0.5),
                p10: measured.parallel.quantile_us(0.1),
                p90: measured.parallel.quantile_us(0.9),
            },
            serial_us: measured.serial.quantile_us(0.5),
            what_if: what_if.collect(),
            critical_path: path
                .nodes
                .iter()
                .map(|&node| Step {
                    system: schedule.node_name(node),
                    us: us(costs[node]),
                    saved_if_free_us: us(saved[node]),
                })
                .collect(),
            lost_parallelism: lost(schedule, costs, threads),
        }
    }
}

/// Lists the five orders that cost the most. One simulation for each edge: left out where that would take long.
fn lost(schedule: &Schedule, costs: &[u64], threads: usize) -> Vec<Lost> {
    let edges: Vec<_> = schedule.graph().dependencies().iter().map(|edge| (edge.first, edge.second)).collect();
    if edges.len() * costs.len() > 1_000_000 {
        return Vec::new();
    }
    let pairs = lost_parallelism(costs.len(), &edges, costs, threads).unwrap_or_default();
    let named = pairs.into_iter().take(5).map(|pair| Lost {
        first: schedule.node_name(pair.first),
        second: schedule.node_name(pair.second),
        saved_us: us(pair.saved_ns),
    });
    named.collect()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Quantiles { median, p10, p90 } = self.measured_us;
        writeln!(f, "{} systems, {} edges, {} threads\n", self.systems, self.edges, self.threads)?;
        writeln!(f, "  work           {:>10.1} us", self.work_us)?;
        writeln!(f, "  critical path  {:>10.1} us", self.critical_path_us)?;
        writeln!(f, "  bound          {:>10.1} us   max(critical path, work / threads)", self.bound_us)?;
        writeln!(f, "  simulated      {:>10.1} us", self.simulated_us)?;
        writeln!(f, "  measured       {median:>10.1} us   (p10 {p10:.1}, p90 {p90:.1})")?;
        writeln!(f, "  one by one     {:>10.1} us   {:.2}x of it", self.serial_us, self.serial_us / median)?;
        writeln!(f, "\nwhat if it had")?;
        for (threads, us) in &self.what_if {
            writeln!(f, "  {threads:>3} threads    {us:>10.1} us")?;
        }
        writeln!(f, "\nthe critical path")?;
        for Step { system, us, saved_if_free_us } in &self.critical_path {
            writeln!(f, "  {system:<24} {us:>8.1} us   making it free saves {saved_if_free_us:.1} us")?;
        }
        if !self.lost_parallelism.is_empty() {
            writeln!(f, "\norders that cost time")?;
        }
        for Lost { first, second, saved_us } in &self.lost_parallelism {
            writeln!(f, "  {first} -> {second}: the run would be {saved_us:.1} us shorter without it")?;
        }
        Ok(())
    }
}
