//! From a plan to a stream: the one place that knows both.

use std::sync::Arc;

use ash::vk;

use crate::declare::access::Access as Direction;
use crate::judge::stream::{
    Access, Barrier, Command, Contents, Event, Holds, HostAccess, HostOp, Kept, Last, Order, Part, Pass, Point,
    QueueId, ResourceId, Scope, SemaphoreId, SemaphoreOp, Shape, Start, Stream, Submit, Target,
};
use crate::plan;

impl Stream {
    /// Describes the command stream of a planned frame: its passes, its barrier calls, and what comes before and after.
    ///
    /// # Panics
    ///
    /// When the plan is of another input.
    #[must_use]
    #[track_caller]
    pub fn of_plan(input: &plan::Input, plan: &plan::Plan) -> Self {
        let mut stream = Self::default();
        stream.append_plan(input, plan);
        stream
    }

    /// Adds a planned frame to a stream of such frames, so that what one frame leaves meets what the next begins with.
    ///
    /// A resource with the name of one in the stream is that resource: what the input says of it before the frame is
    /// not believed, what the stream did to it is.
    ///
    /// # Panics
    ///
    /// When the plan is of another input.
    #[track_caller]
    pub fn append_plan(&mut self, input: &plan::Input, plan: &plan::Plan) {
        self.append_frame(input, |gap| {
            let call = plan.call(gap)?;
            Some(call.barriers.iter().map(Barrier::of_plan).collect())
        });
    }

    /// Adds a frame whose barriers come from elsewhere: `call` returns those that are recorded in a gap, right before the
    /// pass of that number; the number of passes is the end of the frame. Resources are numbered as in the input.
    #[track_caller]
    pub fn append_frame(&mut self, input: &plan::Input, call: impl Fn(usize) -> Option<Vec<Barrier>>) {
        Frame::new(self, input).append(call);
    }
}

impl Barrier {
    /// Describes a planned barrier.
    #[must_use]
    pub fn of_plan(barrier: &plan::Barrier) -> Self {
        let target = match barrier.target.clone() {
            plan::Target::Memory => Target::Memory,
            plan::Target::Buffer { resource, bytes } => {
                Target::Buffer { resource: ResourceId(resource.0), bytes, transfer: None }
            }
            plan::Target::Image { resource, aspects, mips, layers, old_layout, new_layout } => Target::Image {
                resource: ResourceId(resource.0),
                aspects,
                mips,
                layers,
                old_layout,
                new_layout,
                transfer: None,
            },
        };
        Self { first: scope(barrier.first), second: scope(barrier.second), target }
    }
}

const GRAPHICS: &str = "graphics";
const OUTSIDE: &str = "outside";

struct Frame<'f> {
    stream: &'f mut Stream,
    input: &'f plan::Input,
    queue: QueueId,
    /// The resources of the stream, by those of the input.
    resources: Vec<ResourceId>,
    /// Those that are new in this frame.
    new: Vec<usize>,
}

impl<'f> Frame<'f> {
    fn new(stream: &'f mut Stream, input: &'f plan::Input) -> Self {
        let queue = match stream.queues.iter().position(|queue| queue.name == GRAPHICS) {
            Some(at) => QueueId(at),
            None => stream.queue(GRAPHICS, 0),
        };
        let mut frame = Self { stream, input, queue, resources: Vec::new(), new: Vec::new() };
        for index in 0..input.resources.len() {
            let id = frame.find_or_add(index);
            frame.resources.push(id);
        }
        frame
    }

    fn find_or_add(&mut self, index: usize) -> ResourceId {
        let resource = &self.input.resources[index];
        if let Some(known) = self.stream.resources.iter().position(|known| known.name == resource.name) {
            return ResourceId(known);
        }
        self.new.push(index);
        let shape = match resource.shape {
            plan::Shape::Buffer { len_bytes } => Shape::Buffer { len_bytes },
            plan::Shape::Image { mips, layers, aspects } => Shape::Image { aspects, mips, layers },
        };
        self.stream.resource(resource.name.clone(), shape, self.start(resource.shape, &resource.entry))
    }

    fn append(mut self, call: impl Fn(usize) -> Option<Vec<Barrier>>) {
        self.earlier_frames();
        let waits = self.imported();
        let mut commands = Vec::new();
        for (gap, pass) in self.input.passes.iter().enumerate() {
            commands.extend(call(gap).map(|barriers| self.call(barriers)));
            commands.push(Command::Pass(self.pass(pass)));
        }
        commands.extend(call(self.input.passes.len()).map(|barriers| self.call(barriers)));
        commands.extend(self.exports().map(Command::Pass));
        let reads: Vec<HostAccess> = self.host_reads().collect();
        let done = (!reads.is_empty()).then(|| self.point("frame"));
        let signals = done.iter().map(|point| all_commands(*point)).collect();
        self.stream.events.push(Event::Submit(Submit { queue: self.queue, waits, commands, signals }));
        self.stream.events.extend(done.map(Event::HostWait));
        self.stream.events.extend(reads.into_iter().map(Event::Host));
    }

    /// The barriers of a call, with the resources of the stream.
    fn call(&self, mut barriers: Vec<Barrier>) -> Command {
        for barrier in &mut barriers {
            match &mut barrier.target {
                Target::Memory => {}
                Target::Buffer { resource, .. } | Target::Image { resource, .. } => {
                    *resource = self.resources[resource.0];
                }
            }
        }
        Command::Call(barriers)
    }

    // The passes.

    fn pass(&self, pass: &plan::PassInput) -> Pass {
        Pass { name: pass.name.to_string(), accesses: pass.accesses.iter().map(|access| self.access(access)).collect() }
    }

    fn access(&self, access: &plan::AccessInput) -> Access {
        let (row, shape) = (access.usage, self.input.resources[access.resource.0].shape);
        let flags = match access.access {
            Direction::Read => row.read,
            Direction::Write => row.write,
        };
        let layout = |image: crate::usage::ImageUse| match (self.input.options.policy, access.access) {
            (plan::Policy::UnifiedLayouts, _) => vk::ImageLayout::GENERAL,
            (plan::Policy::PerResource | plan::Policy::MergedGlobal, Direction::Read) => image.read_layout,
            (plan::Policy::PerResource | plan::Policy::MergedGlobal, Direction::Write) => image.write_layout,
        };
        let place = access.at.map(|at| format!(", {}:{}", at.file(), at.line())).unwrap_or_default();
        Access {
            resource: self.resources[access.resource.0],
            part: part(&access.part, shape),
            scope: Scope::new(row.stages, flags.unwrap_or_default()),
            layout: match shape {
                plan::Shape::Buffer { .. } => None,
                plan::Shape::Image { .. } => row.image.map(layout),
            },
            contents: if access.discard { Contents::Discard } else { Contents::Keep },
            order: if access.concurrent { Order::Concurrent } else { Order::Ordered },
            note: Some(format!("{}{place}", row.name)),
        }
    }

    // Before the frame.

    fn start(&self, shape: plan::Shape, entry: &plan::Entry) -> Start {
        let whole = part(&shape.whole(), shape);
        match entry {
            plan::Entry::Undefined => Start::Undefined,
            plan::Entry::Ready { layout } => Start::Kept(vec![Kept::ready(whole, *layout)]),
            plan::Entry::Imported(imported) => {
                let is_image = matches!(shape, plan::Shape::Image { .. });
                let empty = is_image && imported.layout == vk::ImageLayout::UNDEFINED;
                let last = Last { pass: imported.by.to_owned(), queue: self.queue, scope: scope(imported.scope) };
                Start::Kept(vec![Kept {
                    holds: if empty { Holds::Nothing } else { Holds::Contents },
                    // Where it names stages alone, another queue had it: the frame waits for that one.
                    last: if is_wait(imported) { Vec::new() } else { vec![last] },
                    ..Kept::ready(whole, imported.layout)
                }])
            }
            plan::Entry::Persisted(state) => {
                let kept = |known: &plan::PartState| Kept {
                    holds: if known.state.defined { Holds::Contents } else { Holds::Nothing },
                    ..Kept::ready(part(&known.part, shape), layout_before(shape, &known.state))
                };
                Start::Kept(state.parts().iter().map(kept).collect())
            }
        }
    }

    /// What other queues did to imported resources, and the waits for it.
    fn imported(&mut self) -> Vec<SemaphoreOp> {
        let mut waits = Vec::new();
        for (index, resource) in self.input.resources.iter().enumerate() {
            let plan::Entry::Imported(imported) = &resource.entry else { continue };
            if !is_wait(imported) {
                continue;
            }
            let queue = match self.stream.queues.iter().position(|queue| queue.name == OUTSIDE) {
                Some(at) => QueueId(at),
                None => self.stream.queue(OUTSIDE, 0),
            };
            let everything = Scope::new(vk::PipelineStageFlags2::ALL_COMMANDS, vk::AccessFlags2::MEMORY_READ);
            let whole = self.stream.resources[self.resources[index].0].shape.whole();
            let access = Access::buffer(self.resources[index], 0..0, everything).discard();
            let pass = Pass { name: imported.by.to_owned(), accesses: vec![Access { part: whole, ..access }] };
            let point = self.point(&resource.name);
            self.stream.events.push(Event::Submit(Submit {
                queue,
                waits: Vec::new(),
                commands: vec![Command::Pass(pass)],
                signals: vec![all_commands(point)],
            }));
            waits.push(SemaphoreOp { point, stages: imported.scope.stages });
        }
        waits
    }

    /// Plays what the states of new resources say of earlier frames: the last writes, what ordered the reads after them,
    /// the reads.
    fn earlier_frames(&mut self) {
        let mut past = Past::default();
        for index in std::mem::take(&mut self.new) {
            let plan::Entry::Persisted(state) = &self.input.resources[index].entry else { continue };
            let (resource, shape) = (self.resources[index], self.input.resources[index].shape);
            for known in state.parts() {
                past.part(resource, &part(&known.part, shape), shape, &known.state);
            }
        }
        let commands = past.commands();
        if !commands.is_empty() {
            self.stream.submit(self.queue, commands);
        }
    }

    // After the frame.

    fn exports(&self) -> impl Iterator<Item = Pass> {
        self.input.resources.iter().enumerate().filter_map(|(index, resource)| {
            let (scope, layout, by) = match resource.exit {
                plan::Exit::Nothing | plan::Exit::HostRead => return None,
                plan::Exit::Present => (Scope::default(), vk::ImageLayout::PRESENT_SRC_KHR, "present"),
                plan::Exit::Exported { scope, layout, by } => (self::scope(scope), layout, by),
            };
            let id = self.resources[index];
            let layout = (layout != vk::ImageLayout::UNDEFINED).then_some(layout);
            let part = self.stream.resources[id.0].shape.whole();
            // What nothing wrote may still leave: it is for others to know.
            let contents = match &self.stream.resources[id.0].start {
                Start::Undefined => Contents::Discard,
                Start::Kept(kept) if kept.iter().any(|kept| kept.holds == Holds::Nothing) => Contents::Discard,
                Start::HostWritten | Start::Kept(_) => Contents::Keep,
            };
            let access = Access { part, layout, contents, ..Access::buffer(id, 0..0, scope) };
            Some(Pass { name: by.to_owned(), accesses: vec![access] })
        })
    }

    fn host_reads(&self) -> impl Iterator<Item = HostAccess> {
        let read = |(index, resource): (usize, &plan::ResourceInput)| match resource.exit {
            plan::Exit::HostRead => {
                let id = self.resources[index];
                let part = self.stream.resources[id.0].shape.whole();
                Some(HostAccess { name: "read back".to_owned(), resource: id, part, op: HostOp::Read })
            }
            plan::Exit::Nothing | plan::Exit::Present | plan::Exit::Exported { .. } => None,
        };
        self.input.resources.iter().enumerate().filter_map(read)
    }

    /// The next point of a semaphore.
    fn point(&mut self, name: &str) -> Point {
        let semaphore = match self.stream.semaphores.iter().position(|known| known == name) {
            Some(at) => SemaphoreId(at),
            None => self.stream.semaphore(name),
        };
        let signals = self.stream.events.iter().flat_map(|event| match event {
            Event::Submit(submit) => &submit.signals[..],
            Event::HostWait(_) | Event::Idle | Event::Host(_) => &[],
        });
        let last = signals.filter(|op| op.point.semaphore == semaphore).map(|op| op.point.value).max();
        Point { semaphore, value: last.unwrap_or(0) + 1 }
    }
}

/// Whether an import is the wait for a semaphore: stages without accesses.
fn is_wait(imported: &plan::Imported) -> bool {
    imported.scope.access == vk::AccessFlags2::NONE
}

/// Whether a layout transition was the last that wrote: all accesses since then are reads.
fn ends_with_transition(shape: plan::Shape, state: &plan::AtomState) -> bool {
    matches!(shape, plan::Shape::Image { .. }) && state.transitioned && state.writers.is_empty()
}

/// The layout before that transition, which can be any other.
fn layout_before(shape: plan::Shape, state: &plan::AtomState) -> vk::ImageLayout {
    match state.layout {
        layout if !ends_with_transition(shape, state) => layout,
        vk::ImageLayout::GENERAL => vk::ImageLayout::TRANSFER_DST_OPTIMAL,
        _ => vk::ImageLayout::GENERAL,
    }
}

/// Commands that leave resources as the states of earlier frames say.
#[derive(Default)]
struct Past {
    writes: Vec<Pass>,
    between: Vec<Barrier>,
    reads: Vec<Pass>,
}

impl Past {
    fn part(&mut self, resource: ResourceId, part: &Part, shape: plan::Shape, state: &plan::AtomState) {
        let union = |accesses: &[plan::PastAccess]| {
            let scopes = accesses.iter().map(|access| scope(access.scope));
            scopes.reduce(|one, other| Scope::new(one.stages | other.stages, one.access | other.access))
        };
        let everything = Scope::new(
            vk::PipelineStageFlags2::ALL_COMMANDS,
            vk::AccessFlags2::MEMORY_READ | vk::AccessFlags2::MEMORY_WRITE,
        );
        let (written, read) = (union(&state.writers), union(&state.readers));
        let before = layout_before(shape, state);
        if before != state.layout || (written.is_some() && read.is_some()) {
            let (first, second) = (written.unwrap_or_default(), read.unwrap_or(everything));
            self.between.push(barrier(resource, part, first, second, (before, state.layout)));
        }
        self.writes.extend(state.writers.iter().map(|past| pass(resource, part, past)));
        // The host reads between a wait and the next submit: that orders it.
        let by_device = |past: &&plan::PastAccess| past.scope.stages != vk::PipelineStageFlags2::HOST;
        self.reads.extend(state.readers.iter().filter(by_device).map(|past| pass(resource, part, past)));
    }

    fn commands(self) -> Vec<Command> {
        let mut commands: Vec<Command> = self.writes.into_iter().map(Command::Pass).collect();
        if !self.between.is_empty() {
            commands.push(Command::Call(self.between));
        }
        commands.extend(self.reads.into_iter().map(Command::Pass));
        commands
    }
}

fn pass(resource: ResourceId, part: &Part, past: &plan::PastAccess) -> Pass {
    let access = Access {
        resource,
        part: part.clone(),
        scope: scope(past.scope),
        layout: None,
        contents: Contents::Discard,
        order: if past.concurrent { Order::Concurrent } else { Order::Ordered },
        note: Some(format!("{}, an earlier frame", past.usage)),
    };
    Pass { name: Arc::clone(&past.system).to_string(), accesses: vec![access] }
}

fn barrier(
    resource: ResourceId,
    part: &Part,
    first: Scope,
    second: Scope,
    (old_layout, new_layout): (vk::ImageLayout, vk::ImageLayout),
) -> Barrier {
    let target = match part.clone() {
        Part::Bytes(bytes) => Target::Buffer { resource, bytes, transfer: None },
        Part::Texels { aspects, mips, layers } => {
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer: None }
        }
    };
    Barrier { first, second, target }
}

fn all_commands(point: Point) -> SemaphoreOp {
    SemaphoreOp { point, stages: vk::PipelineStageFlags2::ALL_COMMANDS }
}

const fn scope(scope: plan::Scope) -> Scope {
    Scope::new(scope.stages, scope.access)
}

/// No aspects are all of them; what reaches to the end ends at the end.
fn part(part: &plan::Subresource, shape: plan::Shape) -> Part {
    match (part.clone(), shape) {
        (plan::Subresource::Buffer { bytes }, plan::Shape::Buffer { len_bytes }) => {
            Part::Bytes(bytes.start..bytes.end.min(len_bytes))
        }
        (
            plan::Subresource::Image { aspects, mips, layers },
            plan::Shape::Image { mips: levels, layers: count, aspects: all },
        ) => Part::Texels {
            aspects: if aspects.is_empty() { all } else { aspects },
            mips: mips.start..mips.end.min(levels),
            layers: layers.start..layers.end.min(count),
        },
        (plan::Subresource::Buffer { .. }, plan::Shape::Image { .. })
        | (plan::Subresource::Image { .. }, plan::Shape::Buffer { .. }) => {
            panic!("a planned part fits its resource")
        }
    }
}
