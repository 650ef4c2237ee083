use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct WallTexture;

#[derive(System)]
#[writes(GpuImage<WallTexture>)]
#[pass(compute)]
struct Bake;

fn main() {}
