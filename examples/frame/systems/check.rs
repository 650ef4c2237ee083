//! Copies what a frame left on the device to where the host reads it: not part of the frame, run once after the last.

use fencewright::prelude::*;
use fencewright_graphics::ImageRegion;
use fencewright_graphics::prelude::*;

use crate::by_hand::Recording;
use crate::gpu::LIGHT_BYTES;
use crate::layout::{Draw, GLOW_LEVELS, VIEWS};
use crate::options::Size;
use crate::resources::{
    Bloom, DrawStaging, Glow, History, IndirectDraws, InstanceStaging, InstanceStorage, LightStaging, ParticleStaging,
    Particles,
};

/// Brings home what the compute passes wrote.
#[derive(System, AutoBarriers)]
#[reads(
    GpuBuffer<IndirectDraws>[instance = 0] as CopySource,
    GpuBuffer<IndirectDraws>[instance = 1] as CopySource,
    GpuBuffer<IndirectDraws>[instance = 2] as CopySource,
    GpuBuffer<InstanceStorage>,
    GpuBuffer<Particles> as CopySource
)]
#[writes(GpuBuffer<DrawStaging>, GpuBuffer<InstanceStaging>, GpuBuffer<ParticleStaging>)]
pub struct ReadLists {
    pub objects: u32,
}

impl Run for ReadLists {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut copy = cx.recording()?;
        let len = u64::from(self.objects) * size_of::<Draw>() as u64;
        for view in 0..VIEWS as u32 {
            let draws = cx.buffer_at::<IndirectDraws>(view)?;
            copy.copy_bytes(draws, 0..len, cx.buffer::<DrawStaging>()?, u64::from(view) * len)?;
        }
        copy.copy_buffer(cx.buffer::<InstanceStorage>()?, cx.buffer::<InstanceStaging>()?)?;
        copy.copy_buffer(cx.buffer::<Particles>()?, cx.buffer::<ParticleStaging>()?)?;
        Ok(())
    }
}

/// Brings home the light of the last frame, and every level of its bloom and its glow.
#[derive(System, AutoBarriers)]
#[reads(Prev<GpuImage<History>> as CopySource, GpuImage<Bloom> as CopySource, GpuImage<Glow> as CopySource)]
#[writes(GpuBuffer<LightStaging>)]
pub struct ReadLight {
    pub size: Size,
}

impl Run for ReadLight {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut copy = cx.recording()?;
        let staging = cx.buffer::<LightStaging>()?;
        // The frame is over: what it wrote is what the previous frame wrote.
        copy.copy_image_to_buffer(cx.prev_image::<History>()?, &ImageRegion::default(), staging, 0)?;
        let mut at = self.size.pixels() as u64 * LIGHT_BYTES;
        for mip in 0..GLOW_LEVELS {
            copy.copy_image_to_buffer(cx.image::<Bloom>()?, &ImageRegion::mip(mip), staging, at)?;
            at += self.size.glow().level(mip).pixels() as u64 * LIGHT_BYTES;
        }
        for mip in 0..GLOW_LEVELS {
            copy.copy_image_to_buffer(cx.image::<Glow>()?, &ImageRegion::mip(mip), staging, at)?;
            at += self.size.glow().level(mip).pixels() as u64 * LIGHT_BYTES;
        }
        Ok(())
    }
}
