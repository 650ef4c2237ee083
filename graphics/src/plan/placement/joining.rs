//! Which structures of a finished plan become one with another: in their call, or in another one that is free to them.
//!
//! Joint scopes may order stages that neither part does. Here that is allowed where all structures of the call together
//! order them anyway, so that the call holds nothing back that it did not. What a call is relied on for stays in it.

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use super::cost::Chooser;
use super::kinds::Stages;
use super::problem::{Carrier, EVERYTHING, Problem};
use super::scope;
use super::units::{NO_UNIT, PREVIOUS_END, Shape, Units};
use crate::plan::buckets::{Buckets, NOWHERE};

/// At how many calls a structure looks.
const LOOKED_AT: usize = 8;

/// A structure still in the making.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    pub(super) gap: i32,
    pub(super) carrier: Carrier,
    pub(super) reached: Stages,
    /// What its first scope waits for.
    pub(super) accesses: A,
}

impl Draft {
    pub(super) fn widen(&mut self, by: &Self) {
        self.reached.first |= by.reached.first;
        self.reached.second |= by.reached.second;
        self.accesses |= by.accesses;
    }
}

/// Makes one of structures where that orders no more; returns for each the one that it is now, or nothing where all stay
/// as they are.
pub(super) fn join(
    problem: &Problem,
    units: &Units,
    drafts: &mut [Draft],
    draft_of: &[u32],
    chooser: &mut Chooser<'_>,
    key: u32,
) -> Option<Vec<u32>> {
    let movable = movable(problem, units, drafts);
    if !movable.contains(&true) {
        return None;
    }
    let members = Buckets::new(drafts.len(), draft_of.iter().copied());
    let gap_of = |draft: &Draft| if draft.gap == PREVIOUS_END { NOWHERE } else { draft.gap as u32 };
    let calls = Buckets::new(problem.passes.len() + 1, drafts.iter().map(gap_of));
    let joiner = Joiner { units, key, members, movable, drafts };
    let mut now: Vec<u32> = (0..joiner.drafts.len() as u32).collect();
    // The calls of which a joint structure orders what others do.
    let mut relied_on = vec![false; problem.passes.len() + 1];
    let mut there = Vec::new();
    for draft in 0..now.len() {
        let from = joiner.drafts[draft].gap;
        if from == PREVIOUS_END || !joiner.movable[draft] {
            continue;
        }
        let elsewhere = if relied_on[from as usize] { Vec::new() } else { joiner.free(draft, chooser) };
        for gap in std::iter::once(from).chain(elsewhere.into_iter().filter(|gap| *gap != from)) {
            let is_there = |one: &usize| *one != draft && now[*one] as usize == *one;
            there.clear();
            there.extend(calls.of(gap as usize).iter().map(|one| *one as usize).filter(is_there));
            let Some((with, carrier)) = joiner.joins(&there, draft) else { continue };
            let moved = joiner.drafts[draft];
            joiner.drafts[with].widen(&moved);
            joiner.drafts[with].carrier = carrier;
            now[draft] = with as u32;
            relied_on[gap as usize] = true;
            break;
        }
    }
    if !relied_on.contains(&true) {
        return None;
    }
    // What one became may have become another itself.
    for draft in 0..now.len() {
        while now[draft] != now[now[draft] as usize] {
            now[draft] = now[now[draft] as usize];
        }
    }
    Some(now)
}

/// Returns which structures can become another's: memory dependencies, and transitions that can stay and that nothing follows.
fn movable(problem: &Problem, units: &Units, drafts: &[Draft]) -> Vec<bool> {
    let mut can_stay = problem.can_stay.clone();
    for (dependency, unit) in problem.dependencies.iter().zip(&units.of) {
        if let (Carrier::AfterTransition { transition, .. }, true) = (dependency.carrier, *unit != NO_UNIT)
            && let Some(followed) = can_stay.get_mut(transition as usize)
        {
            *followed = false;
        }
    }
    let is_movable = |draft: &Draft| match draft.carrier {
        Carrier::Memory(key) => key != EVERYTHING,
        Carrier::Transition(transition) => can_stay.get(transition as usize) == Some(&true),
        Carrier::AfterTransition { .. } | Carrier::Nothing => false,
    };
    drafts.iter().map(is_movable).collect()
}

struct Joiner<'a> {
    units: &'a Units,
    key: u32,
    /// The units of each structure.
    members: Buckets,
    movable: Vec<bool>,
    drafts: &'a mut [Draft],
}

impl Joiner<'_> {
    /// Returns the calls that a structure is free to be in, the latest first.
    fn free(&self, draft: usize, chooser: &mut Chooser<'_>) -> Vec<i32> {
        let members = || self.members.of(draft).iter().map(|unit| &self.units.all[*unit as usize]);
        if members().any(|unit| matches!(unit.shape, Shape::Follower { .. })) {
            return Vec::new();
        }
        let low = members().map(|unit| unit.low).max().unwrap_or(0).max(0);
        let Some(high) = members().map(|unit| unit.high).min().filter(|high| *high >= low) else { return Vec::new() };
        let calls = chooser.within(low, high).iter().rev().take(LOOKED_AT).copied();
        calls.filter(|gap| members().all(|unit| chooser.cost(unit.kind, *gap) == 0)).collect()
    }

    /// Returns which structure of a call another one can be one with, and what they are then.
    fn joins(&self, there: &[usize], moved: usize) -> Option<(usize, Carrier)> {
        let draft = |number: usize| &self.drafts[number];
        let all = || there.iter().copied().chain([moved]);
        let flushed = |but: [usize; 2]| {
            let transitions = all().filter(|one| matches!(draft(*one).carrier, Carrier::Transition(_)));
            transitions.filter(|one| !but.contains(one)).fold(A::NONE, |all, one| all | draft(one).accesses)
        };
        there.iter().copied().filter(|with| self.movable[*with]).find_map(|with| {
            let carrier = match (draft(with).carrier, draft(moved).carrier) {
                (Carrier::Memory(one), Carrier::Memory(other)) if one == other => Carrier::Memory(one),
                _ => {
                    let apart =
                        [with, moved].into_iter().map(draft).filter(|one| one.carrier != Carrier::Memory(self.key));
                    let apart = apart.fold(A::NONE, |all, one| all | one.accesses);
                    flushed([with, moved]).contains(apart).then_some(Carrier::Memory(self.key))?
                }
            };
            let apart = all().map(|one| draft(one).reached);
            is_ordered(draft(with).reached, draft(moved).reached, &apart).then_some((with, carrier))
        })
    }
}

/// Returns whether several pairs of scopes together order all that the joint scopes of two do.
fn is_ordered(one: Stages, other: Stages, apart: &(impl Iterator<Item = Stages> + Clone)) -> bool {
    let after = |stage: S| {
        let apart = apart.clone().filter(|one| one.first.contains(stage));
        apart.fold(S::NONE, |all, one| all | one.second)
    };
    scope::bits(one.first | other.first).all(|stage| after(stage).contains(one.second | other.second))
}
