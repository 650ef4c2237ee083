//! What the shaders compute, once more on the CPU, so that one can be held against the other.

mod bloom;
mod objects;

pub use objects::margin;

use crate::layout::{Camera, Instance, Object, Particle};
use crate::options::Size;
use crate::particles;
use crate::world::{Anchors, Views};

/// What a device left after its last frame.
#[derive(Debug)]
pub struct Left {
    pub instances: Vec<Instance>,
    /// The draws of each view, one view after another.
    pub draws: Vec<crate::layout::Draw>,
    pub particles: Vec<Particle>,
    /// The light, then the levels of the bloom, then those of the glow: four halves a texel.
    pub light: Vec<[u16; 4]>,
}

/// What it was made from.
#[derive(Debug)]
pub struct Given<'a> {
    pub camera: &'a Camera,
    pub views: &'a Views,
    pub objects: &'a [Object],
    pub anchors: &'a Anchors,
    pub size: Size,
}

/// How what a device computed differs from the reference.
#[derive(Clone, Debug, Default)]
pub struct Difference {
    /// The largest difference of a number in a transform, in units of the object's scale.
    pub transform: f32,
    /// How many draws of all views are there on one side and not on the other, or are drawn otherwise.
    pub draws: usize,
    /// How far the farthest spark is from where it should be, in metres.
    pub particle: f32,
    /// For each level of the bloom, then of the glow, the largest difference of a texel, as a part of the number itself.
    pub levels: Vec<f32>,
}

impl Difference {
    /// The largest difference of a transform that counts as none: Vulkan lets a device's sine be off by 2^-11, and a rotation
    /// adds up a few of them.
    pub const TRANSFORM: f32 = 4.0 / 2048.0;

    /// The largest distance that counts as none: a sine of the wind may be off by 2^-11 metres a second in each of the frames
    /// of a life, and the streams pull sparks back together.
    pub const PARTICLE: f32 = 0.005;

    /// The largest difference of a level that counts as none: a step and a half of a half float, which has eleven bits.
    pub const LEVEL: f32 = 1.5 / 1024.0;

    /// Compares what a device left with the reference.
    pub fn new(given: &Given<'_>, left: &Left) -> Self {
        Self {
            transform: objects::transforms(given, &left.instances),
            draws: objects::draws(given, &left.draws),
            particle: farthest(given.camera.frame[0], &left.particles),
            levels: bloom::levels(given.size, &left.light),
        }
    }

    /// Returns the largest difference of a level.
    pub fn level(&self) -> f32 {
        self.levels.iter().copied().fold(0.0, f32::max)
    }

    pub fn is_none(&self) -> bool {
        self.transform <= Self::TRANSFORM
            && self.draws == 0
            && self.particle <= Self::PARTICLE
            && self.level() <= Self::LEVEL
    }
}

/// Returns the largest distance between a spark and the reference after as many frames.
fn farthest(frames: u32, sparks: &[Particle]) -> f32 {
    let reference = particles::risen();
    let apart = |(spark, start): (&Particle, Particle)| {
        let last = (1..=frames).fold(start, particles::simulate);
        (spark.position - last.position).length()
    };
    sparks.iter().zip(reference).map(apart).fold(0.0, f32::max)
}
