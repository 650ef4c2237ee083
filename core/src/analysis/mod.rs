//! What a schedule costs and what it could cost: critical path, slack, and a simulation of any number of threads.
//!
//! All of it is pure: from an order of nodes, their edges and their costs to numbers. Costs are in nanoseconds.

mod critical;
mod dag;
mod explain;
mod faces;
mod lost;
mod report;
mod simulate;

#[cfg(test)]
mod tests;

pub use critical::{CriticalPath, critical_path, saved_if_free};
pub use dag::{Dag, DagError};
pub(crate) use explain::explain;
pub use explain::{Explanation, Verdict};
pub use lost::{LostParallelism, lost_parallelism};
pub use report::{NodeReport, Report};
pub use simulate::{Lane, Simulation, Slice, bound_ns, simulate};
