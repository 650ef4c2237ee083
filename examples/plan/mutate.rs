//! Breaks a plan, one thing at a time, so that the judge can show that it notices.

use std::fmt;
use std::str::FromStr;

use ash::vk;
use fencewright_graphics::plan::{Barrier, Call, Input, Plan, Scope, Target};
use fencewright_graphics::usage::{access_names, layout_name, stage_names};

use crate::judged;
use crate::mutate_queues;

/// Which thing of a plan is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mutation {
    pub(crate) kind: Kind,
    /// Which of that kind, from 0. That it is not below is known only where the plan is.
    pub(crate) number: i64,
}

/// A kind of things to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A call is left out.
    Call,
    /// A structure is left out.
    Struct,
    /// A stage is taken out of a first scope.
    SrcStage,
    /// A stage is taken out of a second scope.
    DstStage,
    /// An access is taken out of a first scope.
    SrcAccess,
    /// An access is taken out of a second scope.
    DstAccess,
    /// A transition begins at, or leads to, another layout.
    Layout,
    /// A structure moves out of the gaps in which it can stand.
    Move,
    /// A wait of a queue for another one is left out.
    Wait,
    /// A stage is taken out of a wait.
    WaitStage,
    /// A wait is for the value before.
    Value,
    /// The first half of an ownership transfer is left out.
    Release,
    /// The second half is.
    Acquire,
}

impl Kind {
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("call", Self::Call),
        ("struct", Self::Struct),
        ("src-stage", Self::SrcStage),
        ("dst-stage", Self::DstStage),
        ("src-access", Self::SrcAccess),
        ("dst-access", Self::DstAccess),
        ("layout", Self::Layout),
        ("move", Self::Move),
    ];

    /// Those of plans over several queues.
    pub(crate) const OF_QUEUES: [(&'static str, Self); 5] = [
        ("wait", Self::Wait),
        ("release", Self::Release),
        ("acquire", Self::Acquire),
        ("wait-stage", Self::WaitStage),
        ("value", Self::Value),
    ];

    fn all() -> impl Iterator<Item = (&'static str, Self)> {
        Self::ALL.into_iter().chain(Self::OF_QUEUES)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::all().find(|(_, kind)| kind == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

impl FromStr for Mutation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (kind, number) = text.split_once(':').ok_or("a mutation is KIND:N, as in struct:0")?;
        let kinds = || Kind::all().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let found = Kind::all().find(|(name, _)| *name == kind);
        let (_, kind) = found.ok_or_else(|| format!("unknown kind `{kind}`; there are {}", kinds()))?;
        let number = number.parse().map_err(|_| format!("`{number}` is no number; count from 0, as in `{kind}:0`"))?;
        Ok(Self { kind, number })
    }
}

/// Breaks a plan; returns what was broken, in words.
pub(crate) fn apply(input: &Input, plan: &mut Plan, mutation: Mutation) -> Result<String, String> {
    let mutants = mutants(input, plan, mutation.kind);
    let count = mutants.len();
    let found = usize::try_from(mutation.number).ok().and_then(|number| mutants.into_iter().nth(number));
    let (words, broken) = found.ok_or_else(|| {
        let Mutation { kind, number } = mutation;
        match count {
            0 => format!("`--mutate {kind}:{number}`: this plan has nothing of kind `{kind}` to break"),
            count => format!("there is no `--mutate {kind}:{number}`; in this plan N is from 0 to {}", count - 1),
        }
    })?;
    *plan = broken;
    Ok(words)
}

/// Lists all plans with one thing of a kind broken, each with what it is in words.
pub(crate) fn mutants(input: &Input, plan: &Plan, kind: Kind) -> Vec<(String, Plan)> {
    let mut mutants = mutate_queues::mutants(plan, kind);
    for (index, call) in plan.calls.iter().enumerate() {
        let place = place(plan, call.gap);
        if kind == Kind::Call {
            mutants.push((format!("without the call {place}"), edited(plan, |calls| drop(calls.remove(index)))));
            continue;
        }
        for (number, barrier) in call.barriers.iter().enumerate() {
            let of = format!("of structure {number} of the call {place}, for {}", what(plan, barrier));
            match kind {
                Kind::Call | Kind::Wait | Kind::WaitStage | Kind::Value | Kind::Release | Kind::Acquire => {}
                Kind::Struct => mutants.push((
                    format!("without structure {number} of the call {place}, for {}", what(plan, barrier)),
                    edited(plan, |calls| drop(calls[index].barriers.remove(number))),
                )),
                Kind::SrcStage | Kind::DstStage | Kind::SrcAccess | Kind::DstAccess => {
                    for (words, narrowed) in narrowed(barrier, kind) {
                        let mutant = edited(plan, |calls| calls[index].barriers[number] = narrowed);
                        mutants.push((format!("without {words} {of}"), mutant));
                    }
                }
                Kind::Layout => {
                    for (words, changed) in other_layouts(barrier) {
                        let mutant = edited(plan, |calls| calls[index].barriers[number] = changed);
                        mutants.push((format!("{words} {of}"), mutant));
                    }
                }
                // What stands at END for the next frame would move there.
                Kind::Move if call.gap == input.passes.len() && judged::is_for_next_frame(barrier) => {}
                Kind::Move => {
                    for gap in outside(input, plan, call, barrier) {
                        let to = (plan.submission_of(gap).unwrap_or(call.submission), gap);
                        let mutant = edited(plan, |calls| moved(calls, index, number, to));
                        let to = self::place(plan, gap);
                        mutants.push((format!("with structure {number} of the call {place} moved {to}"), mutant));
                    }
                }
            }
        }
    }
    mutants
}

fn edited(plan: &Plan, edit: impl FnOnce(&mut Vec<Call>)) -> Plan {
    let mut plan = plan.clone();
    edit(&mut plan.calls);
    plan.calls.retain(|call| !call.barriers.is_empty());
    plan
}

fn place(plan: &Plan, gap: usize) -> String {
    plan.passes.get(gap).map_or_else(|| "at END".to_owned(), |pass| format!("before `{}`", pass.name))
}

pub(crate) fn what(plan: &Plan, barrier: &Barrier) -> String {
    let resource = barrier.target.resource();
    resource.map_or_else(|| "all memory".to_owned(), |resource| format!("`{}`", plan.resource_name(resource)))
}

/// Takes one bit out of a scope.
fn narrowed(barrier: &Barrier, kind: Kind) -> Vec<(String, Barrier)> {
    let bits = |flags: u64| (0..64).map(|bit| 1_u64 << bit).filter(move |bit| flags & bit != 0);
    let without = |scope: Scope, stages: u64, access: u64| Scope {
        stages: scope.stages & !vk::PipelineStageFlags2::from_raw(stages),
        access: scope.access & !vk::AccessFlags2::from_raw(access),
    };
    let stage = |bit| stage_names(vk::PipelineStageFlags2::from_raw(bit)).to_string();
    let access = |bit| access_names(vk::AccessFlags2::from_raw(bit)).to_string();
    let (first, second) = (barrier.first, barrier.second);
    let with = |first, second| Barrier { first, second, ..barrier.clone() };
    match kind {
        Kind::SrcStage => {
            bits(first.stages.as_raw()).map(|bit| (stage(bit), with(without(first, bit, 0), second))).collect()
        }
        Kind::DstStage => {
            bits(second.stages.as_raw()).map(|bit| (stage(bit), with(first, without(second, bit, 0)))).collect()
        }
        Kind::SrcAccess => {
            bits(first.access.as_raw()).map(|bit| (access(bit), with(without(first, 0, bit), second))).collect()
        }
        Kind::DstAccess => {
            bits(second.access.as_raw()).map(|bit| (access(bit), with(first, without(second, 0, bit)))).collect()
        }
        Kind::Call
        | Kind::Struct
        | Kind::Layout
        | Kind::Move
        | Kind::Wait
        | Kind::WaitStage
        | Kind::Value
        | Kind::Release
        | Kind::Acquire => Vec::new(),
    }
}

/// Lets a transition begin at, or lead to, another layout.
fn other_layouts(barrier: &Barrier) -> Vec<(String, Barrier)> {
    let Some((old, new)) = barrier.target.transition() else { return Vec::new() };
    let with = |old, new| {
        let mut changed = barrier.clone();
        if let Target::Image { old_layout, new_layout, .. } = &mut changed.target {
            (*old_layout, *new_layout) = (old, new);
        }
        (
            format!(
                "{} -> {} instead of {} -> {}",
                layout_name(old),
                layout_name(new),
                layout_name(barrier_old(barrier)),
                layout_name(barrier_new(barrier))
            ),
            changed,
        )
    };
    let mut changed = Vec::new();
    let elsewhere = [vk::ImageLayout::GENERAL, vk::ImageLayout::TRANSFER_SRC_OPTIMAL];
    let other = elsewhere.into_iter().find(|layout| *layout != new && *layout != old);
    changed.extend(other.map(|other| with(old, other)));
    if old != vk::ImageLayout::UNDEFINED {
        changed.push(with(vk::ImageLayout::UNDEFINED, new));
        changed.push(with(new, old));
    }
    changed
}

fn barrier_old(barrier: &Barrier) -> vk::ImageLayout {
    barrier.target.transition().map_or(vk::ImageLayout::UNDEFINED, |(old, _)| old)
}

fn barrier_new(barrier: &Barrier) -> vk::ImageLayout {
    barrier.target.transition().map_or(vk::ImageLayout::UNDEFINED, |(_, new)| new)
}

/// Returns the gaps nearest to those in which all that a structure does can be met: right before the last pass that must
/// finish, and right after the first that must wait, of those on its queue.
fn outside(input: &Input, plan: &Plan, call: &Call, barrier: &Barrier) -> Vec<usize> {
    let queue = plan.submissions[call.submission].queue;
    let is_here = |pass: &usize| plan.passes.get(*pass).is_some_and(|pass| pass.runs_on == queue);
    let firsts = barrier.reasons.iter().map(|reason| reason.first.as_ref().and_then(|first| first.pass));
    let seconds = barrier.reasons.iter().map(|reason| reason.second.pass);
    let mut gaps: Vec<usize> = firsts.flatten().filter(is_here).max().into_iter().collect();
    if let Some(second) = seconds.flatten().filter(is_here).min() {
        // On another queue's account it may be after the last pass of its own.
        let next = (second + 1..input.passes.len()).find(is_here);
        gaps.extend(next.or((!plan.topology.has_several_queues()).then_some(input.passes.len())));
    }
    gaps
}

fn moved(calls: &mut Vec<Call>, call: usize, number: usize, (submission, gap): (usize, usize)) {
    let barrier = calls[call].barriers.remove(number);
    match calls.binary_search_by_key(&(gap, submission), |call| (call.gap, call.submission)) {
        Ok(index) => calls[index].barriers.push(barrier),
        Err(index) => calls.insert(index, Call { submission, gap, barriers: vec![barrier] }),
    }
}
