//! How accesses that need something of another queue get it: a wait alone, or a barrier that chains behind one.
//!
//! A wait names the stages of the first accesses that need it, and no more than they need. What comes later on the queue, in
//! other stages, chains behind it by a barrier, as transitions and acquires do, which belong to no stage: their barrier names
//! one stage that waits.

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::plan::input::Input;
use crate::plan::model::{Half, Scope};
use crate::plan::need::{Behind, Handover, How, Need};
use crate::plan::placement::held_back_by;
use crate::plan::queues::assign::Assigned;
use crate::plan::queues::moment::Moment;
use crate::plan::queues::order::{Clock, Edge, WaitAt, order};
use crate::plan::scan::Scanned;
use crate::plan::state::PastPoint;
use crate::plan::topology::QueueRef;

/// The waits of a frame, after those that earlier frames left.
#[derive(Debug, Default)]
pub(crate) struct Meeting {
    /// How many are of earlier frames.
    pub(crate) earlier: usize,
    pub(crate) waits: Vec<WaitAt>,
    /// The stages of each.
    pub(crate) stages: Vec<S>,
    /// Those of them that go on with no barrier.
    alone: Vec<S>,
    /// The needs behind each.
    pub(crate) needs: Vec<Vec<usize>>,
    /// For each handover the moment before whose end it is released.
    pub(crate) releases: Vec<Moment>,
}

/// Chooses the waits, and says of each need what it comes behind.
pub(crate) fn meet(input: &Input, assigned: &Assigned<'_>, scanned: &mut Scanned<'_>) -> Meeting {
    if !assigned.topology.has_several_queues() {
        return Meeting::default();
    }
    let Scanned { needs, handovers, .. } = scanned;
    let mut across: Vec<usize> = (0..needs.len()).filter(|index| needs[*index].behind == Behind::Elsewhere).collect();
    across.sort_by_key(|index| (target(&needs[*index], handovers), *index));
    let edges = across.iter().filter(|index| !is_free(needs[**index].how));
    let mut edges: Vec<Edge> = edges.map(|index| edge(&needs[*index], handovers)).collect();
    let opaque = opaque_edges(assigned, needs);
    edges.extend(opaque.iter().map(|(_, edge)| *edge));
    let mut meeting = Meeting::before(input, assigned);
    let count = assigned.topology.queues().len();
    let mut reached = vec![Clock::new(count); count];
    for wait in &meeting.waits {
        reached[wait.at.queue.0].merge(&wait.clock);
    }
    meeting.waits.extend(order(&reached, edges));
    meeting.stages.resize(meeting.waits.len(), S::NONE);
    meeting.alone.resize(meeting.waits.len(), S::NONE);
    meeting.needs.resize(meeting.waits.len(), Vec::new());
    let targets: Vec<Moment> = across.iter().map(|index| target(&needs[*index], handovers)).collect();
    let mut begin = 0;
    for same in targets.chunk_by(|one, other| one == other) {
        meeting.group(needs, handovers, &across[begin..begin + same.len()]);
        begin += same.len();
    }
    for (need, Edge { to, from }) in opaque {
        meeting.wait_alone(to, from, S::ALL_COMMANDS);
        meeting.because(need, to, from);
    }
    for need in needs.iter_mut() {
        meeting.round_trip(need);
    }
    meeting.releases = meeting.last_signals(needs, handovers);
    meeting
}

/// What other needs wait for as well.
fn is_free(how: How) -> bool {
    match how {
        How::Memory | How::Transition(_) => false,
        How::AfterTransition(_) | How::Covered | How::Everything => true,
    }
}

/// A pass that may touch anything waits for all that other queues did in earlier frames.
fn opaque_edges(assigned: &Assigned<'_>, needs: &[Need<'_>]) -> Vec<(usize, Edge)> {
    let mut edges = Vec::new();
    let everything = needs.iter().enumerate().filter(|(_, need)| need.how == How::Everything);
    if let Some((index, need)) = everything.min_by_key(|(_, need)| need.after.at) {
        let others = (0..assigned.topology.queues().len()).map(QueueRef).filter(|queue| *queue != need.on);
        let last = |queue| Moment::past(PastPoint { queue, back: 0 });
        edges.extend(others.map(|queue| (index, Edge { to: need.after.at, from: last(queue) })));
    }
    edges
}

fn edge(need: &Need<'_>, handovers: &[Handover]) -> Edge {
    Edge { to: target(need, handovers), from: source(need, handovers) }
}

fn source(need: &Need<'_>, handovers: &[Handover]) -> Moment {
    match (need.half, need.before) {
        (Some((Half::Acquire, number)), _) => handovers[number].released,
        (Some((Half::Release, _)) | None, Some(before)) => before.at,
        (Some((Half::Release, _)) | None, None) => Moment::start(need.on),
    }
}

fn target(need: &Need<'_>, handovers: &[Handover]) -> Moment {
    match need.half {
        Some((Half::Release, number)) => handovers[number].released,
        Some((Half::Acquire, _)) | None => need.after.at,
    }
}

impl Meeting {
    /// The waits of earlier frames.
    fn before(input: &Input, assigned: &Assigned<'_>) -> Self {
        let count = assigned.topology.queues().len();
        let mut meeting = Self::default();
        for wait in input.reached.waits().iter().filter(|wait| wait.queue.0 < count) {
            let mut clock = Clock::new(count);
            wait.behind.iter().filter(|point| point.queue.0 < count).for_each(|point| clock.add(Moment::past(*point)));
            let at = Moment::past(PastPoint { queue: wait.queue, back: 0 });
            meeting.waits.push(WaitAt { at, from: at, clock });
            meeting.stages.push(wait.stages);
            meeting.alone.push(wait.stages);
        }
        meeting.earlier = meeting.waits.len();
        meeting
    }

    /// Returns the waits of the frame itself, with their numbers.
    pub(crate) fn own(&self) -> impl Iterator<Item = (usize, &WaitAt)> {
        self.waits.iter().enumerate().skip(self.earlier)
    }

    /// Returns the wait of the frame itself that what a need waits for on another queue is behind.
    pub(crate) fn wait_of(&self, need: &Need<'_>) -> Option<&WaitAt> {
        let number = match (need.behind, need.before) {
            (Behind::Wait(number), _) => number,
            (Behind::Elsewhere, Some(before)) => self.covering(need.after.at, before.at).next()?,
            (Behind::Elsewhere, None) | (Behind::Access, _) => return None,
        };
        self.waits.get(number).filter(|_| number >= self.earlier)
    }

    /// Meets the needs of one moment.
    fn group(&mut self, needs: &mut [Need<'_>], handovers: &[Handover], group: &[usize]) {
        // First what a wait alone can do: what chains behind it may then use stages that wait already.
        let mut chained = Vec::new();
        for &index in group {
            let (how, Edge { to, from }) = (needs[index].how, edge(&needs[index], handovers));
            match how {
                How::Memory => {
                    if self.wait_alone(to, from, needs[index].second.stages) {
                        needs[index].how = How::Covered;
                        self.because(index, to, from);
                    } else {
                        chained.push(index);
                    }
                }
                How::Transition(_) | How::AfterTransition(_) => chained.push(index),
                How::Covered | How::Everything => {}
            }
        }
        chained.sort_by_key(|index| needs[*index].second.stages.as_raw().count_ones());
        let here = self
            .waits
            .iter()
            .enumerate()
            .filter(|(_, wait)| group.first().is_some_and(|first| wait.at == target(&needs[*first], handovers)));
        let here: Vec<usize> = here.map(|(number, _)| number).collect();
        for index in chained {
            let Edge { to, from } = edge(&needs[index], handovers);
            let Some(wait) = self.covering(to, from).next() else { continue };
            let stage = self.stage_behind(wait, to, needs[index].second.stages);
            needs[index].behind = Behind::Wait(wait);
            needs[index].first = Scope { stages: stage, access: A::NONE };
            if !matches!(needs[index].how, How::AfterTransition(_)) {
                self.needs[wait].push(index);
            }
        }
        for wait in here {
            self.narrow(wait);
        }
    }

    /// A stage that waits holds back logically later ones, so that what chains behind a wait chains behind an earlier one, too.
    fn narrow(&mut self, wait: usize) {
        let all = self.stages[wait];
        for bit in (0..64).map(|bit| S::from_raw(1 << bit)).filter(|bit| all.contains(*bit)) {
            let others = self.stages[wait] & !bit;
            if !self.alone[wait].contains(bit) && held_back_by(others).contains(bit) {
                self.stages[wait] = others;
            }
        }
    }

    fn because(&mut self, need: usize, to: Moment, from: Moment) {
        let first = self.covering(to, from).next();
        if let Some(wait) = first {
            self.needs[wait].push(need);
        }
    }

    /// Returns the waits at or before a moment that another one is behind, the earliest first.
    fn covering(&self, to: Moment, from: Moment) -> impl Iterator<Item = usize> {
        let covers = move |wait: &WaitAt| wait.at.queue == to.queue && wait.at.key <= to.key && wait.covers(from);
        self.waits.iter().enumerate().filter(move |(_, wait)| covers(wait)).map(|(index, _)| index)
    }

    /// Returns whether waits hold back all of `stages`; one that waits right here does.
    fn wait_alone(&mut self, to: Moment, from: Moment, stages: S) -> bool {
        if stages.intersects(S::HOST) {
            // The host waits for no semaphore's stages: a barrier makes visible to it.
            return false;
        }
        let waiting = self.covering(to, from).fold(S::NONE, |all, wait| all | self.stages[wait]);
        let missing = stages & !waiting;
        let here = self.covering(to, from).find(|wait| self.waits[*wait].at == to);
        match here {
            Some(wait) => {
                self.stages[wait] |= missing;
                self.alone[wait] |= missing;
                self.some_stage(wait);
            }
            None if missing.is_empty() => {}
            None => return false,
        }
        true
    }

    /// Where no stage goes on, as for a presentation, all wait.
    fn some_stage(&mut self, wait: usize) {
        if self.stages[wait].is_empty() {
            self.stages[wait] = S::ALL_COMMANDS;
        }
    }

    /// Returns a stage that waits, for a barrier to chain behind.
    fn stage_behind(&mut self, wait: usize, to: Moment, stages: S) -> S {
        let (waiting, stages) = (self.stages[wait], stages & !S::HOST);
        let held_back = held_back_by(waiting) & stages;
        if !held_back.is_empty() {
            return if (waiting & stages).is_empty() { lowest(held_back) } else { lowest(waiting & stages) };
        }
        if self.waits[wait].at != to {
            return lowest(waiting);
        }
        self.stages[wait] |= lowest(stages);
        self.some_stage(wait);
        lowest(self.stages[wait] & if stages.is_empty() { S::from_raw(u64::MAX) } else { stages })
    }

    /// Two accesses of one queue can be in order through another queue: then the wait is the barrier.
    fn round_trip(&self, need: &mut Need<'_>) {
        let (Behind::Access, How::Memory, Some(before)) = (need.behind, need.how, need.before) else { return };
        let waits = self.covering(need.after.at, before.at).filter(|wait| self.waits[*wait].at > before.at);
        let waiting = waits.fold(S::NONE, |all, wait| all | self.stages[wait]);
        if waiting.contains(need.second.stages) && need.on == before.at.queue {
            need.how = How::Covered;
        }
    }

    /// Returns for each handover the last signal of the releasing queue that the acquire is behind.
    fn last_signals(&self, needs: &[Need<'_>], handovers: &[Handover]) -> Vec<Moment> {
        let mut signals: Vec<Moment> = handovers.iter().map(|handover| handover.released).collect();
        for need in needs {
            if let (Some((Half::Acquire, number)), Behind::Wait(wait)) = (need.half, need.behind) {
                signals[number] = self.waits[wait].clock.latest(signals[number].queue).unwrap_or(signals[number]);
            }
        }
        signals
    }

    /// Returns the moments at whose end a queue signals something that is waited for in this frame.
    pub(crate) fn signals(&self, queue: QueueRef) -> impl Iterator<Item = i64> {
        self.waits
            .iter()
            .map(|wait| wait.from)
            .filter(move |from| from.queue == queue && from.key >= 0)
            .map(|from| from.key)
    }
}

fn lowest(stages: S) -> S {
    let raw = stages.as_raw();
    S::from_raw(raw & raw.wrapping_neg())
}
