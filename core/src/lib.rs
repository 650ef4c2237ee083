//! Declare what each system touches; get a conflict-free parallel schedule, and the reason for each ordering.
//!
//! A *system* is a type with a declaration (`#[derive(System)]`) and a behaviour ([`Run`]). A [`Schedule`](struct@Schedule) puts systems into
//! stages, and runs those without a hazard at the same time, on rayon's threads. The result is that of running all of
//! them one after another.
//!
//! ```
//! use fencewright::prelude::*;
//!
//! struct Time { dt: f32 }      // a resource: any `Send + Sync + 'static` type
//! struct Position(f32);        // components of entities: the same
//! struct Velocity(f32);
//!
//! #[derive(System)]
//! #[reads(Time, Velocity)]
//! #[writes(Position)]          // writing lets it read, too
//! struct Integrate;
//!
//! impl Run for Integrate {
//!     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
//!         let dt = cx.read::<Time>()?.dt;
//!         cx.query::<(&mut Position, &Velocity)>().par_for_each(|(p, v)| p.0 += v.0 * dt);
//!         Ok(())
//!     }
//! }
//!
//! #[derive(System)]
//! #[reads(Position)]
//! struct Report;
//!
//! impl Run for Report {
//!     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
//!         cx.query::<&Position>().for_each(|p| println!("at {}", p.0));
//!         Ok(())
//!     }
//! }
//!
//! #[derive(Schedule)]
//! struct Frame {
//!     simulate: (Integrate,),
//!     #[stage(after = "simulate")]
//!     report: (Report,),
//! }
//!
//! let mut world = World::new();
//! world.insert(Time { dt: 0.5 });
//! world.spawn((Position(0.0), Velocity(2.0)));
//!
//! let mut schedule = Frame { simulate: (Integrate,), report: (Report,) }.schedule()?;
//! schedule.run(&mut world)?;   // prints "at 1"
//! println!("{schedule}");      // what waits for what, and why
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | you want | look at |
//! | --- | --- |
//! | what a declaration can say | the derives [`System`](derive@System) and [`Schedule`](derive@Schedule) |
//! | what a system can do while it runs | [`Cx`] |
//! | resources and entities | [`World`], [`Commands`] |
//! | a schedule made at run time, or changed in use | [`ScheduleBuilder`], [`Stage`], [`SystemFn`], [`Schedule::edit`] |
//! | conditions, fixed steps | [`Condition`], [`FixedStep`] |
//! | loops and jobs on the same threads | [`Threads`], [`Job`] |
//! | why a system waits, what more threads would give | [`Schedule::explain`], [`Schedule::report`], [`analysis`] |
//! | what goes wrong | [`ScheduleError`] when it is built, [`RunError`] when it runs |
//!
//! The feature `tracing` opens a span for each system that runs.
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
pub use program::{Program, ProgramId, ProgramSystem, RunContext};
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
