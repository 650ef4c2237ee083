//! Schedules made at run time.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use crate::access::Key;
use crate::condition::{Answer, Asks, Condition};
use crate::run::{Pinned, Threads};
use crate::schedule::ambiguity::Policy;
use crate::schedule::error::ScheduleError;
use crate::schedule::function::SystemFn;
use crate::schedule::member::Member;
use crate::schedule::{Schedule, build};
use crate::system::Run;

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
    pub(super) after: Vec<String>,
    pub(super) before: Vec<String>,
    pub(super) at: &'static Location<'static>,
    pub(super) systems: Vec<Member>,
    conditions: Vec<(Member, Answer, &'static Location<'static>)>,
    /// The answers that its systems look at, once its conditions are systems.
    pub(super) answers: Vec<(Answer, Key)>,
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
            answers: Vec::new(),
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
        self.systems.push(Member::of_fn(system));
        self
    }

    /// Turns its conditions into systems, whose answers its other systems look at. `number` counts the conditions of a schedule.
    pub(super) fn ask_conditions(&mut self, number: &mut usize) {
        if self.conditions.is_empty() {
            return;
        }
        let mut systems = Vec::with_capacity(self.conditions.len() + self.systems.len());
        let mut answers = Vec::with_capacity(self.conditions.len());
        for (mut member, answer, at) in self.conditions.drain(..) {
            let key = Key::condition(*number, at);
            *number += 1;
            member.writes.to_mut().push(key);
            member.asks = true;
            systems.push(member);
            answers.push((answer, key));
        }
        systems.extend(self.systems.drain(..).map(|member| member.gated(&answers)));
        self.systems = systems;
        self.answers.extend(answers);
    }

    /// Adds the systems of a part, after those that it has: on its own conditions, and on those of the part.
    pub(super) fn extend(&mut self, mut part: Self, number: &mut usize) {
        part.ask_conditions(number);
        self.systems.extend(part.systems.into_iter().map(|member| member.gated(&self.answers)));
        self.after.extend(part.after);
        self.before.extend(part.before);
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
        let Self { mut stages, threads, ambiguities } = self;
        let mut conditions = 0;
        for stage in &mut stages {
            stage.ask_conditions(&mut conditions);
        }
        let parts = build::parts(stages, ambiguities, conditions, |_, _| ())?;
        Ok(Schedule::assemble(parts, threads))
    }
}
