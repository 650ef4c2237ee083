//! What a system declares that it touches on the CPU: keys, and the compile-time permissions.

use std::any::TypeId;
use std::fmt;
use std::panic::Location;

/// Names one type in a declaration: its identity, its name, and where the declaration stands.
#[derive(Clone, Copy)]
pub struct Key {
    id: TypeId,
    type_name: fn() -> &'static str,
    spelled: &'static str,
    at: &'static Location<'static>,
}

impl Key {
    /// Makes the key of `T` as it is spelled in a declaration; `at` is the place of the call.
    #[track_caller]
    pub const fn of<T: 'static>(spelled: &'static str) -> Self {
        Self { id: TypeId::of::<T>(), type_name: std::any::type_name::<T>, spelled, at: Location::caller() }
    }

    /// Returns the identity that decides hazards.
    pub const fn id(&self) -> TypeId {
        self.id
    }

    /// Returns the compiler's full name of the type.
    pub fn type_name(&self) -> &'static str {
        (self.type_name)()
    }

    /// Returns the type as the user wrote it.
    pub const fn spelled(&self) -> &'static str {
        self.spelled
    }

    /// Returns the place of the declaration.
    pub const fn at(&self) -> &'static Location<'static> {
        self.at
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.spelled, self.at)
    }
}

/// States the CPU types that a system reads and writes. Derived by `#[derive(System)]`.
pub trait ResourceAccess: 'static {
    /// The types that are read and not written.
    const READS: &'static [Key];
    /// The types that are written; writing lets a system read them too.
    const WRITES: &'static [Key];

    /// Returns the types that are read and not written.
    fn reads() -> &'static [Key] {
        Self::READS
    }

    /// Returns the types that are written.
    fn writes() -> &'static [Key] {
        Self::WRITES
    }
}

/// Marks a system that declares that it reads `T`.
///
/// It exists for the early error alone: memory safety rests on the schedule's own table, never on this trait.
#[diagnostic::on_unimplemented(
    message = "system `{Self}` does not declare that it reads `{T}`",
    label = "`{T}` is not in the declaration of `{Self}`",
    note = "add `{T}` to `#[reads(..)]` (or to `#[writes(..)]`) on `{Self}`"
)]
pub trait Reads<T: ?Sized> {}

/// Marks a system that declares that it writes `T`, and so may read it.
///
/// It exists for the early error alone: memory safety rests on the schedule's own table, never on this trait.
#[diagnostic::on_unimplemented(
    message = "system `{Self}` does not declare that it writes `{T}`",
    label = "`{T}` is not in the `writes` of `{Self}`",
    note = "add `{T}` to `#[writes(..)]` on `{Self}`, and remove it from `#[reads(..)]` if it is there"
)]
pub trait Writes<T: ?Sized>: Reads<T> {}
