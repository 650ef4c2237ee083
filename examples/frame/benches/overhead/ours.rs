//! The passes of the frame with the library: a schedule, run inline.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fencewright::prelude::*;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, RenderingDesc, TimelinePoint, VkFrame, VkRenderer};

use crate::frame::Frame;
use crate::gpu::InTurns;
use crate::resources::{Glow, History, MeshVertexData, PictureRenderTarget};
use crate::{Error, ash_alone};

/// How long each part of a frame took: to begin it, to record it, to end it.
pub type Parts = [Duration; 3];

/// Runs the frame's passes, without what the CPU does beside.
pub struct Ours<'r> {
    renderer: &'r VkRenderer,
    schedule: Schedule,
}

/// Draws over the picture many times, with a set and a vertex buffer for each draw: for passes that are not small.
#[derive(System, AutoBarriers)]
#[reads(
    GpuImage<History> as FragmentSampled,
    GpuImage<Glow>[mip = 0] as FragmentSampled,
    GpuBuffer<MeshVertexData>
)]
#[writes(GpuImage<PictureRenderTarget> as ColorAttachment)]
struct ManyDraws {
    program: InTurns,
    draws: usize,
}

impl Run for ManyDraws {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.encoder()?;
        let picture = [ColorAttachment::new(cx.image::<PictureRenderTarget>()?)];
        let mut pass = raster.begin_rendering(&RenderingDesc { colors: &picture, ..RenderingDesc::default() })?;
        let program = self.program.turn(cx.image::<History>()?);
        let vertices = cx.buffer::<MeshVertexData>()?;
        let extent = ash::vk::Extent2D { width: 1, height: 1 };
        pass.set_scissor(ash::vk::Rect2D { extent, ..ash::vk::Rect2D::default() });
        // SAFETY: as in `Program::raster`; the program takes no vertex buffer, and has a set for three vertices.
        unsafe { pass.bind_pipeline(program.pipeline) };
        for _ in 0..self.draws {
            // SAFETY: as in `Program::raster`.
            unsafe { pass.bind_descriptor_sets(program.layout, 0, &[program.set], &[]) };
            pass.bind_vertex_buffer(0, vertices, 0)?;
            pass.draw(0..3, 0..1);
        }
        Ok(())
    }
}

impl<'r> Ours<'r> {
    /// Takes the passes out of a frame; where there are `draws`, with one more pass that has so many.
    pub fn new(renderer: &'r VkRenderer, frame: Frame, draws: usize) -> Result<Self, Error> {
        let Frame { upload, mut simulate, cull, draw, mut light, bloom, glow, picture, .. } = frame;
        (simulate.0.particles, light.1.particles) = (ash_alone::PARTICLES, ash_alone::PARTICLES);
        let (b, g) = (bloom, glow);
        let mut last = Stage::new("picture");
        let program = picture.0.program;
        last = last.system(picture.0);
        if draws > 0 {
            last = last.system(ManyDraws { program, draws });
        }
        let schedule = Schedule::builder()
            .stage(Stage::new("upload").system(upload.0))
            .stage(Stage::new("simulate").system(simulate.0).system(simulate.1))
            .stage(Stage::new("cull").system(cull.0).system(cull.1).system(cull.2))
            .stage(Stage::new("draw").system(draw.0).system(draw.1).system(draw.2))
            .stage(Stage::new("light").system(light.0).system(light.1).system(light.2))
            .stage(Stage::new("bloom").system(b.0).system(b.1).system(b.2).system(b.3).system(b.4).system(b.5))
            .stage(Stage::new("glow").system(g.0).system(g.1).system(g.2).system(g.3).system(g.4).system(g.5))
            .stage(last.system(picture.1))
            .build()?;
        Ok(Self { renderer, schedule: schedule.with_threads(Threads::Inline) })
    }

    /// Takes the whole frame, with what the CPU does beside the passes.
    pub fn whole(renderer: &'r VkRenderer, mut frame: Frame, threads: Threads) -> Result<Self, Error> {
        (frame.simulate.0.particles, frame.light.1.particles) = (ash_alone::PARTICLES, ash_alone::PARTICLES);
        Ok(Self { renderer, schedule: frame.schedule()?.with_threads(threads) })
    }

    /// Runs a frame that is not measured.
    pub fn warm_up(&mut self, world: &mut World) -> Result<Arc<Plan>, Error> {
        let frame = self.renderer.begin_frame()?;
        self.schedule.run_with(world, &frame)?;
        let plan = frame.plan().ok_or("the frame has a plan")?;
        self.renderer.end_frame(frame)?.wait(crate::gpu::TIMEOUT)?;
        Ok(plan)
    }

    /// Records and submits a frame, and waits for it; returns how long the first two took.
    pub fn frame(&mut self, world: &mut World) -> Result<Duration, Error> {
        let begun = Instant::now();
        let frame = self.measured_begin()?;
        self.measured_run(world, &frame)?;
        let done = self.measured_end(frame)?;
        let time = begun.elapsed();
        done.wait(crate::gpu::TIMEOUT)?;
        Ok(time)
    }

    /// As [`Self::frame`]; returns how long each part took, with a clock between them.
    pub fn frame_in_parts(&mut self, world: &mut World) -> Result<Parts, Error> {
        let begun = Instant::now();
        let frame = self.measured_begin()?;
        let ready = begun.elapsed();
        self.measured_run(world, &frame)?;
        let recorded = begun.elapsed();
        let done = self.measured_end(frame)?;
        let ended = begun.elapsed();
        done.wait(crate::gpu::TIMEOUT)?;
        Ok([ready, recorded.saturating_sub(ready), ended.saturating_sub(recorded)])
    }

    // What is measured. Functions of their own for who counts their instructions.

    #[inline(never)]
    fn measured_begin(&self) -> Result<VkFrame, Error> {
        Ok(self.renderer.begin_frame()?)
    }

    #[inline(never)]
    fn measured_run(&mut self, world: &mut World, frame: &VkFrame) -> Result<(), Error> {
        Ok(self.schedule.run_with(world, frame)?)
    }

    #[inline(never)]
    fn measured_end(&self, frame: VkFrame) -> Result<TimelinePoint, Error> {
        Ok(self.renderer.end_frame(frame)?)
    }
}
