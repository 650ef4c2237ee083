use fencewright::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom> as ComputeStorage discard)]
struct Blur;

fn main() {}
