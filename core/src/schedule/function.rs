//! Systems made at run time, from a name, keys and a closure.

use std::fmt;
use std::panic::Location;

use crate::access::{Key, Reads, Writes};
use crate::cx::{Cx, CxParts};
use crate::declaration::Declaration;
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
    pub(crate) name: String,
    pub(crate) reads: Vec<Key>,
    pub(crate) writes: Vec<Key>,
    pub(crate) after: Vec<String>,
    pub(crate) at: &'static Location<'static>,
    pub(crate) body: Body,
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

// Permissions are only the early error, which a closure cannot have: its keys are checked when it asks.
#[diagnostic::do_not_recommend]
impl<T: ?Sized> Reads<T> for SystemFn {}
#[diagnostic::do_not_recommend]
impl<T: ?Sized> Writes<T> for SystemFn {}

/// The body of a [`SystemFn`], once its name and keys are part of a program.
pub(crate) struct FnBody(pub(crate) Body);

impl AnySystem for FnBody {
    fn run(&mut self, parts: &CxParts<'_>) -> Outcome {
        (self.0)(&Cx::new(parts))?;
        parts.note_run();
        Ok(())
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
