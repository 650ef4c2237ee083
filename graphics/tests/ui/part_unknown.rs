use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom>[mipp = 1] as ComputeStorage)]
struct Blur;

fn main() {}
