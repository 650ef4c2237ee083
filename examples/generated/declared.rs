//! What each pass touches. The build script alone compiles this file.

use fencewright::{Schedule, System};
use fencewright_graphics::{AutoBarriers, GpuBuffer, GpuImage};

/// Numbers that a fill writes.
struct Numbers;
/// A picture made of them.
struct Picture;
/// What the host reads.
struct Answer;

#[derive(System, AutoBarriers)]
#[writes(discard GpuBuffer<Numbers> as Fill)]
struct Write;

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Numbers> as CopySource)]
#[writes(discard GpuImage<Picture> as CopyDestination)]
struct Draw;

#[derive(System, AutoBarriers)]
#[reads(GpuImage<Picture> as CopySource)]
#[writes(discard GpuBuffer<Answer> as CopyDestination)]
struct ReadBack;

#[derive(Schedule)]
pub(crate) struct Frame {
    write: (Write,),
    #[stage(after = "write")]
    draw: (Draw,),
    #[stage(after = "draw")]
    read_back: (ReadBack,),
}
