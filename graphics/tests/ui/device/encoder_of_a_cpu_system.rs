use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Position;

#[derive(System)]
#[writes(Position)]
struct Integrate;

impl Run for Integrate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let _ = cx.encoder()?;
        Ok(())
    }
}

fn main() {}
