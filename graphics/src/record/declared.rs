//! What a pass may touch: its declared accesses, found by handle, direction and part.

use std::ops::Range;

use ash::vk;

use crate::declare::access::Access;
use crate::plan::Subresource;
use crate::record::barrier::Handle;
use crate::record::error::VkError;
use crate::record::script::{ScriptPass, Use};
use crate::resource::{BufferHandle, ImageHandle};

/// A part of an image that a command touches.
#[derive(Clone, Debug)]
pub(crate) struct Texels {
    /// The aspects; none, where the command touches those that are declared.
    pub(crate) aspects: vk::ImageAspectFlags,
    pub(crate) mip: u32,
    pub(crate) layers: Range<u32>,
}

impl ScriptPass {
    /// Returns the declared access of a buffer in one direction; either, where `access` is `None`.
    pub(crate) fn buffer(
        &self,
        handle: BufferHandle,
        name: impl Fn() -> String,
        access: Option<Access>,
    ) -> Result<&Use, VkError> {
        self.of_buffer(handle, access).next().ok_or_else(|| self.not_declared(name(), access))
    }

    /// Refuses bytes of a buffer that are not declared in this direction.
    pub(crate) fn bytes(
        &self,
        handle: BufferHandle,
        name: impl Fn() -> String,
        access: Option<Access>,
        bytes: Range<u64>,
    ) -> Result<(), VkError> {
        self.buffer(handle, &name, access)?;
        let span = |used: &Use| match &used.part {
            Subresource::Buffer { bytes } => Some(bytes.clone()),
            Subresource::Image { .. } => None,
        };
        if cover(|| self.of_buffer(handle, access).filter_map(span), bytes.clone()) {
            return Ok(());
        }
        Err(self.part_not_declared(name(), format!("bytes {}..{}", bytes.start, bytes.end), access))
    }

    /// Returns the declared access of an image in one direction; either, where `access` is `None`.
    pub(crate) fn image(
        &self,
        handle: ImageHandle,
        name: impl Fn() -> String,
        access: Option<Access>,
    ) -> Result<&Use, VkError> {
        self.of_image(handle, access).next().ok_or_else(|| self.not_declared(name(), access))
    }

    /// Returns the declared access behind a part of an image, among those that `fits` accepts; refuses what is not declared.
    pub(crate) fn texels(
        &self,
        handle: ImageHandle,
        name: impl Fn() -> String,
        access: Option<Access>,
        texels: &Texels,
        fits: impl Fn(&Use) -> bool,
    ) -> Result<&Use, VkError> {
        let uses = || self.of_image(handle, access).filter(|used| fits(used));
        if uses().next().is_none() {
            return Err(self.not_declared(name(), access));
        }
        let layers = |used: &Use| match &used.part {
            Subresource::Image { aspects, mips, layers } => {
                let here = mips.contains(&texels.mip) && aspects.contains(texels.aspects);
                here.then(|| u64::from(layers.start)..u64::from(layers.end))
            }
            Subresource::Buffer { .. } => None,
        };
        let wanted = u64::from(texels.layers.start)..u64::from(texels.layers.end);
        let first = uses().find(|used| layers(used).is_some_and(|layers| layers.contains(&wanted.start)));
        match first {
            Some(used) if cover(|| uses().filter_map(layers), wanted) => Ok(used),
            _ => {
                let Texels { mip, layers, .. } = texels;
                let part = format!("mip level {mip}, layers {}..{}", layers.start, layers.end);
                Err(self.part_not_declared(name(), part, access))
            }
        }
    }

    fn of_buffer(&self, handle: BufferHandle, access: Option<Access>) -> impl Iterator<Item = &Use> {
        self.of(access, move |found| matches!(found, Handle::Buffer(found) if found.raw == handle.raw))
    }

    fn of_image(&self, handle: ImageHandle, access: Option<Access>) -> impl Iterator<Item = &Use> {
        self.of(access, move |found| matches!(found, Handle::Image(found) if found.raw == handle.raw))
    }

    fn of(&self, access: Option<Access>, is: impl Fn(Handle) -> bool) -> impl Iterator<Item = &Use> {
        self.uses.iter().filter(move |used| is(used.handle) && access.is_none_or(|access| access == used.access))
    }

    fn not_declared(&self, resource: String, access: Option<Access>) -> VkError {
        VkError::NotDeclared { system: self.name.to_string(), resource, how: direction(access) }
    }

    fn part_not_declared(&self, resource: String, part: String, access: Option<Access>) -> VkError {
        VkError::PartNotDeclared { system: self.name.to_string(), resource, part, how: direction(access) }
    }
}

const fn direction(access: Option<Access>) -> &'static str {
    match access {
        None => "",
        Some(Access::Read) => " in `reads`",
        Some(Access::Write) => " in `writes`",
    }
}

/// Says whether the spans together hold all of `wanted`.
fn cover<I: Iterator<Item = Range<u64>>>(spans: impl Fn() -> I, wanted: Range<u64>) -> bool {
    let mut start = wanted.start;
    while start < wanted.end {
        match spans().filter(|span| span.contains(&start)).map(|span| span.end).max() {
            Some(end) => start = end,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_that_touch_cover_what_lies_in_both() {
        let spans = || [0..32_u64, 32..64, 96..128].into_iter();
        assert!(cover(spans, 0..64));
        assert!(cover(spans, 31..33));
        assert!(cover(spans, 100..100));
        assert!(cover(spans, 70..70), "nothing is touched");
        assert!(!cover(spans, 32..65));
        assert!(!cover(spans, 0..128));
        assert!(!cover(spans, 64..96));
    }
}
