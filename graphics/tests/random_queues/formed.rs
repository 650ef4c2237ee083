//! What is wrong with a plan whatever its barriers order.

use ash::vk;
use ash::vk::{ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::plan::{Half, Input, Plan, Point, QueueRef, Sharing, Target, Topology};

/// Says what is wrong with a plan whatever its barriers order.
pub(crate) fn well_formed(input: &Input, plan: &Plan) -> Result<(), String> {
    let topology = &plan.topology;
    let mut passes: Vec<usize> = plan.submissions.iter().flat_map(|one| one.passes.iter().copied()).collect();
    passes.sort_unstable();
    if passes != (0..input.passes.len()).collect::<Vec<_>>() {
        return Err(format!("each pass is submitted once: {passes:?}"));
    }
    for (index, submission) in plan.submissions.iter().enumerate() {
        if submission.passes.iter().any(|pass| plan.passes[*pass].runs_on != submission.queue) {
            return Err(format!("a pass of submission {index} runs on another queue"));
        }
        for wait in &submission.waits {
            let (on, legal) = (plan.queue_of(wait.point), legal(topology, submission.queue));
            let order = !matches!(wait.point, Point::Submission(other) if other >= index);
            if on == submission.queue
                || !order
                || !legal.contains(wait.stages)
                || wait.stages.intersects(S::HOST)
                || wait.stages.is_empty()
                || wait.reasons.is_empty()
            {
                return Err(format!("submission {index} cannot wait so: {wait:?}"));
            }
        }
    }
    let mut halves = (Vec::new(), Vec::new());
    for call in &plan.calls {
        let submission = &plan.submissions[call.submission];
        if call.gap < input.passes.len() && !submission.passes.contains(&call.gap) {
            return Err(format!("the call in gap {} is not in the submission of its pass", call.gap));
        }
        let (legal, family) = (legal(topology, submission.queue), topology.queue(submission.queue).family);
        for barrier in &call.barriers {
            if !legal.contains(barrier.first.stages | barrier.second.stages) {
                return Err(format!("a queue without such stages: {barrier:?}"));
            }
            let Some(transfer) = barrier.transfer else { continue };
            let (list, owner) = match transfer.half {
                Half::Release => (&mut halves.0, transfer.from),
                Half::Acquire => (&mut halves.1, transfer.to),
            };
            let layouts = match barrier.target {
                Target::Image { old_layout, new_layout, .. } => (old_layout, new_layout),
                Target::Memory | Target::Buffer { .. } => (L::UNDEFINED, L::UNDEFINED),
            };
            let resource = barrier.target.resource().ok_or("a transfer is of a resource")?;
            let shared = input.resources[resource.0].sharing == Sharing::Concurrent;
            if owner != family || transfer.from == transfer.to || shared {
                return Err(format!("no transfer can be here: {barrier:?}"));
            }
            list.push(format!(
                "{resource:?} {:?} {layouts:?} {} {}",
                barrier.target.part(),
                transfer.from,
                transfer.to
            ));
        }
    }
    let (mut released, mut acquired) = halves;
    released.sort();
    acquired.sort();
    if released == acquired { Ok(()) } else { Err(format!("halves differ: {released:#?} {acquired:#?}\n{plan}")) }
}

/// The pipeline stages of a queue.
fn legal(topology: &Topology, queue: QueueRef) -> S {
    let any = S::ALL_COMMANDS | S::HOST;
    let transfer = S::COPY | S::CLEAR | S::ALL_TRANSFER;
    let compute = S::COMPUTE_SHADER | S::DRAW_INDIRECT;
    let capabilities = topology.queue(queue).capabilities;
    if capabilities.contains(vk::QueueFlags::GRAPHICS) {
        S::from_raw(u64::MAX)
    } else if capabilities.contains(vk::QueueFlags::COMPUTE) {
        any | transfer | compute
    } else {
        any | transfer
    }
}
