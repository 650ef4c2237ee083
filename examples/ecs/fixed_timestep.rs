//! A schedule of fixed steps inside frames of any length: no time and no input gets lost between them.
//!
//! `cargo run --release --example fixed_timestep`

use std::time::Duration;

use fencewright::prelude::*;
use fencewright::{FixedStep, Inbox};
use fencewright_examples::println;

struct FrameTime(Duration);
struct Jump;
#[derive(Debug, Default)]
struct Physics {
    steps: u32,
    jumps: usize,
}

/// One step: takes the inputs that came since the last one.
#[derive(System)]
#[writes(Inbox<Jump>, Physics)]
struct Step;

impl Run for Step {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut physics = cx.write::<Physics>()?;
        physics.steps += 1;
        physics.jumps += cx.write::<Inbox<Jump>>()?.take().count();
        Ok(())
    }
}

/// Runs as many steps as time has passed for: none, one, or several.
#[derive(System)]
#[writes(World)]
struct Simulate(FixedStep);

impl Run for Simulate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut world = cx.world()?;
        let passed = world.get::<FrameTime>().ok_or("no frame time")?.0;
        let steps = self.0.advance(&mut world, passed)?;
        println!("  a frame of {passed:?}: steps {}", steps.run);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let step = Schedule::builder().stage(Stage::new("step").system(Step)).build()?;
    let simulate = Simulate(FixedStep::new(step, Duration::from_millis(10)));
    let mut frames = Schedule::builder().stage(Stage::new("simulate").system(simulate)).build()?;

    let mut world = World::new();
    world.insert(Physics::default());
    world.insert(Inbox::<Jump>::default());
    for ms in [4, 4, 25, 7] {
        world.insert(FrameTime(Duration::from_millis(ms)));
        // One jump in each frame, also in those without a step.
        world.get_mut::<Inbox<Jump>>().ok_or("no inbox")?.put(Jump);
        frames.run(&mut world)?;
    }
    let physics = world.get::<Physics>().ok_or("no physics")?;
    println!("{physics:?}");
    assert_eq!((physics.steps, physics.jumps), (4, 4));
    Ok(())
}
