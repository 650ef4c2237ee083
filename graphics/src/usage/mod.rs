//! How a pass uses a GPU resource: a table, one row for each usage.

use ash::vk;

use crate::declare::pass::{Compute, Pass, PassKind, Raster, RayTracing, Transfer};
use crate::resource::{Buffer, Image, Kind};

/// Describes one usage: the scopes, the layout, where it fits, and the section of the specification behind it.
#[derive(Debug)]
pub struct UsageRow {
    /// The name, as it is written after `as`.
    pub name: &'static str,
    /// The pipeline stages that access the resource.
    pub stages: vk::PipelineStageFlags2,
    /// The accesses when it stands in `reads`; `None` where it cannot.
    pub read: Option<vk::AccessFlags2>,
    /// The accesses when it stands in `writes`; `None` where it cannot.
    pub write: Option<vk::AccessFlags2>,
    /// What a buffer must have been created for; `None` where a buffer cannot be used so.
    pub buffer: Option<vk::BufferUsageFlags>,
    /// What an image must have been created for, and its layouts; `None` where an image cannot be used so.
    pub image: Option<ImageUse>,
    /// The kinds of pass that it fits.
    pub passes: &'static [PassKind],
    /// The section of the Vulkan specification.
    pub spec: &'static str,
}

/// What a usage asks of an image.
#[derive(Clone, Copy, Debug)]
pub struct ImageUse {
    /// What the image must have been created for.
    pub usage: vk::ImageUsageFlags,
    /// The layout when it stands in `reads`.
    pub read_layout: vk::ImageLayout,
    /// The layout when it stands in `writes`.
    pub write_layout: vk::ImageLayout,
}

/// A usage that fits resources of kind `K`.
#[diagnostic::on_unimplemented(message = "usage `{Self}` does not fit `{K}`", label = "not a usage of `{K}`")]
pub trait Usage<K: Kind>: 'static {
    /// The row of the table.
    const ROW: &'static UsageRow;
}

/// A usage that can stand in `reads`.
#[diagnostic::on_unimplemented(message = "usage `{Self}` only writes", label = "declare it in `#[writes(..)]`")]
pub trait ReadUsage {}

/// A usage that can stand in `writes`.
#[diagnostic::on_unimplemented(message = "usage `{Self}` only reads", label = "declare it in `#[reads(..)]`")]
pub trait WriteUsage {}

/// A usage that a pass of kind `P` can have.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` does not fit a pass of kind `{P}`",
    label = "not in a `{P}` pass"
)]
pub trait FitsPass<P: Pass> {}

/// Read as vertex attributes.
#[derive(Clone, Copy, Debug)]
pub struct VertexAttribute;

const VERTEX_ATTRIBUTE: UsageRow = UsageRow {
    name: "VertexAttribute",
    stages: vk::PipelineStageFlags2::VERTEX_ATTRIBUTE_INPUT,
    read: Some(vk::AccessFlags2::VERTEX_ATTRIBUTE_READ),
    write: None,
    buffer: Some(vk::BufferUsageFlags::VERTEX_BUFFER),
    image: None,
    passes: &[PassKind::Raster],
    spec: "fxvertex-input",
};
impl Usage<Buffer> for VertexAttribute {
    const ROW: &'static UsageRow = &VERTEX_ATTRIBUTE;
}
impl ReadUsage for VertexAttribute {}
impl FitsPass<Raster> for VertexAttribute {}

/// Read or written as a storage buffer or storage image in compute shaders.
#[derive(Clone, Copy, Debug)]
pub struct ComputeStorage;

static COMPUTE_STORAGE: UsageRow = UsageRow {
    name: "ComputeStorage",
    stages: vk::PipelineStageFlags2::COMPUTE_SHADER,
    read: Some(vk::AccessFlags2::SHADER_STORAGE_READ),
    write: Some(vk::AccessFlags2::from_raw(
        vk::AccessFlags2::SHADER_STORAGE_READ.as_raw() | vk::AccessFlags2::SHADER_STORAGE_WRITE.as_raw(),
    )),
    buffer: Some(vk::BufferUsageFlags::STORAGE_BUFFER),
    image: Some(ImageUse {
        usage: vk::ImageUsageFlags::STORAGE,
        read_layout: vk::ImageLayout::GENERAL,
        write_layout: vk::ImageLayout::GENERAL,
    }),
    passes: &[PassKind::Compute],
    spec: "descriptorsets-storagebuffer",
};
impl Usage<Buffer> for ComputeStorage {
    const ROW: &'static UsageRow = &COMPUTE_STORAGE;
}
impl Usage<Image> for ComputeStorage {
    const ROW: &'static UsageRow = &COMPUTE_STORAGE;
}
impl ReadUsage for ComputeStorage {}
impl WriteUsage for ComputeStorage {}
impl FitsPass<Compute> for ComputeStorage {}
impl FitsPass<RayTracing> for VertexAttribute {}
impl FitsPass<Transfer> for VertexAttribute {}
