//! How a frame is planned, on the command line of whoever plans one.

use clap::{Args, ValueEnum};
use fencewright_graphics::plan::{self, Cadence, Compat, Effort, Sharing, Topology};

use crate::frame::How;

/// How a frame is planned.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct Way {
    /// Which structures barriers become
    #[arg(long, value_enum, default_value_t)]
    policy: Policy,
    /// Plan the frame as the body of a loop: its last call may carry its own next first uses
    #[arg(long = "loop")]
    repeats: bool,
    /// Name fills and updates by their exact stage, which validation layers before 1.3.279 take for copies
    #[arg(long)]
    exact: bool,
    /// The queues to plan for; a pass runs on the queue that the file names, where there is one
    #[arg(long, value_enum, default_value_t)]
    topology: Queues,
    /// Plan for a device with one queue, which all submissions go to
    #[arg(long)]
    pub(crate) alias: bool,
    /// Let queue families share all resources, so that none changes its owner
    #[arg(long)]
    concurrent: bool,
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

impl Way {
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
