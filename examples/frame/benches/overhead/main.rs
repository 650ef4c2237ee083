//! What the passes of the frame cost the CPU, beside the same commands and barriers recorded by hand with ash.
//!
//! `cargo bench -p fencewright-frame --bench overhead [-- [SAMPLES] [count] [whole | passes | small]]`
//!
//! Only the CPU is measured: making the frame ready, recording and submitting. Each sample waits for the device, outside of
//! the measure, so that no frame waits for another one. The systems of the CPU are left out but in `whole`. By hand is measured with the
//! driver's own memory for commands, and with memory that is kept from frame to frame as ours is.
//!
//! Everything is measured twice: with a device that renders each frame, which a software driver does on the same cores, so that
//! caches are cold after it; and with one that is told to render nothing, as if it had cores of its own. `count` prints the
//! calls of a frame of each kind instead, with allocations and page faults; `passes` leaves out the frames with many draws, and
//! `small` all that is rendered, too. `whole` is the whole frame, with what the CPU does for 100,000 entities beside the passes.

#![allow(
    dead_code,
    unused_imports,
    unfulfilled_lint_expectations,
    unreachable_pub,
    reason = "the frame's own files, of which this uses a part"
)]
#![allow(clippy::cast_sign_loss, clippy::cast_possible_wrap, reason = "as in the frame")]
#![allow(clippy::many_single_char_names, reason = "as in the frame")]

#[allow(unsafe_code, reason = "stands before the host's allocator")]
mod allocations;
#[allow(unsafe_code, reason = "records with Vulkan")]
mod ash_alone;
#[path = "../../by_hand.rs"]
mod by_hand;
#[path = "../../camera.rs"]
mod camera;
#[allow(unsafe_code, reason = "puts functions of its own before those of Vulkan")]
mod device;
#[path = "../../frame.rs"]
mod frame;
#[path = "../../gpu/mod.rs"]
#[allow(unsafe_code, reason = "makes pipelines and descriptor sets with Vulkan")]
mod gpu;
// The very memory that the renderer keeps for commands, so that by hand can have it as well.
#[path = "../../../../graphics/src/record/host_memory.rs"]
#[allow(unsafe_code, reason = "hands out memory to the driver")]
mod host_memory;
#[path = "../../layout.rs"]
mod layout;
#[path = "../../options.rs"]
mod options;
#[allow(unsafe_code, reason = "records with Vulkan")]
mod ours;
#[path = "../../particles.rs"]
mod particles;
mod plain_loop;
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
mod whole;
#[path = "../../world.rs"]
mod world;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use fencewright::prelude::*;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{CommandMemory, RendererDesc, VkRenderer};

use crate::ash_alone::{Buffers, ByHand};
use crate::frame::{Frame, Load};
use crate::gpu::{Device, Gpu};
use crate::options::Options;
use crate::ours::Ours;

type Error = Box<dyn std::error::Error>;

/// How many frames of each kind follow one another.
const FRAMES: usize = 4;

/// What is asked for.
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the command line")]
struct Wish {
    samples: usize,
    /// Only the whole frame, with what the CPU does beside the passes.
    only_whole: bool,
    counts: bool,
    /// Only the frame of small passes.
    only_passes: bool,
    /// Only that, and not rendered.
    only_small: bool,
}

fn main() -> Result<(), Error> {
    // Cargo passes `--bench`; a number is how many samples there are.
    let arguments = || std::env::args().skip(1);
    let wish = Wish {
        only_whole: arguments().any(|argument| argument == "whole"),
        samples: arguments().find_map(|argument| argument.parse().ok()).unwrap_or(400),
        counts: arguments().any(|argument| argument == "count"),
        only_passes: arguments().any(|argument| argument == "passes" || argument == "small"),
        only_small: arguments().any(|argument| argument == "small"),
    };
    let options = Options::parse_from(["overhead", "--size", "64x36", "--threads", "1"]);
    // Little for the device to do: what is recorded is as long with fewer objects and sparks.
    let mut scene = scene::load(None)?;
    scene.objects.truncate(40);
    let below = match gpu::open(&options, 1)? {
        Device::Here(renderer) => renderer,
        Device::Absent(why) => {
            println!("nothing is measured: {why}");
            return Ok(());
        }
    };
    let renderer =
        device::between(&below, RendererDesc { timeout: gpu::TIMEOUT, ..RendererDesc::default() }, wish.counts)?;
    measure_all(&renderer, &options, &scene, &wish)?;
    renderer.shutdown(gpu::TIMEOUT)?;
    below.shutdown(gpu::TIMEOUT)?;
    Ok(())
}

fn measure_all(renderer: &VkRenderer, options: &Options, scene: &scene::Scene, wish: &Wish) -> Result<(), Error> {
    let mut world = world::populate(scene);
    world.get_mut::<world::Dust>().ok_or("there is dust")?.0.resize(1000, glam::Vec4::ONE);
    let gpu = Gpu::new(renderer, scene, world::motes(scene), options)?;
    let frame = renderer.begin_frame()?;
    Load::new(scene).schedule()?.run_with(&mut World::new(), &frame)?;
    renderer.end_frame(frame)?.wait(gpu::TIMEOUT)?;
    println!("{}, {} times {FRAMES} frames of each kind", renderer.device_info().name, wish.samples);
    if !wish.counts && !wish.only_passes {
        // A frame of it is as long as many of passes alone.
        whole::measure(renderer, options, scene, &gpu, wish.samples.div_ceil(4).next_multiple_of(4))?;
    }
    if wish.only_whole {
        return Ok(());
    }
    for &draws in if wish.only_passes { &[0][..] } else { &[0, 100, 1000] } {
        let frame = Frame::new(scene, options.size, &gpu.programs);
        let mut ours = Ours::new(renderer, frame, draws)?;
        // The frames after the first ones have two plans, one for each turn of what takes turns.
        let mut plans: Vec<Arc<Plan>> = Vec::new();
        for _ in 0..6 {
            plans.push(ours.warm_up(&mut world)?);
        }
        let turns = [&*plans[4], &*plans[5]];
        let by_hand = |memory| ByHand::new(renderer, &gpu, scene, options.size, &world, turns, (draws, memory));
        let (mut driver, mut kept) = (by_hand(CommandMemory::Driver)?, by_hand(CommandMemory::Kept)?);
        let (passes, calls) = (turns[0].passes.len(), turns[0].calls.len());
        let more = if draws > 0 { format!(", one of them with {draws} draws") } else { String::new() };
        println!("\n{passes} passes{more}, {calls} barrier calls");
        let mut sides = Sides { ours: &mut ours, by_hand: [&mut driver, &mut kept], world: &mut world };
        if wish.counts {
            sides.count()?;
        } else {
            for &renders in if wish.only_small { &[false][..] } else { &[true, false] } {
                device::renders(renders);
                println!("  {}", if renders { "rendered, on these cores" } else { "not rendered" });
                sides.measure(wish.samples)?;
            }
            device::renders(true);
        }
        driver.destroy();
        kept.destroy();
    }
    Ok(())
}

/// The same frame, recorded in several ways.
struct Sides<'a, 'g> {
    ours: &'a mut Ours<'g>,
    /// With the driver's own memory for commands, and with memory that is kept as ours is.
    by_hand: [&'a mut ByHand<'g>; 2],
    world: &'a mut World,
}

/// How a frame is recorded by hand: which of [`Sides::by_hand`], and into what.
const BY_HAND: [(usize, Buffers, &str); 4] = [
    (0, Buffers::ForEachPass, "by hand, a command buffer a pass"),
    (0, Buffers::One, "by hand, one command buffer"),
    (1, Buffers::ForEachPass, "  the first with memory kept"),
    (1, Buffers::One, "  the second with memory kept"),
];

impl Sides<'_, '_> {
    fn measure(&mut self, samples: usize) -> Result<(), Error> {
        let (mut ours, mut by_hand) = (Vec::new(), [const { Vec::new() }; BY_HAND.len()]);
        let mut shares = [const { Vec::new() }; 3];
        for _ in 0..samples {
            // Four frames of each at a time, so that what takes turns is where it was, and caches are as warm for each.
            for _ in 0..FRAMES {
                ours.push(self.ours.frame(self.world)?);
            }
            for (times, (side, buffers, _)) in by_hand.iter_mut().zip(BY_HAND) {
                for frame in 0..FRAMES {
                    times.push(self.by_hand[side].frame(frame % 2, buffers)?);
                }
            }
        }
        // Apart from the others: a clock costs something, too.
        for _ in 0..samples {
            for (share, part) in shares.iter_mut().zip(self.ours.frame_in_parts(self.world)?) {
                share.push(part);
            }
            self.by_hand[0].frame(0, Buffers::ForEachPass)?;
            self.by_hand[0].frame(1, Buffers::ForEachPass)?;
        }
        let us = |time: Duration| time.as_secs_f64() * 1e6;
        let (ours, [begin, run, end]) = (us(median(ours)), shares.map(median).map(us));
        println!("    ours                              {ours:7.1} us a frame");
        println!("      to begin it {begin:.1} us, to record it {run:.1} us, to end it {end:.1} us");
        for (times, (.., name)) in by_hand.into_iter().zip(BY_HAND) {
            let time = us(median(times));
            println!("    {name:32}  {time:7.1} us, ours is {:.3} of it", ours / time);
        }
        Ok(())
    }

    /// Prints what two frames of each kind call, half of it.
    fn count(&mut self) -> Result<(), Error> {
        for _ in 0..2 {
            self.ours.warm_up(self.world)?;
        }
        for frame in 0..2 {
            self.by_hand[0].frame(frame, Buffers::ForEachPass)?;
        }
        let mut counted = Vec::new();
        for kind in 0..3 {
            device::take_counts();
            let faults = device::page_faults();
            allocations::take();
            for turn in 0..2 {
                match kind {
                    0 => drop(self.ours.warm_up(self.world)?),
                    1 => drop(self.by_hand[0].frame(turn, Buffers::ForEachPass)?),
                    _ => drop(self.by_hand[0].frame(turn, Buffers::One)?),
                }
            }
            let allocated = allocations::take();
            let faults = device::page_faults() - faults;
            let mut counts = device::take_counts();
            counts.push(("allocations of Rust code", allocated));
            counts.push(("minor page faults", faults));
            counted.push(counts);
        }
        let mut names: Vec<_> = counted.iter().flatten().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        println!("{:>30} ours, by hand, by hand in one", "a frame");
        for name in names {
            let of = |counts: &Vec<(&str, u64)>| counts.iter().find(|(n, _)| *n == name).map_or(0, |(_, count)| *count);
            let [ours, each, one] = [0, 1, 2].map(|kind| of(&counted[kind]) as f64 / 2.0);
            println!("{name:>30} {ours:>5} {each:>5} {one:>5}");
        }
        Ok(())
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
