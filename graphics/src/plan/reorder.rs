//! A better order of the passes.
//!
//! On one queue what depends on what stays the same when passes change places. Over several, waits, ownership transfers and
//! cuts follow from the order, so that each order that is tried is planned.

use std::collections::BTreeSet;

use crate::Access;
use crate::declare::pass::PassKind;
use crate::plan::arrange::{self, executed};
use crate::plan::history::By;
use crate::plan::input::{Effort, Input, Options, PassInput};
use crate::plan::{Steps, placement};

/// In which order passes of one stage execute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PassOrder {
    /// As they stand in the schedule.
    #[default]
    Declared,
    /// In an order with fewer calls and fewer false pairs, where there is one ([`plan::reorder`](crate::plan::reorder)): passes
    /// move inside their stage, and never past one that they have a hazard with. Costs time when a frame is planned.
    Reordered,
}

/// How many passes are planned in all, over the orders that are tried.
const PLANNED: usize = 1 << 15;

/// Returns a better order, where all barriers are emitted.
pub(super) fn reorder(steps: &Steps<'_>) -> Vec<usize> {
    let input = steps.input;
    let present: Vec<usize> = (0..input.passes.len()).collect();
    if input.passes.iter().any(|pass| !pass.auto_barriers) {
        return present;
    }
    let groups = groups(&input.passes);
    match &steps.lanes[..] {
        [lane] => arrange::reorder(input, &steps.scanned, &steps.meeting, lane, &groups),
        _ => over_queues(input, &groups, present),
    }
}

/// Numbers the stages of the schedule: passes move inside of theirs.
fn groups(passes: &[PassInput]) -> Vec<usize> {
    let mut groups = vec![0; passes.len()];
    for index in 1..passes.len() {
        groups[index] = groups[index - 1] + usize::from(passes[index].stage != passes[index - 1].stage);
    }
    groups
}

/// What an order comes to. Neither waits nor ownership transfers become more: those are the last to be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Value {
    calls: usize,
    /// On one queue by barriers, over queues by waits.
    false_pairs: usize,
    waits: usize,
    transfers: usize,
}

fn over_queues(input: &Input, groups: &[usize], present: Vec<usize>) -> Vec<usize> {
    let Some(limit) = value(input, &present) else { return present };
    let allowed = |order: &[usize]| {
        let found = value(input, order).filter(|one| one.waits <= limit.waits && one.transfers <= limit.transfers);
        (found.is_none(), found)
    };
    let reach = |order: &[usize], from: usize| {
        let pass = order[from];
        let stops =
            |other: usize| groups[other] != groups[pass] || is_hazard(&input.passes[pass], &input.passes[other]);
        let low = (0..from).rev().take_while(|at| !stops(order[*at])).last().unwrap_or(from);
        let high = (from + 1..order.len()).take_while(|at| !stops(order[*at])).last().unwrap_or(from);
        (low..=high).filter(|to| *to != from).collect()
    };
    placement::descend(present, PLANNED / groups.len().max(1), reach, allowed).1
}

/// Returns whether two passes use the same with a write among them, or may.
fn is_hazard(one: &PassInput, other: &PassInput) -> bool {
    one.kind == PassKind::Opaque
        || other.kind == PassKind::Opaque
        || one.accesses.iter().any(|first| {
            other.accesses.iter().any(|second| {
                let write = first.access == Access::Write || second.access == Access::Write;
                write && first.resource == second.resource && first.part.meets(&second.part)
            })
        })
}

/// Plans the passes in another order; nothing where that is refused.
fn value(input: &Input, order: &[usize]) -> Option<Value> {
    let passes = order.iter().map(|pass| input.passes[*pass].clone()).collect();
    let options = Options { effort: Effort::Steps(1), ..input.options };
    let tried = Input { passes, options, ..input.clone() };
    let steps = Steps::of(&tried).ok()?;
    let mut value = Value {
        calls: 0,
        false_pairs: 0,
        waits: steps.meeting.own().count(),
        transfers: steps.scanned.handovers.len(),
    };
    for arranged in &steps.arranged {
        let structures = arranged.placement.structures.iter();
        value.calls += structures.map(|structure| arranged.place(structure.gap)).collect::<BTreeSet<_>>().len();
        value.false_pairs += placement::false_pairs(&arranged.problem, &arranged.placement).len();
    }
    value.false_pairs += held_back_for_nothing(&steps);
    Some(value)
}

/// Counts the pairs of passes that a wait puts in order although the later one does not depend on the other.
fn held_back_for_nothing(steps: &Steps<'_>) -> usize {
    let count = steps.input.passes.len();
    let depends = depends(steps);
    let mut pairs = BTreeSet::new();
    for (number, wait) in steps.meeting.own() {
        let held_back = placement::held_back_by(steps.meeting.stages[number]);
        let waits = |pass: usize| {
            let at = steps.assigned.moment(pass);
            let stages = placement::scope::stages(executed(&steps.input.passes[pass]));
            at.queue == wait.at.queue && at.key >= wait.at.key && stages.intersects(held_back)
        };
        let over: Vec<usize> = (0..count).filter(|pass| wait.covers(steps.assigned.moment(*pass))).collect();
        for after in (0..count).filter(|pass| waits(*pass)) {
            pairs.extend(over.iter().filter(|before| !depends[after][**before]).map(|before| (*before, after)));
        }
    }
    pairs.len()
}

/// Returns for each pass the earlier ones that it depends on, through any number of others.
fn depends(steps: &Steps<'_>) -> Vec<Vec<bool>> {
    let count = steps.input.passes.len();
    let mut direct = vec![BTreeSet::new(); count];
    for need in &steps.scanned.needs {
        let before = need.before.map(|before| before.by);
        let (Some(By::Pass { pass: before, .. } | By::Whole { pass: before }), By::Pass { pass, .. }) =
            (before, need.after.by)
        else {
            continue;
        };
        direct[pass].insert(before);
    }
    let mut depends = vec![vec![false; count]; count];
    for (pass, direct) in direct.iter().enumerate() {
        let (earlier, later) = depends.split_at_mut(pass);
        for &before in direct {
            later[0][before] = true;
            later[0].iter_mut().zip(&earlier[before]).for_each(|(known, other)| *known |= *other);
        }
    }
    depends
}
