//! Schedules with systems that stay on one thread: those of window systems, and those whose data is not `Send`.

use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::time::Duration;

use crate::program::RunContext;
use crate::recording::{Recording, ReplayError, RunOrder};
use crate::run::{OnlyHere, RunError, Threads};
use crate::schedule::builder::{ScheduleBuilder, Stage};
use crate::schedule::error::ScheduleError;
use crate::schedule::{Edit, Schedule, SystemFn};
use crate::system::Run;
use crate::world::World;

/// Keeps a value on its thread.
type Here = PhantomData<*const ()>;

/// A stage with a system that stays on the thread that runs the schedule. Made by [`Stage::main_thread`].
#[must_use = "a stage does nothing until it is part of a schedule"]
pub struct LocalStage {
    stage: Stage,
    here: Here,
}

/// Collects the stages of a [`LocalSchedule`]. Made by [`ScheduleBuilder::local_stage`].
#[must_use = "a builder does nothing until `build`"]
pub struct LocalScheduleBuilder {
    builder: ScheduleBuilder,
    here: Here,
}

/// A schedule with systems that stay on one thread: that which made it, and alone can run it.
///
/// Its other systems run on any thread, as ever. It shows what a [`Schedule`] shows.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// use fencewright::prelude::*;
///
/// #[derive(System)]
/// struct PumpEvents {
///     window: Rc<str>, // not `Send`
/// }
///
/// impl Run for PumpEvents {
///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
///         assert_eq!(&*self.window, "main");
///         Ok(())
///     }
/// }
///
/// let stage = Stage::new("input").main_thread(PumpEvents { window: Rc::from("main") });
/// let mut schedule = Schedule::builder().local_stage(stage).build()?;
/// schedule.run(&mut World::new())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// It does not leave its thread:
///
/// ```compile_fail,E0277
/// # use fencewright::prelude::*;
/// # let mut schedule = Schedule::builder().local_stage(Stage::new("input").main_thread_stage()).build().unwrap();
/// std::thread::spawn(move || schedule.run(&mut World::new()));
/// ```
pub struct LocalSchedule {
    schedule: Schedule,
    here: Here,
}

impl Stage {
    /// Adds a system that runs on the thread that runs the schedule, and may hold what is not `Send`.
    pub fn main_thread<S: Run>(self, system: S) -> LocalStage {
        self.main_thread_stage().main_thread(system)
    }

    /// Lets the stage have systems that stay on one thread.
    pub const fn main_thread_stage(self) -> LocalStage {
        LocalStage { stage: self, here: PhantomData }
    }
}

impl LocalStage {
    /// Adds a system that runs on the thread that runs the schedule, and may hold what is not `Send`.
    pub fn main_thread<S: Run>(mut self, system: S) -> Self {
        // The schedule that this becomes part of does not leave this thread.
        self.stage = self.stage.pinned(OnlyHere::new(system));
        self
    }

    /// Adds a system, after those that it has.
    pub fn system<S: Run + Send>(mut self, system: S) -> Self {
        self.stage = self.stage.system(system);
        self
    }

    /// Adds a system made at run time, after those that it has.
    pub fn system_fn(mut self, system: SystemFn) -> Self {
        self.stage = self.stage.system_fn(system);
        self
    }
}

impl ScheduleBuilder {
    /// Adds a stage with systems that stay on this thread.
    pub fn local_stage(self, stage: LocalStage) -> LocalScheduleBuilder {
        LocalScheduleBuilder { builder: self, here: PhantomData }.local_stage(stage)
    }
}

impl LocalScheduleBuilder {
    /// Adds a stage.
    pub fn stage(mut self, stage: Stage) -> Self {
        self.builder = self.builder.stage(stage);
        self
    }

    /// Adds a stage with systems that stay on this thread.
    pub fn local_stage(mut self, stage: LocalStage) -> Self {
        self.builder = self.builder.stage(stage.stage);
        self
    }

    /// Refuses to build while systems with a hazard have no declared order; see [`Schedule::ambiguities`].
    pub fn deny_ambiguities(mut self) -> Self {
        self.builder = self.builder.deny_ambiguities();
        self
    }

    /// Accepts that two systems, given by their names in either order, run as they stand.
    pub fn allow_ambiguity(mut self, a: impl Into<String>, b: impl Into<String>) -> Self {
        self.builder = self.builder.allow_ambiguity(a, b);
        self
    }

    /// Says on which threads the other systems run.
    pub fn threads(mut self, threads: Threads) -> Self {
        self.builder = self.builder.threads(threads);
        self
    }

    /// Builds the schedule.
    ///
    /// # Errors
    ///
    /// Returns an error as [`ScheduleBuilder::build`] does.
    pub fn build(self) -> Result<LocalSchedule, ScheduleError> {
        Ok(LocalSchedule { schedule: self.builder.build()?, here: PhantomData })
    }
}

impl LocalSchedule {
    /// Runs every system once.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Schedule::run`] does.
    pub fn run(&mut self, world: &mut World) -> Result<(), RunError> {
        self.schedule.run(world)
    }

    /// Runs every system once, with a context.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Schedule::run_with`] does.
    #[track_caller]
    pub fn run_with(&mut self, world: &mut World, context: &impl RunContext) -> Result<(), RunError> {
        self.schedule.run_with(world, context)
    }

    /// Says on which threads the other systems run.
    #[must_use]
    pub fn with_threads(mut self, threads: Threads) -> Self {
        self.schedule = self.schedule.with_threads(threads);
        self
    }

    /// Says in which of its legal orders it runs from now on.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Schedule::set_order`] does.
    pub fn set_order(&mut self, order: RunOrder) -> Result<(), ReplayError> {
        self.schedule.set_order(order)
    }

    /// Records every run from now on, as [`Schedule::record`] does.
    pub fn record(&mut self) {
        self.schedule.record();
    }

    /// Ends the recording and returns it; it is empty if there is none.
    pub fn take_recording(&mut self) -> Recording {
        self.schedule.take_recording()
    }

    /// Gives each system so much time in a run, as [`Schedule::set_budget`] does.
    pub fn set_budget(&mut self, each: Option<Duration>) {
        self.schedule.set_budget(each);
    }
}

/// Changes to a schedule with systems that stay on one thread: what an [`Edit`] is to a [`Schedule`]. Made by [`LocalSchedule::edit`].
#[derive(Debug)]
#[must_use = "an edit does nothing until `apply`"]
pub struct LocalEdit<'s> {
    edit: Edit<'s>,
    here: Here,
}

impl LocalSchedule {
    /// Starts to change which systems it has.
    pub fn edit(&mut self) -> LocalEdit<'_> {
        LocalEdit { edit: self.schedule.edit(), here: PhantomData }
    }
}

impl LocalEdit<'_> {
    /// Adds a stage; see [`Edit::stage`].
    pub fn stage(mut self, stage: Stage) -> Self {
        self.edit = self.edit.stage(stage);
        self
    }

    /// Adds a stage with systems that stay on this thread.
    pub fn local_stage(self, stage: LocalStage) -> Self {
        self.stage(stage.stage)
    }

    /// Adds systems to a stage; see [`Edit::extend`].
    pub fn extend(mut self, part: Stage) -> Self {
        self.edit = self.edit.extend(part);
        self
    }

    /// Adds systems that stay on this thread to a stage, as [`extend`](Self::extend) does.
    pub fn local_extend(self, part: LocalStage) -> Self {
        self.extend(part.stage)
    }

    /// Removes a system; see [`Edit::remove`].
    pub fn remove(mut self, system: impl Into<String>) -> Self {
        self.edit = self.edit.remove(system);
        self
    }

    /// Removes a stage; see [`Edit::remove_stage`].
    pub fn remove_stage(mut self, stage: impl Into<String>) -> Self {
        self.edit = self.edit.remove_stage(stage);
        self
    }

    /// Makes all changes.
    ///
    /// # Errors
    ///
    /// Returns an error as [`Edit::apply`] does.
    pub fn apply(self) -> Result<(), ScheduleError> {
        self.edit.apply()
    }
}

// Not `DerefMut`: what lies behind it could be exchanged for a schedule that leaves this thread.
impl Deref for LocalSchedule {
    type Target = Schedule;

    fn deref(&self) -> &Schedule {
        &self.schedule
    }
}

impl fmt::Debug for LocalStage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.stage.fmt(f)
    }
}

impl fmt::Debug for LocalScheduleBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.builder.fmt(f)
    }
}

impl fmt::Debug for LocalSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.schedule.fmt(f)
    }
}
