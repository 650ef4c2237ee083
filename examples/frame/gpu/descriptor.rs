//! Descriptor sets: one for each program and each part that it works on, written once.

use ash::vk;

/// One thing that a shader reaches through its set; its binding is its place in the list.
#[derive(Clone, Copy, Debug)]
pub enum Binding {
    Uniform(vk::Buffer),
    /// Some bytes of a buffer: where they start, and how many.
    UniformAt(vk::Buffer, u64, u64),
    Storage(vk::Buffer),
    /// A sampled image, in the layout that sampled reads have.
    Image(vk::ImageView),
    /// An image that is written texel by texel.
    StorageImage(vk::ImageView),
    Sampler(vk::Sampler),
    /// A number that the shader does without.
    Nothing,
}

impl Binding {
    const fn kind(self) -> Option<vk::DescriptorType> {
        Some(match self {
            Self::Nothing => return None,
            Self::Uniform(_) | Self::UniformAt(..) => vk::DescriptorType::UNIFORM_BUFFER,
            Self::Storage(_) => vk::DescriptorType::STORAGE_BUFFER,
            Self::Image(_) => vk::DescriptorType::SAMPLED_IMAGE,
            Self::StorageImage(_) => vk::DescriptorType::STORAGE_IMAGE,
            Self::Sampler(_) => vk::DescriptorType::SAMPLER,
        })
    }
}

/// A set. The pool is the set's alone and takes it along when it goes.
#[derive(Debug)]
pub struct Set {
    pub raw: vk::DescriptorSet,
    pub pool: vk::DescriptorPool,
}

/// Makes the layout of sets with such bindings.
pub fn layout(
    device: &ash::Device,
    stages: vk::ShaderStageFlags,
    bindings: &[Binding],
) -> Result<vk::DescriptorSetLayout, vk::Result> {
    let entry = |(index, binding): (usize, &Binding)| {
        let entry = vk::DescriptorSetLayoutBinding::default().binding(index as u32).descriptor_count(1);
        binding.kind().map(|kind| entry.descriptor_type(kind).stage_flags(stages))
    };
    let entries: Vec<_> = bindings.iter().enumerate().filter_map(entry).collect();
    let info = vk::DescriptorSetLayoutCreateInfo::default().bindings(&entries);
    // SAFETY: the device is alive, and the entries live through the call.
    unsafe { device.create_descriptor_set_layout(&info, None) }
}

/// Makes a set in which every binding is written; sampled images are in the layout `sampled`.
pub fn set(
    device: &ash::Device,
    layout: vk::DescriptorSetLayout,
    sampled: vk::ImageLayout,
    bindings: &[Binding],
) -> Result<Set, vk::Result> {
    let size = |kind| vk::DescriptorPoolSize::default().ty(kind).descriptor_count(1);
    let sizes: Vec<_> = bindings.iter().filter_map(|binding| binding.kind()).map(size).collect();
    let info = vk::DescriptorPoolCreateInfo::default().max_sets(1).pool_sizes(&sizes);
    // SAFETY: the device is alive, and the sizes live through the call.
    let pool = unsafe { device.create_descriptor_pool(&info, None) }?;
    let layouts = [layout];
    let info = vk::DescriptorSetAllocateInfo::default().descriptor_pool(pool).set_layouts(&layouts);
    // SAFETY: pool and layout are of this device, and the pool has room for what the layout holds.
    let raw = unsafe { device.allocate_descriptor_sets(&info) }?[0];
    for (index, &binding) in bindings.iter().enumerate() {
        write(device, raw, index as u32, sampled, binding);
    }
    Ok(Set { raw, pool })
}

fn write(device: &ash::Device, set: vk::DescriptorSet, index: u32, sampled: vk::ImageLayout, binding: Binding) {
    let Some(kind) = binding.kind() else { return };
    let (mut buffer, mut image) = (vk::DescriptorBufferInfo::default(), vk::DescriptorImageInfo::default());
    match binding {
        Binding::Uniform(raw) | Binding::Storage(raw) => buffer = buffer.buffer(raw).range(vk::WHOLE_SIZE),
        Binding::UniformAt(raw, offset, len) => buffer = buffer.buffer(raw).offset(offset).range(len),
        Binding::Image(view) => image = image.image_view(view).image_layout(sampled),
        Binding::StorageImage(view) => image = image.image_view(view).image_layout(vk::ImageLayout::GENERAL),
        Binding::Sampler(sampler) => image = image.sampler(sampler),
        Binding::Nothing => {}
    }
    let (buffers, images) = ([buffer], [image]);
    let write = vk::WriteDescriptorSet::default()
        .dst_set(set)
        .dst_binding(index)
        .descriptor_type(kind)
        .buffer_info(&buffers)
        .image_info(&images);
    // SAFETY: the set is in no command buffer yet; Vulkan reads the one array that the type of the descriptor names, and
    // what it names is of this device.
    unsafe { device.update_descriptor_sets(&[write], &[]) };
}
