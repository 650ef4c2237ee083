//! The picture: drawn from light, and brought home.

use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, ImageRegion, Load, RenderingDesc};

use crate::by_hand::Recording;
use crate::gpu::InTurns;
use crate::resources::{Glow, History, PictureRenderTarget, PictureStaging};

/// Adds the glow and exposes.
#[derive(System, AutoBarriers)]
#[reads(GpuImage<History> as FragmentSampled, GpuImage<Glow>[mip = 0] as FragmentSampled)]
#[writes(discard GpuImage<PictureRenderTarget>)]
pub struct Tonemap {
    pub program: InTurns,
}

impl Run for Tonemap {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.recording()?;
        let picture =
            ColorAttachment { load: Load::Discard, ..ColorAttachment::new(cx.image::<PictureRenderTarget>()?) };
        let mut pass = raster.begin_rendering(&RenderingDesc { colors: &[picture], ..RenderingDesc::default() })?;
        self.program.turn(cx.image::<History>()?).raster(&mut pass);
        pass.draw(0..3, 0..1);
        Ok(())
    }
}

/// Copies the picture to where the host reads it.
#[derive(System, AutoBarriers)]
#[queue(transfer)]
#[reads(GpuImage<PictureRenderTarget>)]
#[writes(discard GpuBuffer<PictureStaging>)]
pub struct ReadBack;

impl Run for ReadBack {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let picture = cx.image::<PictureRenderTarget>()?;
        cx.recording()?.copy_image_to_buffer(picture, &ImageRegion::default(), cx.buffer::<PictureStaging>()?, 0)?;
        Ok(())
    }
}
