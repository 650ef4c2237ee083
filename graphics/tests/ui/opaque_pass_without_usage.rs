use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct SceneTexture;

#[derive(System, AutoBarriers)]
#[reads(GpuImage<SceneTexture>)]
#[pass(opaque)]
struct Library;

fn main() {}
