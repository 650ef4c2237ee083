//! What a device does wrong, played by functions that stand in for its own.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{RendererDesc, VkError};

use crate::own_device::OwnDevice;
use crate::support::{TestResult, frame, through};

/// How often `vkCreateCommandPool` was called on the device that counts it.
static POOLS: AtomicUsize = AtomicUsize::new(0);
static CREATE_POOL: OnceLock<vk::PFN_vkCreateCommandPool> = OnceLock::new();

unsafe extern "system" fn counting_pools(
    device: vk::Device,
    info: *const vk::CommandPoolCreateInfo<'_>,
    allocator: *const vk::AllocationCallbacks<'_>,
    pool: *mut vk::CommandPool,
) -> vk::Result {
    POOLS.fetch_add(1, Ordering::Relaxed);
    match CREATE_POOL.get() {
        // SAFETY: the arguments are the caller's, passed on.
        Some(create) => unsafe { create(device, info, allocator, pool) },
        None => vk::Result::ERROR_INITIALIZATION_FAILED,
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn no_command_pool_is_made_in_steady_frames() -> TestResult {
    let own = OwnDevice::new(|functions| {
        CREATE_POOL.get_or_init(|| functions.v1_0.create_command_pool);
        functions.v1_0.create_command_pool = counting_pools;
    })?;
    let renderer = own.renderer(RendererDesc { recorders: 4, frames_in_flight: 2, ..RendererDesc::default() })?;
    let (mut schedule, answer) = through(&renderer, &[8; 128])?;
    let mut world = World::new();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build()?;
    let run = |schedule: &mut Schedule, world: &mut World| -> Result<(), String> {
        let point = frame(&renderer, schedule, world).map_err(|error| error.to_string())?;
        let bytes = renderer.read_buffer(answer, &point).map_err(|error| error.to_string())?;
        assert_eq!(bytes, [8; 128]);
        Ok(())
    };
    pool.install(|| (0..2).try_for_each(|_| run(&mut schedule, &mut world)))?;
    let warm = POOLS.load(Ordering::Relaxed);
    assert_eq!(warm, 6, "three systems record, in two frames in flight");
    pool.install(|| (0..100).try_for_each(|_| run(&mut schedule, &mut world)))?;
    assert_eq!(POOLS.load(Ordering::Relaxed), warm);
    drop(renderer);
    drop(own);
    Ok(())
}

static LOST: AtomicBool = AtomicBool::new(false);
static SUBMIT: OnceLock<vk::PFN_vkQueueSubmit2> = OnceLock::new();
static WAIT_UNLESS_LOST: OnceLock<vk::PFN_vkWaitSemaphores> = OnceLock::new();

unsafe extern "system" fn submit_unless_lost(
    queue: vk::Queue,
    count: u32,
    submits: *const vk::SubmitInfo2<'_>,
    fence: vk::Fence,
) -> vk::Result {
    match SUBMIT.get() {
        // SAFETY: the arguments are the caller's, passed on.
        Some(submit) if !LOST.load(Ordering::Relaxed) => unsafe { submit(queue, count, submits, fence) },
        Some(_) | None => vk::Result::ERROR_DEVICE_LOST,
    }
}

unsafe extern "system" fn wait_unless_lost(
    device: vk::Device,
    info: *const vk::SemaphoreWaitInfo<'_>,
    timeout: u64,
) -> vk::Result {
    match WAIT_UNLESS_LOST.get() {
        // SAFETY: the arguments are the caller's, passed on.
        Some(wait) if !LOST.load(Ordering::Relaxed) => unsafe { wait(device, info, timeout) },
        Some(_) | None => vk::Result::ERROR_DEVICE_LOST,
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_lost_device_is_an_error_and_goes_in_peace() -> TestResult {
    let own = OwnDevice::new(|functions| {
        SUBMIT.get_or_init(|| functions.v1_3.queue_submit2);
        WAIT_UNLESS_LOST.get_or_init(|| functions.v1_2.wait_semaphores);
        functions.v1_3.queue_submit2 = submit_unless_lost;
        functions.v1_2.wait_semaphores = wait_unless_lost;
    })?;
    let renderer = own.renderer(RendererDesc::default())?;
    let (mut schedule, answer) = through(&renderer, &[8; 128])?;
    let mut world = World::new();
    let point = frame(&renderer, &mut schedule, &mut world)?;
    assert_eq!(renderer.read_buffer(answer, &point)?, [8; 128]);
    LOST.store(true, Ordering::Relaxed);
    let open = renderer.begin_frame()?;
    schedule.run_with(&mut world, &open)?;
    let text = renderer.end_frame(open).map(|_| ()).map_err(|error| error.to_string());
    let expected = "the Vulkan device was lost (vkQueueSubmit2); drop the renderer and make a new one";
    assert_eq!(text, Err(expected.to_owned()));
    assert!(renderer.begin_frame().is_ok(), "what failed is closed");
    drop(renderer);
    drop(own);
    Ok(())
}

unsafe extern "system" fn no_buffers(
    _: vk::Device,
    _: *const vk::CommandBufferAllocateInfo<'_>,
    _: *mut vk::CommandBuffer,
) -> vk::Result {
    vk::Result::ERROR_OUT_OF_DEVICE_MEMORY
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn memory_that_runs_out_while_recording_names_the_system() -> TestResult {
    let own = OwnDevice::new(|functions| functions.v1_0.allocate_command_buffers = no_buffers)?;
    let renderer = own.renderer(RendererDesc::default())?;
    let (mut schedule, _) = through(&renderer, &[8; 128])?;
    for _ in 0..3 {
        let open = renderer.begin_frame()?;
        let text = schedule.run_with(&mut World::new(), &open).map_err(|error| error.to_string());
        let expected = "out of device memory while calling vkAllocateCommandBuffers";
        assert!(text.as_ref().is_err_and(|text| text.contains(expected) && text.contains("`Upload`")), "{text:?}");
    }
    drop(renderer);
    drop(own);
    Ok(())
}

unsafe extern "system" fn never(_: vk::Device, _: *const vk::SemaphoreWaitInfo<'_>, _: u64) -> vk::Result {
    vk::Result::TIMEOUT
}

/// The device may still use what the renderer made, so that it stays.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_stuck_device_is_reported_and_what_it_uses_is_leaked() -> TestResult {
    let mut own = OwnDevice::new(|functions| functions.v1_2.wait_semaphores = never)?;
    own.leak = true;
    let timeout = Duration::from_millis(5);
    let renderer = own.renderer(RendererDesc { timeout, frames_in_flight: 1, ..RendererDesc::default() })?;
    let (mut schedule, answer) = through(&renderer, &[8; 128])?;
    let point = frame(&renderer, &mut schedule, &mut World::new())?;
    assert!(matches!(point.wait(timeout), Err(VkError::Timeout { .. })));
    assert!(matches!(renderer.read_buffer(answer, &point), Err(VkError::Timeout { .. })));
    for _ in 0..2 {
        let text = renderer.begin_frame().map(|_| ()).map_err(|error| error.to_string());
        let expected = "submission 1 did not finish within 5ms; raise `timeout` if the work is that long";
        assert_eq!(text, Err(expected.to_owned()));
    }
    assert!(matches!(renderer.shutdown(timeout), Err(VkError::Timeout { .. })));
    Ok(())
}
