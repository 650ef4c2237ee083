//! What is printed: for people, and as one JSON object.

use std::collections::BTreeMap;
use std::fmt;

use fencewright::analysis::Report as Analysis;
use serde::Serialize;
use serde_json::Value;

use crate::measure::Measured;

/// What the analysis says and what was measured.
#[derive(Debug)]
pub(crate) struct Report<'s> {
    pub(crate) analysis: Analysis<'s>,
    pub(crate) measured: Measured,
    pub(crate) systems: usize,
    pub(crate) edges: usize,
}

/// The same as a JSON object.
#[derive(Debug, Serialize)]
struct Json {
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
    slack_us: BTreeMap<String, f64>,
    /// Nothing where there are too many orders to try each.
    lost_parallelism: Option<Vec<Lost>>,
    explanations: Vec<Value>,
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

/// So many of the orders that cost time are listed.
const LOST: usize = 10;

fn us(ns: u64) -> f64 {
    ns as f64 / 1000.0
}

impl Report<'_> {
    /// Returns it as one JSON object, with explanations that are JSON already.
    pub(crate) fn to_json(&self, explanations: Vec<Value>) -> Result<String, serde_json::Error> {
        let Analysis { threads, work_ns, bound_ns, simulated_ns, critical_path_ns, ref nodes, ref what_if, .. } =
            self.analysis;
        let path = self.analysis.critical_path.iter().map(|&node| &nodes[node]);
        let lost = |lost: &Vec<fencewright::analysis::LostParallelism>| {
            let listed = lost.iter().take(LOST).map(|pair| Lost {
                first: nodes[pair.first].name.clone(),
                second: nodes[pair.second].name.clone(),
                saved_us: us(pair.saved_ns),
            });
            listed.collect()
        };
        serde_json::to_string_pretty(&Json {
            systems: self.systems,
            edges: self.edges,
            threads,
            work_us: us(work_ns),
            critical_path_us: us(critical_path_ns),
            bound_us: us(bound_ns),
            simulated_us: us(simulated_ns),
            measured_us: Quantiles {
                median: self.measured.parallel.quantile_us(0.5),
                p10: self.measured.parallel.quantile_us(0.1),
                p90: self.measured.parallel.quantile_us(0.9),
            },
            serial_us: self.measured.serial.quantile_us(0.5),
            what_if: what_if.iter().map(|&(threads, ns)| (threads, us(ns))).collect(),
            critical_path: path
                .map(|node| Step {
                    system: node.name.clone(),
                    us: us(node.cost_ns),
                    saved_if_free_us: us(node.saved_if_free_ns),
                })
                .collect(),
            slack_us: nodes.iter().map(|node| (node.name.clone(), us(node.slack_ns))).collect(),
            lost_parallelism: self.analysis.lost.as_ref().map(lost),
            explanations,
        })
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Measured { parallel, serial } = &self.measured;
        let (median, serial) = (parallel.quantile_us(0.5), serial.quantile_us(0.5));
        let (p10, p90) = (parallel.quantile_us(0.1), parallel.quantile_us(0.9));
        let (systems, edges) = (count(self.systems, "system"), count(self.edges, "edge"));
        writeln!(f, "{systems}, {edges}, {}\n", count(self.analysis.threads, "thread"))?;
        writeln!(f, "  measured       {median:>10.1} us   (p10 {p10:.1}, p90 {p90:.1})")?;
        writeln!(f, "  one by one     {serial:>10.1} us   {:.2}x of it", serial / median)?;
        write!(f, "{}", self.analysis)
    }
}

/// Counts something: `1 edge`, `2 edges`.
fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}
