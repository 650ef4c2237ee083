//! A plan for people and for tools: the same facts as text, as Rust, as JSON and as a graph.

mod dot;
mod json;
mod rust;
mod text;

pub(crate) use rust::call as rust_call;
pub(crate) use text::{pairs, sentence};
