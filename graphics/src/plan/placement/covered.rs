//! Which dependencies others cover: a write after a write with a read between.
//!
//! The read's dependency makes the first write available, and the write after the read waits for the read. The two stand
//! in different calls, since one ends where the other begins, and chain where the second scope of the first meets the
//! first scope of the second.

use crate::plan::model::Hazard;

use super::problem::{Dependency, Producer};
use super::scope;

/// Returns, for each dependency of **one atom**, whether others of the atom cover it.
pub(crate) fn covered(atom: &[Dependency]) -> Vec<bool> {
    atom.iter().map(|dependency| is_covered(dependency, atom)).collect()
}

fn is_covered(writes: &Dependency, atom: &[Dependency]) -> bool {
    writes.hazard == Hazard::WriteAfterWrite
        && atom.iter().any(|read| {
            read.hazard == Hazard::ReadAfterWrite
                && read.producer == writes.producer
                && read.first.stages.contains(writes.first.stages)
                && read.first.access.contains(writes.first.access)
                && atom.iter().any(|after| {
                    after.hazard == Hazard::WriteAfterRead
                        && after.producer == Producer::Pass(read.consumer)
                        && after.consumer == writes.consumer
                        && after.second.stages.contains(writes.second.stages)
                        && scope::second(read.second.stages).intersects(scope::first(after.first.stages))
                })
        })
}
