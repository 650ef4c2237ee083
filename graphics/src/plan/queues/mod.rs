//! Passes on several queues: where each runs, which waits order them, where submissions are cut.
//!
//! | question | answer | where |
//! | --- | --- | --- |
//! | which queue a pass runs on | the one it asks for, where it can do what the pass does | [`assign`] |
//! | the fewest waits | the transitive reduction of what is needed, by clocks | [`order`] |
//! | what waits, and what chains behind a wait | the stages of the first accesses that need it | [`meet`] |
//! | what one call can meet | the passes of a queue with its cuts between them | [`cells`] |
//! | what the host submits | the passes between cuts | [`submissions`] |
//!
//! With one queue none of this does anything.

mod assign;
mod cells;
mod meet;
mod moment;
mod order;
mod submissions;
#[cfg(test)]
mod tests;

pub(crate) use assign::flag_names;
pub(super) use assign::{Assigned, assign};
pub(super) use cells::{Cell, Lane, Place, cells};
pub(super) use meet::{Meeting, meet};
pub(super) use moment::Moment;
pub(super) use order::WaitAt;
pub(super) use submissions::{Submitted, submit};
