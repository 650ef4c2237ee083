use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Particles;

#[derive(System)]
#[writes(GpuBuffer<Particles> as VertexAttribute)]
struct Draw;

fn main() {}
