//! Pieces of work that run once.

/// A piece of work that owns what it needs and runs once: a closure, or a type with `#[derive(Job)]`.
///
/// The derive calls the type's own `run(self)`, or the method that `#[job(method = "..")]` names.
///
/// # Examples
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use fencewright::{Job, Threads};
///
/// static LOADED: AtomicU32 = AtomicU32::new(0);
///
/// #[derive(Job)]
/// #[job(method = "load")]
/// struct Texture(u32);
///
/// impl Texture {
///     fn load(self) {
///         LOADED.fetch_add(self.0, Ordering::Relaxed);
///     }
/// }
///
/// Threads::Current.join_all([Texture(1), Texture(2)]);
/// assert_eq!(LOADED.load(Ordering::Relaxed), 3);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no job",
    label = "this cannot be run once on another thread",
    note = "a job is a closure without arguments that is `Send`, or a type with `#[derive(Job)]`"
)]
pub trait Job: Send {
    /// Does the work.
    fn run_once(self);
}

#[diagnostic::do_not_recommend]
impl<F: FnOnce() + Send> Job for F {
    fn run_once(self) {
        self();
    }
}
