//! Plans random frames, one after another over the same resources, and replays them access by access.
#![forbid(unsafe_code)]

mod support;

use ash::vk;
use ash::vk::{AccessFlags2 as A, ImageAspectFlags as Aspects, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{self, Kind, Rules};
use fencewright_graphics::plan::{
    AccessInput, Cadence, Compat, Effort, Entry, Exit, Input, Options, PassInput, Plan, Policy, ResourceInput,
    ResourceState, Shape, plan,
};
use fencewright_graphics::usage::UsageRow;
use fencewright_graphics::verify;
use fencewright_graphics::{Access, PassKind};
use support::random::{Random, seeds};
use support::replay::{self, Cell, CellState, Use};

/// How many graphs.
const GRAPHS: u64 = 1_500;
const FRAMES: usize = 3;

struct Rows {
    buffers: Vec<(&'static UsageRow, Access)>,
    images: Vec<(&'static UsageRow, Access)>,
}

fn rows() -> Rows {
    use Access::{Read, Write};
    let row = |name, stages, access, layout| support::row(name, stages, access, layout);
    let buffers = vec![
        (row("copy from", S::COPY, A::TRANSFER_READ, L::UNDEFINED), Read),
        (row("copy to", S::COPY, A::TRANSFER_WRITE, L::UNDEFINED), Write),
        (row("fill", S::CLEAR, A::TRANSFER_WRITE, L::UNDEFINED), Write),
        (row("vertices", S::VERTEX_ATTRIBUTE_INPUT, A::VERTEX_ATTRIBUTE_READ, L::UNDEFINED), Read),
        (row("uniform", S::VERTEX_SHADER | S::FRAGMENT_SHADER, A::UNIFORM_READ, L::UNDEFINED), Read),
        (row("storage read", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ, L::UNDEFINED), Read),
        (row("storage write", S::COMPUTE_SHADER, A::SHADER_STORAGE_WRITE, L::UNDEFINED), Write),
        (row("storage", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ | A::SHADER_STORAGE_WRITE, L::UNDEFINED), Write),
        (
            row("draw storage", S::FRAGMENT_SHADER, A::SHADER_STORAGE_READ | A::SHADER_STORAGE_WRITE, L::UNDEFINED),
            Write,
        ),
        (row("indirect", S::DRAW_INDIRECT, A::INDIRECT_COMMAND_READ, L::UNDEFINED), Read),
    ];
    let tests = S::EARLY_FRAGMENT_TESTS | S::LATE_FRAGMENT_TESTS;
    let depth = A::DEPTH_STENCIL_ATTACHMENT_READ | A::DEPTH_STENCIL_ATTACHMENT_WRITE;
    let images = vec![
        (row("colour", S::COLOR_ATTACHMENT_OUTPUT, A::COLOR_ATTACHMENT_WRITE, L::ATTACHMENT_OPTIMAL), Write),
        (row("depth", tests, depth, L::ATTACHMENT_OPTIMAL), Write),
        (row("depth test", tests, A::DEPTH_STENCIL_ATTACHMENT_READ, L::READ_ONLY_OPTIMAL), Read),
        (row("sampled", S::FRAGMENT_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL), Read),
        (
            row("sampled in both", S::VERTEX_SHADER | S::FRAGMENT_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL),
            Read,
        ),
        (row("sampled by compute", S::COMPUTE_SHADER, A::SHADER_SAMPLED_READ, L::READ_ONLY_OPTIMAL), Read),
        (row("storage", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ | A::SHADER_STORAGE_WRITE, L::GENERAL), Write),
        (row("storage read", S::COMPUTE_SHADER, A::SHADER_STORAGE_READ, L::GENERAL), Read),
        (row("clear", S::CLEAR, A::TRANSFER_WRITE, L::TRANSFER_DST_OPTIMAL), Write),
        (row("blit from", S::BLIT, A::TRANSFER_READ, L::TRANSFER_SRC_OPTIMAL), Read),
    ];
    Rows { buffers, images }
}

fn resources(random: &mut Random) -> Vec<ResourceInput> {
    let mut resources = Vec::new();
    for index in 0..=random.below(4) {
        let name = format!("r{index}");
        let entry = |layout| Entry::Ready { layout };
        resources.push(match random.below(4) {
            0 => support::image(&name, 3, 2, entry(L::GENERAL)),
            1 => ResourceInput {
                shape: Shape::Image { mips: 2, layers: 1, aspects: Aspects::DEPTH | Aspects::STENCIL },
                ..support::image(&name, 2, 1, entry(L::READ_ONLY_OPTIMAL))
            },
            _ => support::buffer(&name, 6, entry(L::UNDEFINED)),
        });
        if random.one_in(4) {
            let resource = resources.last_mut().expect("just pushed");
            resource.exit = match resource.shape {
                Shape::Buffer { .. } => Exit::HostRead,
                Shape::Image { .. } => Exit::Present,
            };
        }
    }
    resources
}

fn passes(random: &mut Random, rows: &Rows, resources: &[ResourceInput], by_hand: bool) -> Vec<PassInput> {
    let opaque = random.one_in(8);
    let one = |number: usize, random: &mut Random| {
        let mut accesses: Vec<AccessInput> = Vec::new();
        for (index, resource) in resources.iter().enumerate() {
            if !random.one_in(2) {
                continue;
            }
            let of_kind = match resource.shape {
                Shape::Buffer { .. } => &rows.buffers,
                Shape::Image { .. } => &rows.images,
            };
            let (row, access) = random.pick(of_kind);
            accesses.push(AccessInput {
                discard: access == Access::Write && random.one_in(5),
                concurrent: access == Access::Write && random.one_in(4),
                ..support::access(index, row, access, random.part(&resource.shape))
            });
        }
        PassInput {
            auto_barriers: !(by_hand && random.one_in(4)),
            kind: if opaque && random.one_in(5) { PassKind::Opaque } else { PassKind::Compute },
            ..support::pass(&format!("p{number}"), accesses)
        }
    };
    (0..=random.below(9)).map(|number| one(number, random)).collect()
}

#[test]
fn random_frames_are_ordered_access_by_access() {
    let rows = rows();
    // The one of a million in which what was left out was needed after all.
    for seed in seeds(GRAPHS).chain([863_910]) {
        let outcome = frames(seed, &rows);
        assert!(outcome.is_ok(), "seed {seed}: {}", outcome.unwrap_err());
    }
}

/// The negative control: without any one of its barriers, a plan leaves something unordered.
#[test]
fn without_one_barrier_the_replay_complains() {
    let rows = rows();
    let (mut removed, mut noticed) = (0, 0);
    for seed in 0..GRAPHS / 10 {
        let mut random = Random::new(seed + 1);
        let (resources, cells, options) = start(&mut random);
        let mut input = support::input(resources.clone(), passes(&mut random, &rows, &resources, false));
        input.options = options;
        let planned = plan(&input).expect("random frames can be planned");
        for call in 0..planned.calls.len() {
            for barrier in 0..planned.calls[call].barriers.len() {
                let mut mutant = planned.clone();
                mutant.calls[call].barriers.remove(barrier);
                removed += 1;
                noticed += usize::from(replay_frame(0, &input, &mutant, &mut cells.clone()).is_err());
            }
        }
    }
    // The others are execution dependencies that another structure of the same call orders as well.
    assert!(noticed * 10 > removed * 9, "{noticed} of {removed} removed barriers were noticed");
}

/// Makes resources, the state of each of their cells, and options.
fn start(random: &mut Random) -> (Vec<ResourceInput>, Vec<(Cell, CellState)>, Options) {
    let mut resources = resources(random);
    let mut cells: Vec<(Cell, CellState)> = Vec::new();
    let unified = random.one_in(5);
    for (index, resource) in resources.iter_mut().enumerate() {
        let Entry::Ready { layout } = &mut resource.entry else { unreachable!("resources start ready") };
        if unified && *layout != L::UNDEFINED {
            *layout = L::GENERAL;
        }
        cells.extend(
            replay::cells(index, &resource.shape.whole()).into_iter().map(|cell| (cell, CellState::new(*layout))),
        );
    }
    let (policy, compat) = random.policy(unified);
    let effort = random.pick(&[Effort::Proportional, Effort::Steps(2_000)]);
    (resources, cells, Options { policy, compat, effort, ..Options::default() })
}

fn frames(seed: u64, rows: &Rows) -> Result<(), String> {
    let mut random = Random::new(seed + 1);
    let (mut resources, mut cells, options) = start(&mut random);
    let by_hand = random.one_in(3);
    let mut planned_frames: Vec<(Input, Plan)> = Vec::new();
    for frame in 0..FRAMES {
        let mut input = support::input(resources.clone(), passes(&mut random, rows, &resources, by_hand));
        input.options = options;
        let planned = plan(&input).map_err(|error| error.to_string())?;
        by_hand_stays_apart(&planned)?;
        replay_frame(frame, &input, &planned, &mut cells).map_err(|error| format!("{error}\n{planned}"))?;
        let verdict = verify::verify(&input, &planned, &Rules::default());
        if !verdict.is_clean() {
            return Err(format!("the judge, of frame {frame} alone: {verdict}\n{planned}"));
        }
        for (resource, state) in resources.iter_mut().zip(&planned.exit) {
            resource.entry = Entry::Persisted(state.clone());
        }
        planned_frames.push((input, planned));
    }
    let frames: Vec<(&Input, &Plan)> = planned_frames.iter().map(|(input, plan)| (input, plan)).collect();
    let verdict = judge::judge(&verify::stream(&frames), &Rules::default());
    if verdict.is_clean() { Ok(()) } else { Err(format!("the judge, of all frames: {verdict}")) }
}

/// A frame that repeats, and then another one: what END prepares is judged, and what another frame makes of it.
#[test]
fn loops_end_in_other_frames() {
    let rows = rows();
    for seed in 0..GRAPHS / 3 {
        let outcome = repeated(seed, &rows);
        assert!(outcome.is_ok(), "seed {seed}: {}", outcome.unwrap_err());
    }
}

fn repeated(seed: u64, rows: &Rows) -> Result<(), String> {
    let mut random = Random::new(seed + 1_000_001);
    let (mut resources, _, options) = start(&mut random);
    for resource in &mut resources {
        resource.exit = Exit::Nothing;
    }
    let frame = passes(&mut random, rows, &resources, false);
    let input = |resources: &[ResourceInput], passes: &[PassInput], cadence| {
        let mut input = support::input(resources.to_vec(), passes.to_vec());
        input.options = Options { cadence, ..options };
        input
    };
    let begin = |resources: &mut [ResourceInput], states: &[ResourceState]| {
        for (resource, state) in resources.iter_mut().zip(states) {
            resource.entry = Entry::Persisted(state.clone());
        }
    };
    // Twice, so that the frame finds what it leaves.
    for _ in 0..2 {
        let planned = plan(&input(&resources, &frame, Cadence::Once)).map_err(|error| error.to_string())?;
        begin(&mut resources, &planned.exit);
    }
    let steady = input(&resources, &frame, Cadence::Repeats);
    let planned = plan(&steady).map_err(|error| error.to_string())?;
    if planned.exit.iter().zip(&resources).any(|(left, resource)| resource.entry != Entry::Persisted(left.clone())) {
        return Err("the frame is not steady".to_owned());
    }
    begin(&mut resources, &planned.exit_prepared);
    let next = input(&resources, &passes(&mut random, rows, &resources, false), Cadence::Once);
    let Ok(then) = plan(&next) else {
        // It reads what the repeated frame was to discard.
        return Ok(());
    };
    let before = Input { passes: Vec::new(), ..steady.clone() };
    let stream = verify::stream_with(&[&before, &steady, &steady, &next], |frame, gap| {
        let barriers = match frame {
            0 => &planned.prologue,
            1 | 2 => &planned.call(gap)?.barriers,
            _ => &then.call(gap)?.barriers,
        };
        (!barriers.is_empty()).then(|| barriers.iter().map(verify::barrier).collect())
    });
    let mut verdict = judge::judge(&stream, &Rules::default());
    // What the repeated frame was to discard is gone: that is documented, and no hazard.
    verdict.missing.retain(|missing| missing.kind != Kind::ContentsLost);
    if verdict.is_clean() { Ok(()) } else { Err(format!("{verdict}\n{planned}\nand then\n{then}")) }
}

/// A call before a pass that records its own barriers serves that pass alone.
fn by_hand_stays_apart(plan: &Plan) -> Result<(), String> {
    for call in plan.calls.iter().filter(|call| plan.passes.get(call.gap).is_some_and(|pass| !pass.auto_barriers)) {
        let seconds = call.barriers.iter().flat_map(|barrier| &barrier.reasons).map(|reason| reason.second.pass);
        if seconds.into_iter().any(|second| second != Some(call.gap)) {
            return Err(format!("the call in gap {} serves another pass", call.gap));
        }
    }
    Ok(())
}

fn replay_frame(frame: usize, input: &Input, plan: &Plan, cells: &mut [(Cell, CellState)]) -> Result<(), String> {
    for gap in 0..=input.passes.len() {
        if let Some(call) = plan.call(gap) {
            replay::call(cells, &call.barriers)?;
        }
        let Some(pass) = input.passes.get(gap) else { break };
        let mut untouched: Vec<bool> = vec![true; cells.len()];
        for access in &pass.accesses {
            let used = used(frame, input, pass, access);
            let touched = replay::cells(access.resource.0, &access.part);
            for (index, (cell, state)) in cells.iter_mut().enumerate().filter(|(_, (cell, _))| touched.contains(cell)) {
                untouched[index] = false;
                replay::access(*cell, state, &used)?;
            }
        }
        if pass.kind == PassKind::Opaque {
            let others = cells.iter_mut().zip(&untouched).filter(|(_, untouched)| **untouched);
            for ((cell, state), _) in
                others.filter(|((cell, _), _)| input.resources[cell.resource].exit != Exit::Present)
            {
                replay::access(*cell, state, &anything(frame, pass, state.layout))?;
            }
        }
    }
    after(frame, input, cells)
}

/// What an opaque pass may do to what it does not declare.
fn anything(frame: usize, pass: &PassInput, layout: vk::ImageLayout) -> Use {
    Use {
        who: format!("{} of frame {frame} (anything)", pass.name),
        stages: S::ALL_COMMANDS,
        access: A::MEMORY_READ | A::MEMORY_WRITE,
        layout,
        write: true,
        concurrent: false,
    }
}

fn used(frame: usize, input: &Input, pass: &PassInput, access: &AccessInput) -> Use {
    let row = access.usage;
    let is_image = matches!(input.resources[access.resource.0].shape, Shape::Image { .. });
    let unified = input.options.policy == Policy::UnifiedLayouts;
    let layout = match row.image {
        Some(_) if is_image && unified => L::GENERAL,
        Some(image) if is_image => image.read_layout,
        Some(_) | None => vk::ImageLayout::UNDEFINED,
    };
    if pass.kind == PassKind::Opaque {
        return Use { who: format!("{} of frame {frame} ({})", pass.name, row.name), ..anything(frame, pass, layout) };
    }
    let widened = row.stages == S::CLEAR && input.options.compat == Compat::ValidationLayers;
    Use {
        who: format!("{} of frame {frame} ({})", pass.name, row.name),
        stages: if widened { S::COPY } else { row.stages },
        access: row.read.expect("the rows of the test read and write alike"),
        layout,
        write: access.access == Access::Write,
        concurrent: access.concurrent,
    }
}

/// The host reads what it is promised; the screen gets its layout.
fn after(frame: usize, input: &Input, cells: &mut [(Cell, CellState)]) -> Result<(), String> {
    for (cell, state) in cells {
        match input.resources[cell.resource].exit {
            Exit::HostRead => {
                let who = format!("the host after frame {frame}");
                let layout = state.layout;
                let (stages, access) = (S::HOST, A::HOST_READ);
                let mut seen = state.clone();
                replay::access(
                    *cell,
                    &mut seen,
                    &Use { who, stages, access, layout, write: false, concurrent: false },
                )?;
            }
            Exit::Present if state.layout != L::PRESENT_SRC_KHR => {
                return Err(format!("{cell:?} is presented in {:?}", state.layout));
            }
            Exit::Present | Exit::Nothing | Exit::Exported { .. } => {}
        }
    }
    Ok(())
}
