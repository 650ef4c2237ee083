//! How a pass uses a GPU resource: a table, one row for each usage.
//!
//! A usage is written after `as` in a declaration, as in `GpuImage<Bloom> as ComputeStorage`; each is a type of this
//! module, and its [`ROW`](ComputeStorage::ROW) holds the facts. A write means read and write, unless the usage says
//! that it only writes, as [`ComputeStorageWrite`] does.
//!
//! | family | usages |
//! | --- | --- |
//! | input of draws and dispatches | `VertexAttribute`, `Index`, `DrawIndirect`, `DispatchIndirect` |
//! | shaders | a stage (`Vertex`, `Fragment`, `VertexFragment`, `Compute`, `RayTracing`, ..) and `Uniform`, `Sampled`, `UniformTexel`, `Storage`, `StorageWrite` or `StorageTexel` |
//! | attachments | `ColorAttachment`, `ColorAttachmentClear`, `DepthStencil`, `DepthStencilClear`, `DepthStencilSampled`, .. |
//! | transfer | `CopySource`, `CopyDestination`, `BlitSource`, `BlitDestination`, `Clear`, `Fill`, .. |
//! | ray tracing | `RayTracingAccelerationStructure`, `AccelerationStructureBuild`, `BuildInput`, .. |
//! | outside of passes | `HostRead`, `HostWrite`, `Present` |
//!
//! # What a marker's name says
//!
//! Without `as`, the usage follows from whole words in the marker's own name (not from modules, not from generics), the
//! list that the access stands in, and the kind of the pass. A name that says nothing, or two things, does not compile.
//!
//! | word in a `GpuBuffer` | raster reads | compute reads | compute writes |
//! | --- | --- | --- | --- |
//! | `Vertex` | `VertexAttribute` | | `ComputeStorage` |
//! | `Index` | `Index` | | `ComputeStorage` |
//! | `Indirect` | `DrawIndirect` | `DispatchIndirect` | `ComputeStorage` |
//! | `Uniform`, `Ubo` | `VertexFragmentUniform` | `ComputeUniform` | `ComputeStorage` |
//! | `Storage` | `VertexFragmentStorage` (writes, too) | `ComputeStorage` | `ComputeStorage` |
//! | `Staging` | | | |
//!
//! | word in a `GpuImage` | raster reads | raster writes | compute reads | compute writes |
//! | --- | --- | --- | --- | --- |
//! | `RenderTarget`, `ColorAttachment`, `Swapchain` | | `ColorAttachment` | | |
//! | `Depth`, `DepthStencil` | | `DepthStencil` | | |
//! | `Texture`, `Sampled` | `FragmentSampled` | | `ComputeSampled` | |
//! | `Storage` | `VertexFragmentStorage` | `VertexFragmentStorage` | `ComputeStorage` | `ComputeStorage` |
//!
//! In a transfer pass every word means a copy: `CopySource` where it is read, `CopyDestination` where it is written. A
//! ray-tracing pass follows the columns of compute, with `RayTracingUniform`, `RayTracingSampled`, `RayTracingStorage`
//! and `TraceIndirect`. Where a pass cannot be told from its usages, `#[pass(..)]` says its kind.
//!
//! [`ALL`] is the whole table; [`by_name`] finds a row.

mod attachment;
mod extension;
mod flags;
mod input;
mod outside;
mod ray_tracing;
mod row;
mod shader;
mod table;
#[cfg(test)]
mod tests;
mod transfer;

pub use attachment::{
    ColorAttachment, ColorAttachmentClear, ColorResolve, DepthStencil, DepthStencilClear, DepthStencilResolve,
    DepthStencilResolved, DepthStencilSampled, InputAttachment,
};
pub use extension::{
    ConditionalRendering, FragmentDensityMap, FragmentShadingRate, TransformFeedback, TransformFeedbackCounter,
};
pub use flags::{AccessNames, LayoutName, StageNames, access_names, layout_name, stage_names};
pub use input::{DispatchIndirect, DrawIndirect, Index, VertexAttribute};
pub use outside::{AnyAccess, HostRead, HostWrite, Present};
pub use ray_tracing::{
    AccelerationStructureBuild, AccelerationStructureCopyDestination, AccelerationStructureCopySource,
    AccelerationStructureDeserialize, AccelerationStructureSerialize, BuildIndirect, BuildInput, BuildScratch,
    ComputeAccelerationStructure, FragmentAccelerationStructure, RayTracingAccelerationStructure, ShaderBindingTable,
    TraceIndirect,
};
pub use row::{FitsKind, FitsPass, ImageUse, ReadUsage, Usage, UsageRow, WriteUsage};
pub use shader::{
    ComputeSampled, ComputeStorage, ComputeStorageTexel, ComputeStorageWrite, ComputeUniform, ComputeUniformTexel,
    FragmentSampled, FragmentStorage, FragmentStorageTexel, FragmentStorageWrite, FragmentUniform,
    FragmentUniformTexel, GeometrySampled, GeometryStorage, GeometryStorageTexel, GeometryStorageWrite,
    GeometryUniform, GeometryUniformTexel, MeshSampled, MeshStorage, MeshStorageTexel, MeshStorageWrite, MeshUniform,
    MeshUniformTexel, PreRasterSampled, PreRasterStorage, PreRasterStorageTexel, PreRasterStorageWrite,
    PreRasterUniform, PreRasterUniformTexel, RayTracingSampled, RayTracingStorage, RayTracingStorageTexel,
    RayTracingStorageWrite, RayTracingUniform, RayTracingUniformTexel, TaskSampled, TaskStorage, TaskStorageTexel,
    TaskStorageWrite, TaskUniform, TaskUniformTexel, TessellationControlSampled, TessellationControlStorage,
    TessellationControlStorageTexel, TessellationControlStorageWrite, TessellationControlUniform,
    TessellationControlUniformTexel, TessellationEvaluationSampled, TessellationEvaluationStorage,
    TessellationEvaluationStorageTexel, TessellationEvaluationStorageWrite, TessellationEvaluationUniform,
    TessellationEvaluationUniformTexel, VertexFragmentSampled, VertexFragmentStorage, VertexFragmentStorageTexel,
    VertexFragmentStorageWrite, VertexFragmentUniform, VertexFragmentUniformTexel, VertexSampled, VertexStorage,
    VertexStorageTexel, VertexStorageWrite, VertexUniform, VertexUniformTexel,
};
pub use table::{ALL, by_name};
pub use transfer::{
    BlitDestination, BlitSource, Clear, CopyDestination, CopySource, Fill, ResolveDestination, ResolveSource,
    TransferDestination, TransferSource,
};
