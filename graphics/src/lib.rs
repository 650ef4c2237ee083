//! Vulkan barriers planned, printed, checked or emitted from what each system declares.
//!
//! A system that names a [`GpuBuffer`] or a [`GpuImage`] in its declaration has a *pass*. From the declarations alone, with no
//! device and no Vulkan library, it is known which barriers a frame needs and why:
//!
//! ```
//! use fencewright::prelude::*;
//! use fencewright_graphics::prelude::*;
//!
//! struct Particles; // markers that name GPU contents
//! struct MeshVertexData;
//! struct SceneRenderTarget;
//!
//! #[derive(System, AutoBarriers)]
//! #[writes(GpuBuffer<Particles> as ComputeStorage, GpuBuffer<MeshVertexData>)]
//! struct Simulate;
//!
//! #[derive(System, AutoBarriers)]
//! #[reads(GpuBuffer<MeshVertexData>)]             // the name says VERTEX_ATTRIBUTE_INPUT
//! #[writes(discard GpuImage<SceneRenderTarget>)]  // the name says COLOR_ATTACHMENT_OUTPUT: a raster pass
//! struct Draw;
//!
//! #[derive(Schedule)]
//! struct Frame {
//!     simulate: (Simulate,),
//!     #[stage(after = "simulate")]
//!     render: (Draw,),
//! }
//!
//! let hints = Frame::barrier_hints();
//! assert!(hints.contains("COMPUTE_SHADER -> VERTEX_ATTRIBUTE_INPUT"));
//! ```
//!
//! With the feature `device` (on by default) a [`VkRenderer`] runs such systems: it makes the resources, gives each system an
//! encoder of its own ([`VkCommandEncoder`]), and submits what they record with the planned barriers between. A whole program that
//! uploads, computes and reads back is the example `hello_compute`.
//!
//! | you want | look at |
//! | --- | --- |
//! | the words after `as`, and what a marker's name says | [`usage`] |
//! | barriers as text, and as calls to paste | `Frame::barrier_hints()` of [`BarrierHints`]; of a built one `schedule.barrier_hints()`, by [`ProgramHints`] |
//! | what one system asks for | [`GpuResourceAccess::barrier_requirements`] |
//! | a device, buffers, images, frames, readback | [`VkRenderer`], [`RendererDesc`], [`Renderer`] |
//! | handles and the encoder inside of a system | [`CxGraphics`] |
//! | barriers by hand, judged | [`Barriers`], [`ByHand`], [`VkCommandEncoder::pipeline_barrier`] |
//! | the planner alone, without systems | [`plan`] |
//! | barriers as source code, or as structures for a device of your own | [`plan::Plan::to_rust`], [`CallStructures`] |
//! | a command stream checked, whoever made it | [`judge`] |
//!
//! Handles are those of `ash` 0.38: name the same version in your `Cargo.toml`. Without the feature `device` there is no
//! loader and no allocator, and nothing of Vulkan is needed to build or to plan.

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
pub use plan::PassOrder;
pub use resource::{
    Buffer, BufferHandle, GpuBuffer, GpuImage, GpuResource, Image, ImageHandle, Kind, Prev, ResourceKind,
};

#[cfg(feature = "device")]
pub use device::{
    create::{BufferDesc, ImageDesc, ImageKind, ViewDesc},
    cx::CxGraphics,
    desc::{ByHand, DeviceInfo, Judging, Loops, OnMissing, Queues, RawDevice, RawQueue, RendererDesc},
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
    host_memory::CommandMemory,
    recorder::CommandBuffers,
    region::ImageRegion,
};
pub use renderer::Renderer;

#[doc(hidden)]
pub mod __private;

/// Compiles and runs the code of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
