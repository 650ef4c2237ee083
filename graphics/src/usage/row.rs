//! One row of the table, and the marker traits by which the compiler checks a declared usage.

use std::fmt;

use ash::vk;

use crate::declare::pass::{Pass, PassKind};
use crate::resource::Kind;
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

/// A usage that fits resources of kind `K`.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` does not fit a `{K}`",
    label = "not a usage of a `{K}`",
    note = "the documentation of `fencewright_graphics::usage` lists the usages of buffers and of images"
)]
pub trait Usage<K: Kind>: 'static {
    /// The row of the table.
    const ROW: &'static UsageRow;
}

/// A usage that can stand in `reads`.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` only writes",
    label = "a system that uses it so writes it",
    note = "move the access to `#[writes(..)]`, or name a usage that reads"
)]
pub trait ReadUsage {}

/// A usage that can stand in `writes`.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` only reads",
    label = "a system that uses it so only reads it",
    note = "move the access to `#[reads(..)]`, or name a usage that writes"
)]
pub trait WriteUsage {}

/// A usage that a pass of kind `P` can have.
#[diagnostic::on_unimplemented(
    message = "usage `{Self}` does not fit a `{P}` pass",
    label = "no command of a `{P}` pass uses a resource so",
    note = "a system is one pass: `#[pass(..)]` says of which kind, or else its usages do"
)]
pub trait FitsPass<P: Pass> {}

/// Writes rows of the table: for each a type, its row, and the marker traits, all from the same facts.
///
/// The impls are not for recommendation: otherwise an error shows this macro to a user whose usage does not fit.
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

            $(usages!(@kind $name Buffer $($buffer)+);)?
            $(usages!(@kind $name Image $($image)+);)?
            $(usages!(@direction $name ReadUsage $($read)+);)?
            $(usages!(@direction $name WriteUsage $($write)+);)?
            $(
                #[diagnostic::do_not_recommend]
                impl $crate::usage::FitsPass<$crate::declare::pass::$pass> for $name {}
            )*
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
    (@kind $name:ident $kind:ident $($created:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl $crate::usage::Usage<$crate::resource::$kind> for $name {
            const ROW: &'static $crate::usage::UsageRow = Self::ROW;
        }
    };
    (@direction $name:ident $direction:ident $($access:ident)+) => {
        #[diagnostic::do_not_recommend]
        impl $crate::usage::$direction for $name {}
    };
}
pub(super) use usages;
