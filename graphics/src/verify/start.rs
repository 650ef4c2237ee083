//! What a first frame finds: what each resource holds.

use ash::vk;
use ash::vk::PipelineStageFlags2 as S;

use crate::judge::{Holds, Kept, Last, Part, QueueId, Start};
use crate::plan::{Entry, Imported, PartState, Shape};
use crate::verify::declared::{part, scope};
use crate::verify::past::layout_before;

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
                family: known.state.family,
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
    Kept { holds, last, family: imported.family, ..Kept::ready(whole, imported.layout) }
}

/// Returns the stages that wait for an import: where it names stages alone, it is the wait for another queue.
pub(super) fn waits_for(imported: &Imported) -> Option<S> {
    imported.scope.access.is_empty().then_some(imported.scope.stages)
}
