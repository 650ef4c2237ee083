use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom>)]
#[pass(compute)]
struct Blur;

fn main() {}
