//! Passes that may touch anything: what stands around them, what they leave, and that every output marks them.
//!
//! `FENCEWRIGHT_BLESS=1` writes the golden files anew.
#![forbid(unsafe_code)]

mod support;

use std::fs;
use std::path::Path;

use ash::vk;
use fencewright::{Cx, Outcome, Run, Schedule, System};
use fencewright_graphics::judge::Rules;
use fencewright_graphics::plan::{
    self, Entry, Exit, Hazard, Input, Options, PassInput, Plan, Policy, ResourceInput, ResourceRef, Target,
};
use fencewright_graphics::usage::{
    ColorAttachment, ComputeStorage, ComputeStorageWrite, CopyDestination, FragmentSampled,
};
use fencewright_graphics::{
    Access, AutoBarriers, BarrierHints, GpuBuffer, GpuImage, GpuResourceAccess, PassKind, ProgramHints, verify,
};

struct SceneTexture;
struct StorageParticles;
struct SwapchainImage;

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<StorageParticles>, discard GpuImage<SceneTexture> as ComputeStorageWrite)]
#[pass(compute)]
struct Simulate;

/// A library that records by itself. It draws over the scene, and may do whatever else it likes.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<SceneTexture> as ColorAttachment)]
#[pass(opaque)]
struct Interface;

/// It declares nothing.
#[derive(System, AutoBarriers)]
#[pass(opaque)]
struct Capture;

#[derive(System, AutoBarriers)]
#[reads(GpuImage<SceneTexture>, GpuBuffer<StorageParticles>)]
#[writes(discard GpuImage<SwapchainImage>)]
#[pass(raster)]
struct Show;

macro_rules! idle {
    ($($name:ident)+) => {
        $(impl Run for $name {
            fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
                Ok(())
            }
        })+
    };
}
idle!(Simulate Interface Capture Show);

#[derive(Schedule)]
struct Frame {
    simulate: (Simulate,),
    #[stage(after = "simulate")]
    foreign: (Interface, Capture),
    #[stage(after = "foreign")]
    show: (Show,),
}

fn frame() -> Frame {
    Frame { simulate: (Simulate,), foreign: (Interface, Capture), show: (Show,) }
}

#[track_caller]
fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("FENCEWRIGHT_BLESS").is_some() {
        fs::write(&path, text).expect("golden files can be written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{} differs; FENCEWRIGHT_BLESS=1 writes it anew. It is now:\n{text}", path.display());
}

#[test]
fn every_output_marks_them() {
    let schedule = frame().schedule().expect("the frame is sound");
    let plan = schedule.program().barrier_plan().expect("it can be planned");
    let here = env!("CARGO_MANIFEST_DIR");
    let shown = |text: String| text.replace(&format!("{here}/"), "").replace("graphics/tests", "tests");
    golden("opaque_plan.txt", &shown(plan.to_string()));
    golden("opaque_plan.json", &shown(plan.to_json()));
    golden("opaque_plan.dot", &shown(plan.to_dot()));
    let rust = plan.to_rust();
    assert!(rust.contains("`Capture` may touch anything") || rust.contains("Capture may touch anything"), "{rust}");
    golden("opaque_hints.txt", &Frame::barrier_hints());
    golden("opaque_requirements.txt", &[Interface::barrier_requirements(), Capture::barrier_requirements()].concat());
}

fn pass(name: &str, kind: PassKind, accesses: Vec<plan::AccessInput>) -> PassInput {
    PassInput { kind, ..support::pass(name, accesses) }
}

fn whole(resource: &ResourceInput) -> plan::Subresource {
    resource.shape.whole()
}

fn planned(input: &Input) -> Plan {
    let plan = plan::plan(input).expect("it can be planned");
    let verdict = verify::verify(input, &plan, &Rules::default());
    assert!(verdict.is_clean(), "{verdict}\n{plan}");
    plan
}

/// Returns the gaps of the full barriers.
fn full(plan: &Plan) -> Vec<usize> {
    let is_full = |call: &&plan::Call| {
        call.barriers.iter().any(|barrier| {
            barrier.target == Target::Memory
                && barrier.first.stages == vk::PipelineStageFlags2::ALL_COMMANDS
                && barrier.second.stages == vk::PipelineStageFlags2::ALL_COMMANDS
                && barrier.reasons.iter().all(|reason| reason.hazard == Hazard::Opaque)
        })
    };
    plan.calls.iter().filter(is_full).map(|call| call.gap).collect()
}

#[test]
fn a_full_barrier_stands_on_both_sides_and_one_between_two() {
    let buffer = || support::buffer("b", 16, Entry::Ready { layout: vk::ImageLayout::UNDEFINED });
    let write = |name| {
        let access = support::access(0, ComputeStorage::ROW, Access::Write, whole(&buffer()));
        pass(name, PassKind::Compute, vec![access])
    };
    let opaque = |name| pass(name, PassKind::Opaque, vec![]);
    for policy in [Policy::Joined, Policy::PerResource, Policy::MergedGlobal, Policy::UnifiedLayouts] {
        let passes = vec![write("a"), opaque("x"), opaque("y"), write("b"), write("c"), opaque("z")];
        let options = Options { policy, ..Options::default() };
        let input = Input { options, ..support::input(vec![buffer()], passes) };
        let plan = planned(&input);
        assert_eq!(full(&plan), [1, 2, 3, 5, 6], "{plan}");
        // Nothing else is needed but the barrier between `b` and `c`, which no opaque pass separates.
        let others: Vec<usize> =
            plan.calls.iter().map(|call| call.gap).filter(|gap| !full(&plan).contains(gap)).collect();
        assert_eq!(others, [4], "{plan}");
        let (_, report) = plan::plan_with_report(&input).expect("it can be planned");
        assert_eq!((report.calls, report.false_pairs.len()), (6, 0), "{}", report.display(&plan));
    }
}

#[test]
fn an_image_is_in_the_declared_layout_and_left_in_it() {
    let image = support::image("i", 2, 1, Entry::Ready { layout: vk::ImageLayout::GENERAL });
    let draws = support::access(0, ColorAttachment::ROW, Access::Write, whole(&image));
    let samples = support::access(0, FragmentSampled::ROW, Access::Read, whole(&image));
    let passes = vec![pass("x", PassKind::Opaque, vec![draws]), pass("draw", PassKind::Raster, vec![samples])];
    let plan = planned(&support::input(vec![image], passes));
    let transitions: Vec<_> = plan
        .calls
        .iter()
        .flat_map(|call| call.barriers.iter().map(move |barrier| (call.gap, barrier)))
        .filter_map(|(gap, barrier)| Some((gap, barrier.first.stages, barrier.target.transition()?)))
        .collect();
    let all = vk::PipelineStageFlags2::ALL_COMMANDS;
    let attachment = ColorAttachment::ROW.image.expect("of images").write_layout;
    let sampled = FragmentSampled::ROW.image.expect("of images").read_layout;
    assert_eq!(
        transitions,
        [
            (0, vk::PipelineStageFlags2::NONE, (vk::ImageLayout::GENERAL, attachment)),
            // In the call of the full barrier, with which it does not chain: it waits for the pass itself.
            (1, all, (attachment, sampled))
        ],
        "{plan}"
    );
}

#[test]
fn the_next_frame_finds_it_settled_and_the_host_still_waits() {
    let buffer = ResourceInput {
        exit: Exit::HostRead,
        ..support::buffer("b", 16, Entry::Ready { layout: vk::ImageLayout::UNDEFINED })
    };
    let copy = support::access(0, CopyDestination::ROW, Access::Write, whole(&buffer));
    let passes = vec![pass("copy", PassKind::Transfer, vec![copy.clone()]), pass("x", PassKind::Opaque, vec![])];
    let first = planned(&support::input(vec![buffer.clone()], passes));
    let host = first.call(2).expect("a call at END").barriers.iter().find(|one| one.target != Target::Memory);
    let host = host.expect("one for the host");
    assert_eq!(host.first.stages, vk::PipelineStageFlags2::ALL_COMMANDS, "{first}");
    assert_eq!(host.second.stages, vk::PipelineStageFlags2::HOST, "{first}");

    let entry = Entry::Persisted(first.exit[0].clone());
    let next = support::input(
        vec![ResourceInput { entry, exit: Exit::Nothing, ..buffer }],
        vec![pass("copy", PassKind::Transfer, vec![copy])],
    );
    assert_eq!(planned(&next).calls, [], "a full barrier came after all of it");
}

/// Negative control: without a full barrier, the judge complains; so it does when a stage is taken out of it.
#[test]
fn without_it_the_judge_complains() {
    let buffer = support::buffer("b", 16, Entry::Ready { layout: vk::ImageLayout::UNDEFINED });
    let image = support::image("i", 1, 1, Entry::Undefined);
    let write = support::access(0, ComputeStorage::ROW, Access::Write, whole(&buffer));
    let draw = plan::AccessInput {
        discard: true,
        ..support::access(1, ComputeStorageWrite::ROW, Access::Write, whole(&image))
    };
    let passes = vec![
        pass("a", PassKind::Compute, vec![write.clone(), draw]),
        pass("x", PassKind::Opaque, vec![]),
        pass("b", PassKind::Compute, vec![write]),
    ];
    let input = support::input(vec![buffer, image], passes);
    let plan = planned(&input);
    assert_eq!(full(&plan), [1, 2], "{plan}");
    for gap in full(&plan) {
        let call = plan.calls.iter().position(|call| call.gap == gap).expect("it is there");
        let mut without = plan.clone();
        without.calls.remove(call);
        assert!(!verify::verify(&input, &without, &Rules::default()).is_clean(), "without the call in gap {gap}");
        let mut narrow = plan.clone();
        narrow.calls[call].barriers[0].second.stages = vk::PipelineStageFlags2::ALL_GRAPHICS;
        assert!(!verify::verify(&input, &narrow, &Rules::default()).is_clean(), "with a narrow call in gap {gap}");
    }
}

#[test]
fn reasons_name_everything() {
    let plan = planned(&support::input(vec![], vec![pass("x", PassKind::Opaque, vec![])]));
    let reasons: Vec<_> = plan.calls.iter().flat_map(|call| &call.barriers).flat_map(|one| &one.reasons).collect();
    assert_eq!(reasons.len(), 2, "{plan}");
    assert!(reasons.iter().all(|reason| reason.resource == ResourceRef::EVERYTHING));
    assert_eq!(plan.resource_name(ResourceRef::EVERYTHING), "anything");
}
