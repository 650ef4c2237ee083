//! Walks the rows of archetypes: the only caller of [`Columns::item`].

use std::ops::Range;
use std::slice;

use hecs::Entity;

use crate::query::columns::Columns;

/// What is remembered of one archetype for a query.
pub(crate) struct Found<Q: Columns> {
    archetype: u32,
    len: u32,
    state: Q::State,
    column: Q::Column,
}

/// Finds the archetypes that have what `Q` asks for.
pub(crate) fn find<Q: Columns>(world: &hecs::World, found: &mut Vec<Found<Q>>) {
    found.clear();
    found.extend(world.archetypes().enumerate().filter_map(|(index, archetype)| {
        let state = Q::prepare(archetype)?;
        Some(Found { archetype: index as u32, len: archetype.len(), state, column: Q::column(archetype, state) })
    }));
}

/// Looks again where the columns are, in the archetypes that were found: entities came or went.
pub(crate) fn find_again<Q: Columns>(world: &hecs::World, found: &mut [Found<Q>]) {
    let mut archetypes = world.archetypes();
    let mut passed = 0;
    for found in found {
        let archetype = archetypes.nth((found.archetype - passed) as usize).expect("archetypes are never removed");
        passed = found.archetype + 1;
        found.len = archetype.len();
        found.column = Q::column(archetype, found.state);
    }
}

/// The rows of a query that its holder may use, each once.
///
/// It is the right to them: whoever holds a `View` borrows what `Q` lists.
pub(crate) struct View<'a, Q: Columns> {
    world: &'a hecs::World,
    found: &'a [Found<Q>],
}

impl<'a, Q: Columns> View<'a, Q> {
    /// Makes the right to the rows.
    ///
    /// # Safety
    ///
    /// - For as long as `'a`, nobody writes what `Q::borrows` lists, and nobody else reads what it lists as unique.
    /// - `found` was found in `world`, and no entity came or went since.
    #[inline]
    pub(crate) unsafe fn new(world: &'a hecs::World, found: &'a [Found<Q>]) -> Self {
        let len = |index: u32| world.archetypes().nth(index as usize).map(hecs::Archetype::len);
        debug_assert!(found.iter().all(|found| len(found.archetype) == Some(found.len)), "entities came or went");
        Self { world, found }
    }

    /// Counts the entities.
    pub(crate) fn count(&self) -> usize {
        self.found.iter().map(|found| found.len as usize).sum()
    }

    /// Returns where some of all rows are: archetype by archetype, the rows of it.
    pub(crate) fn archetypes_of(&self, rows: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>)> {
        let mut first = 0;
        self.found.iter().enumerate().filter_map(move |(index, found)| {
            let start = first;
            first += found.len as usize;
            let here = rows.start.max(start)..rows.end.min(first);
            (here.start < here.end).then(|| (index, here.start - start..here.end - start))
        })
    }

    /// Returns what the query yields for one entity.
    pub(crate) fn at(self, entity: Entity) -> Option<Q::Item<'a>> {
        // SAFETY: the view is the right to it, and is used up.
        unsafe { Q::at(self.world, entity) }
    }

    /// Returns all that the query yields.
    #[inline]
    pub(crate) fn iter(self) -> Rows<'a, Q> {
        Rows { world: self.world, later: self.found.iter(), column: None, row: 0, end: 0 }
    }

    /// Returns some rows of one archetype.
    ///
    /// # Safety
    ///
    /// No row is asked for twice for as long as `'a`.
    #[inline]
    pub(crate) unsafe fn part(&self, index: usize, rows: Range<usize>) -> Part<'a, Q> {
        let len = self.found[index].len as usize;
        debug_assert!(rows.end <= len, "rows outside of the archetype");
        let rows = rows.start..rows.end.min(len);
        Part { world: self.world, column: &self.found[index].column, rows }
    }
}

/// Yields what a query finds, entity by entity.
#[allow(missing_debug_implementations, reason = "its columns have nothing to show")]
pub struct Rows<'a, Q: Columns> {
    world: &'a hecs::World,
    later: slice::Iter<'a, Found<Q>>,
    /// A copy of our own, as in `fold`.
    column: Option<Q::Column>,
    row: usize,
    end: usize,
}

impl<Q: Columns> Rows<'_, Q> {
    /// Goes on to the next archetype with entities.
    #[inline]
    fn advance(&mut self) -> Option<()> {
        let found = self.later.find(|found| found.len > 0);
        self.row = 0;
        self.end = found.map_or(0, |found| found.len as usize);
        self.column = found.map(|found| found.column.clone());
        found.map(|_| ())
    }
}

impl<'a, Q: Columns> Iterator for Rows<'a, Q> {
    type Item = Q::Item<'a>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.row == self.end {
            self.advance()?;
        }
        let column = self.column.as_ref()?;
        let row = self.row;
        self.row += 1;
        // SAFETY: the view was the right to the rows; `row` is below the archetype's length and comes up once.
        Some(unsafe { Q::item(self.world, column, row) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let later: usize = self.later.clone().map(|found| found.len as usize).sum();
        let left = later + (self.end - self.row);
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let Self { world, later, column, row, end } = self;
        let begun = column.as_ref().map(|column| (column, row..end));
        let later = later.map(|found| (&found.column, 0..found.len as usize));
        let mut folded = init;
        // One place that calls `f`: it is inlined then, also where it is long.
        for (column, rows) in begun.into_iter().chain(later) {
            // A copy of our own: whatever `f` writes, the addresses stay as they are, and loops can be vectorised.
            let column = column.clone();
            for row in rows {
                // SAFETY: the view was the right to the rows; `row` is below the archetype's length and comes up once.
                folded = f(folded, unsafe { Q::item(world, &column, row) });
            }
        }
        folded
    }
}

impl<Q: Columns> ExactSizeIterator for Rows<'_, Q> {}

/// Some rows of one archetype.
pub(crate) struct Part<'a, Q: Columns> {
    world: &'a hecs::World,
    column: &'a Q::Column,
    rows: Range<usize>,
}

impl<'a, Q: Columns> Part<'a, Q> {
    #[inline]
    pub(crate) fn for_each(self, f: impl Fn(Q::Item<'a>)) {
        // A copy of our own, as in `Rows::fold`.
        let column = self.column.clone();
        for row in self.rows {
            // SAFETY: the part is the right to its rows, which lie in the archetype; each comes up once.
            f(unsafe { Q::item(self.world, &column, row) });
        }
    }
}
