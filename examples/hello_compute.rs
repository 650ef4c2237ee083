//! The smallest program on a device: numbers go up, are squared by a compute pass, and come back.
//!
//! ```text
//! cargo run --release --example hello_compute
//! ```
//!
//! No barrier is written by hand. Exits with 1, and says what to install, where there is no Vulkan 1.3 driver.
#![allow(unsafe_code, reason = "pipelines and descriptor sets are made with ash, and binding them is a promise")]

use std::error::Error;
use std::process::ExitCode;

use ash::vk;
use fencewright::prelude::*;
use fencewright_examples::println;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, Memory, RendererDesc, VkRenderer};

const COUNT: u32 = 256;

const SHADER: &str = "
    @group(0) @binding(0) var<storage, read_write> numbers: array<u32>;

    @compute @workgroup_size(64)
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
        numbers[id.x] = numbers[id.x] * numbers[id.x];
    }";

// Markers that name GPU contents. These names say nothing of a usage, so the declarations do, by `as`.
struct Numbers;
struct Answer;

/// Copies from the CPU; the bytes go through upload memory of the frame.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Numbers> as CopyDestination)]
struct Upload {
    numbers: Vec<u8>,
}

impl Run for Upload {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.upload_buffer(cx.buffer::<Numbers>()?, 0, &self.numbers)?;
        Ok(())
    }
}

/// Reads and writes in a compute shader.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Numbers> as ComputeStorage)]
struct Square {
    program: Program,
}

impl Run for Square {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut commands = cx.encoder()?; // of a compute pass: it can dispatch, and neither draw nor copy
        // SAFETY: of this device, and alive until it is done with the frame; it touches `Numbers` alone.
        unsafe { commands.bind_pipeline(self.program.pipeline) };
        // SAFETY: layout and set fit the pipeline, and live as long; the set names `Numbers` alone.
        unsafe { commands.bind_descriptor_sets(self.program.layout, 0, &[self.program.set], &[]) };
        commands.dispatch(COUNT / 64, 1, 1);
        Ok(())
    }
}

/// Copies to memory that the CPU reads.
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Numbers> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct Download;

impl Run for Download {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Numbers>()?, cx.buffer::<Answer>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    upload: (Upload,),
    #[stage(after = "upload")]
    compute: (Square,),
    #[stage(after = "compute")]
    download: (Download,),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let renderer = VkRenderer::headless(RendererDesc::default())?;
    println!("On {}.\n", renderer.device_info().name);

    // Resources are found by their markers; their flags are those that the declared usages need.
    let len_bytes = u64::from(COUNT) * 4;
    let numbers = renderer.create_buffer::<Numbers>(&BufferDesc {
        len_bytes,
        usage: vk::BufferUsageFlags::TRANSFER_DST
            | vk::BufferUsageFlags::STORAGE_BUFFER
            | vk::BufferUsageFlags::TRANSFER_SRC,
        memory: Memory::Device,
        ..BufferDesc::default()
    })?;
    let answer = renderer.create_buffer::<Answer>(&BufferDesc {
        len_bytes,
        usage: vk::BufferUsageFlags::TRANSFER_DST,
        memory: Memory::Readback,
        ..BufferDesc::default()
    })?;

    let program = Program::new(&renderer, numbers)?;

    let mut schedule = Frame {
        upload: (Upload { numbers: (0..COUNT).flat_map(u32::to_le_bytes).collect() },),
        compute: (Square { program },),
        download: (Download,),
    }
    .schedule()?;

    let frame = renderer.begin_frame()?;
    schedule.run_with(&mut World::new(), &frame)?;
    if let Some(plan) = frame.plan() {
        println!("{plan}");
    }
    let point = renderer.end_frame(frame)?;
    renderer.destroy_later(move |device| program.destroy(device)); // when the device is past this frame

    let squares: Vec<u32> = renderer
        .read_buffer(answer, &point)?
        .chunks_exact(4)
        .map(|bytes| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        .collect();
    if let Some(wrong) = (0..COUNT).find(|n| squares[*n as usize] != n * n) {
        return Err(format!("the device says that {wrong} squared is {}", squares[wrong as usize]).into());
    }
    println!("{COUNT} squares came back, the last is {}.", squares[COUNT as usize - 1]);
    Ok(())
}

/// A compute pipeline, and the descriptor set that it is run with.
#[derive(Clone, Copy)]
struct Program {
    pipeline: vk::Pipeline,
    layout: vk::PipelineLayout,
    set_layout: vk::DescriptorSetLayout,
    pool: vk::DescriptorPool,
    set: vk::DescriptorSet,
}

impl Program {
    /// Compiles the shader, and binds `numbers` to it.
    fn new(renderer: &VkRenderer, numbers: GpuBuffer<Numbers>) -> Result<Self, Box<dyn Error>> {
        let code = compile(SHADER)?;
        let device = renderer.device();
        let bindings = [vk::DescriptorSetLayoutBinding::default()
            .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
            .descriptor_count(1)
            .stage_flags(vk::ShaderStageFlags::COMPUTE)];
        let pool_sizes = [vk::DescriptorPoolSize { ty: vk::DescriptorType::STORAGE_BUFFER, descriptor_count: 1 }];
        let whole = [vk::DescriptorBufferInfo::default().buffer(numbers.raw()).range(vk::WHOLE_SIZE)];

        // SAFETY: all that is named was made from this device just before, and the renderer outlives its use.
        #[allow(clippy::multiple_unsafe_ops_per_block, reason = "one object after another, each from those before it")]
        unsafe {
            let set_layout = device.create_descriptor_set_layout(
                &vk::DescriptorSetLayoutCreateInfo::default().bindings(&bindings),
                None,
            )?;
            let set_layouts = [set_layout];
            let layout = device
                .create_pipeline_layout(&vk::PipelineLayoutCreateInfo::default().set_layouts(&set_layouts), None)?;
            let module = device.create_shader_module(&vk::ShaderModuleCreateInfo::default().code(&code), None)?;
            let stage = vk::PipelineShaderStageCreateInfo::default()
                .stage(vk::ShaderStageFlags::COMPUTE)
                .module(module)
                .name(c"main");
            let pipeline = device
                .create_compute_pipelines(
                    vk::PipelineCache::null(),
                    &[vk::ComputePipelineCreateInfo::default().stage(stage).layout(layout)],
                    None,
                )
                .map_err(|(_, error)| error)?[0];
            device.destroy_shader_module(module, None);

            let pool = device.create_descriptor_pool(
                &vk::DescriptorPoolCreateInfo::default().max_sets(1).pool_sizes(&pool_sizes),
                None,
            )?;
            let set = device.allocate_descriptor_sets(
                &vk::DescriptorSetAllocateInfo::default().descriptor_pool(pool).set_layouts(&set_layouts),
            )?[0];
            let write = vk::WriteDescriptorSet::default()
                .dst_set(set)
                .descriptor_type(vk::DescriptorType::STORAGE_BUFFER)
                .buffer_info(&whole);
            device.update_descriptor_sets(&[write], &[]);
            Ok(Self { pipeline, layout, set_layout, pool, set })
        }
    }

    fn destroy(self, device: &ash::Device) {
        // SAFETY: made from this device, which has finished with all of it; the set goes with its pool.
        #[allow(clippy::multiple_unsafe_ops_per_block, reason = "all of them are this program's alone")]
        unsafe {
            device.destroy_pipeline(self.pipeline, None);
            device.destroy_pipeline_layout(self.layout, None);
            device.destroy_descriptor_pool(self.pool, None);
            device.destroy_descriptor_set_layout(self.set_layout, None);
        }
    }
}

/// Turns WGSL into SPIR-V.
fn compile(wgsl: &str) -> Result<Vec<u32>, Box<dyn Error>> {
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    let module = naga::front::wgsl::parse_str(wgsl)?;
    let info = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module)?;
    Ok(naga::back::spv::write_vec(&module, &info, &naga::back::spv::Options::default(), None)?)
}
