use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
struct Simulate;

impl Run for Simulate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut encoder = cx.encoder()?;
        std::thread::scope(|scope| {
            scope.spawn(|| encoder.dispatch(1, 1, 1));
        });
        Ok(())
    }
}

fn main() {}
