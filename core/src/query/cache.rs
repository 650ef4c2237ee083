//! What a system remembers of its queries from run to run.

use std::any::Any;
use std::cell::{OnceCell, Ref, RefCell};
use std::fmt;

use crate::cx::{AccessError, Table, Want};
use crate::query::columns::Columns;
use crate::query::rows::{Found, find, find_again};
use crate::world::{Structure, World};

/// What is remembered of one query: the rows of the system's table that it needs, and where its columns are.
pub(crate) struct Cache<Q: Columns> {
    /// Which archetypes of which world `found` belongs to; nothing at first.
    structure: Option<Structure>,
    /// The world's count of changes of entities, as of which `found` holds.
    entities: u64,
    pub(crate) wants: Box<[Want]>,
    pub(crate) found: Vec<Found<Q>>,
}

/// The caches of one system: a list that only grows, so that a query in use stays where it is.
#[derive(Default)]
pub(crate) struct QueryCaches {
    first: OnceCell<Box<Node>>,
}

struct Node {
    cache: Box<dyn Any + Send>,
    next: OnceCell<Box<Node>>,
}

impl QueryCaches {
    /// Returns the cache of `Q`, up to date with `world`.
    pub(crate) fn get<Q: Columns>(
        &self,
        world: &World,
        table: &Table,
        system: &str,
    ) -> Result<Ref<'_, Cache<Q>>, AccessError> {
        let mut place = &self.first;
        while let Some(node) = place.get() {
            if let Some(cache) = node.cache.downcast_ref::<RefCell<Cache<Q>>>()
                && let Some(cache) = up_to_date(cache, world)
            {
                return Ok(cache);
            }
            place = &node.next;
        }
        let cache: RefCell<Cache<Q>> = RefCell::new(Cache::new(table, system)?);
        let node = place.get_or_init(|| Box::new(Node { cache: Box::new(cache), next: OnceCell::new() }));
        let cache = node.cache.downcast_ref().expect("the node was made for this query");
        Ok(up_to_date(cache, world).expect("nobody else knows of it yet"))
    }
}

/// Brings a cache up to date; `None` if a query that an earlier run leaked holds it.
#[inline]
fn up_to_date<'a, Q: Columns>(cache: &'a RefCell<Cache<Q>>, world: &World) -> Option<Ref<'a, Cache<Q>>> {
    let now = cache.borrow();
    if now.structure == Some(world.structure()) && now.entities == world.changes().entities {
        return Some(now);
    }
    drop(now);
    renew(cache, world)?;
    Some(cache.borrow())
}

#[cold]
fn renew<Q: Columns>(cache: &RefCell<Cache<Q>>, world: &World) -> Option<()> {
    let mut stale = cache.try_borrow_mut().ok()?;
    if stale.structure == Some(world.structure()) {
        find_again(world.entities(), &mut stale.found);
    } else {
        // Should it panic half-way, what is there belongs to no world.
        stale.structure = None;
        find(world.entities(), &mut stale.found);
        stale.structure = Some(world.structure());
    }
    stale.entities = world.changes().entities;
    Some(())
}

impl<Q: Columns> Cache<Q> {
    /// Checks the query against the table of the system: once, when it is first asked.
    fn new(table: &Table, system: &str) -> Result<Self, AccessError> {
        let mut borrows = Vec::new();
        Q::borrows(&mut borrows);
        let wants = borrows.iter().map(|borrow| {
            table
                .want(borrow.id, borrow.unique)
                .map_err(|refusal| AccessError::refused(refusal, system, (borrow.type_name)(), borrow.unique))
        });
        Ok(Self { structure: None, entities: 0, wants: wants.collect::<Result<_, _>>()?, found: Vec::new() })
    }
}

impl fmt::Debug for QueryCaches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueryCaches").finish_non_exhaustive()
    }
}
