//! Turns placed needs into calls: says for each need which structure it is a share of, by policy.

use std::collections::{BTreeMap, HashMap};

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::plan::arrange::{Arranged, JOINED, is_by_hand};
use crate::plan::draft::{Drafts, Memory, Piece, Share};
use crate::plan::history::By;
use crate::plan::input::{Compat, Input, Policy};
use crate::plan::model::{Barrier, Half, ResourceRef, Scope, Transfer};
use crate::plan::need::{Handover, How, Need};
use crate::plan::placement::{self, Carrier, Structure};
use crate::plan::queues::{Lane, Place};
use crate::plan::scan::Scanned;
use crate::plan::touch::Touched;

/// Stands for the structure of what passes record themselves.
const BY_HAND: usize = usize::MAX;

/// Stands for those of all transitions: an atom has one in a call, and equal ones of neighbouring atoms are joined.
const TRANSITIONS: usize = 0;

/// The calls of a frame with where they are recorded, and what the first of several equal frames needs before it.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    pub(super) calls: Vec<(Place, Vec<Barrier>)>,
    pub(super) prologue: Vec<Barrier>,
}

/// Lowers the needs to calls, in the order of the gaps.
pub(super) fn lower(
    input: &Input,
    touched: &Touched,
    scanned: &Scanned<'_>,
    lanes: &[Lane],
    arranged: &[Arranged],
) -> Lowered {
    let needs = &scanned.needs;
    let by_hand = by_hand(input, needs);
    let (transitions, pairs) = (Vec::new(), Vec::new());
    let mut lowering = Lowering { input, needs, arranged, lanes, by_hand, transitions, pairs };
    lowering.transitions = lowering.transitions(scanned.transitions);
    lowering.pairs = lowering.pairs(&scanned.handovers);
    let mut drafts = Drafts::default();
    for lane in 0..arranged.len() {
        lowering.placed(lane, &mut drafts);
    }
    lowering.recorded_by_hand(&mut drafts);
    let mut lowered = Lowered::default();
    drafts.barriers(input, touched, |place, next_frame, barriers| {
        if next_frame {
            lowered.prologue.clone_from(&barriers);
        }
        match lowered.calls.last_mut() {
            Some((last, known)) if *last == place => known.extend(barriers),
            _ => lowered.calls.push((place, barriers)),
        }
    });
    lowered
}

/// Lists what passes must record themselves, with the pass, by passes.
fn by_hand<'a>(input: &Input, needs: &'a [Need<'a>]) -> Vec<(usize, &'a Need<'a>)> {
    let of_a_pass = |need: &'a Need<'a>| match need.after.by {
        By::Pass { pass, .. } | By::Whole { pass } => Some((pass, need)),
        By::Past(_) | By::Imported(_) | By::Exit => None,
    };
    let mut by_hand: Vec<_> = needs.iter().filter(|need| is_by_hand(input, need)).filter_map(of_a_pass).collect();
    by_hand.sort_by_key(|(pass, _)| *pass);
    by_hand
}

struct Lowering<'a> {
    input: &'a Input,
    needs: &'a [Need<'a>],
    arranged: &'a [Arranged],
    lanes: &'a [Lane],
    /// What passes must record themselves, with the pass, by passes.
    by_hand: Vec<(usize, &'a Need<'a>)>,
    /// The lane and the structure of each transition that is placed, by its number.
    transitions: Vec<Option<(usize, usize)>>,
    /// For each handover what its barriers have in common with those of others.
    pairs: Vec<(Transfer, usize)>,
}

/// What is the same for all atoms that one pair of barriers hands over: the places and scopes of both.
type PairKey = [Option<(Place, Scope, Scope)>; 2];

impl<'a> Lowering<'a> {
    /// Returns the structure of each transition.
    fn transitions(&self, count: u32) -> Vec<Option<(usize, usize)>> {
        let mut transitions = vec![None; count as usize];
        for (lane, arranged) in self.arranged.iter().enumerate() {
            for (index, met) in arranged.needs.iter().zip(&arranged.placement.met) {
                if let (How::Transition(transition), Some(met)) = (self.needs[*index].how, met) {
                    let number = transition.number as usize;
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
        for &(pass, need) in &self.by_hand {
            if let (Some((_, number)), By::Pass { .. }) = (need.half, need.after.by) {
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
        let mut call_of = Vec::with_capacity(placement.structures.len());
        let gap = |one: &Structure| (one.gap, one.next_frame);
        for same in placement.structures.chunk_by(|one, other| gap(one) == gap(other)) {
            let call = drafts.call(arranged.place(same[0].gap), same[0].next_frame);
            call_of.extend(same.iter().map(|_| call));
        }
        let shared = self.shared(arranged);
        // What is merged into the structure that carries it, as a memory barrier.
        let mut merged: Vec<(usize, &'a Need<'a>)> = Vec::new();
        drafts.shares.reserve(arranged.needs.len());
        for (index, met) in arranged.needs.iter().zip(&placement.met) {
            let Some(met) = met else { continue };
            let (need, structure) = (&self.needs[*index], &placement.structures[met.structure]);
            let call = call_of[met.structure];
            match (met.how, structure.carrier, self.input.options.policy) {
                (placement::How::Covered, _, _) => drafts.riders.push((call, need)),
                (_, Carrier::Transition(_), _) => {
                    let (first, second, transfer) = (structure.first, structure.second, self.transfer(need));
                    let piece = Piece { first, second, layouts: Self::layouts(need), transfer };
                    drafts.shares.push(Share { call, structure: TRANSITIONS, need, piece, joins: false });
                }
                (_, _, Policy::MergedGlobal | Policy::UnifiedLayouts) => merged.push((met.structure, need)),
                _ if need.how == How::Everything || shared[met.structure] => merged.push((met.structure, need)),
                (how, carrier, policy @ (Policy::Joined | Policy::PerResource)) => {
                    let (first, layouts) = (self.first(need, how, structure.first), (need.layout, need.layout));
                    let piece = Piece { first, second: need.second, layouts, transfer: None };
                    let joins = policy == Policy::Joined && carrier == Carrier::Memory(JOINED);
                    drafts.shares.push(Share { call, structure: met.structure + 1, need, piece, joins });
                }
            }
        }
        merged.sort_by_key(|(structure, _)| *structure);
        for same in merged.chunk_by(|one, other| one.0 == other.0) {
            let (number, needs) = (same[0].0, same.iter().map(|(_, need)| *need).collect());
            let Structure { first, second, .. } = placement.structures[number];
            drafts.memory.push(Memory { call: call_of[number], first, second, needs });
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
    fn recorded_by_hand(&self, drafts: &mut Drafts<'a>) {
        let recorded: Vec<_> = self.by_hand.iter().filter(|(_, need)| need.how != How::Covered).collect();
        for of_pass in recorded.chunk_by(|one, other| one.0 == other.0) {
            let call = drafts.call(self.place_of(of_pass[0].0), false);
            let from = drafts.memory.len();
            for &&(_, need) in of_pass {
                let Need { first, second, .. } = *need;
                let alone = Memory { call, first, second, needs: vec![need] };
                let transition = matches!(need.how, How::Transition(_));
                match self.input.options.policy {
                    _ if need.how == How::Everything => drafts.memory.push(alone),
                    Policy::MergedGlobal | Policy::UnifiedLayouts if !transition => {
                        let same = |one: &&mut Memory<'_>| {
                            (one.first.stages, one.second.stages) == (first.stages, second.stages)
                        };
                        match drafts.memory[from..].iter_mut().find(same) {
                            Some(memory) => {
                                memory.first |= first;
                                memory.second |= second;
                                memory.needs.push(need);
                            }
                            None => drafts.memory.push(alone),
                        }
                    }
                    Policy::Joined | Policy::PerResource | Policy::MergedGlobal | Policy::UnifiedLayouts => {
                        let (layouts, transfer) = (Self::layouts(need), self.transfer(need));
                        let piece = Piece { first, second, layouts, transfer };
                        drafts.shares.push(Share { call, structure: BY_HAND, need, piece, joins: false });
                    }
                }
            }
        }
    }
}
