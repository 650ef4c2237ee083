//! Declare what each system touches; get a conflict-free parallel schedule, and the reason for each ordering.
//!
//! This crate knows no GPU. The systems of `fencewright-graphics` carry their GPU facts through it as
//! [annotations](Annotation) that it never opens.

// Derived code names this crate by its absolute path, also inside the crate's own tests.
#[allow(unused_extern_crates)]
extern crate self as fencewright;

mod access;
pub mod analysis;
mod condition;
mod cx;
mod declaration;
mod error;
mod fixed;
mod job;
pub mod prelude;
mod program;
mod query;
mod recording;
mod run;
mod schedule;
mod system;
mod world;

pub use access::{Key, KeyId, Reads, ResourceAccess, Writes};
pub use condition::{Condition, Exists, Not, When};
pub use cx::{AccessError, Cx, Res, ResMut, WorldMut};
pub use declaration::{Annotation, Declaration};
pub use error::Failure;
pub use fencewright_derive::{Job, Schedule, System};
pub use fixed::{FixedStep, Inbox, Steps};
pub use hecs::{Entity, Or, Satisfies, With, Without};
pub use job::Job;
pub use program::{Program, ProgramSystem, RunContext};
pub use query::{Query, QueryFor, Rows};
pub use recording::{RecordedRun, RecordedSlice, Recording, ReplayError, RunOrder};
pub use run::{Cause, Helpers, Invocation, Overrun, RunError, Scope, SystemFailure, Threads};
pub use schedule::{
    Ambiguity, Edge, Edit, Graph, Hazard, LocalEdit, LocalSchedule, LocalScheduleBuilder, LocalStage, NoSuchSystem,
    Node, Reason, Relation, Schedule, ScheduleBuilder, ScheduleError, Stage, SystemFn, Warning,
};
pub use system::{Outcome, Run, ScheduleSpec, StageInfo, System, SystemInfo};
pub use world::{Commands, World};

#[doc(hidden)]
pub mod __private;
