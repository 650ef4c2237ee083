//! Which part of a GPU resource an access touches, and which instance.

use std::ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo};

macro_rules! span {
    ($(#[$doc:meta])* $name:ident, $int:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub struct $name {
            /// The first index.
            pub start: $int,
            /// One past the last index; `None` reaches to the end of the resource.
            pub end: Option<$int>,
        }

        impl $name {
            /// Everything.
            pub const ALL: Self = Self { start: 0, end: None };

            /// Says whether it selects nothing.
            pub(crate) fn is_empty(self) -> bool {
                self.end.is_some_and(|end| end <= self.start)
            }

            /// Says whether both select something in common.
            pub(crate) fn overlaps(self, other: Self) -> bool {
                let reaches = |start, end: Option<$int>| end.is_none_or(|end| start < end);
                reaches(self.start, other.end) && reaches(other.start, self.end)
            }
        }

        impl From<Range<$int>> for $name {
            fn from(range: Range<$int>) -> Self {
                Self { start: range.start, end: Some(range.end) }
            }
        }

        impl From<RangeInclusive<$int>> for $name {
            fn from(range: RangeInclusive<$int>) -> Self {
                Self { start: *range.start(), end: Some(range.end().saturating_add(1)) }
            }
        }

        impl From<RangeFrom<$int>> for $name {
            fn from(range: RangeFrom<$int>) -> Self {
                Self { start: range.start, end: None }
            }
        }

        impl From<RangeTo<$int>> for $name {
            fn from(range: RangeTo<$int>) -> Self {
                Self { start: 0, end: Some(range.end) }
            }
        }

        impl From<RangeFull> for $name {
            fn from(_: RangeFull) -> Self {
                Self::ALL
            }
        }
    };
}

span!(
    /// A half-open range of mip levels.
    Mips,
    u32
);
span!(
    /// A half-open range of array layers.
    Layers,
    u32
);
span!(
    /// A half-open range of bytes.
    Bytes,
    u64
);

impl From<u32> for Mips {
    fn from(level: u32) -> Self {
        Self { start: level, end: Some(level.saturating_add(1)) }
    }
}

impl From<u32> for Layers {
    fn from(layer: u32) -> Self {
        Self { start: layer, end: Some(layer.saturating_add(1)) }
    }
}

/// One aspect of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// `VK_IMAGE_ASPECT_COLOR_BIT`
    Color,
    /// `VK_IMAGE_ASPECT_DEPTH_BIT`
    Depth,
    /// `VK_IMAGE_ASPECT_STENCIL_BIT`
    Stencil,
}

/// Which part of a GPU resource an access touches, and which instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    /// Mip levels of an image.
    pub mips: Mips,
    /// Array layers of an image.
    pub layers: Layers,
    /// The aspect of an image; `None` is all that its format has.
    pub aspect: Option<Aspect>,
    /// Bytes of a buffer.
    pub bytes: Bytes,
    /// Which of the resources that share the marker; `None` where only a value knows it.
    pub instance: Option<u32>,
}

impl Part {
    /// Returns the whole of instance 0.
    pub const fn whole() -> Self {
        Self { mips: Mips::ALL, layers: Layers::ALL, aspect: None, bytes: Bytes::ALL, instance: Some(0) }
    }

    /// Selects mip levels.
    #[must_use]
    pub fn mip(mut self, mips: impl Into<Mips>) -> Self {
        self.mips = mips.into();
        self
    }

    /// Selects array layers.
    #[must_use]
    pub fn layer(mut self, layers: impl Into<Layers>) -> Self {
        self.layers = layers.into();
        self
    }

    /// Selects one aspect.
    #[must_use]
    pub fn aspect(mut self, aspect: Aspect) -> Self {
        self.aspect = Some(aspect);
        self
    }

    /// Selects a range of bytes.
    #[must_use]
    pub fn bytes(mut self, bytes: impl Into<Bytes>) -> Self {
        self.bytes = bytes.into();
        self
    }

    /// Selects an instance.
    #[must_use]
    pub fn instance(mut self, instance: u32) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Says whether both select something in common of the same resource.
    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        let same = |one: Option<u32>, other: Option<u32>| one.is_none() || other.is_none() || one == other;
        same(self.instance, other.instance)
            && self.mips.overlaps(other.mips)
            && self.layers.overlaps(other.layers)
            && self.bytes.overlaps(other.bytes)
            && self.aspect.is_none_or(|aspect| other.aspect.is_none_or(|other| aspect == other))
    }

    /// Leaves the instance to the value: without one, every instance may be meant.
    #[must_use]
    pub fn any_instance(mut self) -> Self {
        self.instance = None;
        self
    }
}

impl Default for Part {
    fn default() -> Self {
        Self::whole()
    }
}
