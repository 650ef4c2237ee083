//! Which queues a frame runs on, in words.

use std::fmt;

use fencewright_graphics::plan::{QueueRef, Topology};

/// The queues that were asked for, and those that there are.
#[derive(Debug)]
pub struct Lanes {
    wanted: Topology,
    found: Topology,
}

impl Lanes {
    pub fn new(wanted: Topology, found: Topology) -> Self {
        Self { wanted, found }
    }

    /// Returns the words for the queues.
    pub fn names(&self) -> Vec<&'static str> {
        names(&self.found)
    }

    /// Returns the family of each.
    pub fn families(&self) -> Vec<u32> {
        self.found.queues().iter().map(|queue| queue.family).collect()
    }

    /// Returns whether one queue of the device stands for several.
    pub fn is_alias(&self) -> bool {
        self.found.has_several_queues() && !self.found.has_several_families()
    }

    /// Returns the words for queues that the device does not have, so that their passes run on the first one.
    fn absent(&self) -> Vec<&'static str> {
        let found = self.names();
        names(&self.wanted).into_iter().filter(|name| !found.contains(name)).collect()
    }
}

fn names(topology: &Topology) -> Vec<&'static str> {
    (0..topology.queues().len()).map(|queue| topology.name(QueueRef(queue))).collect()
}

impl fmt::Display for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.names().join(", "))?;
        if self.is_alias() {
            f.write_str("; the device has one, which stands for all")?;
        } else if self.found.has_several_queues() {
            let families: Vec<_> = self.families().iter().map(ToString::to_string).collect();
            write!(f, " of families {}", families.join(", "))?;
        }
        let absent = self.absent();
        if !absent.is_empty() {
            write!(f, "; the device has none for {}", absent.join(" and "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use fencewright_graphics::plan::QueueSpec;

    use super::*;

    #[test]
    fn it_says_which_queues_there_are_and_which_not() {
        let text = |wanted, found| Lanes::new(wanted, found).to_string();
        assert_eq!(text(Topology::one(), Topology::one()), "graphics");
        let asynchronous = Topology::asynchronous;
        assert_eq!(text(asynchronous(), asynchronous()), "graphics, compute, transfer of families 0, 1, 2");
        let alias = "graphics, compute, transfer; the device has one, which stands for all";
        assert_eq!(text(asynchronous(), asynchronous().alias()), alias);
        let some = Topology::new([QueueSpec::graphics(0), QueueSpec::compute(1)]).expect("two families");
        let absent = "graphics, compute of families 0, 1; the device has none for transfer";
        assert_eq!(text(asynchronous(), some), absent);
    }
}
