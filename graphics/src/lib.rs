//! Vulkan barriers planned, printed, checked or emitted from what each system declares.

// Derived code names this crate by its absolute path, also inside the crate's own tests.
#[allow(unused_extern_crates)]
extern crate self as fencewright_graphics;

mod declare;
#[cfg(feature = "device")]
#[allow(unsafe_code, reason = "calls Vulkan")]
mod device;
mod emit;
mod hints;
pub mod judge;
pub mod plan;
pub mod prelude;
#[cfg(feature = "device")]
#[allow(unsafe_code, reason = "calls Vulkan")]
mod record;
mod renderer;
mod resource;
pub mod usage;
pub mod verify;

pub use declare::access::{Access, AccessInfo, GpuKey};
pub use declare::error::DeclarationError;
pub use declare::part::{Aspect, Bytes, Layers, Mips, Part};
pub use declare::pass::{
    AutoBarriers, Compute, GpuResourceAccess, Opaque, Pass, PassDecl, PassInfo, PassKind, Queue, Raster, RayTracing,
    Transfer, Uses,
};
pub use declare::requirements::{BarrierRequirement, BarrierRequirements};
pub use emit::structures::{CallStructures, RawHandle};
pub use fencewright_derive::AutoBarriers;
pub use hints::{BarrierHints, ProgramHints};
pub use resource::{
    Buffer, BufferHandle, GpuBuffer, GpuImage, GpuResource, Image, ImageHandle, Kind, Prev, ResourceKind,
};

#[cfg(feature = "device")]
pub use device::{
    create::{BufferDesc, ImageDesc, ImageKind, ViewDesc},
    cx::CxGraphics,
    desc::{ByHand, DeviceInfo, Judging, Loops, OnMissing, PassOrder, Queues, RawDevice, RawQueue, RendererDesc},
    frame::VkFrame,
    history::Initial,
    import::{BufferImport, ImageImport},
    memory::Memory,
    messages::{IgnoredMessage, Message, MessageKind, MessageReport, Severity},
    renderer::VkRenderer,
    select::DeviceChoice,
    submit::TimelinePoint,
    validate::SuperfluousBarrier,
    validation::{Validation, ValidationInfo},
};
#[cfg(feature = "device")]
pub use record::{
    attachment::{ClearColor, ColorAttachment, DepthAttachment, GpuImageView, Load, RenderingDesc, Store},
    draw::Rendering,
    emission::Barriers,
    encoder::{PipelineBarrier, VkCommandEncoder},
    error::{ApiVersion, Rejected, VkError},
    region::ImageRegion,
};
pub use renderer::Renderer;

#[doc(hidden)]
pub mod __private;

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
