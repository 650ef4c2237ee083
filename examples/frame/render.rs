//! Draws the frames, and fetches what the last one made.

use std::sync::Arc;
use std::time::Instant;

use fencewright::prelude::*;
use fencewright_graphics::plan::{self, Plan};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{Message, MessageKind, TimelinePoint, VkRenderer};

use crate::Error;
use crate::frame::{Check, Load};
use crate::gpu::{self, Contents};
use crate::layout::Camera;
use crate::options::{Policy, Size};
use crate::progress::Progress;
use crate::reference::{Difference, Given, Left};
use crate::report::Validation;
use crate::scene::Scene;
use crate::world::{Anchors, Views};

/// What is known of the frames once they are drawn.
#[derive(Debug)]
pub struct Frames {
    /// When the device is done.
    last: TimelinePoint,
    /// The barriers of the last frame, and how good they are.
    pub plan: Arc<Plan>,
    pub quality: plan::Report,
    /// The mean time of a frame, the wait for the last one included, in milliseconds.
    pub frame_ms: f64,
}

/// Brings a scene to the device: a frame of one pass.
///
/// # Errors
///
/// If the device is lost, or memory for the upload runs out.
pub fn load(renderer: &VkRenderer, scene: &Scene) -> Result<(), Error> {
    let frame = renderer.begin_frame()?;
    Load::new(scene).schedule()?.run_with(&mut World::new(), &frame)?;
    renderer.end_frame(frame)?;
    Ok(())
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
    for number in 1..=count {
        let frame = renderer.begin_frame()?;
        schedule.run_with(world, &frame)?;
        let planned = (frame.plan(), (number == count).then(|| frame.plan_report()).flatten());
        last = Some((renderer.end_frame(frame)?, planned));
        progress.step();
    }
    let Some((last, (Some(plan), Some(quality)))) = last else {
        return Err("no frame was drawn; ask for one with `--frames`".into());
    };
    last.wait(gpu::TIMEOUT)?;
    Ok(Frames { last, plan, quality, frame_ms: begun.elapsed().as_secs_f64() * 1e3 / f64::from(count) })
}

/// What the device made in the last frame.
#[derive(Debug)]
pub struct Fetched {
    /// Red, green, blue and opacity of each pixel, row by row from the top.
    pub picture: Vec<u8>,
    left: Left,
}

impl Fetched {
    /// Copies what the last frame left to where the host reads it, and reads it.
    ///
    /// # Errors
    ///
    /// If the device is lost, or not done in time.
    pub fn new(
        renderer: &VkRenderer,
        contents: &Contents,
        scene: &Scene,
        size: Size,
        frames: &Frames,
    ) -> Result<Self, Error> {
        let picture = renderer.read_buffer(contents.picture_out, &frames.last)?;
        let mut check = Check::new(scene, size).schedule()?;
        let frame = renderer.begin_frame()?;
        check.run_with(&mut World::new(), &frame)?;
        let done = renderer.end_frame(frame)?;
        let checks = &contents.checks;
        let left = Left {
            instances: bytemuck::pod_collect_to_vec(&renderer.read_buffer(checks.instances, &done)?),
            draws: bytemuck::pod_collect_to_vec(&renderer.read_buffer(checks.draws, &done)?),
            particles: bytemuck::pod_collect_to_vec(&renderer.read_buffer(checks.particles, &done)?),
            light: bytemuck::pod_collect_to_vec(&renderer.read_buffer(checks.light, &done)?),
        };
        Ok(Self { picture, left })
    }

    /// Returns how many objects each view draws.
    pub fn drawn(&self, objects: usize) -> Vec<usize> {
        let drawn = |view: &[crate::layout::Draw]| view.iter().filter(|draw| draw.instance_count > 0).count();
        self.left.draws.chunks(objects).map(drawn).collect()
    }

    /// Holds what the compute passes wrote against the reference.
    pub fn compare(&self, scene: &Scene, size: Size, world: &World) -> Difference {
        let camera = world.get::<Camera>().copied().unwrap_or_default();
        let (views, anchors) = (Views::of(&camera), world.get::<Anchors>().cloned().unwrap_or_default());
        let objects = crate::layout::objects(scene);
        let given = Given { camera: &camera, views: &views, objects: &objects, anchors: &anchors, size };
        Difference::new(&given, &self.left)
    }
}

/// Names the device and its driver.
pub fn device(renderer: &VkRenderer) -> String {
    let info = renderer.device_info();
    format!("{}, {} {}", info.name, info.driver, info.driver_info)
}

/// Returns what the validation layer said so far.
///
/// That GENERAL might be slower is what `Policy::UnifiedLayouts` is not for: it is counted apart, by its kind, since errors have
/// the same id.
pub fn validation(renderer: &VkRenderer, policy: Policy) -> Validation {
    let Some(info) = renderer.validation() else { return Validation::Off };
    let blind = gpu::blind_spot(&info, renderer.topology().has_several_queues());
    let report = renderer.messages();
    let is_about_speed = |message: &Message| {
        policy == Policy::UnifiedLayouts
            && message.kind == MessageKind::Performance
            && message.id.ends_with("InvalidImageLayout")
    };
    let about_speed = report.messages.iter().filter(|message| is_about_speed(message)).count();
    let counted =
        report.messages.iter().filter(|message| message.kind != MessageKind::General && !is_about_speed(message));
    let ignored = report.ignored.iter().map(|(message, count)| (*count, format!("{}: {}", message.id, message.reason)));
    let ignored = ignored.chain([(about_speed, "GENERAL might be slower, which this policy is not for".to_owned())]);
    Validation::On {
        layer: format!("validation layer {}{blind}", info.layer),
        count: report.count - about_speed,
        messages: counted.map(|message| format!("{}: {}", message.id, message.text)).collect(),
        ignored: ignored.filter(|(count, _)| *count > 0).collect(),
    }
}
