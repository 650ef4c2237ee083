//! From needs to the problem that placement solves, and back to gaps.
//!
//! Placement knows passes and dependencies, and may put a call before any pass. A pass that records its own barriers has no
//! call of ours before it, so it counts as part of the pass before: what it needs stays in its own gap, and no call is
//! placed there.

use ash::vk::PipelineStageFlags2 as S;

use crate::declare::pass::PassKind;
use crate::plan::history::By;
use crate::plan::input::{Cadence, Effort, Input, PassInput, Policy};
use crate::plan::placement::{self, Carrier, Choices, Dependency, Frame, Placement, Problem, Producer};
use crate::plan::scan::{How, Need};

/// The needs of a frame as placement sees them, and what it chose.
#[derive(Debug)]
pub(super) struct Arranged {
    /// The need of each dependency of the problem.
    pub(super) needs: Vec<usize>,
    pub(super) problem: Problem,
    pub(super) choices: Choices,
    pub(super) placement: Placement,
    /// The pass that each pass of the problem begins with.
    pub(super) begins: Vec<usize>,
    /// The number of passes.
    end: usize,
}

impl Arranged {
    /// Returns the gap of a call of the problem.
    pub(super) fn gap(&self, call: usize) -> usize {
        self.begins.get(call).copied().unwrap_or(self.end)
    }
}

/// Places the needs of passes whose barriers are emitted.
pub(super) fn arrange(input: &Input, needs: &[Need<'_>]) -> Arranged {
    let begins = begins(&input.passes);
    let (problem, needs) = problem(input, needs, &begins);
    let choices = choices(input);
    let placement = placement::place(&problem, &choices);
    Arranged { needs, problem, choices, placement, begins, end: input.passes.len() }
}

/// Returns a better order of the passes, where all their barriers are emitted.
pub(super) fn reorder(input: &Input, needs: &[Need<'_>]) -> Vec<usize> {
    let passes = &input.passes;
    let begins = begins(passes);
    if begins.len() < passes.len() || passes.first().is_some_and(|pass| !pass.auto_barriers) {
        return (0..passes.len()).collect();
    }
    let mut groups = vec![0; passes.len()];
    for index in 1..passes.len() {
        groups[index] = groups[index - 1] + usize::from(passes[index].stage != passes[index - 1].stage);
    }
    placement::reorder(&problem(input, needs, &begins).0, &choices(input), &groups)
}

fn choices(input: &Input) -> Choices {
    let frame = match input.options.cadence {
        Cadence::Once => Frame::Once,
        Cadence::Repeats => Frame::Repeats,
    };
    let effort = match input.options.effort {
        Effort::Proportional => placement::Effort::Proportional,
        Effort::Steps(steps) => placement::Effort::Nodes(steps),
    };
    Choices { frame, effort, ..Choices::default() }
}

/// Makes the problem, and says which need each of its dependencies is.
fn problem(input: &Input, needs: &[Need<'_>], begins: &[usize]) -> (Problem, Vec<usize>) {
    let blocks = blocks(&input.passes, begins);
    let mut problem = Problem { passes: vec![S::NONE; begins.len()], dependencies: Vec::with_capacity(needs.len()) };
    for (pass, block) in input.passes.iter().zip(&blocks) {
        problem.passes[*block] |= executed(pass);
    }
    // Before a first pass that records its own barriers, no call can stand.
    let head = input.passes.first().is_some_and(|pass| !pass.auto_barriers);
    let mut kept = Vec::with_capacity(needs.len());
    for (index, need) in needs.iter().enumerate() {
        let consumer = match need.after.by {
            By::Pass { pass, .. } | By::Whole { pass } => blocks[pass],
            By::Exit | By::Past(_) | By::Imported(_) => begins.len(),
        };
        let producer = match need.before.map(|before| before.by) {
            Some(By::Pass { pass, .. } | By::Whole { pass }) => Producer::Pass(blocks[pass]),
            _ if head => Producer::Pass(0),
            Some(By::Past(_)) => Producer::PreviousFrame,
            Some(By::Imported(_) | By::Exit) | None => Producer::Outside,
        };
        if producer == Producer::Pass(consumer) {
            continue;
        }
        let carrier = if is_by_hand(input, need) { Carrier::Nothing } else { carrier(input, need) };
        let Need { first, second, .. } = *need;
        problem.dependencies.push(Dependency { producer, consumer, first, second, carrier });
        kept.push(index);
    }
    (problem, kept)
}

/// Returns whether a need belongs to a pass that records its own barriers.
pub(super) fn is_by_hand(input: &Input, need: &Need<'_>) -> bool {
    match need.after.by {
        By::Pass { pass, .. } | By::Whole { pass } => !input.passes[pass].auto_barriers,
        By::Exit | By::Past(_) | By::Imported(_) => false,
    }
}

/// The first pass, and each pass before which a call can stand.
fn begins(passes: &[PassInput]) -> Vec<usize> {
    passes
        .iter()
        .enumerate()
        .filter(|(index, pass)| *index == 0 || pass.auto_barriers)
        .map(|(index, _)| index)
        .collect()
}

/// Returns the pass of the problem that each pass is part of.
fn blocks(passes: &[PassInput], begins: &[usize]) -> Vec<usize> {
    (0..passes.len()).map(|pass| begins.partition_point(|begin| *begin <= pass) - 1).collect()
}

/// The key of the structures of full barriers.
const EVERYTHING: u32 = u32::MAX;

fn carrier(input: &Input, need: &Need<'_>) -> Carrier {
    let key = match input.options.policy {
        Policy::PerResource => need.resource.0 as u32,
        Policy::MergedGlobal | Policy::UnifiedLayouts => 0,
    };
    match need.how {
        How::Memory => Carrier::Memory(key),
        How::Transition(transition) => Carrier::Transition(transition.number),
        How::AfterTransition(transition) => Carrier::AfterTransition { transition: transition.number, key },
        How::Covered => Carrier::Nothing,
        How::Everything => Carrier::Memory(EVERYTHING),
    }
}

/// Returns the pipeline stages that a pass executes: of a draw more than its usages name.
fn executed(pass: &PassInput) -> S {
    let used = pass.accesses.iter().fold(S::NONE, |stages, access| stages | access.usage.stages);
    match pass.kind {
        PassKind::Raster => {
            used | S::VERTEX_SHADER
                | S::EARLY_FRAGMENT_TESTS
                | S::FRAGMENT_SHADER
                | S::LATE_FRAGMENT_TESTS
                | S::COLOR_ATTACHMENT_OUTPUT
        }
        PassKind::Compute => used | S::COMPUTE_SHADER,
        PassKind::Transfer | PassKind::RayTracing => used,
        PassKind::Opaque => S::ALL_COMMANDS,
    }
}
