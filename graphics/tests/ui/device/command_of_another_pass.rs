use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
struct Simulate;

impl Run for Simulate {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let particles = cx.buffer::<Particles>()?;
        let mut encoder = cx.encoder()?;
        encoder.fill_buffer(particles, 0..16, 0)?;
        Ok(())
    }
}

fn main() {}
