//! The attributes with names for what they mean; nothing is judged here.

pub(crate) mod schedule;
pub(crate) mod system;
