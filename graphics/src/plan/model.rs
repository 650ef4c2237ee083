//! What a plan is made of.

use std::fmt;
use std::ops::Range;
use std::panic::Location;
use std::sync::Arc;

use ash::vk;

use crate::declare::pass::{PassKind, Queue};
use crate::plan::input::Shape;
use crate::plan::names;
use crate::plan::state::{PastPoint, Reached, ResourceState};
use crate::plan::topology::{QueueRef, Topology};
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

impl ResourceRef {
    /// Stands for all that there is: what an [opaque](crate::PassKind::Opaque) pass may touch.
    pub const EVERYTHING: Self = Self(usize::MAX);
}

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
            Self::Ownership => "ownership",
            Self::Opaque => "opaque",
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
    /// Only the owner differs: two reads by queue families that own the resource in turns.
    Ownership,
    /// One of the two passes is [opaque](crate::PassKind::Opaque): it may touch anything.
    Opaque,
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
    /// The half of an ownership transfer that it is; never of all memory.
    pub transfer: Option<Transfer>,
    /// Why: all that was merged into it.
    pub reasons: Vec<Reason>,
}

impl Barrier {
    /// Returns whether it is that half of an ownership transfer.
    pub fn is_half(&self, half: Half) -> bool {
        self.transfer.is_some_and(|transfer| transfer.half == half)
    }
}

/// One half of an ownership transfer. Its other half has the same part, layouts and families.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// Which half.
    pub half: Half,
    /// The queue family that releases.
    pub from: u32,
    /// The queue family that acquires.
    pub to: u32,
}

/// Which half of an ownership transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// The one on the queue that had it: its second scope is empty.
    Release,
    /// The one on the queue that goes on: its first scope chains behind a wait.
    Acquire,
}

impl Half {
    /// Returns the word: `release`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Acquire => "acquire",
        }
    }
}

/// One `vkCmdPipelineBarrier2`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Call {
    /// The submission that it is recorded in.
    pub submission: usize,
    /// The gap: the call is recorded right before this pass; the number of passes is END, after the last pass of the
    /// submission.
    pub gap: usize,
    /// Its barriers.
    pub barriers: Vec<Barrier>,
}

/// One batch of a `vkQueueSubmit2`: passes of one queue, in program order, each with the call in its gap before it, then
/// the call at END. It signals the timeline of its queue, whose value is the number of its submissions, when all its
/// commands are complete.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Submission {
    /// The queue.
    pub queue: QueueRef,
    /// What it waits for.
    pub waits: Vec<Wait>,
    /// The passes. A submission without one has a call, or it is the only one of a frame without passes.
    pub passes: Vec<usize>,
    /// The imported resources that it is the first to use: it waits for whoever hands them over.
    pub imports: Vec<ResourceRef>,
    /// The presented and exported resources that it is the last to use: they can be handed over when it is complete.
    pub exports: Vec<ResourceRef>,
}

/// A wait for a timeline point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Whose end it waits for.
    pub point: Point,
    /// The pipeline stages that wait.
    pub stages: vk::PipelineStageFlags2,
    /// Why: what the other queue does before it, and what this one does after it.
    pub reasons: Vec<Reason>,
}

/// A submission that another one waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Point {
    /// One of this frame: an index into [`Plan::submissions`], lower than that of the submission that waits.
    Submission(usize),
    /// One of an earlier frame. Where there were not that many, there is nothing to wait for.
    Earlier(PastPoint),
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
    /// Where it runs.
    pub runs_on: QueueRef,
    /// Why it does not run where it would like to.
    pub fallback: Option<Fallback>,
    /// Whether its barriers are emitted for it.
    pub auto_barriers: bool,
}

/// Why a pass does not run on the queue that it would like to run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fallback {
    /// There is no such queue.
    NoSuchQueue,
    /// A pass of the frame is opaque: it may touch anything, so all run on its queue.
    BesideOpaque,
    /// The family of that queue cannot do what the pass does.
    CannotServe {
        /// What it lacks.
        lacks: vk::QueueFlags,
    },
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
    /// The queues.
    pub topology: Topology,
    /// The submissions, in an order in which the host can submit them: none waits for a later one. A frame on one queue has
    /// one.
    pub submissions: Vec<Submission>,
    /// The calls, by gap, then by submission.
    pub calls: Vec<Call>,
    /// What a frame that plans its successor's first uses at END needs before its own first pass, if the frame before it
    /// had another plan: see [`Cadence::Repeats`](crate::plan::Cadence::Repeats).
    pub prologue: Vec<Barrier>,
    /// What is known of each resource after the frame: what the next frame's plan starts from.
    pub exit: Vec<ResourceState>,
    /// What is known after what END prepares for the next frame: what a frame with another plan starts from. Where the
    /// next frame was to discard contents, they are gone. Without such preparations it is the same as `exit`.
    pub exit_prepared: Vec<ResourceState>,
    /// How far the queues have waited for each other after the frame: the next frame's
    /// [`Input::reached`](crate::plan::Input::reached).
    pub reached: Reached,
}

impl Plan {
    /// Returns the call in a gap, if there is one; the number of passes is END of the first submission that has a call there.
    pub fn call(&self, gap: usize) -> Option<&Call> {
        let index = self.calls.partition_point(|call| call.gap < gap);
        self.calls.get(index).filter(|call| call.gap == gap)
    }

    /// Returns the call at the end of a submission, if there is one.
    pub fn closing_call(&self, submission: usize) -> Option<&Call> {
        let key = (self.passes.len(), submission);
        self.calls.binary_search_by_key(&key, |call| (call.gap, call.submission)).ok().map(|index| &self.calls[index])
    }

    /// Returns the submission that a pass runs in.
    pub fn submission_of(&self, pass: usize) -> Option<usize> {
        self.submissions.iter().position(|submission| submission.passes.contains(&pass))
    }

    /// Returns the queue of a point that is waited for.
    ///
    /// # Panics
    ///
    /// If the point belongs to another plan.
    #[track_caller]
    pub fn queue_of(&self, point: Point) -> QueueRef {
        match point {
            Point::Submission(submission) => self.submissions[submission].queue,
            Point::Earlier(past) => past.queue,
        }
    }

    /// Returns the name of a resource.
    ///
    /// # Panics
    ///
    /// If the resource belongs to another plan.
    #[track_caller]
    pub fn resource_name(&self, resource: ResourceRef) -> &str {
        if resource == ResourceRef::EVERYTHING { "anything" } else { &self.resources[resource.0] }
    }
}
