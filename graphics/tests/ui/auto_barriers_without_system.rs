use fencewright_graphics::prelude::*;

struct VertexData;

#[derive(AutoBarriers)]
#[writes(GpuBuffer<VertexData>)]
struct Upload;

fn main() {}
