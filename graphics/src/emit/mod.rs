//! A plan for people and for tools: the same facts as text, as calls, as Rust, as C, as JSON and as a graph.

mod c;
mod calls;
mod dot;
mod fields;
mod json;
mod names;
mod rust;
pub(crate) mod structures;
mod submissions;
mod text;

pub(crate) use rust::call as rust_call;
pub(crate) use text::{pairs, sentence};
