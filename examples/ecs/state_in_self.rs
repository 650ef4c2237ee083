//! A system's own state: fields of `self`, kept from run to run, seen by nobody else.
//!
//! `cargo run --release --example state_in_self`

use fencewright::prelude::*;
use fencewright_examples::println;

struct Temperature(f32);

#[derive(Debug, PartialEq)]
struct Smoothed(f32);

/// Remembers the last values, so that no resource has to.
#[derive(System)]
#[reads(Temperature)]
#[writes(Smoothed)]
struct Smooth {
    last: Vec<f32>,
    most: usize,
}

impl Run for Smooth {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        self.last.push(cx.read::<Temperature>()?.0);
        if self.last.len() > self.most {
            self.last.remove(0);
        }
        cx.write::<Smoothed>()?.0 = self.last.iter().sum::<f32>() / self.last.len() as f32;
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let smooth = Smooth { last: Vec::new(), most: 3 };
    let mut schedule = Schedule::builder().stage(Stage::new("sense").system(smooth)).build()?;
    let mut world = World::new();
    world.insert(Smoothed(0.0));
    for measured in [20.0, 26.0, 20.0, 20.0] {
        world.insert(Temperature(measured));
        schedule.run(&mut world)?;
        println!("measured {measured}, smoothed {:.1}", world.get::<Smoothed>().map_or(0.0, |smoothed| smoothed.0));
    }
    assert_eq!(world.get::<Smoothed>(), Some(&Smoothed(22.0)));
    Ok(())
}
