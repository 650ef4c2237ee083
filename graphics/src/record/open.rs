//! The open pass of one system.

use std::mem::ManuallyDrop;
use std::ops::Range;

use ash::vk;
use fencewright::Threads;

use crate::declare::access::Access;
use crate::declare::pass::PassKind;
use crate::record::declared::AnyBuffer;
use crate::record::error::VkError;
use crate::record::pools::{Pool, Pools};
use crate::record::progress::State;
use crate::record::recorder::Recorder;
use crate::record::script::ScriptPass;

/// The open pass of one system, in a command buffer that is recording. Dropping it ends the pass.
pub(crate) struct Open<'f> {
    pub(crate) recorder: &'f Recorder,
    pub(crate) pass: &'f ScriptPass,
    pub(crate) state: &'f State,
    /// Where its pool comes from.
    pub(crate) pools: &'f Pools,
    pub(crate) raw: vk::CommandBuffer,
    /// Where chunks are recorded.
    pub(crate) threads: &'f Threads,
    /// The place of the pass.
    pub(crate) index: usize,
    /// Whether a pipeline is bound to the bind point of the pass.
    pub(crate) bound: bool,
    /// Given back when it ends.
    pub(crate) pool: ManuallyDrop<Box<Pool>>,
}

impl Open<'_> {
    /// Refuses a buffer or bytes that the system does not declare, and bytes that the buffer does not have.
    pub(crate) fn checked(
        &self,
        command: &'static str,
        buffer: &AnyBuffer,
        access: Option<Access>,
        bytes: Range<u64>,
    ) -> Result<vk::Buffer, VkError> {
        let len_bytes = buffer.handle.len_bytes;
        if bytes.start > bytes.end || bytes.end > len_bytes {
            self.pass.buffer(buffer, access)?;
            let end = bytes.end.max(bytes.start);
            return Err(VkError::OutOfRange { command, resource: buffer.name(), end, len_bytes });
        }
        let used = self.pass.bytes(buffer, access, bytes)?;
        self.pool.log.command(used, access);
        Ok(buffer.handle.raw)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        // SAFETY: it is taken here alone.
        let mut pool = unsafe { ManuallyDrop::take(&mut self.pool) };
        self.recorder.recorded(self.index, self.state, self.raw, &mut pool);
        self.pools.give(pool);
    }
}

/// Says why a system does not get its encoder.
#[cold]
pub(crate) fn refusal(pass: &ScriptPass, kind: PassKind) -> VkError {
    let system = pass.name.to_string();
    if pass.kind == kind {
        VkError::EncoderTaken { system }
    } else {
        VkError::WrongKind { system, is: kind_word(pass.kind), wanted: kind_word(kind) }
    }
}

const fn kind_word(kind: PassKind) -> &'static str {
    match kind {
        PassKind::Raster => "raster",
        PassKind::Compute => "compute",
        PassKind::Transfer => "transfer",
        PassKind::RayTracing => "ray-tracing",
        PassKind::Opaque => "opaque",
    }
}
