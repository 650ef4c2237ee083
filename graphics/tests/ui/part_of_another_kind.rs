use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles>[mip = 1] as ComputeStorage)]
struct Sort;

fn main() {}
