//! What a declaration of GPU accesses needs in scope: `use fencewright_graphics::prelude::*;`.

pub use crate::usage;
pub use crate::{Aspect, AutoBarriers, BarrierHints, GpuBuffer, GpuImage, GpuResourceAccess, Prev, ProgramHints};
#[cfg(feature = "device")]
pub use crate::{CxGraphics, Renderer};
