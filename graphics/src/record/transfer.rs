//! The commands of transfer passes: copies, fills, updates, blits, clears, and uploads from the host.

use std::ops::Range;

use ash::vk;

use crate::declare::access::Access;
use crate::declare::pass::Transfer;
use crate::record::attachment::ClearColor;
use crate::record::declared::{AnyBuffer, AnyImage};
use crate::record::encoder::VkCommandEncoder;
use crate::record::error::VkError;
use crate::record::format;
use crate::record::open::Open;
use crate::record::region::{self, ImageRegion, Resolved};
use crate::resource::{GpuBuffer, GpuImage};

impl VkCommandEncoder<'_, Transfer> {
    /// Copies the whole of `from` to the start of `to`.
    ///
    /// # Errors
    ///
    /// If one of them is not declared, or `to` is shorter.
    pub fn copy_buffer<A: ?Sized, B: ?Sized>(&mut self, from: GpuBuffer<A>, to: GpuBuffer<B>) -> Result<(), VkError> {
        self.copy_bytes(from, 0..from.len_bytes(), to, 0)
    }

    /// Copies some bytes of `from` to `to`, where they begin at `offset`. Specification: `vkCmdCopyBuffer`.
    ///
    /// # Errors
    ///
    /// If one of the buffers is not declared, or ends before the range does.
    pub fn copy_bytes<A: ?Sized, B: ?Sized>(
        &mut self,
        from: GpuBuffer<A>,
        bytes: Range<u64>,
        to: GpuBuffer<B>,
        offset: u64,
    ) -> Result<(), VkError> {
        let len = bytes.end.saturating_sub(bytes.start);
        let source = self.open.checked("copy_bytes", &AnyBuffer::of(from), Some(Access::Read), bytes.clone())?;
        let target = self.open.checked(
            "copy_bytes",
            &AnyBuffer::of(to),
            Some(Access::Write),
            offset..offset.saturating_add(len),
        )?;
        if len > 0 {
            let region = [vk::BufferCopy { src_offset: bytes.start, dst_offset: offset, size: len }];
            // SAFETY: recording in this thread alone; both are alive until the frame is done, and the ranges inside them.
            unsafe { self.device().cmd_copy_buffer(self.raw(), source, target, &region) };
        }
        Ok(())
    }

    /// Fills some bytes with copies of `word`. Specification: `vkCmdFillBuffer`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `writes` or ends before the range does, or a bound is no multiple of 4.
    pub fn fill_buffer<M: ?Sized>(&mut self, to: GpuBuffer<M>, bytes: Range<u64>, word: u32) -> Result<(), VkError> {
        let target = self.open.checked("fill_buffer", &AnyBuffer::of(to), Some(Access::Write), bytes.clone())?;
        multiple_of_4("fill_buffer", bytes.start)?;
        multiple_of_4("fill_buffer", bytes.end)?;
        if bytes.end > bytes.start {
            let len = bytes.end - bytes.start;
            // SAFETY: recording in this thread alone; the buffer is alive until the frame is done, the range is inside it.
            unsafe { self.device().cmd_fill_buffer(self.raw(), target, bytes.start, len, word) };
        }
        Ok(())
    }

    /// Writes a few bytes, which are kept in the command buffer: at most 65536. Specification: `vkCmdUpdateBuffer`.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `writes` or is too short, there are too many bytes, or offset or length is no multiple
    /// of 4.
    pub fn update_buffer<M: ?Sized>(&mut self, to: GpuBuffer<M>, offset: u64, bytes: &[u8]) -> Result<(), VkError> {
        let end = offset.saturating_add(bytes.len() as u64);
        let target = self.open.checked("update_buffer", &AnyBuffer::of(to), Some(Access::Write), offset..end)?;
        multiple_of_4("update_buffer", offset)?;
        multiple_of_4("update_buffer", end)?;
        if bytes.len() > 65536 {
            let why = format!("{} bytes are more than 65536; use `upload_buffer`", bytes.len());
            return Err(VkError::BadCommand { command: "update_buffer", why });
        }
        if !bytes.is_empty() {
            // SAFETY: recording in this thread alone; the buffer is alive until the frame is done, the range is inside it.
            unsafe { self.device().cmd_update_buffer(self.raw(), target, offset, bytes) };
        }
        Ok(())
    }

    /// Copies bytes of the host into a buffer, through memory that belongs to the frame: no other resource is needed, and
    /// `bytes` may go when this returns.
    ///
    /// # Errors
    ///
    /// If the buffer is not declared in `writes` or is too short, or memory runs out.
    pub fn upload_buffer<M: ?Sized>(&mut self, to: GpuBuffer<M>, offset: u64, bytes: &[u8]) -> Result<(), VkError> {
        self.open.upload(&AnyBuffer::of(to), offset, bytes)
    }

    /// Copies texels of the host into a part of an image; rows and layers follow each other without gaps.
    ///
    /// # Errors
    ///
    /// If the image is not declared in `writes`, the region lies outside it, `texels` has another length than the region, or
    /// memory runs out.
    pub fn upload_image<M: ?Sized>(
        &mut self,
        to: GpuImage<M>,
        region: &ImageRegion,
        texels: &[u8],
    ) -> Result<(), VkError> {
        let (region, layout) = self.open.region("upload_image", &AnyImage::of(to), region, Access::Write)?;
        let bytes = region.bytes("upload_image", to.format())?;
        if bytes != texels.len() as u64 {
            let why = format!(
                "the region of `{}` has {bytes} bytes, and {} were given",
                AnyImage::of(to).name(),
                texels.len()
            );
            return Err(VkError::BadCommand { command: "upload_image", why });
        }
        let block = format::block_bytes(to.format(), region.subresource.aspect_mask).unwrap_or(4);
        let (source, start) = self.open.recorder.staging.stage(texels, least_common_multiple(u64::from(block), 4))?;
        let copy = [buffer_image_copy(start, region)];
        // SAFETY: recording in this thread alone; both are alive until the frame is done, the region is inside the image and
        // its bytes inside the staging memory.
        unsafe { self.device().cmd_copy_buffer_to_image(self.raw(), source, to.raw(), layout, &copy) };
        Ok(())
    }

    /// Copies texels from a buffer, without gaps, into a part of an image. Specification: `vkCmdCopyBufferToImage`.
    ///
    /// # Errors
    ///
    /// If one of them is not declared, the region lies outside the image, or the buffer ends before its texels do.
    pub fn copy_buffer_to_image<A: ?Sized, B: ?Sized>(
        &mut self,
        from: GpuBuffer<A>,
        offset: u64,
        to: GpuImage<B>,
        region: &ImageRegion,
    ) -> Result<(), VkError> {
        let (region, layout) = self.open.region("copy_buffer_to_image", &AnyImage::of(to), region, Access::Write)?;
        let len = region.bytes("copy_buffer_to_image", to.format())?;
        let bytes = offset..offset.saturating_add(len);
        let source = self.open.checked("copy_buffer_to_image", &AnyBuffer::of(from), Some(Access::Read), bytes)?;
        let copy = [buffer_image_copy(offset, region)];
        // SAFETY: recording in this thread alone; both are alive until the frame is done, and the ranges inside them.
        unsafe { self.device().cmd_copy_buffer_to_image(self.raw(), source, to.raw(), layout, &copy) };
        Ok(())
    }

    /// Copies a part of an image into a buffer, without gaps. Specification: `vkCmdCopyImageToBuffer`.
    ///
    /// # Errors
    ///
    /// If one of them is not declared, the region lies outside the image, or the buffer ends before its texels do.
    pub fn copy_image_to_buffer<A: ?Sized, B: ?Sized>(
        &mut self,
        from: GpuImage<A>,
        region: &ImageRegion,
        to: GpuBuffer<B>,
        offset: u64,
    ) -> Result<(), VkError> {
        let (region, layout) = self.open.region("copy_image_to_buffer", &AnyImage::of(from), region, Access::Read)?;
        let len = region.bytes("copy_image_to_buffer", from.format())?;
        let bytes = offset..offset.saturating_add(len);
        let target = self.open.checked("copy_image_to_buffer", &AnyBuffer::of(to), Some(Access::Write), bytes)?;
        let copy = [buffer_image_copy(offset, region)];
        // SAFETY: recording in this thread alone; both are alive until the frame is done, and the ranges inside them.
        unsafe { self.device().cmd_copy_image_to_buffer(self.raw(), from.raw(), layout, target, &copy) };
        Ok(())
    }

    /// Copies a part of an image into a part of the same size of another. Specification: `vkCmdCopyImage`.
    ///
    /// # Errors
    ///
    /// If one of them is not declared, a region lies outside its image, or the regions differ in size.
    pub fn copy_image<A: ?Sized, B: ?Sized>(
        &mut self,
        from: GpuImage<A>,
        from_region: &ImageRegion,
        to: GpuImage<B>,
        to_region: &ImageRegion,
    ) -> Result<(), VkError> {
        let (first, from_layout) = self.open.region("copy_image", &AnyImage::of(from), from_region, Access::Read)?;
        let (second, to_layout) = self.open.region("copy_image", &AnyImage::of(to), to_region, Access::Write)?;
        if first.extent != second.extent || first.subresource.layer_count != second.subresource.layer_count {
            let why = format!(
                "the regions of `{}` and `{}` differ in size",
                AnyImage::of(from).name(),
                AnyImage::of(to).name()
            );
            return Err(VkError::BadCommand { command: "copy_image", why });
        }
        let copy = [vk::ImageCopy {
            src_subresource: first.subresource,
            src_offset: first.offset,
            dst_subresource: second.subresource,
            dst_offset: second.offset,
            extent: first.extent,
        }];
        // SAFETY: recording in this thread alone; both are alive until the frame is done, and the regions inside them.
        unsafe { self.device().cmd_copy_image(self.raw(), from.raw(), from_layout, to.raw(), to_layout, &copy) };
        Ok(())
    }

    /// Copies a part of an image into a part of another, scaled. Specification: `vkCmdBlitImage`.
    ///
    /// # Errors
    ///
    /// If one of them is not declared, or a region lies outside its image.
    pub fn blit_image<A: ?Sized, B: ?Sized>(
        &mut self,
        from: GpuImage<A>,
        from_region: &ImageRegion,
        to: GpuImage<B>,
        to_region: &ImageRegion,
        filter: vk::Filter,
    ) -> Result<(), VkError> {
        let (first, from_layout) = self.open.region("blit_image", &AnyImage::of(from), from_region, Access::Read)?;
        let (second, to_layout) = self.open.region("blit_image", &AnyImage::of(to), to_region, Access::Write)?;
        let blit = [vk::ImageBlit {
            src_subresource: first.subresource,
            src_offsets: first.corners(),
            dst_subresource: second.subresource,
            dst_offsets: second.corners(),
        }];
        // SAFETY: recording in this thread alone; both are alive until the frame is done, and the regions inside them.
        unsafe {
            self.device().cmd_blit_image(self.raw(), from.raw(), from_layout, to.raw(), to_layout, &blit, filter);
        };
        Ok(())
    }

    /// Sets every texel of the declared part of a colour image. Specification: `vkCmdClearColorImage`.
    ///
    /// # Errors
    ///
    /// If the image is not declared in `writes`.
    pub fn clear_color<M: ?Sized>(&mut self, image: GpuImage<M>, color: impl Into<ClearColor>) -> Result<(), VkError> {
        let used = self.pass().image(&AnyImage::of(image), Some(Access::Write))?;
        self.open.pool.log.command(used, Some(Access::Write));
        let range = crate::record::barrier::range_of(&used.part);
        let ranges = [range.unwrap_or_else(|| crate::record::encoder::whole(image.handle()))];
        let color = color.into().raw();
        // SAFETY: recording in this thread alone; the image is alive until the frame is done, the range is inside it.
        unsafe { self.device().cmd_clear_color_image(self.raw(), image.raw(), used.layout, &color, &ranges) };
        Ok(())
    }
}

impl Open<'_> {
    /// Copies bytes of the host into a buffer.
    fn upload(&self, to: &AnyBuffer, offset: u64, bytes: &[u8]) -> Result<(), VkError> {
        let len = bytes.len() as u64;
        let target = self.checked("upload_buffer", to, Some(Access::Write), offset..offset.saturating_add(len))?;
        if !bytes.is_empty() {
            let (source, start) = self.recorder.staging.stage(bytes, 4)?;
            let region = [vk::BufferCopy { src_offset: start, dst_offset: offset, size: len }];
            // SAFETY: recording in this thread alone; both are alive until the frame is done, and the ranges inside them.
            unsafe { self.recorder.table.device.cmd_copy_buffer(self.raw, source, target, &region) };
        }
        Ok(())
    }

    /// Refuses an image or a part that the system does not declare, and a region outside the image; returns the image's layout.
    fn region(
        &self,
        command: &'static str,
        image: &AnyImage,
        region: &ImageRegion,
        access: Access,
    ) -> Result<(Resolved, vk::ImageLayout), VkError> {
        self.pass.image(image, Some(access))?;
        let region = region::resolve(command, image.handle, &|| image.name(), region)?;
        let used = self.pass.texels(image, access, &region.texels())?;
        self.pool.log.command(used, Some(access));
        Ok((region, used.layout))
    }
}

fn buffer_image_copy(offset: u64, region: Resolved) -> vk::BufferImageCopy {
    vk::BufferImageCopy {
        buffer_offset: offset,
        buffer_row_length: 0,
        buffer_image_height: 0,
        image_subresource: region.subresource,
        image_offset: region.offset,
        image_extent: region.extent,
    }
}

fn multiple_of_4(command: &'static str, number: u64) -> Result<(), VkError> {
    if number.is_multiple_of(4) {
        return Ok(());
    }
    Err(VkError::BadCommand { command, why: format!("{number} is no multiple of 4") })
}

fn least_common_multiple(a: u64, b: u64) -> u64 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}
