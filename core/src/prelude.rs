//! What most files that define systems need.

pub use crate::{
    Commands, Cx, Entity, Outcome, Run, RunContext, Schedule, ScheduleSpec, Stage, System, Threads, With, Without,
    World,
};
