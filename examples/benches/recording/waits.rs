//! What it costs to wait for a short submission behind a long one, and how late the one who waits is.

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use ash::vk;
use fencewright::prelude::*;
use fencewright_examples::println;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, RendererDesc, TimelinePoint, VkRenderer};

use crate::TIMEOUT;

const ROUNDS: usize = 20;
/// How often the one who looks on asks how far the device is.
const LOOK: Duration = Duration::from_micros(20);

struct Filled;

/// Fills a buffer many times.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Filled> as Fill)]
struct FillOften(u32);

impl Run for FillOften {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (filled, mut cmd) = (cx.buffer::<Filled>()?, cx.encoder()?);
        for word in 0..self.0 {
            cmd.fill_buffer(filled, 0..filled.len_bytes(), word)?;
        }
        Ok(())
    }
}

/// How one wait went.
struct Waited {
    wall: Duration,
    /// The time of the CPU that the thread which waits took.
    cpu: Duration,
    /// From when the one who looks on saw it done until the wait was over.
    late: Duration,
}

pub(crate) fn waits() -> Result<(), Box<dyn Error>> {
    let renderer = VkRenderer::headless(RendererDesc::default())?;
    let usage = vk::BufferUsageFlags::TRANSFER_DST;
    renderer.create_buffer::<Filled>(&BufferDesc { len_bytes: 32 << 20, usage, ..BufferDesc::default() })?;
    let schedule = |fills| Schedule::builder().stage(Stage::new("fill").system(FillOften(fills))).build();
    let (mut long, mut short) = (schedule(40)?, schedule(1)?);
    let mut waited = Vec::new();
    for _ in 0..ROUNDS {
        submit(&renderer, &mut long)?;
        let point = submit(&renderer, &mut short)?;
        waited.push(wait(&point)?);
    }
    let median = |of: fn(&Waited) -> Duration| {
        let mut all: Vec<Duration> = waited.iter().map(of).collect();
        all.sort_unstable();
        (all[ROUNDS / 2].as_secs_f64() * 1e6, all[ROUNDS - 1].as_secs_f64() * 1e6)
    };
    let [(wall, _), (cpu, most_cpu), (late, latest)] =
        [median(|waited| waited.wall), median(|waited| waited.cpu), median(|waited| waited.late)];
    println!("{}, {ROUNDS} waits, median and most", renderer.device_info().name);
    println!("  a wait takes       {:.1} ms", wall / 1e3);
    println!("  of the CPU         {cpu:.0} us, {most_cpu:.0} us: {:.3} %", cpu / wall * 100.0);
    println!(
        "  late by            {late:.0} us, {latest:.0} us, seen from a thread that asks each {} us",
        LOOK.as_micros()
    );
    renderer.shutdown(TIMEOUT)?;
    Ok(())
}

fn submit(renderer: &VkRenderer, schedule: &mut Schedule) -> Result<TimelinePoint, Box<dyn Error>> {
    let frame = renderer.begin_frame()?;
    schedule.run_with(&mut World::new(), &frame)?;
    Ok(renderer.end_frame(frame)?)
}

fn wait(point: &TimelinePoint) -> Result<Waited, Box<dyn Error>> {
    std::thread::scope(|scope| {
        let looks_on = scope.spawn(|| {
            while !point.is_done()? {
                std::thread::sleep(LOOK);
            }
            Ok::<_, fencewright_graphics::VkError>(Instant::now())
        });
        let (begun, cpu_before) = (Instant::now(), on_cpu()?);
        point.wait(TIMEOUT)?;
        let ended = Instant::now();
        let cpu = on_cpu()?.saturating_sub(cpu_before);
        let seen = looks_on.join().map_err(|_| "the thread that looks on panicked")??;
        Ok(Waited { wall: ended - begun, cpu, late: ended.saturating_duration_since(seen) })
    })
}

/// Returns how long this thread was on a CPU, as Linux counts it.
fn on_cpu() -> Result<Duration, Box<dyn Error>> {
    let counted = fs::read_to_string("/proc/thread-self/schedstat")?;
    let ns = counted.split_whitespace().next().ok_or("no count")?.parse()?;
    Ok(Duration::from_nanos(ns))
}
