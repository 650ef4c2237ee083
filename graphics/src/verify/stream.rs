//! Frames as a stream: one submit each, with what comes before and after on a queue of its own.

use std::collections::{BTreeMap, BTreeSet};

use ash::vk::PipelineStageFlags2 as S;

use crate::declare::pass::PassKind;
use crate::judge::{Barrier, Command, Event, Point, QueueId, SemaphoreId, SemaphoreOp, Shape, Sharing, Stream, Submit};
use crate::plan::{self, Entry, Input, PastPoint, Plan, ResourceRef, Submission};
use crate::verify::declared::{self, barrier};
use crate::verify::opaque;
use crate::verify::outside::{awaited, overwritten};
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
pub(super) struct Writer {
    lanes: Lanes,
    pub(super) stream: Stream,
    /// One for each queue of the topology.
    timelines: Vec<Timeline>,
    /// What different resources are used for outside the frames has queues of its own, since nothing orders the presentation
    /// of one image after that of another.
    pub(super) outside: BTreeMap<usize, (QueueId, SemaphoreId)>,
    /// The end of the last frame that used each resource which is handed over.
    pub(super) last_use: BTreeMap<usize, Vec<SemaphoreOp>>,
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
                let mut written = declared::pass(input, &input.passes[*pass]);
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

    pub(super) fn submit(
        &mut self,
        queue: QueueId,
        waits: Vec<SemaphoreOp>,
        commands: Vec<Command>,
        signals: Vec<SemaphoreOp>,
    ) {
        self.stream.events.push(Event::Submit(Submit { queue, waits, commands, signals }));
    }
}

/// Returns the queue that a pass asks for, without asking the planner.
pub(super) fn queue_of(input: &Input, pass: usize) -> usize {
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

pub(super) const fn at(point: Point) -> SemaphoreOp {
    SemaphoreOp { point, stages: S::ALL_COMMANDS }
}
