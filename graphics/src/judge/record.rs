//! What is known about one earlier access: what is ordered after it, to whom it is available, to whom it is visible.

use super::lower::{Call, Dependency};
use super::masks::{self, Accesses, EVERY_ACCESS, HOST, Stages, TRANSITION};
use super::order::{StepIndex, StepTime};
use super::verdict::Kind;

/// The host, as if it were a queue with the one stage HOST.
pub(super) const HOST_QUEUE: usize = usize::MAX;

/// What made an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum What {
    /// An access before the stream: of which part that the resource begins with, and which of its last accesses.
    Last { part: usize, item: usize },
    /// The host before the stream.
    HostBefore,
    /// An access of a pass.
    Access { step: StepIndex, item: usize },
    /// The transition of a structure: of layout or of ownership.
    Transition { step: StepIndex, item: usize },
    /// The host.
    Host { step: StepIndex },
}

/// How far an access reaches on one queue: what runs there later, by stage.
#[derive(Clone, Debug, Default)]
struct Reach {
    queue: usize,
    /// Stages whose later work happens after the access.
    ordered: Stages,
    /// Stages whose later work happens after an availability operation on it.
    available: Stages,
    /// Stages and accesses that it has been made visible to.
    visible: Vec<(Stages, Accesses)>,
}

impl Reach {
    fn sees(&self, stage: Stages, accesses: Accesses) -> bool {
        let seen = self.visible.iter().filter(|(stages, _)| stages & stage != 0).fold(0, |all, pair| all | pair.1);
        accesses & !seen == 0
    }
}

/// A signal operation that an access happens before.
#[derive(Clone, Copy, Debug)]
struct Covered {
    signal: StepIndex,
    available: bool,
    /// The host accesses it is visible to once the host has waited for the signal.
    host: Accesses,
}

/// One stage of an earlier access.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) what: What,
    pub(super) queue: usize,
    /// The stage, one bit.
    pub(super) stage: Stages,
    /// The accesses of that stage; of a write those that write.
    pub(super) access: Accesses,
    pub(super) writes: bool,
    pub(super) concurrent: bool,
    /// The moment from which on the host is ordered after it.
    host_since: Option<StepTime>,
    reach: Vec<Reach>,
    signals: Vec<Covered>,
}

impl Record {
    pub(super) fn new(what: What, queue: usize, stage: Stages, access: Accesses, writes: bool) -> Self {
        Self {
            what,
            queue,
            stage,
            access,
            writes,
            concurrent: false,
            host_since: None,
            reach: Vec::new(),
            signals: Vec::new(),
        }
    }

    /// An access of the host at a moment.
    pub(super) fn host(what: What, access: Accesses, writes: bool, at: StepTime) -> Self {
        Self { host_since: Some(at), ..Self::new(what, HOST_QUEUE, HOST, access, writes) }
    }

    /// A transition: available at once, and visible to the second scope of its own structure alone.
    pub(super) fn transition(what: What, queue: usize, by: &Dependency) -> Self {
        let mut record = Self::new(what, queue, TRANSITION, EVERY_ACCESS, true);
        record.reach.push(Reach {
            queue,
            ordered: by.second,
            available: by.second,
            visible: vec![(by.second_exact, by.second_access)],
        });
        record
    }

    pub(super) fn is_transition(&self) -> bool {
        matches!(self.what, What::Transition { .. })
    }

    /// The hazard that a write after it is.
    pub(super) fn kind_before_write(&self) -> Kind {
        if self.writes { Kind::WriteAfterWrite } else { Kind::WriteAfterRead }
    }

    fn reach(&self, queue: usize) -> Option<&Reach> {
        self.reach.iter().find(|reach| reach.queue == queue)
    }

    fn reach_mut(&mut self, queue: usize) -> &mut Reach {
        let at = self.reach.iter().position(|reach| reach.queue == queue).unwrap_or_else(|| {
            self.reach.push(Reach { queue, ..Reach::default() });
            self.reach.len() - 1
        });
        &mut self.reach[at]
    }

    fn ordered(&self, queue: usize) -> Stages {
        self.reach(queue).map_or(0, |reach| reach.ordered)
    }

    fn available(&self, queue: usize) -> Stages {
        self.reach(queue).map_or(0, |reach| reach.available)
    }

    /// Whether work of `stage` on `queue` from here on happens after the access.
    pub(super) fn is_before(&self, queue: usize, stage: Stages) -> bool {
        self.ordered(queue) & stage != 0
    }

    /// Whether it happens after the access was made available.
    pub(super) fn is_available_to(&self, queue: usize, stage: Stages) -> bool {
        self.available(queue) & stage != 0
    }

    /// Whether the access is visible to all of `accesses` by `stage` on `queue`.
    pub(super) fn is_visible_to(&self, queue: usize, stage: Stages, accesses: Accesses) -> bool {
        self.reach(queue).is_some_and(|reach| reach.sees(stage, accesses))
    }

    /// Whether the first scope of a structure contains the access itself, made available.
    fn is_in_access_scope(&self, queue: usize, by: &Dependency) -> bool {
        self.queue == queue && self.stage & by.first_exact != 0 && self.access & !by.first_access == 0
    }

    /// Whether a structure's own transition happens after the access; after its availability, if it is a write.
    ///
    /// A wait for a semaphore by all commands holds back transitions too, whatever their first scope is.
    pub(super) fn is_before_transition(&self, queue: usize, by: &Dependency) -> bool {
        // Transitions on one queue are in order among themselves.
        let follows = self.is_transition() && self.queue == queue;
        let scope = by.first | TRANSITION;
        let covered = if self.writes {
            self.is_in_access_scope(queue, by) || self.available(queue) & scope != 0
        } else {
            (self.queue == queue && self.stage & by.first != 0) || self.ordered(queue) & scope != 0
        };
        follows || covered
    }

    /// Applies one call: the order of all its structures, and the availability and visibility of those that concern the
    /// resource. Structures of one call do not chain with each other.
    pub(super) fn call<'d>(&mut self, call: &Call, structures: impl Iterator<Item = &'d Dependency>) {
        let queue = call.queue;
        let here = if self.queue == queue { self.stage } else { 0 };
        let (ordered, available) = (self.ordered(queue), self.available(queue));
        let (mut more_ordered, mut more_available) = (0, 0);
        for &(first, second) in &call.execution {
            if (here | ordered) & first != 0 {
                more_ordered |= second;
            }
            if available & first != 0 {
                more_available |= second;
            }
        }
        if more_ordered == 0 {
            return;
        }
        let reach = self.reach_mut(queue);
        reach.ordered |= more_ordered;
        reach.available |= more_available;
        if !self.writes {
            return;
        }
        for by in structures {
            if self.is_in_access_scope(queue, by) || available & by.first != 0 {
                let reach = self.reach_mut(queue);
                reach.available |= by.second;
                if by.second_access != 0 {
                    reach.visible.push((by.second_exact, by.second_access));
                }
            }
        }
    }

    /// Applies a signal: it makes available what is in its scope.
    pub(super) fn signal(&mut self, signal: StepIndex, queue: usize, first: Stages) {
        let directly = self.queue == queue && self.stage & first != 0;
        if !directly && self.ordered(queue) & first == 0 {
            return;
        }
        let available = directly || self.available(queue) & first != 0;
        let visible = |access| self.is_visible_to(queue, HOST, access);
        let host = [masks::HOST_READ, masks::HOST_WRITE].into_iter().filter(|access| visible(*access));
        let host = host.fold(0, |all, access| all | access);
        self.signals.push(Covered { signal, available, host });
    }

    fn covered(&self, signal: StepIndex) -> Option<Covered> {
        self.signals.iter().find(|covered| covered.signal == signal).copied()
    }

    /// Applies a wait of a queue: it makes visible to all that waits.
    pub(super) fn wait(&mut self, signal: StepIndex, queue: usize, second: Stages) {
        let Some(covered) = self.covered(signal) else { return };
        let reach = self.reach_mut(queue);
        reach.ordered |= second;
        if covered.available {
            reach.available |= second;
            reach.visible.push((second, EVERY_ACCESS));
        }
        if covered.host != 0 {
            reach.visible.push((HOST, covered.host));
        }
    }

    /// Applies a wait of the host: order, but visibility only of what a barrier made visible to the host.
    pub(super) fn host_wait(&mut self, signal: StepIndex, at: StepTime) {
        if let Some(covered) = self.covered(signal) {
            self.host_joins(covered.available, covered.host, at);
        }
    }

    /// Applies a wait of the host for all that was submitted.
    pub(super) fn idle(&mut self, at: StepTime) {
        if self.queue == HOST_QUEUE {
            return;
        }
        let queue = self.queue;
        let visible = |access| self.reach.iter().any(|reach| reach.queue == queue && reach.sees(HOST, access));
        let host = [masks::HOST_READ, masks::HOST_WRITE].into_iter().filter(|access| visible(*access));
        let host = host.fold(0, |all, access| all | access);
        self.host_joins(true, host, at);
    }

    fn host_joins(&mut self, available: bool, visible: Accesses, at: StepTime) {
        self.host_since.get_or_insert(at);
        let reach = self.reach_mut(HOST_QUEUE);
        reach.ordered |= HOST;
        if available {
            reach.available |= HOST;
            reach.visible.push((HOST, visible));
        }
    }

    /// Applies the submit of a batch: it is ordered after what the host did or waited for, and sees what the host wrote.
    pub(super) fn begin(&mut self, queue: usize, submitted: StepTime) {
        if self.host_since.is_none_or(|since| since > submitted) {
            return;
        }
        let by_host = self.queue == HOST_QUEUE;
        let available = by_host || self.is_available_to(HOST_QUEUE, HOST);
        let reach = self.reach_mut(queue);
        let everything = masks::DEVICE | TRANSITION;
        reach.ordered |= everything;
        if available {
            reach.available |= everything;
        }
        if by_host && !reach.visible.contains(&(everything, EVERY_ACCESS)) {
            reach.visible.push((everything, EVERY_ACCESS));
        }
    }
}
