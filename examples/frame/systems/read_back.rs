//! Copies from the device to the host.

use fencewright::prelude::*;
use fencewright_graphics::ImageRegion;
use fencewright_graphics::prelude::*;

use crate::resources::{
    DrawStaging, IndirectDraws, InstanceStaging, InstanceStorage, PictureRenderTarget, PictureStaging,
};

/// Brings the picture home, and what the compute pass wrote.
#[derive(System, AutoBarriers)]
#[reads(GpuImage<PictureRenderTarget>, GpuBuffer<IndirectDraws>, GpuBuffer<InstanceStorage>)]
#[writes(GpuBuffer<PictureStaging>, GpuBuffer<DrawStaging>, GpuBuffer<InstanceStaging>)]
pub struct ReadBack;

impl Run for ReadBack {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut copy = cx.encoder()?;
        let picture = cx.image::<PictureRenderTarget>()?;
        copy.copy_image_to_buffer(picture, &ImageRegion::default(), cx.buffer::<PictureStaging>()?, 0)?;
        copy.copy_buffer(cx.buffer::<IndirectDraws>()?, cx.buffer::<DrawStaging>()?)?;
        copy.copy_buffer(cx.buffer::<InstanceStorage>()?, cx.buffer::<InstanceStaging>()?)?;
        Ok(())
    }
}
