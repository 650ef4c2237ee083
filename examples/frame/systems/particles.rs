//! The sparks: moved in place, so that each frame goes on where the one before it stopped.

use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

use crate::by_hand::Recording;
use crate::gpu::Program;
use crate::layout::WORKGROUP;
use crate::resources::{CameraUniform, Particles};

/// Moves every spark on by one frame.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(GpuBuffer<CameraUniform>)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
pub struct SimulateParticles {
    pub program: Program,
    /// How many there are.
    pub particles: u32,
}

impl Run for SimulateParticles {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.recording()?;
        self.program.compute(&mut compute);
        compute.dispatch(self.particles.div_ceil(WORKGROUP), 1, 1);
        Ok(())
    }
}
