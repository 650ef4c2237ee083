//! What random schedules do: each operation as a system.

use std::sync::Arc;

use ash::vk;
use fencewright::Stage;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{ColorAttachment, GpuImageView, RenderingDesc};

use super::model::{BUFFERS, Data, Place, Tile, WORDS, places};
use crate::own_objects::Program;
use crate::support::Answer;

#[derive(System, AutoBarriers, Clone, Debug)]
#[queue(transfer)]
#[writes(GpuBuffer<Data>[instance = self.to, bytes = self.start * 4..self.end * 4] as Fill)]
pub(crate) struct Fill {
    pub(crate) to: u32,
    pub(crate) start: u64,
    pub(crate) end: u64,
    pub(crate) word: u32,
}

impl Run for Fill {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.fill_buffer(cx.buffer::<Data>()?, self.start * 4..self.end * 4, self.word)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers, Clone, Debug)]
#[queue(transfer)]
#[reads(GpuBuffer<Data>[instance = self.from, bytes = self.start * 4..(self.start + self.len) * 4] as CopySource)]
#[writes(GpuBuffer<Data>[instance = self.to, bytes = self.target * 4..(self.target + self.len) * 4] as CopyDestination)]
pub(crate) struct Copy {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) start: u64,
    pub(crate) len: u64,
    pub(crate) target: u64,
}

impl Run for Copy {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (from, to) = (cx.buffer_at::<Data>(self.from)?, cx.buffer_at::<Data>(self.to)?);
        let bytes = self.start * 4..(self.start + self.len) * 4;
        cx.encoder()?.copy_bytes(from, bytes, to, self.target * 4)?;
        Ok(())
    }
}

/// Adds the words of one buffer to those of another.
#[derive(System, AutoBarriers, Clone)]
#[queue(compute)]
#[reads(GpuBuffer<Data>[instance = self.from] as ComputeStorage)]
#[writes(GpuBuffer<Data>[instance = self.to] as ComputeStorage)]
pub(crate) struct Add {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) program: Arc<Program>,
}

pub(crate) const ADD: &str = "
@group(0) @binding(0) var<storage, read> addend: array<u32>;
@group(0) @binding(1) var<storage, read_write> sums: array<u32>;
@compute @workgroup_size(16) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    sums[id.x] += addend[id.x];
}";

impl std::fmt::Debug for Add {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Add {{ from: {}, to: {} }}", self.from, self.to)
    }
}

impl Run for Add {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        self.program.bind_compute(&mut cmd);
        cmd.dispatch(1, 1, 1);
        Ok(())
    }
}

/// Renders a square of one colour into a corner.
#[derive(System, AutoBarriers, Clone, Debug)]
#[writes(GpuImage<Tile>[instance = self.place.tile, mip = self.place.mip, layer = self.place.layer] as ColorAttachment)]
pub(crate) struct Paint {
    pub(crate) place: Place,
    pub(crate) view: GpuImageView,
    pub(crate) word: u32,
    pub(crate) side: usize,
}

impl Run for Paint {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        let colors = [ColorAttachment::clear(self.view, [self.word, 0, 0, 0])];
        let extent = vk::Extent2D { width: self.side as u32, height: self.side as u32 };
        let area = Some(vk::Rect2D { offset: vk::Offset2D::default(), extent });
        cmd.begin_rendering(&RenderingDesc { colors: &colors, area, ..RenderingDesc::default() })?;
        Ok(())
    }
}

#[derive(System, AutoBarriers, Clone, Debug)]
#[writes(GpuImage<Tile>[instance = self.tile, mip = self.mip] as Clear)]
pub(crate) struct Clear {
    pub(crate) tile: u32,
    pub(crate) mip: u32,
    pub(crate) word: u32,
}

impl Run for Clear {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.clear_color(cx.image::<Tile>()?, [self.word, 0, 0, 0])?;
        Ok(())
    }
}

#[derive(System, AutoBarriers, Clone, Debug)]
#[reads(GpuImage<Tile>[instance = self.from.tile, mip = self.from.mip, layer = self.from.layer] as CopySource)]
#[writes(GpuImage<Tile>[instance = self.to.tile, mip = self.to.mip, layer = self.to.layer] as CopyDestination)]
pub(crate) struct CopyTile {
    pub(crate) from: Place,
    pub(crate) to: Place,
}

impl Run for CopyTile {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (from, to) = (cx.image_at::<Tile>(self.from.tile)?, cx.image_at::<Tile>(self.to.tile)?);
        cx.encoder()?.copy_image(from, &self.from.region(), to, &self.to.region())?;
        Ok(())
    }
}

#[derive(System, AutoBarriers, Clone, Debug)]
#[reads(GpuImage<Tile>[instance = self.from.tile, mip = self.from.mip, layer = self.from.layer] as CopySource)]
#[writes(GpuBuffer<Data>[instance = self.to] as CopyDestination)]
pub(crate) struct Pack {
    pub(crate) from: Place,
    pub(crate) to: u32,
}

impl Run for Pack {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (from, to) = (cx.image::<Tile>()?, cx.buffer::<Data>()?);
        cx.encoder()?.copy_image_to_buffer(from, &self.from.region(), to, 0)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers, Clone, Debug)]
#[reads(GpuBuffer<Data>[instance = self.from] as CopySource)]
#[writes(GpuImage<Tile>[instance = self.to.tile, mip = self.to.mip, layer = self.to.layer] as CopyDestination)]
pub(crate) struct Unpack {
    pub(crate) from: u32,
    pub(crate) to: Place,
}

impl Run for Unpack {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (from, to) = (cx.buffer::<Data>()?, cx.image::<Tile>()?);
        cx.encoder()?.copy_buffer_to_image(from, 0, to, &self.to.region())?;
        Ok(())
    }
}

/// Copies everything to the answer.
#[derive(System, AutoBarriers)]
#[reads(
    GpuBuffer<Data>[instance = 0] as CopySource, GpuBuffer<Data>[instance = 1] as CopySource,
    GpuBuffer<Data>[instance = 2] as CopySource, GpuImage<Tile>[instance = 0] as CopySource,
    GpuImage<Tile>[instance = 1] as CopySource,
)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
pub(crate) struct Collect;

impl Run for Collect {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let answer = cx.buffer::<Answer>()?;
        let mut cmd = cx.encoder()?;
        let mut offset = 0;
        for buffer in 0..BUFFERS {
            cmd.copy_bytes(cx.buffer_at::<Data>(buffer)?, 0..WORDS as u64 * 4, answer, offset)?;
            offset += WORDS as u64 * 4;
        }
        for place in places() {
            cmd.copy_image_to_buffer(cx.image_at::<Tile>(place.tile)?, &place.region(), answer, offset)?;
            offset += place.texels() as u64 * 4;
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Operation {
    Fill(Fill),
    Copy(Copy),
    Add(Add),
    Paint(Paint),
    Clear(Clear),
    CopyTile(CopyTile),
    Pack(Pack),
    Unpack(Unpack),
}

impl Operation {
    pub(crate) fn in_stage(self, stage: Stage) -> Stage {
        match self {
            Self::Fill(system) => stage.system(system),
            Self::Copy(system) => stage.system(system),
            Self::Add(system) => stage.system(system),
            Self::Paint(system) => stage.system(system),
            Self::Clear(system) => stage.system(system),
            Self::CopyTile(system) => stage.system(system),
            Self::Pack(system) => stage.system(system),
            Self::Unpack(system) => stage.system(system),
        }
    }
}
