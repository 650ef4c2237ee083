//! Frames on queues of several families. The device of these tests has one: a layer of the tests' own shows three above it
//! and really executes on them. The loader reads its environment once in a process, so each test runs in one of its
//! own.

use std::error::Error;
use std::process::Command;
use std::sync::Arc;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::plan::{Plan, Sharing, Topology};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, GpuBuffer, Memory, Queue, Queues, RendererDesc, VkRenderer};

use crate::own_device::OwnDevice;
use crate::own_objects::{ADD, Program};
use crate::support::{
    Answer, Middle, Source, TestResult, ToAnswer, assert_silent, buffer, frame, readback, renderer_with, save_buffer,
};
use crate::three_families;

const INSIDE: &str = "FENCEWRIGHT_THREE_FAMILIES";

/// Runs a test, named by its path, once more, in a process whose devices have three families.
pub(crate) fn with_three_families(test: &str, run: impl FnOnce() -> TestResult) -> TestResult {
    with_layer(test, &[], run)
}

/// As [`with_three_families`]; what compute and transfer queues are given they begin so late that who does not wait for them
/// overtakes them.
fn with_slow_families(test: &str, run: impl FnOnce() -> TestResult) -> TestResult {
    with_layer(test, &[("FENCEWRIGHT_SLOW_QUEUES", "1")], run)
}

fn with_layer(test: &str, variables: &[(&str, &str)], run: impl FnOnce() -> TestResult) -> TestResult {
    if std::env::var_os(INSIDE).is_some() {
        return run();
    }
    let output = Command::new(std::env::current_exe()?)
        .args(["--exact", test, "--include-ignored", "--nocapture"])
        .env(INSIDE, "1")
        .envs(variables.iter().copied())
        .envs(three_families::environment()?)
        .output()?;
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    said.lines().filter(|line| line.starts_with("| ")).for_each(|line| println!("{line}"));
    Ok(())
}

/// Fills [`Source`] on the transfer queue.
#[derive(System, AutoBarriers)]
#[queue(transfer)]
#[writes(GpuBuffer<Source> as Fill)]
struct FillApart(u32);

impl Run for FillApart {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        self.0 += 1;
        let source = cx.buffer::<Source>()?;
        cx.encoder()?.fill_buffer(source, 0..source.len_bytes(), self.0)?;
        Ok(())
    }
}

/// Adds the words of [`Source`] to those of [`Middle`], on the compute queue.
#[derive(System, AutoBarriers)]
#[queue(compute)]
#[reads(GpuBuffer<Source> as ComputeStorage)]
#[writes(GpuBuffer<Middle> as ComputeStorage)]
struct AddApart(Program);

impl Run for AddApart {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        self.0.bind_compute(&mut cmd);
        cmd.dispatch(WORDS.div_ceil(64) as u32, 1, 1);
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Middle> as Fill)]
struct Zero;

impl Run for Zero {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let middle = cx.buffer::<Middle>()?;
        cx.encoder()?.fill_buffer(middle, 0..middle.len_bytes(), 0)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Zeroing {
    zero: (Zero,),
}

#[derive(Schedule)]
struct Sums {
    fill: (FillApart,),
    #[stage(after = "fill")]
    add: (AddApart,),
    #[stage(after = "add")]
    save: (ToAnswer,),
}

const WORDS: usize = 4096;

struct Stand {
    renderer: Arc<VkRenderer>,
    schedule: Schedule,
    answer: GpuBuffer<Answer>,
    world: World,
    frames: u32,
}

impl Stand {
    fn new(desc: RendererDesc) -> Result<Self, Box<dyn Error>> {
        Self::on(renderer_with(desc)?, Sharing::Exclusive, Sharing::Exclusive)
    }

    /// A stand on this renderer; whether queue families share [`Source`], and [`Middle`].
    fn on(renderer: VkRenderer, source: Sharing, middle: Sharing) -> Result<Self, Box<dyn Error>> {
        let renderer = Arc::new(renderer);
        let usage = vk::BufferUsageFlags::TRANSFER_DST
            | vk::BufferUsageFlags::TRANSFER_SRC
            | vk::BufferUsageFlags::STORAGE_BUFFER;
        let desc = |sharing| BufferDesc { len_bytes: WORDS as u64 * 4, usage, sharing, ..BufferDesc::default() };
        let source = renderer.create_buffer::<Source>(&desc(source))?;
        let middle = renderer.create_buffer::<Middle>(&desc(middle))?;
        let answer = readback::<Answer>(&renderer, WORDS as u64 * 4)?;
        let program = Program::compute(&renderer, ADD, &[source.raw(), middle.raw()])?;
        let mut world = World::new();
        frame(&renderer, &mut Zeroing { zero: (Zero,) }.schedule()?, &mut world)?;
        let schedule = Sums { fill: (FillApart(0),), add: (AddApart(program),), save: (ToAnswer,) }.schedule()?;
        Ok(Self { renderer, schedule, answer, world, frames: 0 })
    }

    /// Runs a frame; returns its plan, and whether the answer is the sum of all that was filled so far.
    fn frame(&mut self) -> Result<(Arc<Plan>, bool), Box<dyn Error>> {
        self.frames += 1;
        let open = self.renderer.begin_frame()?;
        self.schedule.run_with(&mut self.world, &open)?;
        let plan = open.plan().ok_or("the frame has a plan")?;
        let point = self.renderer.end_frame(open)?;
        let sum = (1..=self.frames).sum::<u32>();
        let found = self.renderer.read_buffer(self.answer, &point)?;
        Ok((plan, found == sum.to_le_bytes().repeat(WORDS)))
    }
}

fn on(queues: Queues) -> RendererDesc {
    RendererDesc { queues, ..RendererDesc::default() }
}

/// Returns the numbers of submissions, of waits and of halves of ownership transfers.
fn counts(plan: &Plan) -> (usize, usize, usize) {
    let barriers = plan.calls.iter().flat_map(|call| &call.barriers);
    (
        plan.submissions.len(),
        plan.submissions.iter().map(|submission| submission.waits.len()).sum(),
        barriers.filter(|barrier| barrier.transfer.is_some()).count(),
    )
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_frame_runs_on_three_families() -> TestResult {
    with_three_families("queues::a_frame_runs_on_three_families", || {
        // How many halves of transfers there are: of both buffers, of one, of none.
        let mut halves = Vec::new();
        let (exclusive, concurrent) = (Sharing::Exclusive, Sharing::Concurrent);
        for sharing in [(exclusive, exclusive), (exclusive, concurrent), (concurrent, concurrent)] {
            let mut stand = Stand::on(renderer_with(on(Queues::Several))?, sharing.0, sharing.1)?;
            let families: Vec<u32> = stand.renderer.topology().queues().iter().map(|queue| queue.family).collect();
            assert_eq!(families, [0, 1, 2]);
            for number in 0..12 {
                let (plan, is_right) = stand.frame()?;
                assert!(is_right, "frame {number}, {sharing:?}\n{plan}");
                let (submissions, waits, transfers) = counts(&plan);
                assert!(submissions >= 3 && waits >= 2, "{plan}");
                if number == 11 {
                    halves.push(transfers);
                    println!(
                        "| {sharing:?}: {submissions} submissions, {waits} waits, {transfers} halves of transfers"
                    );
                }
            }
            assert!(stand.renderer.plans_made() < 8, "steady frames are not planned anew");
            assert_silent(&stand.renderer);
        }
        assert!(halves[0] > halves[1] && halves[1] > halves[2] && halves[2] == 0, "{halves:?}");
        assert!(halves.iter().all(|halves| halves.is_multiple_of(2)), "{halves:?}");
        Ok(())
    })
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_device_of_the_callers_has_several_queues() -> TestResult {
    with_three_families("queues::a_device_of_the_callers_has_several_queues", || {
        let own = OwnDevice::with_families(&[0, 1, 2], |_| {})?;
        let renderer = own.renderer(on(Queues::Several))?;
        let roles: Vec<_> = renderer.topology().queues().iter().map(|queue| (queue.role, queue.family)).collect();
        assert_eq!(roles, [(Queue::Graphics, 0), (Queue::Compute, 1), (Queue::Transfer, 2)]);
        let mut stand = Stand::on(renderer, Sharing::Exclusive, Sharing::Concurrent)?;
        for number in 0..6 {
            let (plan, is_right) = stand.frame()?;
            assert!(is_right, "frame {number}\n{plan}");
            assert!(counts(&plan).0 >= 3 && counts(&plan).2 > 0, "{plan}");
        }
        drop(stand);
        let refused =
            own.renderer(on(Queues::Alias(Topology::transfer()))).err().ok_or("one cannot stand for three")?;
        assert!(refused.to_string().contains("`Queues::Alias` has one queue stand for several"), "{refused}");
        Ok(())
    })
}

/// The negative control: without a wait the transfer queue, which is slow here, is overtaken, and the sums are wrong.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn without_a_wait_the_contents_are_wrong() -> TestResult {
    with_slow_families("queues::without_a_wait_the_contents_are_wrong", || {
        let mut stand = Stand::new(on(Queues::Several))?;
        let (plan, is_right) = stand.frame()?;
        assert!(is_right, "{plan}");
        let waits = counts(&plan).1;
        let mut wrong = 0;
        for left_out in 0..waits {
            stand = Stand::new(on(Queues::Several))?;
            stand.renderer.leave_out_wait(Some(left_out));
            let right = (0..4).map(|_| stand.frame().map(|(_, is_right)| is_right)).collect::<Result<Vec<_>, _>>()?;
            wrong += usize::from(right.contains(&false));
        }
        println!("| {wrong} of {waits} waits left out give wrong sums");
        assert!(wrong >= 2, "{wrong} of {waits} waits left out give wrong sums");
        Ok(())
    })
}

/// A plan for three queues on one: as many submissions and waits, no ownership transfers.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn one_queue_stands_for_three() -> TestResult {
    let mut stand = Stand::new(on(Queues::Alias(Topology::asynchronous())))?;
    for number in 0..12 {
        let (plan, is_right) = stand.frame()?;
        assert!(is_right, "frame {number}\n{plan}");
        let (submissions, waits, transfers) = counts(&plan);
        assert!(submissions >= 3 && waits >= 2, "{plan}");
        assert_eq!(transfers, 0, "{plan}");
    }
    assert_silent(&stand.renderer);
    Ok(())
}

/// What the device does not have is done without.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_device_with_one_family_has_one_queue() -> TestResult {
    let mut stand = Stand::new(on(Queues::Several))?;
    assert_eq!(stand.renderer.topology().queues().len(), 1);
    let (plan, is_right) = stand.frame()?;
    assert!(is_right, "{plan}");
    assert_eq!(counts(&plan), (1, 0, 0));
    assert_silent(&stand.renderer);
    Ok(())
}

/// A number that grows in each frame, on the transfer queue; the older numbers move on.
struct Log;

#[derive(System, AutoBarriers)]
#[queue(transfer)]
#[reads(Prev<GpuBuffer<Log>> as CopySource)]
#[writes(GpuBuffer<Log>[bytes = 4..64] as CopyDestination, GpuBuffer<Log>[bytes = 0..4] as Fill)]
struct Push(u32);

impl Run for Push {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (old, new) = (cx.prev_buffer::<Log>()?, cx.buffer::<Log>()?);
        let mut cmd = cx.encoder()?;
        cmd.copy_bytes(old, 0..60, new, 4)?;
        self.0 += 1;
        cmd.fill_buffer(new, 0..4, self.0)?;
        Ok(())
    }
}

save_buffer!(SaveLog, Log);

#[derive(Schedule)]
struct Logging {
    push: (Push,),
    #[stage(after = "push")]
    save: (SaveLog,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn resources_take_turns_across_queues() -> TestResult {
    with_three_families("queues::resources_take_turns_across_queues", || {
        for in_flight in [1, 3] {
            let renderer =
                renderer_with(RendererDesc { frames_in_flight: in_flight, ..on(Queues::GraphicsAndTransfer) })?;
            let usage = vk::BufferUsageFlags::TRANSFER_SRC | vk::BufferUsageFlags::TRANSFER_DST;
            renderer.create_history_buffer::<Log>(
                &BufferDesc { len_bytes: 64, usage, memory: Memory::Device, ..BufferDesc::default() },
                77,
            )?;
            let answer = readback::<Answer>(&renderer, 64)?;
            let mut schedule = Logging { push: (Push(0),), save: (SaveLog,) }.schedule()?;
            let mut world = World::new();
            for number in 1..=20_u32 {
                let point = frame(&renderer, &mut schedule, &mut world)?;
                if number % 5 > 0 {
                    continue;
                }
                let bytes = renderer.read_buffer(answer, &point)?;
                let expected = (0..16).map(|age| if age < number { number - age } else { 77 });
                assert_eq!(bytes, expected.flat_map(u32::to_le_bytes).collect::<Vec<_>>(), "frame {number}");
            }
            assert_silent(&renderer);
        }
        Ok(())
    })
}

/// As `ToMiddle`, without `AutoBarriers`.
#[derive(System)]
#[reads(GpuBuffer<Source> as CopySource)]
#[writes(GpuBuffer<Middle> as CopyDestination)]
struct Handmade;

impl Run for Handmade {
    fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
        Ok(())
    }
}

#[derive(Schedule)]
struct ByHand {
    copy: (Handmade,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn barriers_by_hand_are_refused_on_several_queues() -> TestResult {
    let renderer = renderer_with(on(Queues::Alias(Topology::transfer())))?;
    buffer::<Source>(&renderer, 64)?;
    buffer::<Middle>(&renderer, 64)?;
    let open = renderer.begin_frame()?;
    let refused = ByHand { copy: (Handmade,) }.schedule()?.run_with(&mut World::new(), &open);
    let text = refused.err().ok_or("it ran")?.to_string();
    assert!(text.contains("`Handmade` records its own barriers, which works on one queue alone"), "{text}");
    Ok(())
}
