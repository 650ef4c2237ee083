//! Passes as they are declared, and barriers as they are planned, in the words of the judge.

use ash::vk;

use crate::declare::access::Access as Direction;
use crate::judge::{Access, Barrier, Contents, Holds, Order, Part, Pass, ResourceId, Scope, Target, Transfer};
use crate::plan::{self, AccessInput, Input, PassInput, Policy, Subresource};
use crate::usage::ImageUse;

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

pub(super) fn pass(input: &Input, pass: &PassInput) -> Pass {
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
