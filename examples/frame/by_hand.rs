//! Barriers by hand: under `--mode validate` the renderer records none, each system records its own, and each frame is judged
//! before it is submitted. Then one barrier after another is left out, and the error must name it.

use std::fmt::Write;

use fencewright::prelude::*;
use fencewright_graphics::plan::{Barrier, Plan};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{GpuResourceAccess, VkCommandEncoder, VkError, VkRenderer};

use crate::Error;

/// What every pass begins with.
pub trait Recording<'w, S: GpuResourceAccess> {
    /// Takes the encoder of the system, and records the barriers before its pass, unless the renderer has.
    fn recording(&self) -> Result<VkCommandEncoder<'w, S::Pass>, VkError>;
}

impl<'w, S: GpuResourceAccess> Recording<'w, S> for Cx<'w, S> {
    fn recording(&self) -> Result<VkCommandEncoder<'w, S::Pass>, VkError> {
        let mut encoder = self.encoder()?;
        encoder.record_planned()?;
        Ok(encoder)
    }
}

/// What came of leaving barriers out.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    /// How many were left out, one in each frame.
    pub barriers: usize,
    /// How many of them the error names: the resource, and both systems where both are of the frame.
    pub named: usize,
    /// How many the frame does without, since others order the same.
    pub not_needed: usize,
    /// The errors, each with what was left out before it.
    pub text: String,
}

impl LeftOut {
    /// Says whether every barrier that was missing was named.
    pub fn is_clean(&self) -> bool {
        self.named + self.not_needed == self.barriers
    }
}

/// Leaves out each barrier of a frame in turn. Nothing is submitted of a frame that misses one.
///
/// # Errors
///
/// If a system fails, or the device does.
pub fn leave_out_each(renderer: &VkRenderer, schedule: &mut Schedule, world: &mut World) -> Result<LeftOut, Error> {
    let mut left_out = LeftOut::default();
    loop {
        let number = left_out.barriers;
        renderer.leave_out_barrier(Some(number));
        let frame = renderer.begin_frame()?;
        schedule.run_with(world, &frame)?;
        let plan = frame.plan().ok_or("the frame has no plan")?;
        let Some((pass, barrier)) = find(&plan, number) else { break };
        left_out.barriers += 1;
        match renderer.end_frame(frame) {
            Ok(_) => left_out.not_needed += 1,
            Err(error @ VkError::MissingBarrier { .. }) => {
                let error = error.to_string();
                left_out.named += usize::from(names(&error, &plan, barrier));
                // Writing to a string does not fail.
                let _ = write!(left_out.text, "left out before `{pass}`: {}\n{error}\n\n", what(&plan, barrier));
            }
            Err(error) => return Err(error.into()),
        }
    }
    renderer.leave_out_barrier(None);
    Ok(left_out)
}

/// Finds a barrier by its number, and the pass before which it stands. What comes after the last pass no system records.
fn find(plan: &Plan, number: usize) -> Option<(&str, &Barrier)> {
    let of_passes = plan.calls.iter().filter_map(|call| Some((&*plan.passes.get(call.gap)?.name, call)));
    of_passes.flat_map(|(pass, call)| call.barriers.iter().map(move |barrier| (pass, barrier))).nth(number)
}

fn what(plan: &Plan, barrier: &Barrier) -> String {
    let resource = barrier.target.resource().map_or("all memory", |resource| plan.resource_name(resource));
    format!("{resource}, {} -> {}", barrier.first, barrier.second)
}

/// Says whether an error names one of the reasons of a barrier: the resource and the systems.
fn names(error: &str, plan: &Plan, barrier: &Barrier) -> bool {
    barrier.reasons.iter().any(|reason| {
        let systems = reason.first.iter().chain([&reason.second]).filter(|access| access.pass.is_some());
        let resource = plan.resource_name(reason.resource);
        // What takes turns is named as what it was when it was written.
        let resource = resource.strip_prefix("Prev<").and_then(|name| name.strip_suffix('>')).unwrap_or(resource);
        error.contains(resource) && systems.into_iter().all(|access| error.contains(&format!("`{}`", access.system)))
    })
}
