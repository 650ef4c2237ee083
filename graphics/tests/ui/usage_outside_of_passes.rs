use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct SwapchainImage;

#[derive(System)]
#[reads(GpuImage<SwapchainImage> as Present)]
struct Show;

fn main() {}
