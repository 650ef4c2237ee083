use fencewright::prelude::*;

struct Position(f32);
struct Velocity(f32);
struct Health(u32);

#[derive(System)]
#[reads(Velocity)]
#[writes(Position)]
struct Integrate;

impl Run for Integrate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        for (position, velocity, _) in &mut cx.query::<(&mut Position, &Velocity, Option<&Health>)>() {
            position.0 += velocity.0;
        }
        Ok(())
    }
}

fn main() {}
