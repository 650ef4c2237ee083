//! What a pass may touch: its declared accesses, found by handle, direction and part.

use std::ops::Range;

use ash::vk;

use crate::declare::access::Access;
use crate::plan::Subresource;
use crate::record::barrier::Handle;
use crate::record::error::{IN_READS, IN_WRITES, VkError};
use crate::record::script::{Readable, ScriptPass, Use};
use crate::resource::{BufferHandle, GpuBuffer, GpuImage, ImageHandle, label};

/// A part of an image that a command touches.
#[derive(Clone, Debug)]
pub(crate) struct Texels {
    /// The aspects; none, where the command touches those that are declared.
    pub(crate) aspects: vk::ImageAspectFlags,
    pub(crate) mip: u32,
    pub(crate) layers: Range<u32>,
}

/// A buffer without its type, and what its marker is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnyBuffer {
    pub(crate) handle: BufferHandle,
    marker: &'static str,
}

impl AnyBuffer {
    pub(crate) fn of<M: ?Sized>(buffer: GpuBuffer<M>) -> Self {
        Self { handle: buffer.handle(), marker: std::any::type_name::<M>() }
    }

    /// Names it for people.
    pub(crate) fn name(&self) -> String {
        label("GpuBuffer", self.marker, self.handle.instance)
    }
}

/// An image without its type, and what its marker is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AnyImage {
    pub(crate) handle: ImageHandle,
    marker: &'static str,
}

impl AnyImage {
    pub(crate) fn of<M: ?Sized>(image: GpuImage<M>) -> Self {
        Self { handle: image.handle(), marker: std::any::type_name::<M>() }
    }

    /// Names it for people.
    pub(crate) fn name(&self) -> String {
        label("GpuImage", self.marker, self.handle.instance)
    }
}

// What is declared is found without a word; words are made where something is not, apart from the path that commands take.
impl ScriptPass {
    /// Returns the declared access of a buffer in one direction; either, where `access` is `None`.
    pub(crate) fn buffer(&self, buffer: &AnyBuffer, access: Option<Access>) -> Result<&Use, VkError> {
        match self.of_buffer(buffer.handle, access).next() {
            Some(used) => Ok(used),
            None => Err(self.not_declared(buffer.name(), access)),
        }
    }

    /// Returns the declared access of a buffer in one direction; refuses bytes that are not declared in it.
    pub(crate) fn bytes(&self, buffer: &AnyBuffer, access: Option<Access>, bytes: Range<u64>) -> Result<&Use, VkError> {
        let used = self.buffer(buffer, access)?;
        if span_of(used).is_some_and(|span| span.start <= bytes.start && bytes.end <= span.end) {
            return Ok(used);
        }
        self.all_bytes(buffer, access, bytes).map(|()| used)
    }

    /// Answers whether one declared access reads all of these bytes of a buffer: what draws ask, again and again. Where it does not,
    /// several may together.
    #[inline]
    pub(crate) fn reads(&self, buffer: vk::Buffer, bytes: &Range<u64>) -> bool {
        let has = |part: &Readable| part.bytes.start <= bytes.start && bytes.end <= part.bytes.end;
        self.readable.iter().any(|part| part.raw == buffer && has(part))
    }

    /// Refuses bytes that no declared accesses have together.
    #[cold]
    fn all_bytes(&self, buffer: &AnyBuffer, access: Option<Access>, bytes: Range<u64>) -> Result<(), VkError> {
        if cover(|| self.of_buffer(buffer.handle, access).filter_map(span_of), bytes.clone()) {
            return Ok(());
        }
        Err(self.part_not_declared(buffer.name(), format!("bytes {}..{}", bytes.start, bytes.end), access))
    }

    /// Returns the declared access of an image in one direction; either, where `access` is `None`.
    pub(crate) fn image(&self, image: &AnyImage, access: Option<Access>) -> Result<&Use, VkError> {
        match self.of_image(image.handle, access).next() {
            Some(used) => Ok(used),
            None => Err(self.not_declared(image.name(), access)),
        }
    }

    /// Returns the declared access behind a part of an image, among those that `fits` accepts; nothing, where it is not declared.
    pub(crate) fn find_texels(
        &self,
        image: ImageHandle,
        access: Access,
        texels: &Texels,
        fits: impl Fn(&Use) -> bool,
    ) -> Option<&Use> {
        let uses = || self.of_image(image, Some(access)).filter(|used| fits(used));
        let wanted = u64::from(texels.layers.start)..u64::from(texels.layers.end);
        let layers = |used: &Use| texels.layers_in(used);
        let found = uses().find(|used| layers(used).is_some_and(|layers| layers.contains(&wanted.start)))?;
        let alone = layers(found).is_some_and(|layers| wanted.end <= layers.end);
        (alone || cover(|| uses().filter_map(layers), wanted)).then_some(found)
    }

    /// As [`Self::find_texels`], for all accesses; refuses what is not declared.
    pub(crate) fn texels(&self, image: &AnyImage, access: Access, texels: &Texels) -> Result<&Use, VkError> {
        match self.find_texels(image.handle, access, texels, |_| true) {
            Some(used) => Ok(used),
            None => Err(self.texels_not_declared(&|| image.name(), image.handle, access, texels, |_| true)),
        }
    }

    /// Says what is wrong with texels that [`Self::find_texels`] does not find.
    #[cold]
    pub(crate) fn texels_not_declared(
        &self,
        name: &dyn Fn() -> String,
        image: ImageHandle,
        access: Access,
        texels: &Texels,
        fits: impl Fn(&Use) -> bool,
    ) -> VkError {
        if !self.of_image(image, Some(access)).any(fits) {
            return self.not_declared(name(), Some(access));
        }
        let Texels { mip, layers, .. } = texels;
        let part = format!("mip level {mip}, layers {}..{}", layers.start, layers.end);
        self.part_not_declared(name(), part, Some(access))
    }

    fn of_buffer(&self, handle: BufferHandle, access: Option<Access>) -> impl Iterator<Item = &Use> {
        self.of(access, move |found| matches!(found, Handle::Buffer(found) if found.raw == handle.raw))
    }

    fn of_image(&self, handle: ImageHandle, access: Option<Access>) -> impl Iterator<Item = &Use> {
        self.of(access, move |found| matches!(found, Handle::Image(found) if found.raw == handle.raw))
    }

    fn of(&self, access: Option<Access>, is: impl Fn(&Handle) -> bool) -> impl Iterator<Item = &Use> {
        self.uses.iter().filter(move |used| is(&used.handle) && access.is_none_or(|access| access == used.access))
    }

    #[cold]
    fn not_declared(&self, resource: String, access: Option<Access>) -> VkError {
        VkError::NotDeclared { system: self.name.to_string(), resource, how: direction(access) }
    }

    #[cold]
    fn part_not_declared(&self, resource: String, part: String, access: Option<Access>) -> VkError {
        VkError::PartNotDeclared { system: self.name.to_string(), resource, part, how: direction(access) }
    }
}

impl Texels {
    /// Returns the layers that an access has of this mip level, if it has these aspects of it.
    fn layers_in(&self, used: &Use) -> Option<Range<u64>> {
        match &used.part {
            Subresource::Image { aspects, mips, layers } => {
                let here = mips.contains(&self.mip) && aspects.contains(self.aspects);
                here.then(|| u64::from(layers.start)..u64::from(layers.end))
            }
            Subresource::Buffer { .. } => None,
        }
    }
}

fn span_of(used: &Use) -> Option<Range<u64>> {
    match &used.part {
        Subresource::Buffer { bytes } => Some(bytes.clone()),
        Subresource::Image { .. } => None,
    }
}

const fn direction(access: Option<Access>) -> &'static str {
    match access {
        None => "",
        Some(Access::Read) => IN_READS,
        Some(Access::Write) => IN_WRITES,
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
