//! What to add or change for a finding.

use ash::vk;

use super::describe::{Case, scope_of};
use super::masks;
use super::order::{Address, Step};
use super::record::{HOST_QUEUE, What};
use super::state::StateFault;
use super::story::Unprotected;
use super::stream::{Access, Barrier, HostOp, Part, QueueId, Scope, Target, Transfer};
use super::verdict::{Fix, Kind, Place};

impl Case<'_> {
    /// All that there is to do.
    pub(super) fn fixes(&self) -> Vec<Fix> {
        match self.finding.second {
            What::Access { step, item } => {
                let (queue, _, access) = self.access(step, item);
                self.fixes_of_access(step, queue, access)
            }
            What::Transition { step, item } => {
                let (queue, barrier) = self.barrier(step, item);
                self.fixes_of_transition(queue, barrier)
            }
            What::Host { step } => self.fixes_of_host(step),
            What::Last { .. } | What::HostBefore => Vec::new(),
        }
    }

    fn fixes_of_access(&self, step: usize, queue: QueueId, access: &Access) -> Vec<Fix> {
        let Some(place) = self.place(self.finding.second) else { return Vec::new() };
        let mut fixes = self.waits(queue, access.scope.stages);
        let in_pass = |first: &Unprotected| matches!(first.what, What::Access { step: other, .. } if other == step);
        if self.finding.firsts.iter().any(in_pass) {
            fixes.push(Fix::Split);
        }
        match self.finding.state {
            Some(StateFault::Owner { transfer, released, layout }) => {
                let layouts = access.layout.map(|expected| (layout, expected));
                fixes.push(match released {
                    Some(by) => Fix::Transfer { release: Vec::new(), acquire: self.acquire(by, access.scope) },
                    None => self.transfer(transfer, layouts, access.scope),
                });
                return fixes;
            }
            Some(StateFault::Lost { by: What::Transition { step, item }, layout }) => {
                let Address { event, command } = self.walk.steps[step].0;
                fixes.push(Fix::OldLayout { structure: Place { event, command, item }, layout });
            }
            Some(StateFault::NeverWritten) => fixes.push(Fix::Write),
            Some(StateFault::Lost { .. } | StateFault::Layout { .. } | StateFault::NoRelease { .. }) | None => {}
        }
        let layouts = self.layouts();
        if layouts.is_none() {
            fixes.extend(self.widened_transitions(queue, access.scope));
        }
        let mut first = self.first_scope(queue, in_pass);
        if layouts.is_some()
            && self.finding.protected.iter().any(|other| other.queue != queue.0 || !is_transition(other))
        {
            // What the access is protected from already has reached its own stages: chain with them.
            first.stages |= access.scope.stages;
        }
        if layouts.is_some() || first.stages != vk::PipelineStageFlags2::NONE {
            let barriers = self.barriers(first, access.scope, layouts.or(access.layout.map(|same| (same, same))), None);
            fixes.push(Fix::Add { before: place, barriers });
        }
        fixes
    }

    fn fixes_of_transition(&self, queue: QueueId, barrier: &Barrier) -> Vec<Fix> {
        let Some(structure) = self.place(self.finding.second) else { return Vec::new() };
        let waits_at = if barrier.first.stages == vk::PipelineStageFlags2::NONE {
            vk::PipelineStageFlags2::ALL_COMMANDS
        } else {
            barrier.first.stages
        };
        let mut fixes = self.waits(queue, waits_at);
        let first = self.first_scope(queue, |_| false);
        if first.stages != vk::PipelineStageFlags2::NONE {
            fixes.push(Fix::Widen { structure, first, second: Scope::default() });
        }
        match self.finding.state {
            Some(StateFault::Layout { found, .. }) => fixes.push(Fix::OldLayout { structure, layout: found }),
            Some(StateFault::Owner { transfer, released: None, .. }) => {
                fixes.push(self.transfer(transfer, layouts_of(barrier), barrier.second));
            }
            Some(StateFault::Owner { released: Some(by), .. }) => {
                let acquire = self.acquire(by, barrier.second);
                fixes.push(Fix::Transfer { release: Vec::new(), acquire });
            }
            Some(StateFault::NoRelease { transfer }) => {
                let first = self.released_scope(transfer);
                let release = self.barriers(first, Scope::default(), layouts_of(barrier), Some(transfer));
                fixes.push(Fix::Transfer { release, acquire: Vec::new() });
            }
            Some(StateFault::Lost { .. } | StateFault::NeverWritten) | None => {}
        }
        fixes
    }

    fn fixes_of_host(&self, step: usize) -> Vec<Fix> {
        let op = match &self.walk.steps[step].1 {
            Step::Host { access, .. } => access.op,
            other => unreachable!("a host access is not {other:?}"),
        };
        let access = match op {
            HostOp::Read => vk::AccessFlags2::HOST_READ,
            HostOp::Write => vk::AccessFlags2::HOST_WRITE,
        };
        let mut fixes = Vec::new();
        let unseen = |first: &&Unprotected| first.kind != Kind::WriteAfterRead && !first.flushed;
        let first = self.finding.firsts.iter().filter(unseen).map(scope_of).reduce(or_scope);
        if let Some(first) = first {
            let second = Scope::new(vk::PipelineStageFlags2::HOST, access);
            fixes.push(Fix::AddForHost { barriers: self.barriers(first, second, None, None) });
        }
        let mut queues: Vec<usize> = self.finding.firsts.iter().map(|first| first.queue).collect();
        queues.sort_unstable();
        queues.dedup();
        fixes.extend(queues.into_iter().filter_map(|queue| Some(Fix::HostWait { queue: self.queue_name(queue)? })));
        fixes
    }

    /// The scopes of the accesses on the same queue that are not protected.
    fn first_scope(&self, queue: QueueId, except: impl Fn(&Unprotected) -> bool) -> Scope {
        let mine = self.finding.firsts.iter().filter(|first| first.queue == queue.0 && !is_transition(first));
        mine.filter(|first| !except(first)).map(scope_of).reduce(or_scope).unwrap_or_default()
    }

    /// The waits for accesses on other queues.
    fn waits(&self, queue: QueueId, before: vk::PipelineStageFlags2) -> Vec<Fix> {
        let mut fixes: Vec<Fix> = Vec::new();
        if self.finding.firsts.iter().any(|first| first.queue == HOST_QUEUE) {
            fixes.extend(self.queue_name(queue.0).map(|queue| Fix::HostWait { queue }));
        }
        for first in self.finding.firsts.iter().filter(|first| first.queue != queue.0 && first.queue != HOST_QUEUE) {
            let after = if is_transition(first) {
                vk::PipelineStageFlags2::ALL_COMMANDS
            } else {
                masks::stage_flags(first.stages)
            };
            let (Some(signal), Some(wait)) = (self.queue_name(first.queue), self.queue_name(queue.0)) else { continue };
            let same = fixes.iter_mut().find_map(|fix| match fix {
                Fix::Wait { signal: other, after, .. } if *other == signal => Some(after),
                _ => None,
            });
            match same {
                Some(stages) => *stages |= after,
                None => fixes.push(Fix::Wait { signal, after, wait, before }),
            }
        }
        fixes
    }

    /// A transition is protected from what follows by its own second scope alone.
    fn widened_transitions(&self, queue: QueueId, second: Scope) -> Vec<Fix> {
        let transitions = self.finding.firsts.iter().filter(|first| first.queue == queue.0 && is_transition(first));
        transitions
            .filter_map(|first| {
                Some(Fix::Widen { structure: self.place(first.what)?, first: Scope::default(), second })
            })
            .collect()
    }

    fn transfer(&self, transfer: Transfer, layouts: Option<(vk::ImageLayout, vk::ImageLayout)>, second: Scope) -> Fix {
        let release = self.barriers(self.released_scope(transfer), Scope::default(), layouts, Some(transfer));
        Fix::Transfer { release, acquire: self.barriers(chained(second), second, layouts, Some(transfer)) }
    }

    /// The other half of a release.
    fn acquire(&self, release: What, second: Scope) -> Vec<Barrier> {
        let What::Transition { step, item } = release else { return Vec::new() };
        let (_, barrier) = self.barrier(step, item);
        let transfer = match barrier.target {
            Target::Memory => None,
            Target::Buffer { transfer, .. } | Target::Image { transfer, .. } => transfer,
        };
        self.barriers(chained(second), second, layouts_of(barrier), transfer)
    }

    /// What a release has to wait for: the accesses on queues of its family.
    fn released_scope(&self, transfer: Transfer) -> Scope {
        let all = self.finding.firsts.iter().chain(&self.finding.protected);
        let from = |first: &&Unprotected| {
            self.stream.queues.get(first.queue).is_some_and(|queue| queue.family == transfer.from)
        };
        all.filter(from).filter(|first| !is_transition(first)).map(scope_of).reduce(or_scope).unwrap_or_default()
    }

    fn barriers(
        &self,
        first: Scope,
        second: Scope,
        layouts: Option<(vk::ImageLayout, vk::ImageLayout)>,
        transfer: Option<Transfer>,
    ) -> Vec<Barrier> {
        let (old_layout, new_layout) = layouts.unwrap_or((vk::ImageLayout::GENERAL, vk::ImageLayout::GENERAL));
        let target = |part: &Part| match part.clone() {
            Part::Bytes(bytes) => Target::Buffer { resource: self.resource, bytes, transfer },
            Part::Texels { aspects, mips, layers } => {
                Target::Image { resource: self.resource, aspects, mips, layers, old_layout, new_layout, transfer }
            }
        };
        self.parts.iter().map(|part| Barrier { first, second, target: target(part) }).collect()
    }
}

/// The first scope of an acquire: the stages that wait for the semaphore, so that the two chain.
fn chained(second: Scope) -> Scope {
    Scope::new(second.stages, vk::AccessFlags2::NONE)
}

fn layouts_of(barrier: &Barrier) -> Option<(vk::ImageLayout, vk::ImageLayout)> {
    match barrier.target {
        Target::Image { old_layout, new_layout, .. } => Some((old_layout, new_layout)),
        Target::Buffer { .. } | Target::Memory => None,
    }
}

fn is_transition(first: &Unprotected) -> bool {
    matches!(first.what, What::Transition { .. })
}

fn or_scope(one: Scope, other: Scope) -> Scope {
    Scope::new(one.stages | other.stages, one.access | other.access)
}
