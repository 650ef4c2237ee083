use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[reads(GpuImage<Bloom> as ColorAttachment)]
struct Draw;

fn main() {}
