//! A frame in six stages, without a GPU: what each system touches decides what may overlap.
//!
//! ```text
//! cargo run --release --example hello_schedule
//! ```

use std::error::Error;

use fencewright::prelude::*;
use fencewright_examples::println;

// Data: any type can be a resource of the world or a component of its entities.

struct Time {
    seconds: f32,
    step: f32,
}

struct Position(f32);
struct Velocity(f32);

/// What the renderer needs of the world: a copy, so that the next update need not wait for it.
#[derive(Default)]
struct DrawList(Vec<f32>);

#[derive(Default)]
struct WorldCommands(Vec<String>);

#[derive(Default)]
struct InterfaceCommands(Vec<String>);

#[derive(Default)]
struct Submitted(Vec<String>);

#[derive(Default)]
struct Statistics {
    mean_position: f32,
}

// Systems: the declaration above, the behaviour below. What is not declared does not compile.

#[derive(System)]
#[writes(Time)]
struct Tick;

impl Run for Tick {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut time = cx.write::<Time>()?;
        time.seconds += time.step;
        Ok(())
    }
}

#[derive(System)]
#[reads(Time, Velocity)]
#[writes(Position)]
struct Move;

impl Run for Move {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let step = cx.read::<Time>()?.step;
        cx.query::<(&mut Position, &Velocity)>().par_for_each(|(position, velocity)| position.0 += velocity.0 * step);
        Ok(())
    }
}

#[derive(System)]
#[reads(Position)]
#[writes(DrawList)]
struct Extract;

impl Run for Extract {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut list = cx.write::<DrawList>()?;
        list.0.clear();
        cx.query::<&Position>().for_each(|position| list.0.push(position.0));
        Ok(())
    }
}

#[derive(System)]
#[reads(Position)]
#[writes(Statistics)]
struct Measure;

impl Run for Measure {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut positions = cx.query::<&Position>();
        let count = positions.count().max(1);
        let sum: f32 = positions.iter().map(|position| position.0).sum();
        cx.write::<Statistics>()?.mean_position = sum / count as f32;
        Ok(())
    }
}

#[derive(System)]
#[writes(DrawList)]
struct SortByDepth;

impl Run for SortByDepth {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<DrawList>()?.0.sort_by(f32::total_cmp);
        Ok(())
    }
}

#[derive(System)]
#[reads(DrawList)]
#[writes(WorldCommands)]
struct RecordWorld;

impl Run for RecordWorld {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let list = cx.read::<DrawList>()?;
        let (nearest, farthest) = (list.0.first().ok_or("nothing to draw")?, list.0.last().ok_or("nothing to draw")?);
        cx.write::<WorldCommands>()?.0 =
            vec![format!("draw {} things from {nearest:.1} to {farthest:.1}", list.0.len())];
        Ok(())
    }
}

#[derive(System)]
#[reads(Time)]
#[writes(InterfaceCommands)]
struct RecordInterface;

impl Run for RecordInterface {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let text = format!("draw the clock at {:.2} s", cx.read::<Time>()?.seconds);
        cx.write::<InterfaceCommands>()?.0 = vec![text];
        Ok(())
    }
}

#[derive(System)]
#[reads(WorldCommands, InterfaceCommands)]
#[writes(Submitted)]
struct Submit;

impl Run for Submit {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (world, interface) = (cx.read::<WorldCommands>()?, cx.read::<InterfaceCommands>()?);
        cx.write::<Submitted>()?.0 = world.0.iter().chain(&interface.0).cloned().collect();
        Ok(())
    }
}

#[derive(System)]
#[reads(Submitted, Statistics)]
struct Present;

impl Run for Present {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mean = cx.read::<Statistics>()?.mean_position;
        println!("  {} (mean position {mean:.2})", cx.read::<Submitted>()?.0.join(", then "));
        Ok(())
    }
}

// The schedule: stages name the order that a reader has in mind. What must really wait follows from the declarations.

#[derive(Schedule)]
struct Frame {
    #[stage(name = "update")]
    update: (Tick, Move),
    #[stage(name = "extract", after = "update")]
    extract: (Extract, Measure),
    #[stage(name = "prepare", after = "extract")]
    prepare: (SortByDepth,),
    #[stage(name = "record", after = "prepare")]
    record: (RecordWorld, RecordInterface),
    #[stage(name = "submit", after = "record")]
    submit: (Submit,),
    #[stage(name = "present", after = "submit")]
    present: (Present,),
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut schedule = Frame {
        update: (Tick, Move),
        extract: (Extract, Measure),
        prepare: (SortByDepth,),
        record: (RecordWorld, RecordInterface),
        submit: (Submit,),
        present: (Present,),
    }
    .schedule()?;

    println!("The schedule, and why each system waits:\n\n{schedule}");

    let mut world = World::new();
    world.insert(Time { seconds: 0.0, step: 1.0 / 60.0 });
    world.insert(DrawList::default());
    world.insert(WorldCommands::default());
    world.insert(InterfaceCommands::default());
    world.insert(Submitted::default());
    world.insert(Statistics::default());
    for number in 0..10_000_u16 {
        world.spawn((Position(f32::from(number)), Velocity(f32::from(number % 7))));
    }

    println!("Three frames:\n");
    for _ in 0..3 {
        schedule.run(&mut world)?;
    }

    // A system that fails is named, with the place of its `?`; what does not depend on it still ran.
    world.remove::<Statistics>();
    if let Err(error) = schedule.run(&mut world) {
        println!("\nWithout `Statistics`: {error}");
    }
    Ok(())
}
