//! What the judge says of a plan: over the frame, and over the frame that follows it.

use fencewright_graphics::judge::{self, Rules, Verdict};
use fencewright_graphics::plan::{Barrier, Call, Entry, Exit, Half, Input, Plan, ResourceRef, Submission, Target};
use fencewright_graphics::verify;

/// The judge's verdict on a frame and the next one.
pub(crate) struct Judged {
    pub(crate) verdict: Verdict,
}

/// How many frames there are resources for: two are judged, and the second prepares for a third.
const FRAMES: usize = 3;

impl Judged {
    /// Has a plan judged on its queues; with `alias` on one queue.
    pub(crate) fn new(input: &Input, plan: &Plan, alias: bool) -> Self {
        let resources = Resources::new(input, plan);
        let inputs = [resources.input(input, 0), resources.input(input, 1)];
        let plans = [resources.plan(input, plan, 0), resources.plan(input, plan, 1)];
        // What the call at END does for the next frame, something does for the first one: a frame without passes.
        let mut before = Input { passes: Vec::new(), ..inputs[0].clone() };
        before.resources.iter_mut().for_each(|resource| resource.exit = Exit::Nothing);
        let barriers = plan.prologue.iter().map(|barrier| resources.barrier(barrier, 0)).collect();
        let prologue = Plan {
            submissions: vec![Submission::default()],
            calls: vec![Call { submission: 0, gap: 0, barriers }],
            ..Plan::default()
        };
        let mut frames = vec![(&inputs[0], &plans[0]), (&inputs[1], &plans[1])];
        if !plan.prologue.is_empty() {
            frames.insert(0, (&before, &prologue));
        }
        let stream = if alias { verify::stream_on_one_queue(&frames) } else { verify::stream(&frames) };
        Self { verdict: judge::judge(&stream, &Rules::default()) }
    }

    pub(crate) fn is_clean(&self) -> bool {
        self.verdict.is_clean()
    }
}

/// Whether a barrier at END waits for something of the next frame.
pub(crate) fn is_for_next_frame(barrier: &Barrier) -> bool {
    !barrier.is_half(Half::Release) && barrier.reasons.iter().any(|reason| reason.second.pass.is_some())
}

/// Which resource a frame means by a name: what it leaves other than it finds it is another one in the next frame, as an
/// image that takes turns with a second one.
struct Resources {
    /// For each resource, those of the frames.
    of_frames: Vec<[usize; FRAMES]>,
}

impl Resources {
    fn new(input: &Input, plan: &Plan) -> Self {
        let count = input.resources.len();
        let mut next = count;
        let of_frames = input.resources.iter().zip(&plan.exit).enumerate().map(|(index, (resource, left))| {
            let stays = match &resource.entry {
                Entry::Persisted(found) => found == left,
                // The next image of a swapchain is another one.
                Entry::Imported(_) | Entry::Undefined | Entry::Ready { .. } => false,
            };
            if stays {
                return [index; FRAMES];
            }
            next += FRAMES - 1;
            [index, next - 2, next - 1]
        });
        Self { of_frames: of_frames.collect() }
    }

    /// Returns the input as a frame has it, with the resources of all.
    fn input(&self, input: &Input, frame: usize) -> Input {
        let mut written = input.clone();
        for (index, resources) in self.of_frames.iter().enumerate() {
            for (turn, &copy) in resources.iter().enumerate().skip(1).filter(|(_, copy)| **copy != index) {
                let mut resource = input.resources[index].clone();
                resource.name = format!("{} of frame {}", resource.name, turn + 1);
                written.resources.resize_with(written.resources.len().max(copy + 1), || resource.clone());
                written.resources[copy] = resource;
            }
        }
        // Those of other frames are left alone in this one.
        for (index, resource) in written.resources.iter_mut().enumerate() {
            if !self.of_frames.iter().any(|resources| resources[frame] == index) {
                resource.exit = Exit::Nothing;
            }
        }
        for access in written.passes.iter_mut().flat_map(|pass| &mut pass.accesses) {
            access.resource = ResourceRef(self.of_frames[access.resource.0][frame]);
        }
        written
    }

    /// Returns the plan as a frame records it.
    fn plan(&self, input: &Input, plan: &Plan, frame: usize) -> Plan {
        let mut written = plan.clone();
        for call in &mut written.calls {
            for barrier in &mut call.barriers {
                let of_next = call.gap == input.passes.len() && is_for_next_frame(barrier);
                *barrier = self.barrier(barrier, if of_next { frame + 1 } else { frame });
            }
        }
        for submission in &mut written.submissions {
            for resource in submission.imports.iter_mut().chain(&mut submission.exports) {
                *resource = ResourceRef(self.of_frames[resource.0][frame]);
            }
        }
        written
    }

    fn barrier(&self, barrier: &Barrier, frame: usize) -> Barrier {
        let mut written = barrier.clone();
        match &mut written.target {
            Target::Memory => {}
            Target::Buffer { resource, .. } | Target::Image { resource, .. } => {
                *resource = ResourceRef(self.of_frames[resource.0][frame]);
            }
        }
        written
    }
}
