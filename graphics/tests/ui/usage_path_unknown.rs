use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom> as usage::ComputeStorge)]
#[pass(compute)]
struct Blur;

fn main() {}
