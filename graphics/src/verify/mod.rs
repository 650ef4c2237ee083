//! Hands plans to the judge: frames and their barriers as the command stream that they stand for.
//!
//! The one place that knows both the planner and the judge. The judge sees the declarations as they are, and the barriers
//! as they are emitted; nothing else of the planner.

mod declared;
mod opaque;
mod outside;
mod past;
mod start;
mod stream;

pub use declared::barrier;
pub use stream::{stream, stream_on_one_queue, stream_with};

use crate::judge::{self, Rules, Verdict};
use crate::plan::{Input, Plan};

/// Lets the judge check a plan against what the passes declared.
///
/// What an earlier frame left ([`Entry::Persisted`](crate::plan::Entry::Persisted)) becomes the beginning of the
/// stream.
///
/// # Panics
///
/// If the plan is not one of `input`.
#[track_caller]
pub fn verify(input: &Input, plan: &Plan, rules: &Rules) -> Verdict {
    judge::judge(&stream(&[(input, plan)]), rules)
}
