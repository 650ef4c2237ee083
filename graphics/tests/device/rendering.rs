//! Raster passes: a rendering in one go, and in chunks that several threads record.

use std::sync::Arc;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ImageDesc, ViewDesc, VkError, VkRenderer};

use crate::own_objects::Program;
use crate::support::{Answer, SavePicture, TestResult, assert_silent, frame, readback, renderer};

const SIDE: u32 = 16;
const COLOR: vk::Format = vk::Format::R8G8B8A8_UNORM;
const DEPTH: vk::Format = vk::Format::D32_SFLOAT;

struct Canvas;
struct CanvasDepth;

/// How the strips are recorded.
#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    Inline,
    Split,
    Chunks(usize),
}

/// Draws one triangle over everything for each row, from that row down: the last that is drawn shows.
#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<Canvas> as ColorAttachment, discard GpuImage<CanvasDepth> as DepthStencil)]
struct Strips {
    how: How,
    program: Program,
}

/// Its shade is its instance; the instances come nearer.
const STRIPS: &str = "
struct Out { @builtin(position) position: vec4<f32>, @location(0) @interpolate(flat) shade: u32 }
@vertex fn vertex(@builtin(vertex_index) v: u32, @builtin(instance_index) i: u32) -> Out {
    let corner = vec2(f32(v & 1u), f32(v >> 1u)) * 4.0 - 1.0;
    return Out(vec4(corner, 0.9 - f32(i % 32u) * 0.01, 1.0), i);
}
@fragment fn fragment(in: Out) -> @location(0) vec4<f32> {
    return vec4(f32(in.shade) / 255.0, 0.0, 0.0, 1.0);
}";

impl Strips {
    fn draw(&self, rows: std::ops::Range<u32>, rendering: &mut Rendering<'_>) {
        self.program.bind_raster(rendering);
        for row in rows {
            let offset = vk::Offset2D { x: 0, y: row.cast_signed() };
            rendering.set_scissor(vk::Rect2D { offset, extent: vk::Extent2D { width: SIDE, height: SIDE - row } });
            rendering.draw(0..3, row..row + 1);
            // Farther away: the depth test leaves it out.
            rendering.draw(0..3, 32..33);
        }
    }
}

impl Run for Strips {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let colors = [ColorAttachment::clear(cx.image::<Canvas>()?, [1.0; 4])];
        let depth = Some(DepthAttachment::clear(cx.image::<CanvasDepth>()?, 1.0));
        let desc = RenderingDesc { colors: &colors, depth, ..RenderingDesc::default() };
        let mut cmd = cx.encoder()?;
        match self.how {
            How::Inline => self.draw(0..SIDE, &mut cmd.begin_rendering(&desc)?),
            How::Split => {
                // Each row counts for two hundred draws.
                let draws = SIDE as usize * 200;
                cmd.render_split(&desc, draws, |draws, chunk| {
                    self.draw(draws.start.div_ceil(200) as u32..draws.end.div_ceil(200) as u32, chunk);
                    Ok(())
                })?;
            }
            How::Chunks(count) => {
                let rows = SIDE / count.max(1) as u32;
                cmd.render_chunks(&desc, count, |number, chunk| {
                    let first = number as u32 * rows;
                    self.draw(first..first + rows, chunk);
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
}

#[derive(Schedule)]
struct Painting {
    paint: (Strips,),
    #[stage(after = "paint")]
    save: (SavePicture<Canvas>,),
}

fn canvas(renderer: &VkRenderer) -> TestResult {
    use vk::ImageUsageFlags as Usage;
    let usage = Usage::COLOR_ATTACHMENT | Usage::TRANSFER_SRC;
    renderer.create_image::<Canvas>(&ImageDesc::new(SIDE, SIDE, COLOR, usage))?;
    renderer.create_image::<CanvasDepth>(&ImageDesc::new(SIDE, SIDE, DEPTH, Usage::DEPTH_STENCIL_ATTACHMENT))?;
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn chunks_draw_what_one_recording_draws_in_order() -> TestResult {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build()?;
    let expected: Vec<u8> = (0..SIDE as u8).flat_map(|row| [row, 0, 0, 255].repeat(SIDE as usize)).collect();
    for how in [How::Inline, How::Split, How::Chunks(1), How::Chunks(4), How::Chunks(16)] {
        let renderer = Arc::new(renderer()?);
        canvas(&renderer)?;
        let answer = readback::<Answer>(&renderer, u64::from(SIDE * SIDE * 4))?;
        let program = Program::raster(&renderer, STRIPS, COLOR, DEPTH)?;
        let mut schedule =
            Painting { paint: (Strips { how, program },), save: (SavePicture::<Canvas>::new(),) }.schedule()?;
        let mut world = World::new();
        for _ in 0..5 {
            let open = renderer.begin_frame()?;
            pool.install(|| schedule.run_with(&mut world, &open))?;
            let point = renderer.end_frame(open)?;
            assert_eq!(renderer.read_buffer(answer, &point)?, expected, "{how:?}");
        }
        assert_silent(&renderer);
    }
    Ok(())
}

/// A chunk that fails is named by the first number that does, and the next frame works.
#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<Canvas> as ColorAttachment)]
struct Tearing {
    fail: bool,
}

impl Run for Tearing {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let colors = [ColorAttachment::clear(cx.image::<Canvas>()?, [0.0; 4])];
        let desc = RenderingDesc { colors: &colors, ..RenderingDesc::default() };
        let fail = std::mem::take(&mut self.fail);
        cx.encoder()?.render_chunks(&desc, 8, |number, _| match (fail, number) {
            (true, 3..) => Err(format!("chunk {number} has torn").into()),
            (_, _) => Ok(()),
        })
    }
}

#[derive(Schedule)]
struct Torn {
    tear: (Tearing,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_first_chunk_that_fails_is_reported() -> TestResult {
    let renderer = renderer()?;
    canvas(&renderer)?;
    let mut schedule = Torn { tear: (Tearing { fail: true },) }.schedule()?;
    let mut world = World::new();
    let open = renderer.begin_frame()?;
    let text = schedule.run_with(&mut world, &open).map_err(|error| error.to_string());
    assert!(text.as_ref().is_err_and(|text| text.contains("chunk 3 has torn")), "{text:?}");
    drop(open);
    frame(&renderer, &mut schedule, &mut world)?;
    assert_silent(&renderer);
    Ok(())
}

/// Asks for a rendering without attachments.
#[derive(System, AutoBarriers)]
#[writes(discard GpuImage<Canvas> as ColorAttachment)]
struct Nowhere {
    split: bool,
}

impl Run for Nowhere {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (mut cmd, desc) = (cx.encoder()?, RenderingDesc::default());
        if self.split {
            cmd.render_split(&desc, 4, |_, _| Ok(()))?;
        }
        cmd.render_chunks(&desc, 4, |_, _| Ok(()))
    }
}

#[derive(Schedule)]
struct Lost {
    draw: (Nowhere,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn what_no_rendering_is_fails_where_it_was_asked_for() -> TestResult {
    for split in [false, true] {
        let renderer = renderer()?;
        canvas(&renderer)?;
        let mut schedule = Lost { draw: (Nowhere { split },) }.schedule()?;
        let text = frame(&renderer, &mut schedule, &mut World::new()).err().map(|error| error.to_string());
        let is_here = |text: &String| text.contains("`Nowhere` failed") && text.contains(concat!("(", file!(), ":"));
        assert!(text.as_ref().is_some_and(is_here), "split: {split}: {text:?}");
    }
    Ok(())
}

struct Mips;

/// Tries what no rendering is.
#[derive(System, AutoBarriers)]
#[writes(GpuImage<Canvas> as ColorAttachment, GpuImage<Mips>[mip = 0] as ColorAttachment)]
struct Wrong {
    undeclared: GpuImage<CanvasDepth>,
    said: Arc<std::sync::Mutex<Vec<String>>>,
}

impl Run for Wrong {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (canvas, mips) = (cx.image::<Canvas>()?, cx.image::<Mips>()?);
        let mut cmd = cx.encoder()?;
        let area =
            vk::Rect2D { offset: vk::Offset2D { x: 10, y: 0 }, extent: vk::Extent2D { width: SIDE, height: SIDE } };
        let (on_canvas, on_mips) = ([ColorAttachment::new(canvas)], [ColorAttachment::new(mips)]);
        let depth = Some(DepthAttachment::new(self.undeclared));
        let descs = [
            RenderingDesc::default(),
            RenderingDesc { colors: &on_canvas, area: Some(area), ..RenderingDesc::default() },
            RenderingDesc { colors: &on_canvas, depth, ..RenderingDesc::default() },
            RenderingDesc { colors: &on_mips, ..RenderingDesc::default() },
        ];
        for desc in descs {
            let error = cmd.begin_rendering(&desc).map_or_else(|error| error.to_string(), |_| String::new());
            self.said.lock().map_err(|_| "the lock is poisoned")?.push(error);
        }
        Ok(())
    }
}

#[derive(Schedule)]
struct Mistakes {
    wrong: (Wrong,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn attachments_are_declared_and_of_one_mip_level() -> TestResult {
    let renderer = renderer()?;
    canvas(&renderer)?;
    let usage = vk::ImageUsageFlags::COLOR_ATTACHMENT;
    let mips = renderer.create_image::<Mips>(&ImageDesc { mips: 2, ..ImageDesc::new(SIDE, SIDE, COLOR, usage) })?;
    let view = renderer.view(mips, &ViewDesc { mips: 1.into(), ..ViewDesc::default() })?;
    assert_eq!(view.extent(), vk::Extent2D { width: SIDE / 2, height: SIDE / 2 });
    assert_eq!(renderer.view(mips, &ViewDesc { mips: 1.into(), ..ViewDesc::default() })?, view, "it is kept");
    let outside = renderer.view(mips, &ViewDesc { mips: 2.into(), ..ViewDesc::default() });
    assert!(matches!(outside, Err(VkError::BadDesc { .. })));
    let undeclared = renderer.find_image::<CanvasDepth>(0).ok_or("it is there")?;
    let said = Arc::default();
    let mut schedule = Mistakes { wrong: (Wrong { undeclared, said: Arc::clone(&said) },) }.schedule()?;
    frame(&renderer, &mut schedule, &mut World::new())?;
    let said = said.lock().map_err(|_| "the lock is poisoned")?.join("\n");
    let depth = format!("image {:?}", undeclared.raw());
    let expected = [
        "begin_rendering: there is no attachment".to_owned(),
        "begin_rendering: the area Rect2D { offset: Offset2D { x: 10, y: 0 }, extent: Extent2D { width: 16, height: 16 } } is not inside 16 x 16".to_owned(),
        format!("`Wrong` does not declare `{depth}` as an attachment; add it to `#[reads(..)]` or `#[writes(..)]` of `Wrong`"),
        "begin_rendering: `GpuImage<Mips>` has 2 mip levels; render to a view of one of them".to_owned(),
    ];
    assert_eq!(said, expected.join("\n"));
    assert_silent(&renderer);
    Ok(())
}
