use fencewright::prelude::*;

#[derive(System)]
struct Spawn;

impl Run for Spawn {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.commands().spawn((1_u32,));
        Ok(())
    }
}

fn main() {}
