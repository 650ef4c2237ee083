//! Takes out of a plan what it can do without: bits of scopes, structures.
//!
//! Each trial leaves something out and asks for every atom that it was there for, and for those that rely on others'
//! barriers already, whether all that touches it still waits ([`Atom::is_ordered`]). So no bit is left that could go alone.

use std::collections::BTreeSet;

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::plan::arrange::Arranged;
use crate::plan::atoms::holds;
use crate::plan::history::History;
use crate::plan::input::{Cadence, Effort, Entry, Input};
use crate::plan::model::{Barrier, Call, Hazard, ResourceRef, Subresource};
use crate::plan::need::Need;
use crate::plan::opaque;
use crate::plan::placement::How;
use crate::plan::queues::Assigned;
use crate::plan::replay::{Atom, Rounds, is_for_next_frame};
use crate::plan::state::ResourceState;
use crate::plan::touch::Touched;

/// Narrows the calls of a frame, as far as the effort goes. What the first of several equal frames records before its
/// first pass stays: it follows a frame of which nothing is known.
#[expect(clippy::too_many_arguments, reason = "what all steps before it found")]
pub(super) fn narrow(
    input: &Input,
    assigned: &Assigned<'_>,
    touched: &Touched,
    needs: &[Need<'_>],
    arranged: &Arranged,
    exit: &[ResourceState],
    prologue: &[Barrier],
    calls: &mut [Call],
) {
    let trials = match input.options.effort {
        Effort::Proportional => 0,
        Effort::Steps(steps) => steps,
    };
    // What passes record themselves is no ground to stand on.
    if trials == 0 || input.passes.iter().any(|pass| !pass.auto_barriers) {
        return;
    }
    let opaque = opaque::passes(input);
    let grids = (0..input.resources.len()).map(|resource| touched.grid(ResourceRef(resource)));
    let parts: Vec<Vec<Subresource>> =
        grids.map(|grid| (0..grid.len()).map(|atom| grid.part(atom)).collect()).collect();
    let entries: Vec<Vec<History<'_>>> = input
        .resources
        .iter()
        .zip(&parts)
        .enumerate()
        .map(|(index, (resource, parts))| {
            let before = |part| History::before(assigned, ResourceRef(index), &resource.entry, part);
            parts.iter().map(before).collect()
        })
        .collect();
    let met = arranged.needs.iter().zip(&arranged.placement.met);
    let riders = met.filter(|(_, met)| met.is_some_and(|met| met.how == How::Covered));
    let riders = riders.map(|(need, _)| (needs[*need].resource.0, needs[*need].atom)).collect();
    let steady = input.resources.iter().zip(exit).zip(&parts).map(|((resource, left), parts)| {
        parts.iter().map(|part| is_left_as_found(&resource.entry, left, part)).collect()
    });
    let mut narrowing = Narrowing {
        input,
        touched,
        opaque: &opaque,
        prologue,
        parts: &parts,
        entries: &entries,
        steady: steady.collect(),
        relying: riders,
        trials,
    };
    while narrowing.round(calls) {}
}

fn is_left_as_found(entry: &Entry, left: &ResourceState, atom: &Subresource) -> bool {
    let of_atom = |state: &ResourceState| {
        state.parts().iter().find(|known| holds(&known.part, atom)).map(|known| known.state.clone())
    };
    match entry {
        Entry::Persisted(found) => of_atom(found) == of_atom(left),
        Entry::Undefined | Entry::Ready { .. } | Entry::Imported(_) => false,
    }
}

struct Narrowing<'a> {
    input: &'a Input,
    touched: &'a Touched,
    opaque: &'a [usize],
    prologue: &'a [Barrier],
    /// The part and the past of each atom of each resource.
    parts: &'a [Vec<Subresource>],
    entries: &'a [Vec<History<'a>>],
    /// Whether each atom is left as it was found.
    steady: Vec<Vec<bool>>,
    /// The atoms that rely on barriers of others.
    relying: BTreeSet<(usize, usize)>,
    /// How many atoms may still be replayed.
    trials: usize,
}

impl Narrowing<'_> {
    /// Tries to leave out every structure and every bit; returns whether one was left out.
    fn round(&mut self, calls: &mut [Call]) -> bool {
        let mut changed = false;
        for call in 0..calls.len() {
            let mut number = 0;
            while let Some(barrier) = calls[call].barriers.get(number) {
                let keeps = barrier.reasons.iter().any(|reason| reason.hazard == Hazard::Opaque);
                if keeps || self.trials == 0 {
                    number += 1;
                    continue;
                }
                let atoms = self.atoms(barrier);
                if barrier.target.transition().is_none() && self.without(calls, (call, number), &atoms) {
                    changed = true;
                    continue;
                }
                changed |= self.bits(calls, (call, number), &atoms);
                number += 1;
            }
        }
        changed
    }

    /// Leaves out a structure, if another one of its call can be what its reasons are for.
    fn without(&mut self, calls: &mut [Call], (call, number): (usize, usize), atoms: &[(usize, usize)]) -> bool {
        if calls[call].barriers.len() == 1 {
            return false;
        }
        let barrier = calls[call].barriers.remove(number);
        if self.is_ordered(calls, atoms) {
            self.relying.extend(atoms);
            let others = &mut calls[call].barriers;
            let next = is_for_next_frame(&barrier);
            if let Some(other) = others.iter_mut().find(|other| is_for_next_frame(other) == next) {
                other.reasons.extend(barrier.reasons);
            }
            return true;
        }
        calls[call].barriers.insert(number, barrier);
        false
    }

    /// Leaves out bits of a structure.
    fn bits(&mut self, calls: &mut [Call], (call, number): (usize, usize), atoms: &[(usize, usize)]) -> bool {
        let barrier = &calls[call].barriers[number];
        // The next frame may have another plan, and reads what the transition made visible.
        let prepares = call + 1 == calls.len() && is_for_next_frame(barrier) && self.repeats();
        let mut narrower = Vec::new();
        narrower.extend(ones(barrier.first.access.as_raw()).map(Bit::FirstAccess));
        narrower.extend(ones(barrier.first.stages.as_raw()).map(Bit::FirstStage));
        if !(prepares && barrier.target.transition().is_some()) {
            narrower.extend(ones(barrier.second.access.as_raw()).map(Bit::SecondAccess));
            narrower.extend(ones(barrier.second.stages.as_raw()).map(Bit::SecondStage));
        }
        let mut changed = false;
        for bit in narrower {
            let old = (calls[call].barriers[number].first, calls[call].barriers[number].second);
            bit.leave_out(&mut calls[call].barriers[number]);
            if self.is_ordered(calls, atoms) {
                self.relying.extend(atoms);
                changed = true;
            } else {
                let barrier = &mut calls[call].barriers[number];
                (barrier.first, barrier.second) = old;
            }
        }
        changed
    }

    fn repeats(&self) -> bool {
        self.input.options.cadence == Cadence::Repeats
    }

    /// Lists the atoms that a structure is there for.
    fn atoms(&self, barrier: &Barrier) -> Vec<(usize, usize)> {
        let mut atoms = BTreeSet::new();
        for reason in &barrier.reasons {
            if reason.resource != ResourceRef::EVERYTHING {
                self.touched.grid(reason.resource).visit(&reason.part, |atom| {
                    atoms.insert((reason.resource.0, atom));
                });
            }
        }
        atoms.into_iter().collect()
    }

    /// Returns whether these atoms, and those that rely on others' barriers, are ordered.
    fn is_ordered(&mut self, calls: &[Call], atoms: &[(usize, usize)]) -> bool {
        let relying = self.relying.iter().filter(|atom| !atoms.contains(atom));
        for &(resource, atom) in atoms.iter().chain(relying) {
            if self.trials == 0 {
                return false;
            }
            self.trials -= 1;
            let one = Atom {
                resource,
                part: &self.parts[resource][atom],
                touches: self.touched.touches(ResourceRef(resource), atom),
                entry: &self.entries[resource][atom],
                opaque: self.opaque,
                compat: self.input.options.compat,
            };
            let rounds = if self.repeats() {
                Rounds::Loop { prologue: self.prologue, steady: self.steady[resource][atom] }
            } else {
                Rounds::Once
            };
            if !one.is_ordered(self.input.passes.len(), calls, rounds) {
                return false;
            }
        }
        true
    }
}

/// One bit of a structure.
#[derive(Clone, Copy, Debug)]
enum Bit {
    FirstStage(u64),
    FirstAccess(u64),
    SecondStage(u64),
    SecondAccess(u64),
}

impl Bit {
    fn leave_out(self, barrier: &mut Barrier) {
        match self {
            Self::FirstStage(bit) => barrier.first.stages &= !S::from_raw(bit),
            Self::FirstAccess(bit) => barrier.first.access &= !A::from_raw(bit),
            Self::SecondStage(bit) => barrier.second.stages &= !S::from_raw(bit),
            Self::SecondAccess(bit) => barrier.second.access &= !A::from_raw(bit),
        }
    }
}

fn ones(mask: u64) -> impl Iterator<Item = u64> {
    (0..64).map(|bit| 1 << bit).filter(move |bit| mask & bit != 0)
}
