//! Time passes, and everything moves.

use fencewright::prelude::*;
use glam::Quat;

use crate::world::{Clock, Orbit, Position};

/// Moves time on by one frame.
#[derive(System)]
#[writes(Clock)]
pub struct AdvanceClock;

impl Run for AdvanceClock {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut clock = cx.write::<Clock>()?;
        *clock = Clock::at(clock.frame + 1);
        Ok(())
    }
}

/// Moves every entity along its circle.
#[derive(System)]
#[reads(Orbit)]
#[writes(Position)]
pub struct DriftEntities;

impl Run for DriftEntities {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.query::<(&mut Position, &Orbit)>().par_for_each(|(position, orbit)| {
            position.0 = Quat::from_rotation_y(orbit.0 * Clock::STEP) * position.0;
        });
        Ok(())
    }
}
