//! What most tests begin and end with.

use std::error::Error;
use std::marker::PhantomData;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{
    BufferDesc, CommandBuffers, GpuBuffer, Memory, RendererDesc, TimelinePoint, Validation, VkRenderer,
};

pub(crate) type TestResult = Result<(), Box<dyn Error>>;

/// Contents of buffers. What they are called is what they are for.
pub(crate) struct Source;
pub(crate) struct Middle;
pub(crate) struct Answer;

/// Makes a renderer whose layer checks everything.
pub(crate) fn renderer() -> Result<VkRenderer, Box<dyn Error>> {
    renderer_with(RendererDesc::default())
}

/// Makes a renderer whose layer checks everything. Its command buffers are those that there are without a layer.
pub(crate) fn renderer_with(desc: RendererDesc) -> Result<VkRenderer, Box<dyn Error>> {
    let command_buffers = match desc.command_buffers {
        CommandBuffers::Auto => CommandBuffers::Joined,
        asked => asked,
    };
    let validation = Validation::Synchronization;
    let renderer = VkRenderer::headless(RendererDesc { validation, command_buffers, ..desc })?;
    let validation = renderer.validation().ok_or("there is no validation layer")?;
    let (name, value) = Validation::ENVIRONMENT;
    assert!(validation.between_submits, "layer {} sees nothing between submits; set {name}={value}", validation.layer);
    Ok(renderer)
}

/// Asserts that the layer found nothing.
pub(crate) fn assert_silent(renderer: &VkRenderer) {
    let report = renderer.messages();
    assert_eq!(report.count, 0, "{report}");
}

/// Makes a buffer that is copied from and to, and used as storage.
pub(crate) fn buffer<M: 'static>(renderer: &VkRenderer, len_bytes: u64) -> Result<GpuBuffer<M>, Box<dyn Error>> {
    let usage =
        vk::BufferUsageFlags::TRANSFER_DST | vk::BufferUsageFlags::TRANSFER_SRC | vk::BufferUsageFlags::STORAGE_BUFFER;
    Ok(renderer.create_buffer(&BufferDesc { len_bytes, usage, memory: Memory::Device, ..BufferDesc::default() })?)
}

/// Makes a buffer that the host reads.
pub(crate) fn readback<M: 'static>(renderer: &VkRenderer, len_bytes: u64) -> Result<GpuBuffer<M>, Box<dyn Error>> {
    let usage = vk::BufferUsageFlags::TRANSFER_DST;
    Ok(renderer.create_buffer(&BufferDesc { len_bytes, usage, memory: Memory::Readback, ..BufferDesc::default() })?)
}

/// Runs one frame.
pub(crate) fn frame(
    renderer: &VkRenderer,
    schedule: &mut Schedule,
    world: &mut World,
) -> Result<TimelinePoint, Box<dyn Error>> {
    let frame = renderer.begin_frame()?;
    schedule.run_with(world, &frame)?;
    Ok(renderer.end_frame(frame)?)
}

/// Uploads its bytes to [`Source`].
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as CopyDestination)]
pub(crate) struct Upload(pub(crate) Vec<u8>);

impl Run for Upload {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        cmd.upload_buffer(cx.buffer::<Source>()?, 0, &self.0)?;
        Ok(())
    }
}

/// Fills [`Source`] with copies of a word.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as Fill)]
pub(crate) struct FillSource(pub(crate) u32);

impl Run for FillSource {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let source = cx.buffer::<Source>()?;
        cx.encoder()?.fill_buffer(source, 0..source.len_bytes(), self.0)?;
        Ok(())
    }
}

/// Copies [`Source`] to [`Middle`].
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as CopySource)]
#[writes(GpuBuffer<Middle> as CopyDestination)]
pub(crate) struct ToMiddle;

impl Run for ToMiddle {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Source>()?, cx.buffer::<Middle>()?)?;
        Ok(())
    }
}

/// Copies [`Middle`] to [`Answer`].
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Middle> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
pub(crate) struct ToAnswer;

impl Run for ToAnswer {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Middle>()?, cx.buffer::<Answer>()?)?;
        Ok(())
    }
}

/// Makes a system that copies a buffer to [`Answer`].
macro_rules! save_buffer {
    ($name:ident, $contents:ident) => {
        #[derive(System, AutoBarriers)]
        #[reads(GpuBuffer<$contents> as CopySource)]
        #[writes(GpuBuffer<Answer> as CopyDestination)]
        struct $name;

        impl Run for $name {
            fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
                cx.encoder()?.copy_buffer(cx.buffer::<$contents>()?, cx.buffer::<Answer>()?)?;
                Ok(())
            }
        }
    };
}
pub(crate) use save_buffer;

/// Copies an image to [`Answer`].
#[derive(System, AutoBarriers)]
#[reads(GpuImage<M> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
pub(crate) struct SavePicture<M: 'static>(PhantomData<fn() -> M>);

impl<M> SavePicture<M> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<M> Run for SavePicture<M> {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (image, answer) = (cx.image::<M>()?, cx.buffer::<Answer>()?);
        cx.encoder()?.copy_image_to_buffer(image, &ImageRegion::default(), answer, 0)?;
        Ok(())
    }
}

/// Bytes go from the host through two buffers back to the host.
#[derive(Schedule)]
pub(crate) struct Through {
    pub(crate) upload: (Upload,),
    #[stage(after = "upload")]
    pub(crate) middle: (ToMiddle,),
    #[stage(after = "middle")]
    pub(crate) answer: (ToAnswer,),
}

/// Makes [`Source`], [`Middle`] and [`Answer`], and the schedule that goes through them.
pub(crate) fn through(renderer: &VkRenderer, bytes: &[u8]) -> Result<(Schedule, GpuBuffer<Answer>), Box<dyn Error>> {
    let len = bytes.len() as u64;
    buffer::<Source>(renderer, len)?;
    buffer::<Middle>(renderer, len)?;
    let answer = readback(renderer, len)?;
    let schedule = Through { upload: (Upload(bytes.to_vec()),), middle: (ToMiddle,), answer: (ToAnswer,) };
    Ok((schedule.schedule()?, answer))
}

/// Returns numbers that look random and are the same each time.
pub(crate) fn numbers(seed: u64) -> impl Iterator<Item = u64> {
    std::iter::successors(Some(seed.wrapping_mul(2) + 1), |state| {
        let mut x = *state;
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        Some(x)
    })
    .map(|x| x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16)
}
