//! The glow around what is bright: down the mip levels, each half as large, and up again, each wider.

use fencewright::prelude::*;
use fencewright_graphics::VkCommandEncoder;
use fencewright_graphics::prelude::*;

use crate::by_hand::Recording;
use crate::gpu::{InTurns, Program};
use crate::layout::{GLOW_LEVELS, TILE};
use crate::options::Size;
use crate::resources::{Bloom, Glow, History};

/// Takes what is brighter than white.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(GpuImage<History> as ComputeSampled)]
#[writes(discard GpuImage<Bloom>[mip = 0] as ComputeStorageWrite)]
pub struct Brighten {
    pub program: InTurns,
    /// Of the first level.
    pub size: Size,
}

impl Run for Brighten {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let program = self.program.turn(cx.image::<History>()?);
        fill(cx.recording()?, program, self.size);
        Ok(())
    }
}

/// Makes a level of the bloom out of the one before.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(GpuImage<Bloom>[mip = self.mip] as ComputeSampled)]
#[writes(discard GpuImage<Bloom>[mip = self.mip + 1] as ComputeStorageWrite)]
pub struct Downsample {
    pub program: Program,
    pub mip: u32,
    pub size: Size,
}

impl Run for Downsample {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        fill(cx.recording()?, self.program, self.size.level(self.mip + 1));
        Ok(())
    }
}

/// The last level, and the first of the way up.
const LAST: u32 = GLOW_LEVELS - 1;

/// Spreads the last level of the bloom.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(GpuImage<Bloom>[mip = LAST] as ComputeSampled)]
#[writes(discard GpuImage<Glow>[mip = LAST] as ComputeStorageWrite)]
pub struct Spread {
    pub program: Program,
    pub size: Size,
}

impl Run for Spread {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        fill(cx.recording()?, self.program, self.size.level(LAST));
        Ok(())
    }
}

/// Makes a level of the glow out of the coarser one and the bloom of its own size.
#[derive(System, AutoBarriers)]
#[pass(compute)]
#[queue(compute)]
#[reads(GpuImage<Bloom>[mip = self.mip] as ComputeSampled, GpuImage<Glow>[mip = self.mip + 1] as ComputeSampled)]
#[writes(discard GpuImage<Glow>[mip = self.mip] as ComputeStorageWrite)]
pub struct Upsample {
    pub program: Program,
    pub mip: u32,
    pub size: Size,
}

impl Run for Upsample {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        fill(cx.recording()?, self.program, self.size.level(self.mip));
        Ok(())
    }
}

fn fill(mut compute: VkCommandEncoder<'_, fencewright_graphics::Compute>, program: Program, size: Size) {
    program.compute(&mut compute);
    compute.dispatch(size.width.div_ceil(TILE), size.height.div_ceil(TILE), 1);
}
