//! What holds of every plan: its figures counted again by other means, and what may not change it.
#![forbid(unsafe_code)]

mod support;

use std::sync::Arc;

use ash::vk;
use ash::vk::{ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::plan::{
    AccessInput, Certificate, Effort, Entry, Features, Input, Options, PassInput, Plan, PlanError, ResourceInput,
    Shape, Subresource, plan, plan_with_report,
};
use fencewright_graphics::usage::{self, UsageRow};
use fencewright_graphics::{Access, PassKind};

const FRAMES: u64 = 400;

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).expect("smaller than `end`")
    }
}

/// The usages that a pass of a kind can have of a buffer or an image, each with its direction.
fn rows(kind: PassKind, image: bool) -> Vec<(&'static UsageRow, Access)> {
    let names: &[&str] = match (kind, image) {
        (PassKind::Raster, false) => &["VertexAttribute", "Index", "FragmentUniform", "VertexFragmentStorage"],
        (PassKind::Raster, true) => &["ColorAttachment", "ColorAttachmentClear", "DepthStencil", "FragmentSampled"],
        (PassKind::Compute, false) => &["ComputeUniform", "ComputeStorage", "DispatchIndirect"],
        (PassKind::Compute, true) => &["ComputeSampled", "ComputeStorage", "ComputeStorageWrite"],
        _ => &["CopySource", "CopyDestination"],
    };
    let rows = names.iter().map(|name| usage::by_name(name).unwrap_or_else(|| panic!("no usage `{name}`")));
    rows.flat_map(|row| {
        let read = row.read.map(|_| (row, Access::Read));
        read.into_iter().chain(row.write.map(|_| (row, Access::Write)))
    })
    .collect()
}

/// A frame of up to `most` passes that use whole resources.
fn frame(seed: u64, most: usize) -> Input {
    let mut random = Random(seed * 7919 + 1);
    let resources: Vec<ResourceInput> = (0..=random.below(5))
        .map(|index| match random.below(2) {
            0 => support::buffer(&format!("buffer {index}"), 64, Entry::Ready { layout: L::UNDEFINED }),
            _ => support::image(&format!("image {index}"), 2, 1, Entry::Ready { layout: L::GENERAL }),
        })
        .collect();
    let pass = |index: usize, random: &mut Random| {
        let kind = [PassKind::Raster, PassKind::Compute, PassKind::Transfer][random.below(3)];
        let mut accesses = Vec::new();
        for (number, resource) in resources.iter().enumerate() {
            if random.below(2) == 0 {
                let of_kind = rows(kind, matches!(resource.shape, Shape::Image { .. }));
                let (row, access) = of_kind[random.below(of_kind.len())];
                accesses.push(support::access(number, row, access, resource.shape.whole()));
            }
        }
        PassInput { kind, ..support::pass(&format!("pass {index}"), accesses) }
    };
    let passes = (0..=random.below(most)).map(|index| pass(index, &mut random)).collect();
    let effort = if seed.is_multiple_of(2) { Effort::Proportional } else { Effort::Steps(5_000) };
    Input { options: Options { effort, ..Options::default() }, ..support::input(resources, passes) }
}

fn layout(access: &AccessInput) -> L {
    let image = access.usage.image.expect("of images");
    match access.access {
        Access::Read => image.read_layout,
        Access::Write => image.write_layout,
    }
}

/// Two passes, or two gaps.
type Pair = (usize, usize);

/// What must be ordered, derived anew: `(producer, consumer)`; and the intervals of gaps that need a call.
fn dependencies(input: &Input) -> (Vec<Pair>, Vec<Pair>) {
    let (mut edges, mut intervals) = (Vec::new(), Vec::new());
    for (index, resource) in input.resources.iter().enumerate() {
        let is_image = matches!(resource.shape, Shape::Image { .. });
        let (mut writer, mut readers, mut now): (Option<usize>, Vec<usize>, L) = (None, vec![], L::GENERAL);
        let mut opened: Vec<usize> = vec![];
        for (number, pass) in input.passes.iter().enumerate() {
            let Some(access) = pass.accesses.iter().find(|access| access.resource.0 == index) else { continue };
            let changes = is_image && layout(access) != now;
            let write = access.access == Access::Write;
            if write || changes {
                let before: Vec<usize> =
                    if readers.is_empty() { writer.into_iter().collect() } else { readers.clone() };
                edges.extend(before.iter().chain(&writer).map(|first| (*first, number)));
                match before.iter().max() {
                    Some(last) => intervals.push((last + 1, number)),
                    None if changes => intervals.push((0, number)),
                    None => {}
                }
                opened = before;
                (writer, readers) = if write { (Some(number), vec![]) } else { (None, vec![number]) };
            } else {
                // The first reader after a write needs a call; later ones are met by it. So do those after a transition.
                edges.extend(writer.iter().chain(&opened).map(|first| (*first, number)));
                intervals.extend(writer.map(|writer| (writer + 1, number)));
                readers.push(number);
            }
            if is_image {
                now = layout(access);
            }
        }
    }
    (edges, intervals)
}

/// The fewest gaps that stab all intervals, by trying all sets of gaps.
fn fewest(passes: usize, intervals: &[(usize, usize)]) -> usize {
    let sets = 0_u32..1 << (passes + 1);
    let stabs = |set: &u32| intervals.iter().all(|(low, high)| (*low..=*high).any(|gap| set >> gap & 1 == 1));
    sets.filter(stabs).map(u32::count_ones).min().expect("all gaps do") as usize
}

const DRAW: [S; 9] = [
    S::DRAW_INDIRECT,
    S::INDEX_INPUT,
    S::VERTEX_ATTRIBUTE_INPUT,
    S::VERTEX_SHADER,
    S::EARLY_FRAGMENT_TESTS,
    S::FRAGMENT_SHADER,
    S::LATE_FRAGMENT_TESTS,
    S::COLOR_ATTACHMENT_OUTPUT,
    S::NONE,
];

/// The stages of a scope with those before them, or after them.
fn reached(stages: S, first: bool) -> S {
    let mut all = stages;
    for (at, stage) in DRAW.iter().enumerate().filter(|(_, stage)| !stage.is_empty() && stages.contains(**stage)) {
        let more = if first { &DRAW[..at] } else { &DRAW[at..] };
        all = more.iter().fold(all, |all, stage| all | *stage);
        assert!(all.contains(*stage));
    }
    if first && stages.contains(S::COMPUTE_SHADER) {
        all |= S::DRAW_INDIRECT;
    }
    if !first && stages.contains(S::DRAW_INDIRECT) {
        all |= S::COMPUTE_SHADER;
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
        _ => used,
    }
}

/// The pairs that the structures of a plan order although neither pass depends on the other.
fn false_pairs(input: &Input, plan: &Plan) -> Vec<(usize, usize)> {
    let count = input.passes.len();
    let mut reachable = vec![vec![false; count]; count];
    for (first, second) in dependencies(input).0 {
        reachable[first][second] = true;
    }
    for middle in 0..count {
        for first in 0..count {
            for second in 0..count {
                reachable[first][second] |= reachable[first][middle] && reachable[middle][second];
            }
        }
    }
    let orders = |before: usize, after: usize| {
        let calls = plan.calls.iter().filter(|call| before < call.gap && call.gap <= after);
        calls.flat_map(|call| &call.barriers).any(|barrier| {
            reached(barrier.first.stages, true).intersects(executed(&input.passes[before]))
                && reached(barrier.second.stages, false).intersects(executed(&input.passes[after]))
        })
    };
    let pairs = (0..count).flat_map(|before| (before + 1..count).map(move |after| (before, after)));
    pairs.filter(|&(before, after)| !reachable[before][after] && orders(before, after)).collect()
}

#[test]
fn calls_are_the_fewest_and_false_pairs_those_that_are_reported() {
    let (mut calls, mut pairs) = (0, 0);
    for seed in 0..FRAMES {
        let input = frame(seed, 8);
        let (plan, report) = plan_with_report(&input).expect("it can be planned");
        let intervals = dependencies(&input).1;
        let fewest = fewest(input.passes.len(), &intervals);
        assert_eq!(plan.calls.len(), fewest, "seed {seed}\n{plan}");
        assert_eq!(report.calls, fewest, "seed {seed}");
        let Certificate::Disjoint(witnesses) = &report.certificate else { panic!("a frame alone needs no cases") };
        assert_eq!(witnesses.len(), fewest, "seed {seed}");
        for (one, other) in witnesses.iter().zip(witnesses.iter().skip(1)) {
            assert!(one.gaps.1 < other.gaps.0, "seed {seed}: {witnesses:?}");
        }
        let reported: Vec<_> = report.false_pairs.iter().map(|pair| (pair.before, pair.after)).collect();
        assert_eq!(reported, false_pairs(&input, &plan), "seed {seed}\n{plan}");
        calls += fewest;
        pairs += reported.len();
    }
    assert!(calls > 500 && pairs > 50, "{calls} calls and {pairs} false pairs");
}

/// The longer frames, where calls cannot be tried out.
#[test]
fn the_false_pairs_of_longer_frames_are_those_that_are_reported() {
    for seed in 0..FRAMES / 8 {
        let input = frame(seed, 40);
        let (plan, report) = plan_with_report(&input).expect("it can be planned");
        let reported: Vec<_> = report.false_pairs.iter().map(|pair| (pair.before, pair.after)).collect();
        assert_eq!(reported, false_pairs(&input, &plan), "seed {seed}\n{plan}");
    }
}

/// A plan without names.
fn bare(plan: &Plan) -> Vec<(usize, Vec<String>)> {
    let barrier = |barrier: &fencewright_graphics::plan::Barrier| {
        format!("{:?} {:?} {:?}", barrier.first, barrier.second, barrier.target)
    };
    plan.calls.iter().map(|call| (call.gap, call.barriers.iter().map(barrier).collect())).collect()
}

#[test]
fn names_and_repetition_change_nothing() {
    for seed in 0..FRAMES / 2 {
        let input = frame(seed, 12);
        let planned = plan(&input).expect("it can be planned");
        let again = plan(&input.clone()).expect("it can be planned");
        assert_eq!((planned.to_string(), planned.to_json()), (again.to_string(), again.to_json()), "seed {seed}");
        let mut renamed = input;
        renamed.resources.iter_mut().for_each(|resource| resource.name = format!("z{}", resource.name));
        renamed.passes.iter_mut().for_each(|pass| pass.name = Arc::from(format!("a{}", pass.name)));
        assert_eq!(bare(&planned), bare(&plan(&renamed).expect("it can be planned")), "seed {seed}");
    }
}

#[test]
fn splitting_a_part_changes_no_figure() {
    for seed in 0..FRAMES / 2 {
        let input = frame(seed, 12);
        let mut split = input.clone();
        for pass in &mut split.passes {
            let halves = |access: &AccessInput| {
                let [one, other] = match &access.part {
                    Subresource::Buffer { .. } => [0..32, 32..64].map(|bytes| Subresource::Buffer { bytes }),
                    Subresource::Image { aspects, layers, .. } => {
                        [0..1, 1..2].map(|mips| Subresource::Image { aspects: *aspects, mips, layers: layers.clone() })
                    }
                };
                [AccessInput { part: one, ..access.clone() }, AccessInput { part: other, ..access.clone() }]
            };
            pass.accesses = pass.accesses.iter().flat_map(halves).collect();
        }
        let (whole, report) = plan_with_report(&input).expect("it can be planned");
        let (halves, of_halves) = plan_with_report(&split).expect("it can be planned");
        assert_eq!(whole.calls.len(), halves.calls.len(), "seed {seed}");
        assert_eq!(report.false_pairs.len(), of_halves.false_pairs.len(), "seed {seed}");
        // What was split is joined again, except that an order that the barrier of one half makes serves the other.
        let gaps = |plan: &Plan| plan.calls.iter().map(|call| call.gap).collect::<Vec<_>>();
        assert_eq!(gaps(&whole), gaps(&halves), "seed {seed}\n{whole}\n{halves}");
    }
}

#[test]
fn an_unrelated_pass_adds_no_call() {
    for seed in 0..FRAMES / 2 {
        let input = frame(seed, 12);
        let calls = plan(&input).expect("it can be planned").calls.len();
        let mut more = input;
        let own = support::buffer("own", 16, Entry::Ready { layout: L::UNDEFINED });
        let row = usage::by_name("ComputeStorage").expect("a usage");
        let access = support::access(more.resources.len(), row, Access::Write, own.shape.whole());
        more.resources.push(own);
        let at = Random(seed + 1).below(more.passes.len() + 1);
        more.passes.insert(at, support::pass("unrelated", vec![access]));
        assert_eq!(plan(&more).expect("it can be planned").calls.len(), calls, "seed {seed}, at {at}");
    }
}

#[test]
fn a_read_whose_interval_holds_a_call_adds_none() {
    let mut added = 0;
    for seed in 0..FRAMES * 2 {
        let input = frame(seed, 12);
        let planned = plan(&input).expect("it can be planned");
        let mut random = Random(seed + 1);
        let (at, index) = (random.below(input.passes.len()), random.below(input.resources.len()));
        let resource = &input.resources[index];
        let uses =
            |pass: &PassInput| pass.accesses.iter().find(|access| access.resource.0 == index).map(|one| one.access);
        if matches!(resource.shape, Shape::Image { .. }) || uses(&input.passes[at]).is_some() {
            continue;
        }
        let writes = |pass: &&PassInput| uses(pass) == Some(Access::Write);
        let writer = input.passes[..at].iter().rposition(|pass| writes(&pass));
        let next = input.passes[at + 1..].iter().position(|pass| writes(&pass)).map(|next| at + 1 + next);
        let holds = |low: usize, high: usize| planned.calls.iter().any(|call| (low..=high).contains(&call.gap));
        if writer.is_some_and(|writer| !holds(writer + 1, at)) || next.is_some_and(|next| !holds(at + 1, next)) {
            continue;
        }
        let mut more = input.clone();
        let of_kind = rows(input.passes[at].kind, false);
        let (row, access) =
            *of_kind.iter().find(|(_, access)| *access == Access::Read).expect("each kind reads buffers");
        more.passes[at].accesses.push(support::access(index, row, access, resource.shape.whole()));
        let calls = plan(&more).expect("it can be planned").calls.len();
        assert_eq!(
            calls,
            planned.calls.len(),
            "seed {seed}: `{}` reads `{}`, too",
            input.passes[at].name,
            resource.name
        );
        added += 1;
    }
    assert!(added > 50, "{added} reads were added");
}

#[test]
fn without_a_pass_there_is_no_more_to_do() {
    for seed in 0..FRAMES / 2 {
        let input = frame(seed, 12);
        let cost = |input: &Input| {
            let (_, report) = plan_with_report(input).expect("it can be planned");
            (report.calls, report.calls + report.transitions)
        };
        let (calls, all) = cost(&input);
        let mut less = input.clone();
        let removed = less.passes.remove(Random(seed + 1).below(less.passes.len()));
        let (fewer_calls, fewer) = cost(&less);
        // What it read, others may now be the first to read.
        assert!(fewer <= all + removed.accesses.len(), "seed {seed}: {fewer} after {all}");
        assert!(fewer_calls <= calls + removed.accesses.len(), "seed {seed}: {fewer_calls} after {calls}");
    }
}

/// The stages that a queue of graphics and compute supports, of those that usages name.
#[test]
fn scopes_name_only_what_features_allow() {
    let none = Features::named([]);
    let (mut refused, mut planned) = (0, 0);
    for row in usage::ALL.iter().filter(|row| !row.passes.is_empty()) {
        for access in [Access::Read, Access::Write] {
            let allowed = if access == Access::Read { row.read } else { row.write };
            if allowed.is_none() || row.buffer.is_none() {
                continue;
            }
            let buffer = support::buffer("b", 16, Entry::Ready { layout: L::UNDEFINED });
            let copy = usage::by_name("CopyDestination").expect("a usage");
            let passes = vec![
                PassInput {
                    kind: PassKind::Transfer,
                    ..support::pass("copy", vec![support::access(0, copy, Access::Write, buffer.shape.whole())])
                },
                PassInput {
                    kind: row.passes[0],
                    ..support::pass("use", vec![support::access(0, row, access, buffer.shape.whole())])
                },
            ];
            let mut input = support::input(vec![buffer], passes);
            assert!(plan(&input).is_ok(), "{} with all features", row.name);
            input.options.features = none;
            match plan(&input) {
                Err(PlanError::NotEnabled { system, usage, feature, .. }) => {
                    assert_eq!((&*system, usage), ("use", row.name));
                    input.options.features = Features::named([feature]);
                    let both = ["tessellationShader", "meshShader", "taskShader", "geometryShader"];
                    if plan(&input).is_err() {
                        input.options.features = Features::named(both);
                    }
                    assert!(plan(&input).is_ok(), "{} with `{feature}`", row.name);
                    refused += 1;
                }
                Ok(plan) => {
                    let barriers = plan.calls.iter().flat_map(|call| &call.barriers);
                    let stages = barriers.fold(S::NONE, |all, one| all | one.first.stages | one.second.stages);
                    assert!(none.allow(stages), "{}: {plan}", row.name);
                    planned += 1;
                }
                Err(error) => panic!("{}: {error}", row.name),
            }
        }
    }
    assert!(refused > 10 && planned > 20, "{refused} refused, {planned} planned");
    assert!(!none.allow(vk::PipelineStageFlags2::GEOMETRY_SHADER) && none.allow(S::ALL_COMMANDS));
}
