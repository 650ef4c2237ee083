use fencewright::prelude::*;

struct Time;
struct Bloom;

#[derive(System)]
#[reads(Time, "Position", GpuImage<Bloom>[layr = 0] as ComputeStorage)]
#[writes(Time, GpuImage<Bloom> as ComputeStorge)]
#[queue(fast)]
struct Blur;

fn main() {}
