//! What a declaration of GPU accesses needs in scope, and what recording needs: `use fencewright_graphics::prelude::*;`.

pub use crate::usage;
pub use crate::{Aspect, AutoBarriers, BarrierHints, GpuBuffer, GpuImage, GpuResourceAccess, Prev, ProgramHints};
#[cfg(feature = "device")]
pub use crate::{
    ColorAttachment, CxGraphics, DepthAttachment, ImageRegion, Load, Renderer, Rendering, RenderingDesc, Store,
};
