//! Guards: a resource in the hands of a system.

use std::fmt;
use std::ops::{Deref, DerefMut};

use crate::cx::table::{SharedClaim, UniqueClaim, WholeClaim};
use crate::world::World;

/// A resource that a system reads. Data-parallel closures may capture it.
pub struct Res<'a, T> {
    value: &'a T,
    _claim: SharedClaim<'a>,
}

/// A resource that a system writes.
pub struct ResMut<'a, T> {
    value: &'a mut T,
    _claim: UniqueClaim<'a>,
}

/// The whole world, in the hands of a system that runs alone.
pub struct WorldMut<'a> {
    world: &'a mut World,
    _claim: WholeClaim<'a>,
}

impl<'a> WorldMut<'a> {
    pub(crate) const fn new(world: &'a mut World, claim: WholeClaim<'a>) -> Self {
        Self { world, _claim: claim }
    }
}

impl Deref for WorldMut<'_> {
    type Target = World;

    fn deref(&self) -> &World {
        self.world
    }
}

impl DerefMut for WorldMut<'_> {
    fn deref_mut(&mut self) -> &mut World {
        self.world
    }
}

impl fmt::Debug for WorldMut<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.world.fmt(f)
    }
}

impl<'a, T> Res<'a, T> {
    pub(crate) const fn new(value: &'a T, claim: SharedClaim<'a>) -> Self {
        Self { value, _claim: claim }
    }
}

impl<'a, T> ResMut<'a, T> {
    pub(crate) const fn new(value: &'a mut T, claim: UniqueClaim<'a>) -> Self {
        Self { value, _claim: claim }
    }
}

impl<T> Deref for Res<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Deref for ResMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> DerefMut for ResMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Res<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Debug> fmt::Debug for ResMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}
