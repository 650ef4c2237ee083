//! Who touches each atom, in program order: one touch for each pass.

use ash::vk;

use crate::declare::access::Access;
use crate::plan::atoms::Grid;
use crate::plan::error::{Place, PlanError};
use crate::plan::input::{AccessInput, Entry, Exit, Input, Overlaps};
use crate::plan::model::{Scope, Subresource};
use crate::plan::opaque;
use crate::plan::resolve::{Resolved, serving};

/// What one pass does to one atom; several accesses of the pass are one touch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Touch {
    /// The pass; the number of passes for what happens after the frame.
    pub(super) pass: usize,
    /// The access that names it, of the pass.
    pub(super) access: usize,
    pub(super) scope: Scope,
    pub(super) layout: vk::ImageLayout,
    pub(super) write: bool,
    pub(super) discard: bool,
    pub(super) concurrent: bool,
}

impl Touch {
    /// What a pass that may touch anything does to what it does not declare.
    pub(super) const fn anything(pass: usize) -> Self {
        let (scope, layout) = (opaque::ANYTHING, KEEP);
        Self { pass, access: 0, scope, layout, write: true, discard: false, concurrent: false }
    }
}

/// The atoms of one resource and the touches of each.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) grid: Grid,
    pub(super) atoms: Vec<Vec<Touch>>,
}

/// Lists the touches of every atom of every resource.
pub(super) fn touches(input: &Input, resolved: &[Vec<Resolved>]) -> Result<Vec<Touched>, PlanError> {
    let mut parts: Vec<Vec<&Subresource>> = input.resources.iter().map(|resource| known(&resource.entry)).collect();
    for (pass, resolved) in input.passes.iter().zip(resolved) {
        for (access, resolved) in pass.accesses.iter().zip(resolved) {
            parts[access.resource.0].push(&resolved.part);
        }
    }
    let mut touched: Vec<Touched> = input
        .resources
        .iter()
        .zip(&parts)
        .map(|(resource, parts)| Grid::split(&resource.shape, parts.iter().copied()))
        .map(|grid| Touched { atoms: vec![Vec::new(); grid.len()], grid })
        .collect();
    for (index, (pass, resolved)) in input.passes.iter().zip(resolved).enumerate() {
        for (number, (access, resolved)) in pass.accesses.iter().zip(resolved).enumerate() {
            let Touched { grid, atoms } = &mut touched[access.resource.0];
            let touch = touch(index, number, access, resolved);
            let mut outcome = Ok(());
            grid.visit(&resolved.part, |atom| {
                if let Err(other) = add(&mut atoms[atom], touch, input.options.overlaps) {
                    outcome = Err(overlap(input, access, index, other));
                }
            });
            outcome?;
        }
    }
    for (resource, touched) in input.resources.iter().zip(&mut touched) {
        if let Some(last) = after_the_frame(&resource.exit, input.passes.len()) {
            touched.atoms.iter_mut().for_each(|touches| touches.push(last));
        }
    }
    Ok(touched)
}

fn known(entry: &Entry) -> Vec<&Subresource> {
    match entry {
        Entry::Persisted(state) => state.parts().iter().map(|part| &part.part).collect(),
        Entry::Undefined | Entry::Ready { .. } | Entry::Imported(_) => Vec::new(),
    }
}

fn touch(pass: usize, number: usize, access: &AccessInput, resolved: &Resolved) -> Touch {
    Touch {
        pass,
        access: number,
        scope: resolved.scope,
        layout: resolved.layout,
        write: access.access == Access::Write,
        discard: access.discard,
        concurrent: access.concurrent,
    }
}

/// Adds a touch, or merges it with the same pass's; an error is the access that it may not overlap.
fn add(touches: &mut Vec<Touch>, touch: Touch, overlaps: Overlaps) -> Result<(), usize> {
    match touches.last_mut() {
        Some(last) if last.pass == touch.pass => {
            let unordered = (last.write || touch.write) && !(last.concurrent && touch.concurrent);
            match overlaps {
                Overlaps::Refuse if unordered => return Err(last.access),
                Overlaps::Refuse => merge(last, &touch, serving(last.layout, touch.layout)),
                Overlaps::Merge => merge(last, &touch, of_the_writer(last, &touch)),
            }
        }
        _ => touches.push(touch),
    }
    Ok(())
}

/// Where it is not known whether two accesses share anything, the one that writes says more.
fn of_the_writer(one: &Touch, other: &Touch) -> vk::ImageLayout {
    match (one.write, other.write) {
        (true, false) => one.layout,
        (false, true) => other.layout,
        (true, true) | (false, false) => serving(one.layout, other.layout),
    }
}

fn merge(into: &mut Touch, touch: &Touch, layout: vk::ImageLayout) {
    into.layout = layout;
    if touch.write && !into.write {
        into.access = touch.access;
    }
    into.scope |= touch.scope;
    into.discard = into.discard && touch.discard;
    into.concurrent = into.concurrent && touch.concurrent;
    into.write |= touch.write;
}

fn overlap(input: &Input, access: &AccessInput, pass: usize, other: usize) -> PlanError {
    let pass = &input.passes[pass];
    let other = &pass.accesses[other];
    PlanError::Overlap {
        system: pass.name.clone(),
        resource: input.resources[access.resource.0].name.clone(),
        first: other.usage.name,
        first_at: Place(other.at),
        second: access.usage.name,
        at: Place(access.at),
    }
}

fn after_the_frame(exit: &Exit, pass: usize) -> Option<Touch> {
    let read =
        |scope, layout| Touch { pass, access: 0, scope, layout, write: false, discard: false, concurrent: false };
    match *exit {
        Exit::Nothing => None,
        Exit::HostRead => {
            let scope = Scope { stages: vk::PipelineStageFlags2::HOST, access: vk::AccessFlags2::HOST_READ };
            Some(read(scope, KEEP))
        }
        Exit::Present => Some(read(Scope::default(), vk::ImageLayout::PRESENT_SRC_KHR)),
        Exit::Exported { scope, layout, by: _ } => Some(read(scope, layout)),
    }
}

/// Stands for whatever layout the image is in.
pub(super) const KEEP: vk::ImageLayout = vk::ImageLayout::from_raw(-1);
