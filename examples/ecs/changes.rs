//! Change detection by type: a system that has seen everything need not do its work again.
//!
//! `cargo run --release --example changes`

use fencewright::prelude::*;
use fencewright_examples::println;

struct Settings(u32);
struct Obstacle;
#[derive(Default)]
struct Paths {
    found: u32,
}

#[derive(System)]
#[reads(Settings, Obstacle)]
#[writes(Paths)]
struct FindPaths;

impl Run for FindPaths {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        // Since this system last ran: written by anyone, or, for components, entities that came or went.
        if !cx.changed::<Settings>() && !cx.changed::<Obstacle>() {
            println!("  nothing to do");
            return Ok(());
        }
        let obstacles = cx.query::<&Obstacle>().count();
        println!("  paths around {obstacles} obstacles, quality {}", cx.read::<Settings>()?.0);
        cx.write::<Paths>()?.found += 1;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut schedule = Schedule::builder().stage(Stage::new("plan").system(FindPaths)).build()?;
    let mut world = World::new();
    world.insert(Settings(1));
    world.insert(Paths::default());
    println!("the first run sees all as changed");
    schedule.run(&mut world)?;
    println!("the second");
    schedule.run(&mut world)?;
    println!("an obstacle comes");
    world.spawn((Obstacle,));
    schedule.run(&mut world)?;
    println!("settings are written");
    world.insert(Settings(2));
    schedule.run(&mut world)?;
    println!("and again nothing");
    schedule.run(&mut world)?;
    assert_eq!(world.get::<Paths>().map(|paths| paths.found), Some(3));
    Ok(())
}
