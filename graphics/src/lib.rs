//! Vulkan barriers planned, printed, checked or emitted from what each system declares.

// Derived code names this crate by its absolute path, also inside the crate's own tests.
#[allow(unused_extern_crates)]
extern crate self as fencewright_graphics;

mod declare;
mod emit;
mod hints;
pub mod judge;
pub mod plan;
pub mod prelude;
mod resource;
pub mod usage;

pub use declare::access::{Access, AccessInfo, GpuKey};
pub use declare::part::{Aspect, Bytes, Layers, Mips, Part};
pub use declare::pass::{
    AutoBarriers, Compute, GpuResourceAccess, Pass, PassDecl, PassInfo, PassKind, Queue, Raster, RayTracing, Transfer,
    Uses,
};
pub use declare::requirements::{BarrierRequirement, BarrierRequirements};
pub use fencewright_derive::AutoBarriers;
pub use hints::{BarrierHints, ProgramHints};
pub use resource::{Buffer, GpuBuffer, GpuImage, GpuResource, Image, Kind, Prev, ResourceKind};

#[doc(hidden)]
pub mod __private;
