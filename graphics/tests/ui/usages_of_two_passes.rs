use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;
struct Bloom;

#[derive(System)]
#[writes(GpuBuffer<Particles> as ComputeStorage, GpuImage<Bloom> as ColorAttachment)]
struct SimulateAndDraw;

fn main() {}
