//! A compute pass whose dispatches are in secondary command buffers, recorded by several threads: Vulkan allows `vkCmdDispatch` there.

use std::error::Error;
use std::sync::Arc;
use std::thread;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::VkRenderer;
use fencewright_graphics::prelude::*;

use crate::own_objects::{ADD, Program};
use crate::support::{
    Answer, Middle, Source, TestResult, assert_silent, buffer, frame, readback, renderer, save_buffer,
};

/// What the second secondary command buffer adds to.
struct Other;

const WORDS: u32 = 1000;

/// A secondary command buffer in a pool of its own.
struct Secondary {
    renderer: Arc<VkRenderer>,
    pool: vk::CommandPool,
    commands: vk::CommandBuffer,
}

impl Secondary {
    fn new(renderer: &Arc<VkRenderer>) -> Result<Self, Box<dyn Error>> {
        let device = renderer.device();
        let info = vk::CommandPoolCreateInfo::default().queue_family_index(renderer.queue_family());
        // SAFETY: the device is alive.
        let pool = unsafe { device.create_command_pool(&info, None) }?;
        let level = vk::CommandBufferLevel::SECONDARY;
        let info = vk::CommandBufferAllocateInfo::default().command_pool(pool).level(level).command_buffer_count(1);
        // SAFETY: the pool is of this device.
        let commands = unsafe { device.allocate_command_buffers(&info) }?[0];
        Ok(Self { renderer: Arc::clone(renderer), pool, commands })
    }

    /// Records one dispatch. The device is done with what was recorded before.
    fn record(&self, program: &Program) -> Result<(), vk::Result> {
        let device = self.renderer.device();
        // SAFETY: the frames that used it were waited for, and this thread has the pool to itself; so it is below.
        unsafe { device.reset_command_pool(self.pool, vk::CommandPoolResetFlags::empty()) }?;
        let inherited = vk::CommandBufferInheritanceInfo::default();
        let once = vk::CommandBufferUsageFlags::ONE_TIME_SUBMIT;
        let info = vk::CommandBufferBeginInfo::default().flags(once).inheritance_info(&inherited);
        // SAFETY: as above.
        unsafe { device.begin_command_buffer(self.commands, &info) }?;
        program.dispatch_in(device, self.commands, WORDS.div_ceil(64));
        // SAFETY: as above.
        unsafe { device.end_command_buffer(self.commands) }
    }
}

impl Drop for Secondary {
    fn drop(&mut self) {
        let pool = self.pool;
        self.renderer.destroy_later(move |device| {
            // SAFETY: it is of this device, which has finished the frames that used it.
            unsafe { device.destroy_command_pool(pool, None) };
        });
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as ComputeStorage)]
#[writes(GpuBuffer<Middle> as ComputeStorage, GpuBuffer<Other> as ComputeStorage)]
struct AddToBoth {
    halves: [(Program, Secondary); 2],
}

impl Run for AddToBoth {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let cmd = cx.encoder()?;
        thread::scope(|scope| {
            let threads = self.halves.each_ref().map(|(program, secondary)| scope.spawn(|| secondary.record(program)));
            threads.into_iter().try_for_each(|thread| thread.join().unwrap_or(Err(vk::Result::ERROR_UNKNOWN)))
        })?;
        let recorded = self.halves.each_ref().map(|(_, secondary)| secondary.commands);
        // SAFETY: both are complete, and recorded for one submission; the primary one is recording outside rendering.
        unsafe { cmd.device().cmd_execute_commands(cmd.raw(), &recorded) };
        Ok(())
    }
}

save_buffer!(SaveMiddle, Middle);
save_buffer!(SaveOther, Other);

/// Fills both with a word.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as Fill, GpuBuffer<Middle> as Fill, GpuBuffer<Other> as Fill)]
struct FillAll;

impl Run for FillAll {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let (source, middle, other) = (cx.buffer::<Source>()?, cx.buffer::<Middle>()?, cx.buffer::<Other>()?);
        let mut cmd = cx.encoder()?;
        cmd.fill_buffer(source, 0..source.len_bytes(), 5)?;
        cmd.fill_buffer(middle, 0..middle.len_bytes(), 100)?;
        cmd.fill_buffer(other, 0..other.len_bytes(), 7000)?;
        Ok(())
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn dispatches_in_secondary_command_buffers_of_two_threads_are_silent_and_right() -> TestResult {
    let renderer = Arc::new(renderer()?);
    let bytes = u64::from(WORDS) * 4;
    let source = buffer::<Source>(&renderer, bytes)?;
    let sums = [buffer::<Middle>(&renderer, bytes)?.raw(), buffer::<Other>(&renderer, bytes)?.raw()];
    let answer = readback::<Answer>(&renderer, bytes)?;
    let half = |sums| -> Result<_, Box<dyn Error>> {
        Ok((Program::compute(&renderer, ADD, &[source.raw(), sums])?, Secondary::new(&renderer)?))
    };
    let add = AddToBoth { halves: [half(sums[0])?, half(sums[1])?] };
    let mut fill_and_add =
        Schedule::builder().stage(Stage::new("fill").system(FillAll)).stage(Stage::new("add").system(add)).build()?;
    let mut save = [
        Schedule::builder().stage(Stage::new("save").system(SaveMiddle)).build()?,
        Schedule::builder().stage(Stage::new("save").system(SaveOther)).build()?,
    ];
    for _ in 0..4 {
        frame(&renderer, &mut fill_and_add, &mut World::new())?;
        for (save, expected) in save.iter_mut().zip([105_u32, 7005]) {
            let point = frame(&renderer, save, &mut World::new())?;
            assert_eq!(renderer.read_buffer(answer, &point)?, expected.to_le_bytes().repeat(WORDS as usize));
        }
    }
    assert_silent(&renderer);
    Ok(())
}
