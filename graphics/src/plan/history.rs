//! What is known of one atom at one point of a frame: the last write and all reads since.

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::plan::atoms::holds;
use crate::plan::input::{Entry, Imported};
use crate::plan::model::{Hazard, ResourceRef, Scope, Subresource};
use crate::plan::opaque;
use crate::plan::queues::{Assigned, Moment};
use crate::plan::state::{AtomState, PastAccess};
use crate::plan::topology::QueueRef;

/// An access as part of an atom's history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Member<'a> {
    pub(super) by: By<'a>,
    pub(super) scope: Scope,
    pub(super) write: bool,
    pub(super) concurrent: bool,
    /// When, and on which queue.
    pub(super) at: Moment,
}

/// Who made an access.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum By<'a> {
    /// A pass of an earlier frame.
    Past(&'a PastAccess),
    /// Something outside, before the frame.
    Imported(&'a Imported),
    /// An access of a pass of this frame.
    Pass { pass: usize, access: usize },
    /// All that a pass of this frame does.
    Whole { pass: usize },
    /// Something after the frame.
    Exit,
}

impl Member<'_> {
    /// What a barrier after it must name: reads need only finish; writes must be made available too.
    pub(super) fn first_scope(&self) -> Scope {
        let access = if self.write { writes(self.scope.access) } else { A::NONE };
        Scope { stages: self.scope.stages, access }
    }
}

/// What is known of one atom at one point of the frame.
#[derive(Clone, Debug, Default)]
pub(super) struct History<'a> {
    pub(super) layout: vk::ImageLayout,
    pub(super) defined: bool,
    pub(super) transitioned: bool,
    pub(super) writers: Vec<Member<'a>>,
    pub(super) readers: Vec<Member<'a>>,
    /// The queue family that owns the atom, where resources have owners and one does.
    pub(super) family: Option<u32>,
    /// What began the present epoch, if this frame did.
    pub(super) opening: Option<Opening<'a>>,
    /// The pass that may have touched it, and that a full barrier ordered with all that the device does later.
    pub(super) settled: Option<Member<'a>>,
}

/// The write or the layout transition that began the present epoch: later members of the epoch can join it.
#[derive(Clone, Debug)]
pub(super) struct Opening<'a> {
    /// Whether its barrier is emitted.
    pub(super) emitted: bool,
    pub(super) hazard: Hazard,
    pub(super) transition: Option<Transition>,
    /// When, and on which queue.
    pub(super) at: Moment,
    /// What it waited for.
    pub(super) before: Vec<Member<'a>>,
}

/// A layout transition of one atom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transition {
    /// Its number in the frame.
    pub(super) number: u32,
    pub(super) old: vk::ImageLayout,
    pub(super) new: vk::ImageLayout,
    /// Whether the atom is in the new layout already, and may keep its contents there.
    pub(super) can_stay: bool,
}

impl<'a> History<'a> {
    /// Returns what is known before the frame.
    pub(super) fn before(assigned: &Assigned<'_>, resource: ResourceRef, entry: &'a Entry, atom: &Subresource) -> Self {
        match entry {
            Entry::Undefined => Self::default(),
            Entry::Ready { layout } => Self { layout: *layout, defined: true, ..Self::default() },
            Entry::Imported(imported) => {
                let family = assigned.family_of_import(resource, imported);
                Self::imported(imported, atom, assigned.handed_over(resource, imported), family)
            }
            Entry::Persisted(state) => {
                let part = state.parts().iter().find(|part| holds(&part.part, atom));
                part.map_or_else(Self::default, |part| Self::past(assigned, &part.state))
            }
        }
    }

    fn imported(imported: &'a Imported, atom: &Subresource, at: Moment, family: Option<u32>) -> Self {
        let only_reads = !imported.scope.access.is_empty() && writes(imported.scope.access).is_empty();
        let by = By::Imported(imported);
        let member = Member { by, scope: imported.scope, write: !only_reads, concurrent: false, at };
        let (writers, readers) = if only_reads { (vec![], vec![member]) } else { (vec![member], vec![]) };
        let contents = match atom {
            Subresource::Buffer { .. } => true,
            Subresource::Image { .. } => imported.layout != vk::ImageLayout::UNDEFINED,
        };
        let layout = imported.layout;
        Self { layout, defined: contents, writers, readers, family, ..Self::default() }
    }

    fn past(assigned: &Assigned<'_>, state: &'a AtomState) -> Self {
        let member = |past: &'a PastAccess| Member {
            by: By::Past(past),
            scope: past.scope,
            write: past.write,
            concurrent: past.concurrent,
            at: assigned.past(past.when),
        };
        Self {
            layout: state.layout,
            defined: state.defined,
            transitioned: state.transitioned,
            writers: state.writers.iter().map(member).collect(),
            readers: state.readers.iter().map(member).collect(),
            family: state.family,
            settled: state.settled.as_deref().map(member),
            ..Self::default()
        }
    }

    /// Forgets what came before a pass that may touch anything. It leaves the layout as it found it, and whether there are
    /// contents is for its declaration to say.
    pub(super) fn settle(&mut self, at: Moment, pass: usize) {
        let settled = Some(opaque::member(at, pass));
        let (layout, defined, family) = (self.layout, self.defined, self.family);
        *self = Self { layout, defined, family, settled, ..Self::default() };
    }

    /// The host reads only between a fence and the next submit, which orders it with all that follows.
    pub(super) fn device_readers(&self) -> Vec<Member<'a>> {
        self.readers.iter().filter(|reader| reader.scope.stages != S::HOST).copied().collect()
    }
}

/// Returns whether the members on a queue together have every access of `scope` in every stage of it.
pub(super) fn covers(members: &[Member<'_>], queue: QueueRef, scope: Scope) -> bool {
    let members = || members.iter().filter(|member| member.at.queue == queue);
    let mut stages = scope.stages.as_raw();
    while stages != 0 {
        let stage = S::from_raw(stages & stages.wrapping_neg());
        let at_stage = members().filter(|member| member.scope.stages.contains(stage));
        let accesses = at_stage.fold(A::NONE, |accesses, member| accesses | member.scope.access);
        if !accesses.contains(scope.access) {
            return false;
        }
        stages &= stages - 1;
    }
    members().next().is_some()
}

/// Returns the accesses that write.
pub(super) fn writes(access: A) -> A {
    access
        & (A::SHADER_WRITE
            | A::SHADER_STORAGE_WRITE
            | A::COLOR_ATTACHMENT_WRITE
            | A::DEPTH_STENCIL_ATTACHMENT_WRITE
            | A::TRANSFER_WRITE
            | A::HOST_WRITE
            | A::MEMORY_WRITE
            | A::ACCELERATION_STRUCTURE_WRITE_KHR
            | A::TRANSFORM_FEEDBACK_WRITE_EXT
            | A::TRANSFORM_FEEDBACK_COUNTER_WRITE_EXT
            | A::COMMAND_PREPROCESS_WRITE_NV
            | A::MICROMAP_WRITE_EXT)
}
