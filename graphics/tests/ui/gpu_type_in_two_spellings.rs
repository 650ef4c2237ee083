use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct ParticleData;
type Particles = GpuBuffer<ParticleData>;

#[derive(System)]
#[reads(GpuBuffer<ParticleData>[bytes = 0..64] as ComputeStorage)]
#[writes(Particles[bytes = 64..128] as ComputeStorage)]
struct Sort;

fn main() {}
