//! Schedules that run at a fixed rate inside frames that do not.

use std::collections::VecDeque;
use std::time::Duration;

use crate::run::RunError;
use crate::schedule::Schedule;
use crate::world::World;

/// Runs a schedule once for each full step of time that has passed.
///
/// # Examples
///
/// An exclusive system runs the steps of its frame; what it collects between them waits in an [`Inbox`]:
///
/// ```
/// use std::time::Duration;
///
/// use fencewright::prelude::*;
/// use fencewright::{FixedStep, Inbox};
///
/// struct Frame(Duration);
/// struct Jump;
/// struct Jumps(usize);
///
/// #[derive(System)]
/// #[writes(Inbox<Jump>, Jumps)]
/// struct Leap;
///
/// impl Run for Leap {
///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
///         cx.write::<Jumps>()?.0 += cx.write::<Inbox<Jump>>()?.take().count();
///         Ok(())
///     }
/// }
///
/// #[derive(System)]
/// #[writes(World)]
/// struct Physics(FixedStep);
///
/// impl Run for Physics {
///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
///         let mut world = cx.world()?;
///         let passed = world.get::<Frame>().ok_or("no frame")?.0;
///         self.0.advance(&mut world, passed)?;
///         Ok(())
///     }
/// }
///
/// let steps = Schedule::builder().stage(Stage::new("step").system(Leap)).build()?;
/// let physics = Physics(FixedStep::new(steps, Duration::from_millis(10)));
/// let mut frames = Schedule::builder().stage(Stage::new("frame").system(physics)).build()?;
///
/// let mut world = World::new();
/// world.insert(Frame(Duration::from_millis(4)));
/// world.insert(Inbox::<Jump>::default());
/// world.insert(Jumps(0));
/// for _ in 0..5 {
///     world.get_mut::<Inbox<Jump>>().ok_or("no inbox")?.put(Jump);
///     frames.run(&mut world)?;
/// }
/// // 20 ms are two steps: every jump came in one of them.
/// assert_eq!(world.get::<Jumps>().map(|jumps| jumps.0), Some(5));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct FixedStep {
    schedule: Schedule,
    step: Duration,
    left: Duration,
    most: u32,
}

/// What a call of [`FixedStep::advance`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// How many steps ran.
    pub run: u32,
    /// The time of steps that were left out, as there were more than the most that a frame may have.
    pub left_out: Duration,
}

impl FixedStep {
    /// Makes it of the schedule of one step, and the time that a step stands for.
    ///
    /// # Panics
    ///
    /// Panics if the step has no length.
    #[track_caller]
    pub const fn new(schedule: Schedule, step: Duration) -> Self {
        assert!(!step.is_zero(), "a step takes some time");
        Self { schedule, step, left: Duration::ZERO, most: 16 }
    }

    /// Says how many steps a call may run at most, so that slow steps do not make ever slower frames; 16 at first.
    #[must_use]
    pub const fn most_steps(mut self, most: u32) -> Self {
        self.most = most;
        self
    }

    /// Lets time pass, and runs a step for each full one. What is left of it counts the next time.
    ///
    /// # Errors
    ///
    /// Returns the error of the first step that fails. That step counts as taken; those after it are still to come.
    pub fn advance(&mut self, world: &mut World, passed: Duration) -> Result<Steps, RunError> {
        self.left = self.left.saturating_add(passed);
        let mut steps = Steps::default();
        while self.left >= self.step && steps.run < self.most {
            self.left -= self.step;
            steps.run += 1;
            self.schedule.run(world)?;
        }
        if self.left >= self.step {
            let rest = Duration::from_nanos((self.left.as_nanos() % self.step.as_nanos()) as u64);
            steps.left_out = self.left.saturating_sub(rest);
            self.left = rest;
        }
        Ok(steps)
    }

    /// Returns how much of the next step has passed, from 0 to 1: to draw between two steps.
    pub fn overstep(&self) -> f32 {
        self.left.div_duration_f32(self.step)
    }

    /// Returns the schedule of one step.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }
}

/// Keeps what was put in until somebody takes it: input, say, from a frame that had no step to the one that has.
#[derive(Clone, Debug)]
pub struct Inbox<T>(VecDeque<T>);

impl<T> Inbox<T> {
    /// Puts something in.
    pub fn put(&mut self, item: T) {
        self.0.push_back(item);
    }

    /// Takes out everything, in the order in which it was put in.
    pub fn take(&mut self) -> impl ExactSizeIterator<Item = T> {
        self.0.drain(..)
    }

    /// Returns how much is in it.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T> Default for Inbox<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{FixedStep, Steps};
    use crate::{Key, Schedule, Stage, SystemFn, World};

    struct Count(u32);

    fn counting(fails_at: u32) -> (FixedStep, World) {
        let count = SystemFn::new("count", move |cx| {
            let mut count = cx.write::<Count>()?;
            count.0 += 1;
            if count.0 == fails_at { Err("this step fails")? } else { Ok(()) }
        });
        let stage = Stage::new("step").system_fn(count.writes(Key::of::<Count>("Count")));
        let schedule = Schedule::builder().stage(stage).build().expect("one stage");
        let mut world = World::new();
        world.insert(Count(0));
        (FixedStep::new(schedule, Duration::from_millis(10)), world)
    }

    #[test]
    fn time_that_is_left_counts_the_next_time() {
        let (mut fixed, mut world) = counting(0);
        let mut steps = |millis| fixed.advance(&mut world, Duration::from_millis(millis)).expect("no step fails").run;
        assert_eq!([steps(9), steps(1), steps(25), steps(4), steps(1)], [0, 1, 2, 0, 1]);
        assert!(fixed.overstep() < 0.01);
        fixed.advance(&mut world, Duration::from_millis(5)).expect("no step fails");
        assert!((fixed.overstep() - 0.5).abs() < 0.01);
    }

    #[test]
    fn steps_that_are_too_many_are_left_out_and_counted() {
        let (fixed, mut world) = counting(0);
        let steps = fixed.most_steps(3).advance(&mut world, Duration::from_millis(57)).expect("no step fails");
        assert_eq!(steps, Steps { run: 3, left_out: Duration::from_millis(20) });
        let (fixed, mut world) = counting(0);
        let mut fixed = fixed.most_steps(3);
        for _ in 0..2 {
            let steps = fixed.advance(&mut world, Duration::MAX).expect("a clock that jumps is none of its concern");
            assert_eq!(steps.run, 3);
            assert!(fixed.overstep() < 1.0);
        }
    }

    #[test]
    fn a_step_that_fails_ends_the_call_and_not_the_rest() {
        let (mut fixed, mut world) = counting(2);
        fixed.advance(&mut world, Duration::from_millis(40)).expect_err("the second step fails");
        assert_eq!(fixed.advance(&mut world, Duration::ZERO).expect("the others do not").run, 2);
        assert_eq!(world.get::<Count>().map(|count| count.0), Some(4));
    }
}
