//! What derived code calls. Not part of the public interface: it changes without notice.

use std::marker::PhantomData;

use fencewright::Declaration;

use crate::declare::part::{self, Part};
use crate::declare::pass::{AutoBarriers, PassDecl};

/// Asks the compiler whether a system derives `AutoBarriers`.
#[derive(Debug)]
pub struct AutoProbe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized + AutoBarriers> AutoProbe<T> {
    pub const AUTO: bool = true;
}

/// Answers for systems without `AutoBarriers`.
pub trait NoAuto {
    const AUTO: bool = false;
}

impl<T: ?Sized> NoAuto for AutoProbe<T> {}

/// Declares the parts that a system's value names, in the memory of those that it named before.
pub fn declare_parts(declaration: &mut Declaration, parts: &[Part]) {
    const MOST: usize = Declaration::WORDS;
    let mut words = [0; MOST + 1];
    let len = part::words(parts, &mut words[..MOST]).unwrap_or(MOST + 1);
    declaration.annotate_by(&words[..len], |decl: &mut PassDecl| {
        decl.parts.clear();
        decl.parts.extend_from_slice(parts);
    });
}
