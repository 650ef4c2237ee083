use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom> as ComputeStorge)]
struct Blur;

fn main() {}
