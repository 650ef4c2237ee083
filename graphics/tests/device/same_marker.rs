//! Several writers of one image, and several images of one marker.

use std::error::Error;
use std::sync::Arc;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{GpuImage, ImageDesc, ImageRegion, VkRenderer};

use crate::support::{Answer, TestResult, assert_silent, frame, readback, renderer};

struct Target;

const SIDE: u32 = 8;
const BYTES: u64 = (SIDE * SIDE * 4) as u64;

fn target(renderer: &VkRenderer) -> Result<GpuImage<Target>, Box<dyn Error>> {
    let usage = vk::ImageUsageFlags::TRANSFER_DST | vk::ImageUsageFlags::TRANSFER_SRC;
    Ok(renderer.create_image(&ImageDesc::new(SIDE, SIDE, vk::Format::R8G8B8A8_UNORM, usage))?)
}

/// Returns a color whose bytes are all this one.
fn gray(byte: u8) -> [f32; 4] {
    [f32::from(byte) / 255.0; 4]
}

fn pool(threads: usize) -> Result<Threads, Box<dyn Error>> {
    Ok(Threads::Pool(Arc::new(rayon::ThreadPoolBuilder::new().num_threads(threads).build()?)))
}

/// Clears the first image to one color.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<Target> as Clear)]
struct Paint(u8);

impl Run for Paint {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.clear_color(cx.image::<Target>()?, gray(self.0))?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Painted {
    paint: (Paint, Paint, Paint),
    #[stage(after = "paint")]
    save: (crate::support::SavePicture<Target>,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn of_several_systems_of_a_stage_that_write_one_image_the_last_shows() -> TestResult {
    let renderer = renderer()?;
    target(&renderer)?;
    let answer = readback::<Answer>(&renderer, BYTES)?;
    for threads in [1, 3] {
        let paint = (Paint(10), Paint(20), Paint(30));
        let schedule = Painted { paint, save: (crate::support::SavePicture::new(),) }.schedule()?;
        let mut schedule = schedule.with_threads(pool(threads)?);
        for _ in 0..20 {
            let point = frame(&renderer, &mut schedule, &mut World::new())?;
            assert_eq!(renderer.read_buffer(answer, &point)?, [30; BYTES as usize], "{threads} threads");
        }
    }
    assert_silent(&renderer);
    Ok(())
}

/// Copies one of two images over the other.
#[derive(System, AutoBarriers)]
#[reads(GpuImage<Target>[instance = self.from] as CopySource)]
#[writes(GpuImage<Target>[instance = 1 - self.from] as CopyDestination)]
struct Swing {
    from: u32,
}

impl Run for Swing {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (from, to) = (cx.image_at::<Target>(self.from)?, cx.image_at::<Target>(1 - self.from)?);
        cx.encoder()?.copy_image(from, &ImageRegion::default(), to, &ImageRegion::default())?;
        Ok(())
    }
}

/// Clears one of two images.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<Target>[instance = self.at] as Clear)]
struct PaintAt {
    at: u32,
    byte: u8,
}

impl Run for PaintAt {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.clear_color(cx.image_at::<Target>(self.at)?, gray(self.byte))?;
        self.byte += 1;
        Ok(())
    }
}

/// Copies one of two images to [`Answer`].
#[derive(System, AutoBarriers)]
#[reads(GpuImage<Target>[instance = self.0] as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct SaveAt(u32);

impl Run for SaveAt {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (image, answer) = (cx.image_at::<Target>(self.0)?, cx.buffer::<Answer>()?);
        cx.encoder()?.copy_image_to_buffer(image, &ImageRegion::default(), answer, 0)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct There {
    paint: (PaintAt,),
    #[stage(after = "paint")]
    swing: (Swing,),
    #[stage(after = "swing")]
    repaint: (PaintAt,),
    #[stage(after = "repaint")]
    save: (SaveAt,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn two_images_of_one_marker_have_states_and_contents_of_their_own() -> TestResult {
    let renderer = renderer()?;
    let numbers = [target(&renderer)?, target(&renderer)?].map(|image| image.instance());
    assert_eq!(numbers, [0, 1]);
    let answer = readback::<Answer>(&renderer, BYTES)?;
    for from in [0, 1] {
        let (paint, repaint) = (PaintAt { at: from, byte: 0 }, PaintAt { at: from, byte: 100 });
        // What was copied away is as it was before its source was painted over.
        let mut schedule =
            There { paint: (paint,), swing: (Swing { from },), repaint: (repaint,), save: (SaveAt(1 - from),) }
                .schedule()?;
        for number in 0..10 {
            let point = frame(&renderer, &mut schedule, &mut World::new())?;
            assert_eq!(renderer.read_buffer(answer, &point)?, [number; BYTES as usize]);
        }
    }
    assert_silent(&renderer);
    Ok(())
}
