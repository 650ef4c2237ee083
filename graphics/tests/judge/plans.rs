//! Plans of random frames, one after another, before the judge.

use ash::vk;
use ash::vk::ImageLayout as L;
use fencewright_graphics::judge::{self, Rules, Stream, Verdict};
use fencewright_graphics::plan::{
    AccessInput, Entry, Exit, Imported, Input, Options, PassInput, Plan, Policy, ResourceInput, ResourceRef, Scope,
    Shape, Sharing, Subresource, plan,
};
use fencewright_graphics::usage::{self, UsageRow};
use fencewright_graphics::{Access, PassKind, Queue, verify};

use crate::random::{self, Random};

/// The rows that a pass of a kind can have on a buffer or an image, with the direction.
fn rows(kind: PassKind, image: bool) -> Vec<(&'static UsageRow, Access)> {
    let fits = |row: &&&'static UsageRow| {
        let of_kind = if image { row.image.is_some() } else { row.buffer.is_some() };
        of_kind
            && (row.passes.contains(&kind) || (kind == PassKind::Opaque && !row.passes.is_empty()))
            && !row.name.starts_with("Any")
    };
    let directions = |row: &&'static UsageRow| {
        let read = row.read.map(|_| (*row, Access::Read));
        read.into_iter().chain(row.write.map(|_| (*row, Access::Write)))
    };
    usage::ALL.iter().filter(fits).flat_map(directions).collect()
}

const KINDS: [PassKind; 4] = [PassKind::Raster, PassKind::Compute, PassKind::Transfer, PassKind::Opaque];

fn resources(random: &mut Random) -> Vec<ResourceInput> {
    let resource = |at: usize, random: &mut Random| {
        let image = random.one_in(2);
        let shape = if image {
            let aspects = if random.one_in(4) {
                vk::ImageAspectFlags::DEPTH | vk::ImageAspectFlags::STENCIL
            } else {
                vk::ImageAspectFlags::COLOR
            };
            Shape::Image { mips: 3, layers: 2, aspects }
        } else {
            Shape::Buffer { len_bytes: 8 }
        };
        let layout = if image { L::GENERAL } else { L::UNDEFINED };
        let imported = |scope, layout| Entry::Imported(Imported { scope, layout, by: "outside", family: None });
        let entry = match random.below(5) {
            0 => Entry::Undefined,
            1 => imported(
                Scope { stages: vk::PipelineStageFlags2::COPY, access: vk::AccessFlags2::TRANSFER_WRITE },
                layout,
            ),
            2 if image => imported(
                Scope { stages: vk::PipelineStageFlags2::COLOR_ATTACHMENT_OUTPUT, ..Scope::default() },
                L::UNDEFINED,
            ),
            _ => Entry::Ready { layout },
        };
        let exit = match random.below(6) {
            0 if image => Exit::Present,
            0 => Exit::HostRead,
            1 => Exit::Exported {
                scope: Scope {
                    stages: vk::PipelineStageFlags2::COMPUTE_SHADER,
                    access: vk::AccessFlags2::SHADER_STORAGE_READ,
                },
                layout,
                by: "other code",
            },
            _ => Exit::Nothing,
        };
        ResourceInput { name: format!("r{at}"), shape, entry, exit, sharing: Sharing::default() }
    };
    (0..=random.below(5)).map(|at| resource(at, random)).collect()
}

fn part(random: &mut Random, shape: &Shape) -> Subresource {
    if random.one_in(2) {
        return shape.whole();
    }
    let mut range = |len: u32| {
        let start = random.below(len as usize) as u32;
        start..start + 1 + random.below((len - start) as usize) as u32
    };
    match *shape {
        Shape::Buffer { len_bytes } => {
            let bytes = range(len_bytes as u32);
            Subresource::Buffer { bytes: u64::from(bytes.start)..u64::from(bytes.end) }
        }
        Shape::Image { mips, layers, aspects } => {
            Subresource::Image { aspects, mips: range(mips), layers: range(layers) }
        }
    }
}

fn passes(random: &mut Random, resources: &[ResourceInput]) -> Vec<PassInput> {
    let pass = |system: usize, random: &mut Random| {
        let kind = if random.one_in(9) { PassKind::Opaque } else { KINDS[random.below(KINDS.len() - 1)] };
        let mut accesses = Vec::new();
        for (index, resource) in resources.iter().enumerate() {
            let rows = rows(kind, matches!(resource.shape, Shape::Image { .. }));
            for _ in 0..random.below(3).saturating_sub(1) + usize::from(random.one_in(2)) {
                let (usage, access) = rows[random.below(rows.len())];
                accesses.push(AccessInput {
                    resource: ResourceRef(index),
                    part: part(random, &resource.shape),
                    usage,
                    access,
                    discard: access == Access::Write && random.one_in(3),
                    concurrent: access == Access::Write && random.one_in(6),
                    at: None,
                });
            }
        }
        PassInput {
            system,
            name: format!("system {system}").into(),
            stage: "stage".into(),
            kind,
            queue: Queue::Graphics,
            auto_barriers: true,
            accesses,
        }
    };
    (0..=random.below(8)).map(|system| pass(system, random)).collect()
}

/// Three frames over the same resources; passes that the planner refuses are left out.
fn frames(random: &mut Random) -> Vec<(Input, Plan)> {
    let policy = [Policy::Joined, Policy::PerResource, Policy::MergedGlobal, Policy::UnifiedLayouts][random.below(4)];
    let mut resources = resources(random);
    let mut frames: Vec<(Input, Plan)> = Vec::new();
    let again = random.one_in(2);
    for frame in 0..3 {
        let mut input = Input {
            passes: Vec::new(),
            resources: resources.clone(),
            options: Options { policy, ..Options::default() },
            ..Input::default()
        };
        let passes = match frames.last() {
            Some((last, _)) if again => last.passes.clone(),
            Some(_) | None => passes(random, &resources),
        };
        for pass in passes {
            input.passes.push(pass);
            if plan(&input).is_err() {
                input.passes.pop();
            }
        }
        let Ok(plan) = plan(&input) else { panic!("frame {frame} has no plan without passes") };
        for (resource, state) in resources.iter_mut().zip(&plan.exit) {
            // What another queue had is handed over anew.
            if !matches!(resource.entry, Entry::Imported(imported) if imported.scope.access.is_empty()) {
                resource.entry = Entry::Persisted(state.clone());
            }
        }
        frames.push((input, plan));
    }
    frames
}

fn of_frames(frames: &[(Input, Plan)]) -> Stream {
    verify::stream(&frames.iter().map(|(input, plan)| (input, plan)).collect::<Vec<_>>())
}

fn verdict(stream: &Stream) -> Verdict {
    judge::judge(stream, &Rules::default())
}

#[test]
fn plans_of_random_frames_miss_nothing() {
    let (seed, count) = (random::seed(), random::streams(300));
    let mut calls = 0;
    for at in 0..count {
        let seed = seed.wrapping_add(at);
        let frames = frames(&mut Random(seed));
        calls += frames.iter().map(|(_, plan)| plan.calls.len()).sum::<usize>();
        let stream = of_frames(&frames);
        let together = verdict(&stream);
        assert!(together.is_clean(), "JUDGE_SEED={seed} JUDGE_STREAMS=1\n{together}\n{}", stream.to_json());
        // Each frame alone, by what the one before says it left.
        for (input, plan) in &frames {
            let alone = verify::stream(&[(input, plan)]);
            let verdict = verdict(&alone);
            assert!(verdict.is_clean(), "JUDGE_SEED={seed} JUDGE_STREAMS=1\n{verdict}\n{}", alone.to_json());
        }
    }
    assert!(calls as u64 > count, "{calls} calls");
}
