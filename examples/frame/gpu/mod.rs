//! What the frame needs of Vulkan beside passes and barriers: contents, shaders, pipelines, descriptor sets.

mod contents;
mod descriptor;
mod made;
mod pipeline;
mod programs;
mod validation;

use std::time::Duration;

use ash::vk;
use fencewright_graphics::{Barriers, ByHand, Queues, RendererDesc, Validation, VkError, VkRenderer};

pub use self::contents::Contents;
pub use self::contents::LIGHT_BYTES;
use self::made::Made;
pub use self::programs::{Cascade, InTurns, Program, Programs};
pub use self::validation::{blind_spot, look_between_submits};
use crate::options::{self, Mode, Options};
use crate::scene::Scene;
use crate::shaders::ShaderError;

/// How long the device may take for what is under way: a software driver needs its time for a large picture.
pub const TIMEOUT: Duration = Duration::from_mins(5);

/// Everything on the device that is the frame's own.
pub struct Gpu<'r> {
    pub contents: Contents,
    pub programs: Programs,
    /// Goes last, and the programs with it.
    _made: Made<'r>,
}

/// Why the device cannot be prepared.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error(transparent)]
    Shader(#[from] ShaderError),
    #[error("the device refuses what the frame needs ({0}); draw a smaller picture with `--size`")]
    Vulkan(#[from] vk::Result),
    #[error("{0}; draw a smaller picture with `--size`")]
    Contents(#[from] VkError),
}

impl<'r> Gpu<'r> {
    /// Makes everything that a scene and some specks of dust need, as the options say.
    ///
    /// # Errors
    ///
    /// If memory runs out, the device does not support pictures of this size, or a shader does not compile.
    pub fn new(renderer: &'r VkRenderer, scene: &Scene, motes: usize, options: &Options) -> Result<Self, GpuError> {
        let contents = Contents::new(renderer, scene, motes, options.size)?;
        let mut made = Made::new(renderer, options.policy.into());
        let programs = Programs::new(&mut made, &contents)?;
        Ok(Self { contents, programs, _made: made })
    }
}

/// A device, or why there is none.
pub enum Device {
    Here(VkRenderer),
    Absent(String),
}

/// Opens the device, unless only the plan is asked for.
///
/// # Errors
///
/// If there is one and it does not fit, or the validation layer is wanted and missing.
pub fn open(options: &Options, threads: usize) -> Result<Device, VkError> {
    let barriers = match options.mode {
        Mode::Hints => return Ok(Device::Absent("`--mode hints` asks for the plan alone".to_owned())),
        Mode::Validate => Barriers::Validate,
        Mode::Auto => Barriers::Auto,
    };
    let desc = RendererDesc {
        application: "frame".to_owned(),
        validation: if options.validate { Validation::Synchronization } else { Validation::Off },
        features: vk::PhysicalDeviceFeatures::default().multi_draw_indirect(true).draw_indirect_first_instance(true),
        barriers,
        by_hand: ByHand::Judged,
        policy: options.policy.into(),
        pass_order: options.pass_order(),
        recorders: threads,
        timeout: TIMEOUT,
        ..RendererDesc::default()
    };
    match open_on(options.topology, &desc) {
        Ok(renderer) => Ok(Device::Here(renderer)),
        Err(why @ (VkError::NoLoader(_) | VkError::LoaderTooOld { .. } | VkError::NoDriver)) => {
            Ok(Device::Absent(why.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// Opens the device with these queues; where it has only one, that one stands for them.
fn open_on(queues: options::Queues, desc: &RendererDesc) -> Result<VkRenderer, VkError> {
    let open = |queues| VkRenderer::headless(RendererDesc { queues, ..desc.clone() });
    let renderer = open(match queues {
        options::Queues::One => Queues::One,
        options::Queues::Transfer => Queues::GraphicsAndTransfer,
        options::Queues::Async => Queues::Several,
    })?;
    let wanted = queues.topology();
    if renderer.topology().has_several_queues() || !wanted.has_several_queues() {
        return Ok(renderer);
    }
    renderer.shutdown(TIMEOUT)?;
    open(Queues::Alias(wanted))
}
