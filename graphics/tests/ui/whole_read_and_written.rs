use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[reads(GpuBuffer<Particles> as ComputeStorage)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
struct Simulate;

fn main() {}
