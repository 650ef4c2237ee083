use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Position;
struct VertexData;
type Mesh = GpuBuffer<VertexData>;

#[derive(System)]
#[reads(Position, Mesh)]
struct Draw;

fn main() {}
