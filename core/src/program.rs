//! The systems of a built schedule in program order: what others plan from.

use std::any::Any;
use std::borrow::Cow;
use std::panic::Location;
use std::sync::Arc;

use crate::access::Key;
use crate::declaration::Declaration;
use crate::error::Failure;
use crate::system::SystemInfo;

/// The systems of a schedule in program order: stages in a stable topological order, systems as they stand in a stage.
#[derive(Debug, Default)]
pub struct Program {
    pub(crate) id: ProgramId,
    pub(crate) revision: u64,
    pub(crate) stages: Vec<String>,
    pub(crate) systems: Vec<ProgramSystem>,
}

/// Tells built programs apart. While it is the same, so is all of the program but what the values of its systems declare, which those
/// with [`SystemInfo::uses_self`] declare anew for each run. An edit makes another program, as does another build.
#[derive(Clone, Debug, Default)]
pub struct ProgramId(Arc<()>);

impl PartialEq for ProgramId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for ProgramId {}

/// One system of a [`Program`].
#[derive(Debug)]
pub struct ProgramSystem {
    pub(crate) name: String,
    pub(crate) stage: usize,
    pub(crate) info: SystemInfo,
    pub(crate) reads: Cow<'static, [Key]>,
    pub(crate) writes: Cow<'static, [Key]>,
    pub(crate) declaration: Declaration,
    pub(crate) pinned: bool,
}

impl Program {
    /// Returns what tells it from every other program.
    pub const fn id(&self) -> &ProgramId {
        &self.id
    }

    /// Returns a number that rises with each run before which the values of systems may have declared something else than before the
    /// last: while it is the same for a program of the same [`id`](Self::id), so is all that its systems declare.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the names of the stages, in order.
    pub fn stages(&self) -> &[String] {
        &self.stages
    }

    /// Returns the systems, in program order.
    pub fn systems(&self) -> &[ProgramSystem] {
        &self.systems
    }
}

impl ProgramSystem {
    /// Returns the system's name, unique in the schedule: `Blur#1` where `Blur` stands twice.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the index of its stage.
    pub const fn stage(&self) -> usize {
        self.stage
    }

    /// Returns what it reads and does not write.
    pub fn reads(&self) -> &[Key] {
        &self.reads
    }

    /// Returns what it writes.
    pub fn writes(&self) -> &[Key] {
        &self.writes
    }

    /// Returns where it is declared.
    pub const fn at(&self) -> &'static Location<'static> {
        self.info.at
    }

    /// Returns what its type declares; a [`SystemFn`](crate::SystemFn) has no facts of its type.
    pub const fn info(&self) -> &SystemInfo {
        &self.info
    }

    /// Returns whether it runs only on the thread that runs the schedule.
    pub const fn is_on_main_thread(&self) -> bool {
        self.pinned
    }

    /// Returns what its value declared, as of the latest run.
    pub const fn declaration(&self) -> &Declaration {
        &self.declaration
    }
}

/// What a run is given beside the world: a frame of a renderer, say. Systems get it back by [`Cx::context`].
///
/// [`Cx::context`]: crate::Cx::context
pub trait RunContext: Any + Sync {
    /// Prepares for a run of the systems of `program`; called once before any of them starts.
    ///
    /// # Errors
    ///
    /// An error ends the run before any system starts. Where the function is marked `#[track_caller]`, the error has the place of
    /// the run instead of its own.
    fn prepare(&self, program: &Program) -> Result<(), Failure>;
}
