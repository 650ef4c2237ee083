//! What can be asked for on the command line.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Builds a schedule from a file, runs it, and says what it costs and why.
#[derive(Debug, Parser)]
#[command(name = "schedule")]
pub(crate) struct Options {
    /// The systems: `{"systems": [{"name", "reads", "writes", "us", "after", "stage"}]}`
    pub(crate) file: PathBuf,
    /// How many threads run systems, the calling one included
    #[arg(long, default_value_t = all_threads(), value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: u16,
    /// Numbers of threads to simulate
    #[arg(long, value_delimiter = ',', default_value = "1,2,4,8,16", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) what_if: Vec<u16>,
    /// How many runs are measured, after some to warm up
    #[arg(long, default_value = "50", value_parser = runs)]
    pub(crate) runs: NonZeroUsize,
    /// Microseconds of idle time between runs, as a renderer that waits for its display has
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1_000_000))]
    pub(crate) idle_us: u64,
    /// Two systems whose order is explained; can be given again
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub(crate) explain: Vec<String>,
    /// Print one JSON object and nothing else
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// What to print: text, or for tools, the pictures with costs, slack and what orders cost
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Reads a number of runs.
fn runs(text: &str) -> Result<NonZeroUsize, &'static str> {
    text.parse().map_err(|_| "write a whole number, 1 or more")
}

/// As many as this process may use, by its mask of cores and its share of time.
fn all_threads() -> u16 {
    std::thread::available_parallelism().map_or(1, |threads| threads.get().min(1024) as u16)
}

/// What to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Dot,
    Mermaid,
}

impl Options {
    pub(crate) const fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}
