//! In which layouts a frame leaves its images, where systems record barriers of their own.
//!
//! A plan knows the layouts that passes declare. A system may leave another: it makes a transition after its commands, or
//! records nothing although it was to make one.

use ash::vk;

use crate::device::validate::Observed;
use crate::judge::{Barrier, Target};
use crate::plan::{AtomState, Entry, PartState, PastAccess, PastPoint, Plan, ResourceState, Scope, Shape, Subresource};

/// Returns the state of each resource after a frame as it was recorded.
pub(crate) fn behind(plan: &Plan, observed: &Observed) -> Vec<ResourceState> {
    let resource = |(number, exit): (usize, &ResourceState)| match plan.shapes[number] {
        Shape::Buffer { .. } => exit.clone(),
        Shape::Image { mips, layers, aspects } => {
            let entry = &observed.input.resources[number].entry;
            let calls = observed.calls.iter().flatten();
            let made: Vec<Made<'_>> = calls.filter_map(|barrier| Made::of(barrier, number)).collect();
            let cells = cells(mips, layers, aspects).map(|cell| after(&cell, entry, exit, &made)).collect::<Vec<_>>();
            if cells.iter().all(Result::is_ok) {
                exit.clone()
            } else {
                ResourceState::new(cells.into_iter().map(|(Ok(part) | Err(part))| part))
            }
        }
    };
    plan.exit.iter().enumerate().map(resource).collect()
}

/// A transition that was recorded.
struct Made<'a> {
    barrier: &'a Barrier,
    part: Subresource,
    layout: vk::ImageLayout,
}

impl<'a> Made<'a> {
    fn of(barrier: &'a Barrier, number: usize) -> Option<Self> {
        match &barrier.target {
            Target::Image { resource, aspects, mips, layers, new_layout, .. } if resource.0 == number => {
                let part = Subresource::Image { aspects: *aspects, mips: mips.clone(), layers: layers.clone() };
                Some(Self { barrier, part, layout: *new_layout })
            }
            Target::Image { .. } | Target::Buffer { .. } | Target::Memory => None,
        }
    }
}

fn cells(mips: u32, layers: u32, aspects: vk::ImageAspectFlags) -> impl Iterator<Item = Subresource> {
    let bits = (0..32).map(|bit| vk::ImageAspectFlags::from_raw(1 << bit));
    let aspects = bits.filter(move |bit| aspects.contains(*bit));
    aspects.flat_map(move |aspects| {
        (0..mips).flat_map(move |mip| {
            let cell = move |layer| Subresource::Image { aspects, mips: mip..mip + 1, layers: layer..layer + 1 };
            (0..layers).map(cell)
        })
    })
}

/// Returns the state of one cell: as planned, or else with the layout that it was left in.
fn after(cell: &Subresource, entry: &Entry, exit: &ResourceState, made: &[Made<'_>]) -> Result<PartState, PartState> {
    let planned = state(exit, cell).cloned().unwrap_or_default();
    let last = made.iter().rev().find(|made| made.part.meets(cell));
    let layout = last.map_or_else(|| before(entry, cell), |made| made.layout);
    if layout == planned.layout {
        return Ok(PartState { part: cell.clone(), state: planned });
    }
    let readers = last.map(|made| PastAccess {
        scope: Scope { stages: made.barrier.second.stages, ..Scope::default() },
        concurrent: false,
        system: "a barrier by hand".into(),
        usage: "barrier",
        write: false,
        at: None,
        when: PastPoint::default(),
    });
    let state = match readers {
        Some(reader) => AtomState { layout, transitioned: true, writers: Vec::new(), readers: vec![reader], ..planned },
        None => AtomState { layout, ..planned },
    };
    Err(PartState { part: cell.clone(), state })
}

fn before(entry: &Entry, cell: &Subresource) -> vk::ImageLayout {
    match entry {
        Entry::Undefined => vk::ImageLayout::UNDEFINED,
        Entry::Ready { layout } => *layout,
        Entry::Imported(imported) => imported.layout,
        Entry::Persisted(known) => state(known, cell).map_or(vk::ImageLayout::UNDEFINED, |state| state.layout),
    }
}

fn state<'s>(state: &'s ResourceState, cell: &Subresource) -> Option<&'s AtomState> {
    state.parts().iter().find(|known| known.part.meets(cell)).map(|known| &known.state)
}
