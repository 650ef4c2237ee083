//! vk-graph: the graph is built, scheduled and recorded each frame. Parts are what the frame has; attachments are accesses, without
//! a render pass.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ash::vk;
use vk_graph::Graph;
use vk_graph::driver::buffer::{Buffer, BufferInfo};
use vk_graph::driver::device::{Device, DeviceInfo};
use vk_graph::driver::image::{Image, ImageInfo};
use vk_graph::node::{BufferNode, ImageNode};
use vk_graph::pool::lazy::LazyPool;
use vk_sync::AccessType;

use crate::Planner;
use crate::frame::{Frame, Part, RANGE_BYTES};

enum Resource {
    Buffer(Arc<Buffer>),
    Image(Arc<Image>, vk::ImageAspectFlags),
}

#[derive(Clone, Copy)]
enum Node {
    Buffer(BufferNode),
    Image(ImageNode),
}

pub(crate) struct VkGraph {
    pool: LazyPool,
    resources: Vec<Resource>,
    passes: Vec<Vec<(usize, Part, AccessType)>>,
}

impl VkGraph {
    pub(crate) fn new(frame: &Frame) -> Self {
        let device = Device::create(DeviceInfo::default()).expect("a device");
        let is_depth = |index| {
            let uses = frame.passes.iter().flat_map(|pass| &pass.uses);
            uses.filter(|used| used.resource == index).any(|used| used.usage.word.starts_with("depth"))
        };
        let resources = frame.resources.iter().enumerate().map(|(index, resource)| {
            if resource.is_buffer {
                use vk::BufferUsageFlags as U;
                let usage = U::TRANSFER_SRC | U::TRANSFER_DST | U::STORAGE_BUFFER | U::VERTEX_BUFFER | U::INDEX_BUFFER;
                let info = BufferInfo::device_mem(RANGE_BYTES * resource.ranges.len().max(1) as u64, usage);
                return Resource::Buffer(Arc::new(Buffer::create(&device, info).expect("a buffer")));
            }
            use vk::ImageUsageFlags as U;
            let usage = U::TRANSFER_SRC | U::TRANSFER_DST | U::SAMPLED;
            let (format, usage, aspect) = if is_depth(index) {
                (vk::Format::D32_SFLOAT, usage | U::DEPTH_STENCIL_ATTACHMENT, vk::ImageAspectFlags::DEPTH)
            } else {
                (vk::Format::R8G8B8A8_UNORM, usage | U::COLOR_ATTACHMENT | U::STORAGE, vk::ImageAspectFlags::COLOR)
            };
            let info = ImageInfo::image_2d_array(64, 64, resource.layers, format, usage);
            let info = info.into_builder().mip_level_count(resource.mips);
            Resource::Image(Arc::new(Image::create(&device, info).expect("an image")), aspect)
        });
        let resources = resources.collect();
        let passes = frame
            .passes
            .iter()
            .map(|pass| pass.uses.iter().map(|used| (used.resource, used.part, access(&used.usage.word))).collect());
        Self { pool: LazyPool::new(&device), resources, passes: passes.collect() }
    }
}

impl Planner for VkGraph {
    fn name(&self) -> &str {
        "vk-graph 0.14.8"
    }

    fn frame(&mut self) -> (Duration, Duration) {
        let start = Instant::now();
        let mut graph = Graph::default();
        let nodes: Vec<Node> = self
            .resources
            .iter()
            .map(|resource| match resource {
                Resource::Buffer(buffer) => Node::Buffer(graph.bind_resource(buffer)),
                Resource::Image(image, _) => Node::Image(graph.bind_resource(image)),
            })
            .collect();
        for (index, uses) in self.passes.iter().enumerate() {
            let mut command = graph.begin_cmd();
            for (resource, part, access) in uses {
                match (nodes[*resource], &self.resources[*resource]) {
                    (Node::Buffer(node), _) => match part {
                        Part::Range(range) => {
                            let start = u64::from(*range) * RANGE_BYTES;
                            command.set_subresource_access(node, start..start + RANGE_BYTES, *access);
                        }
                        Part::Whole | Part::Mip(_) | Part::Layer(_) => command.set_resource_access(node, *access),
                    },
                    (Node::Image(node), Resource::Image(image, aspect)) => {
                        let all = vk::ImageSubresourceRange::default()
                            .aspect_mask(*aspect)
                            .level_count(image.info.mip_level_count)
                            .layer_count(image.info.array_layer_count);
                        let range = match part {
                            Part::Mip(mip) => all.base_mip_level(*mip).level_count(1),
                            Part::Layer(layer) => all.base_array_layer(*layer).layer_count(1),
                            Part::Whole | Part::Range(_) => all,
                        };
                        command.set_subresource_access(node, range, *access);
                    }
                    (Node::Image(_), Resource::Buffer(_)) => unreachable!("an image is no buffer"),
                }
            }
            let number = index as u32 + 1;
            // SAFETY: the layer drops the work; it is only there to be seen.
            command.record_cmd_mut(move |cmd| unsafe { cmd.device.cmd_dispatch(cmd.handle, number, 1, 1) });
        }
        let mut fence = graph.finalize().queue_submit(&mut self.pool, 0, 0).expect("it is submitted");
        let time = start.elapsed();
        fence.wait().expect("it is done");
        (Duration::ZERO, time)
    }
}

fn access(word: &str) -> AccessType {
    use AccessType as A;
    match word {
        "copy_src" | "blit_src" => A::TransferRead,
        "copy_dst" | "blit_dst" => A::TransferWrite,
        "color_clear" => A::ColorAttachmentWrite,
        "color_blend" => A::ColorAttachmentReadWrite,
        "depth_clear" => A::DepthStencilAttachmentWrite,
        "depth_ro" => A::DepthStencilAttachmentRead,
        "cs_sampled" => A::ComputeShaderReadSampledImageOrUniformTexelBuffer,
        "cs_storage_w" => A::ComputeShaderWrite,
        "cs_storage_rw" => A::ComputeShaderReadWrite,
        "fs_sampled" => A::FragmentShaderReadSampledImageOrUniformTexelBuffer,
        "fs_storage_r" => A::FragmentShaderReadOther,
        "vs_storage_r" => A::VertexShaderReadOther,
        "vertex" => A::VertexBuffer,
        "index" => A::IndexBuffer,
        other => panic!("no access is known for `{other}`"),
    }
}
