//! What can be asked for on the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::Parser;

/// Builds a schedule from a file, runs it, and says what it costs and why.
#[derive(Debug, Parser)]
#[command(name = "schedule")]
pub(crate) struct Options {
    /// The systems: `{"systems": [{"name", "reads", "writes", "us", "after", "stage"}]}`
    pub(crate) file: PathBuf,
    /// How many threads run systems, the calling one included
    #[arg(long, default_value_t = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))]
    pub(crate) threads: NonZeroUsize,
    /// Numbers of threads to simulate
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16")]
    pub(crate) what_if: Vec<NonZeroUsize>,
    /// How many runs are measured, after some to warm up
    #[arg(long, default_value = "50")]
    pub(crate) runs: NonZeroUsize,
    /// Microseconds of idle time between runs, as a renderer that waits for its display has
    #[arg(long, default_value_t = 0)]
    pub(crate) idle_us: u64,
    /// Two systems whose order is explained; can be given again
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub(crate) explain: Vec<String>,
    /// Print one JSON object and nothing else
    #[arg(long)]
    pub(crate) json: bool,
}
