//! Run conditions: systems, and stages, that run only when something holds.

use std::fmt;
use std::marker::PhantomData;
use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hecs::Query as HecsQuery;

use crate::access::{Key, ResourceAccess};
use crate::cx::{Cx, CxParts};
use crate::declaration::Declaration;
use crate::error::Failure;
use crate::run::AnySystem;
use crate::system::{Outcome, Run, System, SystemInfo};

/// A question to the world, with declared accesses as a system has them.
///
/// # Examples
///
/// ```
/// use fencewright::prelude::*;
/// use fencewright::{Condition, Failure, When};
///
/// struct Paused(bool);
/// struct Ticks(u32);
///
/// #[derive(System)]
/// #[reads(Paused)]
/// struct Playing;
///
/// impl Condition for Playing {
///     fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
///         Ok(!cx.read::<Paused>()?.0)
///     }
/// }
///
/// #[derive(System)]
/// #[writes(Ticks)]
/// struct Tick;
///
/// impl Run for Tick {
///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
///         cx.write::<Ticks>()?.0 += 1;
///         Ok(())
///     }
/// }
///
/// // One system on a condition, and a whole stage on the same question.
/// let mut schedule = Schedule::builder()
///     .stage(Stage::new("simulate").system(When(Playing, Tick)))
///     .stage(Stage::new("animate").run_if(Playing).system(Tick).system(Tick))
///     .build()?;
/// let mut world = World::new();
/// world.insert(Ticks(0));
/// for paused in [true, false] {
///     world.insert(Paused(paused));
///     schedule.run(&mut world)?;
/// }
/// assert_eq!(world.get::<Ticks>().map(|ticks| ticks.0), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "system `{Self}` is no condition",
    label = "`{Self}` does not say when it holds",
    note = "write `impl Condition for {Self} {{ fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {{ .. }} }}`"
)]
pub trait Condition: System {
    /// Answers whether what depends on it is to run.
    ///
    /// # Errors
    ///
    /// An error counts as one of the system that asks; for a stage, of the condition itself: the stage is skipped.
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure>;
}

/// A system that runs only when a condition holds: `When(Playing, Move)`, wherever a system can stand.
///
/// It declares what both declare.
#[derive(Clone, Copy, Debug, Default)]
pub struct When<C, S>(
    /// The condition.
    pub C,
    /// The system.
    pub S,
);

impl<C: ResourceAccess, S: ResourceAccess> ResourceAccess for When<C, S> {
    const READS: &'static [Key] = prefix(&BothKeys::<C, S>::READS);
    const WRITES: &'static [Key] = prefix(&BothKeys::<C, S>::WRITES);
}

#[diagnostic::do_not_recommend]
impl<C: System, S: System> System for When<C, S> {
    const INFO: SystemInfo = SystemInfo {
        type_name: std::any::type_name::<Self>,
        reads: Self::READS,
        writes: Self::WRITES,
        uses_self: C::INFO.uses_self || S::INFO.uses_self,
        ..S::INFO
    };

    fn declare(&self, declaration: &mut Declaration) {
        self.1.declare(declaration);
    }
}

#[diagnostic::do_not_recommend]
impl<C: Condition, S: Run> Run for When<C, S> {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        if self.0.holds(&cx.on_behalf_of())? {
            return self.1.run(&cx.on_behalf_of());
        }
        cx.stand_down();
        Ok(())
    }
}

/// How many keys the lists of two systems may have together.
const MOST: usize = 128;

struct BothKeys<C, S>(PhantomData<(C, S)>);

impl<C: ResourceAccess, S: ResourceAccess> BothKeys<C, S> {
    const READS: ([Key; MOST], usize) = both(C::READS, S::READS);
    const WRITES: ([Key; MOST], usize) = both(C::WRITES, S::WRITES);
}

const fn both(first: &[Key], second: &[Key]) -> ([Key; MOST], usize) {
    let count = first.len() + second.len();
    assert!(count <= MOST, "a condition and its system declare more than 128 types together");
    let mut keys = [Key::named(""); MOST];
    let (mut place, mut index) = (0, 0);
    while index < first.len() {
        keys[place] = first[index];
        place += 1;
        index += 1;
    }
    index = 0;
    while index < second.len() {
        keys[place] = second[index];
        place += 1;
        index += 1;
    }
    (keys, count)
}

const fn prefix(keys: &'static ([Key; MOST], usize)) -> &'static [Key] {
    keys.0.split_at(keys.1).0
}

/// Holds when the other condition does not.
#[derive(Clone, Copy, Debug, Default)]
pub struct Not<C>(
    /// The other condition.
    pub C,
);

impl<C: ResourceAccess> ResourceAccess for Not<C> {
    const READS: &'static [Key] = C::READS;
    const WRITES: &'static [Key] = C::WRITES;
}

#[diagnostic::do_not_recommend]
impl<C: System> System for Not<C> {
    const INFO: SystemInfo = C::INFO;
}

impl<C: Condition> Condition for Not<C> {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(!self.0.holds(&cx.on_behalf_of())?)
    }
}

/// Holds when the world has an entity with what `Q` asks for, so that a system need not start to find nothing.
///
/// As in `When(Exists::<&Enemy>::new(), Hunt)`. It declares nothing: which entities there are changes only at sync points.
pub struct Exists<Q>(PhantomData<fn(Q)>);

impl<Q> Exists<Q> {
    /// Asks for an entity.
    #[must_use]
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<Q> Default for Exists<Q> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Q> fmt::Debug for Exists<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exists<{}>", std::any::type_name::<Q>())
    }
}

impl<Q: 'static> ResourceAccess for Exists<Q> {
    const READS: &'static [Key] = &[];
    const WRITES: &'static [Key] = &[];
}

#[diagnostic::do_not_recommend]
impl<Q: 'static> System for Exists<Q> {
    const INFO: SystemInfo = SystemInfo {
        name: "Exists",
        type_name: std::any::type_name::<Self>,
        at: Location::caller(),
        reads: &[],
        writes: &[],
        annotations: &[],
        uses_self: false,
    };
}

impl<Q: HecsQuery + 'static> Condition for Exists<Q> {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(cx.exists::<Q>())
    }
}

/// What a condition of a stage answered in this run.
pub(crate) type Answer = Arc<AtomicBool>;

/// A condition as a system that notes its answer.
pub(crate) struct Asks<C> {
    pub(crate) condition: C,
    pub(crate) answer: Answer,
}

impl<C: Condition + Send> AnySystem for Asks<C> {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        // The schedule orders it before all that look at the answer.
        self.answer.store(false, Ordering::Relaxed);
        let holds = self.condition.holds(&Cx::new(parts))?;
        self.answer.store(holds, Ordering::Relaxed);
        parts.note_run();
        Ok(())
    }

    fn declare(&self, declaration: &mut Declaration) {
        self.condition.declare(declaration);
    }
}

/// A system that runs only if all answers are yes.
pub(crate) struct Gated {
    pub(crate) answers: Box<[Answer]>,
    pub(crate) system: Box<dyn AnySystem>,
}

impl AnySystem for Gated {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        if self.answers.iter().all(|answer| answer.load(Ordering::Relaxed)) { self.system.run(parts) } else { Ok(()) }
    }

    fn declare(&self, declaration: &mut Declaration) {
        self.system.declare(declaration);
    }
}
