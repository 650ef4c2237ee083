//! What the passes need of the world, brought into the shape in which it is uploaded; and what is worth counting.

use fencewright::prelude::*;
use glam::{Vec3, Vec4};

use crate::camera;
use crate::layout::Camera;
use crate::options::Size;
use crate::reference::margin;
use crate::world::{Anchors, Carries, Clock, Dust, Mote, Position, Statistics, Views};

/// Flies around the middle of the world.
#[derive(System)]
#[reads(Clock)]
#[writes(Camera, Views)]
pub struct MoveCamera {
    /// The size of the picture.
    pub size: Size,
}

impl Run for MoveCamera {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let camera = camera::circling(*cx.read::<Clock>()?, self.size);
        *cx.write::<Views>()? = Views::of(&camera);
        *cx.write::<Camera>()? = camera;
        Ok(())
    }
}

/// Collects where the objects are.
#[derive(System)]
#[reads(Position, Carries)]
#[writes(Anchors)]
pub struct GatherAnchors;

impl Run for GatherAnchors {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut anchors = cx.write::<Anchors>()?;
        cx.query::<(&Position, &Carries)>().for_each(|(position, object)| {
            anchors.0[object.0 as usize] = position.0.extend(1.0);
        });
        Ok(())
    }
}

/// Collects the dust that the camera sees, and sorts it: the farthest first, so that light adds up in one order.
#[derive(System, Default)]
#[reads(Position, Mote, Views, Camera)]
#[writes(Dust)]
pub struct CullAndSortDust {
    /// For each speck that is seen, what it is sorted by, and what is drawn.
    order: Vec<(u64, Vec4)>,
}

impl Run for CullAndSortDust {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (planes, eye) = (cx.read::<Views>()?.0[0].planes, cx.read::<Camera>()?.eye.truncate());
        self.order.clear();
        cx.query::<(&Position, &Mote)>().for_each(|(position, mote)| {
            if margin(&planes, position.0, 0.0) >= 0.0 {
                self.order.push((far_first(*position, eye, *mote), position.0.extend(mote.brightness)));
            }
        });
        self.order.sort_unstable_by_key(|(key, _)| *key);
        let mut dust = cx.write::<Dust>()?;
        dust.0.clear();
        dust.0.extend(self.order.iter().map(|(_, speck)| *speck));
        Ok(())
    }
}

/// Returns a key that sorts the farthest first, and by their index those that are as far.
pub fn far_first(position: Position, eye: Vec3, mote: Mote) -> u64 {
    // The bits of numbers that are not below zero are in the order of the numbers.
    let distance = position.0.distance_squared(eye).to_bits();
    u64::from(!distance) << 32 | u64::from(mote.index)
}

/// Counts what the camera sees.
#[derive(System)]
#[reads(Position, Mote, Views)]
#[writes(Statistics)]
pub struct Measure;

impl Run for Measure {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let planes = cx.read::<Views>()?.0[0].planes;
        let mut counted = Statistics::default();
        cx.query::<(&Position, Option<&Mote>)>().for_each(|(position, mote)| {
            let is_in_view = margin(&planes, position.0, 0.0) >= 0.0;
            counted.entities += 1;
            counted.in_view += u32::from(is_in_view);
            counted.motes += u32::from(is_in_view && mote.is_some());
        });
        *cx.write::<Statistics>()? = counted;
        Ok(())
    }
}
