//! Walks the rows of archetypes: the only caller of [`Columns::item`].

use std::ops::Range;

use hecs::{Archetype, Entity};

use crate::query::columns::Columns;

/// Where a query's columns are in one archetype.
pub(crate) struct Found<Q: Columns> {
    pub(crate) archetype: usize,
    state: Q::State,
}

// By hand: the derive would ask it of `Q` itself.
impl<Q: Columns> Clone for Found<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q: Columns> Copy for Found<Q> {}

/// Finds the archetypes that have what `Q` asks for.
pub(crate) fn find<Q: Columns>(world: &hecs::World, found: &mut Vec<Found<Q>>) {
    found.clear();
    found.extend(
        world
            .archetypes()
            .enumerate()
            .filter_map(|(archetype, columns)| Some(Found { archetype, state: Q::prepare(columns)? })),
    );
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
    /// - `found` was found in `world`, and its archetypes have not changed since.
    pub(crate) const unsafe fn new(world: &'a hecs::World, found: &'a [Found<Q>]) -> Self {
        Self { world, found }
    }

    /// Counts the entities.
    pub(crate) fn count(&self) -> usize {
        (0..self.found.len()).map(|index| self.len(index)).sum()
    }

    /// Returns the number of archetypes.
    pub(crate) const fn archetypes(&self) -> usize {
        self.found.len()
    }

    /// Returns the number of entities in one of the archetypes.
    pub(crate) fn len(&self, index: usize) -> usize {
        self.archetype(index).len() as usize
    }

    /// Returns what the query yields for one entity.
    pub(crate) fn at(self, entity: Entity) -> Option<Q::Item<'a>> {
        // SAFETY: the view is the right to it, and is used up.
        unsafe { Q::at(self.world, entity) }
    }

    /// Returns all that the query yields.
    pub(crate) fn iter(self) -> Rows<'a, Q> {
        Rows { view: self, next: 0, column: None, row: 0, end: 0 }
    }

    /// Returns some rows of one archetype.
    ///
    /// # Safety
    ///
    /// No row is asked for twice for as long as `'a`.
    pub(crate) unsafe fn part(&self, index: usize, rows: Range<usize>) -> Part<'a, Q> {
        debug_assert!(rows.end <= self.len(index), "rows outside of the archetype");
        Part { column: self.column(index), rows: rows.start..rows.end.min(self.len(index)) }
    }

    fn column(&self, index: usize) -> Q::Column<'a> {
        Q::column(self.world, self.archetype(index), self.found[index].state)
    }

    fn archetype(&self, index: usize) -> &'a Archetype {
        self.world.archetypes().nth(self.found[index].archetype).expect("archetypes are never removed")
    }
}

/// Yields what a query finds, entity by entity.
#[allow(missing_debug_implementations, reason = "its columns have nothing to show")]
pub struct Rows<'a, Q: Columns> {
    view: View<'a, Q>,
    next: usize,
    column: Option<Q::Column<'a>>,
    row: usize,
    end: usize,
}

impl<Q: Columns> Rows<'_, Q> {
    /// Goes on to the next archetype with entities.
    fn advance(&mut self) -> Option<()> {
        while self.next < self.view.archetypes() {
            let index = self.next;
            self.next += 1;
            self.end = self.view.len(index);
            if self.end > 0 {
                self.row = 0;
                self.column = Some(self.view.column(index));
                return Some(());
            }
        }
        self.row = 0;
        self.end = 0;
        None
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
        // SAFETY: the view is the right to the rows; `row` is below the archetype's length and comes up once.
        Some(unsafe { Q::item(column, row) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let later: usize = (self.next..self.view.archetypes()).map(|index| self.view.len(index)).sum();
        let left = later + (self.end - self.row);
        (left, Some(left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(mut self, init: B, mut f: F) -> B {
        let mut folded = init;
        loop {
            if let Some(column) = &self.column {
                for row in self.row..self.end {
                    // SAFETY: the view is the right to the rows; `row` is below the archetype's length and comes up once.
                    folded = f(folded, unsafe { Q::item(column, row) });
                }
            }
            if self.advance().is_none() {
                return folded;
            }
        }
    }
}

impl<Q: Columns> ExactSizeIterator for Rows<'_, Q> {}

/// Some rows of one archetype.
pub(crate) struct Part<'a, Q: Columns> {
    column: Q::Column<'a>,
    rows: Range<usize>,
}

impl<'a, Q: Columns> Part<'a, Q> {
    #[inline]
    pub(crate) fn for_each(self, f: impl Fn(Q::Item<'a>)) {
        for row in self.rows {
            // SAFETY: the part is the right to its rows, which lie in the archetype; each comes up once.
            f(unsafe { Q::item(&self.column, row) });
        }
    }
}
