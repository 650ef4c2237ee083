//! Frames as a stream: one submit each, with what comes before and after on a queue of its own.

use std::collections::BTreeMap;

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::declare::access::Access as Direction;
use crate::declare::pass::PassKind;
use crate::judge::{
    Access, Barrier, Command, Contents, Event, Holds, HostAccess, HostOp, Order, Part, Pass, Point, QueueId,
    ResourceId, Scope, SemaphoreId, SemaphoreOp, Shape, Start, Stream, Submit, Target,
};
use crate::plan::{self, AccessInput, Entry, Exit, Input, PassInput, Plan, Policy, ResourceInput, Subresource};
use crate::usage::ImageUse;
use crate::verify::opaque;
use crate::verify::start::{self, Past};

/// Writes frames, each with its plan, as the command stream that they stand for.
///
/// All frames have the same resources. The first begins with what its entries say; the others go on from there, except
/// that an imported resource is handed over anew.
///
/// # Panics
///
/// If a plan is not one of its input.
#[track_caller]
pub fn stream(frames: &[(&Input, &Plan)]) -> Stream {
    let inputs: Vec<&Input> = frames.iter().map(|(input, _)| *input).collect();
    stream_with(&inputs, |frame, gap| {
        let call = frames[frame].1.call(gap)?;
        Some(call.barriers.iter().map(barrier).collect())
    })
}

/// Writes frames whose barriers come from elsewhere: `call` returns those of a frame that are recorded in a gap, right
/// before the pass of that number; the number of passes is the end of the frame. It names resources as the input does.
///
/// # Panics
///
/// If a barrier names a resource that the input does not have.
#[track_caller]
pub fn stream_with(frames: &[&Input], call: impl Fn(usize, usize) -> Option<Vec<Barrier>>) -> Stream {
    let mut writer = Writer::default();
    if let Some(first) = frames.first() {
        writer.begin(first);
    }
    for (frame, input) in frames.iter().enumerate() {
        writer.frame(frame as u64 + 1, input, |gap| call(frame, gap));
    }
    writer.stream
}

/// Writes one planned barrier as the judge sees it.
pub fn barrier(barrier: &plan::Barrier) -> Barrier {
    let target = match barrier.target.clone() {
        plan::Target::Memory => Target::Memory,
        plan::Target::Buffer { resource, bytes } => {
            Target::Buffer { resource: ResourceId(resource.0), bytes, transfer: None }
        }
        plan::Target::Image { resource, aspects, mips, layers, old_layout, new_layout } => {
            let resource = ResourceId(resource.0);
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer: None }
        }
    };
    Barrier { first: scope(barrier.first), second: scope(barrier.second), target }
}

const GRAPHICS: QueueId = QueueId(0);
const HANDED_OVER: SemaphoreId = SemaphoreId(0);
const DONE: SemaphoreId = SemaphoreId(1);

/// A resource of the input has the same number in the stream.
#[derive(Default)]
struct Writer {
    stream: Stream,
    /// Where what happens outside the present frame happens: the presentation, other code. What different resources are
    /// used for there has queues of its own, since nothing orders the presentation of one image after that of another.
    outside: Option<QueueId>,
    /// The last frame that used each resource, and where what happened outside it did.
    last_use: BTreeMap<usize, (u64, QueueId)>,
}

impl Writer {
    fn begin(&mut self, input: &Input) {
        self.stream.queue("graphics", 0);
        self.stream.semaphore("handed over");
        self.stream.semaphore("done");
        let mut past = Past::default();
        for (index, resource) in input.resources.iter().enumerate() {
            let shape = match resource.shape {
                plan::Shape::Buffer { len_bytes } => Shape::Buffer { len_bytes },
                plan::Shape::Image { mips, layers, aspects } => Shape::Image { aspects, mips, layers },
            };
            let start = start::start(GRAPHICS, resource.shape, &resource.entry);
            self.stream.resource(resource.name.clone(), shape, start);
            if let Entry::Persisted(state) = &resource.entry {
                state.parts().iter().for_each(|known| past.add(ResourceId(index), resource.shape, known));
            }
        }
        let commands = past.into_commands();
        if !commands.is_empty() {
            self.stream.submit(GRAPHICS, commands);
        }
    }

    fn frame(&mut self, number: u64, input: &Input, call: impl Fn(usize) -> Option<Vec<Barrier>>) {
        let waits = self.hand_over(number, input);
        let mut commands = Vec::new();
        for (gap, one) in input.passes.iter().enumerate() {
            commands.extend(call(gap).map(Command::Call));
            let mut pass = pass(input, one);
            if one.kind == PassKind::Opaque {
                opaque::widen(input, gap, &mut pass.accesses);
            }
            commands.push(Command::Pass(pass));
        }
        commands.extend(call(input.passes.len()).map(Command::Call));
        commands.extend(self.left(input).map(Command::Pass));
        self.submit(GRAPHICS, waits, commands, vec![done(number)]);
        self.show(number, input);
        self.read_back(number, input);
    }

    fn submit(&mut self, queue: QueueId, waits: Vec<SemaphoreOp>, commands: Vec<Command>, signals: Vec<SemaphoreOp>) {
        self.stream.events.push(Event::Submit(Submit { queue, waits, commands, signals }));
    }

    /// Hands over what another queue had: it has used it until then, and the frame waits for that.
    fn hand_over(&mut self, number: u64, input: &Input) -> Vec<SemaphoreOp> {
        let waiting: Vec<(usize, S)> = awaited(input).collect();
        if waiting.is_empty() {
            return Vec::new();
        }
        let last = waiting.iter().filter_map(|(index, _)| self.last_use.get(index).copied()).max();
        let outside = match last {
            Some((_, outside)) => outside,
            None if number == 1 => self.stream.queue("outside", 0),
            None => self.stream.queue(format!("outside {number}"), 0),
        };
        self.outside = Some(outside);
        self.last_use.extend(waiting.iter().map(|(index, _)| (*index, (number, outside))));
        let point = Point { semaphore: HANDED_OVER, value: number };
        let used = waiting.iter().map(|(index, _)| match &input.resources[*index].entry {
            Entry::Imported(imported) if imported.layout == vk::ImageLayout::UNDEFINED => {
                self.outside_read(*index, None).leaves_nothing()
            }
            Entry::Imported(_) | Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => {
                self.outside_read(*index, None)
            }
        });
        let before = Command::Pass(Pass { name: "outside".to_owned(), accesses: used.collect() });
        let waits = last.map(|(frame, _)| done(frame)).into_iter().collect();
        let signals = vec![SemaphoreOp { point, stages: S::ALL_COMMANDS }];
        self.submit(outside, waits, vec![before], signals);
        let stages = waiting.iter().fold(S::NONE, |all, (_, stages)| all | *stages);
        vec![SemaphoreOp { point, stages }]
    }

    fn outside_read(&self, index: usize, layout: Option<vk::ImageLayout>) -> Access {
        let everything = Scope::new(S::ALL_COMMANDS, A::MEMORY_READ);
        let access = Access { layout, ..Access::buffer(ResourceId(index), 0..0, everything) };
        Access { part: self.stream.resources[index].shape.whole(), ..access.discard() }
    }

    /// What the frame leaves for others, as accesses at its end.
    fn left(&self, input: &Input) -> Option<Pass> {
        let access = |(index, resource): (usize, &ResourceInput)| {
            let (scope, layout, by) = match resource.exit {
                Exit::Nothing | Exit::HostRead => return None,
                Exit::Present => (Scope::default(), vk::ImageLayout::PRESENT_SRC_KHR, "presented"),
                Exit::Exported { scope, layout, by } => (self::scope(scope), layout, by),
            };
            let whole = &self.stream.resources[index];
            // What nothing wrote may be left, too: what is in it is for others to know.
            let mut accesses = input.passes.iter().flat_map(|pass| &pass.accesses);
            let overwritten = accesses.any(|access| {
                access.resource.0 == index && access.access == Direction::Write && access.part == resource.shape.whole()
            });
            let contents = match &whole.start {
                _ if overwritten => Contents::Keep,
                Start::Undefined => Contents::Discard,
                Start::Kept(kept) if kept.iter().any(|kept| kept.holds == Holds::Nothing) => Contents::Discard,
                Start::HostWritten | Start::Kept(_) => Contents::Keep,
            };
            let layout = (layout != vk::ImageLayout::UNDEFINED).then_some(layout);
            let access = Access::buffer(ResourceId(index), 0..0, scope);
            Some(Access { part: whole.shape.whole(), layout, contents, note: Some(by.to_owned()), ..access })
        };
        let accesses: Vec<Access> = input.resources.iter().enumerate().filter_map(access).collect();
        (!accesses.is_empty()).then(|| Pass { name: "the end of the frame".to_owned(), accesses })
    }

    /// Presents what was handed over to be presented.
    fn show(&mut self, number: u64, input: &Input) {
        let shown = awaited(input).filter(|(index, _)| input.resources[*index].exit == Exit::Present);
        let shown: Vec<Access> =
            shown.map(|(index, _)| self.outside_read(index, Some(vk::ImageLayout::PRESENT_SRC_KHR))).collect();
        if let (false, Some(outside)) = (shown.is_empty(), self.outside) {
            let screen = Command::Pass(Pass { name: "the screen".to_owned(), accesses: shown });
            self.submit(outside, vec![done(number)], vec![screen], Vec::new());
        }
    }

    fn read_back(&mut self, number: u64, input: &Input) {
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
            self.stream.events.push(Event::HostWait(done(number).point));
            self.stream.events.extend(reads);
        }
    }
}

/// The resources that a frame waits for, with the stages that wait.
fn awaited(input: &Input) -> impl Iterator<Item = (usize, S)> {
    let is_used = |index: usize| {
        input.resources[index].exit != Exit::Nothing
            || input.passes.iter().any(|pass| pass.accesses.iter().any(|one| one.resource.0 == index))
    };
    input.resources.iter().enumerate().filter(move |(index, _)| is_used(*index)).filter_map(|(index, resource)| {
        match &resource.entry {
            Entry::Imported(imported) => Some((index, start::waits_for(imported)?)),
            Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => None,
        }
    })
}

fn done(number: u64) -> SemaphoreOp {
    SemaphoreOp { point: Point { semaphore: DONE, value: number }, stages: S::ALL_COMMANDS }
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
        (Policy::PerResource | Policy::MergedGlobal, Direction::Read) => image.read_layout,
        (Policy::PerResource | Policy::MergedGlobal, Direction::Write) => image.write_layout,
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
