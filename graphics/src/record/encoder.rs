//! The encoder of a system: the commands of its kind of pass.

use std::ffi::CStr;
use std::marker::PhantomData;

use ash::vk;
use fencewright::Threads;

use crate::declare::pass::Pass;
use crate::plan::{Barrier, Scope, Subresource, Target};
use crate::record::barrier::{Lowered, Own, range_of};
use crate::record::declared::{AnyBuffer, AnyImage};
use crate::record::error::VkError;
use crate::record::one_thread::OneThread;
use crate::record::open::Open;
use crate::record::recorder::Recorder;
use crate::record::script::ScriptPass;
use crate::record::table::Table;
use crate::resource::{GpuBuffer, GpuImage, ImageHandle};

/// Records the commands of one system in one frame. It offers the commands of its kind of pass, `P`, and no others.
///
/// It begins with the barriers that were planned for the system, and ends when it is dropped. It belongs to the system: it
/// is neither `Send` nor `Sync`. What the commands name must be declared by the system; what a shader reaches through
/// descriptors cannot be seen here, which is why binding is `unsafe`.
///
/// # Examples
///
/// ```
/// use fencewright::prelude::*;
/// use fencewright_graphics::prelude::*;
///
/// struct MeshVertexData;
///
/// #[derive(System, AutoBarriers)]
/// #[writes(GpuBuffer<MeshVertexData>)] // a transfer pass, by what it writes: its encoder copies and fills
/// struct UploadMesh {
///     bytes: Vec<u8>,
/// }
///
/// impl Run for UploadMesh {
///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
///         let mut cmd = cx.encoder()?;
///         cmd.upload_buffer(cx.buffer::<MeshVertexData>()?, 0, &self.bytes)?;
///         Ok(())
///     }
/// }
/// ```
pub struct VkCommandEncoder<'f, P: Pass> {
    pub(crate) open: Open<'f>,
    kind: PhantomData<fn() -> P>,
    _not_send: OneThread,
}

impl<'f, P: Pass> VkCommandEncoder<'f, P> {
    pub(crate) fn new(recorder: &'f Recorder, system: usize, threads: &'f Threads) -> Result<Self, VkError> {
        let open = recorder.open(system, P::KIND, threads)?;
        Ok(Self { open, kind: PhantomData, _not_send: OneThread::HERE })
    }

    /// Lets chunks be recorded on these threads; `cx.encoder()` gives the run's. Without them they are recorded one after another.
    #[must_use]
    pub fn with_threads(mut self, threads: &'f Threads) -> Self {
        self.open.threads = threads;
        self
    }

    /// Returns the command buffer, for commands that the encoder does not have. It is recording, outside rendering.
    ///
    /// What is recorded through it must leave no rendering, no query and no label open, must not end or reset the command buffer,
    /// and follows the declared accesses: nothing checks that it does. State that it changes is changed for the encoder too. What
    /// is bound before its first command is not known: other passes may be in the same command buffer
    /// ([`CommandBuffers`](crate::CommandBuffers)), so bind all that is needed.
    pub const fn raw(&self) -> vk::CommandBuffer {
        self.open.raw
    }

    /// Returns the functions of the device, to be used with [`Self::raw`].
    pub fn device(&self) -> &ash::Device {
        &self.table().device
    }

    /// Marks this place for tools.
    pub fn insert_label(&mut self, name: &CStr) {
        // SAFETY: the command buffer is recording, and its pool is the encoder's alone.
        unsafe { self.table().insert_label(self.open.raw, name) };
    }

    /// Records what `record` records under a label.
    pub fn labelled<T>(&mut self, name: &CStr, record: impl FnOnce(&mut Self) -> T) -> T {
        // SAFETY: the command buffer is recording, and its pool is the encoder's alone.
        unsafe { self.table().begin_label(self.open.raw, name) };
        let result = record(self);
        // SAFETY: as above; the label was opened here, and `record` can only have closed its own.
        unsafe { self.table().end_label(self.open.raw) };
        result
    }

    /// Records one `vkCmdPipelineBarrier2`: for systems without `AutoBarriers`, and between commands of one pass.
    ///
    /// Specification: synchronization-pipeline-barriers.
    ///
    /// # Errors
    ///
    /// If a barrier names what the system does not declare, or a part outside of it.
    pub fn pipeline_barrier(&mut self, barriers: &[PipelineBarrier]) -> Result<(), VkError> {
        let mut call = Lowered::default();
        for barrier in barriers {
            call.add(barrier.first, barrier.second, barrier.target.resolve(self.pass())?.0);
        }
        self.note_barrier(barriers)?;
        // SAFETY: the command buffer is recording outside rendering (`Rendering` borrows the encoder), its pool is the
        // encoder's alone, and declared resources are alive until the frame is done.
        unsafe { call.record(self.table(), self.open.raw) };
        Ok(())
    }

    /// Tells of one call that was recorded by other means, through [`Self::raw`] say, at this place: what goes past the
    /// encoder cannot be seen, and is judged as missing. Records nothing.
    ///
    /// # Errors
    ///
    /// As for [`Self::pipeline_barrier`].
    pub fn note_barrier(&mut self, barriers: &[PipelineBarrier]) -> Result<(), VkError> {
        let noted = |barrier: &PipelineBarrier| {
            let (_, target) = barrier.target.resolve(self.pass())?;
            Ok(Barrier { first: barrier.first, second: barrier.second, target, transfer: None, reasons: Vec::new() })
        };
        let barriers = barriers.iter().map(noted).collect::<Result<Vec<_>, VkError>>()?;
        self.open.pool.log.call(barriers);
        Ok(())
    }

    /// Says whether the barriers of this system were recorded for it; where not, they are the system's to record.
    ///
    /// It depends on `AutoBarriers` and on [`Barriers`](crate::Barriers): a system that asks runs under each of them.
    pub const fn barriers_are_emitted(&self) -> bool {
        self.open.pass.emitted
    }

    /// Records the barriers that are planned for this system, where the renderer does not: for systems that record their own and
    /// want what the hints say. To be called before the commands; a second time, it would record them again.
    ///
    /// # Errors
    ///
    /// If the frame was not given to a run.
    pub fn record_planned(&mut self) -> Result<(), VkError> {
        if self.barriers_are_emitted() { Ok(()) } else { self.open.record_planned() }
    }

    pub(crate) fn table(&self) -> &'f Table {
        &self.open.recorder.table
    }

    pub(crate) fn pass(&self) -> &'f ScriptPass {
        self.open.pass
    }
}

impl Open<'_> {
    #[cold]
    fn record_planned(&mut self) -> Result<(), VkError> {
        let Some(script) = self.recorder.script() else { return Err(VkError::NotPrepared) };
        let gap = script.passes.iter().position(|pass| std::ptr::eq(pass, self.pass));
        let barriers = gap.map(|gap| script.emission.planned(&script.plan, gap)).unwrap_or_default();
        if barriers.is_empty() {
            return Ok(());
        }
        let handles: Vec<_> = script.resources.iter().map(|found| found.handle).collect();
        let call = Lowered::of(barriers.iter().copied(), &handles);
        self.pool.log.call(barriers.into_iter().cloned().collect());
        // SAFETY: as in `pipeline_barrier`.
        unsafe { call.record(&self.recorder.table, self.raw) };
        Ok(())
    }
}

impl<P: Pass> std::fmt::Debug for VkCommandEncoder<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "VkCommandEncoder of `{}`", self.pass().name)
    }
}

/// A barrier that a system records itself.
#[derive(Clone, Debug)]
pub struct PipelineBarrier {
    first: Scope,
    second: Scope,
    target: OwnTarget,
}

#[derive(Clone, Debug)]
enum OwnTarget {
    Memory,
    Buffer(AnyBuffer),
    Image { image: AnyImage, layouts: Option<(vk::ImageLayout, vk::ImageLayout)> },
}

impl PipelineBarrier {
    /// Orders all memory: a `VkMemoryBarrier2`.
    pub const fn memory(first: Scope, second: Scope) -> Self {
        Self { first, second, target: OwnTarget::Memory }
    }

    /// Orders the declared part of a buffer: a `VkBufferMemoryBarrier2`.
    pub fn buffer<M: ?Sized>(buffer: GpuBuffer<M>, first: Scope, second: Scope) -> Self {
        Self { first, second, target: OwnTarget::Buffer(AnyBuffer::of(buffer)) }
    }

    /// Orders the declared part of an image, in the layout that it has in the pass: a `VkImageMemoryBarrier2`.
    pub fn image<M: ?Sized>(image: GpuImage<M>, first: Scope, second: Scope) -> Self {
        Self { first, second, target: OwnTarget::Image { image: AnyImage::of(image), layouts: None } }
    }

    /// Makes it a layout transition, where it is about an image.
    #[must_use]
    pub fn layouts(mut self, old: vk::ImageLayout, new: vk::ImageLayout) -> Self {
        match &mut self.target {
            OwnTarget::Image { layouts, .. } => *layouts = Some((old, new)),
            OwnTarget::Memory | OwnTarget::Buffer(_) => {}
        }
        self
    }
}

impl OwnTarget {
    /// Finds what a barrier is about, in Vulkan's words and in the plan's.
    fn resolve(&self, pass: &ScriptPass) -> Result<(Own, Target), VkError> {
        match self {
            Self::Memory => Ok((Own::Memory, Target::Memory)),
            Self::Buffer(buffer) => {
                let handle = buffer.handle;
                let used = pass.buffer(buffer, None)?;
                let bytes = match &used.part {
                    Subresource::Buffer { bytes } => bytes.start..bytes.end.min(handle.len_bytes),
                    Subresource::Image { .. } => 0..handle.len_bytes,
                };
                Ok((Own::Buffer(handle.raw, bytes.clone()), Target::Buffer { resource: used.number, bytes }))
            }
            Self::Image { image, layouts } => {
                let handle = image.handle;
                let used = pass.image(image, None)?;
                let range = range_of(&used.part).unwrap_or_else(|| whole(handle));
                let (old_layout, new_layout) = layouts.unwrap_or((used.layout, used.layout));
                let target = Target::Image {
                    resource: used.number,
                    aspects: range.aspect_mask,
                    mips: range.base_mip_level..range.base_mip_level + range.level_count,
                    layers: range.base_array_layer..range.base_array_layer + range.layer_count,
                    old_layout,
                    new_layout,
                };
                Ok((Own::Image(handle.raw, range, (old_layout, new_layout)), target))
            }
        }
    }
}

/// Returns the range of a whole image.
pub(crate) fn whole(handle: ImageHandle) -> vk::ImageSubresourceRange {
    vk::ImageSubresourceRange {
        aspect_mask: crate::record::format::aspects(handle.format),
        base_mip_level: 0,
        level_count: handle.mips,
        base_array_layer: 0,
        layer_count: handle.layers,
    }
}
