//! The story of one atom: a state machine that meets every access and every barrier in order.

use ash::vk;

use super::atoms::{self, Atom, Local};
use super::layout;
use super::lower::{Call, Dependency, Lowered, Use};
use super::masks::{self, Accesses, Stages};
use super::order::{Step, StepIndex, Walk};
use super::record::{HOST_QUEUE, Record, What};
use super::stream::{Access, Contents, Holds, HostOp, Part, Resource, Sharing, Start, Stream, Target, Transfer};
use super::verdict::{Kind, Rules};

/// An earlier access that something is not protected from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unprotected {
    pub(super) what: What,
    pub(super) queue: usize,
    pub(super) kind: Kind,
    pub(super) stages: Stages,
    pub(super) access: Accesses,
    /// Whether a barrier made it visible to the host on its own queue.
    pub(super) flushed: bool,
}

/// What is wrong with one access, or one transition, of one atom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) second: What,
    pub(super) firsts: Vec<Unprotected>,
    /// The earlier accesses that it is protected from, where the state is wrong: a transition must wait for them too.
    pub(super) protected: Vec<Unprotected>,
    pub(super) state: Option<StateFault>,
}

/// What is wrong with the state that an access finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StateFault {
    /// The image is in another layout.
    Layout { found: vk::ImageLayout, expected: vk::ImageLayout },
    /// A transition from UNDEFINED threw the contents away.
    Lost { by: What, layout: vk::ImageLayout },
    /// Nothing was ever written.
    NeverWritten,
    /// Another queue family owns it, or gave it away and nobody took it; with the layout that the image is in.
    Owner { transfer: Transfer, released: Option<What>, layout: vk::ImageLayout },
    /// An acquire that no release matches.
    NoRelease { transfer: Transfer },
}

#[derive(Clone, Copy, Debug)]
enum Held {
    Nothing,
    Contents,
    Lost { by: What, layout: vk::ImageLayout },
}

#[derive(Clone, Copy, Debug)]
struct Released {
    by: What,
    transfer: Transfer,
    layouts: Option<(vk::ImageLayout, vk::ImageLayout)>,
}

/// A structure that names this atom.
struct Own<'d> {
    what: What,
    by: &'d Dependency,
    layouts: Option<(vk::ImageLayout, vk::ImageLayout)>,
    transfer: Option<Transfer>,
}

struct Story<'s> {
    stream: &'s Stream,
    resource: &'s Resource,
    rules: Rules,
    writes: Vec<Record>,
    reads: Vec<Record>,
    layout: vk::ImageLayout,
    held: Held,
    owner: Option<u32>,
    released: Option<Released>,
    findings: Vec<Finding>,
}

/// Follows one atom through the steps, from the first that touches it to the last.
pub(super) fn tell(
    stream: &Stream,
    walk: &Walk<'_>,
    lowered: &[Lowered],
    globals: &[StepIndex],
    atom: &Atom,
    rules: Rules,
) -> Vec<Finding> {
    let mut story = Story::begin(stream, &stream.resources[atom.resource.0], &atom.part, rules);
    let untouched = story.writes.is_empty() && story.reads.is_empty();
    let from = if untouched { atom.locals.first().map_or(0, |local| local.step) } else { 0 };
    let mut globals = &globals[globals.partition_point(|step| *step < from)..];
    let mut locals = &atom.locals[..];
    while let Some(local) = locals.first() {
        let step = globals.first().map_or(local.step, |global| local.step.min(*global));
        if globals.first() == Some(&step) {
            globals = &globals[1..];
        }
        let mine = locals.iter().take_while(|local| local.step == step).count();
        story.step(step, &walk.steps[step].1, &lowered[step], &locals[..mine]);
        locals = &locals[mine..];
    }
    story.findings
}

impl<'s> Story<'s> {
    fn begin(stream: &'s Stream, resource: &'s Resource, part: &Part, rules: Rules) -> Self {
        let mut story = Self {
            stream,
            resource,
            rules,
            writes: Vec::new(),
            reads: Vec::new(),
            layout: vk::ImageLayout::UNDEFINED,
            held: Held::Contents,
            owner: None,
            released: None,
            findings: Vec::new(),
        };
        match &resource.start {
            Start::Undefined => story.held = Held::Nothing,
            Start::HostWritten => {
                story.layout = vk::ImageLayout::PREINITIALIZED;
                story.writes.push(Record::host(What::HostBefore, masks::HOST_WRITE, true, 0));
            }
            Start::Kept(kept) => {
                story.held = Held::Nothing;
                if let Some((at, kept)) = kept.iter().enumerate().find(|(_, kept)| atoms::contains(&kept.part, part)) {
                    story.layout = kept.layout;
                    story.owner = kept.family;
                    story.held = match kept.holds {
                        Holds::Contents => Held::Contents,
                        Holds::Nothing => Held::Nothing,
                    };
                    for (item, last) in kept.last.iter().enumerate() {
                        story.append(What::Last { part: at, item }, last.queue.0, &Use::of_scope(last.scope));
                    }
                }
            }
        }
        story
    }

    fn step(&mut self, step: StepIndex, what: &Step<'_>, lowered: &Lowered, locals: &[Local]) {
        match (lowered, what) {
            (Lowered::Pass { queue, uses }, Step::Pass { pass, .. }) => {
                let wanted = locals.iter().filter_map(|local| pass.accesses[local.item].layout);
                let layout = layout::expected(self.layout, wanted);
                for local in locals {
                    self.access(*local, *queue, &uses[local.item], layout, &pass.accesses[local.item]);
                }
            }
            (Lowered::Call(call), Step::Call { barriers, .. }) => {
                let own: Vec<Own<'_>> = locals
                    .iter()
                    .map(|local| Own::of(*local, &call.dependencies[local.item], &barriers[local.item].target))
                    .collect();
                self.call(call, &own);
            }
            (Lowered::Host { at }, Step::Host { access, .. }) => self.host(step, access.op, *at),
            (Lowered::Begin { queue, submitted }, _) => self.each(|record| record.begin(*queue, *submitted)),
            (Lowered::Wait { queue, signal, second }, _) => self.each(|record| record.wait(*signal, *queue, *second)),
            (Lowered::Signal { queue, first }, _) => self.each(|record| record.signal(step, *queue, *first)),
            (Lowered::HostWait { signal, at }, _) => self.each(|record| record.host_wait(*signal, *at)),
            (Lowered::Idle { at }, _) => self.each(|record| record.idle(*at)),
            (Lowered::Pass { .. } | Lowered::Call(_) | Lowered::Host { .. }, _) => {
                unreachable!("a step and its lowered form are of one kind")
            }
        }
    }

    fn each(&mut self, apply: impl Fn(&mut Record)) {
        self.writes.iter_mut().chain(&mut self.reads).for_each(apply);
    }

    fn family(&self, queue: usize) -> u32 {
        self.stream.queues[queue].family
    }

    fn report(&mut self, second: What, firsts: Vec<Unprotected>, state: Option<StateFault>) {
        if firsts.is_empty() && state.is_none() {
            return;
        }
        let mut protected = Vec::new();
        if state.is_some() {
            for record in self.writes.iter().chain(&self.reads) {
                if !firsts.iter().any(|first| first.what == record.what) {
                    note(&mut protected, record, record.kind_before_write());
                }
            }
        }
        self.findings.push(Finding { second, firsts, protected, state });
    }

    // An access of a pass.

    fn access(&mut self, local: Local, queue: usize, uses: &Use, layout: Option<vk::ImageLayout>, access: &Access) {
        let what = What::Access { step: local.step, item: local.item };
        let firsts = self.unprotected_access(local.step, queue, uses);
        let state = self.check_state(queue, uses, layout, access.contents);
        if access.leaves == Holds::Nothing {
            self.held = Held::Nothing;
        }
        self.report(what, firsts, state);
        self.remember(what, queue, uses);
    }

    /// The earlier accesses that an access is not ordered after, or does not see.
    fn unprotected_access(&self, step: StepIndex, queue: usize, uses: &Use) -> Vec<Unprotected> {
        let mut found = Vec::new();
        for record in self.writes.iter().chain(&self.reads) {
            let in_pass = matches!(record.what, What::Access { step: earlier, .. } if earlier == step);
            let raster_order = in_pass && uses.is_attachment() && masks::only_attachment(record.access);
            if raster_order || (uses.concurrent && record.concurrent) {
                continue;
            }
            if let Some(kind) = self.hazard(record, queue, uses) {
                note(&mut found, record, kind);
            }
        }
        found
    }

    /// What is not protected between an earlier access and this one.
    fn hazard(&self, record: &Record, queue: usize, uses: &Use) -> Option<Kind> {
        if !record.writes {
            let races = |(stage, _): &(Stages, Accesses)| !record.is_before(queue, *stage);
            return (uses.writes() && uses.pairs.iter().any(races)).then_some(Kind::WriteAfterRead);
        }
        let mut kind = None;
        for &(stage, accesses) in &uses.pairs {
            let writes = masks::writes_of(accesses);
            let reads = accesses & !writes;
            if reads != 0 && !record.is_visible_to(queue, stage, reads) {
                return Some(Kind::ReadAfterWrite);
            }
            // The model wants no visibility between writes; after a transition the specification leaves it open.
            let strict = self.rules.strict || record.is_transition();
            let ordered =
                record.is_available_to(queue, stage) && (!strict || record.is_visible_to(queue, stage, writes));
            if writes != 0 && !ordered {
                kind = Some(Kind::WriteAfterWrite);
            }
        }
        kind
    }

    /// Compares layout, contents and owner with what an access needs, and goes on as if they were right.
    fn check_state(
        &mut self,
        queue: usize,
        uses: &Use,
        layout: Option<vk::ImageLayout>,
        contents: Contents,
    ) -> Option<StateFault> {
        let owner = self.check_owner(queue, contents);
        let layout = layout.filter(|layout| *layout != self.layout).map(|expected| {
            let found = std::mem::replace(&mut self.layout, expected);
            StateFault::Layout { found, expected }
        });
        let held = match (self.held, contents) {
            (Held::Lost { by, layout }, Contents::Keep) => Some(StateFault::Lost { by, layout }),
            (Held::Nothing, Contents::Keep) if uses.only_reads() => Some(StateFault::NeverWritten),
            (Held::Nothing | Held::Contents | Held::Lost { .. }, _) => None,
        };
        if uses.writes() || held.is_some() {
            self.held = Held::Contents;
        }
        owner.or(layout).or(held)
    }

    fn check_owner(&mut self, queue: usize, contents: Contents) -> Option<StateFault> {
        if self.resource.sharing == Sharing::Concurrent {
            return None;
        }
        let family = self.family(queue);
        let from = self.owner.replace(family);
        let released = self.released.take();
        if contents == Contents::Discard {
            return None;
        }
        if let Some(released) = released {
            let (transfer, by) = (released.transfer, Some(released.by));
            return Some(StateFault::Owner { transfer, released: by, layout: self.layout });
        }
        let from = from.filter(|from| *from != family)?;
        let transfer = Transfer { from, to: family };
        Some(StateFault::Owner { transfer, released: None, layout: self.layout })
    }

    /// Keeps an access for those that come after it.
    fn remember(&mut self, what: What, queue: usize, uses: &Use) {
        if uses.writes() && !uses.concurrent {
            self.writes.clear();
            self.reads.clear();
        }
        self.append(what, queue, uses);
    }

    fn append(&mut self, what: What, queue: usize, uses: &Use) {
        for &(stage, accesses) in &uses.pairs {
            let written = masks::writes_of(accesses);
            let access = if uses.writes() && written != 0 { written } else { accesses };
            let mut record = Record::new(what, queue, stage, access, written != 0);
            record.concurrent = uses.concurrent;
            self.keep(record);
        }
    }

    /// Of equal accesses only the latest counts: what is ordered after it is ordered after all of them.
    fn keep(&mut self, record: Record) {
        let records = if record.writes { &mut self.writes } else { &mut self.reads };
        let same = |old: &Record| {
            let key = |record: &Record| (record.queue, record.stage, record.concurrent);
            key(old) == key(&record) && (!record.writes || (old.access == record.access && record.concurrent))
        };
        match records.iter_mut().find(|old| same(old)) {
            Some(old) => *old = record,
            None => records.push(record),
        }
    }

    // A barrier call.

    fn call(&mut self, call: &Call, own: &[Own<'_>]) {
        let queue = call.queue;
        if !own.iter().any(|own| own.is_transition(self.resource, self.family(queue))) {
            for own in own {
                self.check_named_layout(own);
            }
            let memory = || call.memory.iter().map(|at| &call.dependencies[*at]);
            self.each(|record| record.call(call, memory().chain(own.iter().map(|own| own.by))));
            return;
        }
        for own in own {
            if own.is_transition(self.resource, self.family(queue)) {
                self.transition(queue, own);
            }
        }
    }

    /// A structure that changes nothing still has to name the layout that the image is in.
    fn check_named_layout(&mut self, own: &Own<'_>) {
        if let Some((old, _)) = own.layouts
            && old != self.layout
        {
            let state = StateFault::Layout { found: self.layout, expected: old };
            self.report(own.what, Vec::new(), Some(state));
            self.layout = old;
        }
    }

    /// A transition of layout or owner: a write between the two scopes of its structure.
    fn transition(&mut self, queue: usize, own: &Own<'_>) {
        let mut firsts = Vec::new();
        for record in self.writes.iter().chain(&self.reads) {
            if !record.is_before_transition(queue, own.by) {
                note(&mut firsts, record, record.kind_before_write());
            }
        }
        let state = match own.role(self.resource, self.family(queue)) {
            Role::Layout => self.change_layout(queue, own),
            Role::Release(transfer) => self.release(queue, own, transfer),
            Role::Acquire(transfer) => self.acquire(own, transfer),
        };
        self.report(own.what, firsts, state);
        self.writes.clear();
        self.reads.clear();
        self.writes.push(Record::transition(own.what, queue, own.by));
    }

    fn change_layout(&mut self, queue: usize, own: &Own<'_>) -> Option<StateFault> {
        let (old, new) = own.layouts?;
        let discards = old == vk::ImageLayout::UNDEFINED;
        let owner = self.check_owner(queue, if discards { Contents::Discard } else { Contents::Keep });
        let found = std::mem::replace(&mut self.layout, new);
        if discards {
            if matches!(self.held, Held::Contents) {
                self.held = Held::Lost { by: own.what, layout: found };
            }
            return owner;
        }
        owner.or((found != old).then_some(StateFault::Layout { found, expected: old }))
    }

    fn release(&mut self, queue: usize, own: &Own<'_>, transfer: Transfer) -> Option<StateFault> {
        let owner = self.check_owner(queue, Contents::Keep);
        let fault = own.layouts.filter(|(old, _)| *old != self.layout && *old != vk::ImageLayout::UNDEFINED);
        let fault = fault.map(|(old, _)| StateFault::Layout { found: self.layout, expected: old });
        self.owner = None;
        self.released = Some(Released { by: own.what, transfer, layouts: own.layouts });
        owner.or(fault)
    }

    fn acquire(&mut self, own: &Own<'_>, transfer: Transfer) -> Option<StateFault> {
        let released = self.released.take();
        let matches = released.is_some_and(|it| it.transfer == transfer && it.layouts == own.layouts);
        self.owner = Some(transfer.to);
        if let Some((_, new)) = own.layouts {
            self.layout = new;
        }
        let discards = own.layouts.is_some_and(|(old, _)| old == vk::ImageLayout::UNDEFINED);
        (!matches && !discards).then_some(StateFault::NoRelease { transfer })
    }

    // The host.

    fn host(&mut self, step: StepIndex, op: HostOp, at: usize) {
        let (access, writes) = match op {
            HostOp::Read => (masks::HOST_READ, false),
            HostOp::Write => (masks::HOST_WRITE, true),
        };
        let what = What::Host { step };
        let mut firsts = Vec::new();
        for record in self.writes.iter().chain(&self.reads).filter(|record| record.queue != HOST_QUEUE) {
            let protected = match (record.writes, op) {
                (true, HostOp::Read) => record.is_visible_to(HOST_QUEUE, masks::HOST, access),
                (true, HostOp::Write) if self.rules.strict => record.is_visible_to(HOST_QUEUE, masks::HOST, access),
                (true, HostOp::Write) => record.is_available_to(HOST_QUEUE, masks::HOST),
                (false, HostOp::Write) => record.is_before(HOST_QUEUE, masks::HOST),
                (false, HostOp::Read) => true,
            };
            if !protected {
                let kind = match op {
                    HostOp::Read => Kind::ReadAfterWrite,
                    HostOp::Write => record.kind_before_write(),
                };
                note(&mut firsts, record, kind);
            }
        }
        self.report(what, firsts, None);
        if writes {
            self.writes.clear();
            self.reads.clear();
            self.held = Held::Contents;
        }
        self.keep(Record::host(what, access, writes, at));
    }
}

/// What a structure does to the atom beside being a dependency.
enum Role {
    Layout,
    Release(Transfer),
    Acquire(Transfer),
}

impl<'d> Own<'d> {
    fn of(local: Local, by: &'d Dependency, target: &Target) -> Self {
        let what = What::Transition { step: local.step, item: local.item };
        let (layouts, transfer) = match target {
            Target::Memory => (None, None),
            Target::Buffer { transfer, .. } => (None, *transfer),
            Target::Image { old_layout, new_layout, transfer, .. } => (Some((*old_layout, *new_layout)), *transfer),
        };
        Self { what, by, layouts, transfer }
    }

    /// An ownership transfer exists between two families, of a resource that is not shared.
    fn role(&self, resource: &Resource, family: u32) -> Role {
        match self.transfer {
            Some(transfer) if resource.sharing == Sharing::Exclusive && transfer.from != transfer.to => {
                if family == transfer.from { Role::Release(transfer) } else { Role::Acquire(transfer) }
            }
            Some(_) | None => Role::Layout,
        }
    }

    fn is_transition(&self, resource: &Resource, family: u32) -> bool {
        match self.role(resource, family) {
            Role::Release(_) | Role::Acquire(_) => true,
            Role::Layout => self.layouts.is_some_and(|(old, new)| old != new),
        }
    }
}

/// Adds an earlier access to a finding; stages of one access come together.
fn note(found: &mut Vec<Unprotected>, record: &Record, kind: Kind) {
    match found.iter_mut().find(|other| other.what == record.what && other.kind == kind) {
        Some(other) => {
            other.stages |= record.stage;
            other.access |= record.access;
        }
        None => found.push(Unprotected {
            what: record.what,
            queue: record.queue,
            kind,
            stages: record.stage,
            access: if record.is_transition() { 0 } else { record.access },
            flushed: record.is_visible_to(record.queue, masks::HOST, masks::HOST_READ),
        }),
    }
}
