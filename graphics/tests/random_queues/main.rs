//! Plans random frames over several queues, one after another over the same resources, and has them judged.
#![forbid(unsafe_code)]

mod formed;
mod frames;
mod ordered;
mod reordered;
#[path = "../support/mod.rs"]
mod support;

use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright_graphics::judge::{self, Rules};
use fencewright_graphics::plan::{
    AccessInput, Cadence, Entry, Exit, Half, Imported, Input, Options, PassInput, Plan, PlanError, Point, QueueRef,
    QueueSpec, Reached, Shape, Topology, plan, plan_with_report,
};
use fencewright_graphics::{Access, PassKind, Queue, verify};

use crate::formed::well_formed;
use crate::frames::{Word, passes, resources, topology, words};
use crate::support::random::{Random, seeds};

/// How many graphs.
const GRAPHS: u64 = 400;
const FRAMES: usize = 4;

#[test]
fn random_frames_over_queues_are_clean() {
    let words = words();
    let seeds = seeds(GRAPHS);
    let graphs = seeds.end - seeds.start;
    let mut total = Total::default();
    for seed in seeds {
        let outcome = one_after_another(seed, &words, &mut total);
        assert!(outcome.is_ok(), "seed {seed}: {}", outcome.unwrap_err());
    }
    println!("{total:?}");
    // What is not there cannot be wrong.
    assert!(
        total.false_pairs as u64 > graphs / 8 && total.around > 0 && total.reordered as u64 > graphs / 100,
        "{total:?}"
    );
    assert!(total.waits as u64 > graphs && total.transfers as u64 > graphs / 2, "{total:?}");
}

/// How much of everything there was.
#[derive(Debug, Default)]
struct Total {
    waits: usize,
    earlier: usize,
    transfers: usize,
    false_pairs: usize,
    /// Pairs of passes that a barrier orders and other queues order anyway.
    around: usize,
    /// Frames that have a better order.
    reordered: usize,
}

fn one_after_another(seed: u64, words: &[Word], total: &mut Total) -> Result<(), String> {
    let mut random = Random::new(seed + 1);
    let topology = topology(&mut random);
    let unified = random.one_in(5);
    let (policy, compat) = random.policy(unified);
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
        // Every second graph is one whose dependencies are plain: any two accesses with a write between them.
        let plain = seed.is_multiple_of(2) && passes.iter().all(|pass| pass.auto_barriers);
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
        let accesses = input.passes.iter_mut().flat_map(|pass| &mut pass.accesses);
        accesses.for_each(|access| access.concurrent &= !plain);
        let planned = plan(&input).map_err(|error| error.to_string())?;
        if plain {
            same_false_pairs(&input, &planned, total)?;
        }
        if seed % 10 == 3 {
            total.reordered += usize::from(reordered::reordered(&input)?);
        }
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

/// Compares the false pairs that are reported with those that are found by other means.
fn same_false_pairs(input: &Input, planned: &Plan, total: &mut Total) -> Result<(), String> {
    let (again, report) = plan_with_report(input).map_err(|error| error.to_string())?;
    let (found, around) = ordered::false_pairs(input, planned);
    let reported = report.false_pairs.iter().map(|pair| (pair.before, pair.after)).collect();
    total.false_pairs += found.len();
    total.around += around;
    if found == reported && again == *planned {
        return Ok(());
    }
    Err(format!("false pairs {found:?}, reported {reported:?}\n{planned}\n{:#?}", planned.submissions))
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
fn a_loop_over_queues_is_refused_and_says_what_to_do() {
    let mut input = one_pass(PassKind::Compute, Queue::Compute, S::COMPUTE_SHADER, Topology::asynchronous());
    input.options.cadence = Cadence::Repeats;
    let error = plan(&input).expect_err("it cannot be planned");
    assert_eq!(error, PlanError::LoopOverQueues { queues: 3 });
    let text = error.to_string();
    assert!(text.contains("`Cadence::Once`") && text.contains("3 queues"), "{text}");
    input.topology = Topology::one();
    assert!(plan(&input).is_ok());
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
