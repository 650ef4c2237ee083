use fencewright::prelude::*;
use fencewright_graphics::GpuBuffer as Buf;

struct VertexData;

#[derive(System)]
#[writes(Buf<VertexData>)]
struct Upload;

fn main() {}
