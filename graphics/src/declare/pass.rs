//! Passes: the GPU side of a system.

use fencewright::{Annotation, Failure, SystemInfo};

use crate::declare::access::{Access, AccessInfo};
use crate::declare::check;
use crate::declare::part::Part;
use crate::declare::requirements::BarrierRequirements;

/// What kind of commands a pass records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PassKind {
    /// Draws, inside dynamic rendering.
    Raster,
    /// Dispatches.
    Compute,
    /// Copies, blits, fills, resolves.
    Transfer,
    /// Traces rays, and builds acceleration structures.
    RayTracing,
    /// Anything: commands of other code, which may touch all memory. A full barrier stands before and after it; an image
    /// is in the layout that the pass declares, or else in the one that it was left in, and is left in that layout again.
    ///
    /// Where there are several queues, its whole frame runs on its queue, after all that any queue did in earlier frames. What a
    /// later frame does on another queue comes after it only where that uses a resource which some pass of the frame with the
    /// opaque pass declares: nothing else is known of what it touches. So let it, or another pass of the frame, declare what its
    /// commands share with other queues.
    Opaque,
}

impl PassKind {
    /// Returns the word that a declaration names it by: `raster`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raster => "raster",
            Self::Compute => "compute",
            Self::Transfer => "transfer",
            Self::RayTracing => "ray_tracing",
            Self::Opaque => "opaque",
        }
    }
}

/// The kind of a pass as a type: [`Raster`], [`Compute`], [`Transfer`], [`RayTracing`] or [`Opaque`].
pub trait Pass: 'static {
    /// The kind as a value.
    const KIND: PassKind;
}

macro_rules! pass {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}

        impl Pass for $name {
            const KIND: PassKind = PassKind::$name;
        }
    };
}

pass!(
    /// Raster passes, as a type.
    Raster
);
pass!(
    /// Compute passes, as a type.
    Compute
);
pass!(
    /// Transfer passes, as a type.
    Transfer
);
pass!(
    /// Ray-tracing passes, as a type.
    RayTracing
);
pass!(
    /// Passes that may touch anything, as a type.
    Opaque
);

/// Where a pass would like to run; it runs on the graphics queue where the device has no such family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Queue {
    /// The graphics queue.
    #[default]
    Graphics,
    /// A queue of a family with compute and without graphics.
    Compute,
    /// A queue of a family with transfer alone.
    Transfer,
}

impl Queue {
    /// Returns the word that a declaration names it by: `transfer`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Graphics => "graphics",
            Self::Compute => "compute",
            Self::Transfer => "transfer",
        }
    }
}

/// The pass of a system type: an annotation of its [`SystemInfo`].
#[derive(Clone, Copy, Debug)]
pub struct PassInfo {
    /// What kind of commands it records.
    pub kind: PassKind,
    /// Where it would like to run.
    pub queue: Queue,
    /// Whether its barriers are emitted for it; without `AutoBarriers` it records its own.
    pub auto_barriers: bool,
    /// Its accesses: those of `reads`, then those of `writes`, each in the order of the declaration.
    pub accesses: &'static [AccessInfo],
}

impl Annotation for PassInfo {
    fn check(&self, _: &SystemInfo) -> Result<(), Failure> {
        check::names(self)
    }
}

/// The pass of a system value: the parts of each access, evaluated. An annotation of its declaration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PassDecl {
    /// One part for each access of the [`PassInfo`], in its order.
    pub parts: Vec<Part>,
}

impl Annotation for PassDecl {
    fn check(&self, system: &SystemInfo) -> Result<(), Failure> {
        match system.annotation::<PassInfo>() {
            Some(info) => check::parts(info, &self.parts),
            None => Ok(()),
        }
    }
}

/// States the GPU resources that a system reads and writes. Derived by `#[derive(System)]`.
#[diagnostic::on_unimplemented(
    message = "system `{Self}` declares no GPU access",
    label = "`{Self}` has no pass",
    note = "name a `GpuBuffer<..>` or `GpuImage<..>` in `#[reads(..)]` or `#[writes(..)]` of `{Self}`, or remove `AutoBarriers` if it touches nothing on the GPU"
)]
pub trait GpuResourceAccess: 'static {
    /// The kind of its pass: what its encoder can record.
    type Pass: Pass;
    /// Its pass.
    const PASS: PassInfo;

    /// Returns the accesses of `reads`.
    fn gpu_reads() -> impl Iterator<Item = &'static AccessInfo> {
        Self::PASS.accesses.iter().filter(|info| info.access == Access::Read)
    }

    /// Returns the accesses of `writes`.
    fn gpu_writes() -> impl Iterator<Item = &'static AccessInfo> {
        Self::PASS.accesses.iter().filter(|info| info.access == Access::Write)
    }

    /// Returns what its accesses ask of barriers.
    fn requirements() -> BarrierRequirements {
        BarrierRequirements::new(std::any::type_name::<Self>(), Self::PASS)
    }

    /// Tells what its accesses ask of barriers: stages, accesses, layouts, and what to do.
    fn barrier_requirements() -> String {
        Self::requirements().to_string()
    }
}

/// Marks a system that declares `R`, and so may ask for its handle.
///
/// It exists for the early error alone, as `Reads` and `Writes` do.
#[diagnostic::on_unimplemented(
    message = "system `{Self}` does not declare `{R}`",
    label = "`{R}` is not in the declaration of `{Self}`",
    note = "add `{R}` to `#[reads(..)]` or `#[writes(..)]` on `{Self}`"
)]
pub trait Uses<R: ?Sized> {}

/// Asks for the barriers of a system to be emitted before it. Derived: `#[derive(System, AutoBarriers)]`.
pub trait AutoBarriers: GpuResourceAccess {}
