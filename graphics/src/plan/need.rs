//! What must be ordered: one access of an atom that must wait for another, what meets that, and behind what.

use ash::vk;

use crate::plan::history::{Member, Transition};
use crate::plan::model::{Half, Hazard, ResourceRef, Scope};
use crate::plan::queues::Moment;
use crate::plan::topology::QueueRef;

/// One access of an atom that must wait for another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need<'a> {
    pub(super) resource: ResourceRef,
    /// The atom, of its resource.
    pub(super) atom: usize,
    pub(super) hazard: Hazard,
    /// What must finish; none where a transition is the first to touch the atom.
    pub(super) before: Option<Member<'a>>,
    /// What must wait.
    pub(super) after: Member<'a>,
    pub(super) first: Scope,
    pub(super) second: Scope,
    pub(super) how: How,
    /// The layout of an image after what meets it.
    pub(super) layout: vk::ImageLayout,
    /// The queue whose calls can meet it.
    pub(super) on: QueueRef,
    /// What its barrier comes after.
    pub(super) behind: Behind,
    /// The half of a handover that it is part of.
    pub(super) half: Option<(Half, usize)>,
}

/// What meets a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A barrier that changes no layout.
    Memory,
    /// A layout transition, or half of an ownership transfer.
    Transition(Transition),
    /// The transition that came before, or a barrier that chains behind it.
    AfterTransition(Transition),
    /// What meets other needs: this one only says who depends on whom.
    Covered,
    /// A full barrier, beside a pass that may touch anything.
    Everything,
}

/// What the barrier of a need comes after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// What it waits for, on its own queue.
    Access,
    /// What it waits for is on another queue: a wait orders them.
    Elsewhere,
    /// A wait of its queue, by number: it is on another queue, and the barrier chains behind the wait.
    Wait(usize),
}

/// An ownership transfer of one atom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Handover {
    pub(super) from: u32,
    pub(super) to: u32,
    /// The numbers of the transitions that its halves are.
    pub(super) release: u32,
    pub(super) acquire: u32,
    /// After what the release can come: the last access on its queue, or a wait there.
    pub(super) released: Moment,
}
