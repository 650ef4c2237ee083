use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::usage::ComputeUniform as Parameters;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as self::Parameters)]
#[pass(compute)]
struct Simulate;

fn main() {}
