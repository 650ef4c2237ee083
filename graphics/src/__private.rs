//! What derived code calls. Not part of the public interface: it changes without notice.

use std::marker::PhantomData;

use crate::declare::pass::AutoBarriers;

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
