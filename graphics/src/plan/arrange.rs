//! From needs to the problem that placement solves, and back to gaps.
//!
//! Placement knows passes and dependencies, and may put a call before any pass. A pass that records its own barriers has no
//! call of ours before it, so it counts as part of the pass before: what it needs stays in its own gap, and no call is
//! placed there.

use std::collections::BTreeMap;

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::declare::pass::PassKind;
use crate::plan::history::{By, Transition};
use crate::plan::input::{Cadence, Compat, Effort, Exit, Input, PassInput, Policy};
use crate::plan::model::{Half, ResourceRef, Scope};
use crate::plan::need::{Behind, How, Need};
use crate::plan::placement::{self, Carrier, Choices, Dependency, Detour, Frame, Placement, Problem, Producer};
use crate::plan::queues::{Cell, Lane, Meeting, Place, WaitAt};
use crate::plan::scan::Scanned;

/// The needs of one queue of a frame as placement sees them, and what it chose.
#[derive(Debug)]
pub(super) struct Arranged {
    /// The need of each dependency of the problem.
    pub(super) needs: Vec<usize>,
    pub(super) problem: Problem,
    pub(super) choices: Choices,
    pub(super) placement: Placement,
    /// Where a call in each gap of the problem is recorded.
    places: Vec<Place>,
    /// The pass that each pass of the problem begins with; the number of passes for a cut.
    begins: Vec<usize>,
}

impl Arranged {
    /// Returns where a call of the problem is recorded.
    pub(super) fn place(&self, call: usize) -> Place {
        self.places[call]
    }

    /// Returns the gap of a call of the problem.
    pub(super) fn gap(&self, call: usize) -> usize {
        self.place(call).gap
    }

    /// Returns the pass that a pass of the problem begins with.
    pub(super) fn pass(&self, pass: usize) -> usize {
        self.begins[pass]
    }
}

/// Places the needs of passes whose barriers are emitted.
pub(super) fn arrange(input: &Input, scanned: &Scanned<'_>, meeting: &Meeting, lane: &Lane) -> Arranged {
    let blocks = Blocks::new(input, lane);
    let (problem, needs) = blocks.problem(scanned, meeting);
    let choices = choices(input);
    let mut placement = placement::place(&problem, &choices);
    blocks.narrow(&scanned.needs, &needs, meeting, &mut placement);
    let end = input.passes.len();
    let records_its_own = |pass: usize| !input.passes[pass].auto_barriers;
    let gaps = blocks.begins.iter().copied().chain([lane.cells.len()]);
    let places = gaps.map(|cell| lane.place(cell, end, records_its_own)).collect();
    let begins = blocks.begins.iter().map(|cell| match lane.cells[*cell] {
        Cell::Pass(pass) => pass,
        Cell::Wait | Cell::Signal => end,
    });
    Arranged { needs, problem, choices, placement, places, begins: begins.collect() }
}

/// Returns a better order of the passes of one queue, whose barriers are all emitted.
pub(super) fn reorder(
    input: &Input,
    scanned: &Scanned<'_>,
    meeting: &Meeting,
    lane: &Lane,
    groups: &[usize],
) -> Vec<usize> {
    placement::reorder(&Blocks::new(input, lane).problem(scanned, meeting).0, &choices(input), groups)
}

fn choices(input: &Input) -> Choices {
    let frame = match input.options.cadence {
        Cadence::Repeats => Frame::Repeats,
        Cadence::Once => Frame::Once,
    };
    let effort = match input.options.effort {
        Effort::Proportional => placement::Effort::Proportional,
        Effort::Steps(steps) => placement::Effort::Nodes(steps),
    };
    let riding = match input.options.compat {
        Compat::ValidationLayers => placement::Riding::OwnKey,
        Compat::Exact => placement::Riding::Any,
    };
    // Over several queues, transitions are narrowed once more by what waits order: nobody may rely on their scopes.
    let joining = match input.options.policy {
        Policy::PerResource => placement::Joining::Alone,
        _ if input.topology.queues().len() > 1 => placement::Joining::Alone,
        Policy::Joined | Policy::MergedGlobal | Policy::UnifiedLayouts => placement::Joining::InCall { key: JOINED },
    };
    Choices { frame, effort, riding, joining, ..Choices::default() }
}

/// The cells of a queue in blocks: the first cell, and each before which a call can stand, with those that follow.
struct Blocks<'a> {
    input: &'a Input,
    lane: &'a Lane,
    /// The cell that each begins with.
    begins: Vec<usize>,
    /// The block of each cell, and of the end.
    of: Vec<usize>,
}

impl<'a> Blocks<'a> {
    fn new(input: &'a Input, lane: &'a Lane) -> Self {
        let is_emitted = |cell: &Cell| match cell {
            Cell::Pass(pass) => input.passes[*pass].auto_barriers,
            Cell::Wait | Cell::Signal => true,
        };
        let count = lane.cells.len();
        let (mut begins, mut of) = (Vec::with_capacity(count), Vec::with_capacity(count + 1));
        for (index, cell) in lane.cells.iter().enumerate() {
            if index == 0 || is_emitted(cell) {
                begins.push(index);
            }
            of.push(begins.len() - 1);
        }
        of.push(begins.len());
        Self { input, lane, begins, of }
    }

    /// Makes the problem, and says which need each of its dependencies is.
    fn problem(&self, scanned: &Scanned<'_>, meeting: &Meeting) -> (Problem, Vec<usize>) {
        let (input, needs) = (self.input, &scanned.needs);
        let mut problem = Problem {
            passes: vec![S::NONE; self.begins.len()],
            dependencies: Vec::with_capacity(needs.len()),
            detours: self.detours(needs, meeting),
            alike: Vec::new(),
            can_stay: Vec::new(),
        };
        for (cell, block) in self.lane.cells.iter().zip(&self.of) {
            if let Cell::Pass(pass) = cell {
                problem.passes[*block] |= executed(&input.passes[*pass]);
            }
        }
        let mut kept = Vec::with_capacity(needs.len());
        for (index, need) in needs.iter().enumerate() {
            let Some(producer) = self.producer(need, meeting) else { continue };
            let consumer = self.consumer(need, meeting);
            if producer == Producer::Pass(consumer) {
                continue;
            }
            let carrier = if is_by_hand(input, need) { Carrier::Nothing } else { carrier(input, need) };
            let Need { first, second, .. } = *need;
            problem.dependencies.push(Dependency { producer, consumer, first, second, carrier });
            kept.push(index);
        }
        let placed = || kept.iter().map(|index| &needs[*index]);
        problem.alike = alike(placed(), scanned.transitions);
        problem.can_stay = can_stay(placed(), scanned.transitions);
        (problem, kept)
    }

    /// Returns what other queues order: what a wait holds back comes after all passes that the other queue has waited for, and
    /// so does what needs something of another queue.
    fn detours(&self, needs: &[Need<'_>], meeting: &Meeting) -> Vec<Detour> {
        let lane = self.lane;
        if meeting.waits.is_empty() {
            return Vec::new();
        }
        let last = |wait: &WaitAt| {
            let cell = lane.last_pass(wait.clock.latest(lane.queue)?)?;
            Some(self.of[cell])
        };
        let held_back = meeting.own().filter(|(_, wait)| wait.at.queue == lane.queue).filter_map(|(number, wait)| {
            let after = self.of[lane.wait(wait.at)?]..self.begins.len();
            Some(Detour { last: last(wait)?, after, stages: placement::held_back_by(meeting.stages[number]) })
        });
        let here =
            || needs.iter().filter(|need| need.on == lane.queue && !matches!(need.half, Some((Half::Release, _))));
        // What follows an acquire comes after what that is behind.
        let acquired: BTreeMap<u32, Option<&WaitAt>> = here()
            .filter_map(|need| match (need.how, need.half) {
                (How::Transition(made), Some((Half::Acquire, _))) => Some((made.number, meeting.wait_of(need))),
                _ => None,
            })
            .collect();
        let needed = here().filter_map(|need| {
            let wait = match need.how {
                How::AfterTransition(made) if acquired.contains_key(&made.number) => acquired[&made.number],
                _ => meeting.wait_of(need),
            };
            let last = last(wait?)?;
            let consumer = self.consumer(need, meeting);
            let stages = S::from_raw(u64::MAX);
            (last < consumer).then_some(Detour { last, after: consumer..consumer + 1, stages })
        });
        let mut detours: Vec<Detour> = held_back.chain(needed).collect();
        detours.sort_by_key(|detour| (detour.last, detour.after.start, detour.after.end));
        detours.dedup();
        detours
    }

    /// Returns who must finish before what a need needs; nobody on this queue, where a wait alone is enough.
    fn producer(&self, need: &Need<'_>, meeting: &Meeting) -> Option<Producer> {
        if need.on != self.lane.queue {
            return None;
        }
        // Before a first pass that records its own barriers, no call can stand.
        let head = match self.lane.cells.first() {
            Some(Cell::Pass(pass)) => !self.input.passes[*pass].auto_barriers,
            Some(Cell::Wait | Cell::Signal) | None => false,
        };
        match (need.behind, need.before.map(|before| before.by)) {
            (Behind::Elsewhere, _) => None,
            (Behind::Wait(wait), _) => match self.lane.wait(meeting.waits[wait].at) {
                Some(cell) => Some(Producer::Pass(self.of[cell])),
                None if head => Some(Producer::Pass(0)),
                None => Some(Producer::Outside),
            },
            (Behind::Access, Some(By::Pass { pass, .. } | By::Whole { pass })) => {
                Some(Producer::Pass(self.of[self.lane.pass(pass)]))
            }
            (Behind::Access, Some(By::Imported(_))) if self.import_cut(need).is_some() => {
                self.import_cut(need).map(|cut| Producer::Pass(self.of[cut]))
            }
            (Behind::Access, _) if head => Some(Producer::Pass(0)),
            (Behind::Access, Some(By::Past(_))) if self.is_used_outside(need) => Some(Producer::Outside),
            (Behind::Access, Some(By::Past(_))) => Some(Producer::PreviousFrame),
            (Behind::Access, Some(By::Imported(_) | By::Exit) | None) => Some(Producer::Outside),
        }
    }

    /// Where a wait before a transition orders what the transition waits for as well, its first scope names a stage that
    /// waited, unless that ordered more.
    fn narrow(&self, all: &[Need<'_>], needs: &[usize], meeting: &Meeting, placement: &mut Placement) {
        // What the other needs of each structure name, and the stages that waited for the rest.
        let mut firsts = vec![(Scope::default(), S::NONE); placement.structures.len()];
        for (index, met) in needs.iter().zip(&placement.met) {
            let (need, Some(met)) = (&all[*index], met) else { continue };
            let structure = &placement.structures[met.structure];
            let behind = self.waited(need, structure.gap, meeting);
            let (named, waited) = &mut firsts[met.structure];
            match behind.filter(|stage| orders_no_more(*stage, structure.first.stages)) {
                Some(stage) if met.how == placement::How::Directly => *waited |= stage,
                Some(_) | None => *named |= need.first,
            }
        }
        for (structure, (named, waited)) in placement.structures.iter_mut().zip(firsts) {
            if matches!(structure.carrier, Carrier::Transition(_)) && !waited.is_empty() {
                // What was covered by the stages that are left out is named itself.
                let stages = (structure.first.stages & named.stages) | waited;
                structure.first.stages = stages | (named.stages & !placement::orders_after(stages));
                structure.first.access &= named.access;
            }
        }
    }

    /// Returns a stage that waited, before a gap, for what a need of its own queue waits for.
    fn waited(&self, need: &Need<'_>, gap: usize, meeting: &Meeting) -> Option<S> {
        let before = need.before.filter(|_| need.behind == Behind::Access && need.half.is_none())?;
        let is_before = |at| self.lane.wait(at).is_none_or(|cell| self.of[cell] < gap);
        let mut waits = meeting.waits.iter().zip(&meeting.stages);
        let wait = waits.find(|(wait, _)| {
            wait.at.queue == need.on && wait.at > before.at && wait.covers(before.at) && is_before(wait.at)
        });
        wait.map(|(_, stages)| S::from_raw(stages.as_raw() & stages.as_raw().wrapping_neg()))
    }

    /// Returns the cut at which the submission begins that an import is handed over to.
    fn import_cut(&self, need: &Need<'_>) -> Option<usize> {
        need.before.and_then(|before| self.lane.cut_before(before.at))
    }

    /// Returns whether others use the resource between two frames: then the end of one is too early for what the next needs.
    fn is_used_outside(&self, need: &Need<'_>) -> bool {
        match self.input.resources.get(need.resource.0).map(|resource| &resource.exit) {
            Some(Exit::Present | Exit::Exported { .. }) => true,
            // The host finds the layout that the frame left.
            Some(Exit::HostRead) => matches!(need.how, How::Transition(_) | How::AfterTransition(_)),
            Some(Exit::Nothing) | None => false,
        }
    }

    fn consumer(&self, need: &Need<'_>, meeting: &Meeting) -> usize {
        match (need.half, need.after.by) {
            (Some((Half::Release, number)), _) => self.of[self.lane.signal(meeting.releases[number])],
            (Some((Half::Acquire, _)) | None, By::Pass { pass, .. } | By::Whole { pass }) => {
                self.of[self.lane.pass(pass)]
            }
            (Some((Half::Acquire, _)) | None, By::Exit | By::Past(_) | By::Imported(_)) => self.begins.len(),
        }
    }
}

/// Groups the transitions of parts of one image that have the layouts in common. Halves of ownership transfers stay where
/// they are: both are joined alike.
fn alike<'a>(needs: impl Iterator<Item = &'a Need<'a>>, transitions: u32) -> Vec<Option<u32>> {
    let (mut groups, mut alike) = (Vec::new(), vec![None; transitions as usize]);
    for need in needs {
        let (How::Transition(Transition { number, old, new, .. }), None) = (need.how, need.half) else { continue };
        let group = (need.resource, old, new);
        // Those of one resource stand together.
        let near =
            groups.iter().enumerate().rev().take_while(|(_, known): &(_, &(ResourceRef, _, _))| known.0 == group.0);
        let known = near.filter(|(_, known)| **known == group).map(|(index, _)| index).next();
        let index = known.unwrap_or(groups.len());
        if known.is_none() {
            groups.push(group);
        }
        alike[number as usize] = Some(index as u32);
    }
    alike
}

/// Lists, by their numbers, the transitions that may be memory dependencies instead.
fn can_stay<'a>(needs: impl Iterator<Item = &'a Need<'a>>, transitions: u32) -> Vec<bool> {
    let mut all = vec![false; transitions as usize];
    for need in needs {
        if let How::Transition(Transition { number, can_stay: true, .. }) = need.how {
            all[number as usize] = true;
        }
    }
    all
}

/// Returns whether a first scope of one stage orders nothing that one of others does not.
fn orders_no_more(stage: S, others: S) -> bool {
    let others = placement::orders_after(others);
    others.contains(placement::orders_after(stage))
}

/// Returns whether a need belongs to a pass that records its own barriers.
pub(super) fn is_by_hand(input: &Input, need: &Need<'_>) -> bool {
    match (need.half, need.after.by) {
        (Some((Half::Release, _)), _) | (_, By::Exit | By::Past(_) | By::Imported(_)) => false,
        (Some((Half::Acquire, _)) | None, By::Pass { pass, .. } | By::Whole { pass }) => {
            !input.passes[pass].auto_barriers
        }
    }
}

/// What rendering writes.
const ATTACHMENT_WRITES: A =
    A::from_raw(A::COLOR_ATTACHMENT_WRITE.as_raw() | A::DEPTH_STENCIL_ATTACHMENT_WRITE.as_raw());

/// The key of structures that resources may share.
pub(super) const JOINED: u32 = 0;

fn carrier(input: &Input, need: &Need<'_>) -> Carrier {
    let key = match input.options.policy {
        // Some devices flush more than the image where all memory waits for attachments.
        Policy::Joined if need.first.access.intersects(ATTACHMENT_WRITES) && need.how == How::Memory => {
            need.resource.0 as u32 + 1
        }
        Policy::Joined | Policy::MergedGlobal | Policy::UnifiedLayouts => JOINED,
        Policy::PerResource => need.resource.0 as u32,
    };
    match need.how {
        How::Memory => Carrier::Memory(key),
        How::Transition(transition) => Carrier::Transition(transition.number),
        How::AfterTransition(transition) => Carrier::AfterTransition { transition: transition.number, key },
        How::Covered => Carrier::Nothing,
        How::Everything => Carrier::Memory(placement::EVERYTHING),
    }
}

/// Returns the pipeline stages that a pass executes: of a draw more than its usages name.
pub(super) fn executed(pass: &PassInput) -> S {
    let used = pass.accesses.iter().fold(S::NONE, |stages, access| stages | access.usage.stages);
    match pass.kind {
        PassKind::Raster => {
            used | S::VERTEX_SHADER
                | S::EARLY_FRAGMENT_TESTS
                | S::FRAGMENT_SHADER
                | S::LATE_FRAGMENT_TESTS
                | S::COLOR_ATTACHMENT_OUTPUT
        }
        PassKind::Compute => used | S::COMPUTE_SHADER,
        PassKind::Transfer | PassKind::RayTracing => used,
        PassKind::Opaque => S::ALL_COMMANDS,
    }
}
