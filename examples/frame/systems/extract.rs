//! What the passes need of the world, brought into the shape in which it is uploaded; and what is worth counting.

use std::sync::atomic::{AtomicU32, Ordering};

use fencewright::prelude::*;

use crate::camera;
use crate::layout::Camera;
use crate::options::Size;
use crate::reference;
use crate::world::{Anchors, Carries, Clock, Dust, Mote, Position, Statistics};

/// Flies around the middle of the world.
#[derive(System)]
#[reads(Clock)]
#[writes(Camera)]
pub struct MoveCamera {
    /// The size of the picture.
    pub size: Size,
}

impl Run for MoveCamera {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        *cx.write::<Camera>()? = camera::circling(cx.read::<Clock>()?.seconds, self.size);
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

/// Collects where the dust is.
#[derive(System)]
#[reads(Position, Mote)]
#[writes(Dust)]
pub struct GatherDust;

impl Run for GatherDust {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut dust = cx.write::<Dust>()?;
        cx.query::<(&Position, &Mote)>().for_each(|(position, mote)| {
            dust.0[mote.index as usize] = position.0.extend(mote.brightness);
        });
        Ok(())
    }
}

/// Counts what the camera sees.
#[derive(System)]
#[reads(Position, Camera)]
#[writes(Statistics)]
pub struct Measure;

impl Run for Measure {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let camera = cx.read::<Camera>()?;
        // Whole numbers add up to the same sum in any order.
        let (entities, in_view) = (AtomicU32::new(0), AtomicU32::new(0));
        cx.query::<&Position>().par_for_each(|position| {
            entities.fetch_add(1, Ordering::Relaxed);
            let seen = reference::margin(&camera, position.0, 0.0) >= 0.0;
            in_view.fetch_add(u32::from(seen), Ordering::Relaxed);
        });
        *cx.write::<Statistics>()? = Statistics { entities: entities.into_inner(), in_view: in_view.into_inner() };
        Ok(())
    }
}
