//! Steady frames as bodies of loops, and passes in another order: the same contents with fewer calls.

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::plan::Policy;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{Barriers, BufferDesc, GpuBuffer, Loops, Memory, PassOrder, RendererDesc, VkRenderer};

use crate::support::{
    Answer, FillSource, Middle, Source, TestResult, ToMiddle, assert_silent, buffer, frame, numbers, readback,
    renderer_with, through,
};

fn in_loops() -> RendererDesc {
    RendererDesc { loops: Loops::Steady, ..RendererDesc::default() }
}

/// Runs a frame; returns how many calls its plan has.
fn calls(
    renderer: &VkRenderer,
    schedule: &mut Schedule,
    answer: GpuBuffer<Answer>,
    bytes: &[u8],
) -> Result<usize, Box<dyn std::error::Error>> {
    let open = renderer.begin_frame()?;
    schedule.run_with(&mut World::new(), &open)?;
    let plan = open.plan().ok_or("the frame has a plan")?;
    let point = renderer.end_frame(open)?;
    assert_eq!(renderer.read_buffer(answer, &point)?, bytes);
    Ok(plan.calls.len())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_steady_frame_has_one_call_fewer() -> TestResult {
    let renderer = renderer_with(in_loops())?;
    let bytes = [7; 64];
    let (mut schedule, answer) = through(&renderer, &bytes)?;
    let mut next = || calls(&renderer, &mut schedule, answer, &bytes);
    // The first finds nothing, the second what it left; the third is known to be steady.
    assert_eq!([next()?, next()?, next()?, next()?, next()?, next()?], [3, 4, 3, 3, 3, 3]);
    assert_eq!(renderer.plans_made(), 2);
    assert_silent(&renderer);
    Ok(())
}

/// The negative control: in a loop that leaves a barrier out, the layer speaks. It does not look at the host. Layer 1.3.239 speaks in
/// frame after frame; 1.4.364, which knows more of what the host has waited for, does so for three of five.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_layer_misses_each_barrier_of_a_loop() -> TestResult {
    let (mut seen, mut seen_again) = (0, 0);
    for left_out in 0..6 {
        let renderer = renderer_with(RendererDesc { policy: Policy::PerResource, ..in_loops() })?;
        renderer.leave_out_barrier(Some(left_out));
        let (mut schedule, _) = through(&renderer, &[7; 64])?;
        let mut world = World::new();
        for _ in 0..5 {
            frame(&renderer, &mut schedule, &mut world)?;
        }
        let before = renderer.messages().count;
        let open = renderer.begin_frame()?;
        schedule.run_with(&mut world, &open)?;
        let plan = open.plan().ok_or("the frame has a plan")?;
        let barriers: Vec<_> = plan.calls.iter().flat_map(|call| &call.barriers).collect();
        assert_eq!((plan.calls.len(), barriers.len()), (3, 6), "{plan}");
        let is_for_the_host = barriers[left_out].second.stages.contains(vk::PipelineStageFlags2::HOST);
        renderer.end_frame(open)?.wait(std::time::Duration::from_secs(10))?;
        if !is_for_the_host {
            seen += usize::from(before > 0);
            seen_again += usize::from(renderer.messages().count > before);
        }
    }
    assert_eq!(seen, 5, "each barrier that is left out");
    assert!(seen_again >= 3, "in a later frame the layer speaks of {seen_again} barriers that are left out");
    Ok(())
}

#[derive(Schedule)]
struct Filling {
    fill: (FillSource,),
}

/// Reads [`Middle`] without writing anything that the loop uses.
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Middle> as CopySource)]
#[writes(GpuBuffer<Apart> as CopyDestination)]
struct ToApart;

struct Apart;

impl Run for ToApart {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Middle>()?, cx.buffer::<Apart>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Aside {
    aside: (ToApart,),
}

/// A loop is left and taken up again by everything that a program does between two frames.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn loops_end_safely_whatever_comes_between() -> TestResult {
    for seed in 1..=6 {
        let renderer = renderer_with(in_loops())?;
        let bytes: Vec<u8> = numbers(seed).take(64).map(|x| x as u8).collect();
        let (mut through, mut answer) = through(&renderer, &bytes)?;
        buffer::<Apart>(&renderer, 64)?;
        let mut fill = Filling { fill: (FillSource(3),) }.schedule()?;
        let mut aside = Aside { aside: (ToApart,) }.schedule()?;
        let mut world = World::new();
        let mut random = numbers(seed + 100);
        let mut looped = 0;
        for _ in 0..120 {
            let count = calls(&renderer, &mut through, answer, &bytes)?;
            looped += usize::from(count == 3);
            match random.next().unwrap_or(0) % 12 {
                0 => drop(frame(&renderer, &mut fill, &mut world)?),
                1 => drop(frame(&renderer, &mut aside, &mut world)?),
                2 => {
                    let dropped = renderer.begin_frame()?;
                    through.run_with(&mut world, &dropped)?;
                    drop(dropped);
                }
                3 => {
                    let usage = vk::BufferUsageFlags::TRANSFER_DST;
                    let desc = BufferDesc { len_bytes: 64, usage, memory: Memory::Readback, ..BufferDesc::default() };
                    answer = renderer.replace_buffer(answer, &desc)?;
                }
                4 => {
                    renderer.set_barriers(Barriers::Hints);
                    renderer.set_barriers(Barriers::Auto);
                }
                _ => {}
            }
        }
        println!("seed {seed}: {looped} of 120 frames in loops");
        assert!(looped > 20, "seed {seed}: {looped} of 120 frames are in loops");
        assert_silent(&renderer);
    }
    Ok(())
}

/// Fills one of two buffers, and copies it to its place in the answer.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source>[instance = self.0] as Fill)]
struct FillOne(u32);

impl Run for FillOne {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.fill_buffer(cx.buffer::<Source>()?, 0..32, 0x0101_0101 * (self.0 + 1))?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source>[instance = self.0] as CopySource)]
#[writes(GpuBuffer<Answer>[bytes = u64::from(self.0) * 32..u64::from(self.0) * 32 + 32] as CopyDestination)]
struct SaveOne(u32);

impl Run for SaveOne {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let to = u64::from(self.0) * 32;
        cx.encoder()?.copy_bytes(cx.buffer::<Source>()?, 0..32, cx.buffer::<Answer>()?, to)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Interleaved {
    all: (FillOne, SaveOne, FillOne, SaveOne),
    #[stage(after = "all")]
    middle: (ToMiddle,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn reordered_passes_need_fewer_calls_for_the_same_contents() -> TestResult {
    let mut counts = Vec::new();
    for pass_order in [PassOrder::Declared, PassOrder::Reordered] {
        let renderer = renderer_with(RendererDesc { pass_order, ..RendererDesc::default() })?;
        buffer::<Source>(&renderer, 32)?;
        buffer::<Source>(&renderer, 32)?;
        buffer::<Middle>(&renderer, 32)?;
        let answer = readback::<Answer>(&renderer, 64)?;
        let all = (FillOne(0), SaveOne(0), FillOne(1), SaveOne(1));
        let mut schedule = Interleaved { all, middle: (ToMiddle,) }.schedule()?;
        let expected = [[1_u8; 32], [2; 32]].concat();
        for _ in 0..3 {
            counts.push(calls(&renderer, &mut schedule, answer, &expected)?);
        }
        assert_silent(&renderer);
    }
    let (declared, reordered) = (counts[2], counts[5]);
    assert!(reordered < declared, "calls of three frames as declared and reordered: {counts:?}");
    Ok(())
}
