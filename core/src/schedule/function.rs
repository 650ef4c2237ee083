//! Systems made at run time, from a name, keys and a closure.

use std::fmt;
use std::panic::Location;

use crate::access::{Key, Reads, Writes};
use crate::condition::Condition;
use crate::cx::{Cx, CxParts};
use crate::declaration::Declaration;
use crate::error::Failure;
use crate::run::AnySystem;
use crate::system::{Outcome, SystemInfo};

type Body = Box<dyn FnMut(&Cx<'_, SystemFn>) -> Outcome + Send>;

/// A system made at run time: for scripts, for schedules read from files, for tests.
///
/// What a derived system is refused at compile time, this one is refused when it runs: it gets what its keys name, and
/// an [`AccessError`](crate::AccessError) for everything else.
///
/// # Examples
///
/// ```
/// use fencewright::{Key, Schedule, Stage, SystemFn, World};
///
/// struct Count(u32);
///
/// let count = SystemFn::new("count", |cx| Ok(cx.write::<Count>()?.0 += 1)).writes(Key::of::<Count>("Count"));
/// let mut schedule = Schedule::builder().stage(Stage::new("main").system_fn(count)).build()?;
/// let mut world = World::new();
/// world.insert(Count(0));
/// schedule.run(&mut world)?;
/// assert_eq!(world.get::<Count>().map(|count| count.0), Some(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a system does nothing until it is part of a stage"]
pub struct SystemFn {
    name: String,
    reads: Vec<Key>,
    writes: Vec<Key>,
    after: Vec<String>,
    conditions: Vec<Box<dyn AnyCondition>>,
    at: &'static Location<'static>,
    body: Body,
}

impl SystemFn {
    /// Makes a system that touches nothing yet.
    #[track_caller]
    pub fn new(name: impl Into<String>, body: impl FnMut(&Cx<'_, Self>) -> Outcome + Send + 'static) -> Self {
        Self {
            name: name.into(),
            reads: Vec::new(),
            writes: Vec::new(),
            after: Vec::new(),
            conditions: Vec::new(),
            at: Location::caller(),
            body: Box::new(body),
        }
    }

    /// Declares that it reads what `key` names.
    pub fn reads(mut self, key: Key) -> Self {
        self.reads.push(key);
        self
    }

    /// Declares that it writes what `key` names, and so may read it.
    pub fn writes(mut self, key: Key) -> Self {
        self.writes.push(key);
        self
    }

    /// Orders it after another system of the same schedule, whether or not they have a hazard.
    ///
    /// The other may stand in the same stage, before or behind this one, or in an earlier stage.
    pub fn after(mut self, system: impl Into<String>) -> Self {
        self.after.push(system.into());
        self
    }

    /// Runs it only when a condition holds; of several, all must. It declares what they declare.
    pub fn run_if<C: Condition + Send>(mut self, condition: C) -> Self {
        self.reads.extend(C::INFO.reads);
        self.writes.extend(C::INFO.writes);
        self.conditions.push(Box::new(condition));
        self
    }

    /// Takes what runs out of it.
    pub(crate) fn split(self) -> (Declared, Box<dyn AnySystem>) {
        let Self { name, reads, writes, after, conditions, body, .. } = self;
        let body = FnBody(body);
        let system: Box<dyn AnySystem> =
            if conditions.is_empty() { Box::new(body) } else { Box::new(OnConditions { conditions, body }) };
        (Declared { name, reads, writes, after }, system)
    }

    pub(crate) fn info(&self) -> SystemInfo {
        SystemInfo {
            name: "",
            type_name: std::any::type_name::<Self>,
            at: self.at,
            reads: &[],
            writes: &[],
            annotations: &[],
            uses_self: false,
        }
    }
}

/// What a [`SystemFn`] declares.
pub(crate) struct Declared {
    pub(crate) name: String,
    pub(crate) reads: Vec<Key>,
    pub(crate) writes: Vec<Key>,
    pub(crate) after: Vec<String>,
}

// Permissions are only the early error, which a closure cannot have: its keys are checked when it asks.
#[diagnostic::do_not_recommend]
impl<T: ?Sized> Reads<T> for SystemFn {}
#[diagnostic::do_not_recommend]
impl<T: ?Sized> Writes<T> for SystemFn {}

/// A condition of any type.
trait AnyCondition: Send {
    fn holds(&mut self, parts: &CxParts<'_>) -> Result<bool, Failure>;
}

impl<C: Condition + Send> AnyCondition for C {
    fn holds(&mut self, parts: &CxParts<'_>) -> Result<bool, Failure> {
        Condition::holds(self, &Cx::new(parts))
    }
}

/// The body of a [`SystemFn`], once its name and keys are part of a program.
struct FnBody(Body);

impl AnySystem for FnBody {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        (self.0)(&Cx::new(parts))?;
        parts.note_run();
        Ok(())
    }

    fn declare(&self, _: &mut Declaration) {}
}

/// The same on conditions.
struct OnConditions {
    conditions: Vec<Box<dyn AnyCondition>>,
    body: FnBody,
}

impl AnySystem for OnConditions {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        for condition in &mut self.conditions {
            if !condition.holds(parts)? {
                // It has seen nothing of what changed until now.
                return Ok(());
            }
        }
        self.body.run(parts)
    }

    fn declare(&self, _: &mut Declaration) {}
}

impl fmt::Debug for SystemFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SystemFn")
            .field("name", &self.name)
            .field("reads", &self.reads)
            .field("writes", &self.writes)
            .field("after", &self.after)
            .finish_non_exhaustive()
    }
}
