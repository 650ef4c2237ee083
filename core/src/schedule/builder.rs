//! Schedules made at run time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::access::Key;
use crate::condition::{Answer, Asks, Condition, Gated};
use crate::cx::{Own, Table};
use crate::declaration::{Annotation, Declaration};
use crate::program::{Program, ProgramSystem};
use crate::query::QueryCaches;
use crate::run::{AnySystem, Pinned, Slot, Threads};
use crate::schedule::ambiguity::{Declared, Policy};
use crate::schedule::error::ScheduleError;
use crate::schedule::function::{FnBody, SystemFn};
use crate::schedule::graph::{Graph, Reason};
use crate::schedule::order::{Order, StageOrder, resolve};
use crate::schedule::{Schedule, hazard, within};
use crate::system::{Run, System, SystemInfo};
use crate::world::Commands;

/// Collects the stages of a schedule.
///
/// # Examples
///
/// ```
/// use fencewright::{Schedule, Stage, World};
///
/// let mut schedule = Schedule::builder()
///     .stage(Stage::new("render").after("simulate"))
///     .stage(Stage::new("simulate"))
///     .build()?;
/// assert_eq!(schedule.program().stages(), ["simulate", "render"]);
/// schedule.run(&mut World::new())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
#[must_use = "a builder does nothing until `build`"]
pub struct ScheduleBuilder {
    stages: Vec<Stage>,
    threads: Threads,
    ambiguities: Policy,
}

/// A named slot of a schedule, with its systems in program order.
#[must_use = "a stage does nothing until it is part of a schedule"]
pub struct Stage {
    pub(super) name: String,
    after: Vec<String>,
    before: Vec<String>,
    at: &'static Location<'static>,
    pub(super) systems: Vec<Member>,
    conditions: Vec<(Member, Answer, &'static Location<'static>)>,
}

/// A system of a stage.
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) info: SystemInfo,
    pub(crate) reads: Cow<'static, [Key]>,
    pub(crate) writes: Cow<'static, [Key]>,
    pub(crate) after: Vec<String>,
    pub(crate) system: Box<dyn AnySystem>,
    /// Whether it runs only on the thread that runs the schedule.
    pub(crate) pinned: bool,
}

impl Stage {
    /// Makes an empty stage.
    #[track_caller]
    pub fn new(name: impl Into<String>) -> Self {
        let at = Location::caller();
        Self {
            name: name.into(),
            after: Vec::new(),
            before: Vec::new(),
            at,
            systems: Vec::new(),
            conditions: Vec::new(),
        }
    }

    /// Puts it after another stage.
    pub fn after(mut self, stage: impl Into<String>) -> Self {
        self.after.push(stage.into());
        self
    }

    /// Puts it before another stage.
    pub fn before(mut self, stage: impl Into<String>) -> Self {
        self.before.push(stage.into());
        self
    }

    /// Runs its systems only when a condition holds: it is asked once in a run, before the first of them.
    ///
    /// Of several conditions all must hold.
    #[track_caller]
    pub fn run_if<C: Condition + Send>(mut self, condition: C) -> Self {
        let answer = Answer::default();
        let system = Box::new(Asks { condition, answer: Arc::clone(&answer) });
        self.conditions.push((Member::of::<C>(system), answer, Location::caller()));
        self
    }

    /// Adds a system, after those that it has.
    pub fn system<S: Run + Send>(mut self, system: S) -> Self {
        self.systems.push(Member::of::<S>(Box::new(system)));
        self
    }

    /// Adds a system that runs only on the thread that runs the schedule.
    pub(super) fn pinned<P: Pinned + 'static>(mut self, system: P) -> Self {
        self.systems.push(Member { pinned: true, ..Member::of::<P::System>(Box::new(system)) });
        self
    }

    /// Adds a system made at run time, after those that it has.
    pub fn system_fn(mut self, system: SystemFn) -> Self {
        let info = system.info();
        let SystemFn { name, reads, writes, after, body, .. } = system;
        let (reads, writes) = (Cow::Owned(reads), Cow::Owned(writes));
        self.systems.push(Member { name, info, reads, writes, after, system: Box::new(FnBody(body)), pinned: false });
        self
    }
}

impl Member {
    fn of<S: System>(system: Box<dyn AnySystem>) -> Self {
        Self {
            name: S::INFO.name.to_owned(),
            info: S::INFO,
            reads: Cow::Borrowed(S::INFO.reads),
            writes: Cow::Borrowed(S::INFO.writes),
            after: Vec::new(),
            system,
            pinned: false,
        }
    }
}

/// Turns the conditions of each stage into systems, whose answers the others of the stage read.
fn ask_conditions(stages: &mut [Stage]) {
    let mut number = 0;
    for stage in stages.iter_mut().filter(|stage| !stage.conditions.is_empty()) {
        let (mut asking, mut answers, mut keys) = (Vec::new(), Vec::new(), Vec::new());
        for (mut member, answer, at) in stage.conditions.drain(..) {
            let key = Key::condition(number, at);
            number += 1;
            member.writes.to_mut().push(key);
            asking.push(member);
            answers.push(answer);
            keys.push(key);
        }
        for mut member in std::mem::replace(&mut stage.systems, asking) {
            member.reads.to_mut().extend(&keys);
            member.system = Box::new(Gated { answers: answers.clone().into(), system: member.system });
            stage.systems.push(member);
        }
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let systems: Vec<_> = self.systems.iter().map(|member| &*member.name).collect();
        f.debug_struct("Stage")
            .field("name", &self.name)
            .field("after", &self.after)
            .field("before", &self.before)
            .field("systems", &systems)
            .finish_non_exhaustive()
    }
}

impl ScheduleBuilder {
    /// Adds a stage.
    pub fn stage(mut self, stage: Stage) -> Self {
        self.stages.push(stage);
        self
    }

    /// Refuses to build while systems with a hazard have no declared order; see [`Schedule::ambiguities`].
    pub fn deny_ambiguities(mut self) -> Self {
        self.ambiguities.deny = true;
        self
    }

    /// Accepts that two systems, given by their names in either order, run as they stand.
    pub fn allow_ambiguity(mut self, a: impl Into<String>, b: impl Into<String>) -> Self {
        self.ambiguities.allowed.push((a.into(), b.into()));
        self
    }

    /// Says on which threads it runs.
    pub fn threads(mut self, threads: Threads) -> Self {
        self.threads = threads;
        self
    }

    /// Builds the schedule.
    ///
    /// # Errors
    ///
    /// Returns an error if a stage is unknown or there twice, if the stages cannot be ordered, or if what a system
    /// declares is wrong.
    pub fn build(self) -> Result<Schedule, ScheduleError> {
        let order = order_of(&self.stages)?;
        let mut stages = in_order(self.stages, &order);
        ask_conditions(&mut stages);
        let groups = group_names(&stages, &order);
        let declared = Declared { stages: later_in_order(&order), policy: self.ambiguities };
        let (stages, explicit) = within::order(stages)?;
        let (program, systems) = program_of(stages);
        check(&program)?;
        let accesses: Vec<_> = program.systems.iter().map(hazard::accesses).collect();
        let graph = graph_of(&program, &accesses, &explicit);
        declared.check(&program, &graph)?;
        let slots = systems.into_iter().zip(&program.systems).zip(accesses).map(|((system, known), accesses)| {
            let own = Own {
                table: Table::new(accesses.into_iter(), hazard::whole_world(known).is_some()),
                queries: QueryCaches::default(),
                commands: gives_commands(known).then(Commands::default),
            };
            Slot::new(system, own)
        });
        let slots = slots.collect();
        Ok(Schedule::assemble(program, graph, groups, declared, slots, self.threads))
    }
}

fn order_of(stages: &[Stage]) -> Result<Order, ScheduleError> {
    let stages: Vec<_> = stages
        .iter()
        .map(|stage| StageOrder {
            name: &stage.name,
            after: stage.after.iter().map(String::as_str).collect(),
            before: stage.before.iter().map(String::as_str).collect(),
            at: stage.at,
        })
        .collect();
    resolve(&stages)
}

/// Puts the stages in order.
fn in_order(stages: Vec<Stage>, order: &Order) -> Vec<Stage> {
    let mut place = vec![0; stages.len()];
    for (position, &stage) in order.stages.iter().enumerate() {
        place[stage] = position;
    }
    let mut stages: Vec<_> = stages.into_iter().enumerate().collect();
    stages.sort_by_key(|(declared, _)| place[*declared]);
    stages.into_iter().map(|(_, stage)| stage).collect()
}

/// Lists for each stage in order those that are declared to come right after it.
fn later_in_order(order: &Order) -> Vec<Vec<usize>> {
    let mut place = vec![0; order.stages.len()];
    for (position, &stage) in order.stages.iter().enumerate() {
        place[stage] = position;
    }
    order.stages.iter().map(|&stage| order.later[stage].iter().map(|&later| place[later]).collect()).collect()
}

/// Names the stages of each group. `stages` stand in order by now, the groups name them as declared.
fn group_names(stages: &[Stage], order: &Order) -> Vec<Vec<String>> {
    let place = |declared: usize| order.stages.iter().position(|&stage| stage == declared).unwrap_or_default();
    order.groups.iter().map(|group| group.iter().map(|&stage| stages[place(stage)].name.clone()).collect()).collect()
}

fn program_of(stages: Vec<within::Ordered>) -> (Program, Vec<Box<dyn AnySystem>>) {
    let mut program = Program::default();
    let mut systems = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (stage, within::Ordered { name, members }) in stages.into_iter().enumerate() {
        program.stages.push(name);
        for Member { name, info, reads, writes, system, pinned, .. } in members {
            let count = seen.entry(name.clone()).or_default();
            let name = if *count == 0 { name } else { format!("{name}#{count}") };
            *count += 1;
            let mut declaration = Declaration::default();
            system.declare(&mut declaration);
            program.systems.push(ProgramSystem { name, stage, info, reads, writes, declaration, pinned });
            systems.push(system);
        }
    }
    (program, systems)
}

/// Lets every fact that a system carries check itself.
fn check(program: &Program) -> Result<(), ScheduleError> {
    for system in program.systems() {
        let of_type = system.info.annotations.iter().copied();
        for annotation in of_type.chain(system.declaration.annotations()) {
            check_one(annotation, system)?;
        }
    }
    Ok(())
}

fn check_one(annotation: &dyn Annotation, system: &ProgramSystem) -> Result<(), ScheduleError> {
    annotation.check(&system.info).map_err(|failure| {
        let at = failure.at();
        ScheduleError::Declaration { system: system.name.clone(), error: failure.into_error(), at }
    })
}

fn graph_of(program: &Program, accesses: &[Vec<(Key, bool)>], explicit: &[(usize, usize)]) -> Graph {
    let stages: Vec<_> = program.systems.iter().map(|system| system.stage).collect();
    let mut syncs = vec![false; program.stages.len()];
    for system in &program.systems {
        syncs[system.stage] |= gives_commands(system);
    }
    let whole: Vec<_> = program.systems.iter().map(|system| hazard::whole_world(system).copied()).collect();
    let mut reasons = hazard::find(accesses, &whole);
    reasons.extend(
        explicit.iter().map(|&(first, second)| (first, second, Reason::After { at: program.systems[second].at() })),
    );
    Graph::new(&stages, &syncs, reasons)
}

fn gives_commands(system: &ProgramSystem) -> bool {
    system.writes.iter().any(hazard::is_commands)
}
