//! Small random streams.

use ash::vk::{AccessFlags2 as A, ImageAspectFlags, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{
    Access, Barrier, Command, Event, Kept, Part, Pass, Point, QueueId, ResourceId, Scope, SemaphoreOp, Shape, Start,
    Stream, Submit, Target,
};

/// splitmix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// The seed of a run: `JUDGE_SEED`, or a fixed one. It is printed where a test fails.
pub(crate) fn seed() -> u64 {
    std::env::var("JUDGE_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0x00C0_FFEE)
}

/// How many streams to try: `JUDGE_STREAMS`, or a default.
pub(crate) fn streams(default: u64) -> u64 {
    std::env::var("JUDGE_STREAMS").ok().and_then(|count| count.parse().ok()).unwrap_or(default)
}

const SCOPES: [(S, A); 14] = [
    (S::COMPUTE_SHADER, A::SHADER_STORAGE_READ),
    (S::COMPUTE_SHADER, A::SHADER_STORAGE_WRITE),
    (S::COMPUTE_SHADER, A::from_raw(A::SHADER_STORAGE_READ.as_raw() | A::SHADER_STORAGE_WRITE.as_raw())),
    (S::COPY, A::TRANSFER_READ),
    (S::COPY, A::TRANSFER_WRITE),
    (S::CLEAR, A::TRANSFER_WRITE),
    (S::ALL_TRANSFER, A::TRANSFER_WRITE),
    (S::FRAGMENT_SHADER, A::SHADER_SAMPLED_READ),
    (S::from_raw(S::VERTEX_SHADER.as_raw() | S::FRAGMENT_SHADER.as_raw()), A::UNIFORM_READ),
    (
        S::from_raw(S::EARLY_FRAGMENT_TESTS.as_raw() | S::LATE_FRAGMENT_TESTS.as_raw()),
        A::from_raw(A::DEPTH_STENCIL_ATTACHMENT_READ.as_raw() | A::DEPTH_STENCIL_ATTACHMENT_WRITE.as_raw()),
    ),
    (S::COLOR_ATTACHMENT_OUTPUT, A::COLOR_ATTACHMENT_WRITE),
    (S::DRAW_INDIRECT, A::INDIRECT_COMMAND_READ),
    (S::FRAGMENT_SHADER, A::SHADER_STORAGE_WRITE),
    (
        S::ACCELERATION_STRUCTURE_COPY_KHR,
        A::from_raw(A::TRANSFER_WRITE.as_raw() | A::ACCELERATION_STRUCTURE_WRITE_KHR.as_raw()),
    ),
];
const WIDE: [(S, A); 5] = [
    (S::ALL_COMMANDS, A::from_raw(A::MEMORY_READ.as_raw() | A::MEMORY_WRITE.as_raw())),
    (S::ALL_COMMANDS, A::MEMORY_WRITE),
    (S::ALL_TRANSFER, A::TRANSFER_WRITE),
    (S::NONE, A::NONE),
    (S::ALL_GRAPHICS, A::MEMORY_READ),
];
const LAYOUTS: [L; 3] = [L::GENERAL, L::READ_ONLY_OPTIMAL, L::TRANSFER_DST_OPTIMAL];
const WAITS: [S; 6] =
    [S::ALL_COMMANDS, S::ALL_COMMANDS, S::COMPUTE_SHADER, S::FRAGMENT_SHADER, S::COPY, S::VERTEX_SHADER];

/// A random stream over `queues` queues of one family.
pub(crate) fn stream(random: &mut Random, queues: usize) -> Stream {
    let mut stream = Stream::default();
    for queue in 0..queues {
        stream.queue(format!("queue {queue}"), 0);
    }
    stream.semaphore("timeline");
    for at in 0..=random.below(3) {
        let (name, shape, layout) = if random.one_in(2) {
            ("b", Shape::Buffer { len_bytes: 4 }, L::UNDEFINED)
        } else {
            ("i", Shape::Image { aspects: ImageAspectFlags::COLOR, mips: 2, layers: 2 }, L::GENERAL)
        };
        let kept = Kept { family: Some(0), ..Kept::ready(shape.whole(), layout) };
        stream.resource(format!("{name}{at}"), shape, Start::Kept(vec![kept]));
    }
    let passes: Vec<Pass> = (0..2 + random.below(6)).map(|at| pass(random, &stream, at)).collect();
    let mut commands: Vec<Vec<Command>> = vec![Vec::new()];
    for at in 0..passes.len() {
        for _ in 0..random.below(3) {
            let call = Command::Call((0..=random.below(3)).map(|_| barrier(random, &stream, &passes, at)).collect());
            commands.last_mut().expect("there is a batch").push(call);
        }
        if queues > 1 || random.one_in(3) {
            commands.push(Vec::new());
        }
        commands.last_mut().expect("there is a batch").push(Command::Pass(passes[at].clone()));
    }
    let batches = commands.len() as u64;
    for (commands, value) in commands.into_iter().zip(1..) {
        let op = |random: &mut Random, value| SemaphoreOp {
            point: Point { semaphore: fencewright_graphics::judge::SemaphoreId(0), value },
            stages: random.pick(&WAITS),
        };
        let waits = if value > 1 && random.one_in(2) { vec![op(random, value - 1)] } else { Vec::new() };
        let signals = if value < batches { vec![op(random, value)] } else { Vec::new() };
        stream.events.push(Event::Submit(Submit { queue: QueueId(random.below(queues)), waits, commands, signals }));
    }
    stream
}

fn pass(random: &mut Random, stream: &Stream, at: usize) -> Pass {
    let mut accesses: Vec<Access> = Vec::new();
    for resource in 0..stream.resources.len() {
        if random.one_in(3) {
            continue;
        }
        let (stages, access) = random.pick(&SCOPES);
        let shape = &stream.resources[resource].shape;
        let layout = matches!(shape, Shape::Image { .. }).then(|| random.pick(&LAYOUTS));
        let mut access = Access { layout, ..Access::buffer(ResourceId(resource), 0..1, Scope::new(stages, access)) };
        access.part = part(random, shape);
        if random.one_in(4) {
            access = access.discard();
        }
        if random.one_in(6) {
            access = access.concurrent();
        }
        accesses.push(access);
    }
    Pass { name: format!("pass {at}"), accesses }
}

fn part(random: &mut Random, shape: &Shape) -> Part {
    if random.one_in(2) {
        return shape.whole();
    }
    match *shape {
        Shape::Buffer { len_bytes } => {
            let start = random.below(len_bytes as usize) as u64;
            Part::Bytes(start..start + 1 + random.below((len_bytes - start) as usize) as u64)
        }
        Shape::Image { aspects, mips, layers } => {
            let mut range = |len: u32| {
                let start = random.below(len as usize) as u32;
                start..start + 1 + random.below((len - start) as usize) as u32
            };
            Part::Texels { aspects, mips: range(mips), layers: range(layers) }
        }
    }
}

/// A barrier before pass `at`, as often as not one that makes sense.
fn barrier(random: &mut Random, stream: &Stream, passes: &[Pass], at: usize) -> Barrier {
    let mut scope = |from: usize, to: usize| {
        let accesses: Vec<&Access> = passes[from..to].iter().flat_map(|pass| &pass.accesses).collect();
        match random.below(6) {
            0 => random.pick(&WIDE),
            1 => random.pick(&SCOPES),
            _ if accesses.is_empty() => random.pick(&SCOPES),
            2 => {
                let (one, other) = (random.pick(&accesses).scope, random.pick(&accesses).scope);
                (one.stages | other.stages, one.access | other.access)
            }
            _ => {
                let scope = random.pick(&accesses).scope;
                (scope.stages, scope.access)
            }
        }
    };
    let (first, second) = (scope(0, at), scope(at, passes.len()));
    let (first, second) = (Scope::new(first.0, first.1), Scope::new(second.0, second.1));
    if random.one_in(2) {
        return Barrier { first, second, target: Target::Memory };
    }
    let resource = random.below(stream.resources.len());
    let shape = &stream.resources[resource].shape;
    let target = match part(random, shape) {
        Part::Bytes(bytes) => Target::Buffer { resource: ResourceId(resource), bytes, transfer: None },
        Part::Texels { aspects, mips, layers } => {
            let old_layout = if random.one_in(4) { L::UNDEFINED } else { random.pick(&LAYOUTS) };
            let new_layout =
                if random.one_in(3) && old_layout != L::UNDEFINED { old_layout } else { random.pick(&LAYOUTS) };
            Target::Image {
                resource: ResourceId(resource),
                aspects,
                mips,
                layers,
                old_layout,
                new_layout,
                transfer: None,
            }
        }
    };
    Barrier { first, second, target }
}
