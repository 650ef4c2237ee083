use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct StorageParticles;

#[derive(System)]
#[reads(GpuBuffer<StorageParticles>)]
struct Sort;

fn main() {}
