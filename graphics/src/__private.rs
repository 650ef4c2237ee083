//! What derived code calls. Not part of the public interface: it changes without notice.

use std::marker::PhantomData;

use fencewright::Declaration;

use crate::declare::part::Part;
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

/// Declares the parts that a system's value names, in the memory of those that it named before. All that the value has to do with
/// them is in the words: equal words of one system mean equal parts.
pub fn declare_parts(declaration: &mut Declaration, parts: &[Part], words: &[u64]) {
    declaration.annotate_by(words, |decl: &mut PassDecl| {
        decl.parts.clear();
        decl.parts.extend_from_slice(parts);
    });
}

/// The word of where mip levels or array layers start.
#[inline]
pub const fn start_of(start: u32) -> u64 {
    start as u64
}

/// The word of where mip levels or array layers end, or of an instance: another one for each, and for none.
#[inline]
pub const fn end_of(end: Option<u32>) -> u64 {
    match end {
        Some(end) => end as u64,
        None => u64::MAX,
    }
}
