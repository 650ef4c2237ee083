//! What keeps a value on the thread that made it.

/// Makes a type that holds it neither `Send` nor `Sync`.
///
/// Not `PhantomData<*mut ()>`: then the compiler's message would show the source of `PhantomData`, where that is installed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OneThread([*mut (); 0]);

impl OneThread {
    pub(crate) const HERE: Self = Self([]);
}
