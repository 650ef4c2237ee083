//! Which queries a system may ask: those whose every component it declares.

use hecs::{Component, Entity, Or, Query as HecsQuery, Satisfies, With, Without};

use crate::access::{Reads, Writes};
use crate::query::columns::Columns;

/// A query that system `S` may ask: every component in it is declared.
///
/// | query | asks for | needs |
/// | --- | --- | --- |
/// | `&T` | entities with a `T`, to read | `Reads<T>` |
/// | `&mut T` | entities with a `T`, to write | `Writes<T>` |
/// | `Option<Q>` | entities whether they have `Q` or not | what `Q` needs |
/// | `Or<L, R>` | entities with `L`, `R` or both | what both need |
/// | `With<Q, R>`, `Without<Q, R>` | of the entities with `Q`, those with or without `R` | what `Q` needs |
/// | `Satisfies<R>` | whether an entity has `R` | nothing |
/// | `Entity` | the name of the entity | nothing |
/// | tuples | all of the above at once | what each needs |
///
/// It is sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a query that `{S}` can ask",
    note = "a query is made of `&T`, `&mut T`, `Option`, `Or`, `With`, `Without`, `Satisfies`, `Entity`, and tuples of up to twelve"
)]
pub trait QueryFor<S: ?Sized>: Columns {}

impl<S: ?Sized + Reads<T>, T: Component> QueryFor<S> for &'static T {}
impl<S: ?Sized + Writes<T>, T: Component> QueryFor<S> for &'static mut T {}
impl<S: ?Sized> QueryFor<S> for Entity {}
impl<S: ?Sized, Q: QueryFor<S>> QueryFor<S> for Option<Q> {}
impl<S: ?Sized, L: QueryFor<S>, R: QueryFor<S>> QueryFor<S> for Or<L, R> {}
impl<S: ?Sized, Q: QueryFor<S>, R: HecsQuery + 'static> QueryFor<S> for With<Q, R> {}
impl<S: ?Sized, Q: QueryFor<S>, R: HecsQuery + 'static> QueryFor<S> for Without<Q, R> {}
impl<S: ?Sized, Q: HecsQuery + 'static> QueryFor<S> for Satisfies<Q> {}

macro_rules! tuple {
    ($($part:ident)+) => {
        impl<S: ?Sized, $($part: QueryFor<S>),+> QueryFor<S> for ($($part,)+) {}
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);
