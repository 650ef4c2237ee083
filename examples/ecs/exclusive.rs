//! A system that takes the whole world: nothing runs beside it, and it may do whatever the world's owner may.
//!
//! `cargo run --release --example exclusive`

use fencewright::prelude::*;
use fencewright_examples::println;

struct Score(u32);
struct Restart(bool);
struct Player;

#[derive(System)]
#[writes(Score)]
struct Play;

impl Run for Play {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Score>()?.0 += 10;
        Ok(())
    }
}

#[derive(System)]
#[writes(World)]
struct StartAgain;

impl Run for StartAgain {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut world = cx.world()?;
        if world.get::<Restart>().is_some_and(|restart| restart.0) {
            *world = fresh();
        }
        Ok(())
    }
}

fn fresh() -> World {
    let mut world = World::new();
    world.insert(Score(0));
    world.insert(Restart(false));
    world.spawn((Player,));
    world
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let stages = Schedule::builder().stage(Stage::new("frame").system(Play).system(StartAgain).system(Play));
    let mut schedule = stages.build()?;
    println!("{schedule}");

    let mut world = fresh();
    let score = |world: &World| world.get::<Score>().map(|score| score.0);
    schedule.run(&mut world)?;
    println!("after one frame {}", score(&world).unwrap_or_default());
    world.insert(Restart(true));
    schedule.run(&mut world)?;
    println!("after a frame that starts again {}", score(&world).unwrap_or_default());
    assert_eq!(score(&world), Some(10));
    Ok(())
}
