//! What is planned is emitted, and the layer would notice if it were not.

use fencewright::prelude::*;
use fencewright_graphics::plan::Scope;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{Barriers, ByHand, CommandBuffers, PipelineBarrier, RendererDesc, VkError};

use ash::vk;

use crate::support::{
    Answer, FillSource, Middle, SavePicture, Source, TestResult, ToMiddle, assert_silent, buffer, frame, numbers,
    readback, renderer, renderer_with, through,
};

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn bytes_go_through_three_passes_and_come_back() -> TestResult {
    let renderer = renderer()?;
    let bytes: Vec<u8> = numbers(1).take(4096).map(|x| x as u8).collect();
    let (mut schedule, answer) = through(&renderer, &bytes)?;
    let point = frame(&renderer, &mut schedule, &mut World::new())?;
    assert_eq!(renderer.read_buffer(answer, &point)?, bytes);
    assert_silent(&renderer);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn three_hundred_frames_are_planned_twice_and_silent() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, answer) = through(&renderer, &[7; 1024])?;
    let mut world = World::new();
    for number in 0..300 {
        let point = frame(&renderer, &mut schedule, &mut world)?;
        if number % 50 == 0 {
            assert_eq!(renderer.read_buffer(answer, &point)?, [7; 1024]);
        }
    }
    assert_eq!(renderer.plans_made(), 2, "the first frame finds no contents, all others what it left");
    assert_silent(&renderer);
    Ok(())
}

/// A layer that is silent proves something only if it speaks when a barrier is missing.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_layer_reports_a_barrier_that_is_left_out() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, _) = through(&renderer, &[7; 1024])?;
    let mut world = World::new();
    let first = renderer.begin_frame()?;
    schedule.run_with(&mut world, &first)?;
    let plan = first.plan().ok_or("the frame has a plan")?;
    let barriers: usize = plan.calls.iter().map(|call| call.barriers.len()).sum();
    renderer.end_frame(first)?;
    assert_silent(&renderer);

    // In the first frame: upload to copy, copy to copy, copy to host. The layer does not look at the host.
    assert_eq!(barriers, 3, "{plan:#?}");
    for left_out in 0..2 {
        let renderer = self::renderer()?;
        renderer.leave_out_barrier(Some(left_out));
        let (mut schedule, _) = through(&renderer, &[7; 1024])?;
        let point = frame(&renderer, &mut schedule, &mut World::new())?;
        point.wait(std::time::Duration::from_secs(10))?;
        let report = renderer.messages();
        assert_eq!(report.count_of("SYNC-HAZARD-READ-AFTER-WRITE"), 1, "barrier {left_out} left out: {report}");
    }
    Ok(())
}

/// One buffer, written in each of two frames: nothing but the barrier orders the two writes.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_layer_reports_a_missing_barrier_between_two_frames() -> TestResult {
    for (left_out, messages) in [(None, 0), (Some(0), 1)] {
        let renderer = renderer()?;
        buffer::<Source>(&renderer, 1024)?;
        let mut schedule = Fill { fill: (FillSource(3),) }.schedule()?;
        frame(&renderer, &mut schedule, &mut World::new())?;
        renderer.leave_out_barrier(left_out);
        frame(&renderer, &mut schedule, &mut World::new())?;
        let report = renderer.messages();
        assert_eq!(report.count_of("SYNC-HAZARD-WRITE-AFTER-WRITE"), messages, "{left_out:?}: {report}");
        assert_eq!(report.count, messages, "{report}");
    }
    Ok(())
}

#[derive(Schedule)]
struct Fill {
    fill: (FillSource,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn states_survive_other_schedules() -> TestResult {
    let renderer = renderer()?;
    let (mut through, answer) = through(&renderer, &[7; 1024])?;
    let mut fill = Fill { fill: (FillSource(3),) }.schedule()?;
    let mut world = World::new();
    for _ in 0..4 {
        frame(&renderer, &mut fill, &mut world)?;
        let point = frame(&renderer, &mut through, &mut world)?;
        assert_eq!(renderer.read_buffer(answer, &point)?, [7; 1024]);
        frame(&renderer, &mut fill, &mut world)?;
    }
    assert_silent(&renderer);
    Ok(())
}

/// Declares, takes no encoder, and leaves what it was to write as it is.
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Middle> as CopySource)]
#[writes(GpuImage<Canvas> as CopyDestination)]
struct Idle;

impl Run for Idle {
    fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
        Ok(())
    }
}

struct Canvas;

#[derive(Schedule)]
struct Skipping {
    fill: (FillSource, ToMiddle),
    #[stage(after = "fill")]
    idle: (Idle,),
    #[stage(after = "idle")]
    save: (SavePicture<Canvas>,),
}

/// `SavePicture` reads a layout that the transition before `Idle` made.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_system_that_records_nothing_has_its_transitions_all_the_same() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 64)?;
    buffer::<Middle>(&renderer, 64)?;
    readback::<Answer>(&renderer, 4 * 4 * 4)?;
    let usage = vk::ImageUsageFlags::TRANSFER_DST | vk::ImageUsageFlags::TRANSFER_SRC;
    let desc = fencewright_graphics::ImageDesc::new(4, 4, vk::Format::R8G8B8A8_UNORM, usage);
    renderer.create_image::<Canvas>(&desc)?;
    let mut schedule =
        Skipping { fill: (FillSource(1), ToMiddle), idle: (Idle,), save: (SavePicture::<Canvas>::new(),) }
            .schedule()?;
    for _ in 0..3 {
        frame(&renderer, &mut schedule, &mut World::new())?;
    }
    assert_silent(&renderer);
    Ok(())
}

/// As [`ToMiddle`], without `AutoBarriers`: it records its own barrier.
#[derive(System)]
#[reads(GpuBuffer<Source> as CopySource)]
#[writes(GpuBuffer<Middle> as CopyDestination)]
struct Handmade {
    barrier: bool,
}

impl Run for Handmade {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        if self.barrier {
            let copy = |access| Scope { stages: vk::PipelineStageFlags2::ALL_TRANSFER, access };
            cmd.pipeline_barrier(&[
                PipelineBarrier::buffer(
                    cx.buffer::<Source>()?,
                    copy(vk::AccessFlags2::TRANSFER_WRITE),
                    copy(vk::AccessFlags2::TRANSFER_READ),
                ),
                PipelineBarrier::memory(copy(vk::AccessFlags2::TRANSFER_WRITE), copy(vk::AccessFlags2::TRANSFER_WRITE)),
            ])?;
        }
        cmd.copy_buffer(cx.buffer::<Source>()?, cx.buffer::<Middle>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct HandMade {
    fill: (FillSource,),
    #[stage(after = "fill")]
    copy: (Handmade,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_system_without_auto_barriers_records_its_own() -> TestResult {
    for (barrier, messages) in [(true, 0), (false, 1)] {
        let renderer = renderer_with(RendererDesc { by_hand: ByHand::Trusted, ..RendererDesc::default() })?;
        buffer::<Source>(&renderer, 64)?;
        buffer::<Middle>(&renderer, 64)?;
        let mut schedule = HandMade { fill: (FillSource(1),), copy: (Handmade { barrier },) }.schedule()?;
        frame(&renderer, &mut schedule, &mut World::new())?;
        let report = renderer.messages();
        assert_eq!(report.count, messages, "barrier by hand: {barrier}: {report}");
    }
    Ok(())
}

/// Who forgot `AutoBarriers` hears of it where nothing is judged, before anything is submitted, in each frame until it is mended.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_system_that_records_none_of_its_barriers_is_an_error_unless_all_is_trusted() -> TestResult {
    // In one command buffer the layer would see what is missing before anything is submitted.
    let command_buffers = CommandBuffers::EachPass;
    let renderer =
        renderer_with(RendererDesc { by_hand: ByHand::Present, command_buffers, ..RendererDesc::default() })?;
    buffer::<Source>(&renderer, 64)?;
    buffer::<Middle>(&renderer, 64)?;
    let with = |barrier| HandMade { fill: (FillSource(1),), copy: (Handmade { barrier },) }.schedule();
    let (mut without, mut with) = (with(false)?, with(true)?);
    for _ in 0..3 {
        let error = frame(&renderer, &mut without, &mut World::new()).err().ok_or("no barrier, and no error")?;
        let text = error.to_string();
        for word in [
            "`Handmade` does not derive `AutoBarriers` and recorded no barrier",
            "write `#[derive(System, AutoBarriers)]`",
            "by `note_barrier`",
            "FillSource writes GpuBuffer<Source>, Handmade reads it",
        ] {
            assert!(text.contains(word), "{text}\nlacks\n{word}");
        }
        assert!(matches!(error.downcast_ref(), Some(VkError::NoBarrier { .. })));
    }
    frame(&renderer, &mut with, &mut World::new())?;
    assert_silent(&renderer);
    Ok(())
}

#[derive(Schedule)]
struct Two {
    fill: (FillSource,),
    #[stage(after = "fill")]
    copy: (ToMiddle,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn with_hints_alone_nothing_is_emitted() -> TestResult {
    let renderer = renderer_with(RendererDesc { barriers: Barriers::Hints, ..RendererDesc::default() })?;
    buffer::<Source>(&renderer, 64)?;
    buffer::<Middle>(&renderer, 64)?;
    let mut schedule = Two { fill: (FillSource(1),), copy: (ToMiddle,) }.schedule()?;
    frame(&renderer, &mut schedule, &mut World::new())?;
    let report = renderer.messages();
    assert_eq!(report.count_of("SYNC-HAZARD-READ-AFTER-WRITE"), 1, "{report}");
    Ok(())
}
