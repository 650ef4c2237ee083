//! Thousands of draws, recorded on all threads at once and executed in program order: the same picture on any number of threads.
//!
//! ```text
//! cargo run --release --example parallel_recording_demo -- --validate
//! ```
//!
//! Four systems each draw a strip of one picture. They declare that they write the same image, so that their commands execute
//! one after another; nothing on the CPU orders them, so that they record at the same time. A fifth draws more than all of
//! them together: it splits itself, and its chunks are recorded side by side, too.

#![allow(clippy::many_single_char_names, reason = "x, y, width and height of a square")]

#[allow(unsafe_code, reason = "makes a pipeline with Vulkan, and binds it")]
mod pipeline;

use std::collections::BTreeMap;
use std::error::Error;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use ash::vk;
use clap::Parser;
use fencewright::Threads;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{
    BufferDesc, ColorAttachment, GpuBuffer, ImageDesc, Memory, RendererDesc, RenderingDesc, Validation, VkRenderer,
};

use crate::pipeline::Pipeline;

const SIZE: u32 = 512;
const STRIPS: u32 = 4;

/// Records draws on one thread and on several.
#[derive(Debug, Parser)]
struct Options {
    /// How many draws there are in a frame.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    draws: u32,
    /// How many frames are drawn.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// How many threads record; 0 is one for each core.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=1024))]
    threads: u16,
    /// Lets the validation layer look, synchronization included. Recording is far slower then.
    #[arg(long)]
    validate: bool,
}

/// The picture.
struct Canvas;
/// The picture where the host reads it.
struct Pixels;

/// Who recorded how much.
#[derive(Clone, Default)]
struct Work(Arc<Mutex<BTreeMap<String, (u32, Duration)>>>);

impl Work {
    fn add(&self, draws: u32, took: Duration) {
        let id: ThreadId = std::thread::current().id();
        let mut work = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (sum, time) = work.entry(format!("{id:?}")).or_default();
        *sum += draws;
        *time += took;
    }
}

#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<Canvas> as ColorAttachment)]
struct Clear;

impl Run for Clear {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let colors = [ColorAttachment::clear(cx.image::<Canvas>()?, [0.02, 0.02, 0.05, 1.0])];
        cx.encoder()?.begin_rendering(&RenderingDesc { colors: &colors, ..RenderingDesc::default() })?;
        Ok(())
    }
}

/// Draws squares over one strip of the picture.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<Canvas> as ColorAttachment)]
struct Strip {
    number: u32,
    draws: u32,
    pipeline: Arc<Pipeline>,
    work: Work,
}

impl Run for Strip {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let begun = Instant::now();
        let colors = [ColorAttachment::new(cx.image::<Canvas>()?)];
        let mut cmd = cx.encoder()?;
        let mut rendering = cmd.begin_rendering(&RenderingDesc { colors: &colors, ..RenderingDesc::default() })?;
        self.pipeline.bind(&mut rendering);
        for draw in 0..self.draws {
            let along = draw as f32 / self.draws as f32;
            let across = (self.number as f32 + 0.5 + 0.4 * (along * 40.0).sin()) / STRIPS as f32;
            let color = [0.2 + 0.8 * along, 0.3 + 0.15 * self.number as f32, 1.0 - along, 1.0];
            self.pipeline.square(&mut rendering, [along * 2.0 - 1.0, across * 2.0 - 1.0, 0.02, 0.02], color);
        }
        drop(rendering);
        self.work.add(self.draws, begun.elapsed());
        Ok(())
    }
}

/// Draws squares over the whole picture, in chunks.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<Canvas> as ColorAttachment)]
struct Field {
    draws: u32,
    chunks: u32,
    pipeline: Arc<Pipeline>,
    work: Work,
}

impl Run for Field {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let colors = [ColorAttachment::new(cx.image::<Canvas>()?)];
        let (draws, chunks) = (self.draws, self.chunks);
        let (pipeline, work) = (&self.pipeline, &self.work);
        let desc = RenderingDesc { colors: &colors, ..RenderingDesc::default() };
        cx.encoder()?.render_chunks(&desc, chunks as usize, |chunk, rendering| {
            let begun = Instant::now();
            let chunk = chunk as u32;
            let until = |chunk: u32| (u64::from(draws) * u64::from(chunk) / u64::from(chunks)) as u32;
            let mine = until(chunk)..until(chunk + 1);
            pipeline.bind(rendering);
            for draw in mine.clone() {
                let angle = draw as f32 * 2.399_963;
                let radius = (draw as f32 / draws as f32).sqrt() * 0.95;
                let color = [0.9, 0.6 + 0.4 * angle.sin(), radius, 1.0];
                pipeline.square(rendering, [radius * angle.cos(), radius * angle.sin(), 0.006, 0.006], color);
            }
            work.add(mine.end - mine.start, begun.elapsed());
            Ok(())
        })
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuImage<Canvas> as CopySource)]
#[writes(GpuBuffer<Pixels> as CopyDestination)]
struct ReadBack;

impl Run for ReadBack {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (canvas, pixels) = (cx.image::<Canvas>()?, cx.buffer::<Pixels>()?);
        cx.encoder()?.copy_image_to_buffer(canvas, &ImageRegion::default(), pixels, 0)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    clear: (Clear,),
    #[stage(after = "clear")]
    draw: (Strip, Strip, Strip, Strip, Field),
    #[stage(after = "draw")]
    read_back: (ReadBack,),
}

/// What a number of frames came to.
struct Drawn {
    /// The least time that recording one frame took.
    record: Duration,
    work: Work,
    pixels: Vec<u8>,
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(options.threads.into()).build()?);
    let count = pool.current_num_threads();
    let validation = if options.validate { Validation::Synchronization } else { Validation::Off };
    let desc = RendererDesc { validation, recorders: count, ..RendererDesc::default() };
    let renderer = Arc::new(VkRenderer::headless(desc)?);
    let usage = vk::ImageUsageFlags::COLOR_ATTACHMENT | vk::ImageUsageFlags::TRANSFER_SRC;
    let format = vk::Format::R8G8B8A8_UNORM;
    renderer.create_image::<Canvas>(&ImageDesc::new(SIZE, SIZE, format, usage))?;
    let len_bytes = u64::from(SIZE * SIZE * 4);
    let usage = vk::BufferUsageFlags::TRANSFER_DST;
    let pixels = renderer.create_buffer::<Pixels>(&BufferDesc {
        len_bytes,
        usage,
        memory: Memory::Readback,
        ..BufferDesc::default()
    })?;
    let pipeline = Arc::new(Pipeline::new(&renderer, format)?);

    println!("{}: {} draws in each of {} frames", renderer.device_info().name, options.draws, options.frames);
    let one = draw(options, &renderer, &pipeline, pixels, Threads::Inline, 1)?;
    report("one thread", &one, options);
    let many = draw(options, &renderer, &pipeline, pixels, Threads::Pool(pool), count)?;
    report(&format!("{count} threads"), &many, options);
    println!("recording one frame: {:.2} times as fast", one.record.as_secs_f64() / many.record.as_secs_f64());

    let (first, second) = (hash(&one.pixels), hash(&many.pixels));

    if first == second {
        println!("the picture is the same, {first:016x}");
    } else {
        println!("the pictures differ: {first:016x} and {second:016x}");
    }
    drop(pipeline);
    if options.validate {
        println!("{}", renderer.messages());
    }
    if first != second || one.pixels.iter().all(|byte| *byte == one.pixels[0]) {
        return Err("the pictures differ, or there is nothing to see".into());
    }
    if renderer.messages().count > 0 { Err("the validation layer found something".into()) } else { Ok(()) }
}

/// Draws all frames on some threads.
fn draw(
    options: &Options,
    renderer: &VkRenderer,
    pipeline: &Arc<Pipeline>,
    pixels: GpuBuffer<Pixels>,
    threads: Threads,
    count: usize,
) -> Result<Drawn, Box<dyn Error>> {
    let work = Work::default();
    let half = options.draws / 2;
    let strip = |number: u32| Strip {
        number,
        draws: half * (number + 1) / STRIPS - half * number / STRIPS,
        pipeline: Arc::clone(pipeline),
        work: work.clone(),
    };
    let chunks = u32::try_from(count * 2)?;
    let field = Field { draws: options.draws - half, chunks, pipeline: Arc::clone(pipeline), work: work.clone() };
    let draw = (strip(0), strip(1), strip(2), strip(3), field);
    let mut schedule = Frame { clear: (Clear,), draw, read_back: (ReadBack,) }.schedule()?.with_threads(threads);
    let mut world = World::new();
    let mut record = Duration::MAX;
    let mut last = None;
    for _ in 0..options.frames {
        let frame = renderer.begin_frame()?;
        let begun = Instant::now();
        schedule.run_with(&mut world, &frame)?;
        record = record.min(begun.elapsed());
        last = Some(renderer.end_frame(frame)?);
    }
    let last = last.ok_or("no frame was drawn")?;
    Ok(Drawn { record, work, pixels: renderer.read_buffer(pixels, &last)? })
}

fn report(title: &str, drawn: &Drawn, options: &Options) {
    println!("{title}: recording one frame takes {:.3} ms at least", drawn.record.as_secs_f64() * 1e3);
    let work = drawn.work.0.lock().unwrap_or_else(PoisonError::into_inner);
    for (thread, (draws, time)) in work.iter() {
        let frames = f64::from(options.frames);
        let each = time.as_secs_f64() * 1e9 / f64::from((*draws).max(1));
        println!("    {thread:>14}  {:8.0} draws a frame, {each:.0} ns each", f64::from(*draws) / frames);
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
