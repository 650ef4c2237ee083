//! What the passes need of the world, brought into the shape in which it is uploaded; and what is worth counting.

use std::sync::atomic::{AtomicU32, Ordering};

use fencewright::prelude::*;
use glam::Vec3;

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
    /// For each speck that is seen, what it is sorted by and its place among them.
    order: Vec<(u32, u32, Vec3, f32)>,
}

impl Run for CullAndSortDust {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (planes, eye) = (cx.read::<Views>()?.0[0].planes, cx.read::<Camera>()?.eye.truncate());
        self.order.clear();
        cx.query::<(&Position, &Mote)>().for_each(|(position, mote)| {
            if margin(&planes, position.0, 0.0) >= 0.0 {
                // The bits of numbers that are not below zero are in the order of the numbers.
                let distance = position.0.distance_squared(eye).to_bits();
                self.order.push((distance, mote.index, position.0, mote.brightness));
            }
        });
        self.order.sort_unstable_by_key(|&(distance, index, ..)| (std::cmp::Reverse(distance), index));
        let mut dust = cx.write::<Dust>()?;
        dust.0.clear();
        dust.0.extend(self.order.iter().map(|(_, _, position, brightness)| position.extend(*brightness)));
        Ok(())
    }
}

/// Counts what the camera sees.
#[derive(System)]
#[reads(Position, Views, Dust)]
#[writes(Statistics)]
pub struct Measure;

impl Run for Measure {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let planes = cx.read::<Views>()?.0[0].planes;
        // Whole numbers add up to the same sum in any order.
        let (entities, in_view) = (AtomicU32::new(0), AtomicU32::new(0));
        cx.query::<&Position>().par_for_each(|position| {
            entities.fetch_add(1, Ordering::Relaxed);
            in_view.fetch_add(u32::from(margin(&planes, position.0, 0.0) >= 0.0), Ordering::Relaxed);
        });
        let motes = cx.read::<Dust>()?.0.len() as u32;
        let (entities, in_view) = (entities.into_inner(), in_view.into_inner());
        *cx.write::<Statistics>()? = Statistics { entities, in_view, motes };
        Ok(())
    }
}
