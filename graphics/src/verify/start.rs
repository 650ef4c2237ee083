//! What a first frame finds: what each resource holds, and the accesses of earlier frames.

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::judge::{
    Access, Barrier, Command, Contents, Holds, Kept, Last, Order, Part, Pass, QueueId, ResourceId, Scope, Start, Target,
};
use crate::plan::{AtomState, Entry, Imported, PartState, PastAccess, Shape};
use crate::verify::stream::{part, scope};

/// Returns what a resource holds before a frame.
pub(super) fn start(queue: QueueId, shape: Shape, entry: &Entry) -> Start {
    let whole = part(&shape.whole(), shape);
    match entry {
        Entry::Undefined => Start::Undefined,
        Entry::Ready { layout } => Start::Kept(vec![Kept::ready(whole, *layout)]),
        Entry::Imported(imported) => Start::Kept(vec![kept_by(queue, shape, whole, imported)]),
        Entry::Persisted(state) => {
            let kept = |known: &PartState| Kept {
                holds: if known.state.defined { Holds::Contents } else { Holds::Nothing },
                ..Kept::ready(part(&known.part, shape), layout_before(shape, &known.state))
            };
            Start::Kept(state.parts().iter().map(kept).collect())
        }
    }
}

fn kept_by(queue: QueueId, shape: Shape, whole: Part, imported: &Imported) -> Kept {
    let is_image = matches!(shape, Shape::Image { .. });
    let holds = match imported.layout {
        vk::ImageLayout::UNDEFINED if is_image => Holds::Nothing,
        _ => Holds::Contents,
    };
    let last = Last { pass: imported.by.to_owned(), queue, scope: scope(imported.scope) };
    let last = if waits_for(imported).is_some() { Vec::new() } else { vec![last] };
    Kept { holds, last, ..Kept::ready(whole, imported.layout) }
}

/// Returns the stages that wait for an import: where it names stages alone, it is the wait for another queue.
pub(super) fn waits_for(imported: &Imported) -> Option<S> {
    imported.scope.access.is_empty().then_some(imported.scope.stages)
}

/// Commands that do what the states of resources say that earlier frames did.
#[derive(Default)]
pub(super) struct Past {
    /// Passes that may have touched anything; full barriers follow them.
    settled: Vec<Pass>,
    writes: Vec<Pass>,
    between: Vec<Barrier>,
    reads: Vec<Pass>,
}

impl Past {
    /// Adds the accesses of one part: its last writes, what the reads waited for, the reads.
    pub(super) fn add(&mut self, resource: ResourceId, shape: Shape, known: &PartState) {
        let (part, state) = (part(&known.part, shape), &known.state);
        let (written, read) = (union(&state.writers), union(&state.readers));
        let before = layout_before(shape, state);
        if before != state.layout || (written.is_some() && read.is_some()) {
            let target = target(resource, &part, before, state.layout);
            let (first, second) = (written.unwrap_or_default(), read.unwrap_or(EVERYTHING));
            self.between.push(Barrier { first, second, target });
        }
        self.settled.extend(state.settled.iter().map(|past| pass(resource, &part, past, state.defined)));
        self.writes.extend(state.writers.iter().map(|past| pass(resource, &part, past, state.defined)));
        // What the host read, it read between two submits.
        let by_device = state.readers.iter().filter(|past| past.scope.stages != S::HOST);
        self.reads.extend(by_device.map(|past| pass(resource, &part, past, state.defined)));
    }

    /// What may have been anything, and a full barrier; all writes, one call, all reads.
    pub(super) fn into_commands(self) -> Vec<Command> {
        let mut commands: Vec<Command> = self.settled.into_iter().map(Command::Pass).collect();
        if !commands.is_empty() {
            let everything = Barrier { first: EVERYTHING, second: EVERYTHING, target: Target::Memory };
            commands.push(Command::Call(vec![everything]));
        }
        commands.extend(self.writes.into_iter().map(Command::Pass));
        if !self.between.is_empty() {
            commands.push(Command::Call(self.between));
        }
        commands.extend(self.reads.into_iter().map(Command::Pass));
        commands
    }
}

const EVERYTHING: Scope = Scope::new(S::ALL_COMMANDS, A::from_raw(A::MEMORY_READ.as_raw() | A::MEMORY_WRITE.as_raw()));

fn union(accesses: &[PastAccess]) -> Option<Scope> {
    let scopes = accesses.iter().map(|past| scope(past.scope));
    scopes.reduce(|one, other| Scope::new(one.stages | other.stages, one.access | other.access))
}

/// Whether a layout transition was the last that wrote: all accesses since then are reads.
fn ends_with_transition(shape: Shape, state: &AtomState) -> bool {
    matches!(shape, Shape::Image { .. }) && state.transitioned && state.writers.is_empty()
}

/// Returns the layout before that transition, which can be any other.
fn layout_before(shape: Shape, state: &AtomState) -> vk::ImageLayout {
    match state.layout {
        layout if !ends_with_transition(shape, state) => layout,
        vk::ImageLayout::GENERAL => vk::ImageLayout::TRANSFER_DST_OPTIMAL,
        _ => vk::ImageLayout::GENERAL,
    }
}

fn pass(resource: ResourceId, part: &Part, past: &PastAccess, defined: bool) -> Pass {
    let access = Access {
        resource,
        part: part.clone(),
        scope: scope(past.scope),
        layout: None,
        contents: Contents::Discard,
        leaves: if defined { Holds::Contents } else { Holds::Nothing },
        order: if past.concurrent { Order::Concurrent } else { Order::Ordered },
        note: Some(format!("{}, of an earlier frame", past.usage)),
    };
    Pass { name: past.system.to_string(), accesses: vec![access] }
}

fn target(resource: ResourceId, part: &Part, old_layout: vk::ImageLayout, new_layout: vk::ImageLayout) -> Target {
    match part.clone() {
        Part::Bytes(bytes) => Target::Buffer { resource, bytes, transfer: None },
        Part::Texels { aspects, mips, layers } => {
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer: None }
        }
    }
}
