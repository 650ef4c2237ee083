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
use crate::plan::scan::{How, Need};

/// What such a pass may do.
pub(super) const ANYTHING: Scope = Scope {
    stages: vk::PipelineStageFlags2::ALL_COMMANDS,
    access: A::from_raw(A::MEMORY_READ.as_raw() | A::MEMORY_WRITE.as_raw()),
};

/// Returns all that a pass does as part of a history.
pub(super) const fn member<'a>(pass: usize) -> Member<'a> {
    Member { by: By::Whole { pass }, scope: ANYTHING, write: true, concurrent: false }
}

/// Lists the passes that may touch anything.
pub(super) fn passes(input: &Input) -> Vec<usize> {
    let passes = input.passes.iter().enumerate();
    passes.filter(|(_, pass)| pass.kind == PassKind::Opaque).map(|(index, _)| index).collect()
}

/// Lists what opaque passes need: each a full barrier on both sides, and for every other pass, up to the next opaque one,
/// that one depends on the other.
pub(super) fn needs<'a>(input: &Input, opaque: &[usize]) -> Vec<Need<'a>> {
    let mut needs = Vec::new();
    for (index, &pass) in opaque.iter().enumerate() {
        let previous = index.checked_sub(1).map(|before| opaque[before]);
        let next = opaque.get(index + 1).copied().unwrap_or(input.passes.len());
        let first = previous.map_or(0, |previous| previous + 1);
        needs.extend((first..pass).map(|other| need(Some(other), other_end(input, pass), How::Covered)));
        // Right behind another one, the barrier after that one serves.
        if previous.is_none() || first < pass {
            needs.push(need(pass.checked_sub(1), By::Whole { pass }, How::Everything));
        }
        needs.push(need(Some(pass), other_end(input, pass + 1), How::Everything));
        needs.extend((pass + 2..next).map(|other| need(Some(pass), other_end(input, other), How::Covered)));
    }
    needs
}

fn other_end<'a>(input: &Input, pass: usize) -> By<'a> {
    if pass < input.passes.len() { By::Whole { pass } } else { By::Exit }
}

fn need(first: Option<usize>, second: By<'_>, how: How) -> Need<'_> {
    Need {
        resource: ResourceRef::EVERYTHING,
        atom: 0,
        hazard: Hazard::Opaque,
        before: first.map(member),
        after: Member { by: second, ..member(0) },
        first: Scope { access: A::MEMORY_WRITE, ..ANYTHING },
        second: ANYTHING,
        how,
        layout: vk::ImageLayout::UNDEFINED,
    }
}
