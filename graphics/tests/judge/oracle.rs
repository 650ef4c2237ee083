//! A second judge, as crude as can be: happens-before as a matrix over every stage of every pass, every structure of every
//! call, every signal and every wait; availability and visibility looked up in it, for every byte and texel.
//!
//! Streams here have no host accesses and no ownership transfers, and submits wait only for earlier ones.

use std::collections::BTreeSet;

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{
    Access, Barrier, Command, Event, Kind, Order, Part, Place, ResourceId, Scope, Stream, Target,
};

/// An unprotected pair: where the later access is, on which byte or texel, what is wrong, where the earlier access is.
pub(crate) type Pair = (Place, (usize, u64), Kind, Place);

/// The stages that the random streams use, and those that `ALL_TRANSFER` stands for.
const STAGES: [S; 12] = [
    S::DRAW_INDIRECT,
    S::VERTEX_SHADER,
    S::EARLY_FRAGMENT_TESTS,
    S::FRAGMENT_SHADER,
    S::LATE_FRAGMENT_TESTS,
    S::COLOR_ATTACHMENT_OUTPUT,
    S::COMPUTE_SHADER,
    S::COPY,
    S::CLEAR,
    S::BLIT,
    S::RESOLVE,
    S::ACCELERATION_STRUCTURE_COPY_KHR,
];
const GRAPHICS: [S; 6] = [STAGES[0], STAGES[1], STAGES[2], STAGES[3], STAGES[4], STAGES[5]];

fn names(mask: S, stage: S) -> bool {
    let transfer = !GRAPHICS.contains(&stage) && stage != S::COMPUTE_SHADER;
    mask.contains(stage)
        || mask.contains(S::ALL_COMMANDS)
        || (mask.contains(S::ALL_GRAPHICS) && GRAPHICS.contains(&stage))
        || (mask.contains(S::ALL_TRANSFER) && transfer)
}

fn is_earlier(one: S, other: S) -> bool {
    let at = |stage| GRAPHICS.iter().position(|known| *known == stage);
    match (at(one), at(other)) {
        (Some(one), Some(other)) => one < other,
        _ => one == S::DRAW_INDIRECT && other == S::COMPUTE_SHADER,
    }
}

fn in_first(mask: S, stage: S) -> bool {
    STAGES.iter().any(|named| names(mask, *named) && (*named == stage || is_earlier(stage, *named)))
}

fn in_second(mask: S, stage: S) -> bool {
    STAGES.iter().any(|named| names(mask, *named) && (*named == stage || is_earlier(*named, stage)))
}

fn scopes_meet(second: S, first: S) -> bool {
    STAGES.iter().any(|stage| in_second(second, *stage) && in_first(first, *stage))
}

const ACCESSES: [(A, bool, &[S]); 12] = [
    (A::ACCELERATION_STRUCTURE_WRITE_KHR, true, &[S::ACCELERATION_STRUCTURE_COPY_KHR]),
    (A::SHADER_STORAGE_READ, false, &[S::COMPUTE_SHADER, S::FRAGMENT_SHADER, S::VERTEX_SHADER]),
    (A::SHADER_STORAGE_WRITE, true, &[S::COMPUTE_SHADER, S::FRAGMENT_SHADER, S::VERTEX_SHADER]),
    (A::SHADER_SAMPLED_READ, false, &[S::COMPUTE_SHADER, S::FRAGMENT_SHADER, S::VERTEX_SHADER]),
    (A::UNIFORM_READ, false, &[S::COMPUTE_SHADER, S::FRAGMENT_SHADER, S::VERTEX_SHADER]),
    (A::TRANSFER_READ, false, &[S::COPY, S::BLIT, S::RESOLVE, S::ACCELERATION_STRUCTURE_COPY_KHR]),
    (A::TRANSFER_WRITE, true, &[S::COPY, S::CLEAR, S::BLIT, S::RESOLVE, S::ACCELERATION_STRUCTURE_COPY_KHR]),
    (A::DEPTH_STENCIL_ATTACHMENT_READ, false, &[S::EARLY_FRAGMENT_TESTS, S::LATE_FRAGMENT_TESTS]),
    (A::DEPTH_STENCIL_ATTACHMENT_WRITE, true, &[S::EARLY_FRAGMENT_TESTS, S::LATE_FRAGMENT_TESTS]),
    (A::COLOR_ATTACHMENT_WRITE, true, &[S::COLOR_ATTACHMENT_OUTPUT]),
    (A::COLOR_ATTACHMENT_READ, false, &[S::COLOR_ATTACHMENT_OUTPUT]),
    (A::INDIRECT_COMMAND_READ, false, &[S::DRAW_INDIRECT]),
];

/// The single accesses that a stage of a scope performs, with whether each writes.
fn performed(scope: Scope, stage: S) -> Vec<(A, bool)> {
    let rows = ACCESSES.iter().filter(|row| names(scope.stages, stage) && row.2.contains(&stage));
    rows.filter(|row| scope.access.contains(row.0)).map(|row| (row.0, row.1)).collect()
}

fn covers(mask: A, access: A, writes: bool) -> bool {
    mask.contains(access) || mask.contains(if writes { A::MEMORY_WRITE } else { A::MEMORY_READ })
}

/// A node of the relation. `at` counts commands, signals and waits over all queues.
#[derive(Clone, Copy)]
struct Node<'s> {
    queue: usize,
    at: usize,
    what: What<'s>,
}

#[derive(Clone, Copy)]
enum What<'s> {
    Work(S),
    Structure(&'s Barrier),
    /// The transition that a structure makes.
    Transition(&'s Barrier),
    Signal(S),
    /// The stages, and the node of the signal.
    Wait(S, usize),
}

/// What happens to bytes and texels, in order.
enum Touch<'s> {
    Access { access: &'s Access, place: Place, pass: usize, queue: usize, at: usize },
    Transition { barrier: &'s Barrier, place: Place, node: usize, structure: usize },
}

pub(crate) struct Oracle<'s> {
    stream: &'s Stream,
    strict: bool,
    nodes: Vec<Node<'s>>,
    touches: Vec<Touch<'s>>,
    /// Row i: the nodes that happen after node i.
    before: Vec<Vec<bool>>,
    direct: Vec<Vec<bool>>,
}

#[derive(Clone)]
struct Live {
    place: Place,
    pass: Option<usize>,
    node: usize,
    queue: usize,
    stage: Option<S>,
    accesses: Vec<A>,
    writes: bool,
    concurrent: bool,
    attachment: bool,
}

impl<'s> Oracle<'s> {
    pub(crate) fn new(stream: &'s Stream, strict: bool) -> Self {
        let mut oracle = Self { stream, strict, nodes: vec![], touches: vec![], before: vec![], direct: vec![] };
        oracle.collect();
        oracle.relate();
        oracle
    }

    fn collect(&mut self) {
        let mut at = 0;
        let mut signals: Vec<(u64, usize)> = Vec::new();
        for (event, what) in self.stream.events.iter().enumerate() {
            let Event::Submit(submit) = what else { panic!("only submits here") };
            let queue = submit.queue.0;
            for wait in &submit.waits {
                let known = signals.iter().filter(|(value, _)| *value >= wait.point.value);
                let (_, signal) = known.min_by_key(|(value, _)| *value).expect("earlier submits signal");
                self.nodes.push(Node { queue, at, what: What::Wait(wait.stages, *signal) });
                at += 1;
            }
            for (command, what) in submit.commands.iter().enumerate() {
                match what {
                    Command::Pass(pass) => {
                        for stage in STAGES {
                            self.nodes.push(Node { queue, at, what: What::Work(stage) });
                        }
                        for (item, access) in pass.accesses.iter().enumerate() {
                            let place = Place { event, command, item };
                            self.touches.push(Touch::Access { access, place, pass: at, queue, at });
                        }
                    }
                    Command::Call(barriers) => {
                        for (item, barrier) in barriers.iter().enumerate() {
                            let structure = self.nodes.len();
                            self.nodes.push(Node { queue, at, what: What::Structure(barrier) });
                            if let Target::Image { old_layout, new_layout, .. } = &barrier.target
                                && old_layout != new_layout
                            {
                                let place = Place { event, command, item };
                                let node = self.nodes.len();
                                self.nodes.push(Node { queue, at, what: What::Transition(barrier) });
                                self.touches.push(Touch::Transition { barrier, place, node, structure });
                            }
                        }
                    }
                }
                at += 1;
            }
            for signal in &submit.signals {
                signals.push((signal.point.value, self.nodes.len()));
                self.nodes.push(Node { queue, at, what: What::Signal(signal.stages) });
                at += 1;
            }
        }
    }

    fn relate(&mut self) {
        let count = self.nodes.len();
        self.direct = vec![vec![false; count]; count];
        for one in 0..count {
            for other in 0..count {
                self.direct[one][other] = self.is_directly_before(one, other);
            }
        }
        self.before = self.direct.clone();
        for middle in 0..count {
            for one in 0..count {
                if self.before[one][middle] {
                    for other in 0..count {
                        self.before[one][other] |= self.before[middle][other];
                    }
                }
            }
        }
    }

    fn is_directly_before(&self, one: usize, other: usize) -> bool {
        let (from, to) = (self.nodes[one], self.nodes[other]);
        if let (What::Signal(_), What::Wait(_, signal)) = (from.what, to.what) {
            return signal == one;
        }
        if from.queue != to.queue || from.at >= to.at {
            return false;
        }
        let second = match from.what {
            What::Work(stage) => {
                return match to.what {
                    What::Structure(barrier) | What::Transition(barrier) => in_first(barrier.first.stages, stage),
                    What::Signal(stages) => in_first(stages, stage),
                    What::Work(_) | What::Wait(..) => false,
                };
            }
            What::Structure(barrier) | What::Transition(barrier) => barrier.second.stages,
            What::Wait(stages, _) => stages,
            What::Signal(_) => return false,
        };
        let all = |stages: S| stages.contains(S::ALL_COMMANDS);
        let from_wait = matches!(from.what, What::Wait(..));
        let from_transition = matches!(from.what, What::Transition(_));
        match to.what {
            What::Work(stage) => in_second(second, stage),
            What::Structure(barrier) => scopes_meet(second, barrier.first.stages),
            What::Transition(barrier) => scopes_meet(second, barrier.first.stages) || (from_wait && all(second)),
            What::Signal(stages) => scopes_meet(second, stages) || (from_transition && all(stages)),
            What::Wait(..) => false,
        }
    }

    // Availability and visibility.

    /// Whether a structure applies to a byte or texel.
    fn applies(barrier: &Barrier, unit: (usize, u64)) -> bool {
        match &barrier.target {
            Target::Memory => true,
            Target::Buffer { resource, bytes, .. } => units(*resource, &Part::Bytes(bytes.clone())).contains(&unit),
            Target::Image { resource, aspects, mips, layers, .. } => {
                let part = Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.clone() };
                units(*resource, &part).contains(&unit)
            }
        }
    }

    /// The nodes that make a write to a unit available.
    fn makes_available(&self, write: &Live, unit: (usize, u64)) -> Vec<usize> {
        let Some(stage) = write.stage else { return vec![write.node] };
        let direct = (0..self.nodes.len()).filter(|node| self.direct[write.node][*node]);
        direct
            .filter(|node| match self.nodes[*node].what {
                What::Structure(barrier) => {
                    let all = write.accesses.iter().all(|access| covers(barrier.first.access, *access, true));
                    names(barrier.first.stages, stage) && all && Self::applies(barrier, unit)
                }
                What::Signal(_) => true,
                What::Work(_) | What::Transition(_) | What::Wait(..) => false,
            })
            .collect()
    }

    fn is_available_before(&self, write: &Live, unit: (usize, u64), node: usize) -> bool {
        self.makes_available(write, unit).iter().any(|made| self.before[*made][node])
    }

    fn is_visible_to(&self, write: &Live, unit: (usize, u64), node: usize, stage: S, access: A, writes: bool) -> bool {
        let made = self.makes_available(write, unit);
        let after = |node: usize| made.iter().any(|made| *made == node || self.before[*made][node]);
        let names_it =
            |barrier: &Barrier| names(barrier.second.stages, stage) && covers(barrier.second.access, access, writes);
        (0..self.nodes.len()).filter(|before| self.direct[*before][node]).any(|before| match self.nodes[before].what {
            What::Structure(barrier) => names_it(barrier) && Self::applies(barrier, unit) && after(before),
            What::Transition(barrier) => before == write.node && names_it(barrier),
            What::Wait(_, signal) => after(signal),
            What::Work(_) | What::Signal(_) => false,
        })
    }

    // The verdict.

    pub(crate) fn pairs(&self) -> BTreeSet<Pair> {
        let mut pairs = BTreeSet::new();
        let all: BTreeSet<(usize, u64)> = self.touches.iter().flat_map(|touch| touched(touch)).collect();
        for unit in all {
            let mut live: Vec<Live> = Vec::new();
            for touch in self.touches.iter().filter(|touch| touched(touch).contains(&unit)) {
                match touch {
                    Touch::Access { access, place, pass, queue, at } => {
                        let stages = self.stages_of(access, *place, *pass, *queue, *at);
                        let writes = stages.iter().any(|stage| stage.writes);
                        for earlier in &live {
                            self.check(earlier, &stages, writes, unit, &mut pairs);
                        }
                        let concurrent = access.order == Order::Concurrent;
                        if writes && !concurrent {
                            live.clear();
                        }
                        for stage in stages {
                            // The latest read of a stage stands for the earlier ones, as do equal concurrent writes.
                            live.retain(|old| {
                                let same = (old.queue, old.stage, old.concurrent, old.writes)
                                    == (stage.queue, stage.stage, stage.concurrent, stage.writes);
                                !(same && (!old.writes || (concurrent && old.accesses == stage.accesses)))
                            });
                            live.push(stage);
                        }
                    }
                    Touch::Transition { place, node, structure, .. } => {
                        for earlier in &live {
                            if !self.is_before_transition(earlier, unit, *node, *structure) {
                                let kind = if earlier.writes { Kind::WriteAfterWrite } else { Kind::WriteAfterRead };
                                pairs.insert((*place, unit, kind, earlier.place));
                            }
                        }
                        live = vec![Live {
                            place: *place,
                            pass: None,
                            node: *node,
                            queue: self.nodes[*node].queue,
                            stage: None,
                            accesses: vec![],
                            writes: true,
                            concurrent: false,
                            attachment: false,
                        }];
                    }
                }
            }
        }
        pairs
    }

    /// Each stage of an access that does something; of a stage that writes, the writes.
    fn stages_of(&self, access: &Access, place: Place, pass: usize, queue: usize, at: usize) -> Vec<Live> {
        let with_work = STAGES.into_iter().filter(|stage| !performed(access.scope, *stage).is_empty());
        with_work
            .map(|stage| {
                let performed = performed(access.scope, stage);
                let writes = performed.iter().any(|one| one.1);
                let is_work =
                    |node: &Node<'_>| node.at == at && matches!(node.what, What::Work(other) if other == stage);
                let attachments =
                    [A::COLOR_ATTACHMENT_WRITE, A::DEPTH_STENCIL_ATTACHMENT_READ, A::DEPTH_STENCIL_ATTACHMENT_WRITE];
                Live {
                    place,
                    pass: Some(pass),
                    node: self.nodes.iter().position(is_work).expect("every pass has every stage"),
                    queue,
                    stage: Some(stage),
                    accesses: performed.iter().filter(|one| one.1 == writes).map(|one| one.0).collect(),
                    writes,
                    concurrent: access.order == Order::Concurrent,
                    attachment: performed.iter().all(|one| attachments.contains(&one.0)),
                }
            })
            .collect()
    }

    fn check(&self, earlier: &Live, stages: &[Live], writes: bool, unit: (usize, u64), pairs: &mut BTreeSet<Pair>) {
        let Some(any) = stages.first() else { return };
        let raster = earlier.pass == any.pass && earlier.attachment && stages.iter().all(|stage| stage.attachment);
        if raster || (earlier.concurrent && any.concurrent) {
            return;
        }
        let mut kind = None;
        for later in stages {
            let stage = later.stage.expect("accesses have stages");
            if !earlier.writes {
                if writes && !self.before[earlier.node][later.node] {
                    kind = kind.or(Some(Kind::WriteAfterRead));
                }
                continue;
            }
            let scope = self.scope_at(later.place);
            let (written, read): (Vec<_>, Vec<_>) = performed(scope, stage).into_iter().partition(|one| one.1);
            let sees = |one: &(A, bool)| self.is_visible_to(earlier, unit, later.node, stage, one.0, one.1);
            if !read.iter().all(sees) {
                kind = Some(Kind::ReadAfterWrite);
            }
            let strict = self.strict || earlier.stage.is_none();
            let protected =
                self.is_available_before(earlier, unit, later.node) && (!strict || written.iter().all(sees));
            if !written.is_empty() && !protected {
                kind = kind.or(Some(Kind::WriteAfterWrite));
            }
        }
        pairs.extend(kind.map(|kind| (any.place, unit, kind, earlier.place)));
    }

    fn scope_at(&self, place: Place) -> Scope {
        let Event::Submit(submit) = &self.stream.events[place.event] else { panic!("only submits here") };
        let Command::Pass(pass) = &submit.commands[place.command] else { panic!("an access is in a pass") };
        pass.accesses[place.item].scope
    }

    fn is_before_transition(&self, earlier: &Live, unit: (usize, u64), node: usize, structure: usize) -> bool {
        let same_queue = self.nodes[earlier.node].queue == self.nodes[node].queue;
        match (earlier.stage, earlier.writes) {
            (None, _) if same_queue => true,
            (_, false) => self.before[earlier.node][node],
            (_, true) => {
                self.makes_available(earlier, unit).contains(&structure)
                    || self.is_available_before(earlier, unit, node)
            }
        }
    }
}

fn touched(touch: &Touch<'_>) -> Vec<(usize, u64)> {
    match touch {
        Touch::Access { access, .. } => units(access.resource, &access.part),
        Touch::Transition { barrier, .. } => match &barrier.target {
            Target::Image { resource, aspects, mips, layers, .. } => {
                units(*resource, &Part::Texels { aspects: *aspects, mips: mips.clone(), layers: layers.clone() })
            }
            Target::Memory | Target::Buffer { .. } => vec![],
        },
    }
}

/// The bytes or subresources of a part, each with its resource.
pub(crate) fn units(resource: ResourceId, part: &Part) -> Vec<(usize, u64)> {
    match part {
        Part::Bytes(bytes) => bytes.clone().map(|byte| (resource.0, byte)).collect(),
        Part::Texels { mips, layers, .. } => {
            let all =
                mips.clone().flat_map(|mip| layers.clone().map(move |layer| u64::from(mip) << 32 | u64::from(layer)));
            all.map(|texel| (resource.0, texel)).collect()
        }
    }
}
