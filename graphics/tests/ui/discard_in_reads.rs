use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct WallTexture;

#[derive(System)]
#[reads(discard GpuImage<WallTexture>)]
#[pass(raster)]
struct Draw;

fn main() {}
