//! Turns placed needs into calls: joins atoms, merges scopes, chooses structures, keeps every reason.

use std::collections::BTreeMap;

use ash::vk;
use ash::vk::AccessFlags2 as A;

use crate::plan::arrange::{Arranged, is_by_hand};
use crate::plan::atoms::join;
use crate::plan::history::By;
use crate::plan::input::{Input, Policy};
use crate::plan::model::{Barrier, Call, Reason, ResourceRef, Scope, Target};
use crate::plan::placement::{self, Carrier};
use crate::plan::reason::{Because, reasons};
use crate::plan::scan::{How, Need};
use crate::plan::touch::Touched;

/// What one barrier does for one atom; equal ones of neighbouring atoms are joined.
#[derive(Clone, Debug, Default, PartialEq)]
struct Piece {
    first: Scope,
    second: Scope,
    layouts: (vk::ImageLayout, vk::ImageLayout),
}

/// Stands for the structure of what passes record themselves.
const BY_HAND: usize = usize::MAX;

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

/// The calls of a frame, and what the first of several equal frames needs before it.
#[derive(Debug, Default)]
pub(super) struct Lowered {
    pub(super) calls: Vec<Call>,
    pub(super) prologue: Vec<Barrier>,
}

/// Lowers the needs to calls, in the order of the gaps.
pub(super) fn lower(input: &Input, touched: &[Touched], needs: &[Need<'_>], arranged: &Arranged) -> Lowered {
    let lowering = Lowering { input, touched, needs, arranged, transitions: transitions(needs, arranged) };
    let mut drafts: BTreeMap<(usize, bool), Draft<'_>> = BTreeMap::new();
    lowering.placed(&mut drafts);
    lowering.by_hand(&mut drafts);
    let mut lowered = Lowered::default();
    for ((gap, next_frame), draft) in drafts {
        let barriers = lowering.barriers(draft);
        if next_frame {
            lowered.prologue.clone_from(&barriers);
        }
        match lowered.calls.last_mut() {
            Some(last) if last.gap == gap => last.barriers.extend(barriers),
            _ => lowered.calls.push(Call { submission: 0, gap, barriers }),
        }
    }
    lowered
}

/// Returns the structure of each transition.
fn transitions(needs: &[Need<'_>], arranged: &Arranged) -> BTreeMap<u32, usize> {
    let mut transitions = BTreeMap::new();
    for (index, met) in arranged.needs.iter().zip(&arranged.placement.met) {
        if let (How::Transition(transition), Some(met)) = (needs[*index].how, met) {
            transitions.insert(transition.number, met.structure);
        }
    }
    transitions
}

struct Lowering<'a> {
    input: &'a Input,
    touched: &'a [Touched],
    needs: &'a [Need<'a>],
    arranged: &'a Arranged,
    /// The structure of each transition, by its number.
    transitions: BTreeMap<u32, usize>,
}

impl<'a> Lowering<'a> {
    /// Drafts what placement chose.
    fn placed(&self, drafts: &mut BTreeMap<(usize, bool), Draft<'a>>) {
        let placement = &self.arranged.placement;
        // The structures that merge what they carry, as memory barriers.
        let mut merged: BTreeMap<usize, Vec<Because<'a>>> = BTreeMap::new();
        for (index, met) in self.arranged.needs.iter().zip(&placement.met) {
            let Some(met) = met else { continue };
            let (need, structure) = (&self.needs[*index], &placement.structures[met.structure]);
            let draft = drafts.entry((self.arranged.gap(structure.gap), structure.next_frame)).or_default();
            let because = Because { need };
            match (met.how, structure.carrier, self.input.options.policy) {
                (placement::How::Covered, _, _) => draft.riders.push(because),
                (_, Carrier::Transition(_), _) => {
                    draft.add(met.structure, because, (structure.first, structure.second), Self::layouts(need));
                }
                (_, _, Policy::MergedGlobal | Policy::UnifiedLayouts) => {
                    merged.entry(met.structure).or_default().push(because);
                }
                (_, _, Policy::PerResource) if need.how == How::Everything => {
                    merged.entry(met.structure).or_default().push(because);
                }
                (how, _, Policy::PerResource) => {
                    let scopes = (self.first(need, how, structure.first), need.second);
                    draft.add(met.structure, because, scopes, (need.layout, need.layout));
                }
            }
        }
        for (index, because) in merged {
            let structure = &placement.structures[index];
            let draft = drafts.entry((self.arranged.gap(structure.gap), structure.next_frame)).or_default();
            draft.memory.push((structure.first, structure.second, because));
        }
    }

    /// Returns the first scope of a need; behind a transition, the part of its second scope that the structure names.
    fn first(&self, need: &Need<'_>, how: placement::How, structure: Scope) -> Scope {
        match (how, need.how) {
            (placement::How::Chained, How::AfterTransition(transition)) => {
                let made = self.transitions.get(&transition.number);
                let made = made.map(|made| self.arranged.placement.structures[*made].second.stages);
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
    fn by_hand(&self, drafts: &mut BTreeMap<(usize, bool), Draft<'a>>) {
        for need in self.needs.iter().filter(|need| is_by_hand(self.input, need) && need.how != How::Covered) {
            let (By::Pass { pass, .. } | By::Whole { pass }) = need.after.by else { continue };
            let draft = drafts.entry((pass, false)).or_default();
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
                    draft.add(BY_HAND, because, (need.first, need.second), Self::layouts(need));
                }
            }
        }
    }

    /// Makes the structures of a call: memory barriers, then those of each resource.
    fn barriers(&self, draft: Draft<'a>) -> Vec<Barrier> {
        let Draft { pieces, memory, mut because, riders } = draft;
        let mut barriers: Vec<Barrier> = Vec::new();
        for (first, second, because) in memory {
            let reasons = reasons(self.input, self.touched, &because);
            barriers.push(Barrier { first, second, target: Target::Memory, transfer: None, reasons });
        }
        let mut by_structure: BTreeMap<(ResourceRef, usize), Vec<_>> = BTreeMap::new();
        for ((resource, structure, atom), piece) in pieces {
            let parts = by_structure.entry((resource, structure)).or_default();
            parts.push((self.touched[resource.0].grid.part(atom), piece));
        }
        for (key, parts) in by_structure {
            let resource = key.0;
            let reasons: Vec<Reason> = reasons(self.input, self.touched, &because.remove(&key).unwrap_or_default());
            for (part, Piece { first, second, layouts }) in join(parts) {
                let mine = reasons.iter().filter(|reason| reason.part.meets(&part)).cloned().collect();
                let target = Target::of(resource, part, layouts);
                barriers.push(Barrier { first, second, target, transfer: None, reasons: mine });
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
    ) {
        let need = because.need;
        let piece = self.pieces.entry((need.resource, structure, need.atom)).or_default();
        piece.first |= first;
        piece.second |= second;
        piece.layouts = layouts;
        self.because.entry((need.resource, structure)).or_default().push(because);
    }
}
