//! Hazards between systems: found in one pass over the accesses in program order.

use std::any::TypeId;
use std::collections::HashMap;
use std::fmt;

use crate::access::{Key, KeyId};
use crate::program::ProgramSystem;
use crate::schedule::graph::Reason;
use crate::world::{Commands, World};

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

/// Returns whether a key stands for deferred commands.
pub(crate) fn is_commands(key: &Key) -> bool {
    key.id() == KeyId::Type(TypeId::of::<Commands>())
}

/// Returns the declaration of the whole world, if the system has one.
pub(crate) fn whole_world(system: &ProgramSystem) -> Option<&Key> {
    system.writes.iter().chain(system.reads.iter()).find(|key| key.id() == KeyId::Type(TypeId::of::<World>()))
}

/// Returns what orders a system: each type once, with whether it is written.
pub(crate) fn accesses(system: &ProgramSystem) -> Vec<(Key, bool)> {
    let mut seen: Vec<(Key, bool)> = Vec::with_capacity(system.writes.len() + system.reads.len());
    let writes = system.writes.iter().map(|key| (*key, true));
    for (key, write) in writes.chain(system.reads.iter().map(|key| (*key, false))) {
        // Commands order nothing among systems: they apply at a sync point. The whole world is no type among others.
        let data = !is_commands(&key) && key.id() != KeyId::Type(TypeId::of::<World>());
        if data && !seen.iter().any(|(other, _)| other.id() == key.id()) {
            seen.push((key, write));
        }
    }
    seen
}

/// Finds the hazards of systems in program order, in time linear in their accesses.
///
/// A system is ordered after the last writer and, if it writes, after the readers since: hazards with earlier systems
/// follow from these. One that declares the whole world, by the key in `whole`, has a hazard with all others.
pub(crate) fn find(accesses: &[Vec<(Key, bool)>], whole: &[Option<Key>]) -> Vec<(usize, usize, Reason)> {
    #[derive(Default)]
    struct State {
        writer: Option<(usize, Key)>,
        readers: Vec<(usize, Key)>,
    }
    let mut states: HashMap<KeyId, State> = HashMap::new();
    let mut found = Vec::new();
    let mut wall: Option<(usize, Key)> = None;
    // Those since the wall that nobody comes after.
    let mut last: Vec<bool> = vec![false; accesses.len()];
    for (second, accesses) in accesses.iter().enumerate() {
        if let Some(key) = whole[second] {
            let start = wall.map_or(0, |(wall, _)| wall);
            let reason = Reason::Exclusive { system: second, at: key.at() };
            found.extend((start..second).filter(|&first| last[first]).map(|first| (first, second, reason)));
            last[start..second].fill(false);
            last[second] = true;
            states.clear();
            wall = Some((second, key));
            continue;
        }
        let before = found.len();
        for &(second_key, write) in accesses {
            let state = states.entry(second_key.id()).or_default();
            let mut add = |(index, first): (usize, Key), hazard| {
                found.push((index, second, Reason::Hazard { hazard, first, second: second_key }));
            };
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
        if let (true, Some((system, key))) = (found.len() == before, wall) {
            found.push((system, second, Reason::Exclusive { system, at: key.at() }));
        }
        found[before..].iter().for_each(|&(first, ..)| last[first] = false);
        last[second] = true;
    }
    found
}
