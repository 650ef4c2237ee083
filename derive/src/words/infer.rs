//! The usage that follows from a marker's name, the direction and the kind of the pass.

use crate::words::name::words;
use crate::words::{Direction, Kind, PassKind};

/// What a word in a marker's name says about its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Vertex,
    Index,
    Uniform,
    Storage,
    Indirect,
    Staging,
    ColorAttachment,
    Depth,
    Texture,
    Swapchain,
}

/// A word, or two in a row, that says something about contents of a kind.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) text: &'static str,
    pub(crate) kind: Kind,
    pub(crate) meaning: Meaning,
}

/// Every word that counts. Where two begin alike, the longer stands first.
pub(crate) const WORDS: &[Word] = &[
    Word { text: "Vertex", kind: Kind::Buffer, meaning: Meaning::Vertex },
    Word { text: "Index", kind: Kind::Buffer, meaning: Meaning::Index },
    Word { text: "Uniform", kind: Kind::Buffer, meaning: Meaning::Uniform },
    Word { text: "Ubo", kind: Kind::Buffer, meaning: Meaning::Uniform },
    Word { text: "Storage", kind: Kind::Buffer, meaning: Meaning::Storage },
    Word { text: "Indirect", kind: Kind::Buffer, meaning: Meaning::Indirect },
    Word { text: "Staging", kind: Kind::Buffer, meaning: Meaning::Staging },
    Word { text: "RenderTarget", kind: Kind::Image, meaning: Meaning::ColorAttachment },
    Word { text: "ColorAttachment", kind: Kind::Image, meaning: Meaning::ColorAttachment },
    Word { text: "DepthStencil", kind: Kind::Image, meaning: Meaning::Depth },
    Word { text: "Depth", kind: Kind::Image, meaning: Meaning::Depth },
    Word { text: "Texture", kind: Kind::Image, meaning: Meaning::Texture },
    Word { text: "Sampled", kind: Kind::Image, meaning: Meaning::Texture },
    Word { text: "Storage", kind: Kind::Image, meaning: Meaning::Storage },
    Word { text: "Swapchain", kind: Kind::Image, meaning: Meaning::Swapchain },
];

/// Finds the words in a marker's name that say something about a `kind`.
pub(crate) fn said(marker: &str, kind: Kind) -> Vec<&'static Word> {
    let words = words(marker);
    let mut rest = &words[..];
    let mut said = Vec::new();
    while !rest.is_empty() {
        let found =
            WORDS.iter().filter(|word| word.kind == kind).find_map(|word| Some((word, starts(rest, word.text)?)));
        rest = &rest[found.map_or(1, |(_, len)| len)..];
        said.extend(found.map(|(word, _)| word));
    }
    said
}

/// Returns how many words of a name the `word` of the list takes, if they begin with it: `UBO` is `Ubo`.
fn starts(name: &[String], word: &str) -> Option<usize> {
    let word = words(word);
    let same = name.get(..word.len())?.iter().zip(&word).all(|(ours, theirs)| ours.eq_ignore_ascii_case(theirs));
    same.then_some(word.len())
}

/// Returns the usage of contents of this meaning, by its name; `None` where there is none, or more than one.
///
/// A transfer pass copies. A compute or ray-tracing pass has one way to write a buffer, whatever reads it later: as
/// storage. A depth image that a raster pass reads is either tested against or sampled, so its name decides nothing.
pub(crate) const fn usage(meaning: Meaning, direction: Direction, pass: PassKind) -> Option<&'static str> {
    match (direction, pass) {
        (Direction::Read, PassKind::Transfer) => Some("CopySource"),
        (Direction::Write, PassKind::Transfer) => Some("CopyDestination"),
        (Direction::Read, PassKind::Raster) => match meaning {
            Meaning::Vertex => Some("VertexAttribute"),
            Meaning::Index => Some("Index"),
            Meaning::Indirect => Some("DrawIndirect"),
            Meaning::Uniform => Some("VertexFragmentUniform"),
            Meaning::Storage => Some("VertexFragmentStorage"),
            Meaning::Texture => Some("FragmentSampled"),
            Meaning::Staging | Meaning::ColorAttachment | Meaning::Depth | Meaning::Swapchain => None,
        },
        (Direction::Write, PassKind::Raster) => match meaning {
            Meaning::Storage => Some("VertexFragmentStorage"),
            Meaning::ColorAttachment | Meaning::Swapchain => Some("ColorAttachment"),
            Meaning::Depth => Some("DepthStencil"),
            Meaning::Vertex
            | Meaning::Index
            | Meaning::Indirect
            | Meaning::Uniform
            | Meaning::Staging
            | Meaning::Texture => None,
        },
        (Direction::Read, PassKind::Compute) => match meaning {
            Meaning::Indirect => Some("DispatchIndirect"),
            Meaning::Uniform => Some("ComputeUniform"),
            Meaning::Storage => Some("ComputeStorage"),
            Meaning::Texture => Some("ComputeSampled"),
            Meaning::Vertex
            | Meaning::Index
            | Meaning::Staging
            | Meaning::ColorAttachment
            | Meaning::Depth
            | Meaning::Swapchain => None,
        },
        (Direction::Read, PassKind::RayTracing) => match meaning {
            Meaning::Indirect => Some("TraceIndirect"),
            Meaning::Uniform => Some("RayTracingUniform"),
            Meaning::Storage => Some("RayTracingStorage"),
            Meaning::Texture => Some("RayTracingSampled"),
            Meaning::Vertex
            | Meaning::Index
            | Meaning::Staging
            | Meaning::ColorAttachment
            | Meaning::Depth
            | Meaning::Swapchain => None,
        },
        (Direction::Write, PassKind::Compute) if meaning.is_written_as_storage() => Some("ComputeStorage"),
        (Direction::Write, PassKind::RayTracing) if meaning.is_written_as_storage() => Some("RayTracingStorage"),
        // What an opaque pass does with what it uses, nobody knows but its author.
        (_, PassKind::Opaque) | (Direction::Write, PassKind::Compute | PassKind::RayTracing) => None,
    }
}

impl Meaning {
    /// Says whether a shader has one way to write such contents.
    const fn is_written_as_storage(self) -> bool {
        match self {
            Self::Vertex | Self::Index | Self::Indirect | Self::Uniform | Self::Storage => true,
            Self::Staging | Self::ColorAttachment | Self::Depth | Self::Texture | Self::Swapchain => false,
        }
    }

    /// Says whether a raster pass that writes such contents renders into them.
    pub(crate) const fn is_attachment(self) -> bool {
        match self {
            Self::ColorAttachment | Self::Depth | Self::Swapchain => true,
            Self::Vertex
            | Self::Index
            | Self::Uniform
            | Self::Storage
            | Self::Indirect
            | Self::Staging
            | Self::Texture => false,
        }
    }

    /// Says whether the word tells only how contents are read.
    pub(crate) const fn only_reads(self) -> bool {
        match self {
            Self::Vertex | Self::Index | Self::Uniform | Self::Indirect | Self::Texture => true,
            Self::Storage | Self::Staging | Self::ColorAttachment | Self::Depth | Self::Swapchain => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every word, and what it says: read and written in a raster, a compute and a ray-tracing pass.
    #[rustfmt::skip]
    const SAYS: &[(&str, Kind, [&str; 3], [&str; 3])] = &[
        ("Vertex", Kind::Buffer, ["VertexAttribute", "-", "-"], ["-", "ComputeStorage", "RayTracingStorage"]),
        ("Index", Kind::Buffer, ["Index", "-", "-"], ["-", "ComputeStorage", "RayTracingStorage"]),
        ("Uniform", Kind::Buffer, ["VertexFragmentUniform", "ComputeUniform", "RayTracingUniform"],
            ["-", "ComputeStorage", "RayTracingStorage"]),
        ("Ubo", Kind::Buffer, ["VertexFragmentUniform", "ComputeUniform", "RayTracingUniform"],
            ["-", "ComputeStorage", "RayTracingStorage"]),
        ("Storage", Kind::Buffer, ["VertexFragmentStorage", "ComputeStorage", "RayTracingStorage"],
            ["VertexFragmentStorage", "ComputeStorage", "RayTracingStorage"]),
        ("Indirect", Kind::Buffer, ["DrawIndirect", "DispatchIndirect", "TraceIndirect"],
            ["-", "ComputeStorage", "RayTracingStorage"]),
        ("Staging", Kind::Buffer, ["-", "-", "-"], ["-", "-", "-"]),
        ("RenderTarget", Kind::Image, ["-", "-", "-"], ["ColorAttachment", "-", "-"]),
        ("ColorAttachment", Kind::Image, ["-", "-", "-"], ["ColorAttachment", "-", "-"]),
        ("DepthStencil", Kind::Image, ["-", "-", "-"], ["DepthStencil", "-", "-"]),
        ("Depth", Kind::Image, ["-", "-", "-"], ["DepthStencil", "-", "-"]),
        ("Texture", Kind::Image, ["FragmentSampled", "ComputeSampled", "RayTracingSampled"], ["-", "-", "-"]),
        ("Sampled", Kind::Image, ["FragmentSampled", "ComputeSampled", "RayTracingSampled"], ["-", "-", "-"]),
        ("Storage", Kind::Image, ["VertexFragmentStorage", "ComputeStorage", "RayTracingStorage"],
            ["VertexFragmentStorage", "ComputeStorage", "RayTracingStorage"]),
        ("Swapchain", Kind::Image, ["-", "-", "-"], ["ColorAttachment", "-", "-"]),
    ];

    /// Returns what a marker's name says, if it says one thing.
    fn says(marker: &str, kind: Kind, direction: Direction, pass: PassKind) -> &'static str {
        match said(marker, kind).as_slice() {
            [word] => usage(word.meaning, direction, pass).unwrap_or("-"),
            _ => "?",
        }
    }

    #[test]
    fn every_word_says_what_the_table_says() {
        assert_eq!(SAYS.len(), WORDS.len());
        for &(word, kind, reads, writes) in SAYS {
            for marker in [word.to_owned(), format!("My{word}Data"), format!("{word}0"), format!("scene_{word}")] {
                for (direction, expected) in [(Direction::Read, reads), (Direction::Write, writes)] {
                    for (pass, expected) in
                        [PassKind::Raster, PassKind::Compute, PassKind::RayTracing].into_iter().zip(expected)
                    {
                        assert_eq!(says(&marker, kind, direction, pass), expected, "{marker} {direction:?} {pass:?}");
                    }
                }
                assert_eq!(says(&marker, kind, Direction::Read, PassKind::Transfer), "CopySource");
                assert_eq!(says(&marker, kind, Direction::Write, PassKind::Transfer), "CopyDestination");
            }
        }
    }

    #[test]
    fn only_whole_words_count() {
        for (marker, kind, expected) in [
            ("VertexData", Kind::Buffer, "Vertex"),
            ("CameraUBO", Kind::Buffer, "Ubo"),
            ("HDRRenderTarget", Kind::Image, "RenderTarget"),
            ("SceneDepthStencil", Kind::Image, "DepthStencil"),
            ("SceneDepth", Kind::Image, "Depth"),
            ("VertexStorage", Kind::Buffer, "Vertex Storage"),
            ("DepthTexture", Kind::Image, "Depth Texture"),
            ("TextureStaging", Kind::Buffer, "Staging"),
            ("Vertexes", Kind::Buffer, ""),
            ("Indexed", Kind::Buffer, ""),
            ("Rendertarget", Kind::Image, ""),
            ("Target", Kind::Image, ""),
            ("RenderNextTarget", Kind::Image, ""),
            ("Bloom", Kind::Image, ""),
            ("Vertex", Kind::Image, ""),
            ("Depth", Kind::Buffer, ""),
        ] {
            let found: Vec<_> = said(marker, kind).iter().map(|word| word.text).collect();
            assert_eq!(found.join(" "), expected, "{marker}");
        }
    }
}
