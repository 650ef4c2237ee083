//! Keeps what the next frame must know of each resource.

use std::collections::BTreeMap;
use std::ops::Range;

use ash::vk;

use crate::plan::atoms::{holds, join};
use crate::plan::history::{By, History, Member, writes};
use crate::plan::input::Input;
use crate::plan::model::{Barrier, ResourceRef, Scope, Subresource};
use crate::plan::queues::Submitted;
use crate::plan::reason::describe;
use crate::plan::state::{AtomState, PartState, PastAccess, PastPoint, ResourceState};
use crate::plan::touch::Touched;

/// The state of all atoms after the frame.
#[derive(Debug, Default)]
pub(super) struct Exits<'a> {
    /// One after another, those of a resource together.
    atoms: Vec<AtomExit<'a>>,
    /// The writers and readers of all.
    members: Vec<Member<'a>>,
}

/// The state of one atom after the frame.
#[derive(Debug)]
struct AtomExit<'a> {
    layout: vk::ImageLayout,
    defined: bool,
    transitioned: bool,
    family: Option<u32>,
    settled: Option<Member<'a>>,
    /// Where its writers, and then its readers, are among the members.
    writers: Range<usize>,
    readers: Range<usize>,
}

impl<'a> Exits<'a> {
    /// Makes room for some atoms.
    pub(super) fn for_atoms(count: usize) -> Self {
        Self { atoms: Vec::with_capacity(count), members: Vec::with_capacity(2 * count) }
    }

    /// Adds the next atom.
    pub(super) fn push(&mut self, history: &History<'a>) {
        let History { layout, defined, transitioned, family, settled, .. } = *history;
        let mut members = |members: &[Member<'a>]| {
            let begin = self.members.len();
            self.members.extend_from_slice(members);
            begin..self.members.len()
        };
        let (writers, readers) = (members(&history.writers), members(&history.readers));
        self.atoms.push(AtomExit { layout, defined, transitioned, family, settled, writers, readers });
    }

    fn writers(&self, atom: &AtomExit<'a>) -> &[Member<'a>] {
        &self.members[atom.writers.clone()]
    }

    fn readers(&self, atom: &AtomExit<'a>) -> &[Member<'a>] {
        &self.members[atom.readers.clone()]
    }
}

/// Returns the state of each resource after the frame, and after what its END prepares for the next one.
pub(super) fn states(
    input: &Input,
    touched: &Touched,
    exits: &Exits<'_>,
    prologue: &[Barrier],
    submitted: &Submitted,
) -> (Vec<ResourceState>, Vec<ResourceState>) {
    let mut left = Vec::with_capacity(input.resources.len());
    let mut prepared = Vec::with_capacity(input.resources.len());
    let mut prepares: BTreeMap<ResourceRef, Vec<&Barrier>> = BTreeMap::new();
    for barrier in prologue {
        if let Some(resource) = barrier.target.resource() {
            prepares.entry(resource).or_default().push(barrier);
        }
    }
    let mut atoms = exits.atoms.iter();
    let mut parts: Vec<(Subresource, AtomState)> = Vec::new();
    for resource in (0..input.resources.len()).map(ResourceRef) {
        let grid = touched.grid(resource);
        let state = |atom| kept(input, resource, exits, atom, submitted);
        parts.extend(atoms.by_ref().take(grid.len()).enumerate().map(|(atom, exit)| (grid.part(atom), state(exit))));
        let after_end = prepares.get(&resource).map(|barriers| {
            let parts = parts.iter().cloned();
            joined(&mut parts.map(|(part, state)| after(part, state, barriers.iter().copied())).collect())
        });
        let state = joined(&mut parts);
        prepared.push(after_end.unwrap_or_else(|| state.clone()));
        left.push(state);
    }
    (left, prepared)
}

fn joined(parts: &mut Vec<(Subresource, AtomState)>) -> ResourceState {
    join(parts);
    ResourceState::new(parts.drain(..).map(|(part, state)| PartState { part, state }))
}

/// Returns the state of a part after the transitions that END makes for the next frame. What else it orders may be
/// ordered again.
fn after<'a>(
    part: Subresource,
    state: AtomState,
    barriers: impl Iterator<Item = &'a Barrier>,
) -> (Subresource, AtomState) {
    let mut made = barriers.filter(|barrier| barrier.target.part().is_some_and(|whole| holds(&whole, &part)));
    let made = made.find_map(|barrier| Some((barrier, barrier.target.transition()?)));
    let Some((barrier, (old, new))) = made else { return (part, state) };
    // It was the transition that wrote: who comes after that finds it done, and reads at most.
    let access = barrier.second.access & !writes(barrier.second.access);
    let readers = barrier.reasons.iter().map(|reason| PastAccess {
        scope: Scope { access, ..barrier.second },
        concurrent: false,
        system: reason.second.system.clone(),
        usage: reason.second.usage,
        write: false,
        at: reason.second.at,
        when: PastPoint::default(),
    });
    let defined = state.defined && old != vk::ImageLayout::UNDEFINED;
    let readers = readers.take(1).collect();
    (
        part,
        AtomState { layout: new, defined, transitioned: true, readers, family: state.family, ..AtomState::default() },
    )
}

fn kept(
    input: &Input,
    resource: ResourceRef,
    exits: &Exits<'_>,
    atom: &AtomExit<'_>,
    submitted: &Submitted,
) -> AtomState {
    AtomState {
        layout: atom.layout,
        defined: atom.defined,
        transitioned: atom.transitioned,
        writers: members(input, resource, exits.writers(atom), submitted),
        readers: members(input, resource, exits.readers(atom), submitted),
        family: atom.family,
        settled: members(input, resource, atom.settled.as_slice(), submitted).pop().map(Box::new),
    }
}

/// Lists each access once, the latest time it was made, so that a resource that is only read reaches a steady state.
fn members(input: &Input, resource: ResourceRef, members: &[Member<'_>], submitted: &Submitted) -> Vec<PastAccess> {
    let mut kept: Vec<PastAccess> = Vec::with_capacity(members.len());
    for member in members {
        // With one queue it does not matter when it was.
        let several = input.topology.has_several_queues();
        let when = if several { submitted.past(member.at) } else { PastPoint::default() };
        let access = match member.by {
            By::Past(past) => PastAccess { when, ..past.clone() },
            By::Imported(_) | By::Pass { .. } | By::Whole { .. } | By::Exit => {
                let named = describe(input, resource, member);
                PastAccess {
                    scope: member.scope,
                    concurrent: member.concurrent,
                    system: named.system,
                    usage: named.usage,
                    write: member.write,
                    at: named.at,
                    when,
                }
            }
        };
        match kept.iter_mut().find(|known| is_same(known, &access)) {
            Some(known) => known.when.back = known.when.back.min(access.when.back),
            None => kept.push(access),
        }
    }
    kept
}

/// Whether two accesses of one queue differ in their frame at most.
fn is_same(one: &PastAccess, other: &PastAccess) -> bool {
    fn identity(access: &PastAccess) -> impl PartialEq + '_ {
        let PastAccess { scope, concurrent, system, usage, write, at, when } = access;
        (scope, concurrent, write, when.queue, at, usage, system)
    }
    identity(one) == identity(other)
}
