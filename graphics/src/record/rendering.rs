//! The commands of raster passes: a rendering, recorded in one go or in chunks on several threads.

use std::ops::Range;
use std::panic::Location;
use std::sync::OnceLock;

use ash::vk;
use fencewright::{Failure, Outcome};

use crate::declare::pass::Raster;
use crate::record::attachment::{self, Formats, RenderingDesc};
use crate::record::chain;
use crate::record::draw::Rendering;
use crate::record::encoder::VkCommandEncoder;
use crate::record::error::VkError;
use crate::record::one_thread::OneThread;
use crate::record::open::Open;
use crate::record::pools::{Pool, Pools};
use crate::record::recorder::Recorder;
use crate::record::script::ScriptPass;
use crate::record::table::Table;

/// From how many draws on chunks pay, where there are threads for them: calling a helper takes some microseconds. Measured with a software
/// driver and little state for each draw (`docs/benchmarks.md`), where 1000 draws lose and 2000 gain.
const WORTH_SPLITTING: usize = 2000;

/// How many draws a chunk has at least: some, as a secondary command buffer costs as much as a few draws.
const CHUNK: usize = 250;

/// How many chunks there are for each thread at most: several, so that a helper that comes late, or is slow, takes fewer of them.
const CHUNKS_A_THREAD: usize = 4;

/// Returns in how many chunks so many draws are recorded on so many threads.
fn chunks_for(draws: usize, threads: usize) -> usize {
    if draws < WORTH_SPLITTING || threads < 2 { 1 } else { (draws / CHUNK).min(threads * CHUNKS_A_THREAD) }
}

impl VkCommandEncoder<'_, Raster> {
    /// Begins to render; the rendering ends when what this returns is dropped. Specification: `vkCmdBeginRendering`.
    ///
    /// Viewport and scissor are set to the area.
    ///
    /// # Errors
    ///
    /// If an attachment is not declared as one, has several mip levels, or is smaller than the area; or if there is none.
    pub fn begin_rendering(&mut self, desc: &RenderingDesc<'_>) -> Result<Rendering<'_>, VkError> {
        self.open.lower(desc)?;
        self.open.begin_rendering(vk::RenderingFlags::empty());
        let mut rendering = Rendering::new(self.table(), self.pass(), self.raw(), End::Rendering);
        rendering.set_area(self.open.pool.rendering.area);
        Ok(rendering)
    }

    /// Renders in `count` chunks that `record` records, on the threads of the run, each into a secondary command buffer. They
    /// execute in the order of their numbers.
    ///
    /// A chunk inherits no state but the attachments and the area: it binds its own pipeline.
    ///
    /// # Errors
    ///
    /// As for [`Self::begin_rendering`]; else the error of the first chunk, by number, that has one. Then nothing is rendered.
    #[track_caller]
    pub fn render_chunks<F>(&mut self, desc: &RenderingDesc<'_>, count: usize, record: F) -> Outcome
    where
        F: Fn(usize, &mut Rendering<'_>) -> Outcome + Sync,
    {
        self.open.lower(desc)?;
        let (recorder, pass, at) = (self.open.recorder, self.open.pass, Location::caller());
        let (formats, area) = (Formats::of(desc), self.open.pool.rendering.area);
        let chunks: Vec<OnceLock<_>> = (0..count).map(|_| OnceLock::new()).collect();
        self.open.threads.for_each(count, |number| {
            // Each number comes once, so that the cell is empty.
            let recorded = Chunk::record(recorder, pass, (&formats, area), at, |chunk| record(number, chunk));
            let _ = chunks[number].set(recorded);
        });
        let buffers = chunks.into_iter().filter_map(OnceLock::into_inner).collect::<Result<Vec<_>, _>>()?;
        self.open.begin_rendering(vk::RenderingFlags::CONTENTS_SECONDARY_COMMAND_BUFFERS);
        if !buffers.is_empty() {
            // SAFETY: all are complete secondary command buffers of this frame that continue a rendering of these formats; the
            // encoder's command buffer is recording inside that rendering, in this thread alone.
            unsafe { self.device().cmd_execute_commands(self.raw(), &buffers) };
        }
        // SAFETY: the rendering was begun above.
        unsafe { self.device().cmd_end_rendering(self.raw()) };
        Ok(())
    }

    /// Renders `draws` draws that `record` records by number, in as many chunks as pay: fewer than 2000, or those of a run on one
    /// thread, are recorded here and now, without secondary command buffers; more in up to four chunks for each thread, of 250 draws at least.
    /// Where a draw comes with much state, fewer may pay: [`Self::render_chunks`] takes any number of chunks.
    ///
    /// A chunk inherits no state but the attachments and the area: `record` binds a pipeline first.
    ///
    /// # Errors
    ///
    /// As for [`Self::render_chunks`].
    #[inline]
    #[track_caller]
    pub fn render_split<F>(&mut self, desc: &RenderingDesc<'_>, draws: usize, record: F) -> Outcome
    where
        F: Fn(Range<usize>, &mut Rendering<'_>) -> Outcome + Sync,
    {
        match chunks_for(draws, self.open.threads.lanes()) {
            1 => record(0..draws, &mut self.begin_rendering(desc)?),
            count => self.render_chunks(desc, count, |number, chunk| {
                record(draws * number / count..draws * (number + 1) / count, chunk)
            }),
        }
    }
}

impl Open<'_> {
    /// Works a rendering out, and notes its attachments, and that draws follow.
    fn lower(&mut self, desc: &RenderingDesc<'_>) -> Result<(), VkError> {
        let pool = &mut **self.pool;
        attachment::lower(self.pass, desc, &mut pool.rendering)?;
        pool.log.named(pool.rendering.named);
        Ok(())
    }

    /// Begins the rendering that was worked out.
    fn begin_rendering(&mut self, flags: vk::RenderingFlags) {
        let lowered = &self.pool.rendering;
        let mut info = vk::RenderingInfo::default()
            .flags(flags)
            .render_area(lowered.area)
            .layer_count(lowered.layers)
            .color_attachments(&lowered.colors);
        if let Some(depth) = &lowered.depth {
            info = info.depth_attachment(depth);
        }
        if let Some(stencil) = &lowered.stencil {
            info = info.stencil_attachment(stencil);
        }
        // SAFETY: recording outside rendering, in this thread alone; the attachments are declared, so alive until the frame is
        // done and in the layout that is named.
        unsafe { self.recorder.table.device.cmd_begin_rendering(self.raw, &info) };
    }
}

/// What ends when a [`Rendering`] is dropped.
pub(crate) enum End {
    /// The rendering.
    Rendering,
    /// Nothing: whoever made the secondary command buffer ends it.
    Nothing,
}

/// A secondary command buffer while it is recorded.
struct Chunk<'f> {
    pools: &'f Pools,
    table: &'f Table,
    pool: Option<Box<Pool>>,
    raw: vk::CommandBuffer,
    _here: OneThread,
}

impl<'f> Chunk<'f> {
    fn record(
        recorder: &'f Recorder,
        pass: &ScriptPass,
        (formats, area): (&Formats, vk::Rect2D),
        at: &'static Location<'static>,
        record: impl FnOnce(&mut Rendering<'_>) -> Outcome,
    ) -> Result<vk::CommandBuffer, Failure> {
        let failed = |error: VkError| Failure::at_place(error, at);
        let chunk = Self::begin(recorder.pools_for(pass), &recorder.table, formats).map_err(failed)?;
        let mut rendering = Rendering::new(&recorder.table, pass, chunk.raw, End::Nothing);
        rendering.set_area(area);
        let outcome = record(&mut rendering);
        drop(rendering);
        let raw = chunk.end().map_err(failed)?;
        outcome.map(|()| raw)
    }

    fn begin(pools: &'f Pools, table: &'f Table, formats: &Formats) -> Result<Self, VkError> {
        let mut pool = pools.take()?;
        let raw = match pool.secondary(table) {
            Ok(raw) => raw,
            Err(error) => {
                pools.give(pool);
                return Err(error);
            }
        };
        let chunk = Self { pools, table, pool: Some(pool), raw, _here: OneThread::HERE };
        let rendering = vk::CommandBufferInheritanceRenderingInfo::default()
            .color_attachment_formats(&formats.colors)
            .depth_attachment_format(formats.depth)
            .stencil_attachment_format(formats.stencil)
            .rasterization_samples(formats.samples);
        // SAFETY: a fresh secondary command buffer, whose pool this thread has to itself.
        let begun = unsafe { chain::begin_inside_rendering(&table.device, raw, rendering) };
        begun.map_err(VkError::of("vkBeginCommandBuffer"))?;
        Ok(chunk)
    }

    fn end(self) -> Result<vk::CommandBuffer, VkError> {
        // SAFETY: recording, in this thread alone.
        let ended = unsafe { self.table.device.end_command_buffer(self.raw) };
        ended.map_err(VkError::of("vkEndCommandBuffer")).map(|()| self.raw)
    }
}

impl Drop for Chunk<'_> {
    fn drop(&mut self) {
        if let Some(pool) = self.pool.take() {
            self.pools.give(pool);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::chunks_for;

    #[test]
    fn few_draws_and_one_thread_have_no_chunks() {
        assert_eq!([0, 10, 99, 1999].map(|draws| chunks_for(draws, 8)), [1; 4]);
        assert_eq!([2000, 1_000_000].map(|draws| chunks_for(draws, 1)), [1; 2]);
        assert_eq!(chunks_for(1_000_000, 0), 1);
        assert_eq!([2000, 2249, 4000, 100_000].map(|draws| chunks_for(draws, 8)), [8, 8, 16, 32]);
        assert_eq!([2000, 4000].map(|draws| chunks_for(draws, 2)), [8, 8]);
    }
}
