//! The device side of the renderer.

mod arena;
pub(crate) mod create;
pub(crate) mod cx;
pub(crate) mod desc;
mod features;
pub(crate) mod frame;
mod gpu;
pub(crate) mod history;
pub(crate) mod import;
mod instance;
mod journal;
mod left;
mod looped;
mod marks;
pub(crate) mod memory;
pub(crate) mod messages;
mod prepare;
mod reclaim;
mod registry;
pub(crate) mod renderer;
mod resolve;
mod resources;
pub(crate) mod select;
pub(crate) mod submit;
mod timeline;
pub(crate) mod validate;
pub(crate) mod validation;
