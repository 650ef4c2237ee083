use fencewright::prelude::*;

struct Velocity(f32);

#[derive(System)]
#[reads(Velocity)]
struct Brake;

impl Run for Brake {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.write::<Velocity>()?.0 = 0.0;
        Ok(())
    }
}

fn main() {}
