use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
#[queue(transfer)]
struct Simulate;

fn main() {}
