//! The judge against known cases, a cruder oracle, and its own advice.

mod agree;
mod apart;
mod broken;
#[path = "../support/broken_bytes.rs"]
mod broken_bytes;
mod cases;
mod file;
mod oracle;
mod plans;
mod queues;
mod random;
mod rules;
mod superfluous;
mod text;
mod write;
