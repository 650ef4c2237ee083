//! What a system declares that it touches on the CPU: keys, and the compile-time permissions.

use std::any::TypeId;
use std::fmt;
use std::panic::Location;

/// The identity of what a [`Key`] names: two accesses of one identity can have a hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyId {
    /// A type.
    Type(TypeId),
    /// A name given at run time, for something that is no type of the world.
    Name(&'static str),
    /// What a condition of a stage answers, by a number of the schedule's own.
    Condition(usize),
}

/// Names one type in a declaration: its identity, its name, and where the declaration stands.
#[derive(Clone, Copy)]
pub struct Key {
    id: KeyId,
    type_name: fn() -> &'static str,
    spelled: &'static str,
    at: &'static Location<'static>,
}

impl Key {
    /// Makes the key of `T` as it is spelled in a declaration; `at` is the place of the call.
    #[track_caller]
    pub const fn of<T: 'static>(spelled: &'static str) -> Self {
        Self {
            id: KeyId::Type(TypeId::of::<T>()),
            type_name: std::any::type_name::<T>,
            spelled,
            at: Location::caller(),
        }
    }

    /// Makes the key of something that has a name and no type, for systems made at run time; `at` is the place of the call.
    ///
    /// It orders systems as a type does, and leads to no data: what it stands for is the caller's own.
    #[track_caller]
    pub const fn named(name: &'static str) -> Self {
        Self { id: KeyId::Name(name), type_name: nameless, spelled: name, at: Location::caller() }
    }

    /// Makes the key of what a condition of a stage answers.
    pub(crate) const fn condition(number: usize, at: &'static Location<'static>) -> Self {
        Self { id: KeyId::Condition(number), type_name: nameless, spelled: "the answer of its stage's condition", at }
    }

    /// Returns the identity that decides hazards.
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the compiler's full name of the type, or the name where there is no type.
    pub fn type_name(&self) -> &'static str {
        match self.id {
            KeyId::Type(_) => (self.type_name)(),
            KeyId::Name(name) => name,
            KeyId::Condition(_) => self.spelled,
        }
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

/// Stands where a named key has no type.
fn nameless() -> &'static str {
    ""
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
