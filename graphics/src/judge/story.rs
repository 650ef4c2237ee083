//! The story of one atom: a state machine that meets every access and every barrier in order.

use ash::vk;

use super::atoms::{self, Atom, Local};
use super::layout;
use super::lower::{Call, Lowered, Use};
use super::masks::{self, Accesses, Stages};
use super::order::{Step, StepIndex, Walk};
use super::record::{HOST_QUEUE, Record, What};
use super::state::{State, StateFault};
use super::stream::{Access, HostOp, Part, Resource, Sharing, Start, Stream};
use super::structure::{Role, Structure};
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

struct Story<'s> {
    stream: &'s Stream,
    resource: &'s Resource,
    rules: Rules,
    writes: Vec<Record>,
    reads: Vec<Record>,
    state: State,
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
        let (state, kept) = match &resource.start {
            Start::Undefined => (State::undefined(), None),
            Start::HostWritten => (State::host_written(), None),
            Start::Kept(kept) => {
                let mine = kept.iter().enumerate().find(|(_, kept)| atoms::contains(&kept.part, part));
                (mine.map_or(State::undefined(), |(_, kept)| State::kept(kept)), mine)
            }
        };
        let (writes, reads, findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut story = Self { stream, resource, rules, writes, reads, state, findings };
        if resource.start == Start::HostWritten {
            story.writes.push(Record::host(What::HostBefore, masks::HOST_WRITE, true, 0));
        }
        if let Some((part, kept)) = kept {
            for (item, last) in kept.last.iter().enumerate() {
                story.append(What::Last { part, item }, last.queue.0, &Use::of_scope(last.scope));
            }
        }
        story
    }

    fn step(&mut self, step: StepIndex, what: &Step<'_>, lowered: &Lowered, locals: &[Local]) {
        match (lowered, what) {
            (Lowered::Pass { queue, uses }, Step::Pass { pass, .. }) => {
                let wanted = locals.iter().filter_map(|local| pass.accesses[local.item].layout);
                let layout = layout::expected(self.state.layout(), wanted);
                for local in locals {
                    self.access(*local, *queue, &uses[local.item], layout, &pass.accesses[local.item]);
                }
            }
            (Lowered::Call(call), Step::Call { barriers, .. }) => {
                let own: Vec<Structure<'_>> = locals
                    .iter()
                    .map(|local| Structure::of(*local, &call.dependencies[local.item], &barriers[local.item].target))
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

    /// The family of a queue, where the resource is owned by one.
    fn family(&self, queue: usize) -> Option<u32> {
        match self.resource.sharing {
            Sharing::Exclusive => Some(self.stream.queues[queue].family),
            Sharing::Concurrent => None,
        }
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
        let state = self.state.access(self.family(queue), uses, layout, access);
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

    fn call(&mut self, call: &Call, own: &[Structure<'_>]) {
        let (queue, family) = (call.queue, self.family(call.queue));
        if own.iter().any(|own| own.role(family) != Role::Nothing) {
            for own in own {
                self.transition(queue, own);
            }
            return;
        }
        for own in own {
            let state = own.layouts.and_then(|(layout, _)| self.state.named(layout));
            self.report(own.what, Vec::new(), state);
        }
        let memory = || call.memory.iter().map(|at| &call.dependencies[*at]);
        self.each(|record| record.call(call, memory().chain(own.iter().map(|own| own.by))));
    }

    /// A transition of layout or owner: a write between the two scopes of its structure.
    fn transition(&mut self, queue: usize, own: &Structure<'_>) {
        let family = self.family(queue);
        let role = own.role(family);
        if role == Role::Nothing {
            return;
        }
        let mut firsts = Vec::new();
        for record in self.writes.iter().chain(&self.reads) {
            if !record.is_before_transition(queue, own.by) {
                note(&mut firsts, record, record.kind_before_write());
            }
        }
        let state = match role {
            Role::Nothing => None,
            Role::Layout(layouts) => self.state.transition(own.what, family, layouts),
            Role::Release(transfer) => self.state.release(own.what, transfer, own.layouts),
            Role::Acquire(transfer) => self.state.acquire(own.what, transfer, own.layouts),
        };
        self.report(own.what, firsts, state);
        self.writes.clear();
        self.reads.clear();
        self.writes.push(Record::transition(own.what, queue, own.by));
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
            self.state.written();
        }
        self.keep(Record::host(what, access, writes, at));
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
