//! Makes buffers, images and views.

use ash::vk;

use crate::declare::part::{Aspect, Layers, Mips};
use crate::device::memory::{Allocation, Memory, Want};
use crate::device::registry::ViewKey;
use crate::device::renderer::Inner;
use crate::plan::Sharing;
use crate::record::error::VkError;
use crate::record::format;
use crate::resource::{BufferHandle, ImageHandle};

/// Describes a buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BufferDesc {
    /// Its length; not 0.
    pub len_bytes: u64,
    /// What it is used for: what the declared usages need.
    pub usage: vk::BufferUsageFlags,
    /// Where its memory is.
    pub memory: Memory,
    /// Whether queue families own it in turns, or share it. Matters where the renderer has several.
    pub sharing: Sharing,
}

/// Describes an image, in memory of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageDesc {
    /// Its size in texels; not 0.
    pub extent: vk::Extent3D,
    /// Its format.
    pub format: vk::Format,
    /// What it is used for: what the declared usages need.
    pub usage: vk::ImageUsageFlags,
    /// The number of mip levels.
    pub mips: u32,
    /// The number of array layers.
    pub layers: u32,
    /// The samples of a texel.
    pub samples: vk::SampleCountFlags,
    /// What its texels are arranged as.
    pub kind: ImageKind,
    /// Whether queue families own it in turns, or share it. Matters where the renderer has several.
    pub sharing: Sharing,
}

impl ImageDesc {
    /// Describes one 2D image without further mip levels.
    pub fn new(width: u32, height: u32, format: vk::Format, usage: vk::ImageUsageFlags) -> Self {
        Self { extent: vk::Extent3D { width, height, depth: 1 }, format, usage, ..Self::default() }
    }
}

impl Default for ImageDesc {
    fn default() -> Self {
        Self {
            extent: vk::Extent3D { width: 1, height: 1, depth: 1 },
            format: vk::Format::R8G8B8A8_UNORM,
            usage: vk::ImageUsageFlags::empty(),
            mips: 1,
            layers: 1,
            samples: vk::SampleCountFlags::TYPE_1,
            kind: ImageKind::Flat,
            sharing: Sharing::Exclusive,
        }
    }
}

/// What the texels of an image are arranged as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ImageKind {
    /// In a plane, or in an array of planes.
    #[default]
    Flat,
    /// In cubes: six layers each.
    Cube,
    /// In a volume.
    Volume,
}

/// Describes a view of a part of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewDesc {
    /// The mip levels.
    pub mips: Mips,
    /// The array layers.
    pub layers: Layers,
    /// The aspect; `None` is all that the format has. A shader samples one: depth or stencil.
    pub aspect: Option<Aspect>,
    /// The type; `None` follows from the image and from the number of layers.
    pub kind: Option<vk::ImageViewType>,
}

impl Default for ViewDesc {
    fn default() -> Self {
        Self { mips: Mips::ALL, layers: Layers::ALL, aspect: None, kind: None }
    }
}

/// The uses for which an image may have views.
const VIEWABLE: vk::ImageUsageFlags = vk::ImageUsageFlags::from_raw(
    vk::ImageUsageFlags::SAMPLED.as_raw()
        | vk::ImageUsageFlags::STORAGE.as_raw()
        | vk::ImageUsageFlags::COLOR_ATTACHMENT.as_raw()
        | vk::ImageUsageFlags::DEPTH_STENCIL_ATTACHMENT.as_raw()
        | vk::ImageUsageFlags::INPUT_ATTACHMENT.as_raw(),
);

/// Makes a buffer and its memory.
pub(crate) fn buffer(
    inner: &Inner,
    label: &str,
    desc: &BufferDesc,
    instance: u32,
) -> Result<(BufferHandle, Allocation), VkError> {
    let bad = |why: &str| VkError::BadDesc { what: format!("`{label}`"), why: why.to_owned() };
    if desc.len_bytes == 0 {
        return Err(bad("`len_bytes` is 0"));
    }
    if desc.usage.is_empty() {
        return Err(bad("`usage` is empty"));
    }
    let device = inner.gpu.device();
    let families = inner.families(desc.sharing);
    let info = vk::BufferCreateInfo::default()
        .size(desc.len_bytes)
        .usage(desc.usage)
        .sharing_mode(sharing_mode(&families))
        .queue_family_indices(&families);
    // SAFETY: size and usage are not empty; the features that a usage needs are the caller's, as the device's are.
    let raw = unsafe { device.create_buffer(&info, None) }.map_err(VkError::of("vkCreateBuffer"))?;
    // SAFETY: the buffer is of this device.
    let requirements = unsafe { device.get_buffer_memory_requirements(raw) };
    let want = Want { name: label, requirements, memory: desc.memory, linear: true };
    let bound = bind(inner, want, |memory, offset| {
        // SAFETY: the memory is fit for the buffer, free, and of this device.
        unsafe { device.bind_buffer_memory(raw, memory, offset) }.map_err(VkError::of("vkBindBufferMemory"))
    });
    // SAFETY: it was just made, and nothing uses it.
    let allocation = bound.inspect_err(|_| unsafe { device.destroy_buffer(raw, None) })?;
    inner.gpu.table.name(raw, label);
    Ok((BufferHandle { raw, len_bytes: desc.len_bytes, instance }, allocation))
}

/// Makes an image, its memory, and a view of the whole where it may have one.
pub(crate) fn image(
    inner: &Inner,
    label: &str,
    desc: &ImageDesc,
    instance: u32,
) -> Result<(ImageHandle, Allocation), VkError> {
    let families = inner.families(desc.sharing);
    let info = image_info(inner, label, desc, &families)?;
    let device = inner.gpu.device();
    // SAFETY: the device said that it supports such images.
    let raw = unsafe { device.create_image(&info, None) }.map_err(VkError::of("vkCreateImage"))?;
    // SAFETY: the image is of this device.
    let requirements = unsafe { device.get_image_memory_requirements(raw) };
    let want = Want { name: label, requirements, memory: Memory::Device, linear: false };
    let bound = bind(inner, want, |memory, offset| {
        // SAFETY: the memory is fit for the image, free, and of this device.
        unsafe { device.bind_image_memory(raw, memory, offset) }.map_err(VkError::of("vkBindImageMemory"))
    });
    // SAFETY: it was just made, and nothing uses it.
    let allocation = bound.inspect_err(|_| unsafe { device.destroy_image(raw, None) })?;
    inner.gpu.table.name(raw, label);
    let view = vk::ImageView::null();
    let (extent, format, mips) = (desc.extent, desc.format, desc.mips);
    let mut handle =
        ImageHandle { raw, view, extent, format, mips, layers: desc.layers, samples: desc.samples, instance };
    let view = whole_view(inner, label, handle, desc);
    match view {
        Ok(view) => handle.view = view,
        Err(error) => {
            // SAFETY: it was just made, and nothing uses it.
            unsafe { device.destroy_image(raw, None) };
            inner.memory.free(allocation);
            return Err(error);
        }
    }
    Ok((handle, allocation))
}

/// Makes the view of a whole image; none where nothing could use it.
pub(crate) fn whole_view(
    inner: &Inner,
    label: &str,
    image: ImageHandle,
    desc: &ImageDesc,
) -> Result<vk::ImageView, VkError> {
    if !desc.usage.intersects(VIEWABLE) {
        return Ok(vk::ImageView::null());
    }
    let kind = match (desc.kind, desc.layers) {
        (ImageKind::Flat, 1) => vk::ImageViewType::TYPE_2D,
        (ImageKind::Flat, _) => vk::ImageViewType::TYPE_2D_ARRAY,
        (ImageKind::Cube, 6) => vk::ImageViewType::CUBE,
        (ImageKind::Cube, _) => vk::ImageViewType::CUBE_ARRAY,
        (ImageKind::Volume, _) => vk::ImageViewType::TYPE_3D,
    };
    let range = (format::aspects(desc.format), 0, desc.mips, 0, desc.layers);
    view(inner, label, image, ViewKey { kind, range })
}

/// Says which view a description means.
pub(crate) fn view_key(label: &str, image: ImageHandle, desc: &ViewDesc) -> Result<ViewKey, VkError> {
    let mips = (desc.mips.start, desc.mips.end.unwrap_or(image.mips));
    let layers = (desc.layers.start, desc.layers.end.unwrap_or(image.layers));
    if mips.0 >= mips.1 || mips.1 > image.mips || layers.0 >= layers.1 || layers.1 > image.layers {
        let why = format!("it has {} mip levels and {} layers", image.mips, image.layers);
        return Err(VkError::BadDesc { what: format!("a view of `{label}`"), why });
    }
    let aspects = match desc.aspect {
        None => format::aspects(image.format),
        Some(Aspect::Color) => vk::ImageAspectFlags::COLOR,
        Some(Aspect::Depth) => vk::ImageAspectFlags::DEPTH,
        Some(Aspect::Stencil) => vk::ImageAspectFlags::STENCIL,
    };
    let kind = desc.kind.unwrap_or(match (image.extent.depth, layers.1 - layers.0) {
        (2.., _) => vk::ImageViewType::TYPE_3D,
        (_, 1) => vk::ImageViewType::TYPE_2D,
        (_, _) => vk::ImageViewType::TYPE_2D_ARRAY,
    });
    Ok(ViewKey { kind, range: (aspects, mips.0, mips.1 - mips.0, layers.0, layers.1 - layers.0) })
}

/// Makes a view.
pub(crate) fn view(inner: &Inner, label: &str, image: ImageHandle, key: ViewKey) -> Result<vk::ImageView, VkError> {
    let (aspect_mask, base_mip_level, level_count, base_array_layer, layer_count) = key.range;
    let info =
        vk::ImageViewCreateInfo::default().image(image.raw).view_type(key.kind).format(image.format).subresource_range(
            vk::ImageSubresourceRange { aspect_mask, base_mip_level, level_count, base_array_layer, layer_count },
        );
    // SAFETY: the image is alive: who calls holds the registry or has just made it; the range is inside it.
    let view = unsafe { inner.gpu.device().create_image_view(&info, None) };
    let view = view.map_err(VkError::of("vkCreateImageView"))?;
    inner.gpu.table.name(view, label);
    Ok(view)
}

fn bind(
    inner: &Inner,
    want: Want<'_>,
    bind: impl FnOnce(vk::DeviceMemory, u64) -> Result<(), VkError>,
) -> Result<Allocation, VkError> {
    let allocation = inner.memory.allocate(want)?;
    match bind(allocation.memory, allocation.offset) {
        Ok(()) => Ok(allocation),
        Err(error) => {
            inner.memory.free(allocation);
            Err(error)
        }
    }
}

/// Returns how queue families have what is created for these families: each in its turn, where none is named.
pub(crate) const fn sharing_mode(families: &[u32]) -> vk::SharingMode {
    if families.is_empty() { vk::SharingMode::EXCLUSIVE } else { vk::SharingMode::CONCURRENT }
}

impl Inner {
    /// Returns the families that share a buffer or an image; none, where each has it in its turn.
    fn families(&self, sharing: Sharing) -> Vec<u32> {
        match sharing {
            Sharing::Exclusive => Vec::new(),
            Sharing::Concurrent => self.gpu.sharing_families(),
        }
    }
}

/// Checks a description against what the device supports.
fn image_info<'f>(
    inner: &Inner,
    label: &str,
    desc: &ImageDesc,
    families: &'f [u32],
) -> Result<vk::ImageCreateInfo<'f>, VkError> {
    let bad = |why: String| VkError::BadDesc { what: format!("`{label}`"), why };
    let vk::Extent3D { width, height, depth } = desc.extent;
    if width == 0 || height == 0 || depth == 0 {
        return Err(bad(format!("`extent` is {width} x {height} x {depth}")));
    }
    if desc.usage.is_empty() {
        return Err(bad("`usage` is empty".to_owned()));
    }
    let most = width.max(height).max(depth).ilog2() + 1;
    if desc.mips == 0 || desc.mips > most {
        return Err(bad(format!("`mips` is {}, and its size allows 1 to {most}", desc.mips)));
    }
    if desc.layers == 0 {
        return Err(bad("`layers` is 0".to_owned()));
    }
    let (kind, flags) = match desc.kind {
        ImageKind::Flat if depth > 1 => {
            return Err(bad("a flat image has depth 1; use `ImageKind::Volume`".to_owned()));
        }
        ImageKind::Cube if !desc.layers.is_multiple_of(6) || width != height => {
            return Err(bad("a cube is square and has six layers".to_owned()));
        }
        ImageKind::Flat => (vk::ImageType::TYPE_2D, vk::ImageCreateFlags::empty()),
        ImageKind::Cube => (vk::ImageType::TYPE_2D, vk::ImageCreateFlags::CUBE_COMPATIBLE),
        ImageKind::Volume => (vk::ImageType::TYPE_3D, vk::ImageCreateFlags::empty()),
    };
    let tiling = vk::ImageTiling::OPTIMAL;
    // SAFETY: the physical device is of this instance.
    let limits = unsafe {
        let instance = &inner.gpu.instance;
        instance.get_physical_device_image_format_properties(
            inner.gpu.physical,
            desc.format,
            kind,
            tiling,
            desc.usage,
            flags,
        )
    };
    let limits = limits.map_err(|result| match result {
        vk::Result::ERROR_FORMAT_NOT_SUPPORTED => {
            bad(format!("this device does not support {:?} for {:?}", desc.format, desc.usage))
        }
        result => VkError::from_result("vkGetPhysicalDeviceImageFormatProperties", result),
    })?;
    let max = limits.max_extent;
    if width > max.width || height > max.height || depth > max.depth {
        return Err(bad(format!("this device allows {} x {} x {} at most", max.width, max.height, max.depth)));
    }
    if desc.layers > limits.max_array_layers {
        return Err(bad(format!("this device allows {} layers at most", limits.max_array_layers)));
    }
    if !limits.sample_counts.contains(desc.samples) {
        return Err(bad(format!("this device does not support {:?} samples for it", desc.samples)));
    }
    Ok(vk::ImageCreateInfo::default()
        .flags(flags)
        .image_type(kind)
        .format(desc.format)
        .extent(desc.extent)
        .mip_levels(desc.mips)
        .array_layers(desc.layers)
        .samples(desc.samples)
        .tiling(tiling)
        .usage(desc.usage)
        .sharing_mode(sharing_mode(families))
        .queue_family_indices(families)
        .initial_layout(vk::ImageLayout::UNDEFINED))
}
