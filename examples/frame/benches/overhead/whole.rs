//! The whole frame, with what the CPU does for 100,000 entities beside the passes: ours, and the same by hand.

use std::sync::Arc;
use std::time::Duration;

use fencewright::prelude::*;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::{CommandMemory, VkRenderer};

use crate::ash_alone::{Buffers, ByHand};
use crate::frame::Frame;
use crate::gpu::Gpu;
use crate::options::Options;
use crate::ours::Ours;
use crate::plain_loop::PlainLoop;
use crate::{Error, FRAMES, device, median, scene, world};

/// The frame in four ways. Each has a world of its own: whoever came second to one would find it in the caches.
struct Whole<'r> {
    /// On one thread, and on two.
    ours: [Ours<'r>; 2],
    worlds: [World; 2],
    /// With the driver's own memory for commands, and with memory that is kept.
    by_hand: [ByHand<'r>; 2],
    plain: [PlainLoop; 2],
    passes: usize,
}

/// Measures and prints it, with a device that renders on these cores and with one that does not.
pub fn measure(
    renderer: &VkRenderer,
    options: &Options,
    scene: &scene::Scene,
    gpu: &Gpu<'_>,
    samples: usize,
) -> Result<(), Error> {
    let mut whole = Whole::new(renderer, options, scene, gpu)?;
    println!("\nthe whole frame: {} entities, and {} passes", world::ENTITIES, whole.passes);
    for renders in [true, false] {
        device::renders(renders);
        println!("  {}", if renders { "rendered, on these cores" } else { "not rendered" });
        print(whole.measure(samples)?);
    }
    device::renders(true);
    let seen = whole.worlds[0].get::<world::Statistics>().copied().unwrap_or_default();
    println!("  {} specks of dust drawn, of {} entities in view", seen.motes, seen.in_view);
    whole.by_hand.into_iter().for_each(ByHand::destroy);
    Ok(())
}

impl<'r> Whole<'r> {
    fn new(renderer: &'r VkRenderer, options: &Options, scene: &scene::Scene, gpu: &'r Gpu<'r>) -> Result<Self, Error> {
        let ours = |threads| Ours::whole(renderer, Frame::new(scene, options.size, &gpu.programs), threads);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
        let mut ours = [ours(Threads::Inline)?, ours(Threads::Pool(Arc::new(pool)))?];
        let mut worlds = [world::populate(scene), world::populate(scene)];
        let mut plans: Vec<Arc<Plan>> = Vec::new();
        for _ in 0..6 {
            plans.push(ours[0].warm_up(&mut worlds[0])?);
            ours[1].warm_up(&mut worlds[1])?;
        }
        let turns = [&*plans[4], &*plans[5]];
        let by_hand = |memory| ByHand::new(renderer, gpu, scene, options.size, &worlds[0], turns, (0, memory));
        let by_hand = [by_hand(CommandMemory::Driver)?, by_hand(CommandMemory::Kept)?];
        let plain = [(); 2].map(|()| PlainLoop::new(world::populate(scene), options.size));
        Ok(Self { passes: turns[0].passes.len(), ours, worlds, by_hand, plain })
    }

    /// Returns what frames took: ours on one thread and on two, then by hand.
    fn measure(&mut self, samples: usize) -> Result<[Vec<Duration>; 4], Error> {
        let mut times = [const { Vec::new() }; 4];
        for sample in 0..samples {
            for turn in 0..FRAMES {
                // In a circle: each comes first, second, third and last equally often.
                for side in (0..4).map(|place| (place + sample) % 4) {
                    let time = match side {
                        0 | 1 => self.ours[side].frame(&mut self.worlds[side])?,
                        _ => self.plain[side - 2].frame(&mut self.by_hand[side - 2], turn % 2, Buffers::One)?,
                    };
                    times[side].push(time);
                }
            }
        }
        Ok(times)
    }
}

fn print(times: [Vec<Duration>; 4]) {
    let [one, two, driver, kept] = times.map(median).map(|time| time.as_secs_f64() * 1e6);
    println!("    by hand, a plain loop and one command buffer {driver:7.1} us a frame");
    println!("      with memory kept                           {kept:7.1} us");
    for (name, time) in [("one thread, ", one), ("two threads,", two)] {
        let (of_driver, of_kept) = (time / driver, time / kept);
        println!("    ours, {name}  {time:7.1} us, {of_driver:.3} of by hand, {of_kept:.3} with memory kept");
    }
}
