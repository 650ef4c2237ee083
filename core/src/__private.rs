//! What derived code calls. Not part of the public interface: it changes without notice.

use std::marker::PhantomData;

/// Stands for something outside the world, as a GPU buffer does.
pub trait Foreign {}

/// Asks the compiler what a type is, behind any alias.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized + Foreign> Probe<T> {
    pub const WHAT: PhantomData<T> = PhantomData;
}

/// Answers for every type that no inherent item answers for.
pub trait Fallback {
    const WHAT: PhantomData<()> = PhantomData;
}

impl<T: ?Sized> Fallback for Probe<T> {}

/// Data that lives in the world.
#[diagnostic::on_unimplemented(
    message = "`{Self}` needs a usage",
    label = "this is `{Self}`: write `as` and a usage after it",
    note = "the usage follows from the marker's name only where `GpuBuffer<..>` or `GpuImage<..>` is written out, not behind an alias or a renamed import"
)]
pub trait CpuData {}

#[diagnostic::do_not_recommend]
impl CpuData for () {}

/// Accepts what is CPU data.
pub const fn cpu<T: ?Sized + CpuData>(_: PhantomData<T>) {}
