//! Systems that fail: errors and panics are caught and named, what does not depend on them finishes, and the next run works.
//!
//! `cargo run --release --example failures`

use fencewright::prelude::*;
use fencewright_examples::println;

struct Level(u32);
#[derive(Default)]
struct Mesh(u32);
#[derive(Default)]
struct Sound(u32);
#[derive(Default)]
struct Picture(u32);

#[derive(System)]
#[reads(Level)]
#[writes(Mesh)]
struct Build;

impl Run for Build {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        // `?` turns any error into a failure that remembers this line.
        let level = cx.read::<Level>()?.0;
        cx.write::<Mesh>()?.0 = 100_u32.checked_div(level).ok_or("a level of 0 has no mesh")?;
        Ok(())
    }
}

#[derive(System)]
#[reads(Level)]
#[writes(Sound)]
struct Mix;

impl Run for Mix {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        assert!(cx.read::<Level>()?.0 < 5, "no music for such a level");
        cx.write::<Sound>()?.0 += 1;
        Ok(())
    }
}

#[derive(System)]
#[reads(Mesh)]
#[writes(Picture)]
struct Draw;

impl Run for Draw {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Picture>()?.0 += cx.read::<Mesh>()?.0;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    std::panic::set_hook(Box::new(|_| ())); // the schedule says what panicked
    let mut schedule = Schedule::builder().stage(Stage::new("frame").system(Build).system(Mix).system(Draw)).build()?;
    let mut world = World::new();
    world.insert(Mesh::default());
    world.insert(Sound::default());
    world.insert(Picture::default());

    for level in [0, 10, 4] {
        world.insert(Level(level));
        match schedule.run(&mut world) {
            Ok(()) => println!("level {level}: well"),
            Err(error) => {
                println!("level {level}: {error}");
                let failed: Vec<_> = error.failures().iter().map(|failure| &*failure.system).collect();
                println!("          failed {failed:?}, skipped {:?}", error.skipped());
            }
        }
    }
    // `Mix` ran beside the failed `Build`, `Draw` beside the panicked `Mix`.
    let counts = [world.get::<Sound>().map(|sound| sound.0), world.get::<Picture>().map(|picture| picture.0)];
    assert_eq!(counts, [Some(2), Some(35)]);
    Ok(())
}
