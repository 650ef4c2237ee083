use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct VertexStorage;

#[derive(System)]
#[reads(GpuBuffer<VertexStorage>)]
#[pass(raster)]
struct Draw;

fn main() {}
