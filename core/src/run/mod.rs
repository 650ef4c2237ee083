//! Runs a schedule: one system at a time on a thread, each named when it fails.

#[allow(unsafe_code, reason = "the world and the systems, in the hands of whoever has the turn")]
mod cells;
mod executor;
mod failure;
mod inside;
mod threads;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::cx::{Cx, CxParts};
use crate::declaration::Declaration;
use crate::program::{Program, RunContext};
use crate::run::cells::{Cells, SlotState};
use crate::run::executor::Turn;
use crate::run::failure::message;
use crate::run::inside::Inside;
use crate::schedule::{Graph, Node};
use crate::system::{Outcome, Run};
use crate::world::World;

pub(crate) use cells::{Slot, Slots};
pub(crate) use executor::Plan;
pub use failure::{Cause, RunError, SystemFailure};
pub use threads::Threads;

/// A system of any type.
pub(crate) trait AnySystem: Send {
    fn run(&mut self, parts: CxParts<'_>) -> Outcome;
    fn declare(&self, declaration: &mut Declaration);
}

impl<S: Run + Send> AnySystem for S {
    fn run(&mut self, parts: CxParts<'_>) -> Outcome {
        Run::run(self, &Cx::new(parts))
    }

    fn declare(&self, declaration: &mut Declaration) {
        crate::system::System::declare(self, declaration);
    }
}

/// What there is to run.
pub(crate) struct Job<'a> {
    pub(crate) program: &'a Program,
    pub(crate) graph: &'a Graph,
    pub(crate) plan: &'a Plan,
    pub(crate) slots: &'a mut Slots,
    pub(crate) threads: &'a Threads,
    pub(crate) world: &'a mut World,
    pub(crate) context: Option<&'a dyn RunContext>,
}

/// Runs every system once.
pub(crate) fn run(job: Job<'_>) -> Result<(), RunError> {
    let Job { program, graph, plan, slots, threads, world, context } = job;
    slots.iter_mut().for_each(Slot::reset);
    let doomed: Box<[AtomicBool]> = graph.nodes().iter().map(|_| AtomicBool::new(false)).collect();
    let run = OneRun { program, graph, threads, context, cells: Cells::new(world, slots), doomed };
    executor::execute(plan, threads, &|turn| run.take(turn));
    drop(run);
    result(program, slots)
}

struct OneRun<'a> {
    program: &'a Program,
    graph: &'a Graph,
    threads: &'a Threads,
    context: Option<&'a dyn RunContext>,
    cells: Cells<'a>,
    /// The nodes that depend on one that failed.
    doomed: Box<[AtomicBool]>,
}

impl OneRun<'_> {
    fn take(&self, turn: Turn) {
        match turn.node() {
            Node::System(index) => self.system(turn, index),
            Node::Sync { stage } => self.sync(turn, stage),
        }
    }

    fn system(&self, mut turn: Turn, index: usize) {
        let node = turn.index();
        let (world, slot) = self.cells.system(&mut turn, index);
        if self.doomed[node].load(Ordering::Relaxed) {
            slot.state = SlotState::Skipped;
            return;
        }
        let parts = CxParts {
            world,
            own: &slot.own,
            system: &self.program.systems[index],
            index,
            threads: self.threads,
            context: self.context,
        };
        let system = &mut slot.system;
        let _inside = Inside::enter();
        slot.state = match catch_unwind(AssertUnwindSafe(|| system.run(parts))) {
            Ok(Ok(())) => SlotState::Done,
            Ok(Err(failure)) => SlotState::Failed(Cause::Error(failure)),
            Err(payload) => SlotState::Failed(Cause::Panic(message(&*payload))),
        };
        if let SlotState::Failed(_) = slot.state {
            self.doom(node);
        }
    }

    /// Applies the commands of a stage, in program order. Those of a system that failed are dropped.
    fn sync(&self, mut turn: Turn, stage: usize) {
        let (world, mut slots) = self.cells.all(&mut turn);
        for (index, system) in self.program.systems.iter().enumerate() {
            if system.stage != stage {
                continue;
            }
            let slot = slots.get(index);
            let Some(commands) = &mut slot.own.commands else { continue };
            match slot.state {
                SlotState::Done => {}
                SlotState::Waiting | SlotState::Failed(_) | SlotState::Skipped => {
                    commands.clear();
                    continue;
                }
            }
            let _inside = Inside::enter();
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| commands.apply(world))) {
                slot.state = SlotState::Failed(Cause::Commands(message(&*payload)));
            }
        }
    }

    /// Marks all that depends on a system that failed, before any of it can start.
    fn doom(&self, failed: usize) {
        let mut doomed = vec![false; self.graph.nodes().len()];
        doomed[failed] = true;
        // Sorted by the second node, so one pass sees every path.
        for edge in self.graph.dependencies() {
            if doomed[edge.first] && !doomed[edge.second] {
                doomed[edge.second] = true;
                self.doomed[edge.second].store(true, Ordering::Relaxed);
            }
        }
    }
}

impl Slot {
    fn reset(&mut self) {
        self.state = SlotState::Waiting;
        self.own.table.reset();
        if let Some(commands) = &mut self.own.commands {
            commands.clear();
        }
    }
}

/// Gathers what failed, in program order.
fn result(program: &Program, slots: &mut Slots) -> Result<(), RunError> {
    let (mut failures, mut skipped) = (Vec::new(), Vec::new());
    for (slot, system) in slots.iter_mut().zip(program.systems()) {
        match std::mem::take(&mut slot.state) {
            SlotState::Done => {}
            SlotState::Waiting | SlotState::Skipped => skipped.push(system.name.clone()),
            SlotState::Failed(cause) => failures.push(SystemFailure { system: system.name.clone(), cause }),
        }
    }
    if failures.is_empty() { Ok(()) } else { Err(RunError::Systems { failures, skipped }) }
}
