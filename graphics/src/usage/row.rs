//! One row of the table, and the marker traits by which the compiler checks a declared usage.

use std::fmt;

use ash::vk;

use crate::declare::pass::{Compute, Opaque, Pass, PassKind, Raster, RayTracing, Transfer};
use crate::resource::{Buffer, Image, Kind};
use crate::usage::flags::{access_names, layout_name, stage_names};

/// Describes one usage: the scopes, the layout, where it fits, and the section of the specification behind it.
#[derive(PartialEq, Eq)]
pub struct UsageRow {
    /// The name, as it is written after `as`.
    pub name: &'static str,
    /// The pipeline stages that access the resource.
    pub stages: vk::PipelineStageFlags2,
    /// The accesses when it stands in `reads`; `None` where it cannot.
    pub read: Option<vk::AccessFlags2>,
    /// The accesses when it stands in `writes`; `None` where it cannot.
    pub write: Option<vk::AccessFlags2>,
    /// What a buffer must have been created for; `None` where a buffer cannot be used so.
    pub buffer: Option<vk::BufferUsageFlags>,
    /// What an image must have been created for, and its layouts; `None` where an image cannot be used so.
    pub image: Option<ImageUse>,
    /// The kinds of pass that it fits; none for what happens outside of passes.
    pub passes: &'static [PassKind],
    /// The anchor of the section in the Vulkan specification.
    pub spec: &'static str,
}

/// What a usage asks of an image.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ImageUse {
    /// What the image must have been created for.
    pub usage: vk::ImageUsageFlags,
    /// The layout when it stands in `reads`.
    pub read_layout: vk::ImageLayout,
    /// The layout when it stands in `writes`.
    pub write_layout: vk::ImageLayout,
}

impl fmt::Debug for UsageRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsageRow")
            .field("name", &self.name)
            .field("stages", &stage_names(self.stages))
            .field("read", &self.read.map(access_names))
            .field("write", &self.write.map(access_names))
            .field("buffer", &self.buffer.map(vk::BufferUsageFlags::as_raw))
            .field("image", &self.image)
            .field("passes", &self.passes)
            .field("spec", &self.spec)
            .finish()
    }
}

impl fmt::Debug for ImageUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImageUse")
            .field("usage", &self.usage.as_raw())
            .field("read_layout", &layout_name(self.read_layout))
            .field("write_layout", &layout_name(self.write_layout))
            .finish()
    }
}

/// A usage: a type of [`usage`](crate::usage) that stands for a row of the table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a usage",
    label = "not a type of `fencewright_graphics::usage`",
    note = "the documentation of `fencewright_graphics::usage` lists the usages"
)]
pub trait Usage: 'static {
    /// The row of the table.
    const ROW: &'static UsageRow;
    /// Buffer and image, as far as they can be used so.
    #[doc(hidden)]
    type Kinds;
    /// Reading and writing, as far as it does them.
    #[doc(hidden)]
    type Directions;
    /// The kinds of pass that it fits.
    #[doc(hidden)]
    type Passes;
}

/// A usage that fits resources of kind `K`.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` does not fit a `{K}`",
    label = "not a usage of a `{K}`",
    note = "the documentation of `fencewright_graphics::usage` lists the usages of buffers and of images"
)]
pub trait FitsKind<K: Kind>: Usage {}

/// A usage that can stand in `reads`.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` only writes",
    label = "a system that uses it so writes it",
    note = "move the access to `#[writes(..)]`, or name a usage that reads"
)]
pub trait ReadUsage: Usage {}

/// A usage that can stand in `writes`.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` only reads",
    label = "a system that uses it so only reads it",
    note = "move the access to `#[reads(..)]`, or name a usage that writes"
)]
pub trait WriteUsage: Usage {}

/// A usage that a pass of kind `P` can have.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` does not fit a `{P}` pass",
    label = "no command of a `{P}` pass uses a resource so",
    note = "a system is one pass: `#[pass(..)]` says of which kind, or else its usages do"
)]
pub trait FitsPass<P: Pass>: Usage {}

// What a usage fits follows from its row. How it follows is nothing to show to a user whose usage does not fit.
#[diagnostic::do_not_recommend]
impl<U: Usage, K: Kind> FitsKind<K> for U where U::Kinds: Holds<K> {}
#[diagnostic::do_not_recommend]
impl<U: Usage> ReadUsage for U where U::Directions: Holds<Reading> {}
#[diagnostic::do_not_recommend]
impl<U: Usage> WriteUsage for U where U::Directions: Holds<Writing> {}
#[diagnostic::do_not_recommend]
impl<U: Usage, P: Pass> FitsPass<P> for U where U::Passes: Holds<P> {}

/// The direction of `reads`, as a type.
#[derive(Debug)]
pub enum Reading {}

/// The direction of `writes`, as a type.
#[derive(Debug)]
pub enum Writing {}

/// A tuple with `T` in it.
pub trait Holds<T> {}

impl<T> Holds<T> for (T,) {}
impl Holds<Buffer> for (Buffer, Image) {}
impl Holds<Image> for (Buffer, Image) {}
impl Holds<Reading> for (Reading, Writing) {}
impl Holds<Writing> for (Reading, Writing) {}
impl Holds<Raster> for (Raster, Compute) {}
impl Holds<Compute> for (Raster, Compute) {}
impl<P: Pass> Holds<P> for (Raster, Compute, Transfer, RayTracing) {}
// What may record anything has every usage that some pass has.
impl Holds<Opaque> for (Raster,) {}
impl Holds<Opaque> for (Compute,) {}
impl Holds<Opaque> for (Transfer,) {}
impl Holds<Opaque> for (RayTracing,) {}
impl Holds<Opaque> for (Raster, Compute) {}

/// Writes rows of the table: for each a type and its row, from the same facts.
macro_rules! usages {
    ($(
        $(#[$doc:meta])*
        $name:ident {
            stages: $($stage:ident)|+,
            $(read: $($read:ident)|+,)?
            $(write: $($write:ident)|+,)?
            $(buffer: $($buffer:ident)|+,)?
            $(image: $($image:ident)|+ in $read_layout:ident $(/ $write_layout:ident)?,)?
            passes: [$($pass:ident),*],
            spec: $spec:literal,
        }
    )+) => {
        /// The rows of this file.
        pub(super) const ROWS: &[&$crate::usage::UsageRow] = &[$($name::ROW),+];

        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $name {
                /// The row of the table.
                pub const ROW: &'static $crate::usage::UsageRow = {
                    static ROW: $crate::usage::UsageRow = $crate::usage::UsageRow {
                        name: stringify!($name),
                        stages: usages!(@flags PipelineStageFlags2 $($stage)+),
                        read: usages!(@option $(usages!(@flags AccessFlags2 $($read)+))?),
                        write: usages!(@option $(usages!(@flags AccessFlags2 $($write)+))?),
                        buffer: usages!(@option $(usages!(@flags BufferUsageFlags $($buffer)+))?),
                        image: usages!(@option $($crate::usage::ImageUse {
                            usage: usages!(@flags ImageUsageFlags $($image)+),
                            read_layout: ::ash::vk::ImageLayout::$read_layout,
                            write_layout: usages!(@last $read_layout $($write_layout)?),
                        })?),
                        passes: &[$($crate::declare::pass::PassKind::$pass),*],
                        spec: $spec,
                    };
                    &ROW
                };
            }

            impl $crate::usage::Usage for $name {
                const ROW: &'static $crate::usage::UsageRow = Self::ROW;
                type Kinds = (
                    $(usages!(@type $crate::resource::Buffer, $($buffer)+),)?
                    $(usages!(@type $crate::resource::Image, $($image)+),)?
                );
                type Directions = (
                    $(usages!(@type $crate::usage::row::Reading, $($read)+),)?
                    $(usages!(@type $crate::usage::row::Writing, $($write)+),)?
                );
                type Passes = ($($crate::declare::pass::$pass,)*);
            }
        )+
    };
    (@flags $type:ident NONE) => { ::ash::vk::$type::empty() };
    (@flags $type:ident $($flag:ident)+) => {
        ::ash::vk::$type::from_raw(0 $(| ::ash::vk::$type::$flag.as_raw())+)
    };
    (@option) => { None };
    (@option $value:expr) => { Some($value) };
    (@last $layout:ident) => { ::ash::vk::ImageLayout::$layout };
    (@last $read:ident $layout:ident) => { ::ash::vk::ImageLayout::$layout };
    (@type $type:ty, $($because:ident)+) => { $type };
}
pub(super) use usages;
