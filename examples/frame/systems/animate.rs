//! The compute pass.

use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

use crate::gpu::Program;
use crate::layout::WORKGROUP;
use crate::resources::{AnchorStorage, CameraUniform, IndirectDraws, InstanceStorage, ObjectStorage};

/// Turns each object, puts it in its place, and writes the draw of those that the camera sees.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[reads(GpuBuffer<CameraUniform>, GpuBuffer<ObjectStorage>, GpuBuffer<AnchorStorage>)]
#[writes(discard GpuBuffer<InstanceStorage>, discard GpuBuffer<IndirectDraws> as ComputeStorage)]
pub struct AnimateAndCull {
    pub program: Program,
    pub objects: u32,
}

impl Run for AnimateAndCull {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.encoder()?;
        self.program.compute(&mut compute);
        compute.dispatch(self.objects.div_ceil(WORKGROUP), 1, 1);
        Ok(())
    }
}
