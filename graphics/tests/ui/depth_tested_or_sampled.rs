use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct SceneDepth;
struct FogRenderTarget;

#[derive(System)]
#[reads(GpuImage<SceneDepth>)]
#[writes(GpuImage<FogRenderTarget>)]
struct Fog;

fn main() {}
