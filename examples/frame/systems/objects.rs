//! The objects: placed once a frame, culled once for each view.

use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

use crate::by_hand::Recording;
use crate::gpu::Program;
use crate::layout::{WORKGROUP, view_offset};
use crate::resources::{AnchorStorage, CameraUniform, IndirectDraws, InstanceStorage, ObjectStorage, ViewUniform};

/// Turns each object and puts it in its place.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(GpuBuffer<CameraUniform>, GpuBuffer<ObjectStorage>, GpuBuffer<AnchorStorage>)]
#[writes(discard GpuBuffer<InstanceStorage>)]
pub struct AnimateObjects {
    pub program: Program,
    pub objects: u32,
}

impl Run for AnimateObjects {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.recording()?;
        self.program.compute(&mut compute);
        compute.dispatch(self.objects.div_ceil(WORKGROUP), 1, 1);
        Ok(())
    }
}

/// Writes the draw of each object that one view sees: a slot for each object, so that the order of threads leaves no trace.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(
    GpuBuffer<ViewUniform>[bytes = view_offset(self.view)..view_offset(self.view + 1)],
    GpuBuffer<ObjectStorage>,
    GpuBuffer<AnchorStorage>
)]
#[writes(discard GpuBuffer<IndirectDraws>[instance = self.view] as ComputeStorageWrite)]
pub struct CullObjects {
    pub program: Program,
    pub view: u32,
    pub objects: u32,
}

impl Run for CullObjects {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.recording()?;
        self.program.compute(&mut compute);
        compute.dispatch(self.objects.div_ceil(WORKGROUP), 1, 1);
        Ok(())
    }
}
