use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

struct ParticleData;
type Particles = GpuBuffer<ParticleData>;

#[derive(System)]
#[writes(Particles as DepthStencil)]
struct Draw;

fn main() {}
