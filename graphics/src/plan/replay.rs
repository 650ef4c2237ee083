//! The story of one atom under the rules of the memory model, as the planner sees it: what lets a plan leave out a bit.
//!
//! A plan meets each need by scopes of its own. Some are met once more by what stands there for others: by a chain over
//! two calls, by a barrier of all memory. Whether they are is asked here, one atom at a time, and in doubt answered with no.

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::plan::atoms::holds;
use crate::plan::history::{History, Member, writes};
use crate::plan::input::Compat;
use crate::plan::model::{Barrier, Call, Scope, Subresource, Target};
use crate::plan::opaque::ANYTHING;
use crate::plan::placement::scope;
use crate::plan::touch::Touch;

/// One atom and what happens to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom<'a> {
    pub(super) resource: usize,
    pub(super) part: &'a Subresource,
    pub(super) touches: &'a [Touch],
    /// What is known before the frame.
    pub(super) entry: &'a History<'a>,
    /// The passes that may touch anything.
    pub(super) opaque: &'a [usize],
    /// Who is to understand that it is ordered.
    pub(super) compat: Compat,
}

/// How often the frame is replayed, and what comes before.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rounds<'a> {
    /// Once, after what is known.
    Once,
    /// Twice: after the prologue, and after itself. What it does not leave as it found it, is another one in the next frame.
    Loop { prologue: &'a [Barrier], steady: bool },
}

/// An access that later ones may have to wait for; each of its stages is one of these.
#[derive(Clone, Debug)]
struct Event {
    stages: S,
    written: A,
    write: bool,
    concurrent: bool,
    /// Whether no later write came that waits for it: other concurrent writers can join it.
    latest: bool,
    /// The stages whose later work comes after it.
    followed: S,
    /// The stages whose later work comes after what it wrote is available.
    available: S,
    visible: Vec<Scope>,
}

impl Atom<'_> {
    /// Returns whether everything that touches the atom waits for what it must.
    pub(super) fn is_ordered(&self, passes: usize, calls: &[Call], rounds: Rounds<'_>) -> bool {
        let mut events = self.before();
        match rounds {
            Rounds::Once => self.frame(&mut events, passes, calls, |_, _| true),
            Rounds::Loop { prologue, steady } => {
                let is_own = |gap, barrier: &Barrier| gap < passes || steady || !is_for_next_frame(barrier);
                self.call(&mut events, prologue.iter())
                    && self.frame(&mut events, passes, calls, is_own)
                    && older(&mut events)
                    && (steady || {
                        events = self.before();
                        let end = calls.last().filter(|call| call.gap == passes);
                        let prepared = end.into_iter().flat_map(|call| &call.barriers);
                        self.call(&mut events, prepared.filter(|barrier| is_for_next_frame(barrier)))
                    })
                    && self.frame(&mut events, passes, calls, is_own)
            }
        }
    }

    fn frame(
        &self,
        events: &mut Vec<Event>,
        passes: usize,
        calls: &[Call],
        is_own: impl Fn(usize, &Barrier) -> bool,
    ) -> bool {
        let (mut touches, mut opaque) = (self.touches, self.opaque);
        for call in calls {
            if !touches_before(events, &mut touches, &mut opaque, call.gap)
                || !self.call(events, call.barriers.iter().filter(|barrier| is_own(call.gap, barrier)))
            {
                return false;
            }
        }
        touches_before(events, &mut touches, &mut opaque, passes + 1)
    }

    /// What was before the frame. What was read since it was written, was made visible to those reads.
    fn before(&self) -> Vec<Event> {
        let entry = self.entry;
        let mut events = Vec::new();
        let seen: Vec<Scope> = entry.device_readers().map(|reader| reader.scope).collect();
        let followed = seen.iter().fold(S::NONE, |all, scope| all | scope::stages(scope.stages));
        for writer in &entry.writers {
            let visible = || seen.clone();
            add(&mut events, writer, |event| Event { followed, available: followed, visible: visible(), ..event });
        }
        if entry.transitioned && entry.writers.is_empty() {
            events.push(Event { visible: seen, ..transitioned(followed) });
        }
        if entry.settled.is_some() && entry.writers.is_empty() {
            events.push(Event { visible: vec![ANYTHING], ..transitioned(scope::second(S::ALL_COMMANDS)) });
        }
        for reader in entry.device_readers() {
            add(&mut events, reader, |event| event);
        }
        events
    }

    /// Applies the structures of one call, which do not chain with each other; `false` where a transition is too early.
    fn call<'b>(&self, events: &mut Vec<Event>, barriers: impl Iterator<Item = &'b Barrier> + Clone) -> bool {
        if events.is_empty() {
            let made = barriers.filter(|barrier| barrier.target.transition().is_some() && self.is_in(&barrier.target));
            events.extend(made.last().map(made_by));
            return true;
        }
        let before: Vec<(S, S)> = events.iter().map(|event| (event.followed, event.available)).collect();
        for barrier in barriers.clone() {
            let (first, second) = (scope::first(barrier.first.stages), scope::second(barrier.second.stages));
            let mine = self.is_in(&barrier.target);
            for (event, &(followed, available)) in events.iter_mut().zip(&before) {
                let holds = match self.compat {
                    Compat::ValidationLayers => mine,
                    Compat::Exact => true,
                };
                if !holds || !event.comes_before(first, followed) {
                    continue;
                }
                event.followed |= second;
                let reached = event.write && (event.is_named(barrier.first) || first.intersects(available));
                if mine && reached {
                    event.available |= second;
                    event.visible.push(barrier.second);
                }
            }
        }
        for barrier in barriers.filter(|barrier| barrier.target.transition().is_some() && self.is_in(&barrier.target)) {
            let first = scope::first(barrier.first.stages);
            let waits = |(event, &(followed, available)): (&Event, &(S, S))| {
                event.comes_before(first, followed)
                    && (!event.write || first.intersects(available) || event.is_named(barrier.first))
            };
            if !events.iter().zip(&before).all(waits) {
                return false;
            }
            *events = vec![made_by(barrier)];
        }
        true
    }

    fn is_in(&self, target: &Target) -> bool {
        match target {
            Target::Memory => true,
            Target::Buffer { .. } | Target::Image { .. } => {
                target.resource().is_some_and(|resource| resource.0 == self.resource)
                    && target.part().is_some_and(|whole| holds(&whole, self.part))
            }
        }
    }
}

impl Event {
    /// Returns whether a first scope with all of `first` waits for it, where `followed` came after it.
    fn comes_before(&self, first: S, followed: S) -> bool {
        (first.contains(self.stages) && !self.stages.is_empty()) || first.intersects(followed)
    }

    fn is_named(&self, first: Scope) -> bool {
        !self.stages.is_empty()
            && scope::stages(first.stages).contains(self.stages)
            && (first.access.contains(self.written) || first.access.contains(A::MEMORY_WRITE))
    }

    fn is_visible_to(&self, stage: S, access: A) -> bool {
        let seen = self.visible.iter().filter(|scope| scope::stages(scope.stages).contains(stage));
        let seen = seen.fold(A::NONE, |all, scope| all | scope.access);
        let mut left = access & !seen;
        if seen.contains(A::MEMORY_WRITE) {
            left &= !writes(left);
        }
        if seen.contains(A::MEMORY_READ) {
            left &= writes(left);
        }
        left.is_empty()
    }
}

/// Notes that what there is can be joined no more; always `true`.
fn older(events: &mut [Event]) -> bool {
    for event in events {
        event.latest = false;
    }
    true
}

/// Returns whether a barrier at END waits for something of the next frame.
pub(super) fn is_for_next_frame(barrier: &Barrier) -> bool {
    barrier.reasons.iter().any(|reason| reason.second.pass.is_some())
}

fn made_by(barrier: &Barrier) -> Event {
    Event { visible: vec![barrier.second], ..transitioned(scope::second(barrier.second.stages)) }
}

fn transitioned(followed: S) -> Event {
    let (stages, written) = (S::NONE, A::NONE);
    Event {
        stages,
        written,
        write: true,
        concurrent: false,
        latest: false,
        followed,
        available: followed,
        visible: Vec::new(),
    }
}

/// Makes all accesses before a gap; `false` where one does not wait.
fn touches_before(events: &mut Vec<Event>, touches: &mut &[Touch], opaque: &mut &[usize], gap: usize) -> bool {
    loop {
        let touch = touches.first().filter(|touch| touch.pass < gap);
        let other = opaque.first().filter(|pass| **pass < gap);
        let anything = |pass| Touch::anything(pass);
        let next = match (touch, other) {
            (None, None) => return true,
            (Some(touch), Some(pass)) if touch.pass == *pass => anything(*pass),
            (Some(touch), Some(pass)) if touch.pass > *pass => anything(*pass),
            (Some(touch), _) => *touch,
            (None, Some(pass)) => anything(*pass),
        };
        if touch.is_some_and(|touch| touch.pass == next.pass) {
            *touches = &touches[1..];
        }
        if other == Some(&next.pass) {
            *opaque = &opaque[1..];
        }
        if !access(events, &next) {
            return false;
        }
    }
}

/// Makes one access; `false` where it does not wait for what it must, or does not see it.
fn access(events: &mut Vec<Event>, touch: &Touch) -> bool {
    let stages = scope::stages(touch.scope.stages);
    // Concurrent writers join others, as long as nothing read what they wrote. In other stages they may have begun anew, after
    // writers of an earlier frame, and then they are waited for alone: so they are to be in order.
    let read = events.iter().any(|event| event.latest && !event.write);
    let joined = events.iter().filter(|event| event.latest && event.concurrent);
    let alike = joined.fold(S::NONE, |all, event| all | event.stages);
    let joins = touch.concurrent && !read && !alike.is_empty() && alike.contains(stages);
    for event in events.iter() {
        if !(touch.write || event.write) || (joins && event.latest && event.concurrent) {
            continue;
        }
        if !event.followed.contains(stages) {
            return false;
        }
        let sees = |stage| event.is_visible_to(stage, touch.scope.access);
        if event.write && !(event.available.contains(stages) && scope::bits(stages).all(sees)) {
            return false;
        }
    }
    // What comes after one of several concurrent writers waits for what they all waited for.
    if touch.write && !touch.concurrent {
        events.clear();
    } else if touch.write && !joins {
        older(events);
    }
    if touch.scope.stages != S::HOST {
        let Touch { scope, write, concurrent, .. } = *touch;
        let written = if write { writes(scope.access) } else { A::NONE };
        push(events, Event { written, write, concurrent, latest: true, ..transitioned(S::NONE) }, scope.stages);
    }
    true
}

fn add(events: &mut Vec<Event>, member: &Member<'_>, with: impl Fn(Event) -> Event) {
    let Member { scope, write, concurrent, .. } = *member;
    let written = if write { writes(scope.access) } else { A::NONE };
    push(events, with(Event { written, write, concurrent, ..transitioned(S::NONE) }), scope.stages);
}

/// Adds an access, once for each of its stages: each can be waited for alone.
fn push(events: &mut Vec<Event>, event: Event, stages: S) {
    let stages = scope::stages(stages);
    if stages == scope::stages(S::ALL_COMMANDS) {
        events.push(Event { stages, ..event });
    } else {
        events.extend(scope::bits(stages).map(|stages| Event { stages, ..event.clone() }));
    }
}
