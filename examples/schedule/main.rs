//! Builds a schedule from a file, runs it, and says what it costs and why: `schedule FILE.json`.
//!
//! ```text
//! cargo run --release --example schedule -- examples/schedule/frame.json
//! ```
//!
//! The file:
//!
//! ```text
//! {"systems": [{"name": "a", "reads": ["x"], "writes": ["y"], "us": 12.5, "after": ["b"], "stage": "s"}]}
//! ```
//!
//! Each system spins for `us` microseconds of calibrated work. Stages run in the order in which they first appear.

mod file;
mod measure;
mod options;
mod report;
mod work;

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use fencewright::analysis::{self, Explanation};
use fencewright::{Helpers, Schedule, Threads};
use fencewright_examples::print;

use crate::options::{Format, Options};
use crate::report::Report;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let systems = file::read(&options.file)?;
    let spin = work::Spin::calibrated();
    let mut parallel = file::schedule(&systems, spin)?.with_threads(threads(options)?);
    let mut serial = file::schedule(&systems, spin)?.with_threads(Threads::Inline);
    // Before anything is measured, so that a wrong name is told at once.
    explanations(&parallel, options)?;
    let measured = measure::side_by_side(&mut parallel, &mut serial, options)?;
    let report = Report {
        analysis: analysis(&parallel, &systems, options),
        measured,
        systems: systems.len(),
        edges: parallel.graph().edges().len(),
    };
    let explanations = explanations(&parallel, options)?;
    match options.format() {
        Format::Text => {
            print(format_args!("{report}\n"));
            for explanation in &explanations {
                print(format_args!("{explanation}\n\n"));
            }
        }
        Format::Json => {
            let explanations = explanations.iter().map(|explanation| serde_json::from_str(&explanation.to_json()));
            print(format_args!("{}\n", report.to_json(explanations.collect::<Result<_, _>>()?)?));
        }
        Format::Dot => print(report.analysis.to_dot()),
        Format::Mermaid => print(report.analysis.to_mermaid()),
    }
    Ok(())
}

/// Analyses the schedule for the costs of the file.
fn analysis<'s>(schedule: &'s Schedule, systems: &[file::System], options: &Options) -> analysis::Report<'s> {
    let what_if: Vec<_> = options.what_if.iter().map(|&threads| usize::from(threads)).collect();
    let helpers = if options.idle_us < 50 { Helpers::Awake } else { Helpers::Asleep };
    schedule.report(&costs(schedule, systems), usize::from(options.threads), &what_if, helpers)
}

fn threads(options: &Options) -> Result<Threads, Error> {
    let threads = usize::from(options.threads);
    // The calling thread takes part, so a pool of one thread is the calling thread alone.
    if threads == 1 {
        return Ok(Threads::Inline);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(Threads::Pool(Arc::new(pool)))
}

/// Returns the cost of each node of the graph: a system's work; what is no system costs nothing.
fn costs(schedule: &Schedule, systems: &[file::System]) -> Vec<u64> {
    let of: HashMap<_, _> = systems.iter().map(|system| (&*system.name, system.cost_ns())).collect();
    let cost = |node| of.get(&*schedule.node_name(node)).copied().unwrap_or(0);
    (0..schedule.graph().nodes().len()).map(cost).collect()
}

fn explanations<'s>(schedule: &'s Schedule, options: &Options) -> Result<Vec<Explanation<'s>>, Error> {
    options.explain.chunks_exact(2).map(|pair| Ok(schedule.explain(&pair[0], &pair[1])?)).collect()
}
