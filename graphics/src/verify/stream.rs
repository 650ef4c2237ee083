//! Frames as a stream: one submit each, with what comes before and after on a queue of its own.

use std::collections::{BTreeMap, BTreeSet};

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::declare::access::Access as Direction;
use crate::declare::pass::PassKind;
use crate::judge::{
    Access, Barrier, Command, Contents, Event, Holds, HostAccess, HostOp, Order, Part, Pass, Point, QueueId,
    ResourceId, Scope, SemaphoreId, SemaphoreOp, Shape, Sharing, Start, Stream, Submit, Target, Transfer,
};
use crate::plan::{
    self, AccessInput, Entry, Exit, Input, PassInput, PastPoint, Plan, Policy, ResourceInput, ResourceRef, Submission,
    Subresource,
};
use crate::usage::ImageUse;
use crate::verify::opaque;
use crate::verify::past::{self, Past};
use crate::verify::start;

/// Writes frames, each with its plan, as the command stream that they stand for.
///
/// All frames have the same resources and the same queues. The first begins with what its entries say; the others go on from
/// there, except that an imported resource is handed over anew.
///
/// # Panics
///
/// If a plan is not one of its input.
#[track_caller]
pub fn stream(frames: &[(&Input, &Plan)]) -> Stream {
    written(frames, Lanes::Queues)
}

/// Writes frames as [`stream`] does, all on the first queue: what becomes of plans of
/// [`Topology::alias`](crate::plan::Topology::alias) on a device with one queue.
///
/// # Panics
///
/// If a plan is not one of its input.
#[track_caller]
pub fn stream_on_one_queue(frames: &[(&Input, &Plan)]) -> Stream {
    written(frames, Lanes::First)
}

#[track_caller]
fn written(frames: &[(&Input, &Plan)], lanes: Lanes) -> Stream {
    let mut writer = Writer::new(lanes);
    if let Some((first, _)) = frames.first() {
        writer.begin(first);
    }
    for (number, (input, plan)) in frames.iter().enumerate() {
        let end = input.passes.len();
        writer.frame(number as u64 + 1, input, &plan.submissions, |submission, gap| {
            let call = if gap == end { plan.closing_call(submission) } else { plan.call(gap) };
            Some(call?.barriers.iter().map(barrier).collect())
        });
    }
    writer.stream
}

/// Writes frames whose barriers come from elsewhere, on one queue: `call` returns those of a frame that are recorded in a
/// gap, right before the pass of that number; the number of passes is the end of the frame. It names resources as the input
/// does.
///
/// # Panics
///
/// If a barrier names a resource that the input does not have.
#[track_caller]
pub fn stream_with(frames: &[&Input], call: impl Fn(usize, usize) -> Option<Vec<Barrier>>) -> Stream {
    let mut writer = Writer::new(Lanes::First);
    if let Some(first) = frames.first() {
        writer.begin(first);
    }
    for (frame, input) in frames.iter().enumerate() {
        let all = (0..input.resources.len()).map(ResourceRef);
        let submission = Submission {
            passes: (0..input.passes.len()).collect(),
            imports: all.clone().collect(),
            exports: all.collect(),
            ..Submission::default()
        };
        writer.frame(frame as u64 + 1, input, &[submission], |_, gap| call(frame, gap));
    }
    writer.stream
}

/// Writes one planned barrier as the judge sees it.
pub fn barrier(barrier: &plan::Barrier) -> Barrier {
    let transfer = barrier.transfer.map(|transfer| Transfer { from: transfer.from, to: transfer.to });
    let target = match barrier.target.clone() {
        plan::Target::Memory => Target::Memory,
        plan::Target::Buffer { resource, bytes } => {
            Target::Buffer { resource: ResourceId(resource.0), bytes, transfer }
        }
        plan::Target::Image { resource, aspects, mips, layers, old_layout, new_layout } => {
            let resource = ResourceId(resource.0);
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer }
        }
    };
    Barrier { first: scope(barrier.first), second: scope(barrier.second), target }
}

/// Which queues the submissions go to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Lanes {
    /// Those of the topology.
    Queues,
    /// All to the first.
    First,
}

/// The timeline of a queue.
#[derive(Clone, Copy, Debug)]
struct Timeline {
    queue: QueueId,
    semaphore: SemaphoreId,
    /// How many submissions there were.
    value: u64,
}

impl Timeline {
    fn end(&self) -> SemaphoreOp {
        at(Point { semaphore: self.semaphore, value: self.value })
    }
}

/// A resource of the input has the same number in the stream.
struct Writer {
    lanes: Lanes,
    stream: Stream,
    /// One for each queue of the topology.
    timelines: Vec<Timeline>,
    /// What different resources are used for outside the frames has queues of its own, since nothing orders the presentation
    /// of one image after that of another.
    outside: BTreeMap<usize, (QueueId, SemaphoreId)>,
    /// The end of the last frame that used each resource which is handed over.
    last_use: BTreeMap<usize, Vec<SemaphoreOp>>,
}

impl Writer {
    fn new(lanes: Lanes) -> Self {
        Self {
            lanes,
            stream: Stream::default(),
            timelines: Vec::new(),
            outside: BTreeMap::new(),
            last_use: BTreeMap::new(),
        }
    }

    fn begin(&mut self, input: &Input) {
        for (index, spec) in input.topology.queues().iter().enumerate() {
            let name = spec.role.name();
            let queue = match self.lanes {
                Lanes::First if index > 0 => self.timelines[0].queue,
                Lanes::First | Lanes::Queues => self.stream.queue(name, spec.family),
            };
            let semaphore = self.stream.semaphore(format!("the timeline of {name}"));
            self.timelines.push(Timeline { queue, semaphore, value: 0 });
        }
        let mut past = Past::new(input);
        let first_uses = first_uses(input);
        for (index, resource) in input.resources.iter().enumerate() {
            let shape = match resource.shape {
                plan::Shape::Buffer { len_bytes } => Shape::Buffer { len_bytes },
                plan::Shape::Image { mips, layers, aspects } => Shape::Image { aspects, mips, layers },
            };
            let user = first_uses[index].map_or(0, |first| queue_of(input, first));
            let start = start::start(self.timelines[user].queue, resource.shape, &resource.entry);
            let id = self.stream.resource(resource.name.clone(), shape, start);
            self.stream.resources[id.0].sharing = match resource.sharing {
                plan::Sharing::Exclusive => Sharing::Exclusive,
                plan::Sharing::Concurrent => Sharing::Concurrent,
            };
            if let Entry::Persisted(state) = &resource.entry {
                state.parts().iter().for_each(|known| past.add(id, resource.shape, known));
            }
        }
        self.past(past);
    }

    /// Does what the entries of a first frame say that earlier frames did: for each queue some submissions, each of writes and
    /// of reads. A read waits for the writes that it saw.
    fn past(&mut self, past: Past) {
        let lanes: Vec<past::Lane> = past.lanes();
        let written: Vec<SemaphoreId> =
            lanes.iter().map(|_| self.stream.semaphore("the writes of earlier frames")).collect();
        let point = |queue: usize, age: usize| Point { semaphore: written[queue], value: age as u64 + 1 };
        let batches = || {
            let queues = lanes.iter().enumerate();
            queues
                .flat_map(|(queue, lane)| lane.batches.iter().enumerate().map(move |(age, batch)| (queue, age, batch)))
        };
        match self.lanes {
            Lanes::Queues => {
                for (queue, age, batch) in batches() {
                    self.submit(
                        self.timelines[queue].queue,
                        Vec::new(),
                        batch.writes.clone(),
                        vec![at(point(queue, age))],
                    );
                    self.past_reads(queue, batch, point);
                }
            }
            // What is read was submitted before.
            Lanes::First => {
                for (queue, age, batch) in batches() {
                    self.submit(
                        self.timelines[queue].queue,
                        Vec::new(),
                        batch.writes.clone(),
                        vec![at(point(queue, age))],
                    );
                }
                for (queue, _, batch) in batches() {
                    self.past_reads(queue, batch, point);
                }
            }
        }
        if let Lanes::First = self.lanes {
            // On one queue whatever waits for a timeline has waited for these, too. They hold for what follows.
            for (queue, _, batch) in batches() {
                self.past_waits(queue, batch);
            }
        }
    }

    fn past_reads(&mut self, queue: usize, batch: &past::Batch, point: impl Fn(usize, usize) -> Point) {
        let waits = batch.reads_after.iter().map(|(queue, age)| at(point(*queue, *age))).collect();
        let on = self.timelines[queue].queue;
        self.submit(on, waits, batch.reads.clone(), Vec::new());
        if let Lanes::Queues = self.lanes {
            self.past_waits(queue, batch);
        }
        self.timelines[queue].value += 1;
        let signals = vec![self.timelines[queue].end()];
        self.submit(on, Vec::new(), Vec::new(), signals);
    }

    fn past_waits(&mut self, queue: usize, batch: &past::Batch) {
        for (stages, points) in &batch.reached {
            let point = |(other, age): &(usize, usize)| {
                let point = Point { semaphore: self.timelines[*other].semaphore, value: *age as u64 + 1 };
                SemaphoreOp { point, stages: *stages }
            };
            let waits = points.iter().map(point).collect();
            self.submit(self.timelines[queue].queue, waits, Vec::new(), Vec::new());
        }
    }

    fn frame(
        &mut self,
        number: u64,
        input: &Input,
        submissions: &[Submission],
        call: impl Fn(usize, usize) -> Option<Vec<Barrier>>,
    ) {
        let before: Vec<Timeline> = self.timelines.clone();
        let mut ends: Vec<SemaphoreOp> = Vec::new();
        let first_uses = first_uses(input);
        let overwritten = overwritten(input);
        let handed_over = self.hand_over(number, input, &first_uses);
        let mut shown = Vec::new();
        for (index, submission) in submissions.iter().enumerate() {
            let mut waits: Vec<SemaphoreOp> =
                submission.waits.iter().filter_map(|wait| waited(wait, &before, &ends)).collect();
            let imports: BTreeSet<ResourceRef> = submission.imports.iter().copied().collect();
            waits.extend(handed_over.iter().filter(|(import, _)| imports.contains(import)).map(|one| one.1));
            let mut commands = Vec::new();
            for pass in &submission.passes {
                commands.extend(call(index, *pass).map(Command::Call));
                let mut written = self::pass(input, &input.passes[*pass]);
                if input.passes[*pass].kind == PassKind::Opaque {
                    opaque::widen(input, *pass, &mut written.accesses);
                }
                commands.push(Command::Pass(written));
            }
            commands.extend(call(index, input.passes.len()).map(Command::Call));
            commands.extend(self.left(input, &submission.exports, &overwritten).map(Command::Pass));
            let timeline = &mut self.timelines[submission.queue.0];
            timeline.value += 1;
            let (queue, end) = (timeline.queue, timeline.end());
            ends.push(end);
            self.submit(queue, waits, commands, vec![end]);
            shown.extend(submission.exports.iter().map(|export| (export.0, end)));
        }
        let all: Vec<SemaphoreOp> =
            self.timelines.iter().filter(|timeline| timeline.value > 0).map(Timeline::end).collect();
        self.last_use.extend(awaited(input, &first_uses).map(|(index, _)| (index, all.clone())));
        self.show(input, &shown);
        self.read_back(input, &all);
    }

    fn submit(&mut self, queue: QueueId, waits: Vec<SemaphoreOp>, commands: Vec<Command>, signals: Vec<SemaphoreOp>) {
        self.stream.events.push(Event::Submit(Submit { queue, waits, commands, signals }));
    }

    /// Hands over what another queue had: it has used it until then, and the frame waits for that.
    fn hand_over(
        &mut self,
        number: u64,
        input: &Input,
        first_uses: &[Option<usize>],
    ) -> Vec<(ResourceRef, SemaphoreOp)> {
        let waiting: Vec<(usize, S)> = awaited(input, first_uses).collect();
        let mut handed_over = Vec::with_capacity(waiting.len());
        for (index, stages) in waiting {
            let is_image = matches!(input.resources[index].shape, plan::Shape::Image { .. });
            let (family, leaves_nothing) = match &input.resources[index].entry {
                Entry::Imported(imported) => {
                    (imported.family, is_image && imported.layout == vk::ImageLayout::UNDEFINED)
                }
                Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => (None, false),
            };
            let user = input.topology.queues()[first_uses[index].map_or(0, |first| queue_of(input, first))].family;
            let known = self.outside.get(&index).copied();
            let (outside, semaphore) = known.unwrap_or_else(|| {
                let queue = self.stream.queue("outside", family.unwrap_or(user));
                (queue, self.stream.semaphore("handed over"))
            });
            self.outside.insert(index, (outside, semaphore));
            let used = self.outside_read(index, None);
            let used = if leaves_nothing { used.leaves_nothing() } else { used };
            let before = Command::Pass(Pass { name: "outside".to_owned(), accesses: vec![used] });
            let waits = self.last_use.get(&index).cloned().unwrap_or_default();
            let point = Point { semaphore, value: number };
            self.submit(outside, waits, vec![before], vec![at(point)]);
            handed_over.push((ResourceRef(index), SemaphoreOp { point, stages }));
        }
        handed_over
    }

    fn outside_read(&self, index: usize, layout: Option<vk::ImageLayout>) -> Access {
        let everything = Scope::new(S::ALL_COMMANDS, A::MEMORY_READ);
        let access = Access { layout, ..Access::buffer(ResourceId(index), 0..0, everything) };
        Access { part: self.stream.resources[index].shape.whole(), ..access.discard() }
    }

    /// What the frame leaves for others, as accesses at its end.
    fn left(&self, input: &Input, exports: &[ResourceRef], overwritten: &[bool]) -> Option<Pass> {
        let access = |&ResourceRef(index): &ResourceRef| {
            let (scope, layout, by) = match input.resources[index].exit {
                Exit::Nothing | Exit::HostRead => return None,
                Exit::Present => (Scope::default(), vk::ImageLayout::PRESENT_SRC_KHR, "presented"),
                Exit::Exported { scope, layout, by } => (self::scope(scope), layout, by),
            };
            let whole = &self.stream.resources[index];
            // What nothing wrote may be left, too: what is in it is for others to know.
            let contents = match &whole.start {
                _ if overwritten[index] => Contents::Keep,
                Start::Undefined => Contents::Discard,
                Start::Kept(kept) if kept.iter().any(|kept| kept.holds == Holds::Nothing) => Contents::Discard,
                Start::HostWritten | Start::Kept(_) => Contents::Keep,
            };
            let layout = (layout != vk::ImageLayout::UNDEFINED).then_some(layout);
            let access = Access::buffer(ResourceId(index), 0..0, scope);
            Some(Access { part: whole.shape.whole(), layout, contents, note: Some(by.to_owned()), ..access })
        };
        let exports: BTreeSet<ResourceRef> = exports.iter().copied().collect();
        let accesses: Vec<Access> = exports.iter().filter_map(access).collect();
        (!accesses.is_empty()).then(|| Pass { name: "the end of the frame".to_owned(), accesses })
    }

    /// Presents what was handed over to be presented.
    fn show(&mut self, input: &Input, handed_on: &[(usize, SemaphoreOp)]) {
        for (index, end) in handed_on.iter().filter(|(index, _)| input.resources[*index].exit == Exit::Present) {
            if let Some(&(outside, _)) = self.outside.get(index) {
                let shown = self.outside_read(*index, Some(vk::ImageLayout::PRESENT_SRC_KHR));
                let screen = Command::Pass(Pass { name: "the screen".to_owned(), accesses: vec![shown] });
                self.submit(outside, vec![*end], vec![screen], Vec::new());
            }
        }
    }

    fn read_back(&mut self, input: &Input, ends: &[SemaphoreOp]) {
        let read = |(index, resource): (usize, &ResourceInput)| match resource.exit {
            Exit::HostRead => Some(Event::Host(HostAccess {
                name: "the host".to_owned(),
                resource: ResourceId(index),
                part: self.stream.resources[index].shape.whole(),
                op: HostOp::Read,
            })),
            Exit::Nothing | Exit::Present | Exit::Exported { .. } => None,
        };
        let reads: Vec<Event> = input.resources.iter().enumerate().filter_map(read).collect();
        if !reads.is_empty() {
            self.stream.events.extend(ends.iter().map(|end| Event::HostWait(end.point)));
            self.stream.events.extend(reads);
        }
    }
}

/// Returns the queue that a pass asks for, without asking the planner.
fn queue_of(input: &Input, pass: usize) -> usize {
    input.topology.for_role(input.passes[pass].queue).map_or(0, |queue| queue.0)
}

/// Returns what a submission waits for; nothing, where there were not that many submissions.
fn waited(wait: &plan::Wait, before: &[Timeline], ends: &[SemaphoreOp]) -> Option<SemaphoreOp> {
    let point = match wait.point {
        plan::Point::Submission(submission) => ends[submission].point,
        plan::Point::Earlier(PastPoint { queue, back }) => {
            let Timeline { semaphore, value, .. } = before[queue.0];
            Point { semaphore, value: value.checked_sub(u64::from(back)).filter(|value| *value > 0)? }
        }
    };
    Some(SemaphoreOp { point, stages: wait.stages })
}

/// Returns the first pass that uses each resource.
fn first_uses(input: &Input) -> Vec<Option<usize>> {
    let mut first = vec![None; input.resources.len()];
    for (index, pass) in input.passes.iter().enumerate() {
        pass.accesses.iter().for_each(|access| _ = first[access.resource.0].get_or_insert(index));
    }
    first
}

/// Returns whether some pass writes the whole of each resource.
fn overwritten(input: &Input) -> Vec<bool> {
    let mut overwritten = vec![false; input.resources.len()];
    for access in input.passes.iter().flat_map(|pass| &pass.accesses) {
        let index = access.resource.0;
        overwritten[index] |= access.access == Direction::Write && access.part == input.resources[index].shape.whole();
    }
    overwritten
}

/// The resources that a frame waits for, with the stages that wait.
fn awaited<'a>(input: &'a Input, first_uses: &'a [Option<usize>]) -> impl Iterator<Item = (usize, S)> {
    let is_used = |index: usize| input.resources[index].exit != Exit::Nothing || first_uses[index].is_some();
    input.resources.iter().enumerate().filter(move |(index, _)| is_used(*index)).filter_map(|(index, resource)| {
        match &resource.entry {
            Entry::Imported(imported) => Some((index, start::waits_for(imported)?)),
            Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => None,
        }
    })
}

const fn at(point: Point) -> SemaphoreOp {
    SemaphoreOp { point, stages: S::ALL_COMMANDS }
}

// Passes as they are declared.

fn pass(input: &Input, pass: &PassInput) -> Pass {
    Pass { name: pass.name.to_string(), accesses: pass.accesses.iter().map(|one| access(input, one)).collect() }
}

fn access(input: &Input, access: &AccessInput) -> Access {
    let (row, shape) = (access.usage, input.resources[access.resource.0].shape);
    let flags = match access.access {
        Direction::Read => row.read,
        Direction::Write => row.write,
    };
    let layout = |image: ImageUse| match (input.options.policy, access.access) {
        (Policy::UnifiedLayouts, _) => vk::ImageLayout::GENERAL,
        (Policy::Joined | Policy::PerResource | Policy::MergedGlobal, Direction::Read) => image.read_layout,
        (Policy::Joined | Policy::PerResource | Policy::MergedGlobal, Direction::Write) => image.write_layout,
    };
    Access {
        resource: ResourceId(access.resource.0),
        part: part(&access.part, shape),
        scope: Scope::new(row.stages, flags.unwrap_or_default()),
        layout: match shape {
            plan::Shape::Buffer { .. } => None,
            plan::Shape::Image { .. } => row.image.map(layout),
        },
        contents: if access.discard { Contents::Discard } else { Contents::Keep },
        leaves: Holds::Contents,
        order: if access.concurrent { Order::Concurrent } else { Order::Ordered },
        note: Some(access.at.map_or_else(|| row.name.to_owned(), |at| format!("{} at {at}", row.name))),
    }
}

pub(super) const fn scope(scope: plan::Scope) -> Scope {
    Scope::new(scope.stages, scope.access)
}

/// No aspects are all of them; what reaches to the end ends at the end.
pub(super) fn part(part: &Subresource, shape: plan::Shape) -> Part {
    match (part.clone(), shape) {
        (Subresource::Buffer { bytes }, plan::Shape::Buffer { len_bytes }) => {
            Part::Bytes(bytes.start..bytes.end.min(len_bytes))
        }
        (
            Subresource::Image { aspects, mips, layers },
            plan::Shape::Image { mips: levels, layers: count, aspects: all },
        ) => Part::Texels {
            aspects: if aspects.is_empty() { all } else { aspects },
            mips: mips.start..mips.end.min(levels),
            layers: layers.start..layers.end.min(count),
        },
        (Subresource::Buffer { .. }, plan::Shape::Image { .. })
        | (Subresource::Image { .. }, plan::Shape::Buffer { .. }) => panic!("a part fits the kind of its resource"),
    }
}
