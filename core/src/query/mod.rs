//! Queries: the entities that have some components.

mod cache;
#[allow(unsafe_code, reason = "the columns of hecs, without its borrow flags")]
mod columns;
mod parallel;
mod permission;
#[allow(unsafe_code, reason = "hands out each row once")]
mod rows;

use std::cell::Ref;
use std::fmt;

use hecs::Entity;

use crate::cx::{AccessError, CxParts, Table};
use crate::query::cache::Cache;
use crate::query::rows::View;
use crate::run::Threads;

pub(crate) use cache::QueryCaches;
pub(crate) use columns::Columns;
pub use permission::QueryFor;
pub use rows::Rows;

/// The entities that have what `Q` asks for, in the hands of one system.
///
/// As long as it lives the system cannot ask for what it holds: a component is either read many times or written once.
pub struct Query<'a, Q: Columns> {
    world: &'a hecs::World,
    cache: Ref<'a, Cache<Q>>,
    table: &'a Table,
    threads: &'a Threads,
}

impl<'a, Q: Columns> Query<'a, Q> {
    pub(crate) fn open(parts: CxParts<'a>) -> Result<Self, AccessError> {
        let table = &parts.own.table;
        let system = parts.system.name();
        if table.whole_is_held() {
            return Err(AccessError::Held { system: system.to_owned(), name: "World", write: false });
        }
        let world = parts.world.shared();
        let cache = parts.own.queries.get::<Q>(world, table, system)?;
        table.take_all(&cache.wants).map_err(|index| held::<Q>(index, system))?;
        Ok(Self { world: world.entities(), cache, table, threads: parts.threads })
    }

    /// Calls `f` for each entity.
    // Inlined into the caller, as all of a loop over rows is: called from another codegen unit, it would reload what `f` captures for
    // each row, and nothing would be vectorised.
    #[inline]
    pub fn for_each<'q>(&'q mut self, f: impl FnMut(Q::Item<'q>)) {
        self.iter().for_each(f);
    }

    /// Calls `f` for each entity, on several threads if there are enough entities to pay for it.
    ///
    /// The threads are those of the schedule; the system's own takes part. In which order the entities come is open.
    ///
    /// # Panics
    ///
    /// Panics if `f` does.
    #[inline]
    pub fn par_for_each<'q>(&'q mut self, f: impl Fn(Q::Item<'q>) + Sync) {
        let threads = self.threads;
        parallel::for_each(self.view(), threads, f);
    }

    /// Yields each entity.
    #[inline]
    pub fn iter(&mut self) -> Rows<'_, Q> {
        self.view().iter()
    }

    /// Returns what `Q` asks for of one entity; `None` if it is gone or does not have it.
    pub fn get(&mut self, entity: Entity) -> Option<Q::Item<'_>> {
        self.view().at(entity)
    }

    /// Counts the entities.
    pub fn count(&mut self) -> usize {
        self.view().count()
    }

    /// Returns whether there is no such entity.
    pub fn is_empty(&mut self) -> bool {
        self.count() == 0
    }

    #[allow(unsafe_code, reason = "the claims of this query are what a view asks for")]
    #[inline]
    fn view(&mut self) -> View<'_, Q> {
        // SAFETY:
        // - borrow: `open` claimed what `Q` lists, and `drop` gives it back; the schedule ordered this system against
        //   all who conflict. This is the only view, as it borrows the query uniquely.
        // - entities: the cache was up to date at `open`, by the world's count of their changes, which goes up before each
        //   (`World` alone has them). They change only where no system runs, or in the hands of a system that holds the
        //   whole world; this one does not while it has a query.
        unsafe { View::new(self.world, &self.cache.found) }
    }
}

#[expect(clippy::into_iter_without_iter, reason = "`iter` borrows uniquely: there is one way to walk a query")]
impl<'q, Q: Columns> IntoIterator for &'q mut Query<'_, Q> {
    type Item = Q::Item<'q>;
    type IntoIter = Rows<'q, Q>;

    #[inline]
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<Q: Columns> Drop for Query<'_, Q> {
    fn drop(&mut self) {
        self.table.release_all(&self.cache.wants);
    }
}

impl<Q: Columns> fmt::Debug for Query<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").field("query", &std::any::type_name::<Q>()).finish_non_exhaustive()
    }
}

/// Names the component of a query that the system holds already.
#[cold]
fn held<Q: Columns>(index: usize, system: &str) -> AccessError {
    let mut borrows = Vec::new();
    Q::borrows(&mut borrows);
    let borrow = borrows[index];
    AccessError::Held { system: system.to_owned(), name: (borrow.type_name)(), write: borrow.unique }
}
