//! Thousands of draws, recorded on all threads at once and executed in program order: the same picture on any number of threads.
//!
//! ```text
//! cargo run --release --example parallel_recording_demo -- --validate
//! ```
//!
//! Four systems each draw a strip of one picture. They declare that they write the same image, so that their commands execute
//! one after another; nothing on the CPU orders them, so that they record at the same time. A fifth draws more than all of
//! them together: if they are enough to pay, it splits itself, and its chunks are recorded side by side, too.

#![allow(clippy::many_single_char_names, reason = "x, y, width and height of a square")]

#[allow(unsafe_code, reason = "makes a pipeline with Vulkan, and binds it")]
mod pipeline;

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use ash::vk;
use clap::Parser;
use fencewright::Threads;
use fencewright::prelude::*;
use fencewright_examples::println;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{
    BufferDesc, ColorAttachment, GpuBuffer, ImageDesc, Memory, RendererDesc, Rendering, RenderingDesc, TimelinePoint,
    Validation, VkRenderer,
};

use crate::pipeline::Pipeline;

const SIZE: u32 = 512;
const STRIPS: u32 = 4;
/// So many frames are drawn on one thread, and then as many on several.
const TURN: u32 = 20;

/// Records draws on one thread and on several.
#[derive(Debug, Parser)]
struct Options {
    /// How many draws there are in a frame.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    draws: u32,
    /// How many frames are drawn.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    frames: u32,
    /// In how many chunks the fifth system records; 0 is in as many as pay, which are none for few draws.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    chunks: u32,
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

/// Draws squares over the whole picture: in so many chunks, or, if that is 0, in as many as pay.
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
        let desc = RenderingDesc { colors: &colors, ..RenderingDesc::default() };
        let mut cmd = cx.encoder()?;
        let (draws, chunks) = (self.draws as usize, self.chunks as usize);
        match chunks {
            0 => cmd.render_split(&desc, draws, |mine, rendering| {
                self.record(mine, rendering);
                Ok(())
            }),
            count => cmd.render_chunks(&desc, count, |chunk, rendering| {
                self.record(draws * chunk / count..draws * (chunk + 1) / count, rendering);
                Ok(())
            }),
        }
    }
}

impl Field {
    fn record(&self, mine: Range<usize>, rendering: &mut Rendering<'_>) {
        let begun = Instant::now();
        let count = mine.len();
        self.pipeline.bind(rendering);
        for draw in mine {
            let angle = draw as f32 * 2.399_963;
            let radius = (draw as f32 / self.draws as f32).sqrt() * 0.95;
            let color = [0.9, 0.6 + 0.4 * angle.sin(), radius, 1.0];
            self.pipeline.square(rendering, [radius * angle.cos(), radius * angle.sin(), 0.006, 0.006], color);
        }
        self.work.add(count as u32, begun.elapsed());
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

/// A schedule that records, and how long it took for each frame.
struct Recording {
    schedule: Schedule,
    world: World,
    work: Work,
    took: Vec<Duration>,
}

/// What a number of frames came to.
struct Drawn {
    /// How long recording each frame took, the shortest first.
    took: Vec<Duration>,
    work: Work,
    pixels: Vec<u8>,
}

impl Drawn {
    fn least(&self) -> Duration {
        self.took[0]
    }

    fn median(&self) -> Duration {
        self.took[self.took.len() / 2]
    }
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
    let mut one = Recording::new(options, &pipeline, Threads::Inline)?;
    let mut many = Recording::new(options, &pipeline, Threads::Pool(pool))?;
    // They take turns, so that whatever else the machine does meets both, but not with each frame: what the pools of a frame in
    // flight keep is nearest to the threads that recorded there last.
    let mut left = options.frames;
    while left > 0 {
        let turn = left.min(TURN);
        (0..turn).try_for_each(|_| one.frame(&renderer).map(drop))?;
        (0..turn).try_for_each(|_| many.frame(&renderer).map(drop))?;
        left -= turn;
    }
    // Once more, for the picture that each leaves.
    let (one, many) = (one.end(&renderer, pixels)?, many.end(&renderer, pixels)?);
    report("one thread", &one, options);
    report(&format!("{count} threads"), &many, options);
    let times = |one: Duration, many: Duration| one.as_secs_f64() / many.as_secs_f64();
    let (least, median) = (times(one.least(), many.least()), times(one.median(), many.median()));
    println!("recording one frame: {least:.2} times as fast at least, {median:.2} in the median");

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

impl Recording {
    fn new(options: &Options, pipeline: &Arc<Pipeline>, threads: Threads) -> Result<Self, Box<dyn Error>> {
        let work = Work::default();
        let half = options.draws / 2;
        let strip = |number: u32| Strip {
            number,
            draws: half * (number + 1) / STRIPS - half * number / STRIPS,
            pipeline: Arc::clone(pipeline),
            work: work.clone(),
        };
        let field = Field {
            draws: options.draws - half,
            chunks: options.chunks,
            pipeline: Arc::clone(pipeline),
            work: work.clone(),
        };
        let draw = (strip(0), strip(1), strip(2), strip(3), field);
        let schedule = Frame { clear: (Clear,), draw, read_back: (ReadBack,) }.schedule()?.with_threads(threads);
        Ok(Self { schedule, world: World::new(), work, took: Vec::new() })
    }

    /// Draws a frame.
    fn frame(&mut self, renderer: &VkRenderer) -> Result<TimelinePoint, Box<dyn Error>> {
        let frame = renderer.begin_frame()?;
        let begun = Instant::now();
        self.schedule.run_with(&mut self.world, &frame)?;
        self.took.push(begun.elapsed());
        Ok(renderer.end_frame(frame)?)
    }

    /// Draws the last frame, and reads the picture.
    fn end(mut self, renderer: &VkRenderer, pixels: GpuBuffer<Pixels>) -> Result<Drawn, Box<dyn Error>> {
        let last = self.frame(renderer)?;
        let pixels = renderer.read_buffer(pixels, &last)?;
        self.took.sort_unstable();
        Ok(Drawn { took: self.took, work: self.work, pixels })
    }
}

fn report(title: &str, drawn: &Drawn, options: &Options) {
    let us = |took: Duration| took.as_secs_f64() * 1e6;
    println!(
        "{title}: recording one frame takes {:.1} us at least, {:.1} us in the median",
        us(drawn.least()),
        us(drawn.median())
    );
    let work = drawn.work.0.lock().unwrap_or_else(PoisonError::into_inner);
    for (thread, (draws, time)) in work.iter() {
        let frames = f64::from(options.frames) + 1.0;
        let each = time.as_secs_f64() * 1e9 / f64::from((*draws).max(1));
        println!("    {thread:>14}  {:8.1} draws a frame, {each:.0} ns each", f64::from(*draws) / frames);
    }
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
