//! What a plan is made of.

use std::fmt;
use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;

use ash::vk;

use crate::declare::pass::{PassKind, Queue};
use crate::plan::input::Shape;
use crate::plan::names;
use crate::plan::state::ResourceState;
use crate::usage::{access_names, stage_names};

/// One side of a dependency: pipeline stages and accesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The pipeline stages.
    pub stages: vk::PipelineStageFlags2,
    /// The accesses; none makes it an execution dependency.
    pub access: vk::AccessFlags2,
}

impl std::ops::BitOrAssign for Scope {
    fn bitor_assign(&mut self, other: Self) {
        self.stages |= other.stages;
        self.access |= other.access;
    }
}

/// Names one GPU resource of a plan: an index into [`Plan::resources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceRef(pub usize);

/// A part of a resource; ranges are half-open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subresource {
    /// Bytes of a buffer; `u64::MAX` ends at the end of the buffer.
    Buffer {
        /// The bytes.
        bytes: Range<u64>,
    },
    /// Mip levels, layers and aspects of an image; `u32::MAX` ends at the last.
    Image {
        /// The aspects.
        aspects: vk::ImageAspectFlags,
        /// The mip levels.
        mips: Range<u32>,
        /// The array layers.
        layers: Range<u32>,
    },
}

impl Subresource {
    /// Returns whether two parts of one resource have something in common.
    pub fn meets(&self, other: &Self) -> bool {
        fn meet<T: PartialOrd>(one: &Range<T>, other: &Range<T>) -> bool {
            one.start < other.end && other.start < one.end
        }
        match (self, other) {
            (Self::Buffer { bytes }, Self::Buffer { bytes: others }) => meet(bytes, others),
            (
                Self::Image { aspects, mips, layers },
                Self::Image { aspects: other_aspects, mips: other_mips, layers: other_layers },
            ) => aspects.intersects(*other_aspects) && meet(mips, other_mips) && meet(layers, other_layers),
            (Self::Buffer { .. }, Self::Image { .. }) | (Self::Image { .. }, Self::Buffer { .. }) => false,
        }
    }
}

impl Target {
    pub(super) fn of(
        resource: ResourceRef,
        part: Subresource,
        (old_layout, new_layout): (vk::ImageLayout, vk::ImageLayout),
    ) -> Self {
        match part {
            Subresource::Buffer { bytes } => Self::Buffer { resource, bytes },
            Subresource::Image { aspects, mips, layers } => {
                Self::Image { resource, aspects, mips, layers, old_layout, new_layout }
            }
        }
    }

    /// Returns the resource; none for all memory.
    pub const fn resource(&self) -> Option<ResourceRef> {
        match self {
            Self::Memory => None,
            Self::Buffer { resource, .. } | Self::Image { resource, .. } => Some(*resource),
        }
    }

    /// Returns the part of the resource; none for all memory.
    pub fn part(&self) -> Option<Subresource> {
        match self {
            Self::Memory => None,
            Self::Buffer { bytes, .. } => Some(Subresource::Buffer { bytes: bytes.clone() }),
            Self::Image { aspects, mips, layers, .. } => {
                Some(Subresource::Image { aspects: *aspects, mips: mips.clone(), layers: layers.clone() })
            }
        }
    }

    /// Returns the old and the new layout where they differ.
    pub fn transition(&self) -> Option<(vk::ImageLayout, vk::ImageLayout)> {
        match self {
            Self::Memory | Self::Buffer { .. } => None,
            Self::Image { old_layout, new_layout, .. } => {
                (old_layout != new_layout).then_some((*old_layout, *new_layout))
            }
        }
    }
}

impl Hazard {
    /// Returns the name: `read-after-write`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadAfterWrite => "read-after-write",
            Self::WriteAfterRead => "write-after-read",
            Self::WriteAfterWrite => "write-after-write",
            Self::Layout => "layout",
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", stage_names(self.stages), access_names(self.access))
    }
}

impl fmt::Display for Subresource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buffer { bytes } if bytes.end == u64::MAX => write!(f, "bytes {}..", bytes.start),
            Self::Buffer { bytes } => write!(f, "bytes {}..{}", bytes.start, bytes.end),
            Self::Image { aspects, mips, layers } => {
                write!(f, "{} mips {} layers {}", names::aspects(*aspects), span(mips), span(layers))
            }
        }
    }
}

fn span(range: &Range<u32>) -> String {
    match range.end {
        u32::MAX => format!("{}..", range.start),
        end => format!("{}..{end}", range.start),
    }
}

/// What a barrier applies to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// All memory: a `VkMemoryBarrier2`.
    Memory,
    /// Bytes of one buffer: a `VkBufferMemoryBarrier2`.
    Buffer {
        /// The buffer.
        resource: ResourceRef,
        /// The bytes.
        bytes: Range<u64>,
    },
    /// A part of one image: a `VkImageMemoryBarrier2`.
    Image {
        /// The image.
        resource: ResourceRef,
        /// The aspects.
        aspects: vk::ImageAspectFlags,
        /// The mip levels.
        mips: Range<u32>,
        /// The array layers.
        layers: Range<u32>,
        /// The layout before; equal to `new_layout` where there is no layout transition.
        old_layout: vk::ImageLayout,
        /// The layout after.
        new_layout: vk::ImageLayout,
    },
}

/// Why two accesses of one resource need order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hazard {
    /// A read needs what an earlier write wrote.
    ReadAfterWrite,
    /// A write must not overtake an earlier read.
    WriteAfterRead,
    /// A write must not be overtaken by an earlier write.
    WriteAfterWrite,
    /// Only the image layout differs: two reads, or a first use.
    Layout,
}

/// One of the two accesses behind a barrier.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ReasonAccess {
    /// The pass, in program order; `None` is outside this frame: the previous frame, the host, the screen.
    pub pass: Option<usize>,
    /// The system's name; where `pass` is `None`, the name of what accessed it there.
    pub system: Arc<str>,
    /// The usage's name.
    pub usage: &'static str,
    /// Whether it writes.
    pub write: bool,
    /// Where it is declared.
    pub at: Option<&'static Location<'static>>,
}

/// Why a barrier is there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reason {
    /// The hazard.
    pub hazard: Hazard,
    /// The resource.
    pub resource: ResourceRef,
    /// Which part of it.
    pub part: Subresource,
    /// The access that must finish; `None` for the first use ever.
    pub first: Option<ReasonAccess>,
    /// The access that must wait.
    pub second: ReasonAccess,
}

/// One barrier structure of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Barrier {
    /// What must finish.
    pub first: Scope,
    /// What must wait.
    pub second: Scope,
    /// What it applies to.
    pub target: Target,
    /// Why: all that was merged into it.
    pub reasons: Vec<Reason>,
}

/// One `vkCmdPipelineBarrier2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The gap: the call is recorded right before this pass; the number of passes is END, after the last.
    pub gap: usize,
    /// Its barriers.
    pub barriers: Vec<Barrier>,
}

/// A pass of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlannedPass {
    /// The system's index in the program.
    pub system: usize,
    /// The system's unique name.
    pub name: Arc<str>,
    /// The name of its stage.
    pub stage: Arc<str>,
    /// Its kind.
    pub kind: PassKind,
    /// Where it would like to run.
    pub queue: Queue,
    /// Whether its barriers are emitted for it.
    pub auto_barriers: bool,
}

/// The barriers of a frame.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The passes, in program order.
    pub passes: Vec<PlannedPass>,
    /// The names of the resources, as `GpuImage<Bloom>` or `GpuImage<Bloom>#1`.
    pub resources: Vec<String>,
    /// Their sizes.
    pub shapes: Vec<Shape>,
    /// The calls, by gap.
    pub calls: Vec<Call>,
    /// What a frame that plans its successor's first uses at END needs before its own first pass, if the frame before it
    /// had another plan: see [`Cadence::Repeats`](crate::plan::Cadence::Repeats).
    pub prologue: Vec<Barrier>,
    /// What is known of each resource after the frame: what the next frame's plan starts from.
    pub exit: Vec<ResourceState>,
    /// What is known after what END prepares for the next frame: what a frame with another plan starts from. Where the
    /// next frame was to discard contents, they are gone. Without such preparations it is the same as `exit`.
    pub exit_prepared: Vec<ResourceState>,
}

impl Plan {
    /// Returns the call in a gap, if there is one; the number of passes is END.
    pub fn call(&self, gap: usize) -> Option<&Call> {
        self.calls.binary_search_by_key(&gap, |call| call.gap).ok().map(|index| &self.calls[index])
    }

    /// Returns the name of a resource.
    ///
    /// # Panics
    ///
    /// If the resource belongs to another plan.
    #[track_caller]
    pub fn resource_name(&self, resource: ResourceRef) -> &str {
        &self.resources[resource.0]
    }
}
