use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct StorageParticles;

#[derive(System)]
#[writes(GpuBuffer<StorageParticles>)]
#[pass(computed)]
struct Sort;

fn main() {}
