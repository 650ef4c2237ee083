//! What the passes of the frame cost the CPU, beside the same commands and barriers recorded by hand with ash.
//!
//! `cargo bench -p fencewright-frame --bench overhead [-- SAMPLES]`
//!
//! Only the CPU is measured: making the frame ready, recording and submitting. Each sample waits for the device, outside of
//! the measure, so that no frame waits for another one. The systems of the CPU are left out.

#![allow(
    dead_code,
    unused_imports,
    unfulfilled_lint_expectations,
    unreachable_pub,
    reason = "the frame's own files, of which this uses a part"
)]
#![allow(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "as in the frame")]
#![allow(clippy::many_single_char_names, reason = "as in the frame")]

#[allow(unsafe_code, reason = "records with Vulkan")]
mod ash_alone;
#[path = "../../by_hand.rs"]
mod by_hand;
#[path = "../../camera.rs"]
mod camera;
#[path = "../../frame.rs"]
mod frame;
#[path = "../../gpu/mod.rs"]
#[allow(unsafe_code, reason = "makes pipelines and descriptor sets with Vulkan")]
mod gpu;
#[path = "../../layout.rs"]
mod layout;
#[path = "../../options.rs"]
mod options;
#[path = "../../particles.rs"]
mod particles;
#[path = "../../reference/mod.rs"]
mod reference;
#[path = "../../resources.rs"]
mod resources;
#[path = "../../scene/mod.rs"]
mod scene;
#[path = "../../shaders/mod.rs"]
mod shaders;
#[path = "../../sun.rs"]
mod sun;
#[path = "../../systems/mod.rs"]
mod systems;
#[path = "../../world.rs"]
mod world;

use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use fencewright::prelude::*;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{TimelinePoint, VkRenderer};

use crate::ash_alone::{Buffers, ByHand};
use crate::frame::{Frame, Load};
use crate::gpu::{Device, Gpu};
use crate::options::Options;
use crate::systems::{
    Accumulate, AnimateObjects, Brighten, CullObjects, Downsample, DrawShadow, DrawSurfaces, DrawTransparent,
    LightSurfaces, ReadBack, SimulateParticles, Spread, Tonemap, UploadFrame, Upsample,
};

type Error = Box<dyn std::error::Error>;

/// The passes of the frame, without what the CPU does beside.
#[derive(Schedule)]
struct Passes {
    upload: (UploadFrame,),
    #[stage(after = "upload")]
    simulate: (SimulateParticles, AnimateObjects),
    #[stage(after = "simulate")]
    cull: (CullObjects, CullObjects, CullObjects),
    #[stage(after = "cull")]
    draw: (DrawShadow, DrawShadow, DrawSurfaces),
    #[stage(after = "draw")]
    light: (LightSurfaces, DrawTransparent, Accumulate),
    #[stage(after = "light")]
    bloom: (Brighten, Downsample, Downsample, Downsample, Downsample, Downsample),
    #[stage(after = "bloom")]
    glow: (Spread, Upsample, Upsample, Upsample, Upsample, Upsample),
    #[stage(after = "glow")]
    picture: (Tonemap, ReadBack),
}

/// How many frames of each kind follow one another.
const FRAMES: usize = 4;

fn main() -> Result<(), Error> {
    // Cargo passes `--bench`; a number is how many samples there are.
    let samples = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(400);
    let options = Options::parse_from(["overhead", "--size", "64x36", "--threads", "1"]);
    // Little for the device to do: what is recorded is as long with fewer objects and sparks.
    let mut scene = scene::load(None)?;
    scene.objects.truncate(40);
    let renderer = match gpu::open(&options, 1)? {
        Device::Here(renderer) => renderer,
        Device::Absent(why) => {
            println!("nothing is measured: {why}");
            return Ok(());
        }
    };
    measure(&renderer, &options, &scene, samples)?;
    renderer.shutdown(gpu::TIMEOUT)?;
    Ok(())
}

fn measure(renderer: &VkRenderer, options: &Options, scene: &scene::Scene, samples: usize) -> Result<(), Error> {
    let mut world = world::populate(scene);
    world.get_mut::<world::Dust>().ok_or("there is dust")?.0.resize(1000, glam::Vec4::ONE);
    let gpu = Gpu::new(renderer, scene, world::motes(scene), options)?;
    let frame = renderer.begin_frame()?;
    Load::new(scene).schedule()?.run_with(&mut World::new(), &frame)?;
    renderer.end_frame(frame)?.wait(gpu::TIMEOUT)?;

    let Frame { upload, mut simulate, cull, draw, mut light, bloom, glow, picture, .. } =
        Frame::new(scene, options.size, &gpu.programs);
    (simulate.0.particles, light.1.particles) = (ash_alone::PARTICLES, ash_alone::PARTICLES);
    let passes = Passes { upload, simulate, cull, draw, light, bloom, glow, picture };
    let mut schedule = passes.schedule()?.with_threads(Threads::Inline);
    // The frames after the first ones have two plans, one for each turn of what takes turns.
    let mut plans: Vec<Arc<Plan>> = Vec::new();
    for _ in 0..6 {
        plans.push(ours(renderer, &mut schedule, &mut world)?.2);
    }
    let turns = [&*plans[4], &*plans[5]];
    let mut by_hand = ByHand::new(renderer, &gpu, scene, options.size, &world, turns)?;

    let mut times = [Vec::new(), Vec::new(), Vec::new()];
    let mut shares = [Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..samples {
        // Four frames of each at a time, so that what takes turns is where it was, and caches are as warm for each.
        for _ in 0..FRAMES {
            let (parts, done, _) = ours(renderer, &mut schedule, &mut world)?;
            done.wait(gpu::TIMEOUT)?;
            times[0].push(parts.iter().sum());
            for (share, part) in shares.iter_mut().zip(parts) {
                share.push(part);
            }
        }
        for (times, buffers) in times[1..].iter_mut().zip([Buffers::ForEachPass, Buffers::One]) {
            for frame in 0..FRAMES {
                times.push(by_hand.frame(frame % 2, buffers)?);
            }
        }
    }
    let [ours, for_each, one] = times.map(median);
    let ratio = |other: Duration| ours.as_secs_f64() / other.as_secs_f64();
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    let calls: usize = turns[0].calls.len();
    println!(
        "{}, {} passes, {calls} barrier calls, {samples} times {FRAMES} frames",
        renderer.device_info().name,
        turns[0].passes.len()
    );
    println!("ours                                {:7.1} us a frame", us(ours));
    let [begin, run, end] = shares.map(median);
    println!("  to begin it {:.1} us, to record it {:.1} us, to end it {:.1} us", us(begin), us(run), us(end));
    println!("by hand, a command buffer a pass    {:7.1} us, ours is {:.3} of it", us(for_each), ratio(for_each));
    println!("by hand, one command buffer         {:7.1} us, ours is {:.3} of it", us(one), ratio(one));
    by_hand.destroy();
    Ok(())
}

/// Records and submits a frame; returns how long it took to begin it, to record it and to end it.
fn ours(
    renderer: &VkRenderer,
    schedule: &mut Schedule,
    world: &mut World,
) -> Result<([Duration; 3], TimelinePoint, Arc<Plan>), Error> {
    let begun = Instant::now();
    let frame = renderer.begin_frame()?;
    let ready = begun.elapsed();
    schedule.run_with(world, &frame)?;
    let recorded = begun.elapsed();
    let plan = frame.plan().ok_or("the frame has a plan")?;
    let ending = Instant::now();
    let done = renderer.end_frame(frame)?;
    Ok(([ready, recorded.saturating_sub(ready), ending.elapsed()], done, plan))
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
