//! The cells of a run: the world and the systems, in the hands of whoever has the turn.
//!
//! The unsafe half of the run. Its one duty: no two turns that conflict are out at once. That is the executor's promise,
//! and a [`Turn`] is its word: it is made from a claim, and only the executor makes claims.

use std::cell::UnsafeCell;
use std::marker::PhantomData;
use std::ptr::NonNull;

use crate::cx::Own;
use crate::declaration::Declaration;
use crate::run::AnySystem;
use crate::run::turn::Turn;
use crate::world::{World, WorldHandle};

/// A system with what belongs to it alone.
pub(crate) struct Slot {
    pub(crate) system: Box<dyn AnySystem>,
    pub(crate) own: Own,
    /// The latest run in which the system ended well.
    pub(crate) done: RunNumber,
}

/// Counts the runs of a schedule, from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RunNumber(u64);

impl RunNumber {
    /// Returns the number.
    pub(crate) const fn get(self) -> u64 {
        self.0
    }

    /// Counts one more run.
    pub(crate) fn next(&mut self) -> Self {
        self.0 += 1;
        *self
    }
}

/// The systems of a schedule.
pub(crate) struct Slots(Box<[UnsafeCell<Slot>]>);

// SAFETY: a shared `Slots` gives out a slot only to a turn, alone. Slots cross threads: systems are `Send`, and so is
// what belongs to them.
unsafe impl Sync for Slots {}

const fn crosses_threads<T: Send>() {}
const fn is_shared<T: Sync>() {}
const _: () = crosses_threads::<Slot>();
const _: () = is_shared::<World>();

/// The world and the systems for the time of one run.
pub(crate) struct Cells<'w> {
    world: NonNull<World>,
    slots: &'w Slots,
    lives: PhantomData<&'w mut World>,
}

// SAFETY: the world is reached through a turn alone: shared, and it is `Sync`; or alone, and it is `Send`.
unsafe impl Sync for Cells<'_> {}

impl Slot {
    pub(crate) fn new(system: Box<dyn AnySystem>, own: Own) -> Self {
        Self { system, own, done: RunNumber::default() }
    }

    pub(crate) fn declare(&self, declaration: &mut Declaration) {
        self.system.declare(declaration);
    }
}

impl Slots {
    pub(crate) fn new(slots: Vec<Slot>) -> Self {
        Self(slots.into_iter().map(UnsafeCell::new).collect())
    }

    pub(crate) fn get_mut(&mut self, index: usize) -> &mut Slot {
        self.0[index].get_mut()
    }

    /// Takes all of them out, by their index.
    pub(crate) fn take(&mut self) -> Vec<Option<Slot>> {
        std::mem::take(&mut self.0).into_iter().map(|slot| Some(slot.into_inner())).collect()
    }
}

impl<'w> Cells<'w> {
    /// Takes the world and the systems for the time of one run.
    pub(crate) fn new(world: &'w mut World, slots: &'w mut Slots) -> Self {
        Self { world: NonNull::from(world), slots, lives: PhantomData }
    }

    /// Returns the world and the slot of a system whose turn it is.
    pub(crate) fn system<'t>(&'t self, turn: &'t mut Turn, index: usize) -> (WorldHandle<'t>, &'t mut Slot) {
        assert!(turn.may_use(index), "it is not the turn of system {index}");
        // SAFETY: a turn comes up once and to one thread, and the assertion says that it is this system's.
        let slot = unsafe { &mut *self.slots.0[index].get() };
        // SAFETY: the world lives for `'w`; whoever has it alone has an exclusive turn, which excludes this one. A system
        // that may claim the whole world was ordered against every other, so that nobody else has a turn now.
        let world = unsafe { WorldHandle::new(self.world) };
        (world, slot)
    }

    /// Returns the world, and systems by their index, to a turn beside which there is no other.
    pub(crate) fn all<'t>(&'t self, turn: &'t mut Turn) -> (&'t mut World, AllSlots<'t>) {
        assert!(turn.is_exclusive(), "this turn is not exclusive");
        // SAFETY: the world lives for `'w`; an exclusive turn excludes every other, so nobody holds the world.
        let world = unsafe { &mut *self.world.as_ptr() };
        (world, AllSlots(self.slots))
    }
}

/// All systems, in the hands of an exclusive turn.
pub(crate) struct AllSlots<'t>(&'t Slots);

impl AllSlots<'_> {
    pub(crate) fn get(&mut self, index: usize) -> &mut Slot {
        // SAFETY: an exclusive turn excludes every other, and this borrows it uniquely.
        unsafe { &mut *self.0.0[index].get() }
    }
}
