//! The sparks: moved in place, so that each frame goes on where the one before it stopped.

use fencewright::prelude::*;
use fencewright_graphics::prelude::*;

use crate::gpu::Program;
use crate::layout::WORKGROUP;
use crate::particles;
use crate::resources::{CameraUniform, Particles};

/// Moves every spark on by one frame.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[reads(GpuBuffer<CameraUniform>)]
#[writes(GpuBuffer<Particles> as ComputeStorage)]
pub struct SimulateParticles {
    pub program: Program,
}

impl Run for SimulateParticles {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut compute = cx.encoder()?;
        self.program.compute(&mut compute);
        compute.dispatch((particles::COUNT as u32).div_ceil(WORKGROUP), 1, 1);
        Ok(())
    }
}
