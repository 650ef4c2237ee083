//! The first frames on a device.
#![cfg(feature = "device")]
#![forbid(unsafe_code)]

use std::time::Duration;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, Memory, RendererDesc, Validation, VkRenderer};

struct Mesh;
struct Answer;

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Mesh> as CopyDestination)]
struct Upload(Vec<u8>);

impl Run for Upload {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        cmd.upload_buffer(cx.buffer::<Mesh>()?, 0, &self.0)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Mesh> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct Download;

impl Run for Download {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        cmd.copy_buffer(cx.buffer::<Mesh>()?, cx.buffer::<Answer>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    upload: (Upload,),
    #[stage(after = "upload")]
    download: (Download,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn bytes_come_back() -> Result<(), Box<dyn std::error::Error>> {
    let renderer =
        VkRenderer::headless(RendererDesc { validation: Validation::Synchronization, ..RendererDesc::default() })?;
    println!("{:?} {:?}", renderer.device_info(), renderer.validation());
    let bytes: Vec<u8> = (0..=255).collect();
    renderer.create_buffer::<Mesh>(&BufferDesc {
        len_bytes: 256,
        usage: vk::BufferUsageFlags::TRANSFER_DST | vk::BufferUsageFlags::TRANSFER_SRC,
        ..BufferDesc::default()
    })?;
    let answer = renderer.create_buffer::<Answer>(&BufferDesc {
        len_bytes: 256,
        usage: vk::BufferUsageFlags::TRANSFER_DST,
        memory: Memory::Readback,
    })?;
    let mut world = World::new();
    let mut schedule = Frame { upload: (Upload(bytes.clone()),), download: (Download,) }.schedule()?;
    for _ in 0..3 {
        let frame = renderer.begin_frame()?;
        schedule.run_with(&mut world, &frame)?;
        let point = renderer.end_frame(frame)?;
        assert_eq!(renderer.read_buffer(answer, &point)?, bytes);
    }
    renderer.wait_idle(Duration::from_secs(5))?;
    let report = renderer.messages();
    assert_eq!(report.count, 0, "{report}");
    Ok(())
}
