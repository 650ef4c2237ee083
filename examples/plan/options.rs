//! The command line.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use fencewright_graphics::plan::{self, Cadence, Compat, Effort, Sharing, Topology};

use crate::frame::How;
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
    /// The queues to plan for; a pass runs on the queue that the file names, where there is one
    #[arg(long, value_enum, default_value_t)]
    topology: Queues,
    /// Judge the plan as it runs on a device with one queue, which all of its submissions go to
    #[arg(long)]
    pub(crate) alias: bool,
    /// Let queue families share all resources, so that none changes its owner
    #[arg(long)]
    concurrent: bool,
    /// Break the plan: `KIND:N` breaks the N-th thing of a kind (call, struct, src-stage, dst-stage, src-access,
    /// dst-access, layout, move; wait, release, acquire, wait-stage, value)
    #[arg(long, value_name = "KIND:N")]
    pub(crate) mutate: Option<Mutation>,
    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which structures barriers become.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Policy {
    /// One for each part of a resource; one for several that need the same
    #[default]
    Joined,
    /// One for each part of a resource
    PerResource,
    /// Memory barriers; image barriers only where a layout changes
    MergedGlobal,
    /// The same, with all images in GENERAL
    UnifiedLayouts,
}

/// The queues to plan for.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Queues {
    /// One
    #[default]
    One,
    /// One for everything, and one of another family for transfers
    Transfer,
    /// One for everything, one for compute and one for transfers, each of its own family
    Async,
}

impl Options {
    /// Returns all that decides the plan of a frame.
    pub(crate) fn how(&self) -> How {
        let topology = match self.topology {
            Queues::One => Topology::one(),
            Queues::Transfer => Topology::transfer(),
            Queues::Async => Topology::asynchronous(),
        };
        let sharing = if self.concurrent { Sharing::Concurrent } else { Sharing::Exclusive };
        How { topology: if self.alias { topology.alias() } else { topology }, sharing, ..How::from(self.plan()) }
    }

    /// Returns the options of the planner.
    fn plan(&self) -> plan::Options {
        plan::Options {
            policy: match self.policy {
                Policy::Joined => plan::Policy::Joined,
                Policy::PerResource => plan::Policy::PerResource,
                Policy::MergedGlobal => plan::Policy::MergedGlobal,
                Policy::UnifiedLayouts => plan::Policy::UnifiedLayouts,
            },
            compat: if self.exact { Compat::Exact } else { Compat::ValidationLayers },
            cadence: if self.repeats { Cadence::Repeats } else { Cadence::Once },
            effort: Effort::Steps(100_000),
            ..plan::Options::default()
        }
    }
}
