//! What a system sees of a run.

mod error;
mod guard;
mod table;

use std::any::{Any, TypeId, type_name};
use std::fmt;
use std::marker::PhantomData;

use crate::access::{Reads, Writes};
use crate::declaration::Declaration;
use crate::program::{ProgramSystem, RunContext};
use crate::query::{Query, QueryCaches, QueryFor};
use crate::run::Threads;
use crate::world::{Commands, World, WorldHandle};

pub use error::AccessError;
pub use guard::{Res, ResMut, WorldMut};
pub(crate) use table::{SharedClaim, Table, UniqueClaim, Want, WholeClaim};

/// What system `S` sees of a run: the world, as far as it declares it, and the run's context.
///
/// It belongs to one thread. What it lends may be captured by data-parallel closures, so read before the loop:
///
/// ```
/// # use fencewright::{Cx, Outcome, Reads, Writes};
/// # struct Time { dt: f32 }
/// # struct Position(f32);
/// # struct Velocity(f32);
/// fn integrate<S: Reads<Time> + Writes<Position> + Reads<Velocity>>(cx: &Cx<'_, S>) -> Outcome {
///     let dt = cx.read::<Time>()?.dt;
///     cx.query::<(&mut Position, &Velocity)>().par_for_each(|(p, v)| p.0 += v.0 * dt);
///     Ok(())
/// }
/// ```
///
/// Inside the loop there is nothing to read from, as the loop runs on several threads:
///
/// ```compile_fail,E0277
/// # use fencewright::{Cx, Outcome, Reads, Writes};
/// # struct Time { dt: f32 }
/// # struct Position(f32);
/// # fn integrate<S: Reads<Time> + Writes<Position>>(cx: &Cx<'_, S>) -> Outcome {
/// cx.query::<&mut Position>().par_for_each(|p| p.0 += cx.read::<Time>().map_or(0.0, |time| time.dt));
/// # Ok(())
/// # }
/// ```
pub struct Cx<'w, S: ?Sized> {
    parts: &'w CxParts<'w>,
    system: PhantomData<fn(&S)>,
}

/// What a [`Cx`] is made of, whatever the system.
#[derive(Clone, Copy)]
pub(crate) struct CxParts<'w> {
    pub(crate) world: WorldHandle<'w>,
    pub(crate) own: &'w Own,
    pub(crate) system: &'w ProgramSystem,
    pub(crate) index: usize,
    pub(crate) threads: &'w Threads,
    pub(crate) context: Option<&'w dyn RunContext>,
}

impl CxParts<'_> {
    /// Notes that the system has run well.
    pub(crate) fn note_run(&self) {
        self.own.table.note_run(self.world.shared());
    }
}

/// What belongs to one system alone and is used from the thread that runs it.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) table: Table,
    pub(crate) queries: QueryCaches,
    /// There if the system declares that it gives commands.
    pub(crate) commands: Option<Commands>,
}

impl<'w, S: ?Sized> Cx<'w, S> {
    pub(crate) const fn new(parts: &'w CxParts<'w>) -> Self {
        Self { parts, system: PhantomData }
    }

    /// Returns the same for a system that this one stands for: the table is the same, and it is what counts.
    pub(crate) const fn on_behalf_of<T: ?Sized>(&self) -> Cx<'w, T> {
        Cx::new(self.parts)
    }

    /// Notes that a condition keeps the system from running this time.
    pub(crate) fn stand_down(&self) {
        self.parts.own.table.stand_down();
    }

    /// Returns a resource to read.
    ///
    /// # Errors
    ///
    /// Returns an error if the world has no such resource, or if the system holds it to write.
    pub fn read<T: Send + Sync + 'static>(&self) -> Result<Res<'_, T>, AccessError>
    where
        S: Reads<T>,
    {
        let claim = self
            .parts
            .own
            .table
            .claim_shared(TypeId::of::<T>())
            .map_err(|refusal| AccessError::refused(refusal, self.system_name(), type_name::<T>(), false))?;
        let cell = self.parts.world.shared().cell::<T>().ok_or_else(AccessError::missing::<T>)?;
        Ok(Res::new(cell.get_claimed(&claim), claim))
    }

    /// Returns a resource to write.
    ///
    /// # Errors
    ///
    /// Returns an error if the world has no such resource, or if the system holds it already.
    pub fn write<T: Send + Sync + 'static>(&self) -> Result<ResMut<'_, T>, AccessError>
    where
        S: Writes<T>,
    {
        let claim = self
            .parts
            .own
            .table
            .claim_unique(TypeId::of::<T>())
            .map_err(|refusal| AccessError::refused(refusal, self.system_name(), type_name::<T>(), true))?;
        let cell = self.parts.world.shared().cell::<T>().ok_or_else(AccessError::missing::<T>)?;
        Ok(ResMut::new(cell.get_claimed_mut(&claim), claim))
    }

    /// Returns the entities that have what `Q` asks for, as in `cx.query::<(&mut Position, &Velocity)>()`.
    ///
    /// # Panics
    ///
    /// Panics if the query meets what the system holds already: another query or guard of its own. Use
    /// [`try_query`](Self::try_query) to handle that.
    #[track_caller]
    pub fn query<Q: QueryFor<S> + 'static>(&self) -> Query<'_, Q> {
        match self.try_query() {
            Ok(query) => query,
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns the entities that have what `Q` asks for.
    ///
    /// # Errors
    ///
    /// Returns an error if the query meets what the system holds already: another query or guard of its own.
    pub fn try_query<Q: QueryFor<S> + 'static>(&self) -> Result<Query<'_, Q>, AccessError> {
        Query::open(*self.parts)
    }

    /// Returns whether a `T` may have been written since this system last ran well: the resource, or a component of any entity.
    ///
    /// Asking to write counts as writing, by systems and by the world's own methods; what is written through the shared
    /// [`World::entities`] is not seen. That entities come or go counts as a
    /// change of every component type. What the system itself writes does not. A system sees all as changed when it first
    /// runs in a world. The answer does not depend on threads: everybody who writes a `T` is ordered against this system.
    ///
    /// # Panics
    ///
    /// Panics if the system does not declare `T`, for its permission was written by hand, or if it holds the whole world.
    #[track_caller]
    pub fn changed<T: 'static>(&self) -> bool
    where
        S: Reads<T>,
    {
        assert!(!self.parts.own.table.whole_is_held(), "system `{}` holds the whole world", self.system_name());
        match self.parts.own.table.has_changed(TypeId::of::<T>(), self.parts.world.shared()) {
            Ok(changed) => changed,
            Err(refusal) => panic!("{}", AccessError::refused(refusal, self.system_name(), type_name::<T>(), false)),
        }
    }

    /// Returns whether there is an entity with what `Q` asks for. That needs no declaration: filters do not either.
    ///
    /// # Panics
    ///
    /// Panics if the system holds the whole world.
    #[track_caller]
    pub fn exists<Q: hecs::Query>(&self) -> bool {
        assert!(!self.parts.own.table.whole_is_held(), "system `{}` holds the whole world", self.system_name());
        let mut archetypes = self.parts.world.shared().entities().archetypes();
        archetypes.any(|archetype| !archetype.is_empty() && archetype.satisfies::<Q>())
    }

    /// Returns what collects this system's commands, to be applied at the end of its stage.
    ///
    /// # Panics
    ///
    /// Panics if the system does not declare `#[writes(Commands)]`: its permission was written by hand.
    #[track_caller]
    pub fn commands(&self) -> &Commands
    where
        S: Writes<Commands>,
    {
        self.parts.own.commands.as_ref().unwrap_or_else(|| {
            panic!("{}", AccessError::refused(table::Refusal::Undeclared, self.system_name(), "Commands", true))
        })
    }

    /// Returns the whole world, to a system that declares `#[writes(World)]`. Nothing else runs beside such a system.
    ///
    /// # Errors
    ///
    /// Returns an error if the system holds something of the world: a guard or a query.
    ///
    /// # Examples
    ///
    /// ```
    /// use fencewright::prelude::*;
    ///
    /// #[derive(System)]
    /// #[writes(World)]
    /// struct Restart;
    ///
    /// impl Run for Restart {
    ///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
    ///         *cx.world()? = World::new();
    ///         Ok(())
    ///     }
    /// }
    /// ```
    pub fn world(&self) -> Result<WorldMut<'_>, AccessError>
    where
        S: Writes<World>,
    {
        let claim = self.parts.own.table.claim_whole();
        let claim = claim.map_err(|refusal| AccessError::refused(refusal, self.system_name(), "World", true))?;
        Ok(WorldMut::new(self.parts.world.claimed(&claim), claim))
    }

    /// Returns what the run was given beside the world, if it is a `C`.
    pub fn context<C: RunContext>(&self) -> Option<&'w C> {
        let context: &dyn Any = self.any_context()?;
        context.downcast_ref()
    }

    /// Returns what the run was given beside the world, whatever its type.
    pub const fn any_context(&self) -> Option<&'w dyn RunContext> {
        self.parts.context
    }

    /// Returns the threads of the run, for data-parallel work of the system's own.
    pub const fn threads(&self) -> &'w Threads {
        self.parts.threads
    }

    /// Returns the system's index in the [`Program`](crate::Program).
    pub const fn system_index(&self) -> usize {
        self.parts.index
    }

    /// Returns the system's name, unique in its schedule.
    pub fn system_name(&self) -> &'w str {
        self.parts.system.name()
    }

    /// Returns what the system's value declared for this run.
    pub const fn declaration(&self) -> &'w Declaration {
        self.parts.system.declaration()
    }
}

impl<S: ?Sized> fmt::Debug for Cx<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("system", &self.system_name()).finish_non_exhaustive()
    }
}
