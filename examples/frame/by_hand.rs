//! Barriers by hand: under `--mode validate` the renderer records none, each system records its own, and each frame is judged
//! before it is submitted. Then one barrier after another is left out, and the error must name it; and the same again with one
//! system by hand at a time, while the others have theirs emitted.

use std::fmt::Write;
use std::sync::Arc;

use fencewright::prelude::*;
use fencewright_graphics::plan::{Barrier, Plan, PlannedPass};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{Barriers, GpuResourceAccess, VkCommandEncoder, VkError, VkFrame, VkRenderer};

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

/// What came of barriers by hand.
#[derive(Clone, Debug, Default)]
pub struct ByHand {
    /// Of those of all systems.
    pub together: LeftOut,
    /// How many systems recorded theirs while all others had theirs emitted, one at a time.
    pub systems: usize,
    /// Of those of these systems.
    pub one_at_a_time: LeftOut,
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

impl ByHand {
    /// Says whether every barrier that was missing was named.
    pub fn is_clean(&self) -> bool {
        [&self.together, &self.one_at_a_time].iter().all(|left_out| left_out.is_clean())
    }
}

impl LeftOut {
    fn is_clean(&self) -> bool {
        self.named + self.not_needed == self.barriers
    }
}

/// Has all systems record their barriers, and then one at a time, with each of them left out in turn. Nothing is submitted of
/// a frame that misses one.
///
/// # Errors
///
/// If a barrier is missing where none was left out, a system fails, or the device does.
pub fn leave_out_each(renderer: &VkRenderer, schedule: &mut Schedule, world: &mut World) -> Result<ByHand, Error> {
    let mut frames = Frames { renderer, schedule, world };
    let mut done = ByHand { together: frames.without_each(|_| true)?, ..ByHand::default() };
    renderer.set_barriers(Barriers::Auto);
    for PlannedPass { system, .. } in &frames.plan()?.passes {
        renderer.leave_by_hand(Some(*system));
        done.systems += 1;
        done.one_at_a_time.add(&frames.without_each(|pass| pass.system == *system)?);
    }
    renderer.leave_by_hand(None);
    renderer.set_barriers(Barriers::Validate);
    Ok(done)
}

struct Frames<'a> {
    renderer: &'a VkRenderer,
    schedule: &'a mut Schedule,
    world: &'a mut World,
}

impl Frames<'_> {
    fn record(&mut self) -> Result<VkFrame, Error> {
        let frame = self.renderer.begin_frame()?;
        self.schedule.run_with(self.world, &frame)?;
        Ok(frame)
    }

    /// Runs a frame that misses nothing.
    fn plan(&mut self) -> Result<Arc<Plan>, Error> {
        let frame = self.record()?;
        let plan = frame.plan().ok_or("the frame has no plan")?;
        self.renderer.end_frame(frame)?;
        Ok(plan)
    }

    /// Runs a frame that misses nothing, and then one without each barrier of the passes that record by hand.
    fn without_each(&mut self, by_hand: impl Fn(&PlannedPass) -> bool) -> Result<LeftOut, Error> {
        let plan = self.plan()?;
        let of_passes = barriers(&plan).enumerate().filter(|(_, (pass, _))| pass.is_some_and(&by_hand));
        let mut left_out = LeftOut::default();
        for number in of_passes.map(|(number, _)| number) {
            self.renderer.leave_out_barrier(Some(number));
            let frame = self.record()?;
            let plan = frame.plan().ok_or("the frame has no plan")?;
            let (pass, barrier) =
                barriers(&plan).nth(number).ok_or("the frame has another plan than the one before")?;
            left_out.barriers += 1;
            match self.renderer.end_frame(frame) {
                Ok(_) => left_out.not_needed += 1,
                Err(error @ VkError::MissingBarrier { .. }) => left_out.note(&error.to_string(), &plan, pass, barrier),
                Err(error) => return Err(error.into()),
            }
        }
        self.renderer.leave_out_barrier(None);
        Ok(left_out)
    }
}

impl LeftOut {
    fn note(&mut self, error: &str, plan: &Plan, pass: Option<&PlannedPass>, barrier: &Barrier) {
        self.named += usize::from(names(error, plan, barrier));
        let pass = pass.map_or_else(String::new, |pass| format!(" before `{}`", pass.name));
        // Writing to a string does not fail.
        let _ = write!(self.text, "left out{pass}: {}\n{error}\n\n", what(plan, barrier));
    }

    fn add(&mut self, other: &Self) {
        self.barriers += other.barriers;
        self.named += other.named;
        self.not_needed += other.not_needed;
        self.text += &other.text;
    }
}

/// Lists the barriers of all calls, each with the pass before which it stands; there is none where it stands after the last one.
fn barriers(plan: &Plan) -> impl Iterator<Item = (Option<&PlannedPass>, &Barrier)> {
    let calls = plan.calls.iter().map(|call| (plan.passes.get(call.gap), call));
    calls.flat_map(|(pass, call)| call.barriers.iter().map(move |barrier| (pass, barrier)))
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
