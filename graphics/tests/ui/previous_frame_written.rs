use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(Prev<GpuImage<Bloom>> as ComputeStorage)]
struct Blur;

fn main() {}
