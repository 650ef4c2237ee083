//! The fields of a structure, in the order of the specification: each language spells them its own way.

use std::fmt::Write;

use ash::vk;

use crate::emit::structures::Structure;
use crate::plan::ResourceRef;

/// A field: its name in snake case, and its value.
pub(super) type Field = (&'static str, Value);

/// The value of a field.
#[derive(Clone, Copy, Debug)]
pub(super) enum Value {
    Stages(vk::PipelineStageFlags2),
    Accesses(vk::AccessFlags2),
    Layout(vk::ImageLayout),
    Family(u32),
    Handle(ResourceRef),
    Bytes(u64),
    Range(vk::ImageSubresourceRange),
}

/// Lists the fields of a structure, without `sType` and `pNext`.
pub(super) fn fields(structure: &Structure) -> Vec<Field> {
    use Value::{Accesses, Bytes, Family, Handle, Layout, Range, Stages};
    macro_rules! scopes {
        ($of:ident) => {
            [
                ("src_stage_mask", Stages($of.src_stage_mask)),
                ("src_access_mask", Accesses($of.src_access_mask)),
                ("dst_stage_mask", Stages($of.dst_stage_mask)),
                ("dst_access_mask", Accesses($of.dst_access_mask)),
            ]
        };
    }
    match structure {
        Structure::Memory(memory) => scopes!(memory).to_vec(),
        Structure::Buffer(resource, buffer) => {
            let mut fields = scopes!(buffer).to_vec();
            fields.extend([
                ("src_queue_family_index", Family(buffer.src_queue_family_index)),
                ("dst_queue_family_index", Family(buffer.dst_queue_family_index)),
                ("buffer", Handle(*resource)),
                ("offset", Bytes(buffer.offset)),
                ("size", Bytes(buffer.size)),
            ]);
            fields
        }
        Structure::Image(resource, image) => {
            let mut fields = scopes!(image).to_vec();
            fields.extend([
                ("old_layout", Layout(image.old_layout)),
                ("new_layout", Layout(image.new_layout)),
                ("src_queue_family_index", Family(image.src_queue_family_index)),
                ("dst_queue_family_index", Family(image.dst_queue_family_index)),
                ("image", Handle(*resource)),
                ("subresource_range", Range(image.subresource_range)),
            ]);
            fields
        }
    }
}

/// The three lists of a `VkDependencyInfo`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum List {
    Memory,
    Buffers,
    Images,
}

impl List {
    pub(super) const ALL: [Self; 3] = [Self::Memory, Self::Buffers, Self::Images];

    pub(super) const fn of(structure: &Structure) -> Self {
        match structure {
            Structure::Memory(_) => Self::Memory,
            Structure::Buffer(..) => Self::Buffers,
            Structure::Image(..) => Self::Images,
        }
    }

    /// Returns what the list is called in generated code.
    pub(super) const fn variable(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Buffers => "buffers",
            Self::Images => "images",
        }
    }

    /// Returns the field of a `VkDependencyInfo`, in snake case.
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Memory => "memory_barriers",
            Self::Buffers => "buffer_memory_barriers",
            Self::Images => "image_memory_barriers",
        }
    }

    /// Returns the type of the structures, without `Vk`.
    pub(super) const fn structure(self) -> &'static str {
        match self {
            Self::Memory => "MemoryBarrier2",
            Self::Buffers => "BufferMemoryBarrier2",
            Self::Images => "ImageMemoryBarrier2",
        }
    }
}

/// Turns `src_stage_mask` into `srcStageMask`.
pub(super) fn camel(snake: &str) -> String {
    let mut words = snake.split('_');
    let mut out = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// Indents each line by four spaces.
pub(super) fn indent(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let _ = if line.is_empty() { writeln!(out) } else { writeln!(out, "    {line}") };
    }
    out
}
