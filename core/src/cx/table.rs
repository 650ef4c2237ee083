//! The table of one system: what the schedule ordered it by, and what it holds right now.
//!
//! Memory safety rests here. A system reaches a value only through a claim, and a claim is given for a type that
//! stands in the table, as a lock would give it: many shared ones, or a unique one. Permissions are not asked.

use std::any::TypeId;
use std::marker::PhantomData;
use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, AtomicU64, Ordering};

use crate::access::{Key, KeyId};
use crate::world::{Stamp, World};

/// One type that a system declares.
#[derive(Debug)]
struct Row {
    key: Key,
    write: bool,
    /// The number of shared claims, or -1 for a unique one. Only the system's own thread touches it; it is atomic so
    /// that guards can be shared with data-parallel closures.
    held: AtomicI32,
    /// Counts the writes of everybody, once the table follows a world.
    stamp: Option<Stamp>,
    /// Whether the type has been seen to be a component there.
    is_component: AtomicBool,
    /// What the system saw of the counter when it last ran.
    seen: AtomicU64,
}

/// What one system may touch, and what it holds right now.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Box<[Row]>,
    /// Whether the system declares the whole world.
    whole: bool,
    /// The number of open queries, or -1 while the system holds the whole world.
    open: AtomicI32,
    /// Whether anything was claimed since the latest reset; atomic for the same reason as the rows.
    used: AtomicBool,
    watch: Watch,
}

/// What a table notes for a system that asks what has changed.
#[derive(Debug)]
struct Watch {
    /// The world whose changes are counted.
    world: u64,
    /// [`ASKED`] and [`STOOD_DOWN`]. Only the system's own thread touches it: no swaps are needed, which would cost as much as all else here.
    flags: AtomicU8,
    /// What the system saw of the counter of entities when it last ran.
    entities: AtomicU64,
}

/// The system asked once what has changed.
const ASKED: u8 = 1;
/// The system was kept from running by its own condition, so that it has seen nothing.
const STOOD_DOWN: u8 = 2;

/// A counter that has never been seen: it is no count, and no world's number.
const NEVER: u64 = u64::MAX;

/// Names a row and how it is wanted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Want {
    row: u32,
    unique: bool,
}

/// Why a claim was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The type does not stand in the table.
    Undeclared,
    /// The type stands there as read.
    ReadOnly,
    /// The system itself holds it.
    Held,
}

/// Keeps a value from being written for as long as it lives. It does not leave the system's thread.
#[derive(Debug)]
pub(crate) struct SharedClaim<'a> {
    held: &'a AtomicI32,
    stays: PhantomData<MutexGuard<'a, ()>>,
}

/// Keeps a value from being used by others for as long as it lives. It does not leave the system's thread.
#[derive(Debug)]
pub(crate) struct UniqueClaim<'a> {
    held: &'a AtomicI32,
    stays: PhantomData<MutexGuard<'a, ()>>,
}

/// Keeps the whole world from being used by others for as long as it lives. It does not leave the system's thread.
#[derive(Debug)]
pub(crate) struct WholeClaim<'a> {
    table: &'a Table,
    stays: PhantomData<MutexGuard<'a, ()>>,
}

impl Table {
    /// Makes the table of a system from what the schedule orders it by: types, and whether it is the whole world.
    pub(crate) fn new(accesses: impl Iterator<Item = (Key, bool)>, whole: bool) -> Self {
        let row = |(key, write)| Row {
            key,
            write,
            held: AtomicI32::new(0),
            stamp: None,
            is_component: AtomicBool::new(false),
            seen: AtomicU64::new(NEVER),
        };
        Self {
            rows: accesses.map(row).collect(),
            whole,
            open: AtomicI32::new(0),
            used: AtomicBool::new(false),
            watch: Watch::default(),
        }
    }

    /// Forgets claims that an earlier run leaked.
    #[inline]
    pub(crate) fn reset(&mut self) {
        if !std::mem::take(self.used.get_mut()) {
            return;
        }
        *self.open.get_mut() = 0;
        for row in &mut self.rows {
            *row.held.get_mut() = 0;
        }
    }

    /// Counts the changes of this world from now on. Where it counted those of another, all that is in it counts as changed.
    #[inline]
    pub(crate) fn follow(&mut self, world: &World) {
        if self.watch.world != world.id() {
            self.follow_another(world);
        }
    }

    // Apart from the path that every system takes.
    #[cold]
    fn follow_another(&mut self, world: &World) {
        self.watch.world = world.id();
        *self.watch.entities.get_mut() = NEVER;
        for row in &mut self.rows {
            if let KeyId::Type(id) = row.key.id() {
                row.stamp = Some(world.changes().watch(id));
            }
            *row.is_component.get_mut() = false;
            *row.seen.get_mut() = NEVER;
        }
    }

    /// Returns whether a type may have been written since the system last ran.
    pub(crate) fn has_changed(&self, id: TypeId, world: &World) -> Result<bool, Refusal> {
        let row = &self.rows[self.want(id, false)?.row as usize];
        self.watch.raise(ASKED);
        if self.watch.world != world.id() {
            // The system has put another world in the place of the one that it came to.
            return Ok(true);
        }
        let (seen, now) = (row.seen.load(Ordering::Relaxed), row.stamp.as_ref().map(Stamp::count));
        Ok(now != Some(seen) || (self.entities_have_changed(world) && row.is_component_in(world)))
    }

    /// Notes that the system has run, and so has seen all changes until now: its own too.
    #[inline]
    pub(crate) fn note_run(&self, world: &World) {
        let flags = self.watch.flags.load(Ordering::Relaxed);
        if flags != 0 {
            self.note_run_of_one_who_asks(flags, world);
        }
    }

    #[inline(never)]
    fn note_run_of_one_who_asks(&self, flags: u8, world: &World) {
        self.watch.flags.store(flags & !STOOD_DOWN, Ordering::Relaxed);
        if flags != ASKED || self.watch.world != world.id() {
            return;
        }
        if self.entities_have_changed(world) {
            // All entities may be gone when it next asks, and the types of their components with them.
            self.rows.iter().for_each(|row| _ = row.is_component_in(world));
        }
        self.watch.entities.store(world.changes().entities, Ordering::Relaxed);
        for row in &self.rows {
            row.seen.store(row.stamp.as_ref().map_or(NEVER, Stamp::count), Ordering::Relaxed);
        }
    }

    fn entities_have_changed(&self, world: &World) -> bool {
        world.changes().entities != self.watch.entities.load(Ordering::Relaxed)
    }

    /// Notes that a condition keeps the system from running this time.
    pub(crate) fn stand_down(&self) {
        self.watch.raise(STOOD_DOWN);
    }

    /// Returns whether the system holds the whole world.
    pub(crate) fn whole_is_held(&self) -> bool {
        self.open.load(Ordering::Relaxed) < 0
    }

    /// Claims the whole world: only if the system holds nothing of it.
    pub(crate) fn claim_whole(&self) -> Result<WholeClaim<'_>, Refusal> {
        if !self.whole {
            return Err(Refusal::Undeclared);
        }
        let free = |held: &AtomicI32| held.load(Ordering::Relaxed) == 0;
        if !free(&self.open) || !self.rows.iter().all(|row| free(&row.held)) {
            return Err(Refusal::Held);
        }
        self.used.store(true, Ordering::Relaxed);
        self.open.store(-1, Ordering::Relaxed);
        self.rows.iter().for_each(|row| row.held.store(-1, Ordering::Relaxed));
        Ok(WholeClaim { table: self, stays: PhantomData })
    }

    /// Finds the row for a wish.
    pub(crate) fn want(&self, id: TypeId, unique: bool) -> Result<Want, Refusal> {
        let row = self.rows.iter().position(|row| row.key.id() == KeyId::Type(id)).ok_or(Refusal::Undeclared)?;
        if unique && !self.rows[row].write {
            return Err(Refusal::ReadOnly);
        }
        Ok(Want { row: row as u32, unique })
    }

    /// Claims one type to read.
    pub(crate) fn claim_shared(&self, id: TypeId) -> Result<SharedClaim<'_>, Refusal> {
        let want = self.want(id, false)?;
        self.take(want)?;
        Ok(SharedClaim { held: &self.rows[want.row as usize].held, stays: PhantomData })
    }

    /// Claims one type to write.
    pub(crate) fn claim_unique(&self, id: TypeId) -> Result<UniqueClaim<'_>, Refusal> {
        let want = self.want(id, true)?;
        self.take(want)?;
        Ok(UniqueClaim { held: &self.rows[want.row as usize].held, stays: PhantomData })
    }

    /// Claims all that is wanted, or nothing; then gives the index of the wish that was refused.
    ///
    /// The system must not hold the whole world.
    pub(crate) fn take_all(&self, wants: &[Want]) -> Result<(), usize> {
        debug_assert!(!self.whole_is_held(), "whoever asks for a query has looked");
        for (index, want) in wants.iter().enumerate() {
            if self.take(*want).is_err() {
                wants[..index].iter().for_each(|want| release(&self.rows[want.row as usize].held));
                return Err(index);
            }
        }
        self.used.store(true, Ordering::Relaxed);
        let open = self.open.load(Ordering::Relaxed).checked_add(1);
        // Leaked ones count, too: a count that wrapped around would let the whole world be claimed beside them.
        self.open.store(open.expect("fewer than 2^31 queries are open"), Ordering::Relaxed);
        Ok(())
    }

    /// Gives back what was claimed by [`take_all`](Self::take_all).
    pub(crate) fn release_all(&self, wants: &[Want]) {
        release(&self.open);
        for want in wants {
            release(&self.rows[want.row as usize].held);
        }
    }

    fn take(&self, want: Want) -> Result<(), Refusal> {
        let Row { held, stamp, .. } = &self.rows[want.row as usize];
        let now = match (want.unique, held.load(Ordering::Relaxed)) {
            (true, 0) => Some(-1),
            (false, count) if count >= 0 => count.checked_add(1),
            (true | false, _) => None,
        };
        held.store(now.ok_or(Refusal::Held)?, Ordering::Relaxed);
        self.used.store(true, Ordering::Relaxed);
        if let (true, Some(stamp)) = (want.unique, stamp) {
            stamp.bump();
        }
        Ok(())
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self { world: NEVER, flags: AtomicU8::new(0), entities: AtomicU64::new(0) }
    }
}

impl Watch {
    fn raise(&self, flag: u8) {
        self.flags.store(self.flags.load(Ordering::Relaxed) | flag, Ordering::Relaxed);
    }
}

impl Row {
    /// Returns whether the type is a component in this world, or was one when the system looked.
    fn is_component_in(&self, world: &World) -> bool {
        let KeyId::Type(id) = self.key.id() else { return false };
        let is = self.is_component.load(Ordering::Relaxed) || world.has_component(id);
        self.is_component.store(is, Ordering::Relaxed);
        is
    }
}

fn release(held: &AtomicI32) {
    let now = match held.load(Ordering::Relaxed) {
        -1 => 0,
        count => count - 1,
    };
    held.store(now, Ordering::Relaxed);
}

impl Drop for SharedClaim<'_> {
    fn drop(&mut self) {
        release(self.held);
    }
}

impl Drop for UniqueClaim<'_> {
    fn drop(&mut self) {
        release(self.held);
    }
}

impl Drop for WholeClaim<'_> {
    fn drop(&mut self) {
        release(&self.table.open);
        self.table.rows.iter().for_each(|row| release(&row.held));
    }
}

#[cfg(test)]
mod tests {
    use std::any::TypeId;

    use super::{Refusal, Table};
    use crate::access::Key;

    fn table() -> Table {
        Table::new([(Key::of::<u8>("u8"), false), (Key::of::<u16>("u16"), true)].into_iter(), true)
    }

    #[test]
    fn what_is_not_in_the_table_is_refused() {
        let table = table();
        assert_eq!(table.claim_shared(TypeId::of::<u32>()).err(), Some(Refusal::Undeclared));
        assert_eq!(table.claim_unique(TypeId::of::<u8>()).err(), Some(Refusal::ReadOnly));
    }

    #[test]
    fn a_unique_claim_stands_alone() {
        let table = table();
        let id = TypeId::of::<u16>();
        let first = table.claim_shared(id).expect("nothing is held");
        let second = table.claim_shared(id).expect("shared claims share");
        assert_eq!(table.claim_unique(id).err(), Some(Refusal::Held));
        drop((first, second));
        let unique = table.claim_unique(id).expect("all are given back");
        assert_eq!(table.claim_shared(id).err(), Some(Refusal::Held));
        drop(unique);
        assert!(table.claim_shared(id).is_ok());
    }

    #[test]
    fn a_refused_list_holds_nothing() {
        let table = table();
        let id = TypeId::of::<u16>();
        let wants = [table.want(id, true).expect("declared"), table.want(id, false).expect("declared")];
        assert_eq!(table.take_all(&wants), Err(1));
        assert!(table.claim_unique(id).is_ok());
    }

    #[test]
    fn the_whole_is_claimed_alone() {
        let table = table();
        let id = TypeId::of::<u8>();
        let part = table.claim_shared(id).expect("nothing is held");
        assert_eq!(table.claim_whole().err(), Some(Refusal::Held));
        drop(part);
        table.take_all(&[]).expect("a query of names wants nothing");
        assert_eq!(table.claim_whole().err(), Some(Refusal::Held));
        table.release_all(&[]);
        let whole = table.claim_whole().expect("nothing is held");
        assert_eq!(table.claim_shared(id).err(), Some(Refusal::Held));
        assert!(table.whole_is_held());
        drop(whole);
        assert!(table.claim_shared(id).is_ok());
        assert_eq!(Table::new([].into_iter(), false).claim_whole().err(), Some(Refusal::Undeclared));
    }

    #[test]
    fn a_leaked_claim_is_forgotten_by_the_next_run() {
        let mut table = table();
        std::mem::forget(table.claim_unique(TypeId::of::<u16>()));
        table.reset();
        assert!(table.claim_unique(TypeId::of::<u16>()).is_ok());
    }
}
