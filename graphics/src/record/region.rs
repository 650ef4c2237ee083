//! A rectangle of one mip level of an image: what copies name.

use std::ops::Range;

use ash::vk;

use crate::record::declared::Texels;
use crate::record::error::VkError;
use crate::record::format;
use crate::resource::ImageHandle;

/// A box of texels in one mip level, in some array layers. The default is all of mip level 0.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ImageRegion {
    /// The mip level.
    pub mip: u32,
    /// The array layers; `None` is all.
    pub layers: Option<Range<u32>>,
    /// The corner nearest to the origin.
    pub offset: vk::Offset3D,
    /// The size; `None` reaches to the end of the mip level.
    pub extent: Option<vk::Extent3D>,
    /// The aspect; `None` is the colour or, in a depth format, the depth.
    pub aspect: Option<crate::Aspect>,
}

impl ImageRegion {
    /// Returns all of a mip level.
    pub fn mip(mip: u32) -> Self {
        Self { mip, ..Self::default() }
    }
}

/// A region with its ends known, inside its image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resolved {
    pub(crate) subresource: vk::ImageSubresourceLayers,
    pub(crate) offset: vk::Offset3D,
    pub(crate) extent: vk::Extent3D,
}

impl Resolved {
    /// Returns the two corners.
    pub(crate) fn corners(&self) -> [vk::Offset3D; 2] {
        let end = |start: i32, len: u32| start.saturating_add_unsigned(len);
        let far = vk::Offset3D {
            x: end(self.offset.x, self.extent.width),
            y: end(self.offset.y, self.extent.height),
            z: end(self.offset.z, self.extent.depth),
        };
        [self.offset, far]
    }

    /// Returns the part of the image that the region lies in.
    pub(crate) fn texels(&self) -> Texels {
        let vk::ImageSubresourceLayers { aspect_mask, mip_level, base_array_layer, layer_count } = self.subresource;
        let layers = base_array_layer..base_array_layer + layer_count;
        Texels { aspects: aspect_mask, mip: mip_level, layers }
    }

    /// Returns the bytes of the region in a buffer, tightly packed.
    pub(crate) fn bytes(&self, command: &'static str, format: vk::Format) -> Result<u64, VkError> {
        let layer = format::copy_bytes(format, self.subresource.aspect_mask, self.extent);
        let bytes = layer.and_then(|layer| layer.checked_mul(u64::from(self.subresource.layer_count)));
        bytes.ok_or_else(|| VkError::BadCommand {
            command,
            why: format!("the size of {format:?} in a buffer is not known; use `raw()`"),
        })
    }
}

/// Fills in what a region leaves open; refuses what lies outside the image.
pub(crate) fn resolve(
    command: &'static str,
    image: ImageHandle,
    name: &dyn Fn() -> String,
    region: &ImageRegion,
) -> Result<Resolved, VkError> {
    let outside = |what: &str| VkError::BadCommand { command, why: format!("{what} lies outside `{}`", name()) };
    if region.mip >= image.mips {
        return Err(outside(&format!("mip level {}", region.mip)));
    }
    let size = |len: u32| (len >> region.mip).max(1);
    let whole = [size(image.extent.width), size(image.extent.height), size(image.extent.depth)];
    let start = [region.offset.x, region.offset.y, region.offset.z];
    let mut len = [0; 3];
    for axis in 0..3 {
        let from = u32::try_from(start[axis]).map_err(|_| outside("a negative offset"))?;
        let rest = whole[axis].checked_sub(from).filter(|rest| *rest > 0);
        let rest = rest.ok_or_else(|| outside(&format!("offset {from}")))?;
        len[axis] = match region.extent {
            Some(extent) => [extent.width, extent.height, extent.depth][axis],
            None => rest,
        };
        if len[axis] == 0 || len[axis] > rest {
            return Err(outside(&format!("a region of {} texels from {from}", len[axis])));
        }
    }
    let layers = region.layers.clone().unwrap_or(0..image.layers);
    if layers.start >= layers.end || layers.end > image.layers {
        return Err(outside(&format!("layers {}..{}", layers.start, layers.end)));
    }
    Ok(Resolved {
        subresource: vk::ImageSubresourceLayers {
            aspect_mask: aspect(image.format, region.aspect),
            mip_level: region.mip,
            base_array_layer: layers.start,
            layer_count: layers.end - layers.start,
        },
        offset: region.offset,
        extent: vk::Extent3D { width: len[0], height: len[1], depth: len[2] },
    })
}

fn aspect(format: vk::Format, wanted: Option<crate::Aspect>) -> vk::ImageAspectFlags {
    match wanted {
        Some(crate::Aspect::Color) => vk::ImageAspectFlags::COLOR,
        Some(crate::Aspect::Depth) => vk::ImageAspectFlags::DEPTH,
        Some(crate::Aspect::Stencil) => vk::ImageAspectFlags::STENCIL,
        None => match format::aspects(format) {
            both if both.contains(vk::ImageAspectFlags::DEPTH) => vk::ImageAspectFlags::DEPTH,
            one => one,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> ImageHandle {
        ImageHandle {
            raw: vk::Image::null(),
            view: vk::ImageView::null(),
            extent: vk::Extent3D { width: 16, height: 8, depth: 1 },
            format: vk::Format::R8G8B8A8_UNORM,
            mips: 4,
            layers: 2,
            samples: vk::SampleCountFlags::TYPE_1,
            instance: 0,
        }
    }

    #[test]
    fn a_region_ends_where_the_mip_level_does() {
        let region = resolve("copy", image(), &|| "image".to_owned(), &ImageRegion::mip(3)).expect("it is inside");
        assert_eq!((region.extent.width, region.extent.height), (2, 1));
        assert_eq!(region.bytes("copy", vk::Format::R8G8B8A8_UNORM).ok(), Some(2 * 4 * 2));
        let corner = ImageRegion { offset: vk::Offset3D { x: 10, y: 6, z: 0 }, ..ImageRegion::default() };
        let region = resolve("copy", image(), &|| "image".to_owned(), &corner).expect("it is inside");
        assert_eq!((region.extent.width, region.extent.height), (6, 2));
        assert_eq!(region.corners()[1].x, 16);
    }

    #[test]
    fn what_is_outside_is_refused_by_name() {
        let extent = |width, height| Some(vk::Extent3D { width, height, depth: 1 });
        for region in [
            ImageRegion::mip(4),
            ImageRegion { layers: Some(1..3), ..ImageRegion::default() },
            ImageRegion { layers: Some(1..1), ..ImageRegion::default() },
            ImageRegion { offset: vk::Offset3D { x: 16, y: 0, z: 0 }, ..ImageRegion::default() },
            ImageRegion { offset: vk::Offset3D { x: -1, y: 0, z: 0 }, ..ImageRegion::default() },
            ImageRegion { extent: extent(17, 1), ..ImageRegion::default() },
            ImageRegion { extent: extent(0, 1), ..ImageRegion::default() },
        ] {
            let error =
                resolve("copy_image", image(), &|| "GpuImage<Bloom>".to_owned(), &region).expect_err("it is outside");
            let text = error.to_string();
            assert!(text.starts_with("copy_image: ") && text.ends_with("outside `GpuImage<Bloom>`"), "{text}");
        }
    }
}
