//! Why a frame cannot be planned.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use thiserror::Error;

/// Why a frame cannot be planned. What is about an access names the system, the resource and the declaration.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanError {
    /// Two accesses of one pass overlap, and one of them writes.
    #[error(
        "system `{system}` uses overlapping parts of `{resource}` as {first}{first_at} and as {second}{at}, and one of them writes; nothing orders commands inside a pass: declare disjoint parts, or one usage that does both"
    )]
    Overlap {
        /// The system.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// One usage.
        first: &'static str,
        /// Where it is declared.
        first_at: Place,
        /// The other usage.
        second: &'static str,
        /// Where the second is declared.
        at: Place,
    },
    /// A pass reads what nothing wrote.
    #[error(
        "system `{system}` reads `{resource}`, which no earlier pass writes and which has no contents before the frame: write it first, import it, or initialise it{at}"
    )]
    ReadUndefined {
        /// The system.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// Where the read is declared.
        at: Place,
    },
    /// A part lies outside its resource, or is empty.
    #[error("system `{system}` uses {part} of `{resource}`, which has {whole}{at}")]
    OutOfRange {
        /// The system.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// The part.
        part: String,
        /// The whole resource.
        whole: String,
        /// Where the access is declared.
        at: Place,
    },
    /// A usage does not fit the kind of the resource, or the direction.
    #[error("system `{system}` cannot {direction} `{resource}` as {usage}: the usage does not allow it{at}")]
    Unfit {
        /// The system.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// The usage.
        usage: &'static str,
        /// `read` or `write`.
        direction: &'static str,
        /// Where the access is declared.
        at: Place,
    },
    /// A usage does not happen in passes.
    #[error(
        "system `{system}` uses `{resource}` as {usage}, which happens outside of passes: let the resource's entry or exit say it{at}"
    )]
    OutsideOfPasses {
        /// The system.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// The usage.
        usage: &'static str,
        /// Where the access is declared.
        at: Place,
    },
    /// No queue can do what a pass does.
    #[error(
        "system `{system}`, whose pass is {kind}, runs on the {queue} queue where there is one, and no queue can do {lacks}, which it needs for `{resource}`: plan for a topology with a queue that can{at}"
    )]
    NoQueue {
        /// The system.
        system: Arc<str>,
        /// The kind of its pass.
        kind: &'static str,
        /// The queue that it would like to run on.
        queue: &'static str,
        /// What the queues lack.
        lacks: String,
        /// A resource that it uses.
        resource: String,
        /// Where the access is declared.
        at: Place,
    },
    /// A resource is presented, and no queue can present.
    #[error(
        "`{resource}`, which system `{system}` is the last to use, is presented, and no queue of the topology presents to a surface: mark the queue that does{at}"
    )]
    CannotPresent {
        /// The last system that uses it.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// Where the access is declared.
        at: Place,
    },
    /// A resource is owned by a queue family that the topology does not have.
    #[error(
        "`{resource}`, which system `{system}` is the first to use, belongs to queue family {family}, and no queue of the topology is of that family: release it where it was used, or add such a queue{at}"
    )]
    UnknownFamily {
        /// The first system that uses it.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// The family.
        family: u32,
        /// Where the access is declared.
        at: Place,
    },
    /// A frame over several queues is to be planned as a loop.
    #[error(
        "a frame over {queues} queues is planned alone, not as a loop: its last call is on one of them, and the next frame begins on all; ask for `Cadence::Once`, or plan for a topology of one queue"
    )]
    LoopOverQueues {
        /// How many queues the topology has.
        queues: usize,
    },
    /// A usage names a pipeline stage that no enabled feature allows.
    #[error(
        "system `{system}` uses `{resource}` as {usage}, at {stage}, which needs the feature `{feature}`: enable it, or use another stage{at}"
    )]
    NotEnabled {
        /// The system.
        system: Arc<str>,
        /// The resource.
        resource: String,
        /// The usage.
        usage: &'static str,
        /// The pipeline stage.
        stage: String,
        /// The feature, as a member of its Vulkan structure.
        feature: &'static str,
        /// Where the access is declared.
        at: Place,
    },
    /// An access names a resource that the input does not have.
    #[error("system `{system}` uses resource number {index}, and there are {count}{at}")]
    UnknownResource {
        /// The system.
        system: Arc<str>,
        /// The index.
        index: usize,
        /// How many resources there are.
        count: usize,
        /// Where the access is declared.
        at: Place,
    },
}

/// The place of a declaration, if it is known; prints as ` (file:line:column)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place(pub Option<&'static Location<'static>>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(at) => write!(f, " ({at})"),
            None => Ok(()),
        }
    }
}
