//! Plans that no planner made: every flag and layout, every kind of part, names that are no identifiers.

use std::ops::Range;
use std::sync::Arc;

use ash::vk;
use fencewright_graphics::plan::{
    Barrier, Call, Half, PastPoint, Plan, PlannedPass, Point, QueueRef, ResourceRef, Scope, Shape, Submission, Target,
    Topology, Transfer, Wait,
};
use fencewright_graphics::{PassKind, Queue};

use super::Case;

const SEEDS: Range<u64> = 1..33;

/// A generator of random numbers: xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 5
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize]
    }

    /// Sets up to four bits; any bit, with a name or without.
    fn bits(&mut self) -> u64 {
        (0..self.below(5)).fold(0, |bits, _| bits | 1 << self.below(64))
    }

    fn scope(&mut self) -> Scope {
        let (stages, access) = (self.bits(), self.bits());
        Scope { stages: vk::PipelineStageFlags2::from_raw(stages), access: vk::AccessFlags2::from_raw(access) }
    }

    /// A range, now and then up to an end that nobody knows.
    fn range(&mut self) -> Range<u32> {
        let start = self.below(5) as u32;
        start..if self.below(3) == 0 { u32::MAX } else { start + 1 + self.below(5) as u32 }
    }

    /// A layout; the last of these has no name.
    fn layout(&mut self) -> vk::ImageLayout {
        let raw = [0, 1, 2, 7, 1_000_001_002, 1_000_314_001, 1_000_241_003, 1_000_117_000, 1_000_999_000];
        vk::ImageLayout::from_raw(self.pick(&raw))
    }
}

/// Makes plans; a seed is the name of its case.
pub(super) fn plans() -> Vec<Case> {
    SEEDS
        .map(|seed| Case {
            name: format!("seed_{seed}"),
            plan: plan(&mut Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
        })
        .collect()
}

fn plan(random: &mut Random) -> Plan {
    let names =
        ["GpuBuffer<Type>", "GpuImage<hdr::Target>#1", "Prev<GpuImage<X>>", "9", "é", "a*/b", "a b", "A-B", "self"];
    let resources: Vec<String> = (0..=random.below(6)).map(|_| random.pick(&names).to_owned()).collect();
    let passes: Vec<PlannedPass> = (0..random.below(6)).map(|index| pass(random, index as usize)).collect();
    let mut plan = Plan {
        shapes: (0..resources.len()).map(|_| shape(random)).collect(),
        prologue: if random.below(2) == 0 { Vec::new() } else { vec![Barrier { ..memory(random) }] },
        resources,
        passes,
        ..Plan::default()
    };
    if random.below(2) == 0 {
        plan.topology = Topology::asynchronous();
        plan.submissions = submissions(random, &plan);
    }
    for gap in 0..plan.passes.len() {
        let submission = plan.submission_of(gap).unwrap_or_default();
        call(random, &mut plan, submission, gap);
    }
    for submission in 0..plan.submissions.len().max(1) {
        let end = plan.passes.len();
        call(random, &mut plan, submission, end);
    }
    plan
}

/// Adds a call, most of the time.
fn call(random: &mut Random, plan: &mut Plan, submission: usize, gap: usize) {
    if random.below(4) != 0 {
        let barriers = (0..=random.below(5)).map(|_| barrier(random, plan)).collect();
        plan.calls.push(Call { submission, gap, barriers });
    }
}

/// Cuts the passes into submissions that wait for some of the earlier ones, of this frame or of others.
fn submissions(random: &mut Random, plan: &Plan) -> Vec<Submission> {
    let mut submissions: Vec<Submission> = Vec::new();
    let mut passes: Vec<usize> = (0..plan.passes.len()).collect();
    while submissions.is_empty() || !passes.is_empty() {
        let rest = passes.split_off(passes.len().min(1 + random.below(2) as usize));
        let queue = QueueRef(random.below(3) as usize);
        let waits = (0..=random.below(3)).map(|_| {
            let earlier = PastPoint { queue: QueueRef(random.below(3) as usize), back: random.below(3) as u32 };
            let point = match submissions.len() {
                len if len > 0 && random.below(2) == 0 => Point::Submission(random.below(len as u64) as usize),
                _ => Point::Earlier(earlier),
            };
            Wait { point, stages: random.scope().stages, reasons: Vec::new() }
        });
        let waits = waits.collect();
        let exports = if rest.is_empty() { vec![ResourceRef(0)] } else { Vec::new() };
        submissions.push(Submission { queue, waits, passes, imports: Vec::new(), exports });
        passes = rest;
    }
    submissions
}

fn pass(random: &mut Random, system: usize) -> PlannedPass {
    let name = random.pick(&["Blur", "blur", "Blur#1", "blur_1", "\"quoted\\\"", "two\nlines", "*/"]);
    PlannedPass {
        system,
        name: Arc::from(name),
        stage: Arc::from("stage"),
        kind: PassKind::Compute,
        queue: Queue::Graphics,
        runs_on: QueueRef(0),
        fallback: None,
        auto_barriers: random.below(3) != 0,
    }
}

fn shape(random: &mut Random) -> Shape {
    match random.below(2) {
        0 => Shape::Buffer { len_bytes: 256 },
        _ => Shape::Image { mips: 10, layers: 10, aspects: vk::ImageAspectFlags::COLOR },
    }
}

fn memory(random: &mut Random) -> Barrier {
    Barrier {
        first: random.scope(),
        second: random.scope(),
        target: Target::Memory,
        transfer: None,
        reasons: Vec::new(),
    }
}

fn barrier(random: &mut Random, plan: &Plan) -> Barrier {
    let resource = ResourceRef(random.below(plan.resources.len() as u64) as usize);
    let target = match plan.shapes[resource.0] {
        _ if random.below(4) == 0 => Target::Memory,
        Shape::Buffer { .. } => {
            let start = random.below(1 << 40);
            let end = if random.below(3) == 0 { u64::MAX } else { start + 1 + random.below(1 << 40) };
            Target::Buffer { resource, bytes: start..end }
        }
        Shape::Image { .. } => Target::Image {
            resource,
            aspects: vk::ImageAspectFlags::from_raw(1 << random.below(12)),
            mips: random.range(),
            layers: random.range(),
            old_layout: random.layout(),
            new_layout: random.layout(),
        },
    };
    let half = random.pick(&[Half::Release, Half::Acquire]);
    let transfer = Transfer { half, from: random.below(3) as u32, to: random.below(3) as u32 };
    let moves = plan.topology.has_several_families() && target != Target::Memory && random.below(2) == 0;
    Barrier { target, transfer: moves.then_some(transfer), ..memory(random) }
}
