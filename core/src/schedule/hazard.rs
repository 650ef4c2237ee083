//! Hazards between systems: found in one pass over the accesses in program order.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;

use crate::access::Key;
use crate::system::SystemInfo;
use crate::world::Commands;

/// Why two accesses of one type need order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hazard {
    /// A read needs what an earlier write wrote.
    ReadAfterWrite,
    /// A write must not overtake an earlier read.
    WriteAfterRead,
    /// A write must not be overtaken by an earlier write.
    WriteAfterWrite,
}

impl Hazard {
    /// Classifies what orders an access after another of the same type; two reads need no order.
    #[must_use]
    pub const fn between(first_writes: bool, second_writes: bool) -> Option<Self> {
        match (first_writes, second_writes) {
            (true, true) => Some(Self::WriteAfterWrite),
            (true, false) => Some(Self::ReadAfterWrite),
            (false, true) => Some(Self::WriteAfterRead),
            (false, false) => None,
        }
    }

    /// Returns the name, as in `read-after-write`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ReadAfterWrite => "read-after-write",
            Self::WriteAfterRead => "write-after-read",
            Self::WriteAfterWrite => "write-after-write",
        }
    }

    /// Returns whether the first and whether the second access writes.
    pub const fn writes(self) -> (bool, bool) {
        match self {
            Self::ReadAfterWrite => (true, false),
            Self::WriteAfterRead => (false, true),
            Self::WriteAfterWrite => (true, true),
        }
    }
}

impl fmt::Display for Hazard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Two systems with a hazard, by their indices in program order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) hazard: Hazard,
    pub(crate) first_key: Key,
    pub(crate) second_key: Key,
}

/// Returns what orders a system: each type once, with whether it is written.
pub(crate) fn accesses(info: &SystemInfo) -> Vec<(Key, bool)> {
    let mut seen: Vec<(Key, bool)> = Vec::with_capacity(info.writes.len() + info.reads.len());
    let writes = info.writes.iter().map(|key| (*key, true));
    for (key, write) in writes.chain(info.reads.iter().map(|key| (*key, false))) {
        // Commands order nothing among systems: they apply at a sync point.
        if key.id() != TypeId::of::<Commands>() && !seen.iter().any(|(other, _)| other.id() == key.id()) {
            seen.push((key, write));
        }
    }
    seen
}

/// Finds the hazards of systems in program order, in time linear in their accesses.
///
/// A system is ordered after the last writer and, if it writes, after the readers since: hazards with earlier systems
/// follow from these.
pub(crate) fn find(accesses: &[Vec<(Key, bool)>]) -> Vec<Found> {
    #[derive(Default)]
    struct State {
        writer: Option<(usize, Key)>,
        readers: Vec<(usize, Key)>,
    }
    let mut states: HashMap<TypeId, State> = HashMap::new();
    let mut found = Vec::new();
    for (second, accesses) in accesses.iter().enumerate() {
        for &(second_key, write) in accesses {
            let state = states.entry(second_key.id()).or_default();
            let mut add =
                |(first, first_key), hazard| found.push(Found { first, second, hazard, first_key, second_key });
            if !write {
                state.writer.into_iter().for_each(|first| add(first, Hazard::ReadAfterWrite));
                state.readers.push((second, second_key));
                continue;
            }
            if state.readers.is_empty() {
                state.writer.into_iter().for_each(|first| add(first, Hazard::WriteAfterWrite));
            }
            state.readers.drain(..).for_each(|first| add(first, Hazard::WriteAfterRead));
            state.writer = Some((second, second_key));
        }
    }
    found
}
