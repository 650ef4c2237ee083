//! The part of fencewright's executor that threads share, compiled against loom and shuttle instead of `std`.
//!
//! The source is the very same: `core/src/run/executor/engine`. Run with `cargo test --release`.

#![cfg(test)]

#[path = "../../src/run/executor/engine/mod.rs"]
mod engine;

mod graph;
mod in_loom;
mod in_shuttle;
