//! What a raster pass renders to.

use ash::vk;

use crate::declare::access::Access;
use crate::record::declared::Texels;
use crate::record::error::VkError;
use crate::record::script::{ScriptPass, Use};
use crate::resource::{GpuImage, ImageHandle};

/// A view of a part of an image: [`VkRenderer::view`](crate::VkRenderer::view) makes them and keeps them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GpuImageView {
    pub(crate) raw: vk::ImageView,
    pub(crate) image: ImageHandle,
    pub(crate) mip: u32,
    pub(crate) mips: u32,
    pub(crate) layer: u32,
    pub(crate) layers: u32,
}

impl GpuImageView {
    /// Returns the Vulkan handle.
    pub const fn raw(&self) -> vk::ImageView {
        self.raw
    }

    /// Returns the size of its first mip level.
    pub fn extent(&self) -> vk::Extent2D {
        let size = |len: u32| (len >> self.mip).max(1);
        vk::Extent2D { width: size(self.image.extent.width), height: size(self.image.extent.height) }
    }
}

impl<M: ?Sized> From<GpuImage<M>> for GpuImageView {
    /// Takes the view of the whole image.
    fn from(image: GpuImage<M>) -> Self {
        let handle = image.handle();
        Self { raw: handle.view, image: handle, mip: 0, mips: handle.mips, layer: 0, layers: handle.layers }
    }
}

/// A colour in the numbers of a format: floats for normalised and float formats, else integers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClearColor {
    /// For `UNORM`, `SNORM`, `SRGB` and `SFLOAT` formats.
    Float([f32; 4]),
    /// For `SINT` formats.
    Int([i32; 4]),
    /// For `UINT` formats.
    Uint([u32; 4]),
}

impl From<[f32; 4]> for ClearColor {
    fn from(color: [f32; 4]) -> Self {
        Self::Float(color)
    }
}

impl From<[i32; 4]> for ClearColor {
    fn from(color: [i32; 4]) -> Self {
        Self::Int(color)
    }
}

impl From<[u32; 4]> for ClearColor {
    fn from(color: [u32; 4]) -> Self {
        Self::Uint(color)
    }
}

impl ClearColor {
    pub(crate) const fn raw(self) -> vk::ClearColorValue {
        match self {
            Self::Float(float32) => vk::ClearColorValue { float32 },
            Self::Int(int32) => vk::ClearColorValue { int32 },
            Self::Uint(uint32) => vk::ClearColorValue { uint32 },
        }
    }
}

/// What an attachment holds when rendering begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Load<T> {
    /// What it held before.
    Keep,
    /// This value.
    Clear(T),
    /// Anything: every texel that matters is drawn.
    Discard,
}

/// Whether what was drawn is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Store {
    /// It is.
    #[default]
    Keep,
    /// It is needed during rendering alone.
    Discard,
}

/// A colour attachment.
#[derive(Clone, Copy, Debug)]
pub struct ColorAttachment {
    /// What is rendered to.
    pub view: GpuImageView,
    /// What it holds at first.
    pub load: Load<ClearColor>,
    /// Whether it is kept.
    pub store: Store,
    /// Where the samples are averaged to at the end.
    pub resolve: Option<GpuImageView>,
}

impl ColorAttachment {
    /// Renders over what is there.
    pub fn new(view: impl Into<GpuImageView>) -> Self {
        Self { view: view.into(), load: Load::Keep, store: Store::Keep, resolve: None }
    }

    /// Renders over one colour.
    pub fn clear(view: impl Into<GpuImageView>, color: impl Into<ClearColor>) -> Self {
        Self { load: Load::Clear(color.into()), ..Self::new(view) }
    }
}

/// The depth attachment, the stencil attachment, or both where the format has both.
#[derive(Clone, Copy, Debug)]
pub struct DepthAttachment {
    /// What is rendered to.
    pub view: GpuImageView,
    /// The depth that it holds at first.
    pub load: Load<f32>,
    /// The stencil that it holds at first.
    pub stencil_load: Load<u32>,
    /// Whether both are kept.
    pub store: Store,
}

impl DepthAttachment {
    /// Tests against what is there.
    pub fn new(view: impl Into<GpuImageView>) -> Self {
        Self { view: view.into(), load: Load::Keep, stencil_load: Load::Keep, store: Store::Keep }
    }

    /// Tests against one depth; the stencil begins at 0.
    pub fn clear(view: impl Into<GpuImageView>, depth: f32) -> Self {
        Self { load: Load::Clear(depth), stencil_load: Load::Clear(0), ..Self::new(view) }
    }
}

/// Describes one rendering.
#[derive(Clone, Copy, Debug)]
pub struct RenderingDesc<'a> {
    /// The colour attachments, by location.
    pub colors: &'a [ColorAttachment],
    /// The depth attachment.
    pub depth: Option<DepthAttachment>,
    /// What is rendered to; `None` is all of the first attachment.
    pub area: Option<vk::Rect2D>,
    /// How many layers are rendered to.
    pub layers: u32,
}

impl Default for RenderingDesc<'_> {
    fn default() -> Self {
        Self { colors: &[], depth: None, area: None, layers: 1 }
    }
}

/// A rendering in Vulkan's words.
#[derive(Default)]
pub(crate) struct Lowered {
    pub(crate) colors: Vec<vk::RenderingAttachmentInfo<'static>>,
    pub(crate) depth: Option<vk::RenderingAttachmentInfo<'static>>,
    pub(crate) stencil: Option<vk::RenderingAttachmentInfo<'static>>,
    pub(crate) area: vk::Rect2D,
    pub(crate) layers: u32,
    /// Which accesses of the pass it names, a bit for each of the first 64.
    pub(crate) named: u64,
}

/// What a secondary command buffer must know of the rendering that it continues.
#[derive(Clone, Default)]
pub(crate) struct Formats {
    pub(crate) colors: Vec<vk::Format>,
    pub(crate) depth: vk::Format,
    pub(crate) stencil: vk::Format,
    pub(crate) samples: vk::SampleCountFlags,
}

const COMMAND: &str = "begin_rendering";

/// Puts a description into Vulkan's words, in the memory of an earlier one; refuses what the pass does not declare.
pub(crate) fn lower(pass: &ScriptPass, desc: &RenderingDesc<'_>, lowered: &mut Lowered) -> Result<(), VkError> {
    let bad = |why: String| VkError::BadCommand { command: COMMAND, why };
    let first = desc.colors.first().map(|color| color.view).or_else(|| desc.depth.map(|depth| depth.view));
    let first = first.ok_or_else(|| bad("there is no attachment".to_owned()))?;
    lowered.area = area(desc.area, first).map_err(bad)?;
    (lowered.layers, lowered.named) = (desc.layers.max(1), 0);
    lowered.colors.clear();
    for color in desc.colors {
        let info = color_info(pass, color, &mut lowered.named)?;
        lowered.colors.push(info);
    }
    (lowered.depth, lowered.stencil) = (None, None);
    if let Some(attachment) = &desc.depth {
        let aspects = crate::record::format::aspects(attachment.view.image.format);
        let (base, writes) = depth_info(pass, attachment, &mut lowered.named)?;
        let info = |load, store, clear| base.load_op(load).store_op(store).clear_value(clear);
        // A depth buffer that is read alone must not be written, not even with what it holds.
        let store = if writes { store_op(attachment.store) } else { vk::AttachmentStoreOp::NONE };
        if aspects.contains(vk::ImageAspectFlags::DEPTH) {
            let clear = clear_of(attachment.load, |depth| depth_clear(depth, 0));
            lowered.depth = Some(info(load_op(attachment.load), store, clear));
        }
        if aspects.contains(vk::ImageAspectFlags::STENCIL) {
            let clear = clear_of(attachment.stencil_load, |stencil| depth_clear(0.0, stencil));
            lowered.stencil = Some(info(load_op(attachment.stencil_load), store, clear));
        }
    }
    Ok(())
}

impl Formats {
    /// Returns the formats of a rendering.
    pub(crate) fn of(desc: &RenderingDesc<'_>) -> Self {
        let depth_or_stencil = |aspect| {
            let format = desc.depth.map(|depth| depth.view.image.format);
            let has = |format: &vk::Format| crate::record::format::aspects(*format).contains(aspect);
            format.filter(has).unwrap_or_default()
        };
        let first = desc.colors.first().map(|color| color.view).or_else(|| desc.depth.map(|depth| depth.view));
        Self {
            colors: desc.colors.iter().map(|color| color.view.image.format).collect(),
            depth: depth_or_stencil(vk::ImageAspectFlags::DEPTH),
            stencil: depth_or_stencil(vk::ImageAspectFlags::STENCIL),
            samples: first.map(|view| view.image.samples).unwrap_or_default(),
        }
    }
}

fn area(wanted: Option<vk::Rect2D>, first: GpuImageView) -> Result<vk::Rect2D, String> {
    let extent = first.extent();
    let Some(area) = wanted else {
        return Ok(vk::Rect2D { offset: vk::Offset2D::default(), extent });
    };
    let inside = |start: i32, len: u32, whole: u32| {
        u32::try_from(start).is_ok_and(|start| len > 0 && start.checked_add(len).is_some_and(|end| end <= whole))
    };
    let fits = inside(area.offset.x, area.extent.width, extent.width)
        && inside(area.offset.y, area.extent.height, extent.height);
    fits.then_some(area).ok_or_else(|| format!("the area {area:?} is not inside {} x {}", extent.width, extent.height))
}

fn color_info(
    pass: &ScriptPass,
    color: &ColorAttachment,
    named: &mut u64,
) -> Result<vk::RenderingAttachmentInfo<'static>, VkError> {
    let mut layout = |view| {
        let used = attachment(pass, view, vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT)?;
        *named |= used.same.object;
        Ok::<_, VkError>(used.layout)
    };
    let mut info = vk::RenderingAttachmentInfo::default()
        .image_view(color.view.raw)
        .image_layout(layout(color.view)?)
        .load_op(load_op(color.load))
        .store_op(store_op(color.store))
        .clear_value(clear_of(color.load, |color| vk::ClearValue { color: color.raw() }));
    if let Some(target) = color.resolve {
        info = info
            .resolve_mode(vk::ResolveModeFlags::AVERAGE)
            .resolve_image_view(target.raw)
            .resolve_image_layout(layout(target)?);
    }
    Ok(info)
}

/// Returns what depth and stencil have in common, and whether they are written.
fn depth_info(
    pass: &ScriptPass,
    depth: &DepthAttachment,
    named: &mut u64,
) -> Result<(vk::RenderingAttachmentInfo<'static>, bool), VkError> {
    let tests = vk::PipelineStageFlags2::EARLY_FRAGMENT_TESTS | vk::PipelineStageFlags2::LATE_FRAGMENT_TESTS;
    let used = attachment(pass, depth.view, tests)?;
    *named |= used.same.object;
    let info = vk::RenderingAttachmentInfo::default().image_view(depth.view.raw).image_layout(used.layout);
    Ok((info, used.access == Access::Write))
}

/// Returns the declared access that makes the view an attachment; a write before a read.
fn attachment(pass: &ScriptPass, view: GpuImageView, stages: vk::PipelineStageFlags2) -> Result<&Use, VkError> {
    let texels = texels(view);
    let find = |access| pass.find_texels(view.image, access, &texels, |used| used.usage.stages.intersects(stages));
    let found = if view.mips > 1 { None } else { find(Access::Write).or_else(|| find(Access::Read)) };
    // An error is made only where there is one.
    match found {
        Some(used) => Ok(used),
        None => Err(no_attachment(pass, view, stages)),
    }
}

fn texels(view: GpuImageView) -> Texels {
    let aspects = vk::ImageAspectFlags::empty();
    Texels { aspects, mip: view.mip, layers: view.layer..view.layer + view.layers }
}

/// Says why a view is no attachment.
#[cold]
fn no_attachment(pass: &ScriptPass, view: GpuImageView, stages: vk::PipelineStageFlags2) -> VkError {
    let label = || {
        let known = pass.uses.iter().find(
            |used| matches!(used.handle, crate::record::barrier::Handle::Image(image) if image.raw == view.image.raw),
        );
        known.map_or_else(|| format!("image {:?}", view.image.raw), |used| used.label.to_string())
    };
    if view.mips > 1 {
        let why = format!("`{}` has {} mip levels; render to a view of one of them", label(), view.mips);
        return VkError::BadCommand { command: COMMAND, why };
    }
    let of = |access| {
        let is_attachment = |used: &Use| used.usage.stages.intersects(stages);
        pass.texels_not_declared(&label, view.image, access, &texels(view), is_attachment)
    };
    match (of(Access::Write), of(Access::Read)) {
        (error @ VkError::PartNotDeclared { .. }, _) | (_, error @ VkError::PartNotDeclared { .. }) => error,
        _ => VkError::NotDeclared { system: pass.name.to_string(), resource: label(), how: " as an attachment" },
    }
}

const fn load_op<T>(load: Load<T>) -> vk::AttachmentLoadOp
where
    T: Copy,
{
    match load {
        Load::Keep => vk::AttachmentLoadOp::LOAD,
        Load::Clear(_) => vk::AttachmentLoadOp::CLEAR,
        Load::Discard => vk::AttachmentLoadOp::DONT_CARE,
    }
}

const fn store_op(store: Store) -> vk::AttachmentStoreOp {
    match store {
        Store::Keep => vk::AttachmentStoreOp::STORE,
        Store::Discard => vk::AttachmentStoreOp::DONT_CARE,
    }
}

fn clear_of<T>(load: Load<T>, value: impl FnOnce(T) -> vk::ClearValue) -> vk::ClearValue {
    match load {
        Load::Clear(clear) => value(clear),
        Load::Keep | Load::Discard => vk::ClearValue::default(),
    }
}

const fn depth_clear(depth: f32, stencil: u32) -> vk::ClearValue {
    vk::ClearValue { depth_stencil: vk::ClearDepthStencilValue { depth, stencil } }
}
