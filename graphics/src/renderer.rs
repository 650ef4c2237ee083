//! What renders frames.

use fencewright::RunContext;

/// Begins and ends frames.
///
/// A frame is handed to one run of a schedule, and ended when the run succeeded; a frame that is dropped instead leaves
/// no trace.
pub trait Renderer: Send + Sync {
    /// A frame while it is recorded.
    type Frame: RunContext + Send;
    /// What is known of a frame that was submitted.
    type Submitted;
    /// What goes wrong.
    type Error: std::error::Error + Send + Sync + 'static;

    /// Begins a frame, once the host is no further ahead of the device than allowed.
    ///
    /// # Errors
    ///
    /// If the device does not finish an earlier frame in time, or is lost.
    fn begin_frame(&self) -> Result<Self::Frame, Self::Error>;

    /// Submits a frame whose run succeeded.
    ///
    /// # Errors
    ///
    /// If a system's recording failed; then nothing is submitted. If the device is lost.
    fn end_frame(&self, frame: Self::Frame) -> Result<Self::Submitted, Self::Error>;
}
