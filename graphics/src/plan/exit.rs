//! Keeps what the next frame must know of each resource.

use std::collections::BTreeMap;

use ash::vk;

use crate::plan::atoms::{holds, join};
use crate::plan::history::{By, History, Member, writes};
use crate::plan::input::Input;
use crate::plan::model::{Barrier, ResourceRef, Scope, Subresource};
use crate::plan::queues::Submitted;
use crate::plan::reason::describe;
use crate::plan::state::{AtomState, PartState, PastAccess, PastPoint, ResourceState};
use crate::plan::touch::Touched;

/// Returns the state of each resource after the frame, and after what its END prepares for the next one.
pub(super) fn states(
    input: &Input,
    touched: &[Touched],
    exits: &[Vec<History<'_>>],
    prologue: &[Barrier],
    submitted: &Submitted,
) -> (Vec<ResourceState>, Vec<ResourceState>) {
    let mut left = Vec::with_capacity(touched.len());
    let mut prepared = Vec::with_capacity(touched.len());
    let mut prepares: BTreeMap<ResourceRef, Vec<&Barrier>> = BTreeMap::new();
    for barrier in prologue {
        if let Some(resource) = barrier.target.resource() {
            prepares.entry(resource).or_default().push(barrier);
        }
    }
    for (index, (Touched { grid, .. }, atoms)) in touched.iter().zip(exits).enumerate() {
        let resource = ResourceRef(index);
        let parts = atoms.iter().enumerate();
        let parts: Vec<(Subresource, AtomState)> =
            parts.map(|(atom, history)| (grid.part(atom), kept(input, resource, history, submitted))).collect();
        let after_end = prepares.get(&resource).map(|barriers| {
            let parts = parts.iter().cloned();
            joined(parts.map(|(part, state)| after(part, state, barriers.iter().copied())).collect())
        });
        let state = joined(parts);
        prepared.push(after_end.unwrap_or_else(|| state.clone()));
        left.push(state);
    }
    (left, prepared)
}

fn joined(mut parts: Vec<(Subresource, AtomState)>) -> ResourceState {
    join(&mut parts);
    ResourceState::new(parts.into_iter().map(|(part, state)| PartState { part, state }))
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

fn kept(input: &Input, resource: ResourceRef, history: &History<'_>, submitted: &Submitted) -> AtomState {
    AtomState {
        layout: history.layout,
        defined: history.defined,
        transitioned: history.transitioned,
        writers: members(input, resource, &history.writers, submitted),
        readers: members(input, resource, &history.readers, submitted),
        family: history.family,
        settled: members(input, resource, history.settled.as_slice(), submitted).pop().map(Box::new),
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
    one.when.queue == other.when.queue && PastAccess { when: one.when, ..other.clone() } == *one
}
