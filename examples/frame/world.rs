//! What the systems share: the resources and components of the world.

use std::f32::consts::TAU;

use fencewright::World;
use glam::{Vec3, Vec4};

use crate::layout::{Camera, VIEWS, View};
use crate::scene::{Random, Scene};
use crate::{camera, sun};

/// How many entities move, the objects of the scene among them.
pub const ENTITIES: usize = 100_000;

/// The number of the frame, and the time that follows from it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock {
    pub frame: u32,
    pub seconds: f32,
}

impl Clock {
    /// Seconds from one frame to the next: the picture depends on the number of the frame, never on the machine.
    pub const STEP: f32 = 1.0 / 60.0;

    /// Returns the time of a frame.
    pub fn at(frame: u32) -> Self {
        Self { frame, seconds: frame as f32 * Self::STEP }
    }
}

/// Where an entity is, in metres.
#[derive(Clone, Copy, Debug)]
pub struct Position(pub Vec3);

/// How fast an entity goes around the middle of the world, in radians a second.
#[derive(Clone, Copy, Debug)]
pub struct Orbit(pub f32);

/// Says that an entity carries the object of this index.
#[derive(Clone, Copy, Debug)]
pub struct Carries(pub u32);

/// A speck of dust: its index, and how bright it is.
#[derive(Clone, Copy, Debug)]
pub struct Mote {
    pub index: u32,
    pub brightness: f32,
}

/// Where each object of the scene is in this frame, by its index.
#[derive(Clone, Debug, Default)]
pub struct Anchors(pub Vec<Vec4>);

/// What is seen of the dust in this frame: where it is, and its brightness. The farthest comes first.
#[derive(Clone, Debug, Default)]
pub struct Dust(pub Vec<Vec4>);

/// From where the scene is looked at in this frame: the camera, and the sun for each cascade.
#[derive(Clone, Copy, Debug)]
pub struct Views(pub [View; VIEWS]);

impl Views {
    /// Returns what this camera and the sun see.
    pub fn of(camera: &Camera) -> Self {
        let [near, far] = sun::views();
        Self([camera::view(camera), near, far])
    }
}

/// What is counted in each frame.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    pub entities: u32,
    /// How many entities the camera sees.
    pub in_view: u32,
    /// How many specks of dust are drawn.
    pub motes: u32,
}

/// Returns how many of the entities are dust.
pub fn motes(scene: &Scene) -> usize {
    ENTITIES.saturating_sub(scene.objects.len()).max(1)
}

/// Fills a world with one entity for each object of the scene, and dust.
pub fn populate(scene: &Scene) -> World {
    let mut world = World::new();
    for (index, object) in scene.objects.iter().enumerate() {
        let motion = object.motion;
        world.spawn((Position(motion.anchor), Orbit(motion.orbit), Carries(index as u32)));
    }
    let motes = motes(scene);
    let mut random = Random(0xd057);
    for index in 0..motes {
        let (position, orbit) = mote(&mut random);
        let brightness = 0.05 + 0.6 * random.unit().powi(3);
        world.spawn((Position(position), Orbit(orbit), Mote { index: index as u32, brightness }));
    }
    world.insert(Clock::default());
    world.insert(Camera::default());
    world.insert(Views::of(&Camera::default()));
    world.insert(Anchors(vec![Vec4::ZERO; scene.objects.len()]));
    world.insert(Dust(Vec::with_capacity(motes)));
    world.insert(Statistics::default());
    world
}

/// Returns a place on one of two spiral arms, thick in the middle, and how fast it goes around.
fn mote(random: &mut Random) -> (Vec3, f32) {
    let t = random.unit();
    let radius = 3.0 + 30.0 * t.powf(0.7) + random.around(1.8);
    let arm = if random.unit() < 0.5 { 0.0 } else { TAU / 2.0 };
    let spread = random.around(1.0) * random.unit();
    let angle = arm + t * 2.1 * TAU + spread * 1.6;
    let height = 0.3 + (random.unit() * random.unit()) * (3.0 + 7.0 * t);
    (Vec3::new(radius * angle.cos(), height, radius * angle.sin()), 0.55 / radius.max(1.0).sqrt())
}
