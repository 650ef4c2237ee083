//! What has changed in a world: a counter for each type that somebody watches, and one for which entities there are.

use std::any::TypeId;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::world::ids::BuildIdHasher;

/// Counts the times that values of one type may have been written.
///
/// Whoever writes and whoever looks are ordered by the schedule, so the counter needs no order of its own, and what a
/// system sees of it does not depend on threads.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stamp(Arc<AtomicU64>);

impl Stamp {
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    pub(crate) fn bump(&self) {
        self.0.store(self.count() + 1, Ordering::Relaxed);
    }
}

/// The counters of a world.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    stamps: Mutex<HashMap<TypeId, Stamp, BuildIdHasher>>,
    /// Counts the times that entities came, went, or were changed from outside of systems.
    pub(crate) entities: u64,
}

impl Changes {
    /// Returns the counter of a type, from now on kept up to date.
    pub(crate) fn watch(&self, id: TypeId) -> Stamp {
        self.stamps.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default().clone()
    }

    /// Notes that a value of a type may be written now.
    pub(crate) fn note<T: 'static>(&mut self) {
        if let Some(stamp) = self.stamps.get_mut().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<T>()) {
            stamp.bump();
        }
    }
}
