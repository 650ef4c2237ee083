//! From a gap for each unit to the structures of each call.
//!
//! With the false pairs settled, a memory dependency may still move to any call of its interval that orders no other
//! pair. Dependencies with equal scopes share structures: the fewest are again a stabbing, of intervals among the free
//! calls. An execution dependency then rides on a structure that covers its stages anyway. Structures of a call with one
//! key are joined only where the joint scopes order no two stages that the parts did not: two pairs of stage sets, as
//! rectangles, make a rectangle only where one holds the other or they have a side in common. More become one in
//! [`joining`].

use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use super::cost::Chooser;
use super::gather::gather;
use super::joining::{self, Draft};
use super::kinds::Stages;
use super::pairs::Board;
use super::problem::{Carrier, Choices, Dependency, EVERYTHING, Joining, Problem, Riding};
use super::scope;
use super::search::Solution;
use super::units::{PREVIOUS_END, Shape, Units};
use crate::plan::buckets::Buckets;
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

/// Chooses the final gap of each unit and makes the structures, by gap; returns them, and how each dependency that needs
/// one is met.
pub(super) fn arrange(
    problem: &Problem,
    board: &Board,
    units: &Units,
    solution: Solution,
    choices: &Choices,
) -> (Vec<Structure>, Vec<Option<Met>>) {
    let mut gaps = solution.gaps;
    gather(problem, units, &mut gaps);
    let mut arranging = Arranging::new(problem, board, units, gaps, choices);
    let (mut costs, mut upto) = (solution.costs, Vec::new());
    let mut chooser = Chooser::new(board, &solution.free, &mut costs, &solution.calls, &mut upto);
    arranging.share(&mut chooser);
    arranging.draft();
    if let Joining::InCall { key } = choices.joining {
        arranging.join_in_calls(&mut chooser, key);
    }
    arranging.finish()
}

struct Arranging<'a> {
    problem: &'a Problem,
    board: &'a Board,
    units: &'a Units,
    choices: &'a Choices,
    /// The gap of each unit.
    gaps: Vec<i32>,
    /// The dependencies of each unit.
    members: Buckets,
    drafts: Vec<Draft>,
    /// The draft of each unit.
    draft_of: Vec<u32>,
    /// Whether a unit adds nothing to its draft.
    covered: Vec<bool>,
}

impl<'a> Arranging<'a> {
    fn new(problem: &'a Problem, board: &'a Board, units: &'a Units, gaps: Vec<i32>, choices: &'a Choices) -> Self {
        let members = Buckets::new(units.all.len(), units.of.iter().copied());
        let (draft_of, covered) = (vec![0; gaps.len()], vec![false; gaps.len()]);
        let drafts = Vec::with_capacity(gaps.len());
        Self { problem, board, units, choices, gaps, members, drafts, draft_of, covered }
    }

    fn dependencies(&self, unit: usize) -> impl Iterator<Item = (u32, &'a Dependency)> + use<'a, '_> {
        self.members.of(unit).iter().map(|member| (*member, &self.problem.dependencies[*member as usize]))
    }

    /// Returns a dependency of a unit: all but those of transitions have one.
    fn dependency(&self, unit: usize) -> &'a Dependency {
        &self.problem.dependencies[self.units.all[unit].witness as usize]
    }

    /// Moves memory dependencies with equal scopes to the fewest of the calls that are free to them.
    fn share(&mut self, chooser: &mut Chooser<'_>) {
        let mut latest: Vec<(u32, u32, i32, u32)> = Vec::with_capacity(self.units.all.len());
        for (index, unit) in self.units.all.iter().enumerate() {
            if unit.shape == Shape::Memory
                && let Carrier::Memory(key) = self.dependency(index).carrier
            {
                let gap = match self.gaps[index] {
                    PREVIOUS_END => PREVIOUS_END,
                    gap => chooser.latest_free(unit.kind, unit.low, unit.high).unwrap_or(gap),
                };
                latest.push((key, unit.stages, gap, index as u32));
            }
        }
        latest.sort_unstable();
        for same in latest.chunk_by(|one, other| (one.0, one.1) == (other.0, other.1)) {
            let mut call = PREVIOUS_END;
            for &(_, _, gap, unit) in same {
                if call == PREVIOUS_END || call < self.units.all[unit as usize].low {
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
        let calls = Buckets::new(end as usize + 1, self.gaps.iter().map(|gap| slot(*gap)));
        for call in calls.iter().filter(|call| !call.is_empty()) {
            let from = self.drafts.len();
            let mut bare = call.iter().map(|unit| self.dependency(*unit as usize).is_execution_only());
            let rounds: &[bool] = if bare.any(|bare| bare) { &[false, true] } else { &[false] };
            for &bare in rounds {
                for &unit in call {
                    if self.dependency(unit as usize).is_execution_only() == bare {
                        self.put(from, unit as usize);
                    }
                }
                self.join(from, call);
            }
        }
    }

    /// Puts a unit into a structure of the call whose structures begin at `from`.
    fn put(&mut self, from: usize, index: usize) {
        let (unit, gap) = (&self.units.all[index], self.gaps[index]);
        let dependency = self.dependency(index);
        let (stages, carrier) = match (unit.shape, dependency.carrier) {
            (Shape::Follower { transition, .. }, Carrier::AfterTransition { transition: number, .. })
                if self.gaps[transition as usize] == gap =>
            {
                (unit.stages, Carrier::Transition(number))
            }
            (Shape::Follower { stages, .. }, Carrier::AfterTransition { key, .. }) => (stages, Carrier::Memory(key)),
            (_, carrier) => (unit.stages, carrier),
        };
        let reached = self.board.kinds.stages[stages as usize];
        let accesses = self.dependencies(index).fold(A::NONE, |all, (_, one)| all | one.first.access);
        let bare = dependency.is_execution_only();
        let is_transition = matches!(carrier, Carrier::Transition(_));
        let riding = self.choices.riding;
        let rides = |draft: &Draft| bare && draft.carries_riders(riding) && covers(draft.reached, reached);
        let found = self.drafts[from..].iter().position(|draft| {
            rides(draft)
                || draft.carrier == carrier
                    && (is_transition || draft.reached == reached || bare && covers(draft.reached, reached))
        });
        let draft = from + found.unwrap_or(self.drafts.len() - from);
        self.draft_of[index] = draft as u32;
        match self.drafts.get_mut(draft) {
            Some(draft) if bare => self.covered[index] = rides(draft),
            Some(draft) => draft.widen(&Draft { gap, carrier, reached, accesses }),
            None => self.drafts.push(Draft { gap, carrier, reached, accesses }),
        }
    }

    /// Joins structures of the last call with one key where that orders nothing more.
    fn join(&mut self, from: usize, call: &[u32]) {
        let (mut one, mut other) = (from, from + 1);
        while one < self.drafts.len() {
            let Some(next) = self.drafts.get(other) else {
                (one, other) = (one + 1, one + 2);
                continue;
            };
            let first = &self.drafts[one];
            if first.gap == next.gap && first.carrier == next.carrier && is_rectangle(first.reached, next.reached) {
                let joined = self.drafts.remove(other);
                self.drafts[one].widen(&joined);
                for &unit in call {
                    let draft = &mut self.draft_of[unit as usize];
                    *draft = match *draft as usize {
                        at if at == other => one as u32,
                        at if at > other => *draft - 1,
                        _ => *draft,
                    };
                }
                // The greater one may now hold what it could not.
                (one, other) = (from, from + 1);
            } else {
                other += 1;
            }
        }
    }

    /// Makes one of structures of different calls, or with different keys.
    fn join_in_calls(&mut self, chooser: &mut Chooser<'_>, key: u32) {
        let now = joining::join(self.problem, self.units, &mut self.drafts, &self.draft_of, chooser, key);
        let Some(now) = now else { return };
        let mut kept = Vec::with_capacity(now.len());
        let mut number = vec![0; now.len()];
        for (draft, &now) in now.iter().enumerate().filter(|(draft, now)| *draft == **now as usize) {
            number[draft] = kept.len() as u32;
            kept.push(self.drafts[now as usize]);
        }
        self.drafts = kept;
        for draft in &mut self.draft_of {
            *draft = number[now[*draft as usize] as usize];
        }
        for (gap, draft) in self.gaps.iter_mut().zip(&self.draft_of) {
            *gap = self.drafts[*draft as usize].gap;
        }
    }

    fn finish(self) -> (Vec<Structure>, Vec<Option<Met>>) {
        let mut met = vec![None; self.units.of.len()];
        let mut sides = vec![(Side::default(), Side::default()); self.drafts.len()];
        for (unit, &structure) in self.draft_of.iter().enumerate() {
            let how = self.how(unit);
            let (first, second) = &mut sides[structure as usize];
            for (member, dependency) in self.dependencies(unit) {
                met[member as usize] = Some(Met { structure: structure as usize, how });
                match how {
                    How::Covered => continue,
                    How::Directly => first.add(dependency.first),
                    How::Chained => first.add(self.chained_from(unit)),
                }
                second.add(dependency.second);
            }
        }
        let structures = self.drafts.iter().zip(sides).map(|(draft, (first, second))| {
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
        let stages = self.dependencies(transition as usize).map(|(_, dependency)| dependency.second.stages);
        Scope { stages: stages.fold(S::NONE, |all, stages| all | stages), ..Scope::default() }
    }
}

impl Draft {
    fn carries_riders(&self, riding: Riding) -> bool {
        match riding {
            Riding::Any => true,
            Riding::OwnKey => self.carrier == Carrier::Memory(EVERYTHING),
        }
    }
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
#[derive(Clone, Copy, Default)]
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
