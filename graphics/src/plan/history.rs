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

/// What is known of one atom at one point of the frame. Its lists are kept from one atom to the next.
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
    pub(super) opening: Option<Opening>,
    /// What that waited for.
    pub(super) waited_for: Vec<Member<'a>>,
    /// The pass that may have touched it, and that a full barrier ordered with all that the device does later.
    pub(super) settled: Option<Member<'a>>,
}

/// The write or the layout transition that began the present epoch: later members of the epoch can join it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    /// Whether its barrier is emitted.
    pub(super) emitted: bool,
    pub(super) hazard: Hazard,
    pub(super) transition: Option<Transition>,
    /// When, and on which queue.
    pub(super) at: Moment,
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
        let mut history = Self::default();
        history.begin(assigned, resource, entry, atom);
        history
    }

    /// Begins with what is known of an atom before the frame.
    pub(super) fn begin(
        &mut self,
        assigned: &Assigned<'_>,
        resource: ResourceRef,
        entry: &'a Entry,
        atom: &Subresource,
    ) {
        self.forget();
        (self.layout, self.defined, self.family) = (vk::ImageLayout::UNDEFINED, false, None);
        match entry {
            Entry::Undefined => {}
            Entry::Ready { layout } => (self.layout, self.defined) = (*layout, true),
            Entry::Imported(imported) => {
                self.family = assigned.family_of_import(resource, imported);
                self.import(imported, atom, assigned.handed_over(resource, imported));
            }
            Entry::Persisted(state) => {
                if let Some(part) = state.parts().iter().find(|part| holds(&part.part, atom)) {
                    self.go_on(assigned, &part.state);
                }
            }
        }
    }

    /// Forgets all accesses.
    fn forget(&mut self) {
        self.writers.clear();
        self.readers.clear();
        self.waited_for.clear();
        (self.transitioned, self.opening, self.settled) = (false, None, None);
    }

    fn import(&mut self, imported: &'a Imported, atom: &Subresource, at: Moment) {
        let only_reads = !imported.scope.access.is_empty() && writes(imported.scope.access).is_empty();
        let by = By::Imported(imported);
        let member = Member { by, scope: imported.scope, write: !only_reads, concurrent: false, at };
        let members = if only_reads { &mut self.readers } else { &mut self.writers };
        members.push(member);
        self.layout = imported.layout;
        self.defined = match atom {
            Subresource::Buffer { .. } => true,
            Subresource::Image { .. } => imported.layout != vk::ImageLayout::UNDEFINED,
        };
    }

    /// Goes on from what an earlier frame left.
    fn go_on(&mut self, assigned: &Assigned<'_>, state: &'a AtomState) {
        let member = |past: &'a PastAccess| Member {
            by: By::Past(past),
            scope: past.scope,
            write: past.write,
            concurrent: past.concurrent,
            at: assigned.past(past.when),
        };
        (self.layout, self.defined, self.family) = (state.layout, state.defined, state.family);
        self.transitioned = state.transitioned;
        self.writers.extend(state.writers.iter().map(member));
        self.readers.extend(state.readers.iter().map(member));
        self.settled = state.settled.as_deref().map(member);
    }

    /// Forgets what came before a pass that may touch anything. It leaves the layout as it found it, and whether there are
    /// contents is for its declaration to say.
    pub(super) fn settle(&mut self, at: Moment, pass: usize) {
        self.forget();
        self.settled = Some(opaque::member(at, pass));
    }

    /// Begins a new epoch with a write or a layout transition, and says what that waited for.
    pub(super) fn open(&mut self, first: Member<'a>, opening: Opening, waited_for: Vec<Member<'a>>) {
        self.forget();
        self.transitioned = opening.transition.is_some();
        self.defined |= first.write;
        let members = if first.write { &mut self.writers } else { &mut self.readers };
        members.push(first);
        (self.opening, self.waited_for) = (Some(opening), waited_for);
    }

    /// The host reads only between a fence and the next submit, which orders it with all that follows.
    pub(super) fn device_readers(&self) -> impl Iterator<Item = &Member<'a>> {
        self.readers.iter().filter(|reader| reader.scope.stages != S::HOST)
    }

    /// Takes the list of what the next epoch waits for: the reads since the last write, or that; and says whether it is reads.
    pub(super) fn take_what_to_wait_for(&mut self) -> (Vec<Member<'a>>, bool) {
        let mut before = std::mem::take(&mut self.waited_for);
        before.clear();
        before.extend(self.device_readers());
        let after_reads = !before.is_empty();
        if !after_reads {
            before.extend(&self.writers);
        }
        (before, after_reads)
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
