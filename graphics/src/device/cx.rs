//! What a system reaches of its frame through `cx`.

use std::any::Any;

use fencewright::{Cx, RunContext};

use crate::declare::pass::{GpuResourceAccess, Uses};
use crate::device::ask::Ask;
use crate::device::frame::VkFrame;
use crate::record::encoder::VkCommandEncoder;
use crate::record::error::VkError;
use crate::resource::{GpuBuffer, GpuImage, Prev};

/// The GPU side of a system's [`Cx`]: its encoder, and the handles of what it declares.
pub trait CxGraphics<'w, S> {
    /// Returns the frame that the run was given.
    ///
    /// # Errors
    ///
    /// If the schedule was run without one.
    fn frame(&self) -> Result<&'w VkFrame, VkError>;

    /// Returns the encoder of this system: once in a frame.
    ///
    /// # Errors
    ///
    /// If the run has no frame, or the system has taken its encoder already.
    fn encoder(&self) -> Result<VkCommandEncoder<'w, S::Pass>, VkError>
    where
        S: GpuResourceAccess;

    /// Returns the buffer that the declaration means: the instance that its first access of this type names.
    ///
    /// # Errors
    ///
    /// If the run has no frame.
    fn buffer<M: ?Sized + 'static>(&self) -> Result<GpuBuffer<M>, VkError>
    where
        S: Uses<GpuBuffer<M>>;

    /// Returns the image that the declaration means: the instance that its first access of this type names.
    ///
    /// # Errors
    ///
    /// If the run has no frame.
    fn image<M: ?Sized + 'static>(&self) -> Result<GpuImage<M>, VkError>
    where
        S: Uses<GpuImage<M>>;

    /// Returns one of several buffers that are declared with `[instance = ..]`.
    ///
    /// # Errors
    ///
    /// If this instance is not declared, or the run has no frame.
    fn buffer_at<M: ?Sized + 'static>(&self, instance: u32) -> Result<GpuBuffer<M>, VkError>
    where
        S: Uses<GpuBuffer<M>>;

    /// Returns one of several images that are declared with `[instance = ..]`.
    ///
    /// # Errors
    ///
    /// If this instance is not declared, or the run has no frame.
    fn image_at<M: ?Sized + 'static>(&self, instance: u32) -> Result<GpuImage<M>, VkError>
    where
        S: Uses<GpuImage<M>>;

    /// Returns the buffer that the previous frame wrote.
    ///
    /// # Errors
    ///
    /// If the run has no frame.
    fn prev_buffer<M: ?Sized + 'static>(&self) -> Result<GpuBuffer<M>, VkError>
    where
        S: Uses<Prev<GpuBuffer<M>>>;

    /// Returns the image that the previous frame wrote.
    ///
    /// # Errors
    ///
    /// If the run has no frame.
    fn prev_image<M: ?Sized + 'static>(&self) -> Result<GpuImage<M>, VkError>
    where
        S: Uses<Prev<GpuImage<M>>>;
}

impl<'w, S> CxGraphics<'w, S> for Cx<'w, S> {
    fn frame(&self) -> Result<&'w VkFrame, VkError> {
        // An error is made only where there is one.
        match frame_of(self.any_context()) {
            Some(frame) => Ok(frame),
            None => Err(VkError::NoFrame),
        }
    }

    fn encoder(&self) -> Result<VkCommandEncoder<'w, S::Pass>, VkError>
    where
        S: GpuResourceAccess,
    {
        self.frame()?.encoder_on(self.system_index(), self.threads())
    }

    fn buffer<M: ?Sized + 'static>(&self) -> Result<GpuBuffer<M>, VkError>
    where
        S: Uses<GpuBuffer<M>>,
    {
        ask(self, None, false).buffer()
    }

    fn image<M: ?Sized + 'static>(&self) -> Result<GpuImage<M>, VkError>
    where
        S: Uses<GpuImage<M>>,
    {
        ask(self, None, false).image()
    }

    fn buffer_at<M: ?Sized + 'static>(&self, instance: u32) -> Result<GpuBuffer<M>, VkError>
    where
        S: Uses<GpuBuffer<M>>,
    {
        ask(self, Some(instance), false).buffer()
    }

    fn image_at<M: ?Sized + 'static>(&self, instance: u32) -> Result<GpuImage<M>, VkError>
    where
        S: Uses<GpuImage<M>>,
    {
        ask(self, Some(instance), false).image()
    }

    fn prev_buffer<M: ?Sized + 'static>(&self) -> Result<GpuBuffer<M>, VkError>
    where
        S: Uses<Prev<GpuBuffer<M>>>,
    {
        ask(self, None, true).buffer()
    }

    fn prev_image<M: ?Sized + 'static>(&self) -> Result<GpuImage<M>, VkError>
    where
        S: Uses<Prev<GpuImage<M>>>,
    {
        ask(self, None, true).image()
    }
}

fn ask<'w, S>(cx: &Cx<'w, S>, instance: Option<u32>, previous: bool) -> Ask<'w> {
    Ask { frame: frame_of(cx.any_context()), system: cx.system_index(), instance, previous }
}

/// Returns the frame among what a run may be given.
#[inline(never)]
fn frame_of(context: Option<&dyn RunContext>) -> Option<&VkFrame> {
    let context: &dyn Any = context?;
    context.downcast_ref()
}
