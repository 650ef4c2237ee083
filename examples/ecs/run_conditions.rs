//! Systems and stages that run only when something holds, and systems that need not start where they would find nothing.
//!
//! `cargo run --release --example run_conditions`

use fencewright::prelude::*;
use fencewright::{Exists, Failure, Not};
use fencewright_examples::println;

struct Paused(bool);
struct Enemy;
#[derive(Default)]
struct Log(Vec<&'static str>);

/// A condition declares what it looks at, as a system does, and is ordered by it.
#[derive(System)]
#[reads(Paused)]
struct Playing;

impl Condition for Playing {
    fn holds(&mut self, cx: &Cx<'_, Self>) -> Result<bool, Failure> {
        Ok(!cx.read::<Paused>()?.0)
    }
}

#[derive(System)]
#[writes(Log)]
struct Says(&'static str);

impl Run for Says {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Log>()?.0.push(self.0);
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut schedule = Schedule::builder()
        // The condition of a stage is asked once, for all its systems.
        .stage(Stage::new("simulate").run_if(Playing).system(Says("move")).system(Says("collide")))
        .stage(
            Stage::new("draw")
                .after("simulate")
                // A condition of one system; conditions can be turned round.
                .system(When(Not(Playing), Says("menu")))
                // Skipped while there is no enemy: nothing of it starts.
                .system(When(Exists::<&Enemy>::new(), Says("health bars"))),
        )
        .build()?;
    let mut world = World::new();
    let mut ran = |world: &mut World, what: &str| -> Result<Vec<&'static str>, fencewright::RunError> {
        world.insert(Log::default());
        schedule.run(world)?;
        let ran = world.remove::<Log>().unwrap_or_default().0;
        println!("{what:<28} {}", ran.join(", "));
        Ok(ran)
    };
    world.insert(Paused(true));
    assert_eq!(ran(&mut world, "paused")?, ["menu"]);
    world.insert(Paused(false));
    assert_eq!(ran(&mut world, "playing")?, ["move", "collide"]);
    world.spawn((Enemy,));
    assert_eq!(ran(&mut world, "playing, with an enemy")?, ["move", "collide", "health bars"]);
    Ok(())
}
