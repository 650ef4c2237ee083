//! Walks each atom's touches in program order and notes every dependency.

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::plan::error::{Place, PlanError};
use crate::plan::history::{By, History, Member, Opening, Transition, covers, writes};
use crate::plan::input::{Input, Policy};
use crate::plan::model::{Hazard, ResourceRef, Scope};
use crate::plan::opaque;
use crate::plan::touch::{KEEP, Touch, Touched};

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
}

/// What meets a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// A barrier that changes no layout.
    Memory,
    /// A layout transition.
    Transition(Transition),
    /// The transition that came before, or a barrier that chains behind it.
    AfterTransition(Transition),
    /// What meets other needs: this one only says who depends on whom.
    Covered,
    /// A full barrier, beside a pass that may touch anything.
    Everything,
}

/// What the walk over all atoms found.
#[derive(Debug, Default)]
pub(super) struct Scanned<'a> {
    pub(super) needs: Vec<Need<'a>>,
    /// The state of each atom of each resource after the frame.
    pub(super) exits: Vec<Vec<History<'a>>>,
    transitions: u32,
}

/// Walks every atom.
pub(super) fn scan<'a>(input: &'a Input, touched: &[Touched]) -> Result<Scanned<'a>, PlanError> {
    let opaque = opaque::passes(input);
    let mut scanned = Scanned { needs: opaque::needs(input, &opaque), ..Scanned::default() };
    for (index, (resource, touched)) in input.resources.iter().zip(touched).enumerate() {
        let mut exits = Vec::with_capacity(touched.atoms.len());
        for (atom, touches) in touched.atoms.iter().enumerate() {
            let history = History::before(&resource.entry, &touched.grid.part(atom));
            let mut walk =
                Walk { input, resource: ResourceRef(index), atom, history, opaque: &opaque, scanned: &mut scanned };
            for touch in touches {
                walk.touch(touch)?;
            }
            walk.settle(input.passes.len());
            exits.push(walk.history);
        }
        scanned.exits.push(exits);
    }
    Ok(scanned)
}

/// The walk over one atom.
struct Walk<'a, 'w> {
    input: &'a Input,
    resource: ResourceRef,
    atom: usize,
    history: History<'a>,
    /// The passes to come that may touch anything.
    opaque: &'w [usize],
    scanned: &'w mut Scanned<'a>,
}

impl<'a> Walk<'a, '_> {
    /// Passes the opaque passes before `end`.
    fn settle(&mut self, end: usize) {
        let passed = self.opaque.partition_point(|pass| *pass < end);
        if let Some(&last) = self.opaque[..passed].last() {
            self.history.settle(last);
        }
        self.opaque = &self.opaque[passed..];
    }

    fn touch(&mut self, touch: &Touch) -> Result<(), PlanError> {
        self.settle(touch.pass);
        let mut touch = *touch;
        if touch.layout == KEEP {
            touch.layout = self.history.layout;
        }
        if !touch.write && !self.history.defined && touch.pass < self.input.passes.len() {
            return Err(self.undefined(&touch));
        }
        let layouts = self.transition(&touch);
        if self.opaque.first() == Some(&touch.pass) {
            self.opaque(&touch, layouts);
        } else if touch.write || layouts.is_some() {
            self.write(&touch, layouts);
        } else {
            self.read(&touch);
        }
        Ok(())
    }

    /// Notes what an opaque pass declares: the layout to find. Full barriers order all else that it does.
    fn opaque(&mut self, touch: &Touch, layouts: Option<(vk::ImageLayout, vk::ImageLayout)>) {
        if layouts.is_some() {
            self.write(touch, layouts);
        }
        self.history.defined |= touch.write;
    }

    fn transition(&self, touch: &Touch) -> Option<(vk::ImageLayout, vk::ImageLayout)> {
        let asked = touch.discard
            && touch.layout != vk::ImageLayout::UNDEFINED
            && self.input.options.policy == Policy::PerResource
            && !self.joins(touch);
        let old = if touch.discard { vk::ImageLayout::UNDEFINED } else { self.history.layout };
        (asked || self.history.layout != touch.layout).then_some((old, touch.layout))
    }

    /// Adds a reader; it needs a barrier unless one that it follows already covers its scope.
    fn read(&mut self, touch: &Touch) {
        let member = self.member(touch);
        let covered = covers(&self.history.readers, touch.scope);
        let history = &self.history;
        let joined = history.opening.as_ref().filter(|opening| opening.emitted && self.is_emitted(touch.pass));
        let joined = joined.and_then(|opening| Some((opening.transition?, opening.hazard, opening.before.clone())));
        // What an opaque pass did, all of the device sees, and the host does not.
        let settled = history.settled.filter(|_| touch.scope.stages == vk::PipelineStageFlags2::HOST);
        if let (true, Some(settled)) = (history.writers.is_empty(), settled) {
            self.need(Hazard::ReadAfterWrite, &[settled], member, touch.scope, How::Memory);
        } else if !history.writers.is_empty() {
            let how = if covered { How::Covered } else { How::Memory };
            self.need(Hazard::ReadAfterWrite, &history.writers.clone(), member, touch.scope, how);
        } else if let Some((transition, hazard, before)) = joined {
            let how = if covered { How::Covered } else { How::AfterTransition(transition) };
            self.need(hazard, &before, member, touch.scope, how);
        } else if history.transitioned && !covered {
            self.chain(&history.device_readers(), member, touch.scope);
        }
        if !self.history.readers.contains(&member) {
            self.history.readers.push(member);
        }
    }

    /// Notes that a read must chain behind a transition, as any reader since then does.
    fn chain(&mut self, readers: &[Member<'a>], member: Member<'a>, second: Scope) {
        let Some(&before) = readers.first() else { return };
        let need = self.one(Hazard::Layout, Some(before), member, second, How::Memory);
        self.scanned.needs.push(need);
    }

    /// Begins a new epoch: a write, or a layout transition, which counts as one.
    fn write(&mut self, touch: &Touch, layouts: Option<(vk::ImageLayout, vk::ImageLayout)>) {
        let member = self.member(touch);
        if layouts.is_none() && self.joins(touch) {
            self.join(touch, member);
            return;
        }
        let transition = layouts.map(|(old, new)| {
            self.scanned.transitions += 1;
            Transition { number: self.scanned.transitions - 1, old, new }
        });
        let history = &self.history;
        let readers = history.device_readers();
        let after_reads = !readers.is_empty();
        // With no earlier write there is nothing to make visible: order alone.
        let nothing_written = history.writers.is_empty() && !history.transitioned;
        let mut before = if after_reads { readers } else { history.writers.clone() };
        if transition.is_some() && before.iter().all(|member| member.scope.stages.is_empty()) {
            before.extend(history.settled);
        }
        let hazard = hazard(&before, after_reads, touch.write);
        self.history.layout = touch.layout;
        match transition {
            Some(transition) => self.need(hazard, &before, member, touch.scope, How::Transition(transition)),
            None if after_reads => self.after_reads(&before, member, touch.scope, nothing_written),
            None => self.need(hazard, &before, member, touch.scope, How::Memory),
        }
        let (writers, readers) = if touch.write { (vec![member], vec![]) } else { (vec![], vec![member]) };
        self.history = History {
            layout: touch.layout,
            defined: self.history.defined || touch.write,
            transitioned: transition.is_some(),
            writers,
            readers,
            opening: Some(Opening { emitted: self.is_emitted(touch.pass), hazard, transition, before }),
            settled: None,
        };
    }

    /// Notes that a write waits for reads. One of them, the last, passes on what was written before.
    fn after_reads(&mut self, readers: &[Member<'a>], member: Member<'a>, second: Scope, nothing_written: bool) {
        let Some((last, others)) = readers.split_last() else { return };
        let order_alone = Scope { stages: second.stages, access: A::NONE };
        self.need(Hazard::WriteAfterRead, others, member, order_alone, How::Memory);
        let second = if nothing_written { order_alone } else { second };
        self.need(Hazard::WriteAfterRead, std::slice::from_ref(last), member, second, How::Memory);
    }

    /// Returns whether a write needs no order with the writers before it.
    fn joins(&self, touch: &Touch) -> bool {
        let history = &self.history;
        let concurrent = touch.concurrent && history.readers.is_empty() && !history.writers.is_empty();
        let open = match &history.opening {
            Some(opening) => opening.transition.is_none() || (opening.emitted && self.is_emitted(touch.pass)),
            // The writers are of an earlier frame: what came before them is forgotten, so only their own scope is ordered.
            None => covers(&history.writers, touch.scope),
        };
        concurrent && open && history.layout == touch.layout && history.writers.iter().all(|writer| writer.concurrent)
    }

    fn join(&mut self, touch: &Touch, member: Member<'a>) {
        if let Some(Opening { hazard, transition, before, .. }) = self.history.opening.clone() {
            let how = match transition {
                _ if covers(&self.history.writers, touch.scope) => How::Covered,
                Some(transition) => How::AfterTransition(transition),
                None => How::Memory,
            };
            self.need(hazard, &before, member, touch.scope, how);
        }
        if !self.history.writers.contains(&member) {
            self.history.writers.push(member);
        }
    }

    /// Notes that an access waits for others; a transition needs its barrier even if there are none.
    fn need(&mut self, hazard: Hazard, before: &[Member<'a>], after: Member<'a>, second: Scope, how: How) {
        let outside = match how {
            How::Transition(_) | How::AfterTransition(_) => before.is_empty(),
            How::Memory | How::Covered | How::Everything => false,
        };
        for member in before.iter().copied().map(Some).chain(outside.then_some(None)) {
            let need = self.one(hazard, member, after, second, how);
            self.scanned.needs.push(need);
        }
    }

    fn one(&self, hazard: Hazard, before: Option<Member<'a>>, after: Member<'a>, second: Scope, how: How) -> Need<'a> {
        let first = before.as_ref().map(Member::first_scope).unwrap_or_default();
        let (resource, atom, layout) = (self.resource, self.atom, self.history.layout);
        Need { resource, atom, hazard, before, after, first, second, how, layout }
    }

    fn member(&self, touch: &Touch) -> Member<'a> {
        let by = if touch.pass == self.input.passes.len() {
            By::Exit
        } else {
            By::Pass { pass: touch.pass, access: touch.access }
        };
        Member { by, scope: touch.scope, write: touch.write, concurrent: touch.concurrent }
    }

    fn is_emitted(&self, gap: usize) -> bool {
        self.input.passes.get(gap).is_none_or(|pass| pass.auto_barriers)
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
