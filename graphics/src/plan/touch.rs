//! Who touches each atom, in program order: one touch for each pass.

use ash::vk;

use crate::declare::access::Access;
use crate::plan::atoms::Grid;
use crate::plan::buckets::Buckets;
use crate::plan::error::{Place, PlanError};
use crate::plan::input::{AccessInput, Entry, Exit, Input, Overlaps, ResourceInput};
use crate::plan::model::{ResourceRef, Scope};
use crate::plan::opaque;
use crate::plan::resolve::{Resolved, serving};
use crate::plan::state::PartState;

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

/// The atoms of all resources and the touches of each.
#[derive(Debug)]
pub(super) struct Touched {
    /// The atoms of each resource, and the number of its first one.
    grids: Vec<(Grid, usize)>,
    /// Where the touches of each atom begin in `touches`, and where the last ones end.
    starts: Vec<usize>,
    touches: Vec<Touch>,
}

impl Touched {
    /// Returns how many touches there are.
    pub(super) fn len(&self) -> usize {
        self.touches.len()
    }

    /// Returns how many atoms there are.
    pub(super) fn atom_count(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns the atoms of a resource.
    pub(super) fn grid(&self, resource: ResourceRef) -> &Grid {
        &self.grids[resource.0].0
    }

    /// Returns the touches of an atom.
    pub(super) fn touches(&self, resource: ResourceRef, atom: usize) -> &[Touch] {
        let atom = self.grids[resource.0].1 + atom;
        &self.touches[self.starts[atom]..self.starts[atom + 1]]
    }
}

/// Lists the touches of every atom of every resource.
pub(super) fn touches(input: &Input, resolved: &[Resolved]) -> Result<Touched, PlanError> {
    let uses = Buckets::new(input.resources.len(), resolved.iter().map(|access| access.resource.0 as u32));
    let mut listing = Listing {
        input,
        resolved,
        grids: Vec::with_capacity(input.resources.len()),
        starts: Vec::with_capacity(input.resources.len() + 1),
        touches: Vec::with_capacity(resolved.len()),
        visits: Vec::new(),
        refused: None,
    };
    for (resource, uses) in input.resources.iter().zip(uses.iter()) {
        listing.resource(resource, uses);
    }
    listing.finish()
}

/// The touches of the resources so far.
struct Listing<'a> {
    input: &'a Input,
    resolved: &'a [Resolved],
    grids: Vec<(Grid, usize)>,
    starts: Vec<usize>,
    touches: Vec<Touch>,
    /// The atoms of one resource that its accesses visit, each with the index of the access.
    visits: Vec<(usize, u32)>,
    /// The first access that overlaps another one of its pass, and that one.
    refused: Option<(u32, usize)>,
}

impl Listing<'_> {
    /// Adds the touches of a resource, from its accesses.
    fn resource(&mut self, resource: &ResourceInput, uses: &[u32]) {
        let used = uses.iter().map(|index| &self.resolved[*index as usize].part);
        let grid = Grid::split(&resource.shape, known(&resource.entry).iter().map(|part| &part.part).chain(used));
        self.visits.clear();
        for &index in uses {
            grid.visit(&self.resolved[index as usize].part, |atom| self.visits.push((atom, index)));
        }
        self.visits.sort_unstable();
        let after = after_the_frame(&resource.exit, self.input.passes.len());
        let before = self.starts.len();
        let mut next = 0;
        for atom in 0..grid.len() {
            self.starts.push(self.touches.len());
            while let Some(&(_, index)) = self.visits.get(next).filter(|visit| visit.0 == atom) {
                self.add(index);
                next += 1;
            }
            self.touches.extend(after);
        }
        self.grids.push((grid, before));
    }

    /// Adds a touch to the present atom, or merges it with the same pass's.
    fn add(&mut self, index: u32) {
        let access = &self.resolved[index as usize];
        let touch = touch(&self.input.passes[access.pass].accesses[access.access], access);
        let begin = self.starts.last().copied().unwrap_or_default();
        match self.touches[begin..].last_mut().filter(|last| last.pass == touch.pass) {
            None => self.touches.push(touch),
            Some(last) => {
                if let Err(other) = merge(last, &touch, self.input.options.overlaps)
                    && self.refused.is_none_or(|(first, _)| index <= first)
                {
                    self.refused = Some((index, other));
                }
            }
        }
    }

    fn finish(mut self) -> Result<Touched, PlanError> {
        if let Some((index, other)) = self.refused {
            return Err(overlap(self.input, &self.resolved[index as usize], other));
        }
        self.starts.push(self.touches.len());
        Ok(Touched { grids: self.grids, starts: self.starts, touches: self.touches })
    }
}

fn known(entry: &Entry) -> &[PartState] {
    match entry {
        Entry::Persisted(state) => state.parts(),
        Entry::Undefined | Entry::Ready { .. } | Entry::Imported(_) => &[],
    }
}

fn touch(access: &AccessInput, resolved: &Resolved) -> Touch {
    Touch {
        pass: resolved.pass,
        access: resolved.access,
        scope: resolved.scope,
        layout: resolved.layout,
        write: access.access == Access::Write,
        discard: access.discard,
        concurrent: access.concurrent,
    }
}

/// Merges two touches of one pass; an error is the access that the later one may not overlap.
fn merge(into: &mut Touch, touch: &Touch, overlaps: Overlaps) -> Result<(), usize> {
    let unordered = (into.write || touch.write) && !(into.concurrent && touch.concurrent);
    into.layout = match overlaps {
        Overlaps::Refuse if unordered => return Err(into.access),
        Overlaps::Refuse => serving(into.layout, touch.layout),
        Overlaps::Merge => of_the_writer(into, touch),
    };
    if touch.write && !into.write {
        into.access = touch.access;
    }
    into.scope |= touch.scope;
    into.discard = into.discard && touch.discard;
    into.concurrent = into.concurrent && touch.concurrent;
    into.write |= touch.write;
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

fn overlap(input: &Input, second: &Resolved, first: usize) -> PlanError {
    let pass = &input.passes[second.pass];
    let (first, access) = (&pass.accesses[first], &pass.accesses[second.access]);
    PlanError::Overlap {
        system: pass.name.clone(),
        resource: input.resources[second.resource.0].name.clone(),
        first: first.usage.name,
        first_at: Place(first.at),
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
