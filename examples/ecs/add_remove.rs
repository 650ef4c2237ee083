//! Systems that come and go while a schedule is in use: mods, debug views, levels. What stays keeps its state.
//!
//! `cargo run --release --example add_remove`

use fencewright::prelude::*;
use fencewright::{Key, SystemFn};
use fencewright_examples::println;

struct Position(f32);

#[derive(System)]
#[writes(Position)]
struct Walk {
    steps: u32,
}

impl Run for Walk {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        self.steps += 1;
        cx.query::<&mut Position>().for_each(|position| position.0 += 1.0);
        println!("  Walk: step {}", self.steps);
        Ok(())
    }
}

/// A system of a mod, known at run time alone.
fn wind() -> SystemFn {
    let blow = SystemFn::new("Wind", |cx| {
        cx.query::<&mut Position>().for_each(|position| position.0 += 0.5);
        println!("  Wind");
        Ok(())
    });
    blow.writes(Key::of::<Position>("Position"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut schedule = Schedule::builder().stage(Stage::new("simulate").system(Walk { steps: 0 })).build()?;
    let mut world = World::new();
    let walker = world.spawn((Position(0.0),));
    println!("at first");
    schedule.run(&mut world)?;

    println!("with a mod and a view");
    let look = SystemFn::new("View", |cx| {
        cx.query::<&Position>().for_each(|position| println!("  View: at {}", position.0));
        Ok(())
    });
    let view = Stage::new("debug").after("simulate").system_fn(look.reads(Key::of::<Position>("Position")));
    schedule.edit().extend(Stage::new("simulate").system_fn(wind())).stage(view).apply()?;
    schedule.run(&mut world)?;
    println!("{}", schedule.explain("Wind", "View")?);

    println!("without the mod");
    schedule.edit().remove("Wind").apply()?;
    schedule.run(&mut world)?;

    // An edit happens as a whole or not at all.
    let error = schedule.edit().remove("View").remove("Wlak").apply().expect_err("it is misspelt");
    println!("an edit that is wrong: {error}");
    schedule.run(&mut world)?;
    assert_eq!(world.component_mut::<Position>(walker).map(|position| position.0), Some(4.5));
    Ok(())
}
