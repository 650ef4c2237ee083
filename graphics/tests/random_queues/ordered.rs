//! The false pairs of a frame over several queues, counted again: by hazards between any two accesses, by the waits of the
//! submissions, and by the closure of both.

use std::collections::BTreeSet;

use ash::vk;
use ash::vk::PipelineStageFlags2 as S;
use fencewright_graphics::plan::{
    AccessInput, Half, Input, PassInput, Plan, Point, Policy, Reason, Shape, Sharing, Wait,
};
use fencewright_graphics::{Access, PassKind};

/// Lists the passes of one queue that a barrier orders although nothing else does: no hazard, through any number of passes,
/// and no wait; and how many pairs are in order by other queues alone.
pub(crate) fn false_pairs(input: &Input, plan: &Plan) -> (BTreeSet<(usize, usize)>, usize) {
    let frame = Frame { input, plan };
    let (dependent, here) = (frame.dependent(true), frame.dependent(false));
    let count = input.passes.len();
    let pairs = (0..count).flat_map(|before| (before + 1..count).map(move |after| (before, after)));
    let ordered: Vec<_> = pairs.filter(|&(before, after)| frame.is_ordered(before, after)).collect();
    let around = ordered.iter().filter(|&&(before, after)| dependent[before][after] && !here[before][after]).count();
    (ordered.into_iter().filter(|&(before, after)| !dependent[before][after]).collect(), around)
}

struct Frame<'a> {
    input: &'a Input,
    plan: &'a Plan,
}

impl Frame<'_> {
    fn submission(&self, pass: usize) -> usize {
        self.plan.submission_of(pass).expect("each pass is submitted")
    }

    fn is_one_queue(&self, one: usize, other: usize) -> bool {
        self.plan.passes[one].runs_on == self.plan.passes[other].runs_on
    }

    /// The closure of what is ordered by hazards and waits; without those over queues, of the hazards of each queue.
    fn dependent(&self, over_queues: bool) -> Vec<Vec<bool>> {
        let count = self.input.passes.len();
        let mut order = vec![vec![false; count]; count];
        for after in 0..count {
            for before in 0..after {
                if !self.is_hazard(before, after) && !self.is_reason(before, after) {
                    continue;
                }
                if self.is_one_queue(before, after) {
                    order[before][after] = true;
                } else if over_queues {
                    order[before][after] = true;
                    self.behind(before, after).into_iter().for_each(|pass| order[pass][after] = true);
                }
            }
        }
        for (number, submission) in self.plan.submissions.iter().enumerate().filter(|_| over_queues) {
            for wait in &submission.waits {
                let later = (0..count).filter(|pass| {
                    self.plan.passes[*pass].runs_on == submission.queue && self.submission(*pass) >= number
                });
                let waits = |pass: &usize| reach(wait.stages, false).intersects(executed(&self.input.passes[*pass]));
                // What goes on behind the wait by a barrier comes after all that the wait does, whatever it needs of that.
                let behind = wait.reasons.iter().filter_map(|reason| reason.second.pass);
                for after in later.filter(waits).chain(behind) {
                    self.before(wait.point).into_iter().for_each(|before| order[before][after] = true);
                }
            }
        }
        for (after, wait) in self.after_acquires().into_iter().filter(|_| over_queues) {
            self.before(wait).into_iter().for_each(|before| order[before][after] = true);
        }
        for middle in 0..count {
            for before in 0..count {
                for after in 0..count {
                    order[before][after] |= order[before][middle] && order[middle][after];
                }
            }
        }
        order
    }

    /// What follows an acquire, and the wait that the acquire is behind: they have a reason in common.
    fn after_acquires(&self) -> Vec<(usize, Point)> {
        let waits = || self.plan.submissions.iter().flat_map(|submission| &submission.waits);
        let barriers = self.plan.calls.iter().flat_map(|call| &call.barriers);
        let acquires = barriers.filter(|barrier| barrier.is_half(Half::Acquire));
        let mut all = Vec::new();
        for barrier in acquires {
            let behind = |wait: &&Wait| wait.reasons.iter().any(|reason| barrier.reasons.contains(reason));
            for wait in waits().filter(behind) {
                all.extend(barrier.reasons.iter().filter_map(|reason| Some((reason.second.pass?, wait.point))));
            }
        }
        all
    }

    /// The passes that are over when a submission is: those of its queue up to its end, and what they waited for.
    fn before(&self, point: Point) -> BTreeSet<usize> {
        let Point::Submission(last) = point else { return BTreeSet::new() };
        let queue = self.plan.submissions[last].queue;
        let mut over = BTreeSet::new();
        for submission in self.plan.submissions[..=last].iter().filter(|one| one.queue == queue) {
            over.extend(submission.passes.iter().copied());
            submission.waits.iter().for_each(|wait| over.extend(self.before(wait.point)));
        }
        over
    }

    /// What the first wait is behind that puts one pass after another one of another queue.
    fn behind(&self, before: usize, after: usize) -> BTreeSet<usize> {
        let (queue, last) = (self.plan.passes[after].runs_on, self.submission(after));
        let submissions = self.plan.submissions[..=last].iter().filter(|one| one.queue == queue);
        let mut waits = submissions.flat_map(|one| &one.waits).map(|wait| self.before(wait.point));
        waits.find(|over| over.contains(&before)).unwrap_or_else(|| panic!("nothing waits for {before} before {after}"))
    }

    /// Whether two passes use the same with a write, a transition or a handover between them.
    fn is_hazard(&self, before: usize, after: usize) -> bool {
        let unified = self.input.options.policy == Policy::UnifiedLayouts;
        let family = |pass: usize| self.plan.topology.queue(self.plan.passes[pass].runs_on).family;
        let all = |one: &AccessInput, other: &AccessInput| {
            let resource = &self.input.resources[one.resource.0];
            let is_image = matches!(resource.shape, Shape::Image { .. });
            let write = one.access == Access::Write || other.access == Access::Write;
            let layouts = is_image && !unified && layout(one) != layout(other);
            let owners = resource.sharing == Sharing::Exclusive && family(before) != family(after);
            one.resource == other.resource && one.part.meets(&other.part) && (write || layouts || owners)
        };
        let (firsts, seconds) = (&self.input.passes[before].accesses, &self.input.passes[after].accesses);
        firsts.iter().any(|one| seconds.iter().any(|other| all(one, other)))
    }

    /// Whether a barrier or a wait says that one pass comes after another one: a read behind another read of what a
    /// transition made.
    fn is_reason(&self, before: usize, after: usize) -> bool {
        let barriers = self.plan.calls.iter().flat_map(|call| &call.barriers).flat_map(|barrier| &barrier.reasons);
        let waits =
            self.plan.submissions.iter().flat_map(|submission| &submission.waits).flat_map(|wait| &wait.reasons);
        let is = |reason: &Reason| {
            reason.first.as_ref().and_then(|first| first.pass) == Some(before) && reason.second.pass == Some(after)
        };
        barriers.chain(waits).any(is)
    }

    /// Whether a barrier orders two passes of its queue.
    fn is_ordered(&self, before: usize, after: usize) -> bool {
        let stages = |pass: usize| executed(&self.input.passes[pass]);
        let is_before = |pass: usize, at: (usize, usize)| (self.submission(pass), pass) < at;
        self.is_one_queue(before, after)
            && self.plan.calls.iter().any(|call| {
                let at = (call.submission, call.gap);
                self.plan.submissions[call.submission].queue == self.plan.passes[before].runs_on
                    && is_before(before, at)
                    && !is_before(after, at)
                    && call.barriers.iter().any(|barrier| {
                        reach(barrier.first.stages, true).intersects(stages(before))
                            && reach(barrier.second.stages, false).intersects(stages(after))
                    })
            })
    }
}

fn layout(access: &AccessInput) -> vk::ImageLayout {
    let image = access.usage.image.expect("of images");
    match access.access {
        Access::Read => image.read_layout,
        Access::Write => image.write_layout,
    }
}

const DRAW: [S; 8] = [
    S::DRAW_INDIRECT,
    S::INDEX_INPUT,
    S::VERTEX_ATTRIBUTE_INPUT,
    S::VERTEX_SHADER,
    S::EARLY_FRAGMENT_TESTS,
    S::FRAGMENT_SHADER,
    S::LATE_FRAGMENT_TESTS,
    S::COLOR_ATTACHMENT_OUTPUT,
];

/// The stages of a scope with those before them, or after them.
fn reach(named: S, first: bool) -> S {
    let transfers = [S::COPY, S::CLEAR, S::BLIT, S::RESOLVE];
    let mut all = named;
    if named.contains(S::ALL_COMMANDS) {
        all = DRAW.iter().chain(&transfers).fold(S::COMPUTE_SHADER, |all, stage| all | *stage);
    }
    if named.contains(S::ALL_TRANSFER) {
        all = transfers.iter().fold(all, |all, stage| all | *stage);
    }
    for pipeline in [&DRAW[..], &[S::DRAW_INDIRECT, S::COMPUTE_SHADER]] {
        for at in (0..pipeline.len()).filter(|at| named.contains(pipeline[*at])) {
            let more = if first { &pipeline[..at] } else { &pipeline[at..] };
            all = more.iter().fold(all, |all, stage| all | *stage);
        }
    }
    all
}

fn executed(pass: &PassInput) -> S {
    let used = pass.accesses.iter().fold(S::NONE, |all, access| all | access.usage.stages);
    match pass.kind {
        PassKind::Raster => {
            let tests = S::EARLY_FRAGMENT_TESTS | S::LATE_FRAGMENT_TESTS;
            used | S::VERTEX_SHADER | S::FRAGMENT_SHADER | S::COLOR_ATTACHMENT_OUTPUT | tests
        }
        PassKind::Compute => used | S::COMPUTE_SHADER,
        PassKind::Transfer | PassKind::RayTracing | PassKind::Opaque => used,
    }
}
