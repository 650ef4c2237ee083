//! The buffers that draws name: what the system declares in `reads`, in one part or in several together, and nothing else.

use std::sync::{Arc, Mutex};

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, GpuBuffer, ImageDesc, Memory, VkError};

use crate::own_objects::Program;
use crate::support::{TestResult, assert_silent, frame, renderer};

const FORMAT: vk::Format = vk::Format::R8G8B8A8_UNORM;
const DEPTH: vk::Format = vk::Format::D32_SFLOAT;

/// The length of each buffer.
const LEN: u64 = 64;
/// The length of a `VkDrawIndirectCommand`.
const COMMAND: u64 = 16;

const TRIANGLE: &str = "
@vertex fn vertex(@builtin(vertex_index) v: u32) -> @builtin(position) vec4<f32> {
    return vec4(f32(v & 1u), f32(v >> 1u), 0.5, 1.0);
}
@fragment fn fragment() -> @location(0) vec4<f32> { return vec4(1.0); }";

struct Paper;
struct PaperDepth;
struct CornerVertexData;
struct CornerIndexData;
struct IndirectDraws;
/// Written by the pass, and not read.
struct Marks;
/// Of another system.
struct StrangeVertexData;

/// What a command was answered.
type Answers = Arc<Mutex<Vec<(&'static str, Result<(), VkError>)>>>;

#[derive(System, AutoBarriers)]
#[reads(
    GpuBuffer<CornerVertexData>[bytes = 0..24],
    GpuBuffer<CornerVertexData>[bytes = 24..48],
    GpuBuffer<CornerIndexData>,
    GpuBuffer<IndirectDraws>[bytes = 0..COMMAND],
    GpuBuffer<IndirectDraws>[bytes = COMMAND..2 * COMMAND]
)]
#[writes(
    GpuBuffer<Marks> as FragmentStorageWrite,
    discard GpuImage<Paper> as ColorAttachment,
    discard GpuImage<PaperDepth> as DepthStencil
)]
struct Ask {
    program: Program,
    strange: GpuBuffer<StrangeVertexData>,
    answers: Answers,
}

impl Run for Ask {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (vertices, indices) = (cx.buffer::<CornerVertexData>()?, cx.buffer::<CornerIndexData>()?);
        let (draws, marks) = (cx.buffer::<IndirectDraws>()?, cx.buffer::<Marks>()?);
        let colors = [ColorAttachment::clear(cx.image::<Paper>()?, [0.0; 4])];
        let depth = Some(DepthAttachment::clear(cx.image::<PaperDepth>()?, 1.0));
        let mut cmd = cx.encoder()?;
        let mut pass = cmd.begin_rendering(&RenderingDesc { colors: &colors, depth, ..RenderingDesc::default() })?;
        self.program.bind_raster(&mut pass);
        let stride = COMMAND as u32;
        let answers = [
            ("the first part", pass.bind_vertex_buffer(0, vertices, 0)),
            ("the last byte of the second part", pass.bind_vertex_buffer(0, vertices, 47)),
            ("past the parts", pass.bind_vertex_buffer(0, vertices, 48)),
            ("past the end", pass.bind_vertex_buffer(0, vertices, LEN)),
            ("far past the end", pass.bind_vertex_buffer(0, vertices, u64::MAX)),
            ("the last index", pass.bind_index_buffer(indices, LEN - 2, vk::IndexType::UINT16)),
            ("indices past the end", pass.bind_index_buffer(indices, LEN, vk::IndexType::UINT16)),
            ("written alone", pass.bind_vertex_buffer(0, marks, 0)),
            ("a stranger", pass.bind_vertex_buffer(0, self.strange, 0)),
            ("one draw", pass.draw_indirect(draws, 0, 1, stride)),
            ("a draw of two parts", pass.draw_indirect(draws, COMMAND / 2, 1, stride)),
            ("no draws", pass.draw_indirect(draws, 0, 0, stride)),
            ("three draws", pass.draw_indirect(draws, 0, 3, stride)),
            ("five draws", pass.draw_indirect(draws, 0, 5, stride)),
        ];
        self.answers.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(answers);
        Ok(())
    }
}

#[derive(Schedule)]
struct Asking {
    draw: (Ask,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn draws_name_what_is_declared_in_reads() -> TestResult {
    use vk::BufferUsageFlags as Usage;
    let renderer = Arc::new(renderer()?);
    let desc = |usage| BufferDesc { len_bytes: LEN, usage, memory: Memory::Upload, ..BufferDesc::default() };
    let vertices = renderer.create_buffer::<CornerVertexData>(&desc(Usage::VERTEX_BUFFER))?;
    let indices = renderer.create_buffer::<CornerIndexData>(&desc(Usage::INDEX_BUFFER))?;
    // Zeros draw nothing.
    let draws = renderer.create_buffer::<IndirectDraws>(&desc(Usage::INDIRECT_BUFFER))?;
    renderer.write_buffer(vertices, 0, &[0; LEN as usize])?;
    renderer.write_buffer(indices, 0, &[0; LEN as usize])?;
    renderer.write_buffer(draws, 0, &[0; LEN as usize])?;
    renderer.create_buffer::<Marks>(&desc(Usage::STORAGE_BUFFER | Usage::VERTEX_BUFFER))?;
    let strange = renderer.create_buffer::<StrangeVertexData>(&desc(Usage::VERTEX_BUFFER))?;
    renderer.create_image::<Paper>(&ImageDesc::new(4, 4, FORMAT, vk::ImageUsageFlags::COLOR_ATTACHMENT))?;
    renderer.create_image::<PaperDepth>(&ImageDesc::new(4, 4, DEPTH, vk::ImageUsageFlags::DEPTH_STENCIL_ATTACHMENT))?;
    let answers = Answers::default();
    let program = Program::raster(&renderer, TRIANGLE, FORMAT, DEPTH)?;
    let ask = Ask { program, strange, answers: Arc::clone(&answers) };
    let mut schedule = Asking { draw: (ask,) }.schedule()?;
    frame(&renderer, &mut schedule, &mut World::new())?;

    let answers = std::mem::take(&mut *answers.lock().map_err(|_| "a panic")?);
    let line = |(what, answer): &(&str, Result<(), VkError>)| match answer {
        Ok(()) => format!("{what}: ok"),
        Err(error) => format!("{what}: {error}"),
    };
    let lines: Vec<_> = answers.iter().map(line).collect();
    assert_eq!(lines.join("\n"), EXPECTED);
    assert_silent(&renderer);
    Ok(())
}

const EXPECTED: &str = "\
the first part: ok
the last byte of the second part: ok
past the parts: `Ask` does not declare bytes 48..49 of `GpuBuffer<CornerVertexData>` in `reads`; widen the part in its declaration, or use less
past the end: bind_vertex_buffer reaches byte 65 of `GpuBuffer<CornerVertexData>`, which has 64
far past the end: bind_vertex_buffer reaches byte 18446744073709551615 of `GpuBuffer<CornerVertexData>`, which has 64
the last index: ok
indices past the end: bind_index_buffer reaches byte 65 of `GpuBuffer<CornerIndexData>`, which has 64
written alone: `Ask` does not declare `GpuBuffer<Marks>` in `reads`; add it to `#[reads(..)]` of `Ask`
a stranger: `Ask` does not declare `GpuBuffer<StrangeVertexData>` in `reads`; add it to `#[reads(..)]` of `Ask`
one draw: ok
a draw of two parts: ok
no draws: ok
three draws: `Ask` does not declare bytes 0..48 of `GpuBuffer<IndirectDraws>` in `reads`; widen the part in its declaration, or use less
five draws: draw_indirect reaches byte 80 of `GpuBuffer<IndirectDraws>`, which has 64";
