//! Steps with their masks worked out, so that each is looked up once and not for every atom.

use super::masks::{self, Accesses, Stages};
use super::order::{Step, StepIndex, StepTime, Walk};
use super::stream::{Access, Barrier, Order, Scope, Target};

/// One structure of a call as sets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dependency {
    /// The first synchronization scope, with logically earlier stages.
    pub(super) first: Stages,
    /// The stages of the first access scope.
    pub(super) first_exact: Stages,
    /// The accesses of the first access scope.
    pub(super) first_access: Accesses,
    /// The second synchronization scope, with logically later stages.
    pub(super) second: Stages,
    /// The stages of the second access scope.
    pub(super) second_exact: Stages,
    /// The accesses of the second access scope.
    pub(super) second_access: Accesses,
}

impl Dependency {
    fn of(barrier: &Barrier) -> Self {
        let (first, second) = (barrier.first, barrier.second);
        Self {
            first: masks::first_stages(first.stages),
            first_exact: masks::exact_stages(first.stages),
            first_access: masks::exact_accesses(first.access),
            second: masks::second_stages(second.stages),
            second_exact: masks::exact_stages(second.stages),
            second_access: masks::exact_accesses(second.access),
        }
    }
}

/// How one access of a pass looks to the rules.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// Each stage with the accesses that it performs.
    pub(super) pairs: Vec<(Stages, Accesses)>,
    /// All of these accesses.
    all: Accesses,
    /// Whether it needs no order among its like.
    pub(super) concurrent: bool,
}

impl Use {
    pub(super) fn of(access: &Access) -> Self {
        Self { concurrent: access.order == Order::Concurrent, ..Self::of_scope(access.scope) }
    }

    pub(super) fn of_scope(scope: Scope) -> Self {
        let accesses = masks::exact_accesses(scope.access);
        let pairs: Vec<_> = masks::each(masks::exact_stages(scope.stages))
            .map(|stage| (stage, masks::performed_by(stage, accesses)))
            .filter(|(_, performed)| *performed != 0)
            .collect();
        Self { all: pairs.iter().fold(0, |all, pair| all | pair.1), concurrent: false, pairs }
    }

    pub(super) const fn writes(&self) -> bool {
        masks::writes_of(self.all) != 0
    }

    pub(super) const fn only_reads(&self) -> bool {
        self.all != 0 && !self.writes()
    }

    /// Whether it is in raster order.
    pub(super) const fn is_attachment(&self) -> bool {
        masks::only_attachment(self.all)
    }
}

/// A barrier call as sets.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) queue: usize,
    /// One for each structure.
    pub(super) dependencies: Vec<Dependency>,
    /// The structures that apply to all memory.
    pub(super) memory: Vec<usize>,
    /// The synchronization scopes, each pair once: what a structure orders is not limited to its resource.
    pub(super) execution: Vec<(Stages, Stages)>,
}

impl Call {
    fn of(queue: usize, barriers: &[Barrier]) -> Self {
        let dependencies: Vec<Dependency> = barriers.iter().map(Dependency::of).collect();
        let mut execution = Vec::with_capacity(dependencies.len());
        for pair in dependencies.iter().map(|by| (by.first, by.second)) {
            if !execution.contains(&pair) {
                execution.push(pair);
            }
        }
        let memory = (0..barriers.len()).filter(|&at| matches!(barriers[at].target, Target::Memory)).collect();
        Self { queue, dependencies, memory, execution }
    }
}

/// A step as sets.
#[derive(Debug)]
pub(super) enum Lowered {
    Begin { queue: usize, submitted: StepTime },
    Wait { queue: usize, signal: StepIndex, second: Stages },
    Pass { queue: usize, uses: Vec<Use> },
    Call(Call),
    Signal { queue: usize, first: Stages },
    HostWait { signal: StepIndex, at: StepTime },
    Idle { at: StepTime },
    Host { at: StepTime },
}

impl Lowered {
    /// Whether the step concerns every resource.
    pub(super) fn is_global(&self) -> bool {
        match self {
            Self::Begin { .. }
            | Self::Wait { .. }
            | Self::Call(_)
            | Self::Signal { .. }
            | Self::HostWait { .. }
            | Self::Idle { .. } => true,
            Self::Pass { .. } | Self::Host { .. } => false,
        }
    }
}

/// Works out the masks of every step.
pub(super) fn lower(walk: &Walk<'_>) -> Vec<Lowered> {
    walk.steps.iter().map(|(_, step)| lower_step(step)).collect()
}

fn lower_step(step: &Step<'_>) -> Lowered {
    match *step {
        Step::Begin { queue, submitted } => Lowered::Begin { queue: queue.0, submitted },
        Step::Wait { queue, signal, stages } => {
            Lowered::Wait { queue: queue.0, signal, second: masks::queue_wide(stages, masks::second_stages(stages)) }
        }
        Step::Pass { queue, pass } => {
            Lowered::Pass { queue: queue.0, uses: pass.accesses.iter().map(Use::of).collect() }
        }
        Step::Call { queue, barriers } => Lowered::Call(Call::of(queue.0, barriers)),
        Step::Signal { queue, stages } => {
            Lowered::Signal { queue: queue.0, first: masks::queue_wide(stages, masks::first_stages(stages)) }
        }
        Step::HostWait { signal, at } => Lowered::HostWait { signal, at },
        Step::Idle { at } => Lowered::Idle { at },
        Step::Host { at, .. } => Lowered::Host { at },
    }
}
