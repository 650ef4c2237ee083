//! From findings about atoms to what is missing in the stream: who, where, and how.

use ash::vk;

use super::atoms::Atom;
use super::join;
use super::masks::{self, Stages};
use super::order::{Address, Step, Stuck, Walk};
use super::record::{HOST_QUEUE, What};
use super::state::StateFault;
use super::story::{Finding, Unprotected};
use super::stream::{Access, Barrier, Last, Part, QueueId, Resource, ResourceId, Scope, Start, Stream, Target};
use super::verdict::{Accessed, Actor, First, Fix, Kind, Missing, Place};

/// Describes one finding, which several atoms of a resource share.
pub(super) fn finding(stream: &Stream, walk: &Walk<'_>, finding: &Finding, atoms: &[&Atom]) -> Missing {
    let resource = atoms[0].resource;
    let parts = join::parts(atoms.iter().map(|atom| atom.part.clone()).collect());
    let case = Case { stream, walk, finding, resource, parts: &parts };
    Missing {
        kind: case.kind(),
        resource: Some(resource),
        name: stream.resources[resource.0].name.clone(),
        firsts: case.firsts(),
        second: case.accessed(finding.second),
        layouts: case.layouts(),
        fixes: case.fixes(),
        parts,
    }
}

/// Describes a wait that nothing satisfies.
pub(super) fn stuck(stream: &Stream, stuck: &Stuck) -> Missing {
    Missing {
        kind: Kind::NeverSignalled,
        resource: None,
        name: stream.semaphores[stuck.point.semaphore.0].clone(),
        parts: Vec::new(),
        firsts: Vec::new(),
        second: Accessed {
            actor: Actor::Wait,
            queue: stuck.queue.map(|queue| stream.queues[queue.0].name.clone()),
            scope: Scope::default(),
            place: Some(Place { event: stuck.address.event, command: stuck.address.command, item: 0 }),
            note: None,
        },
        layouts: None,
        fixes: vec![Fix::Signal { point: stuck.point }],
    }
}

/// A finding with all that it takes to describe it.
pub(super) struct Case<'s> {
    pub(super) stream: &'s Stream,
    pub(super) walk: &'s Walk<'s>,
    pub(super) finding: &'s Finding,
    pub(super) resource: ResourceId,
    pub(super) parts: &'s [Part],
}

impl<'s> Case<'s> {
    fn kind(&self) -> Kind {
        let state = self.finding.state.map(|state| match state {
            StateFault::Layout { .. } => Kind::Layout,
            StateFault::Lost { .. } => Kind::ContentsLost,
            StateFault::NeverWritten => Kind::NeverWritten,
            StateFault::Owner { .. } | StateFault::NoRelease { .. } => Kind::Ownership,
        });
        let hazard = self.finding.firsts.iter().map(|first| first.kind).min();
        match state {
            Some(Kind::Ownership) => Kind::Ownership,
            _ => hazard.or(state).unwrap_or(Kind::Layout),
        }
    }

    pub(super) fn layouts(&self) -> Option<(vk::ImageLayout, vk::ImageLayout)> {
        match self.finding.state {
            Some(StateFault::Layout { found, expected }) => Some((found, expected)),
            Some(
                StateFault::Lost { .. }
                | StateFault::NeverWritten
                | StateFault::Owner { .. }
                | StateFault::NoRelease { .. },
            )
            | None => None,
        }
    }

    fn firsts(&self) -> Vec<First> {
        let firsts = self.finding.firsts.iter();
        firsts
            .map(|first| {
                let mut access = self.accessed(first.what);
                if !matches!(first.what, What::Transition { .. }) {
                    access.scope = scope_of(first);
                }
                First { kind: first.kind, access }
            })
            .collect()
    }

    // Who and where.

    fn resource(&self) -> &'s Resource {
        &self.stream.resources[self.resource.0]
    }

    pub(super) fn queue_name(&self, queue: usize) -> Option<String> {
        (queue != HOST_QUEUE).then(|| self.stream.queues[queue].name.clone())
    }

    fn accessed(&self, what: What) -> Accessed {
        let place = self.place(what);
        let host = |name: &str| Accessed {
            actor: Actor::Host(name.to_owned()),
            queue: None,
            scope: Scope::default(),
            place,
            note: None,
        };
        match what {
            What::HostBefore => host("before the stream"),
            What::Last { part, item } => match self.last(part, item) {
                Some(last) => Accessed {
                    actor: Actor::Pass(last.pass.clone()),
                    queue: self.queue_name(last.queue.0),
                    scope: last.scope,
                    place,
                    note: None,
                },
                None => host("before the stream"),
            },
            What::Access { step, item } => {
                let (queue, name, access) = self.access(step, item);
                Accessed {
                    actor: Actor::Pass(name.to_owned()),
                    queue: self.queue_name(queue.0),
                    scope: access.scope,
                    place,
                    note: access.note.clone(),
                }
            }
            What::Transition { step, item } => {
                let (queue, barrier) = self.barrier(step, item);
                Accessed {
                    actor: self.transition_actor(queue, barrier),
                    queue: self.queue_name(queue.0),
                    scope: barrier.second,
                    place,
                    note: self.pass_after(step, queue).map(|pass| format!("before `{pass}`")),
                }
            }
            What::Host { step } => match &self.walk.steps[step].1 {
                Step::Host { access, .. } => host(&access.name),
                other => unreachable!("a host access is not {other:?}"),
            },
        }
    }

    /// Returns the pass that comes next on a queue: a call has no name, but stands before something that has.
    fn pass_after(&self, step: usize, on: QueueId) -> Option<&'s str> {
        self.walk.steps[step..].iter().find_map(|(_, step)| {
            let &Step::Pass { queue, pass } = step else { return None };
            (queue == on).then_some(&*pass.name)
        })
    }

    fn transition_actor(&self, queue: QueueId, barrier: &Barrier) -> Actor {
        let (layouts, transfer) = match &barrier.target {
            Target::Memory => (None, None),
            Target::Buffer { transfer, .. } => (None, *transfer),
            Target::Image { old_layout, new_layout, transfer, .. } => (Some((*old_layout, *new_layout)), *transfer),
        };
        match (transfer, layouts) {
            (Some(transfer), _) if self.stream.queues[queue.0].family == transfer.from => Actor::Release,
            (Some(_), _) => Actor::Acquire,
            (None, Some((old, new))) if old != new => Actor::Transition { old, new },
            (None, _) => Actor::Barrier,
        }
    }

    fn last(&self, part: usize, item: usize) -> Option<&'s Last> {
        match &self.resource().start {
            Start::Kept(kept) => kept.get(part)?.last.get(item),
            Start::Undefined | Start::HostWritten => None,
        }
    }

    pub(super) fn access(&self, step: usize, item: usize) -> (QueueId, &'s str, &'s Access) {
        match &self.walk.steps[step].1 {
            Step::Pass { queue, pass } => (*queue, &pass.name, &pass.accesses[item]),
            other => unreachable!("an access is not {other:?}"),
        }
    }

    pub(super) fn barrier(&self, step: usize, item: usize) -> (QueueId, &'s Barrier) {
        match &self.walk.steps[step].1 {
            Step::Call { queue, barriers } => (*queue, &barriers[item]),
            other => unreachable!("a structure is not {other:?}"),
        }
    }

    pub(super) fn place(&self, what: What) -> Option<Place> {
        let at = |step: usize, item| {
            let Address { event, command } = self.walk.steps[step].0;
            Some(Place { event, command, item })
        };
        match what {
            What::Last { .. } | What::HostBefore => None,
            What::Access { step, item } | What::Transition { step, item } => at(step, item),
            What::Host { step } => at(step, 0),
        }
    }
}

/// What a first scope has to name for it: of a read, the stages alone.
pub(super) fn scope_of(first: &Unprotected) -> Scope {
    let stages: Stages = first.stages;
    Scope::new(masks::stage_flags(stages), vk::AccessFlags2::from_raw(masks::writes_of(first.access)))
}
