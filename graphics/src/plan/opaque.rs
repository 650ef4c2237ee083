//! Passes that may touch anything: a full barrier before and after each.
//!
//! The barrier before an opaque pass stands right before it and waits for all earlier commands; the one after it stands
//! right after and makes all later commands wait. So no other barrier is needed across such a pass: what is known of every
//! part of every resource begins anew ([`History::settle`](crate::plan::history::History::settle)). A layout transition
//! after it still names it, since structures of one call do not chain; so does what is for the host, which no such barrier
//! waits for.

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::declare::pass::PassKind;
use crate::plan::history::{By, Member};
use crate::plan::input::Input;
use crate::plan::model::{Hazard, ResourceRef, Scope};
use crate::plan::need::{Behind, How, Need};
use crate::plan::queues::{Assigned, Moment};

/// What such a pass may do.
pub(super) const ANYTHING: Scope = Scope {
    stages: vk::PipelineStageFlags2::ALL_COMMANDS,
    access: A::from_raw(A::MEMORY_READ.as_raw() | A::MEMORY_WRITE.as_raw()),
};

/// Returns all that a pass does as part of a history.
pub(super) const fn member<'a>(at: Moment, pass: usize) -> Member<'a> {
    Member { by: By::Whole { pass }, scope: ANYTHING, write: true, concurrent: false, at }
}

/// Lists the passes that may touch anything.
pub(super) fn passes(input: &Input) -> Vec<usize> {
    let passes = input.passes.iter().enumerate();
    passes.filter(|(_, pass)| pass.kind == PassKind::Opaque).map(|(index, _)| index).collect()
}

/// Lists what opaque passes need: each a full barrier on both sides, and for every other pass, up to the next opaque one,
/// that one depends on the other.
pub(super) fn needs<'a>(input: &Input, assigned: &Assigned<'_>, opaque: &[usize]) -> Vec<Need<'a>> {
    let needing = Needing { input, assigned };
    let mut needs = Vec::new();
    for (index, &pass) in opaque.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| opaque[before]);
        let next = opaque.get(index + 1).copied().unwrap_or(input.passes.len());
        let first = previous.map_or(0, |previous| previous + 1);
        needs.extend((first..pass).map(|other| needing.need(Some(other), pass, How::Covered)));
        // Right behind another one, the barrier after that one serves.
        if previous.is_none() || first < pass {
            needs.push(needing.need(pass.checked_sub(1), pass, How::Everything));
        }
        needs.push(needing.need(Some(pass), pass + 1, How::Everything));
        needs.extend((pass + 2..next).map(|other| needing.need(Some(pass), other, How::Covered)));
    }
    needs
}

struct Needing<'n> {
    input: &'n Input,
    assigned: &'n Assigned<'n>,
}

impl Needing<'_> {
    /// All passes of a frame with an opaque one run on the same queue.
    fn need<'a>(&self, first: Option<usize>, second: usize, how: How) -> Need<'a> {
        let on = self.assigned.passes.first().copied().unwrap_or_default();
        let by = if second < self.input.passes.len() { By::Whole { pass: second } } else { By::Exit };
        let whole = |pass| member(Moment::pass(on, pass), pass);
        Need {
            resource: ResourceRef::EVERYTHING,
            atom: 0,
            hazard: Hazard::Opaque,
            before: first.map(whole),
            after: Member { by, ..whole(second) },
            first: Scope { access: A::MEMORY_WRITE, ..ANYTHING },
            second: ANYTHING,
            how,
            layout: vk::ImageLayout::UNDEFINED,
            on,
            behind: Behind::Access,
            half: None,
        }
    }
}
