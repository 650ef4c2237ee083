//! Keeps what the next frame must know of each resource.

use crate::plan::atoms::join;
use crate::plan::history::{By, History, Member};
use crate::plan::input::Input;
use crate::plan::model::ResourceRef;
use crate::plan::reason::describe;
use crate::plan::state::{AtomState, PartState, PastAccess, ResourceState};
use crate::plan::touch::Touched;

/// Returns the state of each resource after the frame.
pub(super) fn states(input: &Input, touched: &[Touched], exits: &[Vec<History<'_>>]) -> Vec<ResourceState> {
    let state = |(index, (touched, atoms)): (usize, (&Touched, &Vec<History<'_>>))| {
        let parts = atoms.iter().enumerate();
        let parts = parts.map(|(atom, history)| (touched.grid.part(atom), kept(input, ResourceRef(index), history)));
        let parts = join(parts.collect()).into_iter().map(|(part, state)| PartState { part, state }).collect();
        ResourceState { parts }
    };
    touched.iter().zip(exits).enumerate().map(state).collect()
}

fn kept(input: &Input, resource: ResourceRef, history: &History<'_>) -> AtomState {
    AtomState {
        layout: history.layout,
        defined: history.defined,
        transitioned: history.transitioned,
        writers: members(input, resource, &history.writers),
        readers: members(input, resource, &history.readers),
    }
}

/// Lists each access once, so that a resource that is only read reaches a steady state.
fn members(input: &Input, resource: ResourceRef, members: &[Member<'_>]) -> Vec<PastAccess> {
    let mut kept: Vec<PastAccess> = Vec::with_capacity(members.len());
    for member in members {
        let access = match member.by {
            By::Past(past) => past.clone(),
            By::Imported(_) | By::Pass { .. } | By::Exit => {
                let named = describe(input, resource, member);
                PastAccess {
                    scope: member.scope,
                    concurrent: member.concurrent,
                    system: named.system,
                    usage: named.usage,
                    write: member.write,
                    at: named.at,
                }
            }
        };
        if !kept.contains(&access) {
            kept.push(access);
        }
    }
    kept
}
