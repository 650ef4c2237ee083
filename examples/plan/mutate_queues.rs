//! Breaks what orders queues: waits and ownership transfers, one thing at a time.

use ash::vk;
use fencewright_graphics::plan::{Half, PastPoint, Plan, Point, Wait};
use fencewright_graphics::usage::stage_names;

use crate::mutate::{self, Kind};

/// Lists all plans with one wait, or one half of a transfer, broken.
pub(crate) fn mutants(plan: &Plan, kind: Kind) -> Vec<(String, Plan)> {
    match kind {
        Kind::Wait | Kind::WaitStage | Kind::Value => waits(plan, kind),
        Kind::Release => halves(plan, Half::Release),
        Kind::Acquire => halves(plan, Half::Acquire),
        Kind::Call
        | Kind::Struct
        | Kind::SrcStage
        | Kind::DstStage
        | Kind::SrcAccess
        | Kind::DstAccess
        | Kind::Layout
        | Kind::Move => Vec::new(),
    }
}

fn waits(plan: &Plan, kind: Kind) -> Vec<(String, Plan)> {
    let mut mutants = Vec::new();
    for (index, submission) in plan.submissions.iter().enumerate() {
        let queue = plan.topology.name(submission.queue);
        for (number, wait) in submission.waits.iter().enumerate() {
            let of = format!("of `{queue}` for `{}`", plan.topology.name(plan.queue_of(wait.point)));
            let with = |edit: &dyn Fn(&mut Vec<Wait>)| {
                let mut broken = plan.clone();
                edit(&mut broken.submissions[index].waits);
                broken
            };
            match kind {
                Kind::Wait => {
                    mutants.push((format!("without the wait {of}"), with(&|waits| drop(waits.remove(number)))));
                }
                Kind::WaitStage => {
                    for bit in (0..64).map(|bit| 1 << bit).filter(|bit| wait.stages.as_raw() & bit != 0) {
                        let stage = vk::PipelineStageFlags2::from_raw(bit);
                        let without = with(&|waits| waits[number].stages &= !stage);
                        mutants.push((format!("without {} of the wait {of}", stage_names(stage)), without));
                    }
                }
                Kind::Value => {
                    let lower = lower(plan, wait.point);
                    mutants.push((
                        format!("with a value lower by one of the wait {of}"),
                        with(&|waits| waits[number].point = lower),
                    ));
                }
                _ => {}
            }
        }
    }
    mutants
}

/// Returns the submission of the queue before a point.
fn lower(plan: &Plan, point: Point) -> Point {
    match point {
        Point::Earlier(PastPoint { queue, back }) => Point::Earlier(PastPoint { queue, back: back + 1 }),
        Point::Submission(submission) => {
            let queue = plan.submissions[submission].queue;
            let before = plan.submissions[..submission].iter().rposition(|one| one.queue == queue);
            before.map_or(Point::Earlier(PastPoint { queue, back: 0 }), Point::Submission)
        }
    }
}

fn halves(plan: &Plan, half: Half) -> Vec<(String, Plan)> {
    let mut mutants = Vec::new();
    for (index, call) in plan.calls.iter().enumerate() {
        for (number, barrier) in call.barriers.iter().enumerate().filter(|(_, barrier)| barrier.is_half(half)) {
            let mut broken = plan.clone();
            broken.calls[index].barriers.remove(number);
            broken.calls.retain(|call| !call.barriers.is_empty());
            mutants.push((format!("without the {} of {}", half.name(), mutate::what(plan, barrier)), broken));
        }
    }
    mutants
}
