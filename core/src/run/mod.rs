//! Runs a schedule: one system at a time on a thread, each named when it fails.

mod budget;
#[allow(unsafe_code, reason = "the world and the systems, in the hands of whoever has the turn")]
mod cells;
mod dispatch;
mod executor;
mod failure;
mod helper;
#[allow(unsafe_code, reason = "a system that stays on one thread, among others that do not")]
mod here;
mod inside;
mod progress;
mod share;
mod standing;
mod threads;
mod turn;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use crate::cx::{Cx, CxParts};
use crate::declaration::Declaration;
use crate::error::Failure;
use crate::program::{Program, RunContext};
use crate::recording::Recorder;
use crate::run::budget::Watch;
use crate::run::cells::Cells;
use crate::run::executor::{Claim, Dag, Fault, FaultKind};
use crate::run::failure::message;
use crate::run::turn::Turn;
use crate::schedule::{Graph, Node};
use crate::system::{Outcome, Run};
use crate::world::World;

pub(crate) use budget::Budget;
pub use budget::Overrun;
pub(crate) use cells::{RunNumber, Slot, Slots};
pub use dispatch::{Invocation, Scope};
pub use executor::Helpers;
pub use failure::{Cause, RunError, SystemFailure};
pub(crate) use here::{OnlyHere, Pinned};
pub use threads::Threads;

/// The executor of a schedule's graph.
pub(crate) type Executor = executor::Executor<Failure>;

/// A system of any type.
pub(crate) trait AnySystem: Send {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome;
    fn declare(&self, declaration: &mut Declaration);
}

impl<S: Run + Send> AnySystem for S {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        Run::run(self, &Cx::new(parts))?;
        parts.note_run();
        Ok(())
    }

    fn declare(&self, declaration: &mut Declaration) {
        crate::system::System::declare(self, declaration);
    }
}

/// Makes the executor of a graph.
pub(crate) fn executor(program: &Program, graph: &Graph) -> Executor {
    let pinned = graph.nodes().iter().map(|node| match node {
        Node::System(index) => program.systems[*index].pinned,
        Node::Sync { .. } => false,
    });
    let waits = graph.edges().iter().map(|edge| (edge.first, edge.second));
    let needs = graph.dependencies().iter().map(|edge| (edge.first, edge.second));
    Executor::new(Dag::new(pinned.collect(), waits, needs))
}

/// What there is to run.
pub(crate) struct Job<'a> {
    pub(crate) program: &'a Program,
    pub(crate) graph: &'a Graph,
    pub(crate) executor: &'a mut Executor,
    pub(crate) number: RunNumber,
    pub(crate) slots: &'a mut Slots,
    pub(crate) threads: &'a Threads,
    pub(crate) world: &'a mut World,
    pub(crate) context: Option<&'a dyn RunContext>,
    /// The one legal order to keep to, on the calling thread.
    pub(crate) order: Option<&'a [usize]>,
    pub(crate) recorder: Option<&'a Recorder>,
    pub(crate) budget: Option<&'a Budget>,
}

/// Runs every system once.
pub(crate) fn run(job: Job<'_>) -> Result<(), RunError> {
    let Job { program, graph, executor, number, slots, threads, world, context, order, recorder, budget } = job;
    let commands = Mutex::default();
    let cells = Cells::new(world, slots);
    let run = OneRun { program, graph, number, threads, context, recorder, budget, cells, commands: &commands };
    let faults = match order {
        None => executor.run(threads, &|claim| run.take(claim)),
        Some(order) => executor.run_in_order(order, &|claim| run.take(claim)),
    };
    let commands = commands.into_inner().unwrap_or_else(PoisonError::into_inner);
    if faults.is_empty() && commands.is_empty() { Ok(()) } else { Err(failed(program, graph, faults, commands)) }
}

struct OneRun<'a> {
    program: &'a Program,
    graph: &'a Graph,
    number: RunNumber,
    threads: &'a Threads,
    context: Option<&'a dyn RunContext>,
    recorder: Option<&'a Recorder>,
    budget: Option<&'a Budget>,
    cells: Cells<'a>,
    /// What commands of a system, by its index, died of.
    commands: &'a Mutex<Vec<(usize, Cause)>>,
}

impl OneRun<'_> {
    fn take(&self, claim: Claim) -> Outcome {
        let _slice = self.recorder.map(|recorder| recorder.start(claim.node()));
        let turn = Turn::new(claim, self.graph.nodes());
        match turn.node() {
            Node::System(index) => {
                let watch = self.budget.map(|budget| budget.start(index));
                let outcome = self.system(turn, index);
                watch.into_iter().for_each(Watch::end);
                outcome
            }
            Node::Sync { stage } => {
                self.sync(turn, stage);
                Ok(())
            }
        }
    }

    fn system(&self, mut turn: Turn, index: usize) -> Outcome {
        #[cfg(feature = "tracing")]
        let _span = tracing::info_span!("system", name = self.program.systems[index].name()).entered();
        let (world, slot) = self.cells.system(&mut turn, index);
        // An earlier run may have leaked claims, and left the commands of a system that failed.
        slot.own.table.reset();
        slot.own.table.follow(world.shared());
        if let Some(commands) = &mut slot.own.commands {
            commands.clear();
        }
        slot.system.run(&CxParts {
            world,
            own: &slot.own,
            system: &self.program.systems[index],
            index,
            threads: self.threads,
            context: self.context,
        })?;
        slot.done = self.number;
        Ok(())
    }

    /// Applies the commands of a stage, in program order. Those of a system that failed are dropped.
    // Apart from the path that every system takes, which is a few nanoseconds long.
    #[inline(never)]
    fn sync(&self, mut turn: Turn, stage: usize) {
        let (world, mut slots) = self.cells.all(&mut turn);
        for (index, system) in self.program.systems.iter().enumerate() {
            if system.stage != stage {
                continue;
            }
            let slot = slots.get(index);
            let Some(commands) = &mut slot.own.commands else { continue };
            let done = slot.done == self.number;
            let apply_or_drop = AssertUnwindSafe(|| if done { commands.apply(world) } else { commands.clear() });
            if let Err(payload) = catch_unwind(apply_or_drop) {
                let cause = Cause::Commands(message(payload));
                self.commands.lock().unwrap_or_else(PoisonError::into_inner).push((index, cause));
            }
        }
    }
}

/// Says what failed and what was skipped for it, in program order.
fn failed(program: &Program, graph: &Graph, faults: Vec<Fault<Failure>>, commands: Vec<(usize, Cause)>) -> RunError {
    let mut skipped = vec![false; graph.nodes().len()];
    let mut causes = commands;
    for fault in faults {
        skipped[fault.node] = true;
        let cause = match fault.kind {
            FaultKind::Failed(failure) => Cause::Error(failure),
            FaultKind::Panicked(payload) => Cause::Panic(message(payload)),
        };
        match graph.nodes()[fault.node] {
            Node::System(index) => causes.push((index, cause)),
            Node::Sync { stage } => unreachable!("sync point {stage} catches what it meets"),
        }
    }
    // Sorted by the second node, so one pass sees every path.
    for edge in graph.dependencies() {
        skipped[edge.second] |= skipped[edge.first];
    }
    causes.sort_by_key(|&(index, _)| index);
    let skipped = graph.nodes().iter().zip(skipped).filter_map(|(node, skipped)| match node {
        Node::System(index) if skipped && causes.iter().all(|(failed, _)| failed != index) => Some(*index),
        Node::System(_) | Node::Sync { .. } => None,
    });
    let name = |index: usize| program.systems[index].name.clone();
    let skipped = skipped.map(name).collect();
    let failures = causes.into_iter().map(|(index, cause)| SystemFailure { system: name(index), cause }).collect();
    RunError::Systems { failures, skipped }
}
