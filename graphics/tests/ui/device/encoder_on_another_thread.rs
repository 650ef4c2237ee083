use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
struct Simulate;

fn on_another_thread(_work: impl FnOnce() + Send) {}

impl Run for Simulate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut encoder = cx.encoder()?;
        on_another_thread(|| encoder.dispatch(1, 1, 1));
        Ok(())
    }
}

fn main() {}
