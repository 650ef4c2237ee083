//! A map keyed by `TypeId` needs no hashing: the id is one.

use std::hash::{BuildHasherDefault, Hasher};

pub(crate) type BuildIdHasher = BuildHasherDefault<IdHasher>;

/// Takes the last word that it is given for the hash.
#[derive(Default)]
pub(crate) struct IdHasher(u64);

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        // `TypeId` writes one word; anything else still gets a hash, if a poor one.
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}
