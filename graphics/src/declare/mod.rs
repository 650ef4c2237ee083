//! What a pass declares: its kind, its queue, its accesses and their parts.

pub(crate) mod access;
mod check;
pub(crate) mod error;
pub(crate) mod part;
pub(crate) mod pass;
pub(crate) mod requirements;
