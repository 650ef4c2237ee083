//! What is wrong with the GPU accesses of one system, as far as the compiler cannot see it.

use std::panic::Location;

use crate::declare::access::Access;

/// Why the GPU accesses of a system cannot stand; found when its schedule is built.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeclarationError {
    /// Parts of one resource overlap, and one of them is written.
    #[error(
        "`{resource}` is {first} and {second} in parts that overlap, and no barrier can stand inside a pass: declare \
         parts that do not overlap, or one usage that does both"
    )]
    Overlap {
        /// The resource, as declared.
        resource: &'static str,
        /// The access that is declared first.
        first: Declared,
        /// The access that is declared second.
        second: Declared,
    },
    /// A part selects nothing.
    #[error("`{part}` of `{resource}` selects nothing: {start}..{end} is an empty range")]
    Empty {
        /// The resource, as declared.
        resource: &'static str,
        /// The name of the part.
        part: &'static str,
        /// The first index.
        start: u64,
        /// One past the last index.
        end: u64,
    },
    /// A part that only resources of the other kind have.
    #[error("`{resource}` is {kind} and has no `{part}`: remove it, or say which {instead}")]
    PartOfOtherKind {
        /// The resource, as declared.
        resource: &'static str,
        /// `a buffer` or `an image`.
        kind: &'static str,
        /// The name of the part.
        part: &'static str,
        /// The parts that it has.
        instead: &'static str,
    },
    /// The usage follows from a name that is not the marker's own.
    #[error(
        "`{name}` in `{resource}` is another name of `{marker}`, and the usage followed from it: write `{resource} as \
         {usage}` if that is meant, or use the marker's own name"
    )]
    Disguised {
        /// The resource, as declared.
        resource: &'static str,
        /// The marker's name in the declaration.
        name: &'static str,
        /// The marker's own name.
        marker: &'static str,
        /// The usage that followed.
        usage: &'static str,
    },
    /// Not as many parts as accesses: a declaration written by hand.
    #[error("{parts} parts are declared for {accesses} accesses: declare one for each, in the same order")]
    Count {
        /// The parts.
        parts: usize,
        /// The accesses.
        accesses: usize,
    },
}

/// One of two accesses of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Read or written.
    pub access: Access,
    /// The usage's name.
    pub usage: &'static str,
    /// Where it is declared.
    pub at: &'static Location<'static>,
}

impl std::fmt::Display for Declared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let how = match self.access {
            Access::Read => "read",
            Access::Write => "written",
        };
        write!(f, "{how} as {} ({})", self.usage, self.at)
    }
}
