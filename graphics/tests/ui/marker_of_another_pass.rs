use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct SceneRenderTarget;

#[derive(System)]
#[reads(GpuImage<SceneRenderTarget>)]
#[pass(compute)]
struct Histogram;

fn main() {}
