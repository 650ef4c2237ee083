//! Resources of which a frame reads what the frame before wrote.

use std::error::Error;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, GpuBuffer, ImageDesc, Initial, Memory, TimelinePoint, VkRenderer};

use crate::support::{Answer, SavePicture, TestResult, assert_silent, frame, readback, renderer, save_buffer};

/// A number that grows by one in each frame: the first byte of a buffer whose other bytes are the older numbers.
struct Log;

#[derive(System, AutoBarriers)]
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

save_buffer!(Save, Log);

#[derive(Schedule)]
struct Logging {
    push: (Push,),
    #[stage(after = "push")]
    save: (Save,),
}

fn log(renderer: &VkRenderer) -> Result<(), fencewright_graphics::VkError> {
    let usage = vk::BufferUsageFlags::TRANSFER_SRC | vk::BufferUsageFlags::TRANSFER_DST;
    let desc = BufferDesc { len_bytes: 64, usage, memory: Memory::Device, ..BufferDesc::default() };
    renderer.create_history_buffer::<Log>(&desc, 77).map(|_| ())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn each_frame_reads_what_the_one_before_wrote() -> TestResult {
    let renderer = renderer()?;
    log(&renderer)?;
    let answer = readback::<Answer>(&renderer, 64)?;
    let mut schedule = Logging { push: (Push(0),), save: (Save,) }.schedule()?;
    let mut world = World::new();
    for number in 1..=20_u32 {
        let point = frame(&renderer, &mut schedule, &mut world)?;
        let bytes = renderer.read_buffer(answer, &point)?;
        let words: Vec<u32> =
            bytes.chunks(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
        let expected: Vec<u32> = (0..16).map(|age| if age < number { number - age } else { 77 }).collect();
        assert_eq!(words, expected, "frame {number}");
    }
    let plans = renderer.plans_made();
    for _ in 0..20 {
        frame(&renderer, &mut schedule, &mut world)?;
    }
    assert_eq!(renderer.plans_made(), plans, "both turns are known");
    assert_silent(&renderer);
    Ok(())
}

/// A frame that is dropped does not swap.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_dropped_frame_leaves_the_turn_as_it_was() -> TestResult {
    let renderer = renderer()?;
    log(&renderer)?;
    let answer = readback::<Answer>(&renderer, 64)?;
    let mut schedule = Logging { push: (Push(0),), save: (Save,) }.schedule()?;
    let mut world = World::new();
    frame(&renderer, &mut schedule, &mut world)?;
    let dropped = renderer.begin_frame()?;
    schedule.run_with(&mut world, &dropped)?;
    drop(dropped);
    let point = frame(&renderer, &mut schedule, &mut world)?;
    let bytes = renderer.read_buffer(answer, &point)?;
    assert_eq!((bytes[0], bytes[4], bytes[8]), (3, 1, 77));
    assert_silent(&renderer);
    Ok(())
}

struct Trail;

#[derive(System, AutoBarriers)]
#[reads(Prev<GpuImage<Trail>> as CopySource)]
#[writes(GpuImage<Trail> as CopyDestination)]
struct Keep;

impl Run for Keep {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let whole = ImageRegion::default();
        cx.encoder()?.copy_image(cx.prev_image::<Trail>()?, &whole, cx.image::<Trail>()?, &whole)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Trailing {
    keep: (Keep,),
    #[stage(after = "keep")]
    save: (SavePicture<Trail>,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn frame_0_reads_the_initial_colour() -> TestResult {
    let renderer = renderer()?;
    let usage = vk::ImageUsageFlags::TRANSFER_SRC | vk::ImageUsageFlags::TRANSFER_DST;
    let desc = ImageDesc::new(2, 2, vk::Format::R8G8B8A8_UNORM, usage);
    let wrong = renderer.create_history_image::<Trail>(&desc, Initial::Depth(1.0, 0)).map(|_| ());
    let text = wrong.map_err(|error| error.to_string());
    let expected = "`GpuImage<Trail>` cannot be created: its initial contents do not fit its format";
    assert_eq!(text, Err(expected.to_owned()));
    renderer.create_history_image::<Trail>(&desc, Initial::Color([1.0, 0.0, 0.2, 1.0].into()))?;
    let answer = readback::<Answer>(&renderer, 16)?;
    let mut schedule = Trailing { keep: (Keep,), save: (SavePicture::<Trail>::new(),) }.schedule()?;
    for _ in 0..5 {
        let point = frame(&renderer, &mut schedule, &mut World::new())?;
        assert_eq!(renderer.read_buffer(answer, &point)?, [255, 0, 51, 255].repeat(4));
    }
    assert_silent(&renderer);
    Ok(())
}

/// Of two images that take turns, who asks finds the one whose turn it is, however many frames went by since.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_turn_is_known_to_whoever_asks() -> TestResult {
    let renderer = renderer()?;
    let usage = vk::ImageUsageFlags::TRANSFER_SRC | vk::ImageUsageFlags::TRANSFER_DST;
    let desc = ImageDesc::new(2, 2, vk::Format::R8G8B8A8_UNORM, usage);
    renderer.create_history_image::<Trail>(&desc, Initial::Color([1.0; 4].into()))?;
    let whose_turn = || {
        let [now, previous] = [renderer.find_image::<Trail>(0), renderer.find_previous_image::<Trail>(0)];
        [now, previous].map(|image| image.map(|image| image.raw()))
    };
    let [first, second] = whose_turn();
    assert_ne!(first, second);
    let mut schedule = Schedule::builder().stage(Stage::new("keep").system(Keep)).build()?;
    let mut frames = 0;
    for more in [1, 1, 2, 3, 4, 5, 8, 13, 22] {
        for _ in 0..more {
            frame(&renderer, &mut schedule, &mut World::new())?;
        }
        frames += more;
        let expected = if frames % 2 == 0 { [first, second] } else { [second, first] };
        assert_eq!(whose_turn(), expected, "after {frames} frames");
    }
    assert_silent(&renderer);
    Ok(())
}

/// Three programs of the same buffers, and the renderer that they run on.
struct Stand {
    renderer: VkRenderer,
    programs: [Schedule; 3],
    answer: GpuBuffer<Answer>,
    last: Option<TimelinePoint>,
}

impl Stand {
    fn new() -> Result<Self, Box<dyn Error>> {
        let renderer = renderer()?;
        log(&renderer)?;
        let answer = readback::<Answer>(&renderer, 64)?;
        let programs = [
            Logging { push: (Push(0),), save: (Save,) }.schedule()?,
            Schedule::builder().stage(Stage::new("push").system(Push(100))).build()?,
            Schedule::builder().stage(Stage::new("save").system(Save)).build()?,
        ];
        Ok(Self { renderer, programs, answer, last: None })
    }

    /// Runs a frame of a program; returns its plan.
    fn frame(&mut self, program: usize) -> Result<String, Box<dyn Error>> {
        let frame = self.renderer.begin_frame()?;
        self.programs[program].run_with(&mut World::new(), &frame)?;
        let plan = frame.plan().ok_or("the frame has a plan")?.to_string();
        self.last = Some(self.renderer.end_frame(frame)?);
        Ok(plan)
    }

    /// Puts another buffer in the place of the one that is saved to.
    fn replace(&mut self) -> TestResult {
        let usage = vk::BufferUsageFlags::TRANSFER_DST;
        let desc = BufferDesc { len_bytes: 64, usage, memory: Memory::Readback, ..BufferDesc::default() };
        self.answer = self.renderer.replace_buffer(self.answer, &desc)?;
        Ok(())
    }

    /// Saves, and returns what was saved.
    fn saved(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        self.frame(2)?;
        let last = self.last.as_ref().ok_or("there was a frame")?;
        Ok(self.renderer.read_buffer(self.answer, last)?)
    }
}

/// Frames take turns by chance on two renderers. Of one somebody asks after each frame, so that all that frames leave is written
/// down; the other one is left alone, but for what happens to both.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn what_frames_leave_is_the_same_whether_somebody_looks_or_not() -> TestResult {
    for seed in 0..20_u64 {
        let mut state = seed;
        let mut pick = |among: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % among
        };
        let (mut asked, mut alone) = (Stand::new()?, Stand::new()?);
        let mut turns = vec![0];
        for number in 0..80 {
            if pick(12) == 0 {
                turns = (0..=pick(4)).map(|_| pick(3) as usize).collect();
            }
            if pick(25) == 0 {
                asked.replace()?;
                alone.replace()?;
            }
            let program = turns[number % turns.len()];
            let (of_asked, of_alone) = (asked.frame(program)?, alone.frame(program)?);
            assert_eq!(of_asked, of_alone, "seed {seed}, frame {number}, program {program}");
            assert!(asked.renderer.find_buffer::<Log>(0).is_some());
        }
        assert_eq!(asked.renderer.plans_made(), alone.renderer.plans_made(), "seed {seed}");
        assert_eq!(asked.saved()?, alone.saved()?, "seed {seed}");
        assert_silent(&asked.renderer);
        assert_silent(&alone.renderer);
    }
    Ok(())
}
