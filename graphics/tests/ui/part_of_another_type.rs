use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom>[mip = "first"] as ComputeStorage)]
struct Blur;

fn main() {}
