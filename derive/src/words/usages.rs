//! The usages that exist, as far as a declaration needs to know: the graphics crate has the facts, and a test of it
//! holds that this list is the same.

use std::sync::LazyLock;

use crate::words::{Direction, Kind, PassKind};

/// What a declaration needs to know of one usage.
#[derive(Debug)]
pub(crate) struct Usage {
    /// The word after `as`.
    pub(crate) name: String,
    /// What can be used so.
    pub(crate) kinds: &'static [Kind],
    /// The lists that it can stand in.
    pub(crate) directions: &'static [Direction],
    /// The passes that can have it.
    pub(crate) passes: &'static [PassKind],
    /// Whether it is worth naming where usages are suggested.
    pub(crate) common: bool,
}

impl Usage {
    /// Says whether it fits; `None` is not known.
    pub(crate) fn fits(&self, kind: Option<Kind>, direction: Direction, pass: Option<PassKind>) -> bool {
        kind.is_none_or(|kind| self.kinds.contains(&kind))
            && self.directions.contains(&direction)
            && pass.is_none_or(|pass| self.is_of(pass))
    }
}

impl Usage {
    /// Says whether a pass of a kind can have it.
    pub(crate) fn is_of(&self, pass: PassKind) -> bool {
        match pass {
            PassKind::Raster | PassKind::Compute | PassKind::Transfer | PassKind::RayTracing => {
                self.passes.contains(&pass)
            }
            PassKind::Opaque => !self.passes.is_empty(),
        }
    }
}

/// Finds the usage with this name.
pub(crate) fn find(name: &str) -> Option<&'static Usage> {
    ALL.iter().find(|usage| usage.name == name)
}

const BUFFER: &[Kind] = &[Kind::Buffer];
const IMAGE: &[Kind] = &[Kind::Image];
const BOTH: &[Kind] = &[Kind::Buffer, Kind::Image];
const READ: &[Direction] = &[Direction::Read];
const WRITE: &[Direction] = &[Direction::Write];
const READ_WRITE: &[Direction] = &[Direction::Read, Direction::Write];
const RASTER: &[PassKind] = &[PassKind::Raster];
const COMPUTE: &[PassKind] = &[PassKind::Compute];
const TRANSFER: &[PassKind] = &[PassKind::Transfer];
const RAY_TRACING: &[PassKind] = &[PassKind::RayTracing];
const RASTER_COMPUTE: &[PassKind] = &[PassKind::Raster, PassKind::Compute];
const ANY: &[PassKind] = &PassKind::KNOWN;
const NONE: &[PassKind] = &[];

/// How often a usage is meant: the suggestions name the common ones.
#[derive(Clone, Copy, PartialEq)]
enum Often {
    Common,
    Rare,
}
use Often::{Common, Rare};

/// The shader stages; each has every one of the `ROLES`.
const SHADERS: &[(&str, &[PassKind], Often)] = &[
    ("Vertex", RASTER, Common),
    ("TessellationControl", RASTER, Rare),
    ("TessellationEvaluation", RASTER, Rare),
    ("Geometry", RASTER, Rare),
    ("Task", RASTER, Rare),
    ("Mesh", RASTER, Rare),
    ("PreRaster", RASTER, Rare),
    ("Fragment", RASTER, Common),
    ("VertexFragment", RASTER, Common),
    ("Compute", COMPUTE, Common),
    ("RayTracing", RAY_TRACING, Common),
];

const ROLES: &[(&str, &[Kind], &[Direction], Often)] = &[
    ("Uniform", BUFFER, READ, Common),
    ("Sampled", IMAGE, READ, Common),
    ("UniformTexel", BUFFER, READ, Rare),
    ("Storage", BOTH, READ_WRITE, Common),
    ("StorageWrite", BOTH, WRITE, Common),
    ("StorageTexel", BUFFER, READ_WRITE, Rare),
];

type Row = (&'static str, &'static [Kind], &'static [Direction], &'static [PassKind], Often);

const FIXED: &[Row] = &[
    ("VertexAttribute", BUFFER, READ, RASTER, Common),
    ("Index", BUFFER, READ, RASTER, Common),
    ("DrawIndirect", BUFFER, READ, RASTER, Common),
    ("DispatchIndirect", BUFFER, READ, COMPUTE, Common),
    ("ColorAttachment", IMAGE, WRITE, RASTER, Common),
    ("ColorAttachmentClear", IMAGE, WRITE, RASTER, Common),
    ("ColorResolve", IMAGE, WRITE, RASTER, Rare),
    ("DepthStencil", IMAGE, READ_WRITE, RASTER, Common),
    ("DepthStencilClear", IMAGE, WRITE, RASTER, Common),
    ("DepthStencilSampled", IMAGE, READ, RASTER, Common),
    ("DepthStencilResolved", IMAGE, WRITE, RASTER, Rare),
    ("DepthStencilResolve", IMAGE, WRITE, RASTER, Rare),
    ("InputAttachment", IMAGE, READ, RASTER, Rare),
    ("CopySource", BOTH, READ, TRANSFER, Common),
    ("CopyDestination", BOTH, WRITE, TRANSFER, Common),
    ("BlitSource", IMAGE, READ, TRANSFER, Common),
    ("BlitDestination", IMAGE, WRITE, TRANSFER, Common),
    ("ResolveSource", IMAGE, READ, TRANSFER, Common),
    ("ResolveDestination", IMAGE, WRITE, TRANSFER, Common),
    ("Clear", IMAGE, WRITE, TRANSFER, Common),
    ("Fill", BUFFER, WRITE, TRANSFER, Common),
    ("TransferSource", BOTH, READ, TRANSFER, Common),
    ("TransferDestination", BOTH, WRITE, TRANSFER, Common),
    ("TraceIndirect", BUFFER, READ, RAY_TRACING, Common),
    ("ShaderBindingTable", BUFFER, READ, RAY_TRACING, Common),
    ("RayTracingAccelerationStructure", BUFFER, READ, RAY_TRACING, Common),
    ("ComputeAccelerationStructure", BUFFER, READ, COMPUTE, Rare),
    ("FragmentAccelerationStructure", BUFFER, READ, RASTER, Rare),
    ("AccelerationStructureBuild", BUFFER, READ_WRITE, RAY_TRACING, Common),
    ("BuildInput", BUFFER, READ, RAY_TRACING, Common),
    ("BuildScratch", BUFFER, WRITE, RAY_TRACING, Common),
    ("BuildIndirect", BUFFER, READ, RAY_TRACING, Rare),
    ("AccelerationStructureCopySource", BUFFER, READ, RAY_TRACING, Rare),
    ("AccelerationStructureCopyDestination", BUFFER, WRITE, RAY_TRACING, Rare),
    ("AccelerationStructureSerialize", BUFFER, WRITE, RAY_TRACING, Rare),
    ("AccelerationStructureDeserialize", BUFFER, READ, RAY_TRACING, Rare),
    ("ConditionalRendering", BUFFER, READ, RASTER_COMPUTE, Rare),
    ("TransformFeedback", BUFFER, WRITE, RASTER, Rare),
    ("TransformFeedbackCounter", BUFFER, READ_WRITE, RASTER, Rare),
    ("FragmentShadingRate", IMAGE, READ, RASTER, Rare),
    ("FragmentDensityMap", IMAGE, READ, RASTER, Rare),
    ("HostRead", BOTH, READ, NONE, Rare),
    ("HostWrite", BOTH, WRITE, NONE, Rare),
    ("Present", IMAGE, READ, NONE, Rare),
    ("AnyAccess", BOTH, READ_WRITE, ANY, Rare),
];

/// Lists every usage.
pub(crate) static ALL: LazyLock<Vec<Usage>> = LazyLock::new(|| {
    let fixed = FIXED.iter().map(|&(name, kinds, directions, passes, often)| Usage {
        name: name.to_owned(),
        kinds,
        directions,
        passes,
        common: often == Common,
    });
    let shaders = SHADERS.iter().flat_map(|&(stage, passes, stage_often)| {
        ROLES.iter().map(move |&(role, kinds, directions, role_often)| Usage {
            name: format!("{stage}{role}"),
            kinds,
            directions,
            passes,
            common: stage_often == Common && role_often == Common,
        })
    });
    fixed.chain(shaders).collect()
});
