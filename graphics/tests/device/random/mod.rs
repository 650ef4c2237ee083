//! Random schedules on the device: copies, fills, dispatches and renderings over few buffers and images. The layer is silent,
//! and the contents are those of the same operations one after another on the CPU.

mod model;
mod operations;

use std::error::Error;
use std::ops::Range;
use std::sync::Arc;

use ash::vk;
use fencewright::Stage;
use fencewright::prelude::*;
use fencewright_graphics::plan::{Plan, Policy, Sharing, Topology};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{
    ApiVersion, Aspect, BufferDesc, CommandBuffers, GpuBuffer, GpuImageView, IgnoredMessage, ImageDesc, Layers, Loops,
    Memory, Message, MessageKind, MessageReport, Mips, PassOrder, Queues, RendererDesc, ViewDesc, VkRenderer,
};

use self::model::{BUFFERS, Data, LAYERS, MIPS, Model, Place, TILES, Tile, WORDS, places};
use self::operations::{ADD, Add, Clear, Collect, Copy, CopyTile, Fill, Operation, Pack, Paint, Unpack};
use crate::own_objects::Program;
use crate::queues::with_three_families;
use crate::support::{Answer, TestResult, frame, numbers, readback, renderer, renderer_with};

/// How many schedules are run; `FENCEWRIGHT_SCHEDULES` says otherwise.
const SCHEDULES: u64 = 30;
/// How many run on one renderer, each going on from what the one before left.
const ON_ONE_RENDERER: u64 = 10;
const FRAMES: usize = 3;

struct Random<I>(I);

impl<I: Iterator<Item = u64>> Random<I> {
    fn below(&mut self, count: u64) -> u64 {
        self.0.next().unwrap_or(0) % count
    }

    fn word(&mut self) -> u32 {
        self.below(1 << 32) as u32
    }

    fn place(&mut self) -> Place {
        let mut below = |count: u32| self.below(u64::from(count)) as u32;
        Place { tile: below(TILES), mip: below(MIPS), layer: below(LAYERS) }
    }

    /// Two different buffers.
    fn buffers(&mut self) -> (u32, u32) {
        let from = self.below(u64::from(BUFFERS)) as u32;
        (from, (from + 1 + self.below(u64::from(BUFFERS) - 1) as u32) % BUFFERS)
    }

    fn operation(&mut self, stand: &Stand) -> Operation {
        let (from, to) = self.buffers();
        match self.below(8) {
            0 => {
                let start = self.below(WORDS as u64);
                let end = start + 1 + self.below(WORDS as u64 - start);
                Operation::Fill(Fill { to, start, end, word: self.word() })
            }
            1 => {
                let len = 1 + self.below(WORDS as u64);
                let mut start = || self.below(WORDS as u64 - len + 1);
                Operation::Copy(Copy { from, to, start: start(), len, target: start() })
            }
            2 => Operation::Add(Add { from, to, program: Arc::clone(&stand.programs[(from * BUFFERS + to) as usize]) }),
            3 => {
                let place = self.place();
                let view = stand.views[((place.tile * MIPS + place.mip) * LAYERS + place.layer) as usize];
                let side = 1 + self.below(place.side() as u64) as usize;
                Operation::Paint(Paint { place, view, word: self.word(), side })
            }
            4 => {
                let Place { tile, mip, .. } = self.place();
                Operation::Clear(Clear { tile, mip, word: self.word() })
            }
            5 => {
                let from = self.place();
                let to = Place { mip: from.mip, ..self.place() };
                let to = if to == from { Place { layer: (to.layer + 1) % LAYERS, ..to } } else { to };
                Operation::CopyTile(CopyTile { from, to })
            }
            6 => Operation::Pack(Pack { from: self.place(), to }),
            _ => Operation::Unpack(Unpack { from, to: self.place() }),
        }
    }

    /// Returns the stages of a schedule, each with its operations.
    fn stages(&mut self, stand: &Stand) -> Vec<Vec<Operation>> {
        let mut stage = || (0..=self.below(4)).map(|_| self.operation(stand)).collect();
        (0..3).map(|_| stage()).collect()
    }
}

/// A renderer with all resources, which hold what a model says.
struct Stand {
    renderer: Arc<VkRenderer>,
    answer: GpuBuffer<Answer>,
    views: Vec<GpuImageView>,
    programs: Vec<Arc<Program>>,
}

impl Stand {
    /// Of the resources, about every third is shared by queue families: others for each seed.
    fn new(desc: RendererDesc, seed: u64) -> Result<Self, Box<dyn Error>> {
        let renderer = Arc::new(renderer_with(desc)?);
        let mut random = Random(numbers(seed + 9000));
        let mut sharing = || if random.below(3) == 0 { Sharing::Concurrent } else { Sharing::Exclusive };
        let usage = vk::BufferUsageFlags::TRANSFER_DST
            | vk::BufferUsageFlags::TRANSFER_SRC
            | vk::BufferUsageFlags::STORAGE_BUFFER;
        let desc = BufferDesc { len_bytes: WORDS as u64 * 4, usage, memory: Memory::Device, ..BufferDesc::default() };
        let buffers = (0..BUFFERS)
            .map(|_| renderer.create_buffer::<Data>(&BufferDesc { sharing: sharing(), ..desc }))
            .collect::<Result<Vec<_>, _>>()?;
        let usage = vk::ImageUsageFlags::TRANSFER_DST
            | vk::ImageUsageFlags::TRANSFER_SRC
            | vk::ImageUsageFlags::COLOR_ATTACHMENT;
        let desc = ImageDesc { mips: MIPS, layers: LAYERS, ..ImageDesc::new(4, 4, vk::Format::R32_UINT, usage) };
        let tiles = (0..TILES)
            .map(|_| renderer.create_image::<Tile>(&ImageDesc { sharing: sharing(), ..desc }))
            .collect::<Result<Vec<_>, _>>()?;
        let view = |place: Place| {
            let desc = ViewDesc {
                mips: Mips::from(place.mip),
                layers: Layers::from(place.layer),
                aspect: Some(Aspect::Color),
                kind: None,
            };
            renderer.view(tiles[place.tile as usize], &desc)
        };
        let views = places().map(view).collect::<Result<Vec<_>, _>>()?;
        let pairs = (0..BUFFERS).flat_map(|from| (0..BUFFERS).map(move |to| (from, to)));
        let program = |(from, to): (u32, u32)| {
            let raw = [buffers[from as usize].raw(), buffers[to as usize].raw()];
            Program::compute(&renderer, ADD, &raw).map(Arc::new)
        };
        let programs = pairs.map(program).collect::<Result<Vec<_>, _>>()?;
        let answer = readback::<Answer>(&renderer, Model::new().bytes().len() as u64)?;
        let stand = Self { renderer, answer, views, programs };
        let fills = (0..BUFFERS).map(|to| Operation::Fill(Fill { to, start: 0, end: WORDS as u64, word: to + 1 }));
        let clears = (0..TILES * MIPS)
            .map(|index| Clear { tile: index / MIPS, mip: index % MIPS, word: index / MIPS + 1 })
            .map(Operation::Clear);
        let mut begin = schedule(vec![fills.chain(clears).collect()])?;
        frame(&stand.renderer, &mut begin, &mut World::new())?;
        Ok(stand)
    }
}

fn schedule(stages: Vec<Vec<Operation>>) -> Result<Schedule, Box<dyn Error>> {
    let mut builder = Schedule::builder();
    let mut before = None;
    for (number, operations) in stages.into_iter().enumerate() {
        let name = format!("stage {number}");
        let stage = before.into_iter().fold(Stage::new(name.clone()), Stage::after);
        builder = builder.stage(operations.into_iter().fold(stage, |stage, operation| operation.in_stage(stage)));
        before = Some(name);
    }
    let stage = before.into_iter().fold(Stage::new("collect"), Stage::after);
    Ok(builder.stage(stage.system(Collect)).build()?)
}

fn count() -> u64 {
    std::env::var("FENCEWRIGHT_SCHEDULES").map_or(SCHEDULES, |count| count.parse().expect("a number"))
}

fn desc(seed: u64) -> RendererDesc {
    let mut random = Random(numbers(seed + 7000));
    let policies = [Policy::Joined, Policy::PerResource, Policy::MergedGlobal, Policy::UnifiedLayouts];
    let policy = policies[random.below(4) as usize];
    RendererDesc {
        policy,
        loops: [Loops::Off, Loops::Steady][random.below(2) as usize],
        pass_order: [PassOrder::Declared, PassOrder::Reordered][random.below(2) as usize],
        command_buffers: [CommandBuffers::Joined, CommandBuffers::EachPass][random.below(2) as usize],
        ..RendererDesc::default()
    }
}

/// Counts what the layer says of plans that are right: with `UnifiedLayouts`, that GENERAL might be slower. A wrong layout has the
/// same id, so that the kind decides.
fn about_speed(report: &MessageReport, policy: Policy) -> usize {
    let is_about_speed =
        |message: &&Message| message.kind == MessageKind::Performance && message.id.ends_with("InvalidImageLayout");
    match policy {
        Policy::Joined | Policy::PerResource | Policy::MergedGlobal => 0,
        Policy::UnifiedLayouts => report.messages.iter().filter(is_about_speed).count(),
    }
}

/// What random schedules came to.
#[derive(Default)]
struct Came {
    passes: usize,
    barriers: usize,
    submissions: usize,
    waits: usize,
    transfers: usize,
    /// Messages about speed, which are set aside.
    speed: usize,
}

impl Came {
    fn count(&mut self, plan: &Plan) {
        self.passes += plan.passes.len();
        self.submissions += plan.submissions.len();
        self.waits += plan.submissions.iter().map(|submission| submission.waits.len()).sum::<usize>();
        for barrier in plan.calls.iter().flat_map(|call| &call.barriers) {
            self.barriers += 1;
            self.transfers += usize::from(barrier.transfer.is_some());
        }
    }
}

/// Runs random schedules, and compares with the model.
fn run(seeds: Range<u64>, desc: impl Fn(u64) -> RendererDesc) -> Result<Came, Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build()?;
    let mut came = Came::default();
    for first in seeds.clone().step_by(ON_ONE_RENDERER as usize) {
        let desc = desc(first);
        let policy = desc.policy;
        let stand = Stand::new(desc, first)?;
        let mut model = Model::new();
        for seed in first..(first + ON_ONE_RENDERER).min(seeds.end) {
            let stages = Random(numbers(seed)).stages(&stand);
            let mut schedule = schedule(stages.clone())?;
            let mut world = World::new();
            for number in 0..FRAMES {
                let open = stand.renderer.begin_frame()?;
                pool.install(|| schedule.run_with(&mut world, &open))
                    .map_err(|error| format!("seed {seed}, frame {number}: {error}"))?;
                let plan = open.plan().ok_or("the frame has a plan")?;
                let point = stand.renderer.end_frame(open)?;
                came.count(&plan);
                stages.iter().flatten().for_each(|operation| model.apply(operation));
                let found = stand.renderer.read_buffer(stand.answer, &point)?;
                assert_eq!(found, model.bytes(), "seed {seed}, frame {number}, {stages:#?}\n{plan}");
                let report = stand.renderer.messages();
                let wrong = report.count - about_speed(&report, policy);
                assert_eq!(wrong, 0, "seed {seed}, frame {number}: {report}\n{plan}");
            }
        }
        came.speed += about_speed(&stand.renderer.messages(), policy);
    }
    Ok(came)
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn random_schedules_are_silent_and_do_what_the_cpu_does() -> TestResult {
    let Came { passes, barriers, speed, .. } = run(0..count(), desc)?;
    println!(
        "seeds 0..{}, {FRAMES} frames each: {passes} passes, {barriers} barriers, 0 messages; {speed} that GENERAL might be slower",
        count()
    );
    Ok(())
}

/// What the layer says of what timeline semaphores order, before it knows them.
fn ignored_across_queues() -> Result<Vec<IgnoredMessage>, Box<dyn Error>> {
    let layer = renderer()?.validation().ok_or("there is no validation layer")?.layer;
    if layer >= (ApiVersion { major: 1, minor: 3, patch: 296 }) {
        return Ok(Vec::new());
    }
    let ids = [
        "WRITE-AFTER-WRITE",
        "WRITE-AFTER-READ",
        "READ-AFTER-WRITE",
        "WRITE-RACING-WRITE",
        "WRITE-RACING-READ",
        "READ-RACING-WRITE",
    ];
    let ignored = |id: &str| IgnoredMessage {
        id: format!("SYNC-HAZARD-{id}"),
        reason: "before 1.3.296 the layer does not know what a timeline semaphore orders".to_owned(),
    };
    Ok(ids.map(ignored).to_vec())
}

/// On queues of three families, on those of two, and on one that stands for three.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn random_schedules_on_several_queues_do_what_the_cpu_does() -> TestResult {
    with_three_families("random::random_schedules_on_several_queues_do_what_the_cpu_does", || {
        let ignored = ignored_across_queues()?;
        let all = [Queues::Several, Queues::GraphicsAndTransfer, Queues::Alias(Topology::asynchronous())];
        for queues in all {
            let desc = |seed: u64| RendererDesc {
                queues: queues.clone(),
                policy: [Policy::Joined, Policy::PerResource, Policy::MergedGlobal][(seed / 10 % 3) as usize],
                ignored: ignored.clone(),
                ..desc(seed)
            };
            let Came { passes, barriers, submissions, waits, transfers, .. } = run(0..count() * 2 / 3, desc)?;
            println!(
                "| {}: {passes} passes, {barriers} barriers, {submissions} submissions, {waits} waits, {transfers} halves of \
                 transfers",
                format!("{queues:?}").split('(').next().unwrap_or_default()
            );
        }
        Ok(())
    })
}

/// The negative control: the same schedules, each with one barrier left out. The layer does not look at the host, and does not
/// see every order that is missing.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn random_schedules_without_one_barrier_are_reported() -> TestResult {
    let (mut left_out, mut seen) = (0, 0);
    for first in (0..count()).step_by(ON_ONE_RENDERER as usize) {
        let stand = Stand::new(RendererDesc { policy: Policy::MergedGlobal, ..RendererDesc::default() }, first)?;
        for seed in first..(first + ON_ONE_RENDERER).min(count()) {
            let mut schedule = schedule(Random(numbers(seed)).stages(&stand))?;
            let mut world = World::new();
            let open = stand.renderer.begin_frame()?;
            schedule.run_with(&mut world, &open)?;
            let plan = open.plan().ok_or("the frame has a plan")?;
            drop(open);
            let inside: usize =
                plan.calls.iter().filter(|call| call.gap < plan.passes.len()).map(|call| call.barriers.len()).sum();
            let before = stand.renderer.messages().count;
            let number = Random(numbers(seed + 500)).below(inside as u64) as usize;
            stand.renderer.leave_out_barrier(Some(number));
            let point = frame(&stand.renderer, &mut schedule, &mut world)?;
            stand.renderer.leave_out_barrier(None);
            point.wait(std::time::Duration::from_secs(10))?;
            left_out += 1;
            seen += u64::from(stand.renderer.messages().count > before);
        }
    }
    println!("seeds 0..{}: of {left_out} barriers left out the layer reports {seen}", count());
    assert!(seen * 10 >= left_out * 6, "of {left_out} barriers left out the layer reports {seen}");
    Ok(())
}
