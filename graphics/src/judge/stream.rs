//! A recorded command stream as data: what the judge looks at.

use std::ops::Range;

use ash::vk;

use super::masks;

/// Pipeline stages plus accesses: one side of a dependency, or how a pass accesses a resource.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The pipeline stages.
    pub stages: vk::PipelineStageFlags2,
    /// The accesses.
    pub access: vk::AccessFlags2,
}

impl Scope {
    /// Names stages and accesses.
    #[must_use]
    pub const fn new(stages: vk::PipelineStageFlags2, access: vk::AccessFlags2) -> Self {
        Self { stages, access }
    }

    /// Returns the accesses that none of the stages performs: the specification forbids them in a barrier.
    ///
    /// `MEMORY_READ` and `MEMORY_WRITE` are performed by every stage. Specification: synchronization-access-types-supported.
    #[must_use]
    pub fn unperformed(self) -> vk::AccessFlags2 {
        masks::unperformed(self.stages, self.access)
    }
}

/// Names a queue: an index into [`Stream::queues`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QueueId(pub usize);

/// Names a resource: an index into [`Stream::resources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceId(pub usize);

/// Names a timeline semaphore: an index into [`Stream::semaphores`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SemaphoreId(pub usize);

/// A queue of the device. The presentation engine is written as a queue of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// The name in reports.
    pub name: String,
    /// The queue family: what ownership transfers name.
    pub family: u32,
}

/// A buffer or an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// The name in reports.
    pub name: String,
    /// Its extent, and with that its kind.
    pub shape: Shape,
    /// Whether queue families own it in turns.
    pub sharing: Sharing,
    /// What it holds when the stream begins.
    pub start: Start,
}

/// The extent of a resource, in what accesses and barriers can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A buffer.
    Buffer {
        /// Its length.
        len_bytes: u64,
    },
    /// An image.
    Image {
        /// Its aspects.
        aspects: vk::ImageAspectFlags,
        /// The number of mip levels.
        mips: u32,
        /// The number of array layers.
        layers: u32,
    },
}

impl Shape {
    /// Returns the part that is everything.
    #[must_use]
    pub const fn whole(&self) -> Part {
        match *self {
            Self::Buffer { len_bytes } => Part::Bytes(0..len_bytes),
            Self::Image { aspects, mips, layers } => Part::Texels { aspects, mips: 0..mips, layers: 0..layers },
        }
    }
}

/// `VkSharingMode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sharing {
    /// One queue family owns it at a time; contents survive a change of family by an ownership transfer only.
    #[default]
    Exclusive,
    /// All queue families share it.
    Concurrent,
}

/// What a resource holds when the stream begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// Nothing; an image is in layout UNDEFINED.
    #[default]
    Undefined,
    /// What the host wrote to mapped memory before the first submit; an image is in layout PREINITIALIZED.
    HostWritten,
    /// What earlier work left, part by part; parts that are not listed hold nothing.
    Kept(Vec<Kept>),
}

/// What earlier work left of a part of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The part.
    pub part: Part,
    /// The layout of an image; `UNDEFINED` for a buffer.
    pub layout: vk::ImageLayout,
    /// Whether there are contents.
    pub holds: Holds,
    /// The queue family that owns it; `None` when no family does yet.
    pub family: Option<u32>,
    /// The accesses that nothing has been ordered after yet; none when all is complete and visible.
    pub last: Vec<Last>,
}

impl Kept {
    /// Describes contents that are complete and visible to everything.
    #[must_use]
    pub const fn ready(part: Part, layout: vk::ImageLayout) -> Self {
        Self { part, layout, holds: Holds::Contents, family: None, last: Vec::new() }
    }
}

/// Whether there are contents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Holds {
    /// There are.
    #[default]
    Contents,
    /// There are none, although there were accesses.
    Nothing,
}

/// An access before the stream, such as the last of the previous frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Last {
    /// The pass, for reports.
    pub pass: String,
    /// The queue it ran on.
    pub queue: QueueId,
    /// How it accessed the resource.
    pub scope: Scope,
}

/// A part of a resource; ranges are half-open.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Bytes of a buffer.
    Bytes(Range<u64>),
    /// Mip levels, layers and aspects of an image.
    Texels {
        /// The aspects.
        aspects: vk::ImageAspectFlags,
        /// The mip levels.
        mips: Range<u32>,
        /// The array layers.
        layers: Range<u32>,
    },
}

/// What the host does, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It submits one batch to a queue.
    Submit(Submit),
    /// It waits for a timeline point. A fence is a point that its submit signals with `ALL_COMMANDS`.
    HostWait(Point),
    /// It waits for the device to be idle.
    Idle,
    /// It reads or writes mapped memory.
    Host(HostAccess),
}

/// A value of a timeline semaphore. A binary semaphore is a timeline whose values count its uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Point {
    /// The semaphore.
    pub semaphore: SemaphoreId,
    /// The value.
    pub value: u64,
}

/// A timeline point that a submit waits for or signals, with the stages that wait or are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SemaphoreOp {
    /// The point.
    pub point: Point,
    /// The stages (`VkSemaphoreSubmitInfo::stageMask`).
    pub stages: vk::PipelineStageFlags2,
}

/// One batch of a `vkQueueSubmit2`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submit {
    /// The queue.
    pub queue: QueueId,
    /// What it waits for.
    pub waits: Vec<SemaphoreOp>,
    /// Its commands, over all its command buffers.
    pub commands: Vec<Command>,
    /// What it signals.
    pub signals: Vec<SemaphoreOp>,
}

/// What is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Commands that access resources.
    Pass(Pass),
    /// One `vkCmdPipelineBarrier2` with its structures.
    Call(Vec<Barrier>),
}

/// The commands of one system, or of any other unit that needs no barrier inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The name in reports: the system.
    pub name: String,
    /// Its accesses. Attachment accesses are in raster order: each sees those before it in this list.
    pub accesses: Vec<Access>,
}

/// One access of a pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The resource.
    pub resource: ResourceId,
    /// The part of it.
    pub part: Part,
    /// The stages that access it, and how: each stage may perform each of the accesses that it supports.
    pub scope: Scope,
    /// The layout that it expects; `None` for a buffer, and where any will do. Accesses of one pass to the same texels share
    /// one: any that serves them all.
    pub layout: Option<vk::ImageLayout>,
    /// Whether it needs what was there.
    pub contents: Contents,
    /// Whether there are contents after it: none after a store operation that does not care, or once it was handed over.
    pub leaves: Holds,
    /// Whether it is ordered among accesses of its like.
    pub order: Order,
    /// What to add in reports: the usage, or where it is declared.
    pub note: Option<String>,
}

/// Whether an access needs what was there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Contents {
    /// Yes: it reads it, or leaves bytes or texels as they are.
    #[default]
    Keep,
    /// No: all of the part is overwritten or may become undefined. The access stays ordered after earlier ones.
    Discard,
}

/// Whether an access is ordered among accesses of its like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Order {
    /// It is.
    #[default]
    Ordered,
    /// Two concurrent accesses need no order between them: atomics, or disjoint parts that the ranges do not tell.
    Concurrent,
}

/// What a host access does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostOp {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// An access of the host to mapped memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostAccess {
    /// The name in reports.
    pub name: String,
    /// The resource.
    pub resource: ResourceId,
    /// The part of it.
    pub part: Part,
    /// What it does.
    pub op: HostOp,
}

/// One structure of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Barrier {
    /// What must finish.
    pub first: Scope,
    /// What must wait.
    pub second: Scope,
    /// What it applies to.
    pub target: Target,
}

/// What a barrier applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// All memory: a `VkMemoryBarrier2`.
    Memory,
    /// A part of a buffer: a `VkBufferMemoryBarrier2`.
    Buffer {
        /// The buffer.
        resource: ResourceId,
        /// The bytes.
        bytes: Range<u64>,
        /// The ownership transfer that it is half of.
        transfer: Option<Transfer>,
    },
    /// A part of an image: a `VkImageMemoryBarrier2`.
    Image {
        /// The image.
        resource: ResourceId,
        /// The aspects.
        aspects: vk::ImageAspectFlags,
        /// The mip levels.
        mips: Range<u32>,
        /// The array layers.
        layers: Range<u32>,
        /// The layout before.
        old_layout: vk::ImageLayout,
        /// The layout after.
        new_layout: vk::ImageLayout,
        /// The ownership transfer that it is half of.
        transfer: Option<Transfer>,
    },
}

/// The queue families of an ownership transfer. On a queue of `from` it is a release, on one of `to` an acquire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Transfer {
    /// The family that releases.
    pub from: u32,
    /// The family that acquires.
    pub to: u32,
}

/// A recorded command stream: queues, resources, and what the host submits and waits for, in its order.
///
/// It is plain data, built by hand, from a plan, or read from a file.
///
/// # Examples
///
/// ```
/// use ash::vk;
/// use fencewright_graphics::judge::{Access, Barrier, Command, Pass, Scope, Stream, Target};
///
/// let mut stream = Stream::default();
/// let graphics = stream.queue("graphics", 0);
/// let particles = stream.buffer("particles", 4096);
///
/// let write = Scope::new(vk::PipelineStageFlags2::COMPUTE_SHADER, vk::AccessFlags2::SHADER_STORAGE_WRITE);
/// let read = Scope::new(vk::PipelineStageFlags2::VERTEX_ATTRIBUTE_INPUT, vk::AccessFlags2::VERTEX_ATTRIBUTE_READ);
/// stream.submit(
///     graphics,
///     vec![
///         Command::Pass(Pass { name: "Simulate".into(), accesses: vec![Access::buffer(particles, 0..4096, write)] }),
///         Command::Call(vec![Barrier { first: write, second: read, target: Target::Memory }]),
///         Command::Pass(Pass { name: "Draw".into(), accesses: vec![Access::buffer(particles, 0..4096, read)] }),
///     ],
/// );
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stream {
    /// The queues.
    pub queues: Vec<Queue>,
    /// The resources.
    pub resources: Vec<Resource>,
    /// The names of the timeline semaphores.
    pub semaphores: Vec<String>,
    /// What the host does, in its order.
    pub events: Vec<Event>,
}
