//! Declare what each system touches; get a conflict-free parallel schedule, and the reason for each ordering.
//!
//! This crate knows no GPU. The systems of `fencewright-graphics` carry their GPU facts through it as
//! [annotations](Annotation) that it never opens.

// Derived code names this crate by its absolute path, also inside the crate's own tests.
#[allow(unused_extern_crates)]
extern crate self as fencewright;

mod access;
pub mod analysis;
mod declaration;
mod error;
mod program;
mod system;

pub use access::{Key, Reads, ResourceAccess, Writes};
pub use declaration::{Annotation, Declaration};
pub use error::Failure;
pub use program::{Program, ProgramSystem, RunContext};
pub use system::{Outcome, ScheduleSpec, StageInfo, System, SystemInfo};

#[doc(hidden)]
pub mod __private;
