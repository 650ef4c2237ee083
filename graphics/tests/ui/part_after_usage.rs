use fencewright::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom> as ComputeStorage [mip = 1])]
struct Blur;

fn main() {}
