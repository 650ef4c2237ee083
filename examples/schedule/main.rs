//! Builds a schedule from a file, runs it, and says what it costs and why: `schedule FILE.json`.
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

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser as _;
use fencewright::{Schedule, Threads};

use crate::options::Options;
use crate::report::Report;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Error> {
    let systems = file::read(&options.file)?;
    let spin = work::Spin::calibrated();
    let mut parallel = file::schedule(&systems, spin)?.with_threads(threads(options)?);
    let mut serial = file::schedule(&systems, spin)?.with_threads(Threads::Inline);
    let measured = measure::side_by_side(&mut parallel, &mut serial, options)?;
    let report = Report::new(&parallel, &costs(&parallel, &systems), &measured, options);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{report}");
        explain(&parallel, options)?;
    }
    Ok(())
}

fn threads(options: &Options) -> Result<Threads, Error> {
    let threads = options.threads.get();
    // The calling thread takes part, so a pool of one thread is the calling thread alone.
    if threads == 1 {
        return Ok(Threads::Inline);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
    Ok(Threads::Pool(Arc::new(pool)))
}

/// Returns the cost of each node of the graph: a system's work; what is no system costs nothing.
fn costs(schedule: &Schedule, systems: &[file::System]) -> Vec<u64> {
    let of = |name: &str| systems.iter().find(|system| system.name == name).map_or(0, file::System::cost_ns);
    (0..schedule.graph().nodes().len()).map(|node| of(&schedule.node_name(node))).collect()
}

fn explain(schedule: &Schedule, options: &Options) -> Result<(), Error> {
    for pair in options.explain.chunks_exact(2) {
        println!("\n{}", schedule.explain(&pair[0], &pair[1])?);
    }
    Ok(())
}
