//! A frame whose barriers were planned when this crate was built: at run time there is `ash` alone.

use ash::vk;

/// The barriers, as the build script wrote them.
#[allow(unsafe_code, reason = "recording is unsafe in ash")]
pub mod barriers {
    include!(concat!(env!("OUT_DIR"), "/barriers.rs"));
}

/// Numbers for a picture of 16 x 16 texels.
pub const LEN_BYTES: u64 = 16 * 16 * 4;

/// Records the frame: each pass behind its barriers.
///
/// # Safety
///
/// `commands` is being recorded on `device`. The buffers hold [`LEN_BYTES`], and the image is of 16 x 16 texels of four bytes.
#[allow(unsafe_code, reason = "recording is unsafe in ash")]
pub unsafe fn record(device: &ash::Device, commands: vk::CommandBuffer, handles: &barriers::Handles, word: u32) {
    for pass in 0..barriers::PASSES.len() {
        // SAFETY: the caller's promise.
        unsafe { barriers::before_pass(device, commands, handles, pass) };
        // SAFETY: the caller's promise.
        unsafe { record_pass(device, commands, handles, word, barriers::PASSES[pass]) };
    }
    // SAFETY: the caller's promise.
    unsafe { barriers::end_of_submission(device, commands, handles, 0) };
}

/// Records the commands of one pass.
///
/// # Safety
///
/// As of [`record`].
#[allow(unsafe_code, reason = "recording is unsafe in ash")]
pub unsafe fn record_pass(
    device: &ash::Device,
    commands: vk::CommandBuffer,
    handles: &barriers::Handles,
    word: u32,
    pass: &str,
) {
    let layers = vk::ImageSubresourceLayers::default().aspect_mask(vk::ImageAspectFlags::COLOR).layer_count(1);
    let extent = vk::Extent3D { width: 16, height: 16, depth: 1 };
    let region = [vk::BufferImageCopy::default().image_subresource(layers).image_extent(extent)];
    let (source, target) = (vk::ImageLayout::TRANSFER_SRC_OPTIMAL, vk::ImageLayout::TRANSFER_DST_OPTIMAL);
    match pass {
        // SAFETY: the caller's promise.
        "Write" => unsafe { device.cmd_fill_buffer(commands, handles.numbers, 0, LEN_BYTES, word) },
        // SAFETY: the caller's promise; the barriers leave the image in this layout.
        "Draw" => unsafe {
            device.cmd_copy_buffer_to_image(commands, handles.numbers, handles.picture, target, &region);
        },
        // SAFETY: as above.
        "ReadBack" => unsafe {
            device.cmd_copy_image_to_buffer(commands, handles.picture, source, handles.answer, &region);
        },
        other => unreachable!("the frame has no pass `{other}`"),
    }
}
