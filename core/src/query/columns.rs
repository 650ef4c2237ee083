//! The way to the components: hecs's columns without its borrow flags.
//!
//! A flag costs an atomic operation for each archetype, column and query: 34 ns, and 190 ns when two threads share a
//! column. The schedule's table has excluded already what the flags would exclude. This module alone knows the hidden
//! parts of hecs that lead past them, which is why hecs is pinned to one patch version.

use std::any::{TypeId, type_name};
use std::fmt;
use std::ptr::NonNull;

use hecs::{Archetype, Component, Entity, Fetch, Or, Query as HecsQuery, Satisfies, With, Without};

/// One component that a query borrows.
#[derive(Clone, Copy, Debug)]
pub struct Borrow {
    pub(crate) id: TypeId,
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) unique: bool,
}

/// What a query finds in an archetype.
///
/// # Safety
///
/// `item` and `at` return references to components of the types that `borrows` lists, unique only where it says so,
/// and to nothing else that can change.
#[allow(unnameable_types, reason = "this is what seals `QueryFor`")]
pub unsafe trait Columns: 'static {
    /// What a query yields for one entity.
    type Item<'a>;
    /// Which columns of an archetype it needs.
    type State: Copy + Send + Sync + 'static;
    /// Where these columns are: addresses, good until entities come or go.
    type Column: Clone + Send + Sync + 'static;

    /// Lists the components that it borrows.
    fn borrows(list: &mut Vec<Borrow>);

    /// Returns which columns it needs, if the archetype has what the query asks for.
    fn prepare(archetype: &Archetype) -> Option<Self::State>;

    /// Returns where the columns of an archetype are, whose state is `state`.
    fn column(archetype: &Archetype, state: Self::State) -> Self::Column;

    /// Returns what the query yields for the entity in row `row`.
    ///
    /// # Safety
    ///
    /// - `column` was found in an archetype of `world` from which no entity came or went since; `row` is less than its length.
    /// - For as long as `'a`, nobody writes what `borrows` lists, and nobody else reads what it lists as unique; so no row is
    ///   asked for twice if there is such.
    unsafe fn item<'a>(world: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a>;

    /// Returns what the query yields for `entity`.
    ///
    /// # Safety
    ///
    /// The second of the duties of `item`.
    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>>;
}

/// The address of a column.
#[derive(Clone)]
#[allow(unnameable_types, reason = "as the trait that names it")]
pub struct Base<F>(F);

impl<F> fmt::Debug for Base<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Base")
    }
}

// SAFETY: an address; what it leads to is reached by `Columns::item` alone, whose caller has the right to it on its thread.
unsafe impl<F> Send for Base<F> {}
// SAFETY: as for `Send`.
unsafe impl<F> Sync for Base<F> {}

/// The address of the ids of an archetype's entities.
type Ids = Base<NonNull<u32>>;

// SAFETY: yields shared references to `T`, which it lists as shared.
unsafe impl<T: Component> Columns for &'static T {
    type Item<'a> = &'a T;
    type State = <<&'static T as HecsQuery>::Fetch as Fetch>::State;
    type Column = Base<<&'static T as HecsQuery>::Fetch>;

    fn borrows(list: &mut Vec<Borrow>) {
        list.push(Borrow { id: TypeId::of::<T>(), type_name: type_name::<T>, unique: false });
    }

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        <<&'static T as HecsQuery>::Fetch as Fetch>::prepare(archetype)
    }

    fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
        Base(<<&'static T as HecsQuery>::Fetch as Fetch>::execute(archetype, state))
    }

    #[inline]
    unsafe fn item<'a>(_: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
        // SAFETY: the caller keeps the bounds and the borrow; the entities' metadata is not used for components.
        unsafe { <&T as HecsQuery>::get(&[], &column.0, row) }
    }

    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        // SAFETY: the caller keeps the borrow; an entity of another world is looked up with bounds and generation.
        unsafe { world.get_unchecked::<&T>(entity) }.ok()
    }
}

// SAFETY: yields unique references to `T`, which it lists as unique.
unsafe impl<T: Component> Columns for &'static mut T {
    type Item<'a> = &'a mut T;
    type State = <<&'static mut T as HecsQuery>::Fetch as Fetch>::State;
    type Column = Base<<&'static mut T as HecsQuery>::Fetch>;

    fn borrows(list: &mut Vec<Borrow>) {
        list.push(Borrow { id: TypeId::of::<T>(), type_name: type_name::<T>, unique: true });
    }

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        <<&'static mut T as HecsQuery>::Fetch as Fetch>::prepare(archetype)
    }

    fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
        Base(<<&'static mut T as HecsQuery>::Fetch as Fetch>::execute(archetype, state))
    }

    #[inline]
    unsafe fn item<'a>(_: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
        // SAFETY: the caller keeps the bounds and the borrow; the entities' metadata is not used for components.
        unsafe { <&mut T as HecsQuery>::get(&[], &column.0, row) }
    }

    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        // SAFETY: the caller keeps the borrow; an entity of another world is looked up with bounds and generation.
        unsafe { world.get_unchecked::<&mut T>(entity) }.ok()
    }
}

// SAFETY: yields names, no references.
unsafe impl Columns for Entity {
    type Item<'a> = Entity;
    type State = ();
    type Column = Ids;

    fn borrows(_: &mut Vec<Borrow>) {}

    fn prepare(_: &Archetype) -> Option<Self::State> {
        Some(())
    }

    fn column(archetype: &Archetype, (): Self::State) -> Self::Column {
        Base(NonNull::from(archetype.ids()).cast())
    }

    #[inline]
    unsafe fn item<'a>(world: &'a hecs::World, &Base(ids): &Self::Column, row: usize) -> Self::Item<'a> {
        // SAFETY: no entity came or went, so the ids are still there, and the row is one of them.
        let id = unsafe { ids.add(row) };
        // SAFETY: as above; while the world is shared, nobody writes ids.
        let id = unsafe { id.read() };
        // SAFETY: an id that stands in an archetype is that of a live entity.
        unsafe { world.find_entity_from_id(id) }
    }

    // SAFETY: a name is asked for, with bounds and generation; nothing is borrowed, so no duty of the caller is leant on.
    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        world.contains(entity).then_some(entity)
    }
}

// SAFETY: yields what `Q` yields, and lists what it lists.
unsafe impl<Q: Columns> Columns for Option<Q> {
    type Item<'a> = Option<Q::Item<'a>>;
    type State = Option<Q::State>;
    type Column = Option<Q::Column>;

    fn borrows(list: &mut Vec<Borrow>) {
        Q::borrows(list);
    }

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        Some(Q::prepare(archetype))
    }

    fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
        state.map(|state| Q::column(archetype, state))
    }

    #[inline]
    unsafe fn item<'a>(world: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
        // SAFETY: the caller's duties are those of `Q::item`.
        column.as_ref().map(|column| unsafe { Q::item(world, column, row) })
    }

    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        // SAFETY: the caller's duties are those of `Q::at`.
        world.contains(entity).then(|| unsafe { Q::at(world, entity) })
    }
}

// SAFETY: yields what `L` and `R` yield, and lists what they list.
unsafe impl<L: Columns, R: Columns> Columns for Or<L, R> {
    type Item<'a> = Or<L::Item<'a>, R::Item<'a>>;
    type State = Or<L::State, R::State>;
    type Column = Or<L::Column, R::Column>;

    fn borrows(list: &mut Vec<Borrow>) {
        L::borrows(list);
        R::borrows(list);
    }

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        Or::new(L::prepare(archetype), R::prepare(archetype))
    }

    fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
        state.map(|state| L::column(archetype, state), |state| R::column(archetype, state))
    }

    #[inline]
    unsafe fn item<'a>(world: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
        column.as_ref().map(
            // SAFETY: the caller's duties are those of `L::item`.
            |column| unsafe { L::item(world, column, row) },
            // SAFETY: the caller's duties are those of `R::item`.
            |column| unsafe { R::item(world, column, row) },
        )
    }

    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        // SAFETY: the caller's duties are those of `L::at`.
        let left = unsafe { L::at(world, entity) };
        // SAFETY: the caller's duties are those of `R::at`.
        let right = unsafe { R::at(world, entity) };
        Or::new(left, right)
    }
}

// SAFETY: yields what `Q` yields, and lists what it lists; a filter looks at types alone.
unsafe impl<Q: Columns, R: HecsQuery + 'static> Columns for With<Q, R> {
    type Item<'a> = Q::Item<'a>;
    type State = Q::State;
    type Column = Q::Column;

    fn borrows(list: &mut Vec<Borrow>) {
        Q::borrows(list);
    }

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        archetype.satisfies::<R>().then(|| Q::prepare(archetype))?
    }

    fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
        Q::column(archetype, state)
    }

    #[inline]
    unsafe fn item<'a>(world: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
        // SAFETY: the caller's duties are those of `Q::item`.
        unsafe { Q::item(world, column, row) }
    }

    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        // SAFETY: the caller's duties are those of `Q::at`.
        world.satisfies::<R>(entity).then(|| unsafe { Q::at(world, entity) })?
    }
}

// SAFETY: yields what `Q` yields, and lists what it lists; a filter looks at types alone.
unsafe impl<Q: Columns, R: HecsQuery + 'static> Columns for Without<Q, R> {
    type Item<'a> = Q::Item<'a>;
    type State = Q::State;
    type Column = Q::Column;

    fn borrows(list: &mut Vec<Borrow>) {
        Q::borrows(list);
    }

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        (!archetype.satisfies::<R>()).then(|| Q::prepare(archetype))?
    }

    fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
        Q::column(archetype, state)
    }

    #[inline]
    unsafe fn item<'a>(world: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
        // SAFETY: the caller's duties are those of `Q::item`.
        unsafe { Q::item(world, column, row) }
    }

    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        // SAFETY: the caller's duties are those of `Q::at`.
        (!world.satisfies::<R>(entity)).then(|| unsafe { Q::at(world, entity) })?
    }
}

// SAFETY: yields answers, no references.
unsafe impl<Q: HecsQuery + 'static> Columns for Satisfies<Q> {
    type Item<'a> = bool;
    type State = bool;
    type Column = bool;

    fn borrows(_: &mut Vec<Borrow>) {}

    fn prepare(archetype: &Archetype) -> Option<Self::State> {
        Some(archetype.satisfies::<Q>())
    }

    fn column(_: &Archetype, state: Self::State) -> Self::Column {
        state
    }

    // SAFETY: the answer stands in the column itself; nothing is borrowed, so no duty of the caller is leant on.
    unsafe fn item<'a>(_: &'a hecs::World, column: &Self::Column, _: usize) -> Self::Item<'a> {
        *column
    }

    // SAFETY: types are looked at, with bounds and generation; nothing is borrowed, so no duty of the caller is leant on.
    unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
        world.contains(entity).then(|| world.satisfies::<Q>(entity))
    }
}

macro_rules! tuple {
    ($($part:ident $index:tt),+) => {
        // SAFETY: yields what the parts yield, and lists what they list.
        unsafe impl<$($part: Columns),+> Columns for ($($part,)+) {
            type Item<'a> = ($($part::Item<'a>,)+);
            type State = ($($part::State,)+);
            type Column = ($($part::Column,)+);

            fn borrows(list: &mut Vec<Borrow>) {
                $($part::borrows(list);)+
            }

            fn prepare(archetype: &Archetype) -> Option<Self::State> {
                Some(($($part::prepare(archetype)?,)+))
            }

            fn column(archetype: &Archetype, state: Self::State) -> Self::Column {
                ($($part::column(archetype, state.$index),)+)
            }

            #[inline]
            unsafe fn item<'a>(world: &'a hecs::World, column: &Self::Column, row: usize) -> Self::Item<'a> {
                // SAFETY: the caller's duties are those of each part.
                ($(unsafe { $part::item(world, &column.$index, row) },)+)
            }

            unsafe fn at(world: &hecs::World, entity: Entity) -> Option<Self::Item<'_>> {
                // SAFETY: the caller's duties are those of each part.
                Some(($(unsafe { $part::at(world, entity) }?,)+))
            }
        }
    };
}

tuple!(A 0);
tuple!(A 0, B 1);
tuple!(A 0, B 1, C 2);
tuple!(A 0, B 1, C 2, D 3);
tuple!(A 0, B 1, C 2, D 3, E 4);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10);
tuple!(A 0, B 1, C 2, D 3, E 4, F 5, G 6, H 7, I 8, J 9, K 10, L 11);
