//! Generated code is built and run: what it records is what is recorded from the plan, field for field.

mod c_header;
#[path = "fresh/capture.rs"]
#[allow(unsafe_code, reason = "stands in for a function of Vulkan")]
mod capture;
mod device;
mod random;
mod rust_module;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use ash::vk::{self, Handle as _};
use clap::Parser as _;
use fencewright_graphics::plan::{Barrier, Call, Plan, Point, ResourceRef, Target};
use fencewright_graphics::{CallStructures, RawHandle};

use crate::options::Options;

const FRAMES: [&str; 3] = ["deferred", "async_compute", "streaming"];
const POLICIES: [&str; 4] = ["joined", "per-resource", "merged-global", "unified-layouts"];

/// A plan and what it is called.
#[derive(Clone)]
struct Case {
    name: String,
    plan: Plan,
}

/// Plans the three frames with every policy, alone and as loops, for one queue and for several.
fn frames() -> Vec<Case> {
    let ways: [&[&str]; 5] = [
        &[],
        &["--loop"],
        &["--topology", "transfer"],
        &["--topology", "async"],
        &["--topology", "async", "--concurrent"],
    ];
    ways.into_iter().flat_map(planned).collect()
}

/// Plans the three frames with every policy in one way.
fn planned(way: &[&str]) -> Vec<Case> {
    let mut cases = Vec::new();
    for frame in FRAMES {
        let file = format!("{}/../graphics/tests/data/frames/{frame}.json", env!("CARGO_MANIFEST_DIR"));
        for policy in POLICIES {
            let options = Options::parse_from([&["codegen", &file, "--policy", policy], way].concat());
            let (name, plan) = crate::planned(&options).expect("the frame can be planned");
            let name = format!("{name}_{policy}{}", way.concat()).replace("--", "_").replace('-', "_");
            cases.push(Case { name, plan });
        }
    }
    cases
}

/// The handle that stands for a resource, in this frame or in the next one.
fn raw(resource: ResourceRef, frame: usize) -> u64 {
    0x1000 * (frame as u64 + 1) + resource.0 as u64
}

/// Lists the resources that barriers name, in the order in which the handles of generated code are.
fn named(plan: &Plan) -> BTreeMap<ResourceRef, RawHandle> {
    named_in(plan, 0)
}

fn named_in(plan: &Plan, frame: usize) -> BTreeMap<ResourceRef, RawHandle> {
    let barriers = plan.calls.iter().flat_map(|call| &call.barriers).chain(&plan.prologue);
    let buffer = |resource| RawHandle::Buffer(vk::Buffer::from_raw(raw(resource, frame)));
    let image = |resource| RawHandle::Image(vk::Image::from_raw(raw(resource, frame)));
    let handle = |barrier: &Barrier| match &barrier.target {
        Target::Memory => None,
        Target::Buffer { resource, .. } => Some((*resource, buffer(*resource))),
        Target::Image { resource, .. } => Some((*resource, image(*resource))),
    };
    barriers.filter_map(handle).collect()
}

/// Says whether the end of a frame prepares the next one.
fn prepares(plan: &Plan) -> bool {
    let ends = plan.calls.iter().filter(|call| call.gap == plan.passes.len());
    ends.flat_map(|call| &call.barriers).any(|barrier| plan.prologue.contains(barrier))
}

/// Returns how many submissions there are; what no planner made has none.
fn ends(plan: &Plan) -> usize {
    plan.submissions.len().max(1)
}

/// Records a plan from the plan itself.
#[allow(unsafe_code, reason = "recording is unsafe in ash; the device is the test's own")]
fn recorded(case: &Case) -> String {
    let plan = &case.plan;
    let handles = |frame| -> Vec<RawHandle> {
        let named = named_in(plan, frame);
        let unnamed = RawHandle::Buffer(vk::Buffer::null());
        let all = (0..plan.resources.len()).map(|index| named.get(&ResourceRef(index)).copied().unwrap_or(unnamed));
        all.collect()
    };
    let (handles, next) = (handles(0), handles(1));
    let device = capture::device();
    let record = |structures: &CallStructures| {
        // SAFETY: the device writes down what it is given.
        unsafe { device.cmd_pipeline_barrier2(vk::CommandBuffer::null(), &structures.dependency_info()) };
        capture::take()
    };
    let record_call = |call: Option<&Call>| {
        call.map(|call| record(&CallStructures::with_next(plan, call, &handles, &next))).unwrap_or_default()
    };
    let mut out = format!("plan {}\n", case.name);
    if !plan.prologue.is_empty() {
        let _ = write!(out, "prologue\n{}", record(&CallStructures::new(&plan.prologue, &handles)));
    }
    for pass in 0..plan.passes.len() {
        let _ = write!(out, "pass {pass}\n{}", record_call(plan.call(pass)));
    }
    for submission in 0..ends(plan) {
        let _ = write!(out, "end {submission}\n{}", record_call(plan.closing_call(submission)));
    }
    out + &submitted(plan)
}

/// The values of the timelines before the frame.
const BEFORE: [u64; 3] = [5, 0, 2];

/// Says whether the code of a plan has submissions, waits and signals.
fn has_submissions(plan: &Plan) -> bool {
    plan.topology.has_several_queues() || plan.submissions.len() > 1
}

/// Fills in waits and signals from the plan itself: semaphore, value, stages.
fn submitted(plan: &Plan) -> String {
    let mut out = String::new();
    if !has_submissions(plan) {
        return out;
    }
    let mut values = BEFORE;
    let mut signals: Vec<(usize, u64)> = Vec::new();
    for (index, submission) in plan.submissions.iter().enumerate() {
        let _ = writeln!(out, "submission {index}");
        for wait in &submission.waits {
            let (queue, value) = match wait.point {
                Point::Submission(index) => signals[index],
                Point::Earlier(past) => (past.queue.0, BEFORE[past.queue.0].saturating_sub(u64::from(past.back))),
            };
            if value > 0 {
                let _ = writeln!(out, "wait {:x} {value} {:x}", semaphore(queue), wait.stages.as_raw());
            }
        }
        let queue = submission.queue.0;
        values[queue] += 1;
        signals.push((queue, values[queue]));
        let all = vk::PipelineStageFlags2::ALL_COMMANDS.as_raw();
        let _ = writeln!(out, "signal {:x} {} {all:x}", semaphore(queue), values[queue]);
    }
    out
}

fn semaphore(queue: usize) -> u64 {
    0x9000 + queue as u64
}

/// Compares, and shows the first line that differs with its place.
fn assert_same(cases: &[Case], generated: &str) {
    let expected: String = cases.iter().map(recorded).collect();
    let count = |word| expected.lines().filter(|line| line.starts_with(word)).count();
    let counts = [count("call"), count("wait"), count("signal")];
    assert!(counts[0] > 200 && counts[1] > 10 && counts[2] > 20, "there is something to compare: {counts:?}");
    let differs = expected.lines().zip(generated.lines()).position(|(one, other)| one != other);
    let shown = |text: &str| {
        let (end, lines) = (differs.unwrap_or_default() + 1, text.lines());
        lines.take(end).skip(end.saturating_sub(8)).collect::<Vec<_>>().join("\n")
    };
    assert!(differs.is_none(), "from the plan:\n{}\n\ngenerated:\n{}", shown(&expected), shown(generated));
    assert_eq!(expected.lines().count(), generated.lines().count());
}

/// Returns an empty folder for a program that a test builds, beside what cargo built this test into.
fn folder(name: &str) -> PathBuf {
    let exe = std::env::current_exe().expect("a test is a file");
    let target =
        exe.ancestors().find(|path| path.ends_with("examples")).and_then(Path::parent).expect("target/PROFILE");
    let folder = target.join("codegen-tests").join(name);
    let _ = std::fs::remove_dir_all(folder.join("src"));
    std::fs::create_dir_all(folder.join("src")).expect("the folder can be made");
    folder
}

fn write(path: impl AsRef<Path>, text: &str) {
    let path = path.as_ref();
    std::fs::write(path, text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Runs a command and returns what it printed.
fn output(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{error}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}
