//! The commands of compute passes.

use ash::vk;

use crate::declare::access::Access;
use crate::declare::pass::Compute;
use crate::record::declared::AnyBuffer;
use crate::record::encoder::VkCommandEncoder;
use crate::record::error::VkError;
use crate::resource::GpuBuffer;

impl VkCommandEncoder<'_, Compute> {
    /// Binds a compute pipeline. Specification: `vkCmdBindPipeline`.
    ///
    /// # Safety
    ///
    /// - `pipeline` is a compute pipeline of this device, and lives until the frame is done.
    /// - The dispatches that follow obey its valid usage: descriptor sets and push constants that fit its layout are bound.
    /// - Its shader touches, through them, only what the system declares.
    #[inline]
    pub unsafe fn bind_pipeline(&mut self, pipeline: vk::Pipeline) {
        self.open.bound = true;
        // SAFETY: the caller's promise; the command buffer is recording in this thread alone.
        unsafe { self.device().cmd_bind_pipeline(self.raw(), vk::PipelineBindPoint::COMPUTE, pipeline) };
    }

    /// Binds descriptor sets, the first as set number `first`. Specification: `vkCmdBindDescriptorSets`.
    ///
    /// # Safety
    ///
    /// - Layout and sets are of this device, fit each other, and live until the frame is done.
    /// - The sets name only what the system declares, and are not updated until the frame is done.
    #[inline]
    pub unsafe fn bind_descriptor_sets(
        &mut self,
        layout: vk::PipelineLayout,
        first: u32,
        sets: &[vk::DescriptorSet],
        dynamic_offsets: &[u32],
    ) {
        let point = vk::PipelineBindPoint::COMPUTE;
        // SAFETY: the caller's promise; the command buffer is recording in this thread alone.
        unsafe { self.device().cmd_bind_descriptor_sets(self.raw(), point, layout, first, sets, dynamic_offsets) };
    }

    /// Sets push constants. Specification: `vkCmdPushConstants`.
    ///
    /// # Safety
    ///
    /// `layout` is of this device, and has a range of push constants for the compute stage that holds these bytes.
    #[inline]
    pub unsafe fn push_constants(&mut self, layout: vk::PipelineLayout, offset: u32, bytes: &[u8]) {
        let stages = vk::ShaderStageFlags::COMPUTE;
        // SAFETY: the caller's promise; the command buffer is recording in this thread alone.
        unsafe { self.device().cmd_push_constants(self.raw(), layout, stages, offset, bytes) };
    }

    /// Runs `x * y * z` workgroups. Specification: `vkCmdDispatch`.
    ///
    /// # Panics
    ///
    /// If no pipeline is bound.
    #[inline]
    #[track_caller]
    pub fn dispatch(&mut self, x: u32, y: u32, z: u32) {
        self.needs_pipeline("dispatch");
        // SAFETY: who bound the pipeline promised the valid usage of dispatches; recording in this thread alone.
        unsafe { self.device().cmd_dispatch(self.raw(), x, y, z) };
    }

    /// Runs as many workgroups as the `VkDispatchIndirectCommand` at `offset` says. Specification: `vkCmdDispatchIndirect`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `reads`, or ends before the command does.
    ///
    /// # Panics
    ///
    /// If no pipeline is bound.
    #[inline]
    #[track_caller]
    pub fn dispatch_indirect<M: ?Sized>(&mut self, commands: GpuBuffer<M>, offset: u64) -> Result<(), VkError> {
        self.needs_pipeline("dispatch_indirect");
        let bytes = offset..offset.saturating_add(size_of::<vk::DispatchIndirectCommand>() as u64);
        let commands = self.open.checked("dispatch_indirect", &AnyBuffer::of(commands), Some(Access::Read), bytes)?;
        // SAFETY: who bound the pipeline promised the valid usage of dispatches; the buffer is alive until the frame is done.
        unsafe { self.device().cmd_dispatch_indirect(self.raw(), commands, offset) };
        Ok(())
    }

    #[inline]
    #[track_caller]
    fn needs_pipeline(&self, command: &str) {
        self.open.pool.log.commands();
        assert!(self.open.bound, "`{}` calls `{command}` with no pipeline bound", self.pass().name);
    }
}
