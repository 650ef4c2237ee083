//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use fencewright_graphics::plan::{self, Cadence, Clears, Effort};

use crate::mutate::Mutation;

/// Plans a frame from a file, proves the plan, and has it judged.
#[derive(Debug, Parser)]
#[command(name = "plan")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Options {
    /// The frame, as JSON
    pub(crate) file: PathBuf,
    /// Which structures barriers become
    #[arg(long, value_enum, default_value_t)]
    policy: Policy,
    /// Let passes without a hazard between them change places
    #[arg(long)]
    pub(crate) reorder: bool,
    /// Plan the frame as the body of a loop: its last call may carry its own next first uses
    #[arg(long = "loop")]
    repeats: bool,
    /// Name fills and updates by their exact stage, which validation layers before 1.3.279 take for copies
    #[arg(long)]
    exact: bool,
    /// Break the plan: `KIND:N` breaks the N-th thing of a kind (call, struct, src-stage, dst-stage, src-access,
    /// dst-access, layout, move)
    #[arg(long, value_name = "KIND:N")]
    pub(crate) mutate: Option<Mutation>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which structures barriers become.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Policy {
    /// One for each part of a resource
    #[default]
    PerResource,
    /// Memory barriers; image barriers only where a layout changes
    MergedGlobal,
    /// The same, with all images in GENERAL
    UnifiedLayouts,
}

impl Options {
    /// Returns the options of the planner.
    pub(crate) fn plan(&self) -> plan::Options {
        plan::Options {
            policy: match self.policy {
                Policy::PerResource => plan::Policy::PerResource,
                Policy::MergedGlobal => plan::Policy::MergedGlobal,
                Policy::UnifiedLayouts => plan::Policy::UnifiedLayouts,
            },
            clears: if self.exact { Clears::Exact } else { Clears::AllTransfer },
            cadence: if self.repeats { Cadence::Repeats } else { Cadence::Once },
            effort: Effort::Steps(100_000),
            ..plan::Options::default()
        }
    }
}
