//! Turns placed needs into calls: joins atoms, merges scopes, chooses structures, keeps every reason.

use std::collections::BTreeMap;

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::plan::arrange::{Arranged, is_by_hand};
use crate::plan::atoms::join;
use crate::plan::history::By;
use crate::plan::input::{Input, Policy};
use crate::plan::model::{Barrier, Half, Reason, ResourceRef, Scope, Target, Transfer};
use crate::plan::placement::{self, Carrier};
use crate::plan::queues::{Cell, Lane, Place};
use crate::plan::reason::{Because, reasons};
use crate::plan::scan::{Handover, How, Need, Scanned};
use crate::plan::touch::Touched;

/// What one barrier does for one atom; equal ones of neighbouring atoms are joined.
#[derive(Clone, Debug, Default, PartialEq)]
struct Piece {
    first: Scope,
    second: Scope,
    layouts: (vk::ImageLayout, vk::ImageLayout),
    /// The half of an ownership transfer that it is, and what both halves have in common.
    transfer: Option<(Transfer, usize)>,
}

/// Stands for the structure of what passes record themselves.
const BY_HAND: usize = usize::MAX;

/// Stands for those of all transitions: an atom has one in a call, and equal ones of neighbouring atoms are joined.
const TRANSITIONS: usize = 0;

/// The barriers of one call in the making.
#[derive(Debug, Default)]
struct Draft<'a> {
    /// What each structure of placement does for each atom of each resource. They stay apart: together they could order
    /// more.
    pieces: BTreeMap<(ResourceRef, usize, usize), Piece>,
    /// The memory barriers.
    memory: Vec<(Scope, Scope, Vec<Because<'a>>)>,
    /// Why, by resource and structure.
    because: BTreeMap<(ResourceRef, usize), Vec<Because<'a>>>,
    /// What another need's barrier meets as well.
    riders: Vec<Because<'a>>,
}

/// The calls of a frame with where they are recorded, and what the first of several equal frames needs before it.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    pub(super) calls: Vec<(Place, Vec<Barrier>)>,
    pub(super) prologue: Vec<Barrier>,
}

/// Lowers the needs to calls, in the order of the gaps.
pub(super) fn lower(
    input: &Input,
    touched: &[Touched],
    scanned: &Scanned<'_>,
    lanes: &[Lane],
    arranged: &[Arranged],
) -> Lowered {
    let needs = &scanned.needs;
    let mut lowering =
        Lowering { input, touched, needs, arranged, lanes, transitions: BTreeMap::new(), pairs: Vec::new() };
    lowering.transitions = lowering.transitions();
    lowering.pairs = lowering.pairs(&scanned.handovers);
    let mut drafts: BTreeMap<(Place, bool), Draft<'_>> = BTreeMap::new();
    for lane in 0..arranged.len() {
        lowering.placed(lane, &mut drafts);
    }
    lowering.by_hand(&mut drafts);
    let mut lowered = Lowered::default();
    for ((place, next_frame), draft) in drafts {
        let barriers = lowering.barriers(draft);
        if next_frame {
            lowered.prologue.clone_from(&barriers);
        }
        match lowered.calls.last_mut() {
            Some((last, known)) if *last == place => known.extend(barriers),
            _ => lowered.calls.push((place, barriers)),
        }
    }
    lowered
}

struct Lowering<'a> {
    input: &'a Input,
    touched: &'a [Touched],
    needs: &'a [Need<'a>],
    arranged: &'a [Arranged],
    lanes: &'a [Lane],
    /// The lane and the structure of each transition, by its number.
    transitions: BTreeMap<u32, (usize, usize)>,
    /// For each handover what its barriers have in common with those of others.
    pairs: Vec<(Transfer, usize)>,
}

/// What is the same for all atoms that one pair of barriers hands over: the places and scopes of both.
type PairKey = [Option<(Place, Scope, Scope)>; 2];

impl<'a> Lowering<'a> {
    /// Returns the structure of each transition.
    fn transitions(&self) -> BTreeMap<u32, (usize, usize)> {
        let mut transitions = BTreeMap::new();
        for (lane, arranged) in self.arranged.iter().enumerate() {
            for (index, met) in arranged.needs.iter().zip(&arranged.placement.met) {
                if let (How::Transition(transition), Some(met)) = (self.needs[*index].how, met) {
                    transitions.insert(transition.number, (lane, met.structure));
                }
            }
        }
        transitions
    }

    /// Gives equal numbers to the handovers whose two halves stand at the same places with the same scopes: only their parts
    /// may be joined, so that both halves are joined alike.
    fn pairs(&self, handovers: &[Handover]) -> Vec<(Transfer, usize)> {
        let mut by_hand: BTreeMap<usize, (Place, Scope, Scope)> = BTreeMap::new();
        for need in self.needs.iter().filter(|need| is_by_hand(self.input, need)) {
            if let (Some((_, number)), By::Pass { pass, .. }) = (need.half, need.after.by) {
                by_hand.insert(number, (self.place_of(pass), need.first, need.second));
            }
        }
        let mut keys: Vec<PairKey> = Vec::new();
        let numbered = handovers.iter().enumerate().map(|(number, handover)| {
            let placed = |transition| self.placed_transition(transition);
            let acquire = placed(handover.acquire).or_else(|| by_hand.get(&number).copied());
            let key = [placed(handover.release), acquire];
            let index = keys.iter().position(|known| *known == key).unwrap_or_else(|| {
                keys.push(key);
                keys.len() - 1
            });
            (Transfer { half: Half::Release, from: handover.from, to: handover.to }, index)
        });
        numbered.collect()
    }

    fn placed_transition(&self, transition: u32) -> Option<(Place, Scope, Scope)> {
        let (lane, structure) = *self.transitions.get(&transition)?;
        let structure = &self.arranged[lane].placement.structures[structure];
        Some((self.arranged[lane].place(structure.gap), structure.first, structure.second))
    }

    /// Returns where the barriers of a pass are that records them itself.
    fn place_of(&self, pass: usize) -> Place {
        let lane = self.lanes.iter().find(|lane| lane.cells.contains(&Cell::Pass(pass)));
        lane.map(|lane| lane.place(lane.pass(pass), self.input.passes.len(), |_| false)).unwrap_or_default()
    }

    fn transfer(&self, need: &Need<'_>) -> Option<(Transfer, usize)> {
        let (half, number) = need.half?;
        let (transfer, pair) = self.pairs[number];
        Some((Transfer { half, ..transfer }, pair))
    }

    /// Drafts what placement chose for one queue.
    fn placed(&self, lane: usize, drafts: &mut BTreeMap<(Place, bool), Draft<'a>>) {
        let arranged = &self.arranged[lane];
        let placement = &arranged.placement;
        // The structures that merge what they carry, as memory barriers.
        let mut merged: BTreeMap<usize, Vec<Because<'a>>> = BTreeMap::new();
        for (index, met) in arranged.needs.iter().zip(&placement.met) {
            let Some(met) = met else { continue };
            let (need, structure) = (&self.needs[*index], &placement.structures[met.structure]);
            let draft = drafts.entry((arranged.place(structure.gap), structure.next_frame)).or_default();
            let because = Because { need };
            match (met.how, structure.carrier, self.input.options.policy) {
                (placement::How::Covered, _, _) => draft.riders.push(because),
                (_, Carrier::Transition(_), _) => {
                    let scopes = (structure.first, structure.second);
                    draft.add(TRANSITIONS, because, scopes, Self::layouts(need), self.transfer(need));
                }
                (_, _, Policy::MergedGlobal | Policy::UnifiedLayouts) => {
                    merged.entry(met.structure).or_default().push(because);
                }
                (_, _, Policy::PerResource) if need.how == How::Everything => {
                    merged.entry(met.structure).or_default().push(because);
                }
                (how, _, Policy::PerResource) => {
                    let scopes = (self.first(need, how, structure.first), need.second);
                    draft.add(met.structure + 1, because, scopes, (need.layout, need.layout), None);
                }
            }
        }
        for (index, because) in merged {
            let structure = &placement.structures[index];
            let draft = drafts.entry((arranged.place(structure.gap), structure.next_frame)).or_default();
            draft.memory.push((structure.first, structure.second, because));
        }
    }

    /// Returns the first scope of a need; behind a transition, the part of its second scope that the structure names.
    fn first(&self, need: &Need<'_>, how: placement::How, structure: Scope) -> Scope {
        match (how, need.how) {
            (placement::How::Chained, How::AfterTransition(transition)) => {
                let made = self.transitions.get(&transition.number);
                let made = made.map(|(lane, made)| self.arranged[*lane].placement.structures[*made].second.stages);
                let stages = made.map_or(structure.stages, |made| made & structure.stages);
                let stages = if stages.is_empty() { structure.stages } else { stages };
                Scope { stages, access: A::NONE }
            }
            _ => need.first,
        }
    }

    fn layouts(need: &Need<'_>) -> (vk::ImageLayout, vk::ImageLayout) {
        match need.how {
            How::Transition(transition) | How::AfterTransition(transition) => (transition.old, transition.new),
            How::Memory | How::Covered | How::Everything => (need.layout, need.layout),
        }
    }

    /// Drafts what passes must record themselves: each need in the gap of its pass.
    fn by_hand(&self, drafts: &mut BTreeMap<(Place, bool), Draft<'a>>) {
        for need in self.needs.iter().filter(|need| is_by_hand(self.input, need) && need.how != How::Covered) {
            let (By::Pass { pass, .. } | By::Whole { pass }) = need.after.by else { continue };
            let draft = drafts.entry((self.place_of(pass), false)).or_default();
            let because = Because { need };
            let transition = matches!(need.how, How::Transition(_));
            match self.input.options.policy {
                _ if need.how == How::Everything => draft.memory.push((need.first, need.second, vec![because])),
                Policy::MergedGlobal | Policy::UnifiedLayouts if !transition => {
                    let same = |one: &&mut (Scope, Scope, Vec<Because<'a>>)| {
                        (one.0.stages, one.1.stages) == (need.first.stages, need.second.stages)
                    };
                    if let Some((first, second, reasons)) = draft.memory.iter_mut().find(same) {
                        *first |= need.first;
                        *second |= need.second;
                        reasons.push(because);
                    } else {
                        draft.memory.push((need.first, need.second, vec![because]));
                    }
                }
                Policy::PerResource | Policy::MergedGlobal | Policy::UnifiedLayouts => {
                    let scopes = (need.first, need.second);
                    draft.add(BY_HAND, because, scopes, Self::layouts(need), self.transfer(need));
                }
            }
        }
    }

    /// Makes the structures of a call: memory barriers, then those of each resource.
    fn barriers(&self, draft: Draft<'a>) -> Vec<Barrier> {
        let Draft { pieces, memory, because, riders } = draft;
        let mut barriers: Vec<Barrier> = Vec::new();
        for (first, second, because) in memory {
            let reasons = reasons(self.input, self.touched, &because);
            barriers.push(Barrier { first, second, target: Target::Memory, transfer: None, reasons });
        }
        // The halves of ownership transfers are joined apart from all else, so that both are joined alike.
        let mut by_structure: BTreeMap<(ResourceRef, usize, Option<usize>), Vec<_>> = BTreeMap::new();
        for ((resource, structure, atom), piece) in pieces {
            let parts = by_structure.entry((resource, structure, piece.transfer.map(|(_, pair)| pair))).or_default();
            parts.push((self.touched[resource.0].grid.part(atom), piece));
        }
        for ((resource, structure, _), parts) in by_structure {
            let known = because.get(&(resource, structure)).map(Vec::as_slice).unwrap_or_default();
            let reasons: Vec<Reason> = reasons(self.input, self.touched, known);
            for (part, Piece { first, second, layouts, transfer }) in join(parts) {
                let mine = reasons.iter().filter(|reason| reason.part.meets(&part)).cloned().collect();
                let target = Target::of(resource, part, layouts);
                barriers.push(Barrier {
                    first,
                    second,
                    target,
                    transfer: transfer.map(|(transfer, _)| transfer),
                    reasons: mine,
                });
            }
        }
        for rider in riders {
            let need = rider.need;
            let carries = |barrier: &Barrier| {
                barrier.first.stages.contains(need.first.stages) && barrier.second.stages.contains(need.second.stages)
            };
            let index = barriers.iter().position(carries).unwrap_or(0);
            if let Some(barrier) = barriers.get_mut(index) {
                barrier.reasons.extend(reasons(self.input, self.touched, &[rider]));
            }
        }
        barriers
    }
}

impl<'a> Draft<'a> {
    fn add(
        &mut self,
        structure: usize,
        because: Because<'a>,
        (first, second): (Scope, Scope),
        layouts: (vk::ImageLayout, vk::ImageLayout),
        transfer: Option<(Transfer, usize)>,
    ) {
        let need = because.need;
        let piece = self.pieces.entry((need.resource, structure, need.atom)).or_default();
        piece.first |= first;
        piece.second |= second;
        piece.layouts = layouts;
        piece.transfer = transfer.or(piece.transfer);
        self.because.entry((need.resource, structure)).or_default().push(because);
    }
}
