//! A frame as a renderer makes it: 32 systems, 26 of them passes on the GPU, and no barrier written by hand.
//!
//! `cargo run --release --example frame` draws a galaxy of small solids around a sculpture, with sparks, shadows and glow;
//! `--scene FILE.glb` puts a scene of yours in the middle. What each system touches stands in `systems/`, the stages in
//! `frame.rs`; the order of the systems, their overlap and every barrier follow from that. `plan.txt` says which barriers
//! there are, and why.

#![allow(unreachable_pub, reason = "an example is one crate: `pub` says what a module offers to the others")]
#![allow(
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "colours and places in pictures are small and never below zero"
)]
#![allow(clippy::many_single_char_names, reason = "geometry calls its corners a, b and c")]

mod by_hand;
mod camera;
mod frame;
#[allow(unsafe_code, reason = "makes pipelines and descriptor sets with Vulkan")]
mod gpu;
mod layout;
mod options;
mod output;
mod particles;
mod progress;
mod queues;
mod reference;
mod render;
mod report;
mod resources;
mod scene;
mod shaders;
mod sun;
mod systems;
mod world;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use fencewright::prelude::*;
use fencewright_graphics::VkRenderer;
use fencewright_graphics::plan::{self, Plan};
use fencewright_graphics::prelude::*;

use crate::frame::Frame;
use crate::gpu::{Device, Gpu, Programs};
use crate::options::{Mode, Options};
use crate::output::OutputFolder;
use crate::queues::Lanes;
use crate::render::Fetched;
use crate::report::{Done, Execution, Report};
use crate::scene::Scene;
use crate::world::Statistics;

type Error = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let options = Options::parse();
    if options.validate {
        gpu::look_between_submits(options.topology != options::Queues::One);
    }
    match run(&options) {
        Ok(report) => {
            if let Err(error) = report.print(&options) {
                eprintln!("error: the standard output cannot be written: {error}");
                return ExitCode::FAILURE;
            }
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<Report, Error> {
    options.check()?;
    let scene = scene::load(options.scene.as_deref())?;
    let out = OutputFolder::create(&options.out)?;
    if let Some(file) = &options.trace {
        output::check(file)?;
    }
    let threads = threads(options)?;
    match gpu::open(options, threads.lanes())? {
        Device::Here(renderer) => {
            let report = execute(options, &scene, &threads, &renderer, &out)?;
            renderer.shutdown(gpu::TIMEOUT)?;
            Ok(report)
        }
        Device::Absent(why) if options.validate || options.mode == Mode::Validate => {
            Err(format!("nothing was drawn, so that nothing could be validated: {why}").into())
        }
        Device::Absent(why) => plan(options, &scene, &threads, why, &out),
    }
}

/// Draws the frames and writes what came of them.
fn execute(
    options: &Options,
    scene: &Scene,
    threads: &Threads,
    renderer: &VkRenderer,
    out: &OutputFolder,
) -> Result<Report, Error> {
    let mut world = world::populate(scene);
    let gpu = Gpu::new(renderer, scene, world::motes(scene), options)?;
    let mut schedule = Frame::new(scene, options.size, &gpu.programs).schedule()?.with_threads(threads.clone());
    render::load(renderer, scene)?;
    if options.trace.is_some() {
        schedule.record();
    }
    let frames = render::draw(renderer, &mut schedule, &mut world, options.frames.get())?;
    let fetched = Fetched::new(renderer, &gpu.contents, scene, options.size, &frames)?;

    let difference = fetched.compare(scene, options.size, &world);
    let statistics = world.get::<Statistics>().copied().unwrap_or_default();
    let recording = schedule.take_recording();
    let by_hand = match options.mode {
        Mode::Validate => Some(by_hand::leave_out_each(renderer, &mut schedule, &mut world)?),
        Mode::Hints | Mode::Auto => None,
    };

    if let Some(file) = &options.trace {
        output::text(file, &recording.to_perfetto())?;
    }
    if let Some(by_hand) = &by_hand {
        out.text("missing.txt", &format!("{}{}", by_hand.together.text, by_hand.one_at_a_time.text))?;
    }
    out.picture("frame.png", options.size, &fetched.picture)?;
    write_plan(out, &schedule, (&frames.plan, &frames.quality))?;
    let done = Done {
        device: render::device(renderer),
        frames: options.frames.get(),
        frame_ms: frames.frame_ms,
        drawn: fetched.drawn(scene.objects.len()),
        objects: scene.objects.len(),
        statistics,
        by_hand,
        difference,
        validation: render::validation(renderer, options.policy),
    };
    Ok(report(options, scene, threads, &schedule, (&frames.plan, &frames.quality), Execution::Done(Box::new(done))))
}

/// Writes what the barriers would be.
fn plan(options: &Options, scene: &Scene, threads: &Threads, why: String, out: &OutputFolder) -> Result<Report, Error> {
    let schedule = Frame::new(scene, options.size, &Programs::default()).schedule()?;
    let planning = plan::Options { policy: options.policy.into(), ..plan::Options::default() };
    let (plan, quality) = schedule.barrier_report_on(&options.topology.topology(), options.pass_order(), planning)?;
    write_plan(out, &schedule, (&plan, &quality))?;
    if !options.json {
        output::print(&format!("{plan}\n"))?;
    }
    Ok(report(options, scene, threads, &schedule, (&plan, &quality), Execution::Planned(why)))
}

fn write_plan(out: &OutputFolder, schedule: &Schedule, (plan, quality): (&Plan, &plan::Report)) -> Result<(), Error> {
    out.text("plan.txt", &format!("{plan}\n{}", quality.display(plan)))?;
    out.text("plan.json", &plan.to_json())?;
    out.text("schedule.dot", &schedule.to_dot())?;
    Ok(())
}

fn report(
    options: &Options,
    scene: &Scene,
    threads: &Threads,
    schedule: &Schedule,
    (plan, quality): (&Plan, &plan::Report),
    execution: Execution,
) -> Report {
    Report {
        scene: scene.name.clone(),
        size: options.size,
        threads: threads.lanes(),
        systems: schedule.program().systems().len(),
        edges: schedule.graph().edges().len(),
        passes: plan.passes.len(),
        lanes: Lanes::new(options.topology.topology(), plan.topology.clone()),
        quality: quality.clone(),
        objects: scene.objects.len(),
        execution,
        out: options.out.display().to_string(),
    }
}

/// Returns a pool of as many threads as are asked for.
fn threads(options: &Options) -> Result<Threads, Error> {
    let count = options.threads.or_else(|| std::thread::available_parallelism().ok()).map_or(1, Into::into);
    if count == 1 {
        return Ok(Threads::Inline);
    }
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    let pool =
        pool.map_err(|error| format!("{count} threads cannot be started ({error}); ask for fewer with `--threads`"))?;
    Ok(Threads::Pool(Arc::new(pool)))
}
