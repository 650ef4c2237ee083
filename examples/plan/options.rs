//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::mutate::Mutation;
use crate::way::Way;

/// Plans a frame from a file, proves the plan, and has it judged.
#[derive(Debug, Parser)]
#[command(name = "plan")]
pub(crate) struct Options {
    /// The frame, as JSON
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) way: Way,
    /// Let passes without a hazard between them change places
    #[arg(long)]
    pub(crate) reorder: bool,
    /// Break the plan: `KIND:N` breaks the N-th thing of a kind (call, struct, src-stage, dst-stage, src-access,
    /// dst-access, layout, move; wait, release, acquire, wait-stage, value)
    #[arg(long, value_name = "KIND:N")]
    pub(crate) mutate: Option<Mutation>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}
