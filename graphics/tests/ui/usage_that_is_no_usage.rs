use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;
struct Sharp;

#[derive(System)]
#[writes(GpuImage<Bloom> as self::Sharp)]
#[pass(compute)]
struct Blur;

fn main() {}
