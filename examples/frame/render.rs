//! Draws the frames, and fetches what the last one made.

use std::sync::Arc;
use std::time::Instant;

use fencewright::prelude::*;
use fencewright_graphics::plan::Plan;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{MessageKind, TimelinePoint, VkError, VkRenderer};

use crate::Error;
use crate::gpu::{self, Contents};
use crate::layout::{Camera, Draw, Instance, Object};
use crate::progress::Progress;
use crate::reference::{self, Difference};
use crate::report::Validation;
use crate::world::Anchors;

/// What is known of the frames once they are drawn.
#[derive(Debug)]
pub struct Frames {
    /// When the device is done.
    last: TimelinePoint,
    /// The barriers of the last frame.
    pub plan: Arc<Plan>,
    /// The mean time of a frame, the wait for the last one included, in milliseconds.
    pub frame_ms: f64,
}

/// Runs the schedule once for each frame.
///
/// # Errors
///
/// If a system fails, or the device does.
pub fn draw(renderer: &VkRenderer, schedule: &mut Schedule, world: &mut World, count: u32) -> Result<Frames, Error> {
    let progress = Progress::new(count);
    let begun = Instant::now();
    let mut last = None;
    for _ in 0..count {
        let frame = renderer.begin_frame()?;
        schedule.run_with(world, &frame)?;
        let plan = frame.plan();
        last = Some((renderer.end_frame(frame)?, plan));
        progress.step();
    }
    let Some((last, Some(plan))) = last else { return Err("no frame was drawn; ask for one with `--frames`".into()) };
    last.wait(gpu::TIMEOUT)?;
    Ok(Frames { last, plan, frame_ms: begun.elapsed().as_secs_f64() * 1e3 / f64::from(count) })
}

/// What the device made in the last frame.
#[derive(Debug)]
pub struct Fetched {
    /// Red, green, blue and opacity of each pixel, row by row from the top.
    pub picture: Vec<u8>,
    pub instances: Vec<Instance>,
    pub draws: Vec<Draw>,
}

impl Fetched {
    /// Waits for the device and reads what it made.
    ///
    /// # Errors
    ///
    /// If the device is lost, or not done in time.
    pub fn new(renderer: &VkRenderer, contents: &Contents, frames: &Frames) -> Result<Self, VkError> {
        let instances = renderer.read_buffer(contents.instances_out, &frames.last)?;
        let draws = renderer.read_buffer(contents.draws_out, &frames.last)?;
        Ok(Self {
            picture: renderer.read_buffer(contents.picture_out, &frames.last)?,
            instances: bytemuck::pod_collect_to_vec(&instances),
            draws: bytemuck::pod_collect_to_vec(&draws),
        })
    }

    /// Returns how many objects are drawn.
    pub fn drawn(&self) -> usize {
        self.draws.iter().filter(|draw| draw.instance_count > 0).count()
    }

    /// Holds what the compute pass wrote against the reference.
    pub fn compare(&self, objects: &[Object], world: &World) -> Difference {
        let camera = world.get::<Camera>().copied().unwrap_or_default();
        let anchors = world.get::<Anchors>().map(|anchors| anchors.0.as_slice()).unwrap_or_default();
        reference::compare(&camera, objects, anchors, &self.instances, &self.draws)
    }
}

/// Names the device and its driver.
pub fn device(renderer: &VkRenderer) -> String {
    let info = renderer.device_info();
    format!("{}, {} {}", info.name, info.driver, info.driver_info)
}

/// Returns what the validation layer said so far.
pub fn validation(renderer: &VkRenderer) -> Validation {
    let Some(info) = renderer.validation() else { return Validation::Off };
    let between = if info.between_submits { "" } else { ", which does not look between submits" };
    let report = renderer.messages();
    let counted = report.messages.iter().filter(|message| message.kind != MessageKind::General);
    let ignored = report.ignored.iter().filter(|(_, count)| *count > 0);
    Validation::On {
        layer: format!("validation layer {}{between}", info.layer),
        count: report.count,
        messages: counted.map(|message| format!("{}: {}", message.id, message.text)).collect(),
        ignored: ignored.map(|(message, count)| (*count, format!("{}: {}", message.id, message.reason))).collect(),
    }
}
