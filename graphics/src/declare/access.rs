//! One declared GPU access, as a constant.

use std::any::TypeId;
use std::fmt;
use std::panic::Location;

use crate::declare::part::Part;
use crate::declare::pass::Pass;
use crate::resource::{GpuResource, Kind, ResourceKind};
use crate::usage::{FitsKind, FitsPass, ReadUsage, UsageRow, WriteUsage};

/// Names the GPU contents of one access: what hazards are decided by, and what a person reads.
#[derive(Clone, Copy)]
pub struct GpuKey {
    /// The identity of `GpuBuffer<M>` or `GpuImage<M>`; the same under `Prev<..>`.
    pub id: TypeId,
    /// Buffer or image.
    pub kind: ResourceKind,
    /// Gives the compiler's full name of the marker.
    pub marker: fn() -> &'static str,
    /// The resource type as the user wrote it.
    pub spelled: &'static str,
}

impl fmt::Debug for GpuKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spelled)
    }
}

/// The direction of an access, as declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Listed in `reads`.
    Read,
    /// Listed in `writes`.
    Write,
}

/// One GPU access of a system, as its type declares it.
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the declaration, independent of the others")]
#[derive(Clone, Copy, Debug)]
pub struct AccessInfo {
    /// What is accessed.
    pub key: GpuKey,
    /// Read or written.
    pub access: Access,
    /// How: the row of the table of usages.
    pub usage: &'static UsageRow,
    /// The marker's name as the declaration spells it, if the usage follows from it.
    pub inferred: Option<&'static str>,
    /// Whether old contents are not needed.
    pub discard: bool,
    /// Whether writers need no order among themselves.
    pub concurrent: bool,
    /// Whether it names what the previous frame wrote.
    pub previous: bool,
    /// Whether a part uses `self`, so that only a value knows it.
    pub uses_self: bool,
    /// Gives the parts that are known without a value; the others are whole.
    pub part: fn() -> Part,
    /// Where it is declared.
    pub at: &'static Location<'static>,
}

impl AccessInfo {
    /// Describes `R` read as `U` in a pass of kind `P`; `at` is the place of the call.
    #[track_caller]
    pub const fn read<R: GpuResource, U: FitsKind<R::Kind> + ReadUsage + FitsPass<P>, P: Pass>(
        spelled: &'static str,
    ) -> Self {
        Self::new::<R>(Access::Read, U::ROW, spelled, Location::caller())
    }

    /// Describes `R` written as `U` in a pass of kind `P`; `at` is the place of the call.
    #[track_caller]
    pub const fn write<R: GpuResource, U: FitsKind<R::Kind> + WriteUsage + FitsPass<P>, P: Pass>(
        spelled: &'static str,
    ) -> Self {
        Self::new::<R>(Access::Write, U::ROW, spelled, Location::caller())
    }

    const fn new<R: GpuResource>(
        access: Access,
        usage: &'static UsageRow,
        spelled: &'static str,
        at: &'static Location<'static>,
    ) -> Self {
        Self {
            key: GpuKey { id: R::ID, kind: <R::Kind as Kind>::KIND, marker: std::any::type_name::<R::Marker>, spelled },
            access,
            usage,
            inferred: None,
            discard: false,
            concurrent: false,
            previous: R::PREVIOUS,
            uses_self: false,
            part: Part::whole,
            at,
        }
    }

    /// Says that the usage follows from the marker's name, which the declaration spells so.
    #[must_use]
    pub const fn inferred(mut self, name: &'static str) -> Self {
        self.inferred = Some(name);
        self
    }

    /// Says that old contents are not needed.
    #[must_use]
    pub const fn discard(mut self) -> Self {
        self.discard = true;
        self
    }

    /// Says that writers need no order among themselves.
    #[must_use]
    pub const fn concurrent(mut self) -> Self {
        self.concurrent = true;
        self
    }

    /// Gives the parts that are known without a value, and whether others use `self`.
    #[must_use]
    pub const fn part(mut self, part: fn() -> Part, uses_self: bool) -> Self {
        self.part = part;
        self.uses_self = uses_self;
        self
    }
}
