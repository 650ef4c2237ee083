//! A rendering, or a chunk of one: the commands that draw.

use std::ops::Range;

use ash::vk;

use crate::declare::access::Access;
use crate::record::declared::AnyBuffer;
use crate::record::error::VkError;
use crate::record::one_thread::OneThread;
use crate::record::rendering::End;
use crate::record::script::ScriptPass;
use crate::record::table::Table;
use crate::resource::GpuBuffer;

/// Records draws inside one rendering, or inside one chunk of it. Neither `Send` nor `Sync`.
pub struct Rendering<'r> {
    table: &'r Table,
    pass: &'r ScriptPass,
    raw: vk::CommandBuffer,
    bound: bool,
    indexed: bool,
    end: End,
    _not_send: OneThread,
}

impl<'r> Rendering<'r> {
    pub(crate) const fn new(table: &'r Table, pass: &'r ScriptPass, raw: vk::CommandBuffer, end: End) -> Self {
        Self { table, pass, raw, bound: false, indexed: false, end, _not_send: OneThread::HERE }
    }

    /// Returns the command buffer, for commands that are not here. It is recording, inside rendering.
    #[inline]
    pub const fn raw(&self) -> vk::CommandBuffer {
        self.raw
    }

    /// Returns the functions of the device, to be used with [`Self::raw`].
    #[inline]
    pub fn device(&self) -> &ash::Device {
        &self.table.device
    }

    /// Binds a graphics pipeline. Specification: `vkCmdBindPipeline`.
    ///
    /// # Safety
    ///
    /// - `pipeline` is a graphics pipeline of this device, made for these attachments' formats, and lives until the frame is done.
    /// - The draws that follow obey its valid usage: descriptor sets, push constants, vertex buffers and dynamic state that it
    ///   needs are set, and vertices, indices and instances lie inside their buffers.
    /// - Its shaders touch, through them, only what the system declares.
    #[inline]
    pub unsafe fn bind_pipeline(&mut self, pipeline: vk::Pipeline) {
        self.bound = true;
        // SAFETY: the caller's promise; the command buffer is recording in this thread alone.
        unsafe { self.device().cmd_bind_pipeline(self.raw, vk::PipelineBindPoint::GRAPHICS, pipeline) };
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
        let point = vk::PipelineBindPoint::GRAPHICS;
        // SAFETY: the caller's promise; the command buffer is recording in this thread alone.
        unsafe { self.device().cmd_bind_descriptor_sets(self.raw, point, layout, first, sets, dynamic_offsets) };
    }

    /// Sets push constants. Specification: `vkCmdPushConstants`.
    ///
    /// # Safety
    ///
    /// `layout` is of this device, and has a range of push constants for exactly these stages that holds these bytes.
    #[inline]
    pub unsafe fn push_constants(
        &mut self,
        layout: vk::PipelineLayout,
        stages: vk::ShaderStageFlags,
        offset: u32,
        bytes: &[u8],
    ) {
        // SAFETY: the caller's promise; the command buffer is recording in this thread alone.
        unsafe { self.device().cmd_push_constants(self.raw, layout, stages, offset, bytes) };
    }

    /// Binds a vertex buffer from `offset` on. Specification: `vkCmdBindVertexBuffers`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `reads`, or ends before `offset`.
    #[inline]
    pub fn bind_vertex_buffer<M: ?Sized>(
        &mut self,
        binding: u32,
        buffer: GpuBuffer<M>,
        offset: u64,
    ) -> Result<(), VkError> {
        let buffer = self.declared("bind_vertex_buffer", buffer, offset, 1)?;
        // SAFETY: recording in this thread alone; the buffer is alive until the frame is done, `offset` inside it.
        unsafe { self.device().cmd_bind_vertex_buffers(self.raw, binding, &[buffer], &[offset]) };
        Ok(())
    }

    /// Binds the index buffer from `offset` on. Specification: `vkCmdBindIndexBuffer`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `reads`, or ends before `offset`.
    #[inline]
    pub fn bind_index_buffer<M: ?Sized>(
        &mut self,
        buffer: GpuBuffer<M>,
        offset: u64,
        kind: vk::IndexType,
    ) -> Result<(), VkError> {
        let buffer = self.declared("bind_index_buffer", buffer, offset, 1)?;
        self.indexed = true;
        // SAFETY: recording in this thread alone; the buffer is alive until the frame is done, `offset` inside it.
        unsafe { self.device().cmd_bind_index_buffer(self.raw, buffer, offset, kind) };
        Ok(())
    }

    /// Sets viewport and scissor, where the pipeline has them dynamic. They begin as the whole area.
    #[inline]
    pub fn set_area(&mut self, area: vk::Rect2D) {
        let viewport = vk::Viewport {
            x: area.offset.x as f32,
            y: area.offset.y as f32,
            width: area.extent.width as f32,
            height: area.extent.height as f32,
            min_depth: 0.0,
            max_depth: 1.0,
        };
        self.set_viewport(viewport);
        self.set_scissor(area);
    }

    /// Sets the viewport. Specification: `vkCmdSetViewport`.
    #[inline]
    pub fn set_viewport(&mut self, viewport: vk::Viewport) {
        // SAFETY: recording in this thread alone.
        unsafe { self.device().cmd_set_viewport(self.raw, 0, &[viewport]) };
    }

    /// Sets the scissor. Specification: `vkCmdSetScissor`.
    #[inline]
    pub fn set_scissor(&mut self, scissor: vk::Rect2D) {
        // SAFETY: recording in this thread alone.
        unsafe { self.device().cmd_set_scissor(self.raw, 0, &[scissor]) };
    }

    /// Draws. Specification: `vkCmdDraw`.
    ///
    /// # Panics
    ///
    /// If no pipeline is bound.
    #[inline]
    #[track_caller]
    pub fn draw(&mut self, vertices: Range<u32>, instances: Range<u32>) {
        self.needs_pipeline("draw");
        let (vertex_count, instance_count) = (len(&vertices), len(&instances));
        // SAFETY: who bound the pipeline promised the valid usage of draws; recording in this thread alone.
        unsafe {
            self.device().cmd_draw(self.raw, vertex_count, instance_count, vertices.start, instances.start);
        }
    }

    /// Draws with indices. Specification: `vkCmdDrawIndexed`.
    ///
    /// # Panics
    ///
    /// If no pipeline or no index buffer is bound.
    #[inline]
    #[track_caller]
    pub fn draw_indexed(&mut self, indices: Range<u32>, vertex_offset: i32, instances: Range<u32>) {
        self.needs_pipeline("draw_indexed");
        self.needs_indices("draw_indexed");
        let (count, instance_count) = (len(&indices), len(&instances));
        // SAFETY: who bound the pipeline promised the valid usage of draws; recording in this thread alone.
        unsafe {
            self.device().cmd_draw_indexed(
                self.raw,
                count,
                instance_count,
                indices.start,
                vertex_offset,
                instances.start,
            );
        }
    }

    /// Draws as the `VkDrawIndirectCommand`s from `offset` on say. Specification: `vkCmdDrawIndirect`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `reads`, or ends before the last command does.
    ///
    /// # Panics
    ///
    /// If no pipeline is bound.
    #[inline]
    #[track_caller]
    pub fn draw_indirect<M: ?Sized>(
        &mut self,
        commands: GpuBuffer<M>,
        offset: u64,
        count: u32,
        stride: u32,
    ) -> Result<(), VkError> {
        self.needs_pipeline("draw_indirect");
        let len = span(count, stride, size_of::<vk::DrawIndirectCommand>());
        let commands = self.declared("draw_indirect", commands, offset, len)?;
        // SAFETY: who bound the pipeline promised the valid usage of draws; the commands lie inside their buffer.
        unsafe { self.device().cmd_draw_indirect(self.raw, commands, offset, count, stride) };
        Ok(())
    }

    /// Draws as the `VkDrawIndexedIndirectCommand`s from `offset` on say. Specification: `vkCmdDrawIndexedIndirect`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `reads`, or ends before the last command does.
    ///
    /// # Panics
    ///
    /// If no pipeline or no index buffer is bound.
    #[inline]
    #[track_caller]
    pub fn draw_indexed_indirect<M: ?Sized>(
        &mut self,
        commands: GpuBuffer<M>,
        offset: u64,
        count: u32,
        stride: u32,
    ) -> Result<(), VkError> {
        self.needs_pipeline("draw_indexed_indirect");
        self.needs_indices("draw_indexed_indirect");
        let len = span(count, stride, size_of::<vk::DrawIndexedIndirectCommand>());
        let commands = self.declared("draw_indexed_indirect", commands, offset, len)?;
        // SAFETY: who bound the pipeline promised the valid usage of draws; the commands lie inside their buffer.
        unsafe { self.device().cmd_draw_indexed_indirect(self.raw, commands, offset, count, stride) };
        Ok(())
    }

    /// Refuses a buffer that the system does not declare in `reads`, and bytes that it does not have.
    #[inline]
    fn declared<M: ?Sized>(
        &self,
        command: &'static str,
        buffer: GpuBuffer<M>,
        offset: u64,
        len: u64,
    ) -> Result<vk::Buffer, VkError> {
        let bytes = offset..offset.saturating_add(len);
        if self.pass.reads(buffer.raw(), &bytes) {
            return Ok(buffer.raw());
        }
        self.declared_in_parts(command, &AnyBuffer::of(buffer), bytes)
    }

    /// Accepts bytes that several declared accesses have together; says what is wrong with all others.
    #[cold]
    fn declared_in_parts(
        &self,
        command: &'static str,
        buffer: &AnyBuffer,
        bytes: Range<u64>,
    ) -> Result<vk::Buffer, VkError> {
        let (end, len_bytes) = (bytes.end, buffer.handle.len_bytes);
        if end > len_bytes {
            self.pass.buffer(buffer, Some(Access::Read))?;
            return Err(VkError::OutOfRange { command, resource: buffer.name(), end, len_bytes });
        }
        self.pass.bytes(buffer, Some(Access::Read), bytes)?;
        Ok(buffer.handle.raw)
    }

    #[inline]
    #[track_caller]
    fn needs_pipeline(&self, command: &str) {
        assert!(self.bound, "`{}` calls `{command}` with no pipeline bound", self.pass.name);
    }

    #[inline]
    #[track_caller]
    fn needs_indices(&self, command: &str) {
        assert!(self.indexed, "`{}` calls `{command}` with no index buffer bound", self.pass.name);
    }
}

impl Drop for Rendering<'_> {
    fn drop(&mut self) {
        match self.end {
            // SAFETY: the rendering was begun in this command buffer, which is recording in this thread alone.
            End::Rendering => unsafe { self.table.device.cmd_end_rendering(self.raw) },
            End::Nothing => {}
        }
    }
}

impl std::fmt::Debug for Rendering<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rendering of `{}`", self.pass.name)
    }
}

const fn len(range: &Range<u32>) -> u32 {
    range.end.saturating_sub(range.start)
}

fn span(count: u32, stride: u32, size: usize) -> u64 {
    match count {
        0 => 0,
        count => u64::from(count - 1) * u64::from(stride) + size as u64,
    }
}
