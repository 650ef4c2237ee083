//! What recording on several threads costs: memory for each thread, time for each secondary command buffer, and whether
//! `render_split`, or a frame of several passes, is ever slower than one thread.
//!
//! `cargo bench -p fencewright-examples --bench recording [-- SECTION ..]`, with the sections `memory`, `secondaries`, `split`,
//! `frames`, `by-hand` and `waits`: that one is about waiting for the device.

#[allow(unsafe_code, reason = "records with Vulkan")]
mod by_hand;
mod frames;
// The very memory that the renderer keeps for commands, so that by hand can have it as well.
#[path = "../../../graphics/src/record/host_memory.rs"]
#[allow(
    unsafe_code,
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "hands out memory to the driver; its tests are where it is at home"
)]
mod host_memory;

#[allow(dead_code, reason = "the example's own file, of which this uses a part")]
#[path = "../../parallel_recording_demo/pipeline.rs"]
#[allow(unsafe_code, reason = "makes a pipeline with Vulkan, and binds it")]
mod pipeline;
mod waits;

use std::error::Error;
use std::process::Command;
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ash::vk;
use fencewright::Threads;
use fencewright::prelude::*;
use fencewright_examples::println;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, ImageDesc, RendererDesc, Rendering, RenderingDesc, VkRenderer};

use crate::by_hand::ByHand;
use crate::frames::{Device, Side};
use crate::pipeline::Pipeline;

const TIMEOUT: Duration = Duration::from_secs(10);
/// The width and height of the picture where the device is to be done soon.
const SIDE: u32 = 8;
/// And where it is to be busy while the next frame is recorded.
const RENDERED_SIDE: u32 = 512;
const FORMAT: vk::Format = vk::Format::R8G8B8A8_UNORM;

/// The picture: small, so that the device is soon done with it.
struct Canvas;

/// How a pass is recorded.
#[derive(Clone)]
pub(crate) enum How {
    /// Into the pass's own command buffer.
    Inline,
    /// In so many secondary command buffers.
    Chunks(usize),
    /// The same, with each in the hand of another thread: none goes on until all have come.
    EachOnItsThread(usize, Arc<Barrier>),
    /// As the encoder sees fit.
    Split,
    /// With Vulkan alone, in secondary command buffers of the pass's own.
    ByHand(Arc<Mutex<ByHand>>),
}

#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<Canvas> as ColorAttachment)]
pub(crate) struct Drawing {
    draws: usize,
    how: How,
    pipeline: Arc<Pipeline>,
    /// How long it took from the end of the last draw to the end of the rendering.
    finalized: Arc<Mutex<Duration>>,
}

impl Drawing {
    pub(crate) fn new(stand: &Stand, draws: usize, how: How) -> Self {
        Self { draws, how, pipeline: Arc::clone(&stand.pipeline), finalized: Arc::default() }
    }
}

impl Run for Drawing {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let colors = [ColorAttachment::clear(cx.image::<Canvas>()?, [0.0; 4])];
        let desc = RenderingDesc { colors: &colors, ..RenderingDesc::default() };
        let mut cmd = cx.encoder()?;
        let drawn = Mutex::new(Instant::now());
        let chunk = |count: usize, rendering: &mut Rendering<'_>| {
            record(&self.pipeline, count, rendering);
            *drawn.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        };
        let share = |number: usize, count: usize| self.draws * (number + 1) / count - self.draws * number / count;
        match &self.how {
            How::Inline => chunk(self.draws, &mut cmd.begin_rendering(&desc)?),
            How::Chunks(count) => cmd.render_chunks(&desc, *count, |number, rendering| {
                chunk(share(number, *count), rendering);
                Ok(())
            })?,
            How::EachOnItsThread(count, all) => cmd.render_chunks(&desc, *count, |number, rendering| {
                all.wait();
                chunk(share(number, *count), rendering);
                Ok(())
            })?,
            How::Split => cmd.render_split(&desc, self.draws, |draws, rendering| {
                chunk(draws.len(), rendering);
                Ok(())
            })?,
            How::ByHand(by_hand) => {
                let mut by_hand = by_hand.lock().unwrap_or_else(PoisonError::into_inner);
                by_hand.record(cmd.raw(), desc.colors[0].view.raw(), self.draws)?;
                *drawn.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            }
        }
        let drawn = *drawn.lock().unwrap_or_else(PoisonError::into_inner);
        *self.finalized.lock().unwrap_or_else(PoisonError::into_inner) = drawn.elapsed();
        Ok(())
    }
}

fn record(pipeline: &Pipeline, draws: usize, rendering: &mut Rendering<'_>) {
    pipeline.bind(rendering);
    for draw in 0..draws {
        let along = draw as f32 / draws as f32;
        pipeline.square(rendering, [along * 2.0 - 1.0, 0.0, 0.02, 0.02], [along, 0.5, 1.0, 1.0]);
    }
}

#[derive(Schedule)]
struct Frame {
    draw: (Drawing,),
}

/// One way to record, in use.
struct Way {
    renderer: Arc<VkRenderer>,
    schedule: Schedule,
    finalized: Arc<Mutex<Duration>>,
}

/// What one frame took: to record, of that to finalize, and to end.
#[derive(Clone, Copy)]
struct Took {
    record: Duration,
    finalize: Duration,
    end: Duration,
}

impl Way {
    fn new(stand: &Stand, draws: usize, how: How, threads: Threads) -> Result<Self, Box<dyn Error>> {
        let draw = Drawing::new(stand, draws, how);
        let finalized = Arc::clone(&draw.finalized);
        let schedule = Frame { draw: (draw,) }.schedule()?.with_threads(threads);
        Ok(Self { renderer: Arc::clone(&stand.renderer), schedule, finalized })
    }

    /// Runs a frame, and waits until the device has done it.
    fn frame(&mut self) -> Result<Took, Box<dyn Error>> {
        let frame = self.renderer.begin_frame()?;
        let begun = Instant::now();
        self.schedule.run_with(&mut World::new(), &frame)?;
        let record = begun.elapsed();
        let ending = Instant::now();
        let point = self.renderer.end_frame(frame)?;
        let end = ending.elapsed();
        point.wait(TIMEOUT)?;
        let finalize = *self.finalized.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Took { record, finalize, end })
    }
}

/// A renderer with a canvas and a pipeline.
pub(crate) struct Stand {
    pipeline: Arc<Pipeline>,
    renderer: Arc<VkRenderer>,
}

impl Stand {
    fn new(recorders: usize, side: u32) -> Result<Self, Box<dyn Error>> {
        let renderer = Arc::new(VkRenderer::headless(RendererDesc { recorders, ..RendererDesc::default() })?);
        renderer.create_image::<Canvas>(&ImageDesc::new(side, side, FORMAT, vk::ImageUsageFlags::COLOR_ATTACHMENT))?;
        Ok(Self { pipeline: Arc::new(Pipeline::new(&renderer, FORMAT)?), renderer })
    }
}

fn pool(threads: usize) -> Result<Threads, Box<dyn Error>> {
    Ok(Threads::Pool(Arc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)))
}

/// Runs frames of several ways in turns; returns the medians of each.
fn medians(ways: &mut [Way], frames: usize) -> Result<Vec<Took>, Box<dyn Error>> {
    let mut took: Vec<Vec<Took>> = vec![Vec::new(); ways.len()];
    for frame in 0..frames + 10 {
        for (way, took) in ways.iter_mut().zip(&mut took) {
            let one = way.frame()?;
            if frame >= 10 {
                took.push(one);
            }
        }
    }
    let of = |took: &[Took], part: fn(&Took) -> Duration| {
        let mut times: Vec<_> = took.iter().map(part).collect();
        times.sort_unstable();
        times[times.len() / 2]
    };
    let median = |took: &Vec<Took>| Took {
        record: of(took, |t| t.record),
        finalize: of(took, |t| t.finalize),
        end: of(took, |t| t.end),
    };
    Ok(took.iter().map(median).collect())
}

const MEMORY_DRAWS: usize = 1000;

/// Prints how much more memory this process has when so many threads have recorded than when one has; called in a process of its own.
fn memory_of(threads: usize) -> Result<(), Box<dyn Error>> {
    let stand = Stand::new(threads, SIDE)?;
    let recorded_by = |threads: usize| -> Result<f64, Box<dyn Error>> {
        let how = How::EachOnItsThread(threads, Arc::new(Barrier::new(threads)));
        let mut way = Way::new(&stand, MEMORY_DRAWS, how, pool(threads)?)?;
        for _ in 0..20 {
            way.frame()?;
        }
        let status = std::fs::read_to_string("/proc/self/status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).ok_or("there is no line `RssAnon`")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    };
    recorded_by(1)?;
    let one = recorded_by(1)?;
    println!("{}", recorded_by(threads)? - one);
    Ok(())
}

fn memory() -> Result<(), Box<dyn Error>> {
    println!(
        "memory: what more is resident after 20 frames of {MEMORY_DRAWS} draws, a secondary command buffer on each thread"
    );
    for threads in [33, 65] {
        let mut runs = Vec::new();
        for _ in 0..9 {
            let output = Command::new(std::env::current_exe()?).args(["memory-of", &threads.to_string()]).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
            }
            runs.push(String::from_utf8_lossy(&output.stdout).trim().parse::<f64>()? / f64::from(threads - 1));
        }
        runs.sort_by(f64::total_cmp);
        let [least, median, most] = [runs[0], runs[4], runs[8]];
        println!("  {threads:>3} threads  {median:6.0} KiB for each thread past the first [{least:.0}, {most:.0}]");
    }
    Ok(())
}

const SECONDARY_DRAWS: usize = 512;

fn secondaries(stand: &Stand) -> Result<(), Box<dyn Error>> {
    println!("secondaries: {SECONDARY_DRAWS} draws recorded by one thread, in one command buffer or in secondary ones");
    let counts = [1_u16, 8, 64, 512];
    let mut ways = vec![Way::new(stand, SECONDARY_DRAWS, How::Inline, Threads::Inline)?];
    for count in counts {
        ways.push(Way::new(stand, SECONDARY_DRAWS, How::Chunks(count.into()), Threads::Inline)?);
    }
    let medians = medians(&mut ways, 300)?;
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let (inline, chunks) = (medians[0], &medians[1..]);
    println!("  inline      {:7.1} us to record, {:5.1} us to end the frame", us(inline.record), us(inline.end));
    for (count, took) in counts.iter().zip(chunks) {
        let each = |time: Duration, without: Duration| (us(time) - us(without)) * 1e3 / f64::from(*count);
        let finalize = us(took.finalize) * 1e3 / f64::from(*count);
        println!(
            "  in {count:>3}      {:7.1} us to record, {:5.1} us to end the frame; each costs {:.0} ns, of that {finalize:.0} ns after \
             its draws, {:.0} ns at the end",
            us(took.record),
            us(took.end),
            each(took.record, inline.record),
            each(took.end, inline.end)
        );
    }
    Ok(())
}

fn split(stand: &Stand) -> Result<(), Box<dyn Error>> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("split: `render_split` on {threads} threads, beside the same draws recorded by one");
    for draws in [10, 99, 1000, 2000, 4000, 10_000] {
        let pool = pool(threads)?;
        let inline = Way::new(stand, draws, How::Inline, pool.clone())?;
        let mut ways = [inline, Way::new(stand, draws, How::Split, pool)?];
        let medians = medians(&mut ways, if draws < 1000 { 1000 } else { 200 })?;
        let [inline, split] = [medians[0].record, medians[1].record].map(|time| time.as_secs_f64() * 1e6);
        println!("  {draws:>6} draws  {inline:7.1} us by one, {split:7.1} us split: {:.3} of it", split / inline);
    }
    Ok(())
}

/// Beside `render_split`: the same with Vulkan alone, by one thread, and each half by another.
fn by_hand(stand: &Stand) -> Result<(), Box<dyn Error>> {
    println!("by-hand: on 2 threads, of the time on one; `render_split`, and two halves by hand");
    for draws in [4000, 10_000] {
        let helper = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(1).build()?);
        let by_hand = |helper| -> Result<How, Box<dyn Error>> {
            Ok(How::ByHand(Arc::new(Mutex::new(ByHand::new(&stand.renderer, &stand.pipeline, helper)?))))
        };
        let side = |how, threads| -> Result<Side, Box<dyn Error>> {
            Ok(Side::new(Frame { draw: (Drawing::new(stand, draws, how),) }.schedule()?.with_threads(threads)))
        };
        let mut sides = [
            side(How::Inline, Threads::Inline)?,
            side(How::Split, pool(2)?)?,
            side(by_hand(None)?, Threads::Inline)?,
            side(by_hand(Some(helper))?, Threads::Inline)?,
        ];
        frames::take_turns(&mut sides, 12, stand, Device::Done)?;
        let [one, split, one_by_hand, halves] = &sides;
        println!(
            "  {draws:>6} draws  ours {:7.1} us on one, split {:.3} of it; by hand {:7.1} us on one, halves {:.3} of it",
            one.median_us(),
            split.of(one),
            one_by_hand.median_us(),
            halves.of(one_by_hand)
        );
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo passes `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    if let [section, threads] = arguments.as_slice()
        && section == "memory-of"
    {
        return memory_of(threads.parse()?);
    }
    let wanted = |section: &str| arguments.is_empty() || arguments.iter().any(|argument| argument == section);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let stand = Stand::new(threads, SIDE)?;
    println!("{}", stand.renderer.device_info().name);
    if wanted("memory") {
        memory()?;
    }
    if wanted("secondaries") {
        secondaries(&stand)?;
    }
    if wanted("split") {
        split(&stand)?;
    }
    if wanted("by-hand") {
        by_hand(&stand)?;
    }
    if wanted("frames") {
        frames::frames(&stand, &Stand::new(threads, RENDERED_SIDE)?)?;
    }
    if wanted("waits") {
        waits::waits()?;
    }
    Ok(())
}
