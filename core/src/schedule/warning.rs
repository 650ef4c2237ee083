//! What makes a schedule slower than it need be.

use std::fmt;

use crate::program::Program;
use crate::schedule::hazard::whole_world;

/// Something that makes a schedule slower than it need be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning<'s> {
    /// Most systems take the whole world, beside which nothing runs.
    MostlyExclusive {
        /// The systems that do.
        systems: Vec<&'s str>,
        /// How many systems there are.
        of: usize,
    },
}

pub(crate) fn find(program: &Program) -> Vec<Warning<'_>> {
    let exclusive = program.systems.iter().filter(|system| whole_world(system).is_some());
    let systems: Vec<_> = exclusive.map(|system| &*system.name).collect();
    let of = program.systems.len();
    if systems.len() * 2 > of { vec![Warning::MostlyExclusive { systems, of }] } else { Vec::new() }
}

impl fmt::Display for Warning<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MostlyExclusive { systems, of } => write!(
                f,
                "{} of {of} systems take the whole world, and nothing runs beside them: {}; declare what they touch instead",
                systems.len(),
                systems.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}
