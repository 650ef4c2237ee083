//! What a plan is made from: passes with resolved accesses, resources, options.

use std::hash::{Hash, Hasher};
use std::panic::Location;
use std::ptr;
use std::sync::Arc;

use ash::vk;

use crate::declare::access::Access;
use crate::declare::part::{Aspect, Part};
use crate::declare::pass::{PassKind, Queue};
use crate::plan::features::Features;
use crate::plan::model::{ResourceRef, Scope, Subresource};
use crate::plan::state::{Reached, ResourceState};
use crate::plan::topology::Topology;
use crate::usage::UsageRow;

/// Everything that decides a plan. Two equal inputs have the same plan, so that a steady frame's can be kept.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Input {
    /// The passes, in program order.
    pub passes: Vec<PassInput>,
    /// The resources; an access names one by its index.
    pub resources: Vec<ResourceInput>,
    /// How to plan.
    pub options: Options,
    /// The queues; one, unless there is said to be more.
    pub topology: Topology,
    /// How far the queues have waited for each other before the frame: [`Plan::reached`](crate::plan::Plan::reached) of the
    /// frame before. Nothing is known by default, which is right in any case.
    pub reached: Reached,
}

/// One pass: its place in the program and its accesses.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PassInput {
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
    /// Whether its barriers are emitted for it. Where they are not, no other pass's barrier is placed or widened for it.
    pub auto_barriers: bool,
    /// Its accesses, in the order of the declaration.
    pub accesses: Vec<AccessInput>,
}

/// One access of a pass, resolved to a resource and a part of it.
#[derive(Clone, Debug)]
pub struct AccessInput {
    /// The resource.
    pub resource: ResourceRef,
    /// Which part of it; `MAX` ends at the resource's end, and no aspects are all of them.
    pub part: Subresource,
    /// The row of the table of usages.
    pub usage: &'static UsageRow,
    /// Read or written.
    pub access: Access,
    /// Whether old contents are not needed.
    pub discard: bool,
    /// Whether writers need no order among themselves.
    pub concurrent: bool,
    /// Where it is declared.
    pub at: Option<&'static Location<'static>>,
}

impl AccessInput {
    fn identity(&self) -> impl Eq + Hash + '_ {
        let usage: *const UsageRow = ptr::from_ref(self.usage);
        (self.resource, &self.part, usage, self.access, self.discard, self.concurrent, self.at)
    }
}

impl PartialEq for AccessInput {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for AccessInput {}

impl Hash for AccessInput {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

/// One resource: its shape, what is known of it before the frame, and what happens to it after.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ResourceInput {
    /// Its name, as `GpuImage<Bloom>` or `GpuImage<Bloom>#1`.
    pub name: String,
    /// Its size.
    pub shape: Shape,
    /// What is known of it before the frame.
    pub entry: Entry,
    /// What happens to it after the frame.
    pub exit: Exit,
    /// Whether queue families own it in turns.
    pub sharing: Sharing,
}

/// `VkSharingMode` of a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sharing {
    /// One queue family owns it at a time; a transfer of ownership keeps the contents.
    #[default]
    Exclusive,
    /// All families share it: there are no transfers.
    Concurrent,
}

/// The size of a resource, in what its parts are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// A buffer.
    Buffer {
        /// Its length.
        len_bytes: u64,
    },
    /// An image.
    Image {
        /// The number of mip levels.
        mips: u32,
        /// The number of array layers.
        layers: u32,
        /// The aspects of its format.
        aspects: vk::ImageAspectFlags,
    },
}

impl Shape {
    /// Returns the whole resource.
    pub const fn whole(&self) -> Subresource {
        match *self {
            Self::Buffer { len_bytes } => Subresource::Buffer { bytes: 0..len_bytes },
            Self::Image { mips, layers, aspects } => Subresource::Image { aspects, mips: 0..mips, layers: 0..layers },
        }
    }

    /// Returns a declared part of the resource; what the declaration leaves open ends where the resource does.
    pub fn part(&self, part: &Part) -> Subresource {
        match *self {
            Self::Buffer { len_bytes } => {
                Subresource::Buffer { bytes: part.bytes.start..part.bytes.end.unwrap_or(len_bytes) }
            }
            Self::Image { mips, layers, aspects } => Subresource::Image {
                aspects: part.aspect.map_or(aspects, aspect_flags),
                mips: part.mips.start..part.mips.end.unwrap_or(mips),
                layers: part.layers.start..part.layers.end.unwrap_or(layers),
            },
        }
    }
}

const fn aspect_flags(aspect: Aspect) -> vk::ImageAspectFlags {
    match aspect {
        Aspect::Color => vk::ImageAspectFlags::COLOR,
        Aspect::Depth => vk::ImageAspectFlags::DEPTH,
        Aspect::Stencil => vk::ImageAspectFlags::STENCIL,
    }
}

/// What is known of a resource before the frame.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Entry {
    /// Nothing: no contents, and no earlier access. Reading it is an error.
    #[default]
    Undefined,
    /// Its contents are there and need no barrier: the host wrote them before the submit, or a wait covers them.
    Ready {
        /// The layout of an image; `UNDEFINED` for a buffer.
        layout: vk::ImageLayout,
    },
    /// An access outside the frame comes first: of other code, or the wait for a swapchain image.
    Imported(Imported),
    /// What an earlier frame left: [`Plan::exit`](crate::plan::Plan::exit).
    Persisted(ResourceState),
}

/// An access that comes before a frame, from outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Imported {
    /// Its stages and accesses; the stages of a semaphore's wait, without accesses, chain with that wait.
    pub scope: Scope,
    /// The layout it leaves an image in; `UNDEFINED` where there are no contents, and for a buffer.
    pub layout: vk::ImageLayout,
    /// Who did it, for people.
    pub by: &'static str,
    /// The queue family that owns it and has not released it: one of the topology. None is the family of the queue that is
    /// the first to use it.
    pub family: Option<u32>,
}

/// What happens to a resource after the frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Exit {
    /// Nothing that this frame must prepare.
    #[default]
    Nothing,
    /// The host reads it once the frame is complete.
    HostRead,
    /// It is presented: nothing on the device waits for the layout transition, as the specification advises, so the
    /// semaphore that the presentation waits for must be signalled after all commands.
    Present,
    /// Other code uses it so.
    Exported {
        /// The stages and accesses.
        scope: Scope,
        /// The layout that an image must be in; `UNDEFINED` for a buffer.
        layout: vk::ImageLayout,
        /// By whom, for people.
        by: &'static str,
    },
}

/// How to plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Options {
    /// Which structures the barriers become.
    pub policy: Policy,
    /// What plans do for those who read them less exactly than the specification.
    pub compat: Compat,
    /// What overlapping accesses of one pass mean.
    pub overlaps: Overlaps,
    /// Whether the frame repeats.
    pub cadence: Cadence,
    /// How long to search for plans that order less for nothing.
    pub effort: Effort,
    /// Which pipeline stages the enabled features allow.
    pub features: Features,
}

/// How long to search for plans that order less for nothing; the number of calls is the fewest in any case, and each
/// barrier meets a need.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Effort {
    /// In proportion to the number of passes, and to a proof for frames of up to eight.
    #[default]
    Proportional,
    /// That many steps; then as many looks at one part of a resource, to leave out what the barriers of others do as well:
    /// bits of scopes, structures. Over several queues nothing is left out so.
    Steps(usize),
}

/// Whether a frame is planned alone or as the body of a loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cadence {
    /// It is planned alone: its first uses are met inside it.
    #[default]
    Once,
    /// It follows itself: its call at END may carry its own next first uses, which is one call fewer for many frames. The
    /// first of several equal frames records [`Plan::prologue`](crate::plan::Plan::prologue) before its first pass. Of one queue:
    /// over several it is an error, [`PlanError::LoopOverQueues`](crate::plan::PlanError::LoopOverQueues).
    Repeats,
}

/// Which structures the barriers become. On real devices which one wins differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Policy {
    /// One structure for each part of a resource; where several resources need the same in one call, one memory barrier for all
    /// of them, whose scopes order no more than the call did. Images that were rendered to keep structures of their own, unless
    /// a transition of the call waits for rendering, too. A whole image that is discarded in the layout it has goes there from
    /// `UNDEFINED`, or keeps its contents where it shares a memory barrier instead.
    #[default]
    Joined,
    /// One structure for each part of a resource.
    PerResource,
    /// Memory barriers, one for each pair of scopes; image barriers only where a layout changes. What is discarded keeps its
    /// contents where it is in the right layout.
    MergedGlobal,
    /// As `MergedGlobal`, with every image in `GENERAL`, as `VK_KHR_unified_image_layouts` allows at no cost.
    UnifiedLayouts,
}

/// What plans do for those who read them less exactly than the specification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Compat {
    /// What validation layers misunderstand is left out, so that they have nothing to say:
    ///
    /// - Fills and updates are `ALL_TRANSFER`: layers before 1.3.279 take `vkCmdFillBuffer` and `vkCmdUpdateBuffer` for copies.
    /// - What a structure orders, it orders for its own range: layers forget that execution dependencies hold for all commands. So
    ///   what only has to finish has a structure of its own resource, or a memory barrier, even where that of another one orders as
    ///   much.
    ///
    /// Neither costs a call or orders other passes than exact plans do.
    #[default]
    ValidationLayers,
    /// As the specification has it: fills are `CLEAR`, and one structure orders execution for all resources.
    Exact,
}

/// What overlapping accesses of one pass mean, where one of them writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Overlaps {
    /// An error: nothing orders commands inside a pass.
    #[default]
    Refuse,
    /// One access that does both: for hints without values, where parts that use `self` count as the whole.
    Merge,
}
