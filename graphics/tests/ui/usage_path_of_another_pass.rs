use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::usage::ColorResolve as Target;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom> as self::Target)]
#[pass(compute)]
struct Blur;

fn main() {}
