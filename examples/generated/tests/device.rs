//! The generated barriers between real commands, under the validation layer.

#[path = "../../codegen/tests/fresh/lavapipe.rs"]
#[allow(unsafe_code, reason = "makes a device of the test's own")]
#[allow(clippy::multiple_unsafe_ops_per_block, reason = "a row of Vulkan calls has one reason to be sound")]
#[allow(dead_code, reason = "another test uses the rest")]
mod lavapipe;

use fencewright_generated_example::{LEN_BYTES, barriers, record_pass};
use lavapipe::{Gpu, Res, messages};

/// Records two frames, of the second one without the barriers before one pass, and returns what the layer says and what
/// the host reads.
#[allow(unsafe_code, reason = "recording is unsafe in ash")]
fn two_frames(gpu: &Gpu, word: u32, without: Option<usize>) -> Res<(Vec<String>, Vec<u8>)> {
    let (answer, memory) = gpu.mapped_buffer(LEN_BYTES)?;
    let handles = barriers::Handles { numbers: gpu.buffer(LEN_BYTES)?, picture: gpu.picture(16)?, answer };
    gpu.run(|commands| {
        for (frame, pass) in (0..2).flat_map(|frame| (0..barriers::PASSES.len()).map(move |pass| (frame, pass))) {
            if frame == 0 || Some(pass) != without {
                // SAFETY: the buffer is being recorded, and the handles are alive.
                unsafe { barriers::before_pass(&gpu.device, commands, &handles, pass) };
            }
            // SAFETY: as above; the sizes are those that the frame is for.
            unsafe { record_pass(&gpu.device, commands, &handles, word + frame, barriers::PASSES[pass]) };
        }
        // That the host reads is no part of the declarations.
        gpu.for_the_host(commands);
    })?;
    Ok((messages(), gpu.read(memory, LEN_BYTES)?))
}

#[test]
#[ignore = "needs a Vulkan driver and the validation layer: lavapipe will do"]
fn the_frame_runs_clean_and_each_call_is_needed() -> Res<()> {
    let gpu = Gpu::new()?;
    let (said, read) = two_frames(&gpu, 41, None)?;
    assert!(said.is_empty(), "{said:#?}");
    assert_eq!(read, 42_u32.to_ne_bytes().repeat(16 * 16));
    for pass in 0..barriers::PASSES.len() {
        let (said, _) = two_frames(&gpu, 0, Some(pass))?;
        assert!(!said.is_empty(), "the layer misses nothing without the barriers before {}", barriers::PASSES[pass]);
    }
    Ok(())
}
