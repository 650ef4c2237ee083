//! Frames as a stream: one submit each, with what comes before and after on a queue of its own.

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::declare::access::Access;
use crate::judge::{
    self, Command, Contents, Event, HostAccess, HostOp, Order, Part, Point, QueueId, SemaphoreId, SemaphoreOp, Stream,
    Submit,
};
use crate::plan::{
    AccessInput, Barrier, Entry, Exit, Input, PassInput, Plan, Policy, Scope, Shape, Subresource, Target, serving,
};
use crate::verify::start::{self, Piece};

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
    let mut stream = Stream::default();
    let queue = stream.queue("graphics", 0);
    let outside = stream.queue("outside", 0);
    let (handed_over, done) = (stream.semaphore("handed over"), stream.semaphore("done"));
    let Some((first, _)) = frames.first() else { return stream };
    let (pieces, commands) = start::pieces(&mut stream, queue, first);
    if !commands.is_empty() {
        stream.submit(queue, commands);
    }
    let mut writer = Writer { stream, queue, outside, handed_over, done, pieces };
    for (number, (input, plan)) in frames.iter().enumerate() {
        writer.frame(number as u64 + 1, input, plan);
    }
    writer.stream
}

struct Writer {
    stream: Stream,
    queue: QueueId,
    /// Where what happens outside the frames happens: the presentation, other code.
    outside: QueueId,
    handed_over: SemaphoreId,
    done: SemaphoreId,
    pieces: Vec<Vec<Piece>>,
}

impl Writer {
    fn frame(&mut self, number: u64, input: &Input, plan: &Plan) {
        let waits = self.hand_over(number, input);
        let mut commands = Vec::new();
        for gap in 0..=input.passes.len() {
            if let Some(call) = plan.call(gap) {
                commands.push(Command::Call(call.barriers.iter().flat_map(|barrier| self.barrier(barrier)).collect()));
            }
            if let Some(pass) = input.passes.get(gap) {
                commands.push(Command::Pass(self.pass(input, pass)));
            }
        }
        commands.extend(self.exported(input));
        let signals = vec![self.done_at(number)];
        self.stream.events.push(Event::Submit(Submit { queue: self.queue, waits, commands, signals }));
        self.after(number, input);
    }

    /// Lets the outside have what is handed over without contents, as a swapchain image is; returns the frame's waits.
    fn hand_over(&mut self, number: u64, input: &Input) -> Vec<SemaphoreOp> {
        let waiting = input.resources.iter().filter_map(|resource| acquired(&resource.entry));
        let stages = waiting.fold(S::NONE, |all, stages| all | stages);
        if stages.is_empty() {
            return Vec::new();
        }
        let point = Point { semaphore: self.handed_over, value: number };
        let waits = if number > 1 { vec![self.done_at(number - 1)] } else { Vec::new() };
        let signals = vec![SemaphoreOp { point, stages: S::ALL_COMMANDS }];
        self.stream.events.push(Event::Submit(Submit { queue: self.outside, waits, commands: Vec::new(), signals }));
        vec![SemaphoreOp { point, stages }]
    }

    fn done_at(&self, number: u64) -> SemaphoreOp {
        SemaphoreOp { point: Point { semaphore: self.done, value: number }, stages: S::ALL_COMMANDS }
    }

    /// Presents what is presented, and reads on the host what it reads.
    fn after(&mut self, number: u64, input: &Input) {
        let mut presented = Vec::new();
        let mut read = Vec::new();
        for (index, resource) in input.resources.iter().enumerate() {
            let whole = resource.shape.whole();
            let pieces = self.overlapping(index, &whole);
            match resource.exit {
                // What nobody acquired, nobody hands back: only its layout is the frame's affair.
                Exit::Present if acquired(&resource.entry).is_none() => {}
                Exit::Present => presented.extend(pieces.into_iter().map(|(id, part)| {
                    let everything = judge::Scope::new(S::ALL_COMMANDS, A::MEMORY_READ);
                    judge::Access::image(id, part, everything, vk::ImageLayout::PRESENT_SRC_KHR)
                })),
                Exit::HostRead => read.extend(pieces.into_iter().map(|(resource, part)| HostAccess {
                    name: "the host".to_owned(),
                    resource,
                    part,
                    op: HostOp::Read,
                })),
                Exit::Nothing | Exit::Exported { .. } => {}
            }
        }
        if !presented.is_empty() {
            let commands = vec![Command::Pass(judge::Pass { name: "the screen".to_owned(), accesses: presented })];
            let waits = vec![self.done_at(number)];
            let submit = Submit { queue: self.outside, waits, commands, signals: Vec::new() };
            self.stream.events.push(Event::Submit(submit));
        }
        if !read.is_empty() {
            self.stream.events.push(Event::HostWait(self.done_at(number).point));
            self.stream.events.extend(read.into_iter().map(Event::Host));
        }
    }

    fn exported(&self, input: &Input) -> Option<Command> {
        let mut accesses = Vec::new();
        for (index, resource) in input.resources.iter().enumerate() {
            let Exit::Exported { scope, layout, by: _ } = resource.exit else { continue };
            for (id, part) in self.overlapping(index, &resource.shape.whole()) {
                accesses.push(access(id, part, scope, layout, &resource.shape));
            }
        }
        let name = "outside".to_owned();
        (!accesses.is_empty()).then_some(Command::Pass(judge::Pass { name, accesses }))
    }

    fn pass(&self, input: &Input, pass: &PassInput) -> judge::Pass {
        let accesses = pass.accesses.iter().flat_map(|one| {
            let shape = &input.resources[one.resource.0].shape;
            let (scope, layout) = used(input, pass, one);
            let pieces = self.overlapping(one.resource.0, &one.part);
            pieces.into_iter().map(move |(id, part)| judge::Access {
                contents: if one.discard { Contents::Discard } else { Contents::Keep },
                order: if one.concurrent { Order::Concurrent } else { Order::Ordered },
                note: Some(
                    one.at.map_or_else(|| one.usage.name.to_owned(), |at| format!("{} at {at}", one.usage.name)),
                ),
                ..access(id, part, scope, layout, shape)
            })
        });
        judge::Pass { name: pass.name.to_string(), accesses: accesses.collect() }
    }

    fn barrier(&self, barrier: &Barrier) -> Vec<judge::Barrier> {
        let (first, second) = (scope(barrier.first), scope(barrier.second));
        let (Some(resource), Some(part)) = (barrier.target.resource(), barrier.target.part()) else {
            return vec![judge::Barrier { first, second, target: judge::Target::Memory }];
        };
        let pieces = self.overlapping(resource.0, &part).into_iter();
        pieces.map(|(id, part)| judge::Barrier { first, second, target: target(id, part, &barrier.target) }).collect()
    }

    /// Returns what of a part lies in each piece of its resource.
    fn overlapping(&self, resource: usize, part: &Subresource) -> Vec<(judge::ResourceId, Part)> {
        let pieces = self.pieces[resource].iter();
        pieces.filter_map(|piece| Some((piece.id, start::intersection(&piece.part, part)?))).collect()
    }
}

/// Returns the stages that wait for what comes without contents, behind a semaphore.
pub(super) fn acquired(entry: &Entry) -> Option<S> {
    match entry {
        Entry::Imported(imported) => {
            let contents = imported.layout != vk::ImageLayout::UNDEFINED || !imported.scope.access.is_empty();
            (!contents).then_some(imported.scope.stages)
        }
        Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => None,
    }
}

pub(super) fn scope(scope: Scope) -> judge::Scope {
    judge::Scope::new(scope.stages, scope.access)
}

fn access(id: judge::ResourceId, part: Part, used: Scope, layout: vk::ImageLayout, shape: &Shape) -> judge::Access {
    match (shape, part) {
        (Shape::Buffer { .. }, Part::Bytes(bytes)) => judge::Access::buffer(id, bytes, scope(used)),
        (_, part) => judge::Access::image(id, part, scope(used), layout),
    }
}

/// Returns the scope of an access as its usage has it, and the layout that serves all accesses of its pass.
fn used(input: &Input, pass: &PassInput, one: &AccessInput) -> (Scope, vk::ImageLayout) {
    let layout_of = |access: &AccessInput| match (access.usage.image, access.access) {
        (Some(_), _) if input.options.policy == Policy::UnifiedLayouts => vk::ImageLayout::GENERAL,
        (Some(image), Access::Read) => image.read_layout,
        (Some(image), Access::Write) => image.write_layout,
        (None, _) => vk::ImageLayout::UNDEFINED,
    };
    let together = pass
        .accesses
        .iter()
        .filter(|other| other.resource == one.resource && start::intersection(&other.part, &one.part).is_some());
    let layout = together.fold(layout_of(one), |layout, other| serving(layout, layout_of(other)));
    let access = match one.access {
        Access::Read => one.usage.read,
        Access::Write => one.usage.write,
    };
    (Scope { stages: one.usage.stages, access: access.unwrap_or_default() }, layout)
}

fn target(resource: judge::ResourceId, part: Part, target: &Target) -> judge::Target {
    match (part, target) {
        (Part::Texels { aspects, mips, layers }, &Target::Image { old_layout, new_layout, .. }) => {
            judge::Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer: None }
        }
        (Part::Bytes(bytes), _) => judge::Target::Buffer { resource, bytes, transfer: None },
        (Part::Texels { .. }, Target::Memory | Target::Buffer { .. }) => judge::Target::Memory,
    }
}
