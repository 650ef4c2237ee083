//! Walks each atom's touches in program order and notes every dependency.

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::plan::error::{Place, PlanError};
use crate::plan::exit::Exits;
use crate::plan::history::{By, History, Member, Opening, Transition, covers, writes};
use crate::plan::input::{Exit, Imported, Input, Policy};
use crate::plan::model::{Half, Hazard, ResourceRef, Scope};
use crate::plan::need::{Behind, Handover, How, Need};
use crate::plan::opaque;
use crate::plan::queues::{Assigned, Moment};
use crate::plan::topology::QueueRef;
use crate::plan::touch::{KEEP, Touch, Touched};

/// What the walk over all atoms found.
#[derive(Debug, Default)]
pub(super) struct Scanned<'a> {
    pub(super) needs: Vec<Need<'a>>,
    pub(super) exits: Exits<'a>,
    pub(super) handovers: Vec<Handover>,
    /// How many transitions there are.
    pub(super) transitions: u32,
}

/// Walks every atom.
pub(super) fn scan<'a>(input: &'a Input, assigned: &Assigned<'_>, touched: &Touched) -> Result<Scanned<'a>, PlanError> {
    let opaque = opaque::passes(input);
    let needs = opaque::needs(input, assigned, &opaque);
    let mut scanned = Scanned { needs, exits: Exits::for_atoms(touched.atom_count()), ..Scanned::default() };
    // Most touches need one thing.
    scanned.needs.reserve(touched.len());
    let mut walk = Walk {
        input,
        assigned,
        resource: ResourceRef::default(),
        atom: 0,
        whole: true,
        on: QueueRef::default(),
        history: History::default(),
        opaque: &opaque,
        scanned: &mut scanned,
    };
    for (index, resource) in input.resources.iter().enumerate() {
        walk.resource = ResourceRef(index);
        let grid = touched.grid(walk.resource);
        walk.whole = grid.len() == 1;
        for atom in 0..grid.len() {
            walk.atom = atom;
            walk.opaque = &opaque;
            walk.history.begin(assigned, walk.resource, &resource.entry, &grid.part(atom));
            for touch in touched.touches(walk.resource, atom) {
                walk.touch(touch)?;
            }
            walk.settle(input.passes.len());
            walk.scanned.exits.push(&walk.history);
        }
    }
    Ok(scanned)
}

/// The walk over the atoms, one after another.
struct Walk<'a, 'w> {
    input: &'a Input,
    assigned: &'w Assigned<'w>,
    resource: ResourceRef,
    atom: usize,
    /// Whether it is all of its resource.
    whole: bool,
    /// The queue of the present touch.
    on: QueueRef,
    history: History<'a>,
    /// The passes to come that may touch anything.
    opaque: &'w [usize],
    scanned: &'w mut Scanned<'a>,
}

type Layouts = (vk::ImageLayout, vk::ImageLayout);

impl<'a> Walk<'a, '_> {
    /// Passes the opaque passes before `end`.
    fn settle(&mut self, end: usize) {
        let passed = self.opaque.partition_point(|pass| *pass < end);
        if let Some(&last) = self.opaque[..passed].last() {
            self.history.settle(self.assigned.moment(last), last);
        }
        self.opaque = &self.opaque[passed..];
    }

    /// What an opaque pass did, all of its own queue sees; for another queue it is a write.
    fn settled_elsewhere(&mut self) {
        if let Some(settled) = self.history.settled.take_if(|settled| settled.at.queue != self.on) {
            self.history.writers.push(settled);
        }
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
        self.on = self.queue_of(&touch);
        self.settled_elsewhere();
        let layouts = self.transition(&touch);
        if let Some(families) = self.transfer(&touch) {
            self.hand_over(&touch, layouts, families);
        } else if self.opaque.first() == Some(&touch.pass) {
            self.opaque(&touch, layouts);
        } else if touch.write || layouts.is_some() {
            self.write(&touch, layouts);
        } else {
            self.read(&touch);
        }
        self.history.family = self.family();
        Ok(())
    }

    /// Notes what an opaque pass declares: the layout to find. Full barriers order all else that it does.
    fn opaque(&mut self, touch: &Touch, layouts: Option<Layouts>) {
        if layouts.is_some() {
            self.write(touch, layouts);
        }
        self.history.defined |= touch.write;
    }

    /// Returns the queue of a touch; what comes after the frame happens where the atom was used last, unless it has to be
    /// on another queue.
    fn queue_of(&self, touch: &Touch) -> QueueRef {
        match self.assigned.passes.get(touch.pass) {
            Some(queue) => *queue,
            None => match self.input.resources[self.resource.0].exit {
                Exit::Nothing | Exit::HostRead => self.last_member().map_or(QueueRef(0), |member| member.at.queue),
                Exit::Present | Exit::Exported { .. } => self.assigned.exit(self.resource).unwrap_or_default(),
            },
        }
    }

    fn last_member(&self) -> Option<&Member<'a>> {
        let members = self.history.writers.iter().chain(&self.history.readers).chain(&self.history.settled);
        members.max_by_key(|member| member.at.key)
    }

    fn family(&self) -> Option<u32> {
        self.assigned.family(self.resource, self.on)
    }

    fn transition(&self, touch: &Touch) -> Option<Layouts> {
        let each_its_own = match self.input.options.policy {
            Policy::Joined | Policy::PerResource => true,
            Policy::MergedGlobal | Policy::UnifiedLayouts => false,
        };
        let asked = touch.discard && touch.layout != vk::ImageLayout::UNDEFINED && each_its_own && !self.joins(touch);
        let old = if touch.discard { vk::ImageLayout::UNDEFINED } else { self.history.layout };
        (asked || self.history.layout != touch.layout).then_some((old, touch.layout))
    }

    /// Returns the families between which contents have to be handed over.
    fn transfer(&self, touch: &Touch) -> Option<(u32, u32)> {
        let (from, to) = (self.history.family?, self.family()?);
        (from != to && self.history.defined && !touch.discard).then_some((from, to))
    }

    /// Adds a reader; it needs a barrier unless one that it follows already covers its scope.
    fn read(&mut self, touch: &Touch) {
        let member = self.member(touch);
        let covered = covers(&self.history.readers, self.on, touch.scope);
        let history = &self.history;
        let joined = history
            .opening
            .filter(|opening| opening.emitted && opening.at.queue == self.on && self.is_emitted(touch.pass));
        let joined = joined.and_then(|opening| Some((opening.transition?, opening)));
        // What an opaque pass did, all of the device sees, and the host does not.
        let settled = history.settled.filter(|_| touch.scope.stages == vk::PipelineStageFlags2::HOST);
        if let (true, Some(settled)) = (history.writers.is_empty(), settled) {
            self.need(Hazard::ReadAfterWrite, &[settled], member, touch.scope, How::Memory);
        } else if !history.writers.is_empty() {
            let how = if covered { How::Covered } else { How::Memory };
            match self.earlier_reader() {
                // Its queue waited for the write in an earlier frame.
                Some(reader) if !covered && history.writers.iter().all(|writer| writer.at.queue != self.on) => {
                    self.chain(reader, member, touch.scope);
                }
                Some(_) | None => {
                    let writers = std::mem::take(&mut self.history.writers);
                    self.need(Hazard::ReadAfterWrite, &writers, member, touch.scope, how);
                    self.history.writers = writers;
                }
            }
        } else if let Some((transition, opening)) = joined {
            let how = if covered { How::Covered } else { How::AfterTransition(transition) };
            let before = std::mem::take(&mut self.history.waited_for);
            self.need(opening.hazard, &before, member, touch.scope, how);
            self.history.waited_for = before;
        } else if history.transitioned && !covered {
            let here = history.device_readers().find(|reader| reader.at.queue == self.on);
            if let Some(&reader) = here.or_else(|| history.device_readers().next()) {
                self.chain(reader, member, touch.scope);
            }
        }
        if !self.history.readers.contains(&member) {
            self.history.readers.push(member);
        }
    }

    /// Returns a reader on this queue that was there before the frame.
    fn earlier_reader(&self) -> Option<Member<'a>> {
        let mut here = self.history.readers.iter().filter(|reader| reader.at.queue == self.on);
        here.find(|reader| matches!(reader.by, By::Past(_))).copied()
    }

    /// Notes that a read must chain behind what another reader waited for: a transition, as any reader since then does.
    fn chain(&mut self, before: Member<'a>, member: Member<'a>, second: Scope) {
        let need = self.one(Hazard::Layout, Some(before), member, second, How::Memory);
        self.scanned.needs.push(need);
    }

    /// Begins a new epoch: a write, or a layout transition, which counts as one.
    fn write(&mut self, touch: &Touch, layouts: Option<Layouts>) {
        let member = self.member(touch);
        if layouts.is_none() && self.joins(touch) {
            self.join(touch, member);
            return;
        }
        let can_stay = self.can_stay(touch);
        let transition = layouts.map(|layouts| Transition { can_stay, ..self.new_transition(layouts) });
        // With no earlier write there is nothing to make visible: order alone.
        let nothing_written = self.history.writers.is_empty() && !self.history.transitioned;
        let (mut before, after_reads) = self.history.take_what_to_wait_for();
        if transition.is_some() && before.iter().all(|member| member.scope.stages.is_empty()) {
            before.extend(self.history.settled);
        }
        let hazard = hazard(&before, after_reads, touch.write);
        self.history.layout = touch.layout;
        match transition {
            Some(transition) => self.need(hazard, &before, member, touch.scope, How::Transition(transition)),
            None if after_reads => self.after_reads(&before, member, touch.scope, nothing_written),
            None => self.need(hazard, &before, member, touch.scope, How::Memory),
        }
        self.begin_epoch(touch, member, transition, hazard, before);
    }

    /// Begins a new epoch with an ownership transfer: a release on the queue that had the atom, an acquire on this one.
    fn hand_over(&mut self, touch: &Touch, layouts: Option<Layouts>, (from, to): (u32, u32)) {
        let member = self.member(touch);
        let layouts = layouts.unwrap_or((self.history.layout, self.history.layout));
        let (before, after_reads) = self.history.take_what_to_wait_for();
        let hazard = match hazard(&before, after_reads, touch.write) {
            Hazard::Layout if layouts.0 == layouts.1 => Hazard::Ownership,
            other => other,
        };
        let (release, acquire) = (self.new_transition(layouts), self.new_transition(layouts));
        let number = self.scanned.handovers.len();
        let (on, released) = self.released(touch.pass, from, &before);
        self.history.layout = touch.layout;
        let nothing = before.is_empty().then_some(None);
        for one in before.iter().copied().map(Some).chain(nothing) {
            let released = self.one(hazard, one, member, Scope::default(), How::Transition(release));
            let elsewhere = one.is_some_and(|one| one.at.queue != on);
            let behind = if elsewhere { Behind::Elsewhere } else { Behind::Access };
            self.scanned.needs.push(Need { on, behind, half: Some((Half::Release, number)), ..released });
            let acquired = self.one(hazard, one, member, touch.scope, How::Transition(acquire));
            let half = Some((Half::Acquire, number));
            self.scanned.needs.push(Need { first: Scope::default(), behind: Behind::Elsewhere, half, ..acquired });
        }
        let (release, acquired) = (release.number, acquire.number);
        self.scanned.handovers.push(Handover { from, to, release, acquire: acquired, released });
        self.begin_epoch(touch, member, Some(acquire), hazard, before);
    }

    /// Returns the queue that releases, and after what: where all that must finish is its own, that; else a wait for the rest.
    fn released(&self, pass: usize, family: u32, before: &[Member<'a>]) -> (QueueRef, Moment) {
        let of_family = |member: &&Member<'a>| self.assigned.topology.queue(member.at.queue).family == family;
        let last = before.iter().filter(of_family).max_by_key(|member| member.at.key);
        let queue =
            last.map(|last| last.at.queue).or_else(|| self.assigned.queue_of_family(family)).unwrap_or_default();
        if before.iter().any(|member| member.at.queue != queue) {
            return (queue, Moment::before(queue, pass));
        }
        (queue, last.map_or(Moment::start(queue), |last| last.at.in_frame()))
    }

    fn new_transition(&mut self, (old, new): Layouts) -> Transition {
        self.scanned.transitions += 1;
        Transition { number: self.scanned.transitions - 1, old, new, can_stay: false }
    }

    /// Returns whether a transition that discards the whole of an image could do without: the image is in that layout.
    fn can_stay(&self, touch: &Touch) -> bool {
        let here = self.history.layout == touch.layout && self.history.family == self.family();
        self.input.options.policy == Policy::Joined && touch.write && self.whole && here
    }

    fn begin_epoch(
        &mut self,
        touch: &Touch,
        member: Member<'a>,
        transition: Option<Transition>,
        hazard: Hazard,
        before: Vec<Member<'a>>,
    ) {
        let opening = Opening { emitted: self.is_emitted(touch.pass), hazard, transition, at: member.at };
        self.history.open(member, opening, before);
    }

    /// Notes that a write waits for reads. One of them, the last, passes on what was written before; a wait for another
    /// queue does in any case.
    fn after_reads(&mut self, readers: &[Member<'a>], member: Member<'a>, second: Scope, nothing_written: bool) {
        let on = self.on;
        let order_alone = Scope { stages: second.stages, access: A::NONE };
        let second = if nothing_written { order_alone } else { second };
        let mut need = |reader: &Member<'a>, second| {
            self.need(Hazard::WriteAfterRead, std::slice::from_ref(reader), member, second, How::Memory);
        };
        let elsewhere = || readers.iter().filter(|reader| reader.at.queue != on);
        elsewhere().for_each(|reader| need(reader, second));
        let Some(last) = readers.iter().rposition(|reader| reader.at.queue == on) else { return };
        let others = readers[..last].iter().filter(|reader| reader.at.queue == on);
        others.for_each(|reader| need(reader, order_alone));
        need(&readers[last], if elsewhere().next().is_none() { second } else { order_alone });
    }

    /// Returns whether a write needs no order with the writers before it.
    fn joins(&self, touch: &Touch) -> bool {
        let history = &self.history;
        let concurrent = touch.concurrent && history.readers.is_empty() && !history.writers.is_empty();
        let here = history.writers.iter().all(|writer| writer.at.queue == self.on);
        let open = match &history.opening {
            Some(opening) => opening.transition.is_none() || (here && opening.emitted && self.is_emitted(touch.pass)),
            // The writers are of an earlier frame: what came before them is forgotten, so only their own scope is ordered.
            None => here && covers(&history.writers, self.on, touch.scope),
        };
        let owned = history.family.is_none_or(|family| self.family().is_none_or(|here| here == family));
        concurrent
            && open
            && owned
            && history.layout == touch.layout
            && history.writers.iter().all(|writer| writer.concurrent)
    }

    fn join(&mut self, touch: &Touch, member: Member<'a>) {
        if let Some(Opening { hazard, transition, .. }) = self.history.opening {
            let how = match transition {
                _ if covers(&self.history.writers, self.on, touch.scope) => How::Covered,
                Some(transition) => How::AfterTransition(transition),
                None => How::Memory,
            };
            let before = std::mem::take(&mut self.history.waited_for);
            self.need(hazard, &before, member, touch.scope, how);
            self.history.waited_for = before;
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
            let is_waited_for = how == How::Memory
                && member.is_some_and(|member| member.at.queue == self.on && was_waited_for(&member, second));
            let how = if is_waited_for { How::Covered } else { how };
            let need = self.one(hazard, member, after, second, how);
            self.scanned.needs.push(need);
        }
    }

    fn one(&self, hazard: Hazard, before: Option<Member<'a>>, after: Member<'a>, second: Scope, how: How) -> Need<'a> {
        let first = before.as_ref().map(Member::first_scope).unwrap_or_default();
        let (resource, atom, layout, on) = (self.resource, self.atom, self.history.layout, self.on);
        let elsewhere = before.is_some_and(|before| before.at.queue != on);
        let behind = if elsewhere { Behind::Elsewhere } else { Behind::Access };
        Need { resource, atom, hazard, before, after, first, second, how, layout, on, behind, half: None }
    }

    fn member(&self, touch: &Touch) -> Member<'a> {
        let by = if touch.pass == self.input.passes.len() {
            By::Exit
        } else {
            By::Pass { pass: touch.pass, access: touch.access }
        };
        let at = Moment::pass(self.on, touch.pass);
        Member { by, scope: touch.scope, write: touch.write, concurrent: touch.concurrent, at }
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

/// Whether the wait for a semaphore, which an import is that names stages alone, holds back all of a scope.
fn was_waited_for(before: &Member<'_>, second: Scope) -> bool {
    match before.by {
        By::Imported(Imported { scope, .. }) => {
            scope.access.is_empty() && !second.stages.is_empty() && scope.stages.contains(second.stages)
        }
        By::Pass { .. } | By::Whole { .. } | By::Past(_) | By::Exit => false,
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
