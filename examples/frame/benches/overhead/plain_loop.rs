//! What the CPU does in a frame beside the passes, in a plain loop.

use std::time::{Duration, Instant};

use fencewright::World;
use glam::{Quat, Vec4};

use crate::ash_alone::{Buffers, ByHand, HostData};
use crate::layout::Camera;
use crate::options::Size;
use crate::reference::margin;
use crate::systems::extract::far_first;
use crate::world::{Anchors, Carries, Clock, Mote, Orbit, Position, Statistics, Views};
use crate::{Error, camera};

/// What the systems of the CPU do, one after another: the same work over the same entities, in `for` loops over hecs and without a schedule.
pub struct PlainLoop {
    world: World,
    clock: Clock,
    camera: Camera,
    views: Views,
    anchors: Vec<Vec4>,
    dust: Vec<Vec4>,
    order: Vec<(u64, Vec4)>,
    statistics: Statistics,
    size: Size,
}

impl PlainLoop {
    /// Takes a world as `populate` makes it.
    pub fn new(world: World, size: Size) -> Self {
        let anchors = world.get::<Anchors>().map(|anchors| anchors.0.clone()).unwrap_or_default();
        let camera = Camera::default();
        Self {
            world,
            clock: Clock::default(),
            camera,
            views: Views::of(&camera),
            anchors,
            dust: Vec::new(),
            order: Vec::new(),
            statistics: Statistics::default(),
            size,
        }
    }

    /// Does what the CPU does in a frame.
    fn step(&mut self) {
        self.clock = Clock::at(self.clock.frame + 1);
        let entities = self.world.entities_mut();
        for (position, orbit) in entities.query_mut::<(&mut Position, &Orbit)>() {
            position.0 = Quat::from_rotation_y(orbit.0 * Clock::STEP) * position.0;
        }
        self.camera = camera::circling(self.clock, self.size);
        self.views = Views::of(&self.camera);
        for (position, object) in entities.query_mut::<(&Position, &Carries)>() {
            self.anchors[object.0 as usize] = position.0.extend(1.0);
        }
        let (planes, eye) = (self.views.0[0].planes, self.camera.eye.truncate());
        self.order.clear();
        for (position, mote) in entities.query_mut::<(&Position, &Mote)>() {
            if margin(&planes, position.0, 0.0) >= 0.0 {
                self.order.push((far_first(*position, eye, *mote), position.0.extend(mote.brightness)));
            }
        }
        self.order.sort_unstable_by_key(|(key, _)| *key);
        self.dust.clear();
        self.dust.extend(self.order.iter().map(|(_, speck)| *speck));
        self.statistics = Statistics::default();
        for (position, mote) in entities.query_mut::<(&Position, Option<&Mote>)>() {
            let is_in_view = margin(&planes, position.0, 0.0) >= 0.0;
            self.statistics.entities += 1;
            self.statistics.in_view += u32::from(is_in_view);
            self.statistics.motes += u32::from(is_in_view && mote.is_some());
        }
    }

    fn data(&self) -> HostData<'_> {
        HostData {
            bytes: [
                bytemuck::bytes_of(&self.camera),
                bytemuck::cast_slice(&self.views.0),
                bytemuck::cast_slice(&self.anchors),
                bytemuck::cast_slice(&self.dust),
            ],
            motes: self.statistics.motes,
        }
    }

    /// Does all of a frame, and waits for it; returns how long the first took.
    pub fn frame(&mut self, passes: &mut ByHand<'_>, turn: usize, into: Buffers) -> Result<Duration, Error> {
        let begun = Instant::now();
        self.step();
        let stepped = begun.elapsed();
        Ok(stepped + passes.frame_of(&self.data(), turn, into)?)
    }
}
