//! wgpu: encoded and submitted each frame, with real pipelines, because it learns from them what is used. It knows mip levels and layers, and
//! whole buffers. It has no blits: its frames have draws for them.

use std::time::{Duration, Instant};

use wgpu::util::{BufferInitDescriptor, DeviceExt as _};

use crate::Planner;
use crate::frame::{Frame, Kind, Part, RANGE_BYTES, Use};

enum Resource {
    Buffer(wgpu::Buffer),
    Texture(wgpu::Texture),
}

/// What a pass records.
enum Work {
    Compute { pipeline: wgpu::ComputePipeline, group: wgpu::BindGroup },
    Draw(Box<Draw>),
    CopyBuffer { to: usize, offset: u64 },
    CopyTexture { to: usize },
}

struct Draw {
    pipeline: wgpu::RenderPipeline,
    group: wgpu::BindGroup,
    colors: Vec<(wgpu::TextureView, bool)>,
    depth: Option<(wgpu::TextureView, bool)>,
    vertices: Vec<(usize, u64)>,
    indices: Option<(usize, u64)>,
}

pub(crate) struct Wgpu {
    device: wgpu::Device,
    queue: wgpu::Queue,
    staging: wgpu::Buffer,
    resources: Vec<Resource>,
    passes: Vec<Work>,
}

impl Wgpu {
    pub(crate) fn new(frame: &Frame) -> Self {
        let descriptor = wgpu::InstanceDescriptor {
            backends: wgpu::Backends::VULKAN,
            ..wgpu::InstanceDescriptor::new_without_display_handle()
        };
        let instance = wgpu::Instance::new(descriptor);
        let adapter =
            pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).expect("an adapter");
        let (device, queue) =
            pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor::default())).expect("a device");
        let contents = [0; 4096];
        let staging = BufferInitDescriptor { label: None, contents: &contents, usage: wgpu::BufferUsages::COPY_SRC };
        let staging = device.create_buffer_init(&staging);
        let resources: Vec<Resource> = (0..frame.resources.len()).map(|index| make(frame, index, &device)).collect();
        let passes = (0..frame.passes.len()).map(|pass| work(frame, pass, &device, &resources)).collect();
        Self { device, queue, staging, resources, passes }
    }
}

fn make(frame: &Frame, index: usize, device: &wgpu::Device) -> Resource {
    let resource = &frame.resources[index];
    if resource.is_buffer {
        use wgpu::BufferUsages as U;
        return Resource::Buffer(device.create_buffer(&wgpu::BufferDescriptor {
            label: None,
            size: RANGE_BYTES * resource.ranges.len().max(1) as u64,
            usage: U::COPY_DST | U::STORAGE | U::VERTEX | U::INDEX,
            mapped_at_creation: false,
        }));
    }
    use wgpu::TextureUsages as U;
    let usage = U::COPY_DST | U::TEXTURE_BINDING | U::RENDER_ATTACHMENT;
    let is_depth = is_depth(frame, index);
    Resource::Texture(device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size: wgpu::Extent3d { width: 64, height: 64, depth_or_array_layers: resource.layers },
        mip_level_count: resource.mips,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: if is_depth { wgpu::TextureFormat::Depth32Float } else { wgpu::TextureFormat::R32Float },
        usage: if is_depth { usage } else { usage | U::STORAGE_BINDING },
        view_formats: &[],
    }))
}

fn is_depth(frame: &Frame, index: usize) -> bool {
    let mut uses = frame.passes.iter().flat_map(|pass| &pass.uses);
    uses.any(|used| used.resource == index && used.usage.word.starts_with("depth"))
}

fn view(resources: &[Resource], used: &Use) -> wgpu::TextureView {
    let Resource::Texture(texture) = &resources[used.resource] else { panic!("a buffer has no views") };
    let mut descriptor =
        wgpu::TextureViewDescriptor { dimension: Some(wgpu::TextureViewDimension::D2), ..Default::default() };
    match used.part {
        Part::Mip(mip) => (descriptor.base_mip_level, descriptor.mip_level_count) = (mip, Some(1)),
        Part::Layer(layer) => (descriptor.base_array_layer, descriptor.array_layer_count) = (layer, Some(1)),
        Part::Whole | Part::Range(_) => {}
    }
    texture.create_view(&descriptor)
}

fn offset(part: Part) -> u64 {
    match part {
        Part::Range(range) => u64::from(range) * RANGE_BYTES,
        Part::Whole | Part::Mip(_) | Part::Layer(_) => 0,
    }
}

fn work(frame: &Frame, pass: usize, device: &wgpu::Device, resources: &[Resource]) -> Work {
    let pass = &frame.passes[pass];
    let uses = &pass.uses;
    match pass.kind {
        Kind::Transfer => {
            let used = &uses[0];
            match resources[used.resource] {
                Resource::Buffer(_) => Work::CopyBuffer { to: used.resource, offset: offset(used.part) },
                Resource::Texture(_) => Work::CopyTexture { to: used.resource },
            }
        }
        Kind::Compute => {
            let (layout, group) = group(frame, uses, device, resources, wgpu::ShaderStages::COMPUTE);
            let module = shader(device, "@compute @workgroup_size(1) fn main() {}");
            let descriptor = wgpu::ComputePipelineDescriptor {
                label: None,
                layout: Some(&layout),
                module: &module,
                entry_point: Some("main"),
                compilation_options: Default::default(),
                cache: None,
            };
            Work::Compute { pipeline: device.create_compute_pipeline(&descriptor), group }
        }
        Kind::Raster => Work::Draw(Box::new(draw(frame, uses, device, resources))),
    }
}

fn shader(device: &wgpu::Device, code: &str) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: None,
        source: wgpu::ShaderSource::Wgsl(code.into()),
    })
}

/// Makes what the shaders of a pass are given.
fn group(
    frame: &Frame,
    uses: &[Use],
    device: &wgpu::Device,
    resources: &[Resource],
    all: wgpu::ShaderStages,
) -> (wgpu::PipelineLayout, wgpu::BindGroup) {
    let mut layouts: Vec<wgpu::BindGroupLayoutEntry> = Vec::new();
    let mut views: Vec<(Option<wgpu::TextureView>, usize)> = Vec::new();
    for used in uses {
        let is_buffer = frame.resources[used.resource].is_buffer;
        let storage = |access| wgpu::BindingType::StorageTexture {
            access,
            format: wgpu::TextureFormat::R32Float,
            view_dimension: wgpu::TextureViewDimension::D2,
        };
        let buffer = |read_only| wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Storage { read_only },
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let ty = match used.usage.word.as_str() {
            "cs_sampled" | "fs_sampled" => wgpu::BindingType::Texture {
                sample_type: if is_depth(frame, used.resource) {
                    wgpu::TextureSampleType::Depth
                } else {
                    wgpu::TextureSampleType::Float { filterable: false }
                },
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            "cs_storage_w" | "cs_storage_rw" if is_buffer => buffer(false),
            "cs_storage_w" => storage(wgpu::StorageTextureAccess::WriteOnly),
            "cs_storage_rw" => storage(wgpu::StorageTextureAccess::ReadWrite),
            "fs_storage_r" | "vs_storage_r" => buffer(true),
            _ => continue,
        };
        let visibility = if used.usage.word == "vs_storage_r" { wgpu::ShaderStages::VERTEX } else { all };
        layouts.push(wgpu::BindGroupLayoutEntry { binding: layouts.len() as u32, visibility, ty, count: None });
        views.push(((!is_buffer).then(|| view(resources, used)), used.resource));
    }
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &layouts });
    let entries: Vec<wgpu::BindGroupEntry<'_>> = views
        .iter()
        .enumerate()
        .map(|(binding, (view, resource))| {
            let resource = match (view, &resources[*resource]) {
                (Some(view), _) => wgpu::BindingResource::TextureView(view),
                (None, Resource::Buffer(buffer)) => buffer.as_entire_binding(),
                (None, Resource::Texture(_)) => unreachable!("textures have views"),
            };
            wgpu::BindGroupEntry { binding: binding as u32, resource }
        })
        .collect();
    let group =
        device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout: &layout, entries: &entries });
    let pipeline = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: None,
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    (pipeline, group)
}

fn draw(frame: &Frame, uses: &[Use], device: &wgpu::Device, resources: &[Resource]) -> Draw {
    let (layout, group) = group(frame, uses, device, resources, wgpu::ShaderStages::FRAGMENT);
    let words =
        |words: &'static [&'static str]| uses.iter().filter(move |used| words.contains(&used.usage.word.as_str()));
    let colors: Vec<_> = words(&["color_clear", "color_blend"])
        .map(|used| (view(resources, used), used.usage.word != "color_blend"))
        .collect();
    let depth = words(&["depth_clear", "depth_ro"])
        .next()
        .map(|used| (view(resources, used), used.usage.word == "depth_clear"));
    let vertices: Vec<(usize, u64)> = words(&["vertex"]).map(|used| (used.resource, offset(used.part))).collect();
    let indices = words(&["index"]).next().map(|used| (used.resource, offset(used.part)));
    let outputs: String = (0..colors.len()).map(|index| format!("@location({index}) o{index}: vec4f, ")).collect();
    let fragment = if colors.is_empty() {
        String::new()
    } else {
        format!("struct Out {{ {outputs} }} @fragment fn fs() -> Out {{ return Out(); }}")
    };
    let code = format!("@vertex fn vs() -> @builtin(position) vec4f {{ return vec4f(); }} {fragment}");
    let module = shader(device, &code);
    let attributes: Vec<[wgpu::VertexAttribute; 1]> = (0..vertices.len())
        .map(|index| {
            [wgpu::VertexAttribute { format: wgpu::VertexFormat::Float32, offset: 0, shader_location: index as u32 }]
        })
        .collect();
    let buffers: Vec<Option<wgpu::VertexBufferLayout<'_>>> = attributes
        .iter()
        .map(|attributes| {
            Some(wgpu::VertexBufferLayout { array_stride: 4, step_mode: wgpu::VertexStepMode::Vertex, attributes })
        })
        .collect();
    let target = wgpu::ColorTargetState {
        format: wgpu::TextureFormat::R32Float,
        blend: None,
        write_mask: wgpu::ColorWrites::ALL,
    };
    let targets = vec![Some(target); colors.len()];
    let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: None,
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module: &module,
            entry_point: Some("vs"),
            compilation_options: Default::default(),
            buffers: &buffers,
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: depth.as_ref().map(|(_, writes)| wgpu::DepthStencilState {
            format: wgpu::TextureFormat::Depth32Float,
            depth_write_enabled: Some(*writes),
            depth_compare: Some(wgpu::CompareFunction::Less),
            stencil: Default::default(),
            bias: Default::default(),
        }),
        multisample: wgpu::MultisampleState::default(),
        fragment: (!colors.is_empty()).then(|| wgpu::FragmentState {
            module: &module,
            entry_point: Some("fs"),
            compilation_options: Default::default(),
            targets: &targets,
        }),
        multiview_mask: None,
        cache: None,
    });
    Draw { pipeline, group, colors, depth, vertices, indices }
}

impl Planner for Wgpu {
    fn name(&self) -> &str {
        "wgpu 30.0.2"
    }

    fn frame(&mut self) -> (Duration, Duration) {
        let start = Instant::now();
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for (index, work) in self.passes.iter().enumerate() {
            self.record(&mut encoder, work, index as u32 + 1);
        }
        self.queue.submit([encoder.finish()]);
        let time = start.elapsed();
        self.device.poll(wgpu::PollType::wait_indefinitely()).expect("it is done");
        (Duration::ZERO, time)
    }
}

impl Wgpu {
    fn record(&self, encoder: &mut wgpu::CommandEncoder, work: &Work, number: u32) {
        match work {
            Work::Compute { pipeline, group } => {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, group, &[]);
                pass.dispatch_workgroups(number, 1, 1);
            }
            Work::CopyBuffer { to, offset } => {
                let Resource::Buffer(to) = &self.resources[*to] else { unreachable!("it is a buffer") };
                encoder.copy_buffer_to_buffer(&self.staging, 0, to, *offset, u64::from(number) * 4);
            }
            Work::CopyTexture { to } => {
                let Resource::Texture(to) = &self.resources[*to] else { unreachable!("it is a texture") };
                let from =
                    wgpu::TexelCopyBufferInfo { buffer: &self.staging, layout: wgpu::TexelCopyBufferLayout::default() };
                let size = wgpu::Extent3d { width: number, height: 1, depth_or_array_layers: 1 };
                encoder.copy_buffer_to_texture(from, to.as_image_copy(), size);
            }
            Work::Draw(draw) => self.draw(encoder, draw, number),
        }
    }

    fn draw(&self, encoder: &mut wgpu::CommandEncoder, draw: &Draw, number: u32) {
        let colors: Vec<Option<wgpu::RenderPassColorAttachment<'_>>> = draw
            .colors
            .iter()
            .map(|(view, clears)| {
                let load = if *clears { wgpu::LoadOp::Clear(wgpu::Color::BLACK) } else { wgpu::LoadOp::Load };
                Some(wgpu::RenderPassColorAttachment {
                    view,
                    depth_slice: None,
                    resolve_target: None,
                    ops: wgpu::Operations { load, store: wgpu::StoreOp::Store },
                })
            })
            .collect();
        let depth = draw.depth.as_ref().map(|(view, writes)| wgpu::RenderPassDepthStencilAttachment {
            view,
            depth_ops: writes
                .then_some(wgpu::Operations { load: wgpu::LoadOp::Clear(1.0), store: wgpu::StoreOp::Store }),
            stencil_ops: None,
        });
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &colors,
            depth_stencil_attachment: depth,
            ..Default::default()
        });
        pass.set_pipeline(&draw.pipeline);
        pass.set_bind_group(0, &draw.group, &[]);
        for (slot, (buffer, offset)) in draw.vertices.iter().enumerate() {
            let Resource::Buffer(buffer) = &self.resources[*buffer] else { unreachable!("it is a buffer") };
            pass.set_vertex_buffer(slot as u32, buffer.slice(*offset..offset + RANGE_BYTES));
        }
        match &draw.indices {
            Some((buffer, offset)) => {
                let Resource::Buffer(buffer) = &self.resources[*buffer] else { unreachable!("it is a buffer") };
                pass.set_index_buffer(buffer.slice(*offset..offset + RANGE_BYTES), wgpu::IndexFormat::Uint32);
                pass.draw_indexed(0..number, 0, 0..1);
            }
            None => pass.draw(0..number, 0..1),
        }
    }
}
