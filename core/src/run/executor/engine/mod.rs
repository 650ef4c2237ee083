//! The part of the executor that threads share. It names no thread pool: the models run it under loom and shuttle.

mod crew;
mod facade;
mod faults;
mod gate;
#[allow(unsafe_code, reason = "lends a closure of the caller's stack to helpers")]
mod lease;
mod ready;
mod tally;

pub(crate) use crew::{Crew, Run, Units};
pub(crate) use facade::{Atomic, Cell, Facade, Orders, Parker, Patience};
pub(crate) use faults::{Claim, Fault, FaultKind, Faults, Spread};
pub(crate) use lease::Lease;
pub(crate) use tally::{Look, Tally};
