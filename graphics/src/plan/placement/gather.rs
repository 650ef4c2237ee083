//! Transitions of several parts of one image in one call, where they are one structure.
//!
//! With the false pairs settled, a transition may still move to an earlier call of its interval that has one with equal
//! scopes: the two order the same there. The fewest calls for those of one image, from one layout to another one, are once
//! more a stabbing, of the intervals up to the calls where they are.

use super::problem::{Carrier, Problem};
use super::units::{NO_UNIT, PREVIOUS_END, Shape, Units};
use crate::plan::model::Scope;

/// A transition that can be one structure with others.
#[derive(Clone, Copy, Debug)]
struct Made {
    group: u32,
    first: Scope,
    second: Scope,
    gap: i32,
    low: i32,
    unit: u32,
}

impl Made {
    /// What those that are one structure have in common.
    fn key(&self) -> (u32, [u64; 4]) {
        let raw = |scope: Scope| [scope.stages.as_raw(), scope.access.as_raw()];
        let ([first, first_access], [second, second_access]) = (raw(self.first), raw(self.second));
        (self.group, [first, first_access, second, second_access])
    }
}

/// Moves transitions, with what rides on them, to the fewest calls.
pub(super) fn gather(problem: &Problem, units: &Units, gaps: &mut [i32]) {
    let mut all = transitions(problem, units, gaps);
    all.sort_by_key(|one| (one.key(), one.gap, one.unit));
    let mut moved = vec![None; gaps.len()];
    for same in all.chunk_by(|one, other| one.key() == other.key()) {
        let mut call = same[0].gap;
        for one in same {
            if call < one.low {
                call = one.gap;
            }
            moved[one.unit as usize] = (call != one.gap).then_some((one.gap, call));
        }
    }
    for (index, unit) in units.all.iter().enumerate() {
        let transition = match unit.shape {
            Shape::Transition { .. } => index,
            Shape::Follower { transition, .. } => transition as usize,
            Shape::Memory => continue,
        };
        match moved[transition] {
            Some((from, to)) if gaps[index] == from => gaps[index] = to,
            Some(_) | None => {}
        }
    }
}

/// Lists the transitions of groups that are met in the frame, with the scopes of all that rides on them.
fn transitions(problem: &Problem, units: &Units, gaps: &[i32]) -> Vec<Made> {
    let mut made: Vec<Option<Made>> = vec![None; if problem.alike.is_empty() { 0 } else { gaps.len() }];
    for (dependency, &unit) in problem.dependencies.iter().zip(&units.of) {
        let Carrier::Transition(number) = dependency.carrier else { continue };
        let Some(&Some(group)) = problem.alike.get(number as usize) else { continue };
        let (gap, low) = (gaps[unit as usize], units.all[unit as usize].low);
        let (first, second) = (Scope::default(), Scope::default());
        let one = made[unit as usize].get_or_insert(Made { group, first, second, gap, low, unit });
        one.first |= dependency.first;
        one.second |= dependency.second;
    }
    for (dependency, &unit) in problem.dependencies.iter().zip(&units.of).filter(|(_, unit)| **unit != NO_UNIT) {
        let Shape::Follower { transition, .. } = units.all[unit as usize].shape else { continue };
        if let Some(Some(one)) = made.get_mut(transition as usize)
            && gaps[unit as usize] == one.gap
        {
            one.second |= dependency.second;
        }
    }
    made.into_iter().flatten().filter(|one| one.gap != PREVIOUS_END).collect()
}
