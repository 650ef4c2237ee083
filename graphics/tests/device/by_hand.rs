//! Barriers that systems record themselves: one schedule under each of the three modes, and each barrier missing in turn.

use std::collections::BTreeSet;
use std::error::Error;

use ash::vk;
use ash::vk::{AccessFlags2 as A, ImageLayout as L, PipelineStageFlags2 as S};
use fencewright::prelude::*;
use fencewright_graphics::judge::Excess;
use fencewright_graphics::plan::{Policy, Scope};
use fencewright_graphics::prelude::*;
use fencewright_graphics::{
    Barriers, ByHand, ColorAttachment, CommandBuffers, GpuBuffer, ImageDesc, OnMissing, PipelineBarrier, RendererDesc,
    RenderingDesc, VkError, VkRenderer,
};

use crate::support::{
    Answer, FillSource, Middle, Source, TestResult, ToMiddle, assert_silent, buffer, frame, readback, renderer_with,
};

/// A picture that is drawn, copied to [`Middle`], and from there to [`Answer`].
struct Canvas;

/// The colour of this frame.
struct Colour(f32);

/// The barriers that are left out.
#[derive(Default)]
struct Without(BTreeSet<usize>);

const fn scope(stages: S, access: A) -> Scope {
    Scope { stages, access }
}

const COPIES: S = S::ALL_TRANSFER;

/// Each system records what the renderer does not, but for what is to be left out.
macro_rules! by_hand {
    ($cx:expr, $cmd:expr, $($number:literal: $barrier:expr),+) => {
        if !$cmd.barriers_are_emitted() {
            let without = $cx.read::<Without>()?;
            $(if !without.0.contains(&$number) {
                $cmd.pipeline_barrier(&[$barrier])?;
            })+
        }
    };
}

#[derive(System, AutoBarriers)]
#[reads(Colour, Without)]
#[writes(discard GpuImage<Canvas> as ColorAttachment)]
struct Paint;

impl Run for Paint {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let canvas = cx.image::<Canvas>()?;
        let mut cmd = cx.encoder()?;
        let written = scope(S::COLOR_ATTACHMENT_OUTPUT, A::COLOR_ATTACHMENT_WRITE | A::COLOR_ATTACHMENT_READ);
        by_hand!(cx, cmd,
            0: PipelineBarrier::image(canvas, scope(COPIES, A::NONE), written).layouts(L::UNDEFINED, L::ATTACHMENT_OPTIMAL)
        );
        let red = cx.read::<Colour>()?.0;
        let colors = [ColorAttachment::clear(canvas, [red, 0.5, 0.25, 1.0])];
        cmd.begin_rendering(&RenderingDesc { colors: &colors, ..RenderingDesc::default() })?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(Without, GpuImage<Canvas> as CopySource)]
#[writes(GpuBuffer<Middle> as CopyDestination)]
struct Save;

impl Run for Save {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (canvas, middle) = (cx.image::<Canvas>()?, cx.buffer::<Middle>()?);
        let mut cmd = cx.encoder()?;
        let painted = scope(S::COLOR_ATTACHMENT_OUTPUT, A::COLOR_ATTACHMENT_WRITE);
        by_hand!(cx, cmd,
            1: PipelineBarrier::image(canvas, painted, scope(COPIES, A::TRANSFER_READ))
                .layouts(L::ATTACHMENT_OPTIMAL, L::TRANSFER_SRC_OPTIMAL),
            2: PipelineBarrier::buffer(middle, scope(COPIES, A::TRANSFER_WRITE), scope(COPIES, A::TRANSFER_WRITE))
        );
        cmd.copy_image_to_buffer(canvas, &ImageRegion::default(), middle, 0)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(Without, GpuBuffer<Middle> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct Out;

impl Run for Out {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (middle, answer) = (cx.buffer::<Middle>()?, cx.buffer::<Answer>()?);
        let mut cmd = cx.encoder()?;
        by_hand!(cx, cmd,
            3: PipelineBarrier::buffer(middle, scope(COPIES, A::TRANSFER_WRITE), scope(COPIES, A::TRANSFER_READ)),
            4: PipelineBarrier::memory(scope(COPIES, A::TRANSFER_WRITE), scope(COPIES, A::TRANSFER_WRITE))
        );
        cmd.copy_buffer(middle, answer)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Painting {
    paint: (Paint,),
    #[stage(after = "paint")]
    save: (Save,),
    #[stage(after = "save")]
    out: (Out,),
}

struct Stand {
    renderer: VkRenderer,
    schedule: Schedule,
    world: World,
    answer: GpuBuffer<Answer>,
    frames: u32,
}

impl Stand {
    fn new(desc: RendererDesc) -> Result<Self, Box<dyn Error>> {
        let renderer = renderer_with(desc)?;
        let usage = vk::ImageUsageFlags::COLOR_ATTACHMENT | vk::ImageUsageFlags::TRANSFER_SRC;
        renderer.create_image::<Canvas>(&ImageDesc::new(4, 4, vk::Format::R8G8B8A8_UNORM, usage))?;
        buffer::<Middle>(&renderer, 64)?;
        let answer = readback::<Answer>(&renderer, 64)?;
        let schedule = Painting { paint: (Paint,), save: (Save,), out: (Out,) }.schedule()?;
        let mut world = World::new();
        world.insert(Without::default());
        Ok(Self { renderer, schedule, world, answer, frames: 0 })
    }

    /// Runs a frame; returns its picture.
    fn frame(&mut self) -> Result<Vec<u8>, Box<dyn Error>> {
        self.frames += 1;
        self.world.insert(Colour(1.0 / self.frames as f32));
        let point = frame(&self.renderer, &mut self.schedule, &mut self.world)?;
        Ok(self.renderer.read_buffer(self.answer, &point)?)
    }

    fn leave_out(&mut self, number: impl IntoIterator<Item = usize>) {
        self.world.insert(Without(number.into_iter().collect()));
    }
}

fn in_mode(barriers: Barriers) -> RendererDesc {
    RendererDesc { barriers, ..RendererDesc::default() }
}

fn pictures(barriers: Barriers) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    let mut stand = Stand::new(in_mode(barriers))?;
    let pictures = (0..4).map(|_| stand.frame()).collect::<Result<Vec<_>, _>>()?;
    assert_silent(&stand.renderer);
    Ok(pictures)
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_three_modes_make_the_same_pictures() -> TestResult {
    let auto = pictures(Barriers::Auto)?;
    assert_eq!(auto[1][..4], [128, 128, 64, 255]);
    assert_eq!(auto, pictures(Barriers::Validate)?);
    assert_eq!(auto, pictures(Barriers::Hints)?);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn modes_change_between_frames() -> TestResult {
    let auto = pictures(Barriers::Auto)?;
    let mut stand = Stand::new(in_mode(Barriers::Hints))?;
    let modes = [Barriers::Validate, Barriers::Auto, Barriers::Hints, Barriers::Validate];
    for (mode, picture) in modes.into_iter().zip(auto) {
        stand.renderer.set_barriers(mode);
        assert_eq!(stand.frame()?, picture, "{mode:?}");
    }
    assert_silent(&stand.renderer);
    Ok(())
}

/// What the frame after the first lacks without a barrier, and what the report says of it. Barrier 2 is none of them: 0 and 1
/// chain, and order the copies of one frame after those of the frame before.
const MISSING: [(usize, &str, &str, &str); 4] = [
    (0, "GpuImage<Canvas>", "TRANSFER_SRC_OPTIMAL, expected ATTACHMENT_OPTIMAL", "before  `Paint`"),
    (1, "GpuImage<Canvas>", "after   `Paint` writes at COLOR_ATTACHMENT_OUTPUT", "before  `Save`"),
    (3, "GpuBuffer<Middle>", "after   `Save` writes at COPY / TRANSFER_WRITE", "before  `Out`"),
    (4, "GpuBuffer<Answer>", "after   `Out` writes at COPY / TRANSFER_WRITE", "before  `Out`"),
];

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn each_barrier_that_is_missing_is_reported_and_the_next_frame_works() -> TestResult {
    let expected = pictures(Barriers::Auto)?;
    // In one command buffer the layer would see what is missing before anything is submitted.
    let command_buffers = CommandBuffers::EachPass;
    let mut stand = Stand::new(RendererDesc { command_buffers, ..in_mode(Barriers::Validate) })?;
    assert_eq!(stand.frame()?, expected[0]);
    stand.leave_out([2]);
    assert_eq!(stand.frame()?, expected[1]);
    for (number, resource, first, second) in MISSING {
        stand.leave_out([number]);
        let error = stand.frame().err().ok_or_else(|| format!("without {number} nothing is missing"))?;
        let report = error.to_string();
        for word in ["MISSING BARRIER", resource, first, second, "add a call right before"] {
            assert!(report.contains(word), "without {number}:\n{report}\nlacks\n{word}");
        }
        assert!(matches!(error.downcast_ref(), Some(VkError::MissingBarrier { .. })));
        // Nothing was submitted: the frame can be made again.
        stand.leave_out([]);
        stand.frames = 1;
        assert_eq!(stand.frame()?, expected[1]);
    }
    assert_silent(&stand.renderer);
    Ok(())
}

/// With hints alone the layer is all there is. It does not see the last: a write after a write that waits, and is not made available.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_layer_sees_some_of_what_the_judge_sees() -> TestResult {
    let mut seen = Vec::new();
    for (number, ..) in MISSING {
        let mut stand = Stand::new(in_mode(Barriers::Hints))?;
        stand.frame()?;
        assert_silent(&stand.renderer);
        stand.leave_out([number]);
        stand.frame()?;
        if stand.renderer.messages().count > 0 {
            seen.push(number);
        }
    }
    for number in [0, 1, 3] {
        assert!(seen.contains(&number), "of the barriers that are left out the layer sees {seen:?}");
    }
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_missing_barrier_can_be_a_panic() -> TestResult {
    // In one command buffer the layer would see what is missing before anything is submitted.
    let command_buffers = CommandBuffers::EachPass;
    let desc = RendererDesc { command_buffers, on_missing: OnMissing::Panic, ..in_mode(Barriers::Validate) };
    let mut stand = Stand::new(desc)?;
    stand.leave_out([3]);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| stand.frame().map(|_| ())));
    let payload = panicked.err().ok_or("nothing panicked")?;
    let text = payload.downcast_ref::<String>().ok_or("the panic says something")?;
    assert!(text.contains("MISSING BARRIER: buffer `GpuBuffer<Middle>`"), "{text}");
    stand.leave_out([]);
    stand.frame()?;
    assert_silent(&stand.renderer);
    Ok(())
}

/// Nothing else in the frame needs what they do: the lint names them and no others.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn superfluous_barriers_are_named() -> TestResult {
    #[derive(System)]
    #[reads(GpuBuffer<Middle> as CopySource)]
    #[writes(GpuBuffer<Answer> as CopyDestination)]
    struct Careful;

    impl Run for Careful {
        fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
            let mut cmd = cx.encoder()?;
            let middle = cx.buffer::<Middle>()?;
            let all = scope(S::COMPUTE_SHADER, A::SHADER_STORAGE_WRITE);
            cmd.pipeline_barrier(&[PipelineBarrier::memory(all, all)])?;
            let copied = scope(COPIES, A::TRANSFER_WRITE);
            let copies = scope(COPIES, A::TRANSFER_READ | A::TRANSFER_WRITE);
            cmd.pipeline_barrier(&[PipelineBarrier::memory(copied, copies)])?;
            cmd.copy_buffer(middle, cx.buffer::<Answer>()?)?;
            Ok(())
        }
    }

    #[derive(Schedule)]
    struct Copying {
        fill: (FillSource,),
        #[stage(after = "fill")]
        middle: (ToMiddle,),
        #[stage(after = "middle")]
        out: (Careful,),
    }

    // What other resources wait for, nobody else waits for, too.
    let renderer = renderer_with(RendererDesc { policy: Policy::PerResource, ..RendererDesc::default() })?;
    buffer::<Source>(&renderer, 64)?;
    buffer::<Middle>(&renderer, 64)?;
    readback::<Answer>(&renderer, 64)?;
    let mut schedule = Copying { fill: (FillSource(1),), middle: (ToMiddle,), out: (Careful,) }.schedule()?;
    for _ in 0..3 {
        let open = renderer.begin_frame()?;
        schedule.run_with(&mut World::new(), &open)?;
        let found = open.superfluous_barriers()?;
        let told: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["`Careful`: nothing needs structure 0 of its call 0: all of it"], "{found:#?}");
        assert_eq!(found[0].what, Excess::Structure);
        assert!(open.verdict()?.is_clean());
        renderer.end_frame(open)?;
    }
    assert_silent(&renderer);
    Ok(())
}

/// Moves on with barriers after its commands, on which the next frame rests.
#[derive(System)]
#[writes(GpuBuffer<Source> as Fill)]
struct Trailing {
    barrier: Told,
}

#[derive(Clone, Copy, PartialEq)]
enum Told {
    Recorded,
    PastEncoder,
    TheSameAndNoted,
}

impl Run for Trailing {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let source = cx.buffer::<Source>()?;
        let mut cmd = cx.encoder()?;
        cmd.fill_buffer(source, 0..source.len_bytes(), 7)?;
        let filled = scope(COPIES, A::TRANSFER_WRITE);
        let barrier = [PipelineBarrier::buffer(source, filled, filled)];
        match self.barrier {
            Told::Recorded => cmd.pipeline_barrier(&barrier)?,
            Told::PastEncoder => crate::own_objects::barrier_between_copies(cmd.device(), cmd.raw()),
            Told::TheSameAndNoted => {
                crate::own_objects::barrier_between_copies(cmd.device(), cmd.raw());
                cmd.note_barrier(&barrier)?;
            }
        }
        Ok(())
    }
}

#[derive(Schedule)]
struct Filling {
    fill: (Trailing,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_next_frame_is_judged_from_what_this_one_recorded() -> TestResult {
    for told in [Told::Recorded, Told::PastEncoder, Told::TheSameAndNoted] {
        let renderer = renderer_with(RendererDesc { by_hand: ByHand::Judged, ..RendererDesc::default() })?;
        buffer::<Source>(&renderer, 64)?;
        let mut schedule = Filling { fill: (Trailing { barrier: told },) }.schedule()?;
        let mut world = World::new();
        frame(&renderer, &mut schedule, &mut world)?;
        for _ in 0..6 {
            let next = frame(&renderer, &mut schedule, &mut world);
            assert_eq!(next.is_ok(), told != Told::PastEncoder, "what goes past the encoder is not seen");
        }
        assert_silent(&renderer);
    }
    Ok(())
}

/// Leaves the picture in a layout of its own choice.
#[derive(System)]
#[writes(discard GpuImage<Canvas> as ColorAttachment)]
struct Shown;

impl Run for Shown {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let canvas = cx.image::<Canvas>()?;
        let mut cmd = cx.encoder()?;
        let written = scope(S::COLOR_ATTACHMENT_OUTPUT, A::COLOR_ATTACHMENT_WRITE | A::COLOR_ATTACHMENT_READ);
        let copies = scope(COPIES, A::NONE);
        cmd.pipeline_barrier(&[
            PipelineBarrier::image(canvas, copies, written).layouts(L::UNDEFINED, L::ATTACHMENT_OPTIMAL)
        ])?;
        let colors = [ColorAttachment::clear(canvas, [0.2, 0.4, 0.6, 1.0])];
        drop(cmd.begin_rendering(&RenderingDesc { colors: &colors, ..RenderingDesc::default() })?);
        let read = scope(COPIES, A::TRANSFER_READ);
        cmd.pipeline_barrier(&[
            PipelineBarrier::image(canvas, written, read).layouts(L::ATTACHMENT_OPTIMAL, L::TRANSFER_SRC_OPTIMAL)
        ])?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuImage<Canvas> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct Fetch;

impl Run for Fetch {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (canvas, answer) = (cx.image::<Canvas>()?, cx.buffer::<Answer>()?);
        cx.encoder()?.copy_image_to_buffer(canvas, &ImageRegion::default(), answer, 0)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Showing {
    show: (Shown,),
}

#[derive(Schedule)]
struct Fetching {
    fetch: (Fetch,),
}

/// The planner goes on from the layout that the image is really in, whether anything is judged or not.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_layout_left_by_hand_is_known_in_the_next_frame() -> TestResult {
    for by_hand in [ByHand::Judged, ByHand::Trusted] {
        let renderer = renderer_with(RendererDesc { by_hand, ..RendererDesc::default() })?;
        let usage = vk::ImageUsageFlags::COLOR_ATTACHMENT | vk::ImageUsageFlags::TRANSFER_SRC;
        renderer.create_image::<Canvas>(&ImageDesc::new(4, 4, vk::Format::R8G8B8A8_UNORM, usage))?;
        let answer = readback::<Answer>(&renderer, 64)?;
        let (mut show, mut fetch) = (Showing { show: (Shown,) }.schedule()?, Fetching { fetch: (Fetch,) }.schedule()?);
        let mut world = World::new();
        for _ in 0..3 {
            frame(&renderer, &mut show, &mut world)?;
            let point = frame(&renderer, &mut fetch, &mut world)?;
            assert_eq!(renderer.read_buffer(answer, &point)?, [51, 102, 153, 255].repeat(16));
        }
        assert_silent(&renderer);
    }
    Ok(())
}
