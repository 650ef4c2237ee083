//! What names mean: the usages that exist, the words of a marker's name, and the usage that follows from them.

pub(crate) mod infer;
pub(crate) mod name;
pub(crate) mod usages;

/// Buffer or image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Buffer,
    Image,
}

impl Kind {
    pub(crate) const ALL: [Self; 2] = [Self::Buffer, Self::Image];

    /// Returns the name of the type that users write.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Buffer => "GpuBuffer",
            Self::Image => "GpuImage",
        }
    }

    /// Returns the word with its article.
    pub(crate) const fn a(self) -> &'static str {
        match self {
            Self::Buffer => "a buffer",
            Self::Image => "an image",
        }
    }
}

/// The list that an access stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    Read,
    Write,
}

impl Direction {
    pub(crate) const ALL: [Self; 2] = [Self::Read, Self::Write];

    /// Returns the name of the attribute.
    pub(crate) const fn list(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Write => "writes",
        }
    }
}

/// The kind of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PassKind {
    Raster,
    Compute,
    Transfer,
    RayTracing,
    /// May record anything.
    Opaque,
}

impl PassKind {
    pub(crate) const ALL: [Self; 5] = [Self::Raster, Self::Compute, Self::Transfer, Self::RayTracing, Self::Opaque];

    /// Those whose commands are known: the others take any usage, and follow from none.
    pub(crate) const KNOWN: [Self; 4] = [Self::Raster, Self::Compute, Self::Transfer, Self::RayTracing];

    /// Returns the word in `#[pass(..)]`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Raster => "raster",
            Self::Compute => "compute",
            Self::Transfer => "transfer",
            Self::RayTracing => "ray_tracing",
            Self::Opaque => "opaque",
        }
    }

    /// Returns the name of the type and of the variant in the graphics crate.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Raster => "Raster",
            Self::Compute => "Compute",
            Self::Transfer => "Transfer",
            Self::RayTracing => "RayTracing",
            Self::Opaque => "Opaque",
        }
    }

    /// Returns the words for a sentence.
    pub(crate) const fn a(self) -> &'static str {
        match self {
            Self::Raster => "a raster pass",
            Self::Compute => "a compute pass",
            Self::Transfer => "a transfer pass",
            Self::RayTracing => "a ray-tracing pass",
            Self::Opaque => "an opaque pass",
        }
    }
}
