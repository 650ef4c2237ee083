//! Recording: the encoder of each system, its barriers, and the order in which commands execute.

pub(crate) mod attachment;
pub(crate) mod barrier;
pub(crate) mod chain;
pub(crate) mod compute;
pub(crate) mod declared;
pub(crate) mod draw;
pub(crate) mod emission;
pub(crate) mod encoder;
pub(crate) mod error;
pub(crate) mod format;
pub(crate) mod host_memory;
pub(crate) mod log;
pub(crate) mod one_thread;
pub(crate) mod open;
pub(crate) mod pools;
pub(crate) mod progress;
pub(crate) mod recorder;
pub(crate) mod region;
pub(crate) mod rendering;
pub(crate) mod script;
pub(crate) mod table;
pub(crate) mod transfer;
