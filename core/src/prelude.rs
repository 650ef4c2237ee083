//! What most files that define systems need.

pub use crate::{
    Commands, Condition, Cx, Entity, Outcome, Run, RunContext, Schedule, ScheduleSpec, Stage, System, Threads, When,
    With, Without, World,
};
