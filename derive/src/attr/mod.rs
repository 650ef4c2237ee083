//! From the tokens of attributes to values that keep their spans.

pub(crate) mod job;
pub(crate) mod list;
pub(crate) mod schedule;
pub(crate) mod system;
