use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as DepthStencil)]
struct Draw;

fn main() {}
