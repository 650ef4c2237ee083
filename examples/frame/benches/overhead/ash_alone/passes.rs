//! The commands of each pass.

use std::ffi::CStr;

use ash::vk;

use super::{ByHand, HostData, PARTICLES, Staging};
use crate::gpu::{InTurns, Program, Programs};
use crate::layout::{Draw, GLOW_LEVELS, TILE, WORKGROUP};
use crate::options::Size;
use crate::sun::SHADOW_SIDE;

/// The place of the pass of many draws among all.
const DRAWS: usize = 25;

impl ByHand<'_> {
    /// Returns the place of a pass among those that there can be.
    fn place(&self, pass: usize) -> usize {
        if pass < DRAWS || self.draws > 0 { pass } else { pass + 1 }
    }

    pub fn name(&self, pass: usize) -> &'static CStr {
        NAMES[self.place(pass)]
    }

    pub fn pass(
        &self,
        commands: vk::CommandBuffer,
        pass: usize,
        turn: usize,
        (data, staging): (&HostData<'_>, &Staging),
    ) {
        let Programs { simulate, animate, cull, shadow, gbuffer, light, .. } = &self.gpu.programs;
        let Programs { accumulate, brighten, downsample, spread, upsample, .. } = &self.gpu.programs;
        let list = |count: u32| [count.div_ceil(WORKGROUP), 1, 1];
        let image = |size: Size| [size.width.div_ceil(TILE), size.height.div_ceil(TILE), 1];
        let (objects, glow) = (self.meshes.objects, self.size.glow());
        match self.place(pass) {
            0 => self.upload(commands, data, staging),
            1 => self.dispatch(commands, *simulate, list(PARTICLES)),
            2 => self.dispatch(commands, *animate, list(objects)),
            pass @ 3..=5 => self.dispatch(commands, cull[pass - 3], list(objects)),
            pass @ (6 | 7) => self.shadow(commands, shadow[pass - 6].program, pass - 6),
            8 => self.surfaces(commands, *gbuffer),
            9 => self.dispatch(commands, *light, image(self.size)),
            10 => self.transparent(commands, data.motes),
            11 => self.dispatch(commands, self.turn(*accumulate, turn), image(self.size)),
            12 => self.dispatch(commands, self.turn(*brighten, turn), image(glow)),
            pass @ 13..=17 => self.dispatch(commands, downsample[pass - 13], image(glow.level(pass as u32 - 12))),
            18 => self.dispatch(commands, *spread, image(glow.level(GLOW_LEVELS - 1))),
            pass @ 19..=23 => self.dispatch(commands, upsample[23 - pass], image(glow.level(23 - pass as u32))),
            24 => self.tonemap(commands, turn),
            DRAWS => self.many_draws(commands, turn),
            _ => self.read_back(commands),
        }
    }

    fn turn(&self, program: InTurns, turn: usize) -> Program {
        program.turn(self.gpu.contents.history[turn])
    }

    fn upload(&self, commands: vk::CommandBuffer, data: &HostData<'_>, staging: &Staging) {
        let mut at = 0;
        for (bytes, buffer) in data.bytes.iter().zip(&self.destinations) {
            // SAFETY: the staging buffer is long enough for all of them.
            let to = unsafe { staging.mapped.add(at) };
            // SAFETY: as above; the device is done with it.
            unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
            let region = vk::BufferCopy { src_offset: at as u64, dst_offset: 0, size: bytes.len() as u64 };
            // SAFETY: the commands are recording outside rendering, the bytes lie inside both buffers.
            unsafe { self.device.cmd_copy_buffer(commands, staging.buffer, *buffer, &[region]) };
            at += bytes.len().next_multiple_of(16);
        }
    }

    fn dispatch(&self, commands: vk::CommandBuffer, program: Program, [x, y, z]: [u32; 3]) {
        self.bind(commands, vk::PipelineBindPoint::COMPUTE, program);
        // SAFETY: the program is bound, the commands are recording outside rendering.
        unsafe { self.device.cmd_dispatch(commands, x, y, z) };
    }

    fn bind(&self, commands: vk::CommandBuffer, point: vk::PipelineBindPoint, program: Program) {
        // SAFETY: program and commands are of this device; so it is below.
        unsafe { self.device.cmd_bind_pipeline(commands, point, program.pipeline) };
        // SAFETY: as above.
        unsafe { self.device.cmd_bind_descriptor_sets(commands, point, program.layout, 0, &[program.set], &[]) };
    }

    /// Begins to render; the viewport is the whole picture.
    fn render(
        &self,
        commands: vk::CommandBuffer,
        colors: &[vk::RenderingAttachmentInfo<'_>],
        depth: Option<&vk::RenderingAttachmentInfo<'_>>,
        size: Size,
    ) {
        let extent = vk::Extent2D { width: size.width, height: size.height };
        let area = vk::Rect2D { offset: vk::Offset2D::default(), extent };
        let mut info = vk::RenderingInfo::default().render_area(area).layer_count(1).color_attachments(colors);
        if let Some(depth) = depth {
            info = info.depth_attachment(depth);
        }
        // SAFETY: recording outside rendering; the attachments are alive and in these layouts.
        unsafe { self.device.cmd_begin_rendering(commands, &info) };
        let (width, height) = (size.width as f32, size.height as f32);
        let viewport = vk::Viewport { x: 0.0, y: 0.0, width, height, min_depth: 0.0, max_depth: 1.0 };
        // SAFETY: recording; so it is below.
        unsafe { self.device.cmd_set_viewport(commands, 0, &[viewport]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_set_scissor(commands, 0, &[area]) };
    }

    fn draw_meshes(&self, commands: vk::CommandBuffer, program: Program, draws: vk::Buffer) {
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, program);
        // SAFETY: inside rendering, with the program bound; buffers and draws lie inside what they name; so it is below.
        unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[self.meshes.vertices], &[0]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_bind_index_buffer(commands, self.meshes.indices, 0, vk::IndexType::UINT32) };
        let stride = size_of::<Draw>() as u32;
        // SAFETY: as above.
        unsafe { self.device.cmd_draw_indexed_indirect(commands, draws, 0, self.meshes.opaque, stride) };
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn shadow(&self, commands: vk::CommandBuffer, program: Program, cascade: usize) {
        let contents = &self.gpu.contents;
        let depth = cleared(contents.cascades[cascade].raw());
        self.render(commands, &[], Some(&depth), Size { width: SHADOW_SIDE, height: SHADOW_SIDE });
        self.draw_meshes(commands, program, contents.draws[cascade + 1].raw());
    }

    fn surfaces(&self, commands: vk::CommandBuffer, program: Program) {
        let contents = &self.gpu.contents;
        let colors = [over(contents.albedo.view()), over(contents.normal.view())];
        self.render(commands, &colors, Some(&cleared(contents.depth.view())), self.size);
        self.draw_meshes(commands, program, contents.draws[0].raw());
    }

    fn transparent(&self, commands: vk::CommandBuffer, motes: u32) {
        let (contents, programs) = (&self.gpu.contents, &self.gpu.programs);
        let color = attachment(contents.light.view(), vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .load_op(vk::AttachmentLoadOp::LOAD)
            .store_op(vk::AttachmentStoreOp::STORE);
        let depth = attachment(contents.depth.view(), vk::ImageLayout::READ_ONLY_OPTIMAL)
            .load_op(vk::AttachmentLoadOp::LOAD)
            .store_op(vk::AttachmentStoreOp::NONE);
        self.render(commands, &[color], Some(&depth), self.size);
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, programs.dust);
        // SAFETY: inside rendering, with the program bound; the vertices lie inside the buffer; so it is below.
        unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[self.meshes.dust], &[0]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_draw(commands, motes, 1, 0, 0) };
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, programs.sparks);
        // SAFETY: as above.
        unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[contents.particles.raw()], &[0]) };
        // SAFETY: as above.
        unsafe { self.device.cmd_draw(commands, 4, PARTICLES, 0, 0) };
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn tonemap(&self, commands: vk::CommandBuffer, turn: usize) {
        let program = self.turn(self.gpu.programs.tonemap, turn);
        self.render(commands, &[over(self.gpu.contents.picture.view())], None, self.size);
        self.bind(commands, vk::PipelineBindPoint::GRAPHICS, program);
        // SAFETY: inside rendering, with the program bound; so it is below.
        unsafe { self.device.cmd_draw(commands, 3, 1, 0, 0) };
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn many_draws(&self, commands: vk::CommandBuffer, turn: usize) {
        let program = self.turn(self.gpu.programs.tonemap, turn);
        let color = attachment(self.gpu.contents.picture.view(), vk::ImageLayout::ATTACHMENT_OPTIMAL)
            .load_op(vk::AttachmentLoadOp::LOAD)
            .store_op(vk::AttachmentStoreOp::STORE);
        self.render(commands, &[color], None, self.size);
        let pixel = vk::Rect2D { offset: vk::Offset2D::default(), extent: vk::Extent2D { width: 1, height: 1 } };
        // SAFETY: recording; so it is below.
        unsafe { self.device.cmd_set_scissor(commands, 0, &[pixel]) };
        let point = vk::PipelineBindPoint::GRAPHICS;
        // SAFETY: program and commands are of this device; so it is below.
        unsafe { self.device.cmd_bind_pipeline(commands, point, program.pipeline) };
        for _ in 0..self.draws {
            // SAFETY: as above.
            unsafe { self.device.cmd_bind_descriptor_sets(commands, point, program.layout, 0, &[program.set], &[]) };
            // SAFETY: as above.
            unsafe { self.device.cmd_bind_vertex_buffers(commands, 0, &[self.meshes.vertices], &[0]) };
            // SAFETY: inside rendering, with the program bound; so it is below.
            unsafe { self.device.cmd_draw(commands, 3, 1, 0, 0) };
        }
        // SAFETY: as above.
        unsafe { self.device.cmd_end_rendering(commands) };
    }

    fn read_back(&self, commands: vk::CommandBuffer) {
        let contents = &self.gpu.contents;
        let layers = vk::ImageSubresourceLayers::default().aspect_mask(vk::ImageAspectFlags::COLOR).layer_count(1);
        let extent = vk::Extent3D { width: self.size.width, height: self.size.height, depth: 1 };
        let region = vk::BufferImageCopy::default().image_subresource(layers).image_extent(extent);
        let layout = vk::ImageLayout::TRANSFER_SRC_OPTIMAL;
        let (picture, out) = (contents.picture.raw(), contents.picture_out.raw());
        // SAFETY: recording outside rendering; the image is in this layout, the buffer as long as the picture.
        unsafe { self.device.cmd_copy_image_to_buffer(commands, picture, layout, out, &[region]) };
    }
}

fn attachment(view: vk::ImageView, layout: vk::ImageLayout) -> vk::RenderingAttachmentInfo<'static> {
    vk::RenderingAttachmentInfo::default().image_view(view).image_layout(layout)
}

/// A colour attachment that is drawn over.
fn over(view: vk::ImageView) -> vk::RenderingAttachmentInfo<'static> {
    attachment(view, vk::ImageLayout::ATTACHMENT_OPTIMAL)
        .load_op(vk::AttachmentLoadOp::DONT_CARE)
        .store_op(vk::AttachmentStoreOp::STORE)
}

/// A depth attachment that is cleared.
fn cleared(view: vk::ImageView) -> vk::RenderingAttachmentInfo<'static> {
    let depth_stencil = vk::ClearDepthStencilValue { depth: 1.0, stencil: 0 };
    attachment(view, vk::ImageLayout::ATTACHMENT_OPTIMAL)
        .load_op(vk::AttachmentLoadOp::CLEAR)
        .store_op(vk::AttachmentStoreOp::STORE)
        .clear_value(vk::ClearValue { depth_stencil })
}

/// The labels of the passes.
const NAMES: [&CStr; 27] = [
    c"UploadFrame",
    c"SimulateParticles",
    c"AnimateObjects",
    c"CullObjects",
    c"CullObjects#1",
    c"CullObjects#2",
    c"DrawShadow",
    c"DrawShadow#1",
    c"DrawSurfaces",
    c"LightSurfaces",
    c"DrawTransparent",
    c"Accumulate",
    c"Brighten",
    c"Downsample",
    c"Downsample#1",
    c"Downsample#2",
    c"Downsample#3",
    c"Downsample#4",
    c"Spread",
    c"Upsample",
    c"Upsample#1",
    c"Upsample#2",
    c"Upsample#3",
    c"Upsample#4",
    c"Tonemap",
    c"ManyDraws",
    c"ReadBack",
];
