//! Passes that may touch anything, where there are several queues: they come after all that any queue did, and all that any
//! queue does later comes after them.
#![forbid(unsafe_code)]

mod support;

use ash::vk;
use ash::vk::PipelineStageFlags2 as S;
use fencewright_graphics::judge::{Rules, Verdict, judge};
use fencewright_graphics::plan::{
    self, AccessInput, Entry, Exit, Fallback, Imported, Input, PassInput, Plan, PlanError, Point, ResourceInput, Scope,
    Sharing, Topology,
};
use fencewright_graphics::usage::{ColorAttachmentClear, ComputeStorage, CopyDestination};
use fencewright_graphics::{Access, PassKind, Queue, verify};

const SHARED: usize = 0;
const UPLOADED: usize = 1;
const SWAPCHAIN: usize = 2;

fn resources() -> Vec<ResourceInput> {
    let ready = || Entry::Ready { layout: vk::ImageLayout::UNDEFINED };
    let acquired = Scope { stages: S::COLOR_ATTACHMENT_OUTPUT, access: vk::AccessFlags2::NONE };
    let acquired = Imported { scope: acquired, layout: vk::ImageLayout::UNDEFINED, by: "the acquire", family: None };
    vec![
        ResourceInput { sharing: Sharing::Concurrent, ..support::buffer("shared", 64, ready()) },
        ResourceInput { sharing: Sharing::Concurrent, ..support::buffer("uploaded", 64, ready()) },
        ResourceInput { exit: Exit::Present, ..support::image("swapchain", 1, 1, Entry::Imported(acquired)) },
    ]
}

fn pass(name: &str, kind: PassKind, queue: Queue, accesses: Vec<AccessInput>) -> PassInput {
    PassInput { kind, queue, ..support::pass(name, accesses) }
}

fn whole(resource: usize) -> plan::Subresource {
    resources()[resource].shape.whole()
}

fn simulate(name: &str) -> PassInput {
    let write = support::access(SHARED, ComputeStorage::ROW, Access::Write, whole(SHARED));
    pass(name, PassKind::Compute, Queue::Compute, vec![write])
}

fn upload(name: &str) -> PassInput {
    let write = support::access(UPLOADED, CopyDestination::ROW, Access::Write, whole(UPLOADED));
    pass(name, PassKind::Transfer, Queue::Transfer, vec![write])
}

fn draw(name: &str) -> PassInput {
    let write = support::access(SWAPCHAIN, ColorAttachmentClear::ROW, Access::Write, whole(SWAPCHAIN));
    let write = AccessInput { discard: true, ..write };
    pass(name, PassKind::Raster, Queue::Graphics, vec![write])
}

fn anything(name: &str) -> PassInput {
    pass(name, PassKind::Opaque, Queue::Graphics, vec![])
}

/// Plans frames one after another, each from what the one before left.
fn frames(topology: &Topology, passes: Vec<Vec<PassInput>>) -> Vec<(Input, Plan)> {
    let mut frames: Vec<(Input, Plan)> = Vec::new();
    let draws = passes.iter().flatten().any(|pass| &*pass.name == "draw");
    for passes in passes {
        let mut input = Input { topology: topology.clone(), ..support::input(resources(), passes) };
        if !draws {
            input.resources.truncate(SWAPCHAIN);
        }
        if let Some((_, before)) = frames.last() {
            for (resource, left) in input.resources.iter_mut().zip(&before.exit).take(SWAPCHAIN) {
                resource.entry = Entry::Persisted(left.clone());
            }
            input.reached = before.reached.clone();
        }
        let plan = plan::plan(&input).expect("it can be planned");
        frames.push((input, plan));
    }
    frames
}

fn judged(frames: &[(Input, Plan)]) -> Verdict {
    let frames: Vec<(&Input, &Plan)> = frames.iter().map(|(input, plan)| (input, plan)).collect();
    judge(&verify::stream(&frames), &Rules::default())
}

fn three_frames(topology: &Topology) -> Vec<(Input, Plan)> {
    frames(
        topology,
        vec![
            vec![simulate("simulate"), upload("upload"), draw("draw")],
            vec![simulate("simulate"), anything("library"), draw("draw")],
            vec![simulate("simulate"), upload("upload"), draw("draw")],
        ],
    )
}

#[test]
fn all_queues_are_waited_for_and_all_wait() {
    for topology in [Topology::asynchronous(), Topology::transfer()] {
        let frames = three_frames(&topology);
        let verdict = judged(&frames);
        assert!(verdict.is_clean(), "{verdict}\n{}\n{}", frames[1].1, frames[2].1);
        let [_, (_, opaque), (_, after)] = &frames[..] else { panic!("three frames") };
        // Beside it, everything runs on its queue, and says why.
        assert!(opaque.submissions.iter().all(|one| one.queue.0 == 0), "{opaque}");
        let its_own = opaque.submissions.iter().position(|one| one.passes.contains(&1)).expect("it is submitted");
        if topology.queues().len() == 3 {
            assert_eq!(opaque.passes[0].fallback, Some(Fallback::BesideOpaque), "{opaque}");
        }
        // It waits for the last submission of every other queue, or a pass before it does, behind which its barrier chains.
        for queue in 1..topology.queues().len() {
            let waits = |wait: &plan::Wait| matches!(wait.point, Point::Earlier(point) if point.queue.0 == queue && point.back == 0);
            let mut before = opaque.submissions[..=its_own].iter().flat_map(|one| &one.waits);
            assert!(before.any(waits), "queue {queue}: {opaque}");
        }
        // Whatever runs elsewhere later waits for it.
        let elsewhere = after.submissions.iter().filter(|one| one.queue.0 > 0);
        let mut count = 0;
        for submission in elsewhere {
            let waits = |wait: &plan::Wait| matches!(wait.point, Point::Earlier(point) if point.queue.0 == 0);
            assert!(submission.waits.iter().any(waits), "{after}");
            count += 1;
        }
        assert_eq!(count, topology.queues().len() - 1, "{after}");
    }
}

/// Negative control: the judge notices each wait that is missing, before and after. Nothing is
/// presented, as an acquire comes after all that used the image, on whatever queue.
#[test]
fn each_wait_is_needed() {
    for topology in [Topology::asynchronous(), Topology::transfer()] {
        let passes = || vec![simulate("simulate"), upload("upload")];
        let frames = frames(&topology, vec![passes(), vec![anything("library")], passes()]);
        assert!(judged(&frames).is_clean(), "{}", judged(&frames));
        let mut removed = 0;
        for frame in [1, 2] {
            for submission in 0..frames[frame].1.submissions.len() {
                for wait in 0..frames[frame].1.submissions[submission].waits.len() {
                    let mut without = frames.clone();
                    let taken = without[frame].1.submissions[submission].waits.remove(wait);
                    let verdict = judged(&without);
                    assert!(
                        !verdict.is_clean(),
                        "frame {frame}, submission {submission}: {taken:?}\n{}",
                        frames[frame].1
                    );
                    removed += 1;
                }
            }
        }
        assert!(removed >= 2 * (topology.queues().len() - 1), "{removed}");
    }
}

#[test]
fn a_first_frame_and_a_last_one_need_nothing_else() {
    let topology = Topology::asynchronous();
    let frames = frames(&topology, vec![vec![anything("library")], vec![anything("library"), draw("draw")]]);
    let verdict = judged(&frames);
    assert!(verdict.is_clean(), "{verdict}");
    assert!(frames.iter().all(|(_, plan)| plan.submissions.len() == 1), "{}", frames[1].1);
}

/// What another queue family owns, an opaque pass has to declare: then it is handed over.
#[test]
fn what_another_family_owns_is_handed_over_by_a_declaration() {
    let topology = Topology::asynchronous();
    let declared = |accesses| pass("library", PassKind::Opaque, Queue::Graphics, accesses);
    let owned = |library: PassInput| -> Vec<(Input, Plan)> {
        let mut frames: Vec<(Input, Plan)> = Vec::new();
        for passes in [vec![simulate("simulate")], vec![library]] {
            let mut input = Input { topology: topology.clone(), ..support::input(resources(), passes) };
            input.resources[SHARED].sharing = Sharing::Exclusive;
            if let Some((_, before)) = frames.last() {
                input.resources[SHARED].entry = Entry::Persisted(before.exit[SHARED].clone());
                input.reached = before.reached.clone();
            }
            let plan = plan::plan(&input).expect("it can be planned");
            frames.push((input, plan));
        }
        frames
    };
    let write = support::access(SHARED, ComputeStorage::ROW, Access::Write, whole(SHARED));
    let frames = owned(declared(vec![write]));
    let verdict = judged(&frames);
    assert!(verdict.is_clean(), "{verdict}\n{}", frames[1].1);
    let transfers = frames[1].1.calls.iter().flat_map(|call| &call.barriers).filter(|one| one.transfer.is_some());
    assert_eq!(transfers.count(), 2, "{}", frames[1].1);
    let undeclared = owned(declared(vec![]));
    assert!(judged(&undeclared).is_clean(), "it is not to be touched: {}", judged(&undeclared));
}

/// A pass that its queue cannot run beside an opaque one is refused by name.
#[test]
fn no_queue_is_an_error() {
    let mut input = Input {
        topology: Topology::asynchronous(),
        ..support::input(resources(), vec![anything("library"), simulate("simulate")])
    };
    assert!(plan::plan(&input).is_ok());
    let compute_alone = input.topology.queues()[1];
    input.topology = Topology::new([compute_alone]).expect("a topology");
    let error = plan::plan(&input).expect_err("no queue can do everything");
    assert!(matches!(error, PlanError::NoQueue { .. }), "{error}");
    assert!(error.to_string().starts_with("system `library`, whose pass is opaque"), "{error}");
}
