//! Plans random frames over several queues, one after another over the same resources, and has them judged.
#![forbid(unsafe_code)]

mod support;

use ash::vk;
use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{self, Rules};
use fencewright_graphics::plan::{
    AccessInput, Compat, Entry, Exit, Half, Imported, Input, Options, PassInput, Plan, Point, Policy, QueueRef,
    QueueSpec, Reached, ResourceInput, Shape, Sharing, Subresource, Target, Topology, plan,
};
use fencewright_graphics::usage::UsageRow;
use fencewright_graphics::{Access, PassKind, Queue, verify};

/// How many graphs; `FENCEWRIGHT_GRAPHS` asks for another number.
const GRAPHS: u64 = 400;
const FRAMES: usize = 4;

/// A generator of random numbers: xorshift, seeded.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 11) % end as u64).expect("small")
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn range(&mut self, end: u32) -> std::ops::Range<u32> {
        let start = self.below(end as usize) as u32;
        start..start + 1 + self.below((end - start) as usize) as u32
    }
}

/// A usage: of buffers or of images, by passes of some kinds.
#[derive(Clone, Copy)]
struct Word {
    row: &'static UsageRow,
    access: Access,
    image: bool,
    kinds: &'static [PassKind],
}

fn words() -> Vec<Word> {
    use Access::{Read, Write};
    const TRANSFER: &[PassKind] = &[PassKind::Transfer];
    const COMPUTE: &[PassKind] = &[PassKind::Compute];
    const RASTER: &[PassKind] = &[PassKind::Raster];
    let word = |image, kinds, name, stages, flags, layout, access| Word {
        row: support::row(name, stages, flags, layout),
        access,
        image,
        kinds,
    };
    let storage = A::SHADER_STORAGE_READ | A::SHADER_STORAGE_WRITE;
    let tests = S::EARLY_FRAGMENT_TESTS | S::LATE_FRAGMENT_TESTS;
    let depth = A::DEPTH_STENCIL_ATTACHMENT_READ | A::DEPTH_STENCIL_ATTACHMENT_WRITE;
    let (both, none) = (S::VERTEX_SHADER | S::FRAGMENT_SHADER, L::UNDEFINED);
    vec![
        word(false, TRANSFER, "copy from", S::COPY, A::TRANSFER_READ, none, Read),
        word(false, TRANSFER, "copy to", S::COPY, A::TRANSFER_WRITE, none, Write),
        word(false, TRANSFER, "fill", S::CLEAR, A::TRANSFER_WRITE, none, Write),
        word(false, COMPUTE, "storage read", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ, none, Read),
        word(false, COMPUTE, "storage", S::COMPUTE_SHADER, storage, none, Write),
        word(false, COMPUTE, "dispatch", S::DRAW_INDIRECT, A::INDIRECT_COMMAND_READ, none, Read),
        word(false, RASTER, "vertices", S::VERTEX_ATTRIBUTE_INPUT, A::VERTEX_ATTRIBUTE_READ, none, Read),
        word(false, RASTER, "uniform", both, A::UNIFORM_READ, none, Read),
        word(false, RASTER, "draw storage", S::FRAGMENT_SHADER, storage, none, Write),
        word(true, TRANSFER, "copy from image", S::COPY, A::TRANSFER_READ, L::TRANSFER_SRC_OPTIMAL, Read),
        word(true, TRANSFER, "copy to image", S::COPY, A::TRANSFER_WRITE, L::TRANSFER_DST_OPTIMAL, Write),
        word(
            true,
            COMPUTE,
            "sampled by compute",
            S::COMPUTE_SHADER,
            A::SHADER_SAMPLED_READ,
            L::READ_ONLY_OPTIMAL,
            Read,
        ),
        word(true, COMPUTE, "storage image", S::COMPUTE_SHADER, storage, L::GENERAL, Write),
        word(true, COMPUTE, "storage image read", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ, L::GENERAL, Read),
        word(true, RASTER, "sampled", S::FRAGMENT_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL, Read),
        word(true, RASTER, "sampled in both", both, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL, Read),
        word(
            true,
            RASTER,
            "colour",
            S::COLOR_ATTACHMENT_OUTPUT,
            A::COLOR_ATTACHMENT_WRITE,
            L::ATTACHMENT_OPTIMAL,
            Write,
        ),
        word(true, RASTER, "depth", tests, depth, L::ATTACHMENT_OPTIMAL, Write),
    ]
}

fn topology(random: &mut Random) -> Topology {
    let with = |queues: [QueueSpec; 3]| Topology::new(queues).expect("one queue for each role");
    let everything = |role, family| QueueSpec { role, ..QueueSpec::graphics(family) };
    match random.below(7) {
        0 => Topology::transfer(),
        1 => Topology::asynchronous().alias(),
        // Two queues of one family, and one of another.
        2 => with([QueueSpec::graphics(0), everything(Queue::Compute, 0), QueueSpec::transfer(1)]),
        3 => {
            let transfer = QueueSpec { role: Queue::Transfer, ..QueueSpec::compute(1) };
            with([QueueSpec::graphics(0), QueueSpec::compute(1), transfer])
        }
        _ => Topology::asynchronous(),
    }
}

fn resources(random: &mut Random, topology: &Topology, unified: bool) -> Vec<ResourceInput> {
    let mut resources = Vec::new();
    for index in 0..=random.below(4) {
        let name = format!("r{index}");
        let layout = if unified { L::GENERAL } else { random.pick(&[L::GENERAL, L::READ_ONLY_OPTIMAL]) };
        let mut resource = if random.one_in(2) {
            support::image(&name, 3, 2, Entry::Ready { layout })
        } else {
            support::buffer(&name, 6, Entry::Ready { layout: L::UNDEFINED })
        };
        if random.one_in(4) {
            resource.sharing = Sharing::Concurrent;
        }
        let is_image = matches!(resource.shape, Shape::Image { .. });
        resource.exit = match (random.below(8), is_image) {
            (0, true) => Exit::Present,
            (0 | 1, false) => Exit::HostRead,
            (1 | 2, _) => Exit::Exported {
                scope: fencewright_graphics::plan::Scope { stages: S::COMPUTE_SHADER, access: A::SHADER_STORAGE_READ },
                layout: if is_image { L::GENERAL } else { L::UNDEFINED },
                by: "other code",
            },
            _ => Exit::Nothing,
        };
        if random.one_in(6) {
            let stages = S::ALL_COMMANDS;
            let scope = fencewright_graphics::plan::Scope { stages, access: A::NONE };
            let new = resource.exit == Exit::Present || random.one_in(3);
            let layout = if is_image && !new { layout } else { L::UNDEFINED };
            let owned = resource.sharing == Sharing::Exclusive && !new && random.one_in(2);
            let family = owned.then(|| topology.queues()[random.below(topology.queues().len())].family);
            resource.entry = Entry::Imported(Imported { scope, layout, by: "outside", family });
        }
        resources.push(resource);
    }
    resources
}

fn part(random: &mut Random, shape: &Shape) -> Subresource {
    match *shape {
        whole if random.one_in(2) => whole.whole(),
        Shape::Buffer { .. } => {
            let bytes = random.range(6);
            Subresource::Buffer { bytes: u64::from(bytes.start)..u64::from(bytes.end) }
        }
        Shape::Image { mips, layers, aspects } => {
            Subresource::Image { aspects, mips: random.range(mips), layers: random.range(layers) }
        }
    }
}

fn passes(random: &mut Random, words: &[Word], resources: &[ResourceInput], by_hand: bool) -> Vec<PassInput> {
    let one = |number: usize, random: &mut Random| {
        let queue = random.pick(&[Queue::Graphics, Queue::Graphics, Queue::Compute, Queue::Transfer]);
        let kind = match queue {
            Queue::Graphics => random.pick(&[PassKind::Raster, PassKind::Compute, PassKind::Transfer]),
            Queue::Compute => random.pick(&[PassKind::Compute, PassKind::Compute, PassKind::Transfer]),
            Queue::Transfer => PassKind::Transfer,
        };
        let mut accesses: Vec<AccessInput> = Vec::new();
        for (index, resource) in resources.iter().enumerate().filter(|_| !random.one_in(3)) {
            let is_image = matches!(resource.shape, Shape::Image { .. });
            let fit: Vec<Word> =
                words.iter().filter(|word| word.image == is_image && word.kinds.contains(&kind)).copied().collect();
            let Word { row, access, .. } = fit[accesses.len() * 7 % fit.len()];
            accesses.push(support::access(index, row, access, resource.shape.whole()));
        }
        for access in &mut accesses {
            let resource = &resources[access.resource.0];
            let is_image = matches!(resource.shape, Shape::Image { .. });
            let fit: Vec<Word> =
                words.iter().filter(|word| word.image == is_image && word.kinds.contains(&kind)).copied().collect();
            let word = random.pick(&fit);
            (access.usage, access.access, access.part) = (word.row, word.access, part(random, &resource.shape));
            access.discard = word.access == Access::Write && random.one_in(4);
            access.concurrent = word.access == Access::Write && random.one_in(5);
        }
        let auto_barriers = !(by_hand && random.one_in(4));
        PassInput { kind, queue, auto_barriers, ..support::pass(&format!("p{number}"), accesses) }
    };
    (0..=random.below(9)).map(|number| one(number, random)).collect()
}

#[test]
fn random_frames_over_queues_are_clean() {
    let words = words();
    let graphs = std::env::var("FENCEWRIGHT_GRAPHS").map_or(GRAPHS, |count| count.parse().expect("a number"));
    let first = std::env::var("FENCEWRIGHT_SEED").map_or(0, |seed| seed.parse().expect("a number"));
    let mut total = Total::default();
    for seed in first..first + graphs {
        let outcome = frames(seed, &words, &mut total);
        assert!(outcome.is_ok(), "seed {seed}: {}", outcome.unwrap_err());
    }
    println!("{total:?}");
    // What is not there cannot be wrong.
    assert!(total.waits as u64 > graphs && total.transfers as u64 > graphs / 2, "{total:?}");
}

/// How much of everything there was.
#[derive(Debug, Default)]
struct Total {
    waits: usize,
    earlier: usize,
    transfers: usize,
}

fn frames(seed: u64, words: &[Word], total: &mut Total) -> Result<(), String> {
    let mut random = Random::new(seed + 1);
    let topology = topology(&mut random);
    let unified = random.one_in(5);
    let policy =
        if unified { Policy::UnifiedLayouts } else { random.pick(&[Policy::PerResource, Policy::MergedGlobal]) };
    let compat = random.pick(&[Compat::Exact, Compat::ValidationLayers]);
    let options = Options { policy, compat, ..Options::default() };
    let mut resources = resources(&mut random, &topology, unified);
    let by_hand = random.one_in(4);
    let mut reached = Reached::default();
    let mut planned_frames: Vec<(Input, Plan)> = Vec::new();
    let again = random.one_in(3);
    for frame in 0..FRAMES {
        let passes = match planned_frames.last() {
            Some((last, _)) if again => last.passes.clone(),
            Some(_) | None => passes(&mut random, words, &resources, by_hand),
        };
        let mut input = support::input(resources.clone(), passes);
        (input.options, input.topology, input.reached) = (options, topology.clone(), reached);
        if plan(&input).is_err() {
            // Of a new image, nothing can be read.
            for pass in std::mem::take(&mut input.passes) {
                input.passes.push(pass);
                if plan(&input).is_err() {
                    input.passes.pop();
                }
            }
        }
        let planned = plan(&input).map_err(|error| error.to_string())?;
        well_formed(&input, &planned)?;
        let verdict = verify::verify(&input, &planned, &Rules::default());
        if !verdict.is_clean() {
            return Err(format!("the judge, of frame {frame} alone: {verdict}\n{planned}\n{:#?}", planned.submissions));
        }
        for (resource, state) in resources.iter_mut().zip(&planned.exit) {
            // A new image is handed over in each frame; what has contents goes on.
            let new = matches!(&resource.entry, Entry::Imported(imported) if imported.layout == L::UNDEFINED && imported.family.is_none());
            if !new || matches!(resource.shape, Shape::Buffer { .. }) {
                resource.entry = Entry::Persisted(state.clone());
            }
        }
        reached = planned.reached.clone();
        let waits = || planned.submissions.iter().flat_map(|submission| &submission.waits);
        total.waits += waits().count();
        total.earlier += waits().filter(|wait| matches!(wait.point, Point::Earlier(_))).count();
        let barriers = planned.calls.iter().flat_map(|call| &call.barriers);
        total.transfers += barriers.filter(|barrier| barrier.is_half(Half::Acquire)).count();
        planned_frames.push((input, planned));
    }
    let frames: Vec<(&Input, &Plan)> = planned_frames.iter().map(|(input, plan)| (input, plan)).collect();
    let verdict = judge::judge(&verify::stream(&frames), &Rules::default());
    if !verdict.is_clean() {
        let plans: Vec<String> =
            planned_frames.iter().map(|(_, plan)| format!("{plan}\n{:#?}", plan.submissions)).collect();
        return Err(format!("the judge, of all frames: {verdict}\n{}", plans.join("\n")));
    }
    if !topology.has_several_families() {
        let verdict = judge::judge(&verify::stream_on_one_queue(&frames), &Rules::default());
        if !verdict.is_clean() {
            return Err(format!("the judge, of all frames on one queue: {verdict}"));
        }
    }
    Ok(())
}

/// Says what is wrong with a plan whatever its barriers order.
fn well_formed(input: &Input, plan: &Plan) -> Result<(), String> {
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

/// A pass that asks for a queue, and writes one image.
fn one_pass(kind: PassKind, queue: Queue, stages: S, topology: Topology) -> Input {
    let image = support::image("GpuImage<Target>", 1, 1, Entry::Undefined);
    let row = support::row("usage", stages, A::TRANSFER_WRITE, L::GENERAL);
    let access = AccessInput { discard: true, ..support::access(0, row, Access::Write, image.shape.whole()) };
    let pass = PassInput { kind, queue, ..support::pass("Blur", vec![access]) };
    Input { topology, ..support::input(vec![image], vec![pass]) }
}

#[test]
fn what_no_queue_can_do_is_an_error_that_names_system_and_resource() {
    let only = |queue: QueueSpec| Topology::new([queue]).expect("one queue is a topology");
    let refused = |input: &Input| plan(input).expect_err("it cannot be planned").to_string();
    let compute = || only(QueueSpec::compute(3));
    let raster = refused(&one_pass(PassKind::Raster, Queue::Graphics, S::COLOR_ATTACHMENT_OUTPUT, compute()));
    let blit = refused(&one_pass(PassKind::Transfer, Queue::Transfer, S::BLIT, compute()));
    for (text, kind) in [(raster, "raster"), (blit, "transfer")] {
        for word in ["`Blur`", "`GpuImage<Target>`", "GRAPHICS", kind] {
            assert!(text.contains(word), "{text}");
        }
    }
    let mut shown = one_pass(PassKind::Compute, Queue::Compute, S::COMPUTE_SHADER, compute());
    shown.resources[0].exit = Exit::Present;
    let text = refused(&shown);
    assert!(
        text.contains("presents to a surface") && text.contains("`Blur`") && text.contains("`GpuImage<Target>`"),
        "{text}"
    );
    let mut imported = one_pass(PassKind::Compute, Queue::Compute, S::COMPUTE_SHADER, Topology::asynchronous());
    let scope = fencewright_graphics::plan::Scope::default();
    imported.resources[0].entry =
        Entry::Imported(Imported { scope, layout: L::GENERAL, by: "other code", family: Some(7) });
    let text = refused(&imported);
    assert!(
        text.contains("queue family 7") && text.contains("`Blur`") && text.contains("`GpuImage<Target>`"),
        "{text}"
    );
}

#[test]
fn where_a_queue_cannot_serve_a_pass_another_does_and_the_plan_says_so() {
    let planned = |kind, queue, stages, topology| {
        let planned = plan(&one_pass(kind, queue, stages, topology)).expect("some queue can");
        (planned.passes[0].runs_on, planned.to_string())
    };
    let (on, text) = planned(PassKind::Transfer, Queue::Transfer, S::BLIT, Topology::asynchronous());
    assert!(on == QueueRef(0) && text.contains("not on `transfer`: its family cannot do GRAPHICS"), "{text}");
    let (on, text) = planned(PassKind::Compute, Queue::Compute, S::COMPUTE_SHADER, Topology::transfer());
    assert!(on == QueueRef(0) && text.contains("not on `compute`: there is no such queue"), "{text}");
}
