//! What a first frame finds: each part with a history of its own becomes a resource of the stream.

use std::ops::Range;

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::judge::{self, Command, Last, Order, Part, QueueId, ResourceId, Start, Stream};
use crate::plan::{AtomState, Entry, Input, PastAccess, Scope, Shape, Subresource};
use crate::verify::stream::{acquired, scope};

/// A part of a resource that is a resource of the stream.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) id: ResourceId,
    pub(super) part: Subresource,
}

/// Adds the resources of a frame to a stream; returns their pieces, and the commands that bring them into the state
/// that the frame finds.
pub(super) fn pieces(stream: &mut Stream, queue: QueueId, input: &Input) -> (Vec<Vec<Piece>>, Vec<Command>) {
    let mut commands = Vec::new();
    let mut all = Vec::with_capacity(input.resources.len());
    for resource in &input.resources {
        let shape = match resource.shape {
            Shape::Buffer { len_bytes } => judge::Shape::Buffer { len_bytes },
            Shape::Image { mips, layers, aspects } => judge::Shape::Image { aspects, mips, layers },
        };
        let whole = resource.shape.whole();
        let kept = |layout, last| Start::Kept { layout, family: Some(0), last };
        let mut piece = |name: &str, part: &Subresource, start| {
            let id = stream.resource(name, shape, start);
            Piece { id, part: part.clone() }
        };
        let pieces = match &resource.entry {
            Entry::Undefined => vec![piece(&resource.name, &whole, Start::Undefined)],
            Entry::Ready { layout } => vec![piece(&resource.name, &whole, kept(*layout, Vec::new()))],
            entry @ Entry::Imported(_) if acquired(entry).is_some() => {
                vec![piece(&resource.name, &whole, kept(vk::ImageLayout::PRESENT_SRC_KHR, Vec::new()))]
            }
            Entry::Imported(imported) => {
                let last = Last { pass: imported.by.to_owned(), queue, scope: scope(imported.scope) };
                vec![piece(&resource.name, &whole, kept(imported.layout, vec![last]))]
            }
            Entry::Persisted(state) => state
                .parts()
                .iter()
                .map(|part| {
                    let name = if part.part == whole {
                        resource.name.clone()
                    } else {
                        format!("{} {}", resource.name, part.part)
                    };
                    let made = piece(&name, &part.part, start(&part.state));
                    commands.extend(history(&made, &part.state));
                    made
                })
                .collect(),
        };
        all.push(pieces);
    }
    (all, commands)
}

/// A layout that no access asks for: where a transition must have come last, it came from here.
const ELSEWHERE: vk::ImageLayout = vk::ImageLayout::RENDERING_LOCAL_READ_KHR;

fn start(state: &AtomState) -> Start {
    if !state.defined && state.writers.is_empty() && state.readers.is_empty() {
        return Start::Undefined;
    }
    let layout = if moved(state) { ELSEWHERE } else { state.layout };
    Start::Kept { layout, family: Some(0), last: Vec::new() }
}

/// Whether a transition came last, and only readers since.
fn moved(state: &AtomState) -> bool {
    state.transitioned && state.writers.is_empty() && !state.readers.is_empty()
}

/// Returns the writers, the call that the readers waited for, and the readers.
fn history(piece: &Piece, state: &AtomState) -> Vec<Command> {
    let part = whole_of(&piece.part);
    let pass = |past: &PastAccess| {
        let access = match part.clone() {
            Part::Bytes(bytes) => judge::Access::buffer(piece.id, bytes, scope(past.scope)),
            part @ Part::Texels { .. } => judge::Access::image(piece.id, part, scope(past.scope), state.layout),
        };
        let order = if past.concurrent { Order::Concurrent } else { Order::Ordered };
        let name = format!("{} of the frame before", past.system);
        Command::Pass(judge::Pass { name, accesses: vec![judge::Access { order, ..access }] })
    };
    let mut commands: Vec<Command> = state.writers.iter().map(pass).collect();
    if state.readers.is_empty() {
        return commands;
    }
    let (mut first, mut second) = (Scope::default(), Scope::default());
    state.writers.iter().for_each(|past| first |= past.scope);
    state.readers.iter().for_each(|past| second |= past.scope);
    first.access &= !READS;
    let target = match part.clone() {
        Part::Bytes(bytes) => judge::Target::Buffer { resource: piece.id, bytes, transfer: None },
        Part::Texels { aspects, mips, layers } => judge::Target::Image {
            resource: piece.id,
            aspects,
            mips,
            layers,
            old_layout: if moved(state) { ELSEWHERE } else { state.layout },
            new_layout: state.layout,
            transfer: None,
        },
    };
    commands.push(Command::Call(vec![judge::Barrier { first: scope(first), second: scope(second), target }]));
    // What the host read, it read between two submits; what it was shown stays shown.
    commands.extend(state.readers.iter().filter(|past| past.scope.stages != S::HOST).map(pass));
    commands
}

/// The accesses that only read: a first scope needs none of them.
const READS: A = A::from_raw(
    A::SHADER_READ.as_raw()
        | A::SHADER_SAMPLED_READ.as_raw()
        | A::SHADER_STORAGE_READ.as_raw()
        | A::COLOR_ATTACHMENT_READ.as_raw()
        | A::DEPTH_STENCIL_ATTACHMENT_READ.as_raw()
        | A::TRANSFER_READ.as_raw()
        | A::MEMORY_READ.as_raw(),
);

fn whole_of(part: &Subresource) -> Part {
    match part.clone() {
        Subresource::Buffer { bytes } => Part::Bytes(bytes),
        Subresource::Image { aspects, mips, layers } => Part::Texels { aspects, mips, layers },
    }
}

/// Returns what two parts have in common.
pub(super) fn intersection(one: &Subresource, other: &Subresource) -> Option<Part> {
    fn common<T: Ord + Copy>(one: &Range<T>, other: &Range<T>) -> Option<Range<T>> {
        let (start, end) = (one.start.max(other.start), one.end.min(other.end));
        (start < end).then_some(start..end)
    }
    match (one, other) {
        (Subresource::Buffer { bytes }, Subresource::Buffer { bytes: others }) => {
            Some(Part::Bytes(common(bytes, others)?))
        }
        (
            Subresource::Image { aspects, mips, layers },
            Subresource::Image { aspects: other_aspects, mips: other_mips, layers: other_layers },
        ) => {
            let some = if other_aspects.is_empty() { *aspects } else { *aspects & *other_aspects };
            let (mips, layers) = (common(mips, other_mips)?, common(layers, other_layers)?);
            (!some.is_empty()).then_some(Part::Texels { aspects: some, mips, layers })
        }
        (Subresource::Buffer { .. }, Subresource::Image { .. })
        | (Subresource::Image { .. }, Subresource::Buffer { .. }) => None,
    }
}
