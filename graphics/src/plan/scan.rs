//! Walks each atom's touches in program order and notes what must be ordered, and within which gaps.

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::plan::error::{Place, PlanError};
use crate::plan::input::{Entry, Imported, Input, Policy};
use crate::plan::model::{Hazard, ResourceRef, Scope};
use crate::plan::state::{AtomState, PastAccess};
use crate::plan::touch::{KEEP, Touch, Touched};

/// One thing that a barrier must do for one atom.
#[derive(Clone, Debug)]
pub(super) struct Requirement<'a> {
    pub(super) resource: ResourceRef,
    /// The atom, of its resource.
    pub(super) atom: usize,
    /// Requirements of one group are met by one barrier.
    pub(super) group: usize,
    /// Whether the barrier is emitted; where it is not, it stands in the gap of the pass that records its own.
    pub(super) emitted: bool,
    /// The first and the last gap in which it can be met.
    pub(super) gaps: (usize, usize),
    pub(super) first: Scope,
    pub(super) second: Scope,
    /// The old and the new layout; they differ where there is a transition.
    pub(super) layouts: (vk::ImageLayout, vk::ImageLayout),
    pub(super) hazard: Hazard,
    /// What must finish.
    pub(super) before: Vec<Member<'a>>,
    /// What must wait.
    pub(super) after: Member<'a>,
}

/// An access as part of an atom's history.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Member<'a> {
    pub(super) by: By<'a>,
    pub(super) scope: Scope,
    pub(super) write: bool,
    pub(super) concurrent: bool,
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
    /// Something after the frame.
    Exit,
}

impl Member<'_> {
    /// The first gap after it.
    fn next_gap(&self) -> usize {
        match self.by {
            By::Past(_) | By::Imported(_) => 0,
            By::Pass { pass, .. } => pass + 1,
            By::Exit => usize::MAX,
        }
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
    opening: Option<Opening<'a>>,
    read_group: Option<usize>,
}

/// The requirement that began the present epoch: later members of the epoch can join it.
#[derive(Clone, Debug)]
struct Opening<'a> {
    group: usize,
    gap: usize,
    emitted: bool,
    hazard: Hazard,
    layouts: Option<(vk::ImageLayout, vk::ImageLayout)>,
    before: Vec<Member<'a>>,
}

/// What the walk over all atoms found.
#[derive(Debug, Default)]
pub(super) struct Scanned<'a> {
    pub(super) requirements: Vec<Requirement<'a>>,
    /// The state of each atom of each resource after the frame.
    pub(super) exits: Vec<Vec<History<'a>>>,
    groups: usize,
}

/// Walks every atom.
pub(super) fn scan<'a>(input: &'a Input, touched: &[Touched]) -> Result<Scanned<'a>, PlanError> {
    let mut scanned = Scanned::default();
    for (index, (resource, touched)) in input.resources.iter().zip(touched).enumerate() {
        let mut exits = Vec::with_capacity(touched.atoms.len());
        for (atom, touches) in touched.atoms.iter().enumerate() {
            let history = entry(&resource.entry, &touched.grid.part(atom));
            let mut walk = Walk { input, resource: ResourceRef(index), atom, history, scanned: &mut scanned };
            for touch in touches {
                walk.touch(touch)?;
            }
            exits.push(walk.history);
        }
        scanned.exits.push(exits);
    }
    Ok(scanned)
}

fn entry<'a>(entry: &'a Entry, atom: &crate::plan::model::Subresource) -> History<'a> {
    match entry {
        Entry::Undefined => History::default(),
        Entry::Ready { layout } => History { layout: *layout, defined: true, ..History::default() },
        Entry::Imported(imported) => {
            let reads_only = !imported.scope.access.is_empty() && writes(imported.scope.access).is_empty();
            let member =
                Member { by: By::Imported(imported), scope: imported.scope, write: !reads_only, concurrent: false };
            let (writers, readers) = if reads_only { (vec![], vec![member]) } else { (vec![member], vec![]) };
            let is_buffer = matches!(atom, crate::plan::model::Subresource::Buffer { .. });
            let defined = is_buffer || imported.layout != vk::ImageLayout::UNDEFINED;
            History { layout: imported.layout, defined, writers, readers, ..History::default() }
        }
        Entry::Persisted(state) => {
            let part = state.parts().iter().find(|part| crate::plan::atoms::holds(&part.part, atom));
            part.map_or_else(History::default, |part| past(&part.state))
        }
    }
}

fn past(state: &AtomState) -> History<'_> {
    let member =
        |past| Member { by: By::Past(past), scope: past.scope, write: past.write, concurrent: past.concurrent };
    History {
        layout: state.layout,
        defined: state.defined,
        transitioned: state.transitioned,
        writers: state.writers.iter().map(member).collect(),
        readers: state.readers.iter().map(member).collect(),
        ..History::default()
    }
}

/// The walk over one atom.
struct Walk<'a, 'w> {
    input: &'a Input,
    resource: ResourceRef,
    atom: usize,
    history: History<'a>,
    scanned: &'w mut Scanned<'a>,
}

impl<'a> Walk<'a, '_> {
    fn touch(&mut self, touch: &Touch) -> Result<(), PlanError> {
        let mut touch = *touch;
        if touch.layout == KEEP {
            touch.layout = self.history.layout;
        }
        if !touch.write && !self.history.defined && touch.pass < self.input.passes.len() {
            return Err(self.undefined(&touch));
        }
        let layouts = self.transition(&touch);
        if touch.write || layouts.is_some() {
            self.write(&touch, layouts);
        } else {
            self.read(&touch);
        }
        Ok(())
    }

    fn transition(&self, touch: &Touch) -> Option<(vk::ImageLayout, vk::ImageLayout)> {
        let asked = touch.discard
            && touch.layout != vk::ImageLayout::UNDEFINED
            && self.input.options.policy == Policy::PerResource;
        let old = if touch.discard { vk::ImageLayout::UNDEFINED } else { self.history.layout };
        (asked && !self.joins(touch) || self.history.layout != touch.layout).then_some((old, touch.layout))
    }

    /// Adds a reader; it needs a barrier unless one that it follows already covers its scope.
    fn read(&mut self, touch: &Touch) {
        let member = self.member(touch);
        if !self.is_covered(touch.scope) {
            self.make_visible(touch, member);
        }
        if !self.history.readers.contains(&member) {
            self.history.readers.push(member);
        }
    }

    fn make_visible(&mut self, touch: &Touch, member: Member<'a>) {
        let history = &self.history;
        let joined = history.opening.as_ref().filter(|opening| opening.emitted && self.is_emitted(touch));
        if !history.writers.is_empty() && !history.transitioned_since_write() {
            let before = history.writers.clone();
            let group = if self.is_emitted(touch) { history.read_group } else { None };
            let group = self.require(group, Hazard::ReadAfterWrite, before, None, touch.scope, member);
            if self.is_emitted(touch) {
                self.history.read_group = Some(group);
            }
        } else if let Some(opening) = joined.filter(|opening| opening.layouts.is_some()).cloned() {
            let Opening { group, hazard, layouts, before, .. } = opening;
            self.require(Some(group), hazard, before, layouts, touch.scope, member);
        } else if history.transitioned {
            let before = device_readers(history);
            let gap = history.opening.as_ref().map_or(0, |opening| opening.gap + 1);
            self.require(None, Hazard::Layout, before, None, touch.scope, member);
            self.not_before(gap);
        }
    }

    /// Begins a new epoch: a write, or a layout transition, which counts as one.
    fn write(&mut self, touch: &Touch, layouts: Option<(vk::ImageLayout, vk::ImageLayout)>) {
        let member = self.member(touch);
        if layouts.is_none() && self.joins(touch) {
            self.join(touch, member);
            return;
        }
        let history = &self.history;
        let readers = device_readers(history);
        let after_reads = !readers.is_empty();
        let before = if after_reads { readers } else { history.writers.clone() };
        let hazard = hazard(&before, after_reads, touch.write);
        // With no earlier write there is nothing to make visible: order alone.
        let order_alone = layouts.is_none() && after_reads && history.writers.is_empty() && !history.transitioned;
        let mut second = touch.scope;
        if order_alone {
            second.access = A::NONE;
        }
        let mut opening = None;
        if !before.is_empty() || layouts.is_some() {
            let group = self.require(None, hazard, before.clone(), layouts, second, member);
            opening =
                Some(Opening { group, gap: touch.pass, emitted: self.is_emitted(touch), hazard, layouts, before });
        }
        let (writers, readers) = if touch.write { (vec![member], vec![]) } else { (vec![], vec![member]) };
        self.history = History {
            layout: touch.layout,
            defined: self.history.defined || touch.write,
            transitioned: layouts.is_some(),
            writers,
            readers,
            opening,
            read_group: None,
        };
    }

    /// Returns whether a write needs no order with the writers before it.
    fn joins(&self, touch: &Touch) -> bool {
        let history = &self.history;
        let concurrent = touch.concurrent && history.readers.is_empty() && !history.writers.is_empty();
        let open = match &history.opening {
            Some(opening) => opening.layouts.is_none() || (opening.emitted && self.is_emitted(touch)),
            // The writers are of an earlier frame: what came before them is forgotten, so only their own scope is ordered.
            None => covers(&history.writers, touch.scope),
        };
        concurrent && open && history.layout == touch.layout && history.writers.iter().all(|writer| writer.concurrent)
    }

    fn join(&mut self, touch: &Touch, member: Member<'a>) {
        if let Some(opening) = self.history.opening.clone()
            && !covers(&self.history.writers, touch.scope)
        {
            let Opening { group, hazard, layouts, before, emitted, .. } = opening;
            let group = (emitted && self.is_emitted(touch)).then_some(group);
            self.require(group, hazard, before, layouts, touch.scope, member);
        }
        if !self.history.writers.contains(&member) {
            self.history.writers.push(member);
        }
    }

    /// Notes a requirement and returns its group.
    fn require(
        &mut self,
        group: Option<usize>,
        hazard: Hazard,
        before: Vec<Member<'a>>,
        layouts: Option<(vk::ImageLayout, vk::ImageLayout)>,
        second: Scope,
        after: Member<'a>,
    ) -> usize {
        let latest = match after.by {
            By::Pass { pass, .. } => pass,
            By::Exit | By::Past(_) | By::Imported(_) => self.input.passes.len(),
        };
        let emitted = self.is_emitted_at(latest);
        let earliest = if emitted { before.iter().map(Member::next_gap).max().unwrap_or(0) } else { latest };
        let first = first_scope(&before);
        let group = group.unwrap_or_else(|| {
            self.scanned.groups += 1;
            self.scanned.groups - 1
        });
        // What nothing waits for on the device still follows the first scope, so that a semaphore's signal chains with it.
        let stages = if second.stages.is_empty() { first.stages } else { second.stages };
        self.scanned.requirements.push(Requirement {
            resource: self.resource,
            atom: self.atom,
            group,
            emitted,
            gaps: (earliest, latest),
            first,
            second: Scope { stages, access: second.access },
            layouts: layouts.unwrap_or((self.history.layout, self.history.layout)),
            hazard,
            before,
            after,
        });
        group
    }

    fn not_before(&mut self, gap: usize) {
        if let Some(last) = self.scanned.requirements.last_mut() {
            last.gaps.0 = last.gaps.0.max(gap);
        }
    }

    fn member(&self, touch: &Touch) -> Member<'a> {
        let by = if touch.pass == self.input.passes.len() {
            By::Exit
        } else {
            By::Pass { pass: touch.pass, access: touch.access }
        };
        Member { by, scope: touch.scope, write: touch.write, concurrent: touch.concurrent }
    }

    fn is_emitted(&self, touch: &Touch) -> bool {
        self.is_emitted_at(touch.pass)
    }

    fn is_emitted_at(&self, gap: usize) -> bool {
        self.input.passes.get(gap).is_none_or(|pass| pass.auto_barriers)
    }

    fn is_covered(&self, scope: Scope) -> bool {
        covers(&self.history.readers, scope)
    }

    fn undefined(&self, touch: &Touch) -> PlanError {
        let pass = &self.input.passes[touch.pass];
        PlanError::ReadUndefined {
            system: pass.name.clone(),
            resource: self.input.resources[self.resource.0].name.clone(),
            at: Place(pass.accesses[touch.access].at),
        }
    }
}

impl History<'_> {
    fn transitioned_since_write(&self) -> bool {
        self.transitioned && self.writers.is_empty()
    }
}

/// Returns whether the members together have every access of `scope` in every stage of it.
fn covers(members: &[Member<'_>], scope: Scope) -> bool {
    let stages = (0..64).map(|bit| S::from_raw(1 << bit)).filter(|stage| scope.stages.contains(*stage));
    let accesses = |stage| {
        members
            .iter()
            .filter(|member| member.scope.stages.contains(stage))
            .fold(A::NONE, |accesses, member| accesses | member.scope.access)
    };
    !members.is_empty() && stages.into_iter().all(|stage| accesses(stage).contains(scope.access))
}

/// The host reads only between a fence and the next submit, which orders it with all that follows.
fn device_readers<'a>(history: &History<'a>) -> Vec<Member<'a>> {
    history.readers.iter().filter(|reader| reader.scope.stages != S::HOST).copied().collect()
}

/// Reads need only finish; writes must be made available too.
fn first_scope(before: &[Member<'_>]) -> Scope {
    let mut first = Scope::default();
    for member in before {
        let access = if member.write { writes(member.scope.access) } else { A::NONE };
        first |= Scope { stages: member.scope.stages, access };
    }
    first
}

fn hazard(before: &[Member<'_>], after_reads: bool, write: bool) -> Hazard {
    let wrote = before.iter().any(|member| !writes(member.scope.access).is_empty());
    match (after_reads, write) {
        (true, true) => Hazard::WriteAfterRead,
        (true, false) => Hazard::Layout,
        (false, _) if !wrote => Hazard::Layout,
        (false, true) => Hazard::WriteAfterWrite,
        (false, false) => Hazard::ReadAfterWrite,
    }
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
