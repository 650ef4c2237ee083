//! Deferred commands: entities come and go at the end of a stage, in program order, whatever the threads did.
//!
//! `cargo run --release --example commands`

use fencewright::prelude::*;
use fencewright_examples::println;

struct Health(i32);
#[derive(Debug)]
struct Name(&'static str);
#[derive(Debug, Default)]
struct Dead(Vec<&'static str>);

#[derive(System)]
#[writes(Commands)]
struct SpawnWave(u32);

impl Run for SpawnWave {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        self.0 += 1;
        if self.0 == 1 {
            cx.commands().spawn((Name("orc"), Health(2)));
            cx.commands().spawn((Name("rat"), Health(1)));
        }
        Ok(())
    }
}

#[derive(System)]
#[writes(Health)]
struct Burn;

impl Run for Burn {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.query::<&mut Health>().par_for_each(|health| health.0 -= 1);
        Ok(())
    }
}

#[derive(System)]
#[reads(Health, Name)]
#[writes(Commands, Dead)]
struct Bury;

impl Run for Bury {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut dead = cx.write::<Dead>()?;
        for (entity, health, name) in &mut cx.query::<(Entity, &Health, &Name)>() {
            if health.0 <= 0 {
                dead.0.push(name.0);
                cx.commands().despawn(entity);
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut schedule = Schedule::builder()
        .stage(Stage::new("spawn").system(SpawnWave(0)))
        .stage(Stage::new("simulate").after("spawn").system(Burn).system(Bury))
        .build()?;
    // The graph shows the sync points as nodes of their own.
    println!("{}", schedule.to_mermaid());

    let mut world = World::new();
    world.insert(Dead::default());
    let mut alive = Vec::new();
    for frame in 1..=3 {
        schedule.run(&mut world)?;
        alive.push(world.entities().len());
        let dead = world.get::<Dead>().map(|dead| dead.0.join(", ")).unwrap_or_default();
        println!("frame {frame}: {} alive; dead: {dead}", world.entities().len());
    }
    assert_eq!(alive, [1, 0, 0]);
    Ok(())
}
