//! Facts about formats: their aspects, and the bytes of a texel.

use ash::vk;

/// Formats from the first to the last, by their numbers, whose blocks have a size and a length.
struct Row {
    first: vk::Format,
    last: vk::Format,
    /// The width and the height of a block in texels.
    block: (u32, u32),
    bytes: u32,
}

const fn row(first: vk::Format, last: vk::Format, bytes: u32) -> Row {
    Row { first, last, block: (1, 1), bytes }
}

const fn compressed(first: vk::Format, last: vk::Format, bytes: u32) -> Row {
    Row { first, last, block: (4, 4), bytes }
}

/// The colour formats of Vulkan 1.0 whose texels are copied as they are. Specification: "Compatible formats" (formats-compatibility).
const COLORS: &[Row] = &[
    row(vk::Format::R4G4_UNORM_PACK8, vk::Format::R4G4_UNORM_PACK8, 1),
    row(vk::Format::R4G4B4A4_UNORM_PACK16, vk::Format::A1R5G5B5_UNORM_PACK16, 2),
    row(vk::Format::R8_UNORM, vk::Format::R8_SRGB, 1),
    row(vk::Format::R8G8_UNORM, vk::Format::R8G8_SRGB, 2),
    row(vk::Format::R8G8B8_UNORM, vk::Format::B8G8R8_SRGB, 3),
    row(vk::Format::R8G8B8A8_UNORM, vk::Format::A2B10G10R10_SINT_PACK32, 4),
    row(vk::Format::R16_UNORM, vk::Format::R16_SFLOAT, 2),
    row(vk::Format::R16G16_UNORM, vk::Format::R16G16_SFLOAT, 4),
    row(vk::Format::R16G16B16_UNORM, vk::Format::R16G16B16_SFLOAT, 6),
    row(vk::Format::R16G16B16A16_UNORM, vk::Format::R16G16B16A16_SFLOAT, 8),
    row(vk::Format::R32_UINT, vk::Format::R32_SFLOAT, 4),
    row(vk::Format::R32G32_UINT, vk::Format::R32G32_SFLOAT, 8),
    row(vk::Format::R32G32B32_UINT, vk::Format::R32G32B32_SFLOAT, 12),
    row(vk::Format::R32G32B32A32_UINT, vk::Format::R32G32B32A32_SFLOAT, 16),
    row(vk::Format::R64_UINT, vk::Format::R64_SFLOAT, 8),
    row(vk::Format::R64G64_UINT, vk::Format::R64G64_SFLOAT, 16),
    row(vk::Format::R64G64B64_UINT, vk::Format::R64G64B64_SFLOAT, 24),
    row(vk::Format::R64G64B64A64_UINT, vk::Format::R64G64B64A64_SFLOAT, 32),
    row(vk::Format::B10G11R11_UFLOAT_PACK32, vk::Format::E5B9G9R9_UFLOAT_PACK32, 4),
    compressed(vk::Format::BC1_RGB_UNORM_BLOCK, vk::Format::BC1_RGBA_SRGB_BLOCK, 8),
    compressed(vk::Format::BC2_UNORM_BLOCK, vk::Format::BC3_SRGB_BLOCK, 16),
    compressed(vk::Format::BC4_UNORM_BLOCK, vk::Format::BC4_SNORM_BLOCK, 8),
    compressed(vk::Format::BC5_UNORM_BLOCK, vk::Format::BC7_SRGB_BLOCK, 16),
    compressed(vk::Format::ETC2_R8G8B8_UNORM_BLOCK, vk::Format::ETC2_R8G8B8A1_SRGB_BLOCK, 8),
    compressed(vk::Format::ETC2_R8G8B8A8_UNORM_BLOCK, vk::Format::ETC2_R8G8B8A8_SRGB_BLOCK, 16),
    compressed(vk::Format::EAC_R11_UNORM_BLOCK, vk::Format::EAC_R11_SNORM_BLOCK, 8),
    compressed(vk::Format::EAC_R11G11_UNORM_BLOCK, vk::Format::EAC_R11G11_SNORM_BLOCK, 16),
    compressed(vk::Format::ASTC_4X4_UNORM_BLOCK, vk::Format::ASTC_4X4_SRGB_BLOCK, 16),
];

/// The depth and stencil formats, with the bytes that a copy of one aspect has. Specification: copies-buffers-images.
const DEPTHS: &[(vk::Format, Option<u32>, Option<u32>)] = &[
    (vk::Format::D16_UNORM, Some(2), None),
    (vk::Format::X8_D24_UNORM_PACK32, Some(4), None),
    (vk::Format::D32_SFLOAT, Some(4), None),
    (vk::Format::S8_UINT, None, Some(1)),
    (vk::Format::D16_UNORM_S8_UINT, Some(2), Some(1)),
    (vk::Format::D24_UNORM_S8_UINT, Some(4), Some(1)),
    (vk::Format::D32_SFLOAT_S8_UINT, Some(4), Some(1)),
];

/// Returns the aspects of a format.
pub(crate) fn aspects(format: vk::Format) -> vk::ImageAspectFlags {
    let Some((_, depth, stencil)) = DEPTHS.iter().find(|row| row.0 == format) else {
        return vk::ImageAspectFlags::COLOR;
    };
    let depth = depth.map_or(vk::ImageAspectFlags::empty(), |_| vk::ImageAspectFlags::DEPTH);
    depth | stencil.map_or(vk::ImageAspectFlags::empty(), |_| vk::ImageAspectFlags::STENCIL)
}

/// Returns the bytes that one layer of `width` x `height` x `depth` texels takes in a buffer, tightly packed; `None` for
/// formats whose copies are not of one block size.
pub(crate) fn copy_bytes(format: vk::Format, aspect: vk::ImageAspectFlags, extent: vk::Extent3D) -> Option<u64> {
    let ((block_width, block_height), bytes) = block(format, aspect)?;
    let (wide, high) = (extent.width.div_ceil(block_width), extent.height.div_ceil(block_height));
    u64::from(wide).checked_mul(u64::from(high))?.checked_mul(u64::from(extent.depth))?.checked_mul(u64::from(bytes))
}

/// Returns the bytes of one block.
pub(crate) fn block_bytes(format: vk::Format, aspect: vk::ImageAspectFlags) -> Option<u32> {
    block(format, aspect).map(|(_, bytes)| bytes)
}

fn block(format: vk::Format, aspect: vk::ImageAspectFlags) -> Option<((u32, u32), u32)> {
    if let Some((_, depth, stencil)) = DEPTHS.iter().find(|row| row.0 == format) {
        let bytes = match aspect {
            vk::ImageAspectFlags::DEPTH => *depth,
            vk::ImageAspectFlags::STENCIL => *stencil,
            _ => None,
        };
        return bytes.map(|bytes| ((1, 1), bytes));
    }
    let number = format.as_raw();
    let row = COLORS.iter().find(|row| (row.first.as_raw()..=row.last.as_raw()).contains(&number))?;
    Some((row.block, row.bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_stand_in_order_and_do_not_meet() {
        for pair in COLORS.windows(2) {
            assert!(pair[0].first.as_raw() <= pair[0].last.as_raw());
            assert!(pair[0].last.as_raw() < pair[1].first.as_raw());
        }
    }

    #[test]
    fn sizes_are_those_of_the_specification() {
        let extent = |width, height| vk::Extent3D { width, height, depth: 1 };
        let color = |format| copy_bytes(format, vk::ImageAspectFlags::COLOR, extent(5, 3));
        assert_eq!(color(vk::Format::R8G8B8A8_UNORM), Some(60));
        assert_eq!(color(vk::Format::A2B10G10R10_UNORM_PACK32), Some(60));
        assert_eq!(color(vk::Format::R16G16B16A16_SFLOAT), Some(120));
        assert_eq!(color(vk::Format::BC1_RGBA_UNORM_BLOCK), Some(16));
        assert_eq!(color(vk::Format::BC7_SRGB_BLOCK), Some(32));
        assert_eq!(color(vk::Format::ASTC_12X12_SRGB_BLOCK), None);
        let depth = vk::ImageAspectFlags::DEPTH;
        assert_eq!(copy_bytes(vk::Format::D24_UNORM_S8_UINT, depth, extent(5, 3)), Some(60));
        assert_eq!(copy_bytes(vk::Format::D24_UNORM_S8_UINT, vk::ImageAspectFlags::STENCIL, extent(5, 3)), Some(15));
        assert_eq!(aspects(vk::Format::D32_SFLOAT), depth);
        assert_eq!(aspects(vk::Format::R8_UNORM), vk::ImageAspectFlags::COLOR);
    }
}
