//! From a gap for each unit to the structures of each call.
//!
//! With the false pairs settled, a memory dependency may still move to any call of its interval that orders no other
//! pair. Dependencies with equal scopes share structures: the fewest are again a stabbing, of intervals among the free
//! calls. An execution dependency then rides on a structure that covers its stages anyway. Structures of a call with one
//! key are joined only where the joint scopes order no two stages that the parts did not: two pairs of stage sets, as
//! rectangles, make a rectangle only where one holds the other or they have a side in common.

use ash::vk::PipelineStageFlags2 as S;

use super::cost::{Chooser, Costs};
use super::kinds::Stages;
use super::pairs::{Board, Free, Items};
use super::problem::{Carrier, Dependency, Problem};
use super::scope;
use super::search::{Solution, chosen};
use super::units::{NO_UNIT, PREVIOUS_END, Shape, Units};
use crate::plan::model::Scope;

/// One structure of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Structure {
    /// The gap of its call.
    pub(crate) gap: usize,
    /// What it is; never [`Carrier::AfterTransition`].
    pub(crate) carrier: Carrier,
    /// What must finish.
    pub(crate) first: Scope,
    /// What must wait.
    pub(crate) second: Scope,
    /// Whether it stands at END for the next frame. The first frame needs these before its first pass.
    pub(crate) next_frame: bool,
}

/// How a dependency is met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Met {
    /// The structure, of the placement.
    pub(crate) structure: usize,
    pub(crate) how: How,
}

/// How a structure meets a dependency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// By the scopes of the dependency.
    Directly,
    /// Other dependencies' scopes cover it; it adds none.
    Covered,
    /// Behind the transition that it follows: from the transition's second scope to its own.
    Chained,
}

/// What a structure still in the making holds.
#[derive(Clone, Debug)]
struct Draft {
    gap: i32,
    carrier: Carrier,
    reached: Stages,
    members: Vec<u32>,
}

/// Chooses the final gap of each unit and makes the structures, by gap; returns them, and
/// how each dependency that needs one is met.
pub(super) fn arrange(
    problem: &Problem,
    board: &mut Board,
    units: &Units,
    solution: &Solution,
) -> (Vec<Structure>, Vec<Option<Met>>) {
    let mut arranging = Arranging::new(problem, board, units, solution);
    arranging.share(solution);
    arranging.draft();
    arranging.finish()
}

struct Arranging<'a> {
    problem: &'a Problem,
    board: &'a Board,
    units: &'a Units,
    free: Free,
    /// The gap of each unit.
    gaps: Vec<i32>,
    /// The dependencies of each unit, as `members[starts[unit]..starts[unit + 1]]`.
    starts: Vec<u32>,
    members: Vec<u32>,
    drafts: Vec<Draft>,
    covered: Vec<bool>,
}

impl<'a> Arranging<'a> {
    fn new(problem: &'a Problem, board: &'a mut Board, units: &'a Units, solution: &Solution) -> Self {
        let (mut items, mut free) = (Items::default(), Free::default());
        chosen(board, units, &solution.gaps, &mut items);
        board.order(&items, &mut free);
        let (starts, members) = bucket(units.all.len(), units.of.iter().map(|unit| *unit));
        let covered = vec![false; units.all.len()];
        Self { problem, board, units, free, gaps: solution.gaps.clone(), starts, members, drafts: Vec::new(), covered }
    }

    fn dependency(&self, unit: usize) -> &'a Dependency {
        &self.problem.dependencies[self.members[self.starts[unit] as usize] as usize]
    }

    /// Moves memory dependencies with equal scopes to the fewest of the calls that are free to them.
    fn share(&mut self, solution: &Solution) {
        let (mut costs, mut upto) = (Costs::default(), Vec::new());
        costs.clear(self.board);
        let mut chooser = Chooser::new(self.board, &self.free, &mut costs, &solution.calls, &mut upto);
        let mut latest: Vec<(u32, u32, i32, u32)> = Vec::with_capacity(self.units.all.len());
        for (index, unit) in self.units.all.iter().enumerate() {
            if let (Shape::Memory, Carrier::Memory(key)) = (unit.shape, self.dependency(index).carrier) {
                let end = self.gaps[index] == PREVIOUS_END;
                let gap = if end { PREVIOUS_END } else { chooser.latest_free(unit.kind, unit.low, unit.high).unwrap_or(self.gaps[index]) };
                latest.push((key, unit.stages, gap, index as u32));
            }
        }
        latest.sort_unstable();
        for same in latest.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let mut call = i32::MIN;
            for &(_, _, gap, unit) in same {
                if call < self.units.all[unit as usize].low || call == PREVIOUS_END {
                    call = gap;
                }
                self.gaps[unit as usize] = call;
            }
        }
    }

    /// Makes the structures of each call: transitions and what has accesses, then what only orders execution.
    fn draft(&mut self) {
        let end = self.board.passes as i32 + 1;
        // END of the previous frame is written at END of this one, after its own.
        let slot = |gap: i32| if gap == PREVIOUS_END { end } else { gap } as u32;
        let (starts, order) = bucket(end as usize + 1, self.gaps.iter().map(|gap| slot(*gap)));
        for window in starts.windows(2).filter(|window| window[0] < window[1]) {
            let from = self.drafts.len();
            let order = &order[window[0] as usize..window[1] as usize];
            for bare in [false, true] {
                for &unit in order {
                    let unit = unit as usize;
                    let follows = matches!(self.units.all[unit].shape, Shape::Follower { .. });
                    if !follows && self.dependency(unit).is_execution_only() == bare {
                        self.put(from, unit);
                    } else if follows && bare {
                        self.put(from, unit);
                    }
                }
            }
            self.join(from);
        }
    }

    /// Puts a unit into a structure of the call whose structures begin at `from`.
    fn put(&mut self, from: usize, index: usize) {
        let (unit, gap) = (&self.units.all[index], self.gaps[index]);
        let (stages, carrier) = match (unit.shape, self.dependency(index).carrier) {
            (Shape::Follower { transition, .. }, Carrier::AfterTransition { transition: number, .. })
                if self.gaps[transition as usize] == gap =>
            {
                (unit.stages, Carrier::Transition(number))
            }
            (Shape::Follower { stages, .. }, Carrier::AfterTransition { key, .. }) => (stages, Carrier::Memory(key)),
            (_, carrier) => (unit.stages, carrier),
        };
        let reached = self.board.kinds.stages[stages as usize];
        let bare = self.dependency(index).is_execution_only();
        let found = self.drafts[from..].iter().position(|draft| match (draft.carrier, carrier) {
            (one, other) if one == other && matches!(one, Carrier::Transition(_)) => true,
            (one, other) => {
                (bare && covers(draft.reached, reached))
                    || (one == other && (draft.reached.first, draft.reached.second) == (reached.first, reached.second))
            }
        });
        match found {
            Some(at) => {
                let draft = &mut self.drafts[from + at];
                self.covered[index] = bare && covers(draft.reached, reached);
                if !self.covered[index] {
                    draft.reached.first |= reached.first;
                    draft.reached.second |= reached.second;
                }
                draft.members.push(index as u32);
            }
            None => self.drafts.push(Draft { gap, carrier, reached, members: vec![index as u32] }),
        }
    }

    /// Joins structures of the last call with one key where that orders nothing more.
    fn join(&mut self, from: usize) {
        let mut one = from;
        while one < self.drafts.len() {
            let mut other = one + 1;
            while other < self.drafts.len() {
                let (a, b) = (&self.drafts[one], &self.drafts[other]);
                if a.carrier == b.carrier && is_rectangle(a.reached, b.reached) {
                    let joined = self.drafts.remove(other);
                    let draft = &mut self.drafts[one];
                    draft.reached.first |= joined.reached.first;
                    draft.reached.second |= joined.reached.second;
                    draft.members.extend(joined.members);
                    // The greater one may now join what it could not.
                    other = one + 1;
                } else {
                    other += 1;
                }
            }
            one += 1;
        }
    }

    fn finish(self) -> (Vec<Structure>, Vec<Option<Met>>) {
        let mut met = vec![None; self.units.of.len()];
        let structures = self.drafts.iter().enumerate().map(|(structure, draft)| {
            let (mut first, mut second) = (Side::default(), Side::default());
            for &unit in &draft.members {
                let unit = unit as usize;
                let how = self.how(unit);
                for &member in &self.members[self.starts[unit] as usize..self.starts[unit + 1] as usize] {
                    met[member as usize] = Some(Met { structure, how });
                    let dependency = &self.problem.dependencies[member as usize];
                    if how == How::Chained {
                        first.add(self.chained_from(unit));
                        second.add(dependency.second);
                    } else if how == How::Directly {
                        first.add(dependency.first);
                        second.add(dependency.second);
                    }
                }
            }
            let next_frame = draft.gap == PREVIOUS_END;
            let gap = if next_frame { self.board.passes } else { draft.gap as usize };
            let (first, second) = (first.scope(scope::first), second.scope(scope::second));
            Structure { gap, carrier: draft.carrier, first, second, next_frame }
        });
        (structures.collect(), met)
    }

    fn how(&self, unit: usize) -> How {
        match self.units.all[unit].shape {
            Shape::Follower { transition, .. } if self.gaps[transition as usize] != self.gaps[unit] => How::Chained,
            Shape::Memory | Shape::Transition { .. } | Shape::Follower { .. } if self.covered[unit] => How::Covered,
            Shape::Memory | Shape::Transition { .. } | Shape::Follower { .. } => How::Directly,
        }
    }

    /// Returns the stages that the transition before a follower makes wait.
    fn chained_from(&self, unit: usize) -> Scope {
        let Shape::Follower { transition, .. } = self.units.all[unit].shape else { return Scope::default() };
        let transition = transition as usize;
        let members = &self.members[self.starts[transition] as usize..self.starts[transition + 1] as usize];
        let stages = members.iter().map(|member| self.problem.dependencies[*member as usize].second.stages);
        Scope { stages: stages.fold(S::NONE, |all, stages| all | stages), ..Scope::default() }
    }
}

/// Sorts indices into buckets, leaving out those without; returns where each bucket begins, and the indices.
fn bucket(buckets: usize, of: impl Iterator<Item = u32> + Clone) -> (Vec<u32>, Vec<u32>) {
    let there = |bucket: &u32| *bucket != NO_UNIT;
    let mut starts = vec![0_u32; buckets + 1];
    for bucket in of.clone().filter(there) {
        starts[bucket as usize + 1] += 1;
    }
    for bucket in 0..buckets {
        starts[bucket + 1] += starts[bucket];
    }
    let (mut at, mut order) = (starts.clone(), vec![0; starts[buckets] as usize]);
    for (index, bucket) in of.enumerate().filter(|(_, bucket)| there(bucket)) {
        order[at[bucket as usize] as usize] = index as u32;
        at[bucket as usize] += 1;
    }
    (starts, order)
}

/// Returns whether one pair of scopes orders all that another does.
fn covers(one: Stages, other: Stages) -> bool {
    one.first.contains(other.first) && one.second.contains(other.second)
}

/// Returns whether the joint scopes order no two stages that the two did not.
fn is_rectangle(one: Stages, other: Stages) -> bool {
    one.first == other.first || one.second == other.second || covers(one, other) || covers(other, one)
}

/// One side of a structure: what has accesses keeps its stages, what has none needs only to be reached.
#[derive(Default)]
struct Side {
    kept: Scope,
    bare: S,
}

impl Side {
    fn add(&mut self, scope: Scope) {
        if scope.access.is_empty() {
            self.bare |= scope.stages;
        } else {
            self.kept |= scope;
        }
    }

    /// Leaves out each stage without accesses that another one reaches.
    fn scope(self, reach: fn(S) -> S) -> Scope {
        let mut stages = self.kept.stages | self.bare;
        let mut bare = self.bare.as_raw() & !self.kept.stages.as_raw();
        while bare != 0 {
            let bit = S::from_raw(bare & bare.wrapping_neg());
            let others = S::from_raw(stages.as_raw() & !bit.as_raw());
            if !others.is_empty() && reach(others).contains(scope::stages(bit)) {
                stages = others;
            }
            bare &= bare - 1;
        }
        Scope { stages, access: self.kept.access }
    }
}
