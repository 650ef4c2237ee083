//! The raster pass that turns light into a picture.

use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, Load, RenderingDesc};

use crate::gpu::Program;
use crate::resources::{LightRenderTarget, PictureRenderTarget};

/// Adds glow, exposes, smooths edges.
#[derive(System, AutoBarriers)]
#[reads(GpuImage<LightRenderTarget> as FragmentSampled)]
#[writes(discard GpuImage<PictureRenderTarget>)]
pub struct Post {
    pub program: Program,
}

impl Run for Post {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut raster = cx.encoder()?;
        let picture =
            ColorAttachment { load: Load::Discard, ..ColorAttachment::new(cx.image::<PictureRenderTarget>()?) };
        let mut pass = raster.begin_rendering(&RenderingDesc { colors: &[picture], ..RenderingDesc::default() })?;
        self.program.raster(&mut pass);
        pass.draw(0..3, 0..1);
        Ok(())
    }
}
