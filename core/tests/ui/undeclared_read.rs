use fencewright::prelude::*;

struct Time(f32);
struct Health(u32);

#[derive(System)]
#[reads(Time)]
struct Regenerate;

impl Run for Regenerate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let dt = cx.read::<Time>()?.0;
        let health = cx.read::<Health>()?.0;
        let _ = (dt, health);
        Ok(())
    }
}

fn main() {}
