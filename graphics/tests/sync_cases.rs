//! Plans the known cases of `data/sync_cases.json` and compares the barriers with what each case says is needed.
#![forbid(unsafe_code)]

mod support;

use ash::vk;
use fencewright_graphics::Access;
use fencewright_graphics::plan::{
    AccessInput, Barrier, Compat, Entry, Exit, Imported, Input, PassInput, Plan, ResourceInput, Scope, Shape,
    Subresource, Target, plan,
};
use serde_json::Value;

/// Cases of two queues, or of a semaphore between two submits: no part of a plan for one queue.
const OTHER_QUEUES: &[&str] = &["SK21", "SK22", "SK26", "SK27", "SK29", "SK30", "SK31", "SK35", "SK36"];

/// Where the plan is stricter or other than the case on purpose.
const DIFFERENT: &[(&str, &str)] = &[("SK19", "EARLY|LATE on both sides, which the case accepts")];

#[test]
fn every_case_of_one_queue_gets_the_barrier_it_needs() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/sync_cases.json")).expect("the cases are JSON");
    let mut planned = 0;
    for case in cases.iter().filter(|case| case["for"] == "planner") {
        let id = case["id"].as_str().expect("a case has an id");
        if OTHER_QUEUES.contains(&id) {
            continue;
        }
        check(id, case);
        planned += 1;
    }
    assert_eq!(planned, 47 - OTHER_QUEUES.len());
}

fn check(id: &str, case: &Value) {
    let (before, after) = (list(case, "prev"), list(case, "next"));
    let plan = plan_case(&before, &after);
    let first_gap = if frames(&after) { 0 } else { before.iter().filter(|access| is_pass(access)).count() };
    let calls: Vec<_> = plan.calls.iter().filter(|call| call.gap >= first_gap).collect();
    let barriers: Vec<&Barrier> = calls.iter().flat_map(|call| &call.barriers).collect();
    let expected = if case["min"].is_null() { &case["expected"] } else { &case["min"] };
    if expected.is_null() {
        assert!(barriers.is_empty(), "{id}: no barrier is needed, got {barriers:#?}");
        return;
    }
    if let Some(count) = case["calls"].as_u64() {
        assert_eq!(calls.len() as u64, count, "{id}: calls");
    }
    let (first, second) = union(&barriers);
    let text = |field: &str| expected[field].as_str().expect("a scope is text");
    if DIFFERENT.iter().any(|(other, _)| *other == id) {
        assert!(first.stages.contains(support::stages(text("src_stage"))), "{id}: first scope");
        assert!(second.stages.contains(support::stages(text("dst_stage"))), "{id}: second scope");
        assert_eq!(second.access, support::accesses(text("dst_access")), "{id}: second scope");
    } else {
        assert_eq!(support::scope(first), wanted(text("src_stage"), text("src_access")), "{id}: first scope");
        assert_eq!(support::scope(second), wanted(text("dst_stage"), text("dst_access")), "{id}: second scope");
    }
    let layouts = |field: &str| support::layout(expected[field].as_str());
    let wanted = (layouts("old_layout"), layouts("new_layout"));
    for barrier in barriers {
        match &barrier.target {
            Target::Image { old_layout, new_layout, .. } if wanted.0 != wanted.1 => {
                assert_eq!((*old_layout, *new_layout), wanted, "{id}: layouts");
            }
            Target::Image { old_layout, new_layout, .. } => assert_eq!(old_layout, new_layout, "{id}: no transition"),
            Target::Buffer { .. } | Target::Memory => assert_eq!(wanted.0, wanted.1, "{id}: a transition is missing"),
        }
    }
}

fn wanted(stages: &str, accesses: &str) -> String {
    support::scope(Scope { stages: support::stages(stages), access: support::accesses(accesses) })
}

fn union(barriers: &[&Barrier]) -> (Scope, Scope) {
    let mut scopes = (Scope::default(), Scope::default());
    for barrier in barriers {
        scopes.0 |= barrier.first;
        scopes.1 |= barrier.second;
    }
    scopes
}

fn list<'a>(case: &'a Value, field: &str) -> Vec<&'a Value> {
    case[field].as_array().into_iter().flatten().filter(|access| access["culled"] != true).collect()
}

fn usage(access: &Value) -> &str {
    access["usage"].as_str().expect("an access has a usage")
}

fn is_pass(access: &Value) -> bool {
    let outside = ["host write", "host read", "present", "acquire"];
    !outside.iter().any(|name| usage(access).starts_with(name))
}

fn frames(after: &[&Value]) -> bool {
    after.iter().any(|access| !access["frame"].is_null())
}

/// Plans the accesses, one pass each; those of another frame as a frame of their own.
fn plan_case(before: &[&Value], after: &[&Value]) -> Plan {
    let all: Vec<&Value> = before.iter().chain(after).copied().collect();
    let mut resources: Vec<ResourceInput> = Vec::new();
    let mut passes: Vec<(PassInput, bool)> = Vec::new();
    for (number, access) in all.iter().enumerate() {
        let (index, part) = resource(&mut resources, access);
        let later = number >= before.len();
        if is_pass(access) {
            let input = input(index, part, access, later);
            passes.push((support::pass(&format!("{}{number}", usage(access)), vec![input]), later));
        } else {
            outside(&mut resources[index], access);
        }
    }
    let plan_of = |passes, resources| {
        let mut input: Input = support::input(resources, passes);
        input.options.compat = Compat::Exact;
        plan(&input).expect("the case can be planned")
    };
    if frames(after) {
        let split = |later| passes.iter().filter(|pass| pass.1 == later).map(|pass| pass.0.clone()).collect();
        let first = plan_of(split(false), resources.clone());
        for (resource, state) in resources.iter_mut().zip(first.exit) {
            resource.entry = Entry::Persisted(state);
        }
        plan_of(split(true), resources)
    } else {
        plan_of(passes.into_iter().map(|pass| pass.0).collect(), resources)
    }
}

/// Finds or makes the resource of an access, and the part: `buf[0..n/2)` is the first half.
fn resource(resources: &mut Vec<ResourceInput>, access: &Value) -> (usize, Subresource) {
    let spelled = access["resource"].as_str().unwrap_or("r");
    let (name, half) = spelled.split_once('[').unwrap_or((spelled, ""));
    let is_image = !access["layout"].is_null();
    let index = resources.iter().position(|resource| resource.name == name).unwrap_or_else(|| {
        let reads = !support::writes(support::accesses(access["access"].as_str().expect("an access has accesses")));
        let layout = support::layout(access["layout"].as_str());
        let entry = if reads && is_pass(access) { Entry::Ready { layout } } else { Entry::Undefined };
        let made = if is_image { support::image(name, 1, 1, entry) } else { support::buffer(name, 1024, entry) };
        resources.push(made);
        resources.len() - 1
    });
    let part = match half {
        "" => resources[index].shape.whole(),
        half if half.starts_with('0') => Subresource::Buffer { bytes: 0..512 },
        _ => Subresource::Buffer { bytes: 512..1024 },
    };
    (index, part)
}

fn input(resource: usize, part: Subresource, access: &Value, later: bool) -> AccessInput {
    let field = |name: &str| access[name].as_str();
    let flags = support::accesses(field("access").expect("an access has accesses"));
    let stages = support::stages(field("stage").expect("an access has stages"));
    let row = support::row(usage(access), stages, flags, support::layout(field("layout")));
    let direction = if support::writes(flags) { Access::Write } else { Access::Read };
    AccessInput { discard: later && access["discard"] == true, ..support::access(resource, row, direction, part) }
}

/// Notes what happens to a resource before or after the frame.
fn outside(resource: &mut ResourceInput, access: &Value) {
    let is_image = matches!(resource.shape, Shape::Image { .. });
    match usage(access) {
        "host write" => resource.entry = Entry::Ready { layout: vk::ImageLayout::UNDEFINED },
        "host read" => resource.exit = Exit::HostRead,
        "present" => resource.exit = Exit::Present,
        acquire => {
            assert!(is_image && acquire.starts_with("acquire"), "unknown outside access `{acquire}`");
            let scope =
                Scope { stages: vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT, access: vk::AccessFlags2::NONE };
            resource.entry =
                Entry::Imported(Imported { scope, layout: vk::ImageLayout::UNDEFINED, by: "acquire", family: None });
        }
    }
}
