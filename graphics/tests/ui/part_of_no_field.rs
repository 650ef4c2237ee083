use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct Bloom;

#[derive(System)]
#[writes(GpuImage<Bloom>[mip = self.levl] as ComputeStorage)]
struct Blur {
    level: u32,
}

fn main() {
    let _ = Blur { level: 1 }.level;
}
