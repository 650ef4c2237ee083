//! The world in the hands of one system.
//!
//! Most systems share it, and reach parts of it by claims. A system that declares the whole world can have it alone.

use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::cx::WholeClaim;
use crate::world::World;

/// The world in the hands of one system, which may claim it as a whole.
#[derive(Clone, Copy)]
pub(crate) struct WorldHandle<'w> {
    world: NonNull<World>,
    lives: PhantomData<&'w World>,
}

impl<'w> WorldHandle<'w> {
    /// Makes the handle of a system.
    ///
    /// # Safety
    ///
    /// For as long as `'w` the world lives, and nobody has it uniquely but by a claim of this system on the whole. If the
    /// table of this system lets it claim the whole, then nobody else has the world at all.
    pub(crate) const unsafe fn new(world: NonNull<World>) -> Self {
        Self { world, lives: PhantomData }
    }

    /// Returns the world to share. The caller asked the table that the system does not hold the whole.
    pub(crate) fn shared(self) -> &'w World {
        // SAFETY: it lives, and nobody has it uniquely: others never do, and this system does not.
        unsafe { self.world.as_ref() }
    }

    /// Returns the world to who holds all of it.
    #[allow(clippy::mut_from_ref, reason = "the claim is what makes it unique")]
    pub(crate) const fn claimed<'a>(self, _claim: &WholeClaim<'a>) -> &'a mut World
    where
        'w: 'a,
    {
        // SAFETY: it lives; the claim says that the schedule keeps all others away from the world, and that this system
        // holds nothing of it, for as long as `'a`.
        unsafe { &mut *self.world.as_ptr() }
    }
}
