//! What the judge says.

use ash::vk;

use super::stream::{Barrier, Part, Point, ResourceId, Scope};

/// How the judge reads the specification where it leaves a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Whether a write after a write wants the first to be visible to the second, and not just available before it.
    ///
    /// The memory model does not ask for it; the Khronos validation layer does, and so does the judge by default.
    pub strict: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self { strict: true }
    }
}

/// What is wrong between two accesses, or with the state that one finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A read does not see what was written, or does not wait for it.
    ReadAfterWrite,
    /// A write does not wait for a read.
    WriteAfterRead,
    /// A write does not wait for a write, or for it to be available.
    WriteAfterWrite,
    /// The image is in another layout.
    Layout,
    /// A transition from UNDEFINED threw away contents that are needed.
    ContentsLost,
    /// What is read was never written, or was left without contents.
    NeverWritten,
    /// Another queue family owns the resource; or one half of a transfer is missing, or differs from the other.
    Ownership,
    /// Nothing signals what is waited for.
    NeverSignalled,
}

/// Where something stands in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The event: an index into [`Stream::events`](super::Stream::events).
    pub event: usize,
    /// The command of a submit.
    pub command: usize,
    /// The access of a pass, or the structure of a call.
    pub item: usize,
}

/// Who accesses a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A pass: its name.
    Pass(String),
    /// A layout transition.
    Transition {
        /// The layout before.
        old: vk::ImageLayout,
        /// The layout after.
        new: vk::ImageLayout,
    },
    /// The release half of an ownership transfer.
    Release,
    /// The acquire half of an ownership transfer.
    Acquire,
    /// A structure that only names a layout.
    Barrier,
    /// The host: the name of its access.
    Host(String),
    /// A wait that nothing satisfies, of a queue or of the host.
    Wait,
}

/// One of the accesses of a [`Missing`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accessed {
    /// Who.
    pub actor: Actor,
    /// The name of the queue; `None` for the host.
    pub queue: Option<String>,
    /// How: of an unprotected access, the stages and accesses that are not covered.
    pub scope: Scope,
    /// Where; `None` is before the stream.
    pub place: Option<Place>,
    /// The note of the access: its usage, or where it is declared; of a structure, before which pass it stands.
    pub note: Option<String>,
}

/// An earlier access that is not protected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// The hazard.
    pub kind: Kind,
    /// The access.
    pub access: Accessed,
}

/// One access that is not protected: from what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is wrong first of all.
    pub kind: Kind,
    /// The resource; `None` for a wait that nothing satisfies.
    pub resource: Option<ResourceId>,
    /// The name of the resource, or of the semaphore.
    pub name: String,
    /// The parts of the resource, joined as far as they are rectangles.
    pub parts: Vec<Part>,
    /// The earlier accesses that it is not protected from; none when only layout, contents or owner are wrong.
    pub firsts: Vec<First>,
    /// The access that is not protected.
    pub second: Accessed,
    /// The layout that the image is in and the one that is expected, where they differ.
    pub layouts: Option<(vk::ImageLayout, vk::ImageLayout)>,
    /// What to do: all of it.
    pub fixes: Vec<Fix>,
}

/// One change to the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fix {
    /// Record one call right before the unprotected access.
    Add {
        /// Where: the pass.
        before: Place,
        /// Its structures.
        barriers: Vec<Barrier>,
    },
    /// Add stages and accesses to the scopes of a structure that is there.
    Widen {
        /// The structure.
        structure: Place,
        /// What its first scope lacks.
        first: Scope,
        /// What its second scope lacks.
        second: Scope,
    },
    /// Name another old layout in a structure that is there, for the parts that are missing; one that covers more is
    /// split.
    OldLayout {
        /// The structure.
        structure: Place,
        /// The layout that the image is in.
        layout: vk::ImageLayout,
    },
    /// Let one queue wait for another.
    Wait {
        /// The queue that signals, after the earlier access.
        signal: String,
        /// The stages that are waited for.
        after: vk::PipelineStageFlags2,
        /// The queue that waits, before the submit of the later access.
        wait: String,
        /// The stages that wait.
        before: vk::PipelineStageFlags2,
    },
    /// Transfer ownership: one call on each queue, a semaphore between them.
    Transfer {
        /// Recorded after the last access of the family that owns the resource; empty when it is recorded already.
        release: Vec<Barrier>,
        /// Recorded before the unprotected access; empty when it is recorded already.
        acquire: Vec<Barrier>,
    },
    /// Record a call after the device's access, in the same or a later batch of its queue, before what the host waits for.
    AddForHost {
        /// Its structures.
        barriers: Vec<Barrier>,
    },
    /// Let the host wait, before its access, for a point that the queue signals after the device's access and its barrier.
    HostWait {
        /// The queue.
        queue: String,
    },
    /// Order the accesses inside the pass, or make two passes of it.
    Split,
    /// Write the contents first, or say in the stream what the resource holds when it begins.
    Write,
    /// Signal the point, or do not wait for it.
    Signal {
        /// The point.
        point: Point,
    },
}

/// What the judge says of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The accesses that are not protected, in the order of the stream.
    pub missing: Vec<Missing>,
}

impl Verdict {
    /// Says whether nothing is missing.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.missing.is_empty()
    }
}
