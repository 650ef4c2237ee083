//! Turns placed needs into calls: joins atoms, merges scopes, chooses structures, keeps every reason.

use std::collections::{BTreeMap, HashMap};

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::plan::arrange::{Arranged, JOINED, is_by_hand};
use crate::plan::atoms::join;
use crate::plan::history::By;
use crate::plan::input::{Compat, Input, Policy};
use crate::plan::model::{Barrier, Half, Reason, ResourceRef, Scope, Subresource, Target, Transfer};
use crate::plan::need::{Handover, How, Need};
use crate::plan::placement::{self, Carrier};
use crate::plan::queues::{Lane, Place};
use crate::plan::reason::{Because, reasons};
use crate::plan::scan::Scanned;
use crate::plan::touch::Touched;

/// What one barrier does for one atom; equal ones of neighbouring atoms are joined.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// What each structure of placement does for each need, in the order of the needs. Structures stay apart: together they
    /// could order more.
    shares: Vec<Share<'a>>,
    /// The memory barriers.
    memory: Vec<(Scope, Scope, Vec<Because<'a>>)>,
    /// What another need's barrier meets as well.
    riders: Vec<Because<'a>>,
}

/// What a structure of placement does for one need.
#[derive(Debug)]
struct Share<'a> {
    structure: usize,
    because: Because<'a>,
    piece: Piece,
    /// Whether a memory barrier can stand for several structures.
    joins: bool,
}

impl Share<'_> {
    /// What the barriers are made by: one resource and one structure.
    const fn key(&self) -> (ResourceRef, usize) {
        (self.because.need.resource, self.structure)
    }
}

/// The drafts of all calls: by place, those for the next frame apart.
#[derive(Debug, Default)]
struct Drafts<'a> {
    numbers: BTreeMap<(Place, bool), usize>,
    all: Vec<Draft<'a>>,
}

impl Drafts<'_> {
    /// Returns the number of a draft.
    fn number(&mut self, place: Place, next_frame: bool) -> usize {
        *self.numbers.entry((place, next_frame)).or_insert_with(|| {
            self.all.push(Draft::default());
            self.all.len() - 1
        })
    }
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
    let mut lowering = Lowering { input, touched, needs, arranged, lanes, transitions: Vec::new(), pairs: Vec::new() };
    lowering.transitions = lowering.transitions();
    lowering.pairs = lowering.pairs(&scanned.handovers);
    let mut drafts = Drafts::default();
    for lane in 0..arranged.len() {
        lowering.placed(lane, &mut drafts);
    }
    lowering.by_hand(&mut drafts);
    let mut lowered = Lowered::default();
    for ((place, next_frame), number) in drafts.numbers {
        let barriers = lowering.barriers(std::mem::take(&mut drafts.all[number]));
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
    /// The lane and the structure of each transition that is placed, by its number.
    transitions: Vec<Option<(usize, usize)>>,
    /// For each handover what its barriers have in common with those of others.
    pairs: Vec<(Transfer, usize)>,
}

/// What is the same for all atoms that one pair of barriers hands over: the places and scopes of both.
type PairKey = [Option<(Place, Scope, Scope)>; 2];

impl<'a> Lowering<'a> {
    /// Returns the structure of each transition.
    fn transitions(&self) -> Vec<Option<(usize, usize)>> {
        let mut transitions = Vec::new();
        for (lane, arranged) in self.arranged.iter().enumerate() {
            for (index, met) in arranged.needs.iter().zip(&arranged.placement.met) {
                if let (How::Transition(transition), Some(met)) = (self.needs[*index].how, met) {
                    let number = transition.number as usize;
                    transitions.resize(transitions.len().max(number + 1), None);
                    transitions[number] = Some((lane, met.structure));
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
        let mut known: HashMap<PairKey, usize> = HashMap::new();
        let numbered = handovers.iter().enumerate().map(|(number, handover)| {
            let placed = |transition| self.placed_transition(transition);
            let acquire = placed(handover.acquire).or_else(|| by_hand.get(&number).copied());
            let key = [placed(handover.release), acquire];
            let next = known.len();
            let index = *known.entry(key).or_insert(next);
            (Transfer { half: Half::Release, from: handover.from, to: handover.to }, index)
        });
        numbered.collect()
    }

    /// Returns the lane and the structure of a transition.
    fn made(&self, transition: u32) -> Option<(usize, usize)> {
        self.transitions.get(transition as usize).copied().flatten()
    }

    fn placed_transition(&self, transition: u32) -> Option<(Place, Scope, Scope)> {
        let (lane, structure) = self.made(transition)?;
        let structure = &self.arranged[lane].placement.structures[structure];
        Some((self.arranged[lane].place(structure.gap), structure.first, structure.second))
    }

    /// Returns where the barriers of a pass are that records them itself.
    fn place_of(&self, pass: usize) -> Place {
        let lane = self.lanes.iter().find(|lane| lane.has(pass));
        lane.map(|lane| lane.place(lane.pass(pass), self.input.passes.len(), |_| false)).unwrap_or_default()
    }

    fn transfer(&self, need: &Need<'_>) -> Option<(Transfer, usize)> {
        let (half, number) = need.half?;
        let (transfer, pair) = self.pairs[number];
        Some((Transfer { half, ..transfer }, pair))
    }

    /// Drafts what placement chose for one queue.
    fn placed(&self, lane: usize, drafts: &mut Drafts<'a>) {
        let arranged = &self.arranged[lane];
        let placement = &arranged.placement;
        let structures = placement.structures.iter();
        let draft_of: Vec<usize> =
            structures.map(|one| drafts.number(arranged.place(one.gap), one.next_frame)).collect();
        let shared = self.shared(arranged);
        // What is merged into the structure that carries it, as a memory barrier.
        let mut merged: Vec<(usize, Because<'a>)> = Vec::new();
        for (index, met) in arranged.needs.iter().zip(&placement.met) {
            let Some(met) = met else { continue };
            let (need, structure) = (&self.needs[*index], &placement.structures[met.structure]);
            let draft = &mut drafts.all[draft_of[met.structure]];
            let because = Because { need };
            match (met.how, structure.carrier, self.input.options.policy) {
                (placement::How::Covered, _, _) => draft.riders.push(because),
                (_, Carrier::Transition(_), _) => {
                    let scopes = (structure.first, structure.second);
                    draft.add(TRANSITIONS, because, scopes, Self::layouts(need), self.transfer(need), false);
                }
                (_, _, Policy::MergedGlobal | Policy::UnifiedLayouts) => merged.push((met.structure, because)),
                _ if need.how == How::Everything || shared[met.structure] => merged.push((met.structure, because)),
                (how, carrier, policy @ (Policy::Joined | Policy::PerResource)) => {
                    let scopes = (self.first(need, how, structure.first), need.second);
                    let joins = policy == Policy::Joined && carrier == Carrier::Memory(JOINED);
                    draft.add(met.structure + 1, because, scopes, (need.layout, need.layout), None, joins);
                }
            }
        }
        merged.sort_by_key(|(structure, _)| *structure);
        for same in merged.chunk_by(|one, other| one.0 == other.0) {
            let structure = &placement.structures[same[0].0];
            let because = same.iter().map(|(_, because)| *because).collect();
            drafts.all[draft_of[same[0].0]].memory.push((structure.first, structure.second, because));
        }
    }

    /// Returns which structures several resources share, where they may. What rides on one shares it, too, for those who take
    /// a structure to be about its own resource alone.
    fn shared(&self, arranged: &Arranged) -> Vec<bool> {
        let structures = &arranged.placement.structures;
        let mut shared = vec![false; structures.len()];
        if self.input.options.policy != Policy::Joined {
            return shared;
        }
        let mut known: Vec<Option<ResourceRef>> = vec![None; structures.len()];
        for (index, met) in arranged.needs.iter().zip(&arranged.placement.met) {
            let Some(met) = met else { continue };
            let rides = met.how == placement::How::Covered && self.input.options.compat == Compat::Exact;
            if structures[met.structure].carrier == Carrier::Memory(JOINED) && !rides {
                let resource = self.needs[*index].resource;
                shared[met.structure] |= *known[met.structure].get_or_insert(resource) != resource;
            }
        }
        shared
    }

    /// Returns the first scope of a need; behind a transition, the part of its second scope that the structure names.
    fn first(&self, need: &Need<'_>, how: placement::How, structure: Scope) -> Scope {
        match (how, need.how) {
            (placement::How::Chained, How::AfterTransition(transition)) => {
                let made = self.made(transition.number);
                let made = made.map(|(lane, made)| self.arranged[lane].placement.structures[made].second.stages);
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
    fn by_hand(&self, drafts: &mut Drafts<'a>) {
        for need in self.needs.iter().filter(|need| is_by_hand(self.input, need) && need.how != How::Covered) {
            let (By::Pass { pass, .. } | By::Whole { pass }) = need.after.by else { continue };
            let number = drafts.number(self.place_of(pass), false);
            let draft = &mut drafts.all[number];
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
                Policy::Joined | Policy::PerResource | Policy::MergedGlobal | Policy::UnifiedLayouts => {
                    let scopes = (need.first, need.second);
                    draft.add(BY_HAND, because, scopes, Self::layouts(need), self.transfer(need), false);
                }
            }
        }
    }

    /// Makes the structures of a call: memory barriers, then those of each resource.
    fn barriers(&self, draft: Draft<'a>) -> Vec<Barrier> {
        let Draft { mut shares, memory, riders } = draft;
        let mut barriers: Vec<Barrier> = Vec::with_capacity(shares.len() + memory.len());
        for (first, second, because) in memory {
            let reasons = reasons(self.input, self.touched, &because);
            barriers.push(Barrier { first, second, target: Target::Memory, transfer: None, reasons });
        }
        shares.sort_by_key(Share::key);
        for same in shares.chunk_by(|one, other| one.key() == other.key()) {
            let (resource, _) = same[0].key();
            let because: Vec<Because<'_>> = same.iter().map(|share| share.because).collect();
            let mut reasons: Vec<Reason> = reasons(self.input, self.touched, &because);
            let parts = self.parts(resource, same);
            let only = parts.len() == 1;
            if !only && same[0].joins {
                let (mut first, mut second) = (Scope::default(), Scope::default());
                for (_, piece) in parts {
                    first |= piece.first;
                    second |= piece.second;
                }
                barriers.push(Barrier { first, second, target: Target::Memory, transfer: None, reasons });
                continue;
            }
            for (part, Piece { first, second, layouts, transfer }) in parts {
                let mine = if only {
                    std::mem::take(&mut reasons)
                } else {
                    reasons.iter().filter(|reason| reason.part.meets(&part)).cloned().collect()
                };
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

    /// Returns what one structure does for each part of a resource, equal neighbours joined. The halves of ownership
    /// transfers are joined apart from all else, so that both are joined alike.
    fn parts(&self, resource: ResourceRef, shares: &[Share<'_>]) -> Vec<(Subresource, Piece)> {
        let grid = &self.touched[resource.0].grid;
        let mut atoms: Vec<(usize, Piece)> =
            shares.iter().map(|share| (share.because.need.atom, share.piece)).collect();
        atoms.sort_by_key(|(atom, _)| *atom);
        atoms.dedup_by(|(atom, later), (known, piece)| {
            let same = atom == known;
            if same {
                piece.add(later);
            }
            same
        });
        let pair = |piece: &Piece| piece.transfer.map(|(_, pair)| pair);
        atoms.sort_by_key(|(_, piece)| pair(piece));
        let mut parts = Vec::with_capacity(atoms.len());
        for alike in atoms.chunk_by(|one, other| pair(&one.1) == pair(&other.1)) {
            parts.extend(join(alike.iter().map(|(atom, piece)| (grid.part(*atom), *piece)).collect()));
        }
        parts
    }
}

impl Piece {
    /// Adds what a later share does for the same atom.
    fn add(&mut self, later: &Self) {
        self.first |= later.first;
        self.second |= later.second;
        self.layouts = later.layouts;
        self.transfer = later.transfer.or(self.transfer);
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
        joins: bool,
    ) {
        self.shares.push(Share { structure, because, piece: Piece { first, second, layouts, transfer }, joins });
    }
}
