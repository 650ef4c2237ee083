//! Systems and stages as facts: what is known without a value.

use std::panic::Location;

use crate::access::{Key, ResourceAccess};
use crate::cx::Cx;
use crate::declaration::{Annotation, Declaration};
use crate::error::Failure;

/// What a system returns: nothing, or why it failed.
pub type Outcome = Result<(), Failure>;

/// Describes a system type: its name, what it touches, and what others noted about it.
#[derive(Clone, Copy, Debug)]
pub struct SystemInfo {
    /// The type's name as its definition spells it, without generics.
    pub name: &'static str,
    /// Gives the compiler's full name of the type.
    pub type_name: fn() -> &'static str,
    /// Where the system is declared.
    pub at: &'static Location<'static>,
    /// The CPU types that are read and not written.
    pub reads: &'static [Key],
    /// The CPU types that are written.
    pub writes: &'static [Key],
    /// Facts of other crates, unopened here.
    pub annotations: &'static [&'static dyn Annotation],
    /// Whether the declaration uses `self`, so that it can change from run to run.
    pub uses_self: bool,
}

impl SystemInfo {
    /// Returns the first annotation of type `T`.
    pub fn annotation<T: Annotation>(&self) -> Option<&'static T> {
        self.annotations.iter().find_map(|annotation| annotation.downcast_ref())
    }
}

/// A unit of work with declared accesses. Derived: `#[derive(System)]` with `#[reads(..)]` and `#[writes(..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a system",
    label = "`{Self}` declares no accesses",
    note = "put `#[derive(System)]` with `#[reads(..)]` and `#[writes(..)]` on it"
)]
pub trait System: ResourceAccess {
    /// What is known of the type.
    const INFO: SystemInfo;

    /// Adds what this value declares: the parts and instances that depend on `self`.
    fn declare(&self, declaration: &mut Declaration) {
        let _ = declaration;
    }
}

/// The behaviour of a system: asked for only where a system is put to work.
#[diagnostic::on_unimplemented(
    message = "system `{Self}` is declared but has no behaviour",
    label = "`{Self}` cannot be run",
    note = "write `impl Run for {Self} {{ fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {{ .. }} }}`"
)]
pub trait Run: System {
    /// Does the system's work, once in a run.
    ///
    /// # Errors
    ///
    /// An error ends the run of what depends on this system, and is reported with its name and the place of the `?`.
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome;
}

/// Describes one stage of a schedule type.
#[derive(Clone, Copy, Debug)]
pub struct StageInfo {
    /// The stage's name.
    pub name: &'static str,
    /// The stages that it comes after.
    pub after: &'static [&'static str],
    /// The stages that it comes before.
    pub before: &'static [&'static str],
    /// Its systems, in program order.
    pub systems: &'static [&'static SystemInfo],
    /// Where it is declared.
    pub at: &'static Location<'static>,
}

/// Describes a schedule type. Derived by `#[derive(Schedule)]`.
pub trait ScheduleSpec {
    /// The stages as declared, before they are put in order.
    const STAGES: &'static [StageInfo];

    /// Returns the names of the stages in groups: a group depends on earlier groups alone.
    ///
    /// # Panics
    ///
    /// Panics if the stages cannot be ordered; derived ones can, as the derive checks them.
    #[track_caller]
    fn topo_groups() -> Vec<Vec<&'static str>> {
        match crate::schedule::topo_groups::<Self>() {
            Ok(groups) => groups,
            Err(error) => panic!("{error}"),
        }
    }
}
