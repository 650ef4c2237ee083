//! A frame that fails leaves no trace, and says what failed.

use std::error::Error;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, ImageDesc, Memory, RendererDesc, Validation, VkError, VkRenderer};

use crate::support::{
    Answer, FillSource, Middle, Source, TestResult, ToAnswer, ToMiddle, assert_silent, buffer, frame, readback,
    renderer, through,
};

/// Fails in the way that it is told to.
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as CopySource)]
#[writes(GpuBuffer<Middle> as CopyDestination)]
struct Faulty(Fault);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    None,
    Error,
    Panic,
    PanicWhileRecording,
    TwoEncoders,
}

impl Run for Faulty {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        match self.0 {
            Fault::None => {}
            Fault::Error => return Err("the disk is full".into()),
            Fault::Panic => panic!("a bug"),
            Fault::PanicWhileRecording => {
                let _cmd = cx.encoder()?;
                panic!("a bug");
            }
            Fault::TwoEncoders => drop(cx.encoder()?),
        }
        cx.encoder()?.copy_buffer(cx.buffer::<Source>()?, cx.buffer::<Middle>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Failing {
    fill: (FillSource,),
    #[stage(after = "fill")]
    faulty: (Faulty,),
    #[stage(after = "faulty")]
    answer: (ToAnswer,),
}

fn failing(fault: Fault) -> Result<Schedule, Box<dyn Error>> {
    Ok(Failing { fill: (FillSource(0x0505_0505),), faulty: (Faulty(fault),), answer: (ToAnswer,) }.schedule()?)
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_failed_run_is_dropped_and_the_next_works() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 16)?;
    buffer::<Middle>(&renderer, 16)?;
    let answer = readback::<Answer>(&renderer, 16)?;
    let mut world = World::new();
    let mut good = failing(Fault::None)?;
    let last = frame(&renderer, &mut good, &mut world)?;
    let cases = [
        (Fault::Error, "`Faulty` failed: the disk is full"),
        (Fault::Panic, "a bug"),
        (Fault::PanicWhileRecording, "a bug"),
        (Fault::TwoEncoders, "`Faulty` has already taken its encoder in this frame"),
    ];
    for (number, (fault, expected)) in cases.into_iter().enumerate() {
        let mut bad = failing(fault)?;
        let dropped = renderer.begin_frame()?;
        let text = bad.run_with(&mut world, &dropped).map_err(|error| error.to_string());
        assert!(text.as_ref().is_err_and(|text| text.contains(expected) && text.contains("Faulty")), "{text:?}");
        drop(dropped);
        let point = frame(&renderer, &mut good, &mut world)?;
        assert_eq!(renderer.read_buffer(answer, &point)?, [5; 16], "after {fault:?}");
        assert_eq!(point.value(), last.value() + number as u64 + 1, "nothing was submitted for {fault:?}");
    }
    assert_eq!(renderer.plans_made(), 2, "what a failed run would have left is not remembered");
    assert_silent(&renderer);
    Ok(())
}

/// Whoever ends a frame whose run failed is told so.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_frame_in_which_a_system_panicked_cannot_be_submitted() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 16)?;
    buffer::<Middle>(&renderer, 16)?;
    readback::<Answer>(&renderer, 16)?;
    let frame = renderer.begin_frame()?;
    let failed = failing(Fault::PanicWhileRecording)?.run_with(&mut World::new(), &frame);
    assert!(failed.is_err());
    let text = renderer.end_frame(frame).map_err(|error| error.to_string()).map(|_| ());
    let expected = "`Faulty` panicked while it recorded; drop the frame and begin a new one";
    assert_eq!(text, Err(expected.to_owned()));
    assert_eq!(renderer.begin_frame().map(|_| ()).map_err(|error| error.to_string()), Ok(()));
    assert_silent(&renderer);
    Ok(())
}

/// Runs a schedule over a renderer that lacks something, and returns what the run says.
fn refusal(renderer: &VkRenderer, schedule: &mut Schedule) -> Result<String, Box<dyn Error>> {
    let frame = renderer.begin_frame()?;
    match schedule.run_with(&mut World::new(), &frame) {
        Ok(()) => Err("it ran".into()),
        Err(error) => Ok(error.to_string()),
    }
}

#[derive(Schedule)]
struct Copying {
    copy: (ToMiddle,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn what_is_missing_is_said_before_any_system_starts() -> TestResult {
    let renderer = renderer()?;
    let mut copying = Copying { copy: (ToMiddle,) }.schedule()?;
    let says = |expected: &str, copying: &mut Schedule| -> TestResult {
        let text = refusal(&renderer, copying)?;
        assert!(text.contains(expected), "{text}\nlacks\n{expected}");
        assert!(text.contains(concat!("(", file!(), ":")), "{text}\nhas the place of the run\n{}", file!());
        Ok(())
    };
    says(
        "`ToMiddle` declares `GpuBuffer<Source>`, which does not exist; make it with `renderer.create_buffer::<Source>(..)` before the frame",
        &mut copying,
    )?;
    let storage = BufferDesc {
        len_bytes: 16,
        usage: vk::BufferUsageFlags::STORAGE_BUFFER,
        memory: Memory::Device,
        ..BufferDesc::default()
    };
    let source = renderer.create_buffer::<Source>(&storage)?;
    says(
        "`ToMiddle` uses `GpuBuffer<Source>` as CopySource, which needs `TRANSFER_SRC`; add it to `usage` where `GpuBuffer<Source>` is created",
        &mut copying,
    )?;
    renderer.destroy_buffer(source)?;
    buffer::<Source>(&renderer, 16)?;
    buffer::<Middle>(&renderer, 16)?;
    says("system `ToMiddle` reads `GpuBuffer<Source>`, which no earlier pass writes", &mut copying)?;
    assert_silent(&renderer);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn frames_are_used_once_one_at_a_time_and_by_their_renderer() -> TestResult {
    let renderer = renderer()?;
    let other = self::renderer()?;
    let (mut schedule, _) = through(&renderer, &[1; 16])?;
    let mut world = World::new();

    let frame = renderer.begin_frame()?;
    assert!(matches!(renderer.begin_frame(), Err(VkError::FrameOpen)));
    schedule.run_with(&mut world, &frame)?;
    let again = schedule.run_with(&mut world, &frame).map_err(|error| error.to_string());
    assert!(again.is_err_and(|text| text.contains("this frame has already been given to a run")));
    assert!(matches!(other.end_frame(frame), Err(VkError::ForeignFrame)));

    let without = schedule.run(&mut world).map_err(|error| error.to_string());
    assert!(without.is_err_and(|text| text.contains("this run has no frame; run the schedule with `run_with")));

    let unused = renderer.begin_frame()?;
    renderer.end_frame(unused)?.wait(std::time::Duration::from_secs(10))?;
    assert_silent(&renderer);
    Ok(())
}

struct Odd;

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn descriptions_that_cannot_be_are_refused_by_name() -> TestResult {
    let renderer = renderer()?;
    let buffer = |len_bytes, usage| {
        renderer
            .create_buffer::<Odd>(&BufferDesc { len_bytes, usage, memory: Memory::Device, ..BufferDesc::default() })
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let copy = vk::BufferUsageFlags::TRANSFER_DST;
    assert_eq!(buffer(0, copy), Err("`GpuBuffer<Odd>` cannot be created: `len_bytes` is 0".to_owned()));
    let empty = buffer(4, vk::BufferUsageFlags::empty());
    assert_eq!(empty, Err("`GpuBuffer<Odd>` cannot be created: `usage` is empty".to_owned()));

    let image = |change: &dyn Fn(&mut ImageDesc)| {
        let mut desc = ImageDesc::new(8, 8, vk::Format::R8G8B8A8_UNORM, vk::ImageUsageFlags::TRANSFER_DST);
        change(&mut desc);
        let text = renderer.create_image::<Odd>(&desc).map(|_| ()).map_err(|error| error.to_string());
        text.err().and_then(|text| text.strip_prefix("`GpuImage<Odd>` cannot be created: ").map(str::to_owned))
    };
    assert_eq!(image(&|desc| desc.extent.width = 0).as_deref(), Some("`extent` is 0 x 8 x 1"));
    assert_eq!(image(&|desc| desc.mips = 5).as_deref(), Some("`mips` is 5, and its size allows 1 to 4"));
    assert_eq!(image(&|desc| desc.layers = 0).as_deref(), Some("`layers` is 0"));
    let flat = "a flat image has depth 1; use `ImageKind::Volume`";
    assert_eq!(image(&|desc| desc.extent.depth = 2).as_deref(), Some(flat));
    let huge = image(&|desc| desc.extent.width = 1 << 24);
    assert!(huge.is_some_and(|text| text.starts_with("this device allows")));
    let format = image(&|desc| desc.format = vk::Format::R8G8B8_SSCALED);
    assert!(format.is_some_and(|text| text.starts_with("this device does not support R8G8B8_SSCALED")));
    assert_silent(&renderer);
    Ok(())
}

/// More memory than any device has; the layer may warn of the size, so it is off.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn too_much_memory_is_an_error() -> TestResult {
    let renderer = VkRenderer::headless(RendererDesc { validation: Validation::Off, ..RendererDesc::default() })?;
    let desc = BufferDesc {
        len_bytes: 1 << 50,
        usage: vk::BufferUsageFlags::STORAGE_BUFFER,
        memory: Memory::Device,
        ..BufferDesc::default()
    };
    let error = renderer.create_buffer::<Odd>(&desc).map(|_| ()).map_err(|error| error.to_string());
    let text = error.err().ok_or("there is a petabyte")?;
    assert!(text.contains("out of device memory"), "{text}");
    let small = BufferDesc { len_bytes: 64, ..desc };
    assert!(renderer.create_buffer::<Odd>(&small).is_ok(), "the renderer still works");
    Ok(())
}
