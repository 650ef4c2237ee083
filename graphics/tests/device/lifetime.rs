//! What was made goes when the device is done with it, and not before.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, Memory, RendererDesc, VkError};

use crate::support::{
    Answer, Middle, Source, TestResult, assert_silent, buffer, frame, readback, renderer, renderer_with, through,
};

const LONG: Duration = Duration::from_secs(10);

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_buffer_destroyed_in_flight_goes_when_the_device_is_done() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, _) = through(&renderer, &vec![1; 1 << 16])?;
    let mut world = World::new();
    for _ in 0..20 {
        let point = frame(&renderer, &mut schedule, &mut world)?;
        let middle = renderer.find_buffer::<Middle>(0).ok_or("it is there")?;
        renderer.destroy_buffer(middle)?;
        assert!(matches!(renderer.destroy_buffer(middle), Err(VkError::Destroyed { .. })));
        assert_eq!(buffer::<Middle>(&renderer, 1 << 16)?.instance(), 0, "the place is free");
        drop(point);
    }
    renderer.wait_idle(LONG)?;
    assert_eq!(renderer.collect()?, 0);
    assert_silent(&renderer);
    Ok(())
}

/// Resources that are destroyed while a frame is open stay until that frame is done.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_buffer_destroyed_while_a_frame_is_open_outlives_it() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, answer) = through(&renderer, &[4; 64])?;
    let open = renderer.begin_frame()?;
    schedule.run_with(&mut World::new(), &open)?;
    let middle = renderer.find_buffer::<Middle>(0).ok_or("it is there")?;
    renderer.destroy_buffer(middle)?;
    assert_eq!(renderer.collect()?, 2, "the buffer and its memory wait");
    let point = renderer.end_frame(open)?;
    assert_eq!(renderer.read_buffer(answer, &point)?, [4; 64]);
    assert_eq!(renderer.collect()?, 0);
    assert_silent(&renderer);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_replaced_buffer_keeps_its_place_and_has_no_contents() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, _) = through(&renderer, &[1; 64])?;
    frame(&renderer, &mut schedule, &mut World::new())?;
    let source = renderer.find_buffer::<Source>(0).ok_or("it is there")?;
    let second = buffer::<Source>(&renderer, 64)?;
    assert_eq!(second.instance(), 1);
    let usage = vk::BufferUsageFlags::TRANSFER_DST | vk::BufferUsageFlags::TRANSFER_SRC;
    let desc = BufferDesc { len_bytes: 64, usage, memory: Memory::Device, ..BufferDesc::default() };
    let larger = renderer.replace_buffer(source, &desc)?;
    assert_eq!((larger.instance(), larger.len_bytes()), (0, 64));
    assert!(matches!(renderer.replace_buffer(source, &desc), Err(VkError::Destroyed { .. })));
    frame(&renderer, &mut schedule, &mut World::new())?;
    assert_silent(&renderer);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn the_renderer_may_go_with_frames_in_flight() -> TestResult {
    let renderer = renderer_with(RendererDesc { frames_in_flight: 3, ..RendererDesc::default() })?;
    let (mut schedule, _) = through(&renderer, &vec![1; 1 << 18])?;
    let mut world = World::new();
    let mut last = None;
    for _ in 0..3 {
        last = Some(frame(&renderer, &mut schedule, &mut world)?);
    }
    let destroyed = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&destroyed);
    renderer.destroy_later(move |_| _ = counter.fetch_add(1, Ordering::Relaxed));
    let last = last.ok_or("there were frames")?;
    assert_silent(&renderer);
    renderer.shutdown(LONG)?;
    assert_eq!(destroyed.load(Ordering::Relaxed), 1);
    assert!(last.is_done()?, "a renderer that is gone has waited");
    last.wait(Duration::ZERO)?;
    Ok(())
}

/// A frame that outlives its renderer keeps the device.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_frame_may_outlive_its_renderer() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, _) = through(&renderer, &[1; 64])?;
    let open = renderer.begin_frame()?;
    drop(renderer);
    schedule.run_with(&mut World::new(), &open)?;
    drop(open);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn what_a_user_hands_over_goes_in_order_once_the_device_is_done() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, _) = through(&renderer, &[1; 64])?;
    let mut world = World::new();
    let order = Arc::new(std::sync::Mutex::new(Vec::new()));
    for number in 0..5 {
        frame(&renderer, &mut schedule, &mut world)?;
        let order = Arc::clone(&order);
        renderer.destroy_later(move |_| {
            if let Ok(mut order) = order.lock() {
                order.push(number);
            }
        });
    }
    renderer.wait_idle(LONG)?;
    assert_eq!(renderer.collect()?, 0);
    assert_eq!(*order.lock().map_err(|_| "the lock is poisoned")?, [0, 1, 2, 3, 4]);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn memory_that_the_host_does_not_see_is_not_read() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, answer) = through(&renderer, &[1; 64])?;
    let point = frame(&renderer, &mut schedule, &mut World::new())?;
    let source = renderer.find_buffer::<Source>(0).ok_or("it is there")?;
    let text = renderer.read_buffer(source, &point).map_err(|error| error.to_string());
    let expected =
        "`GpuBuffer<Source>` is not in memory that the host reads; create it with `Memory::Readback`".to_owned();
    assert_eq!(text, Err(expected));
    renderer.destroy_buffer(answer)?;
    assert!(matches!(renderer.read_buffer(answer, &point), Err(VkError::Destroyed { .. })));
    Ok(())
}

struct Constants;

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Constants> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct Publish;

impl Run for Publish {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Constants>()?, cx.buffer::<Answer>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Publishing {
    publish: (Publish,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn what_the_host_writes_between_frames_the_next_frame_reads() -> TestResult {
    let renderer = renderer()?;
    let usage = vk::BufferUsageFlags::TRANSFER_SRC;
    let desc = BufferDesc { len_bytes: 8, usage, memory: Memory::Upload, ..BufferDesc::default() };
    let constants = renderer.create_buffer::<Constants>(&desc)?;
    let answer = readback::<Answer>(&renderer, 8)?;
    let mut schedule = Publishing { publish: (Publish,) }.schedule()?;
    let mut world = World::new();
    for number in 0..10 {
        renderer.write_buffer(constants, 4, &[number; 4])?;
        let point = frame(&renderer, &mut schedule, &mut world)?;
        assert_eq!(renderer.read_buffer(answer, &point)?[4..], [number; 4]);
    }
    assert!(matches!(renderer.write_buffer(constants, 6, &[0; 4]), Err(VkError::OutOfRange { end: 10, .. })));
    assert!(matches!(renderer.write_buffer(answer, 0, &[0; 9]), Err(VkError::OutOfRange { .. })));
    let open = renderer.begin_frame()?;
    assert!(matches!(renderer.write_buffer(constants, 0, &[0; 4]), Err(VkError::FrameOpen)));
    drop(open);
    assert_silent(&renderer);
    Ok(())
}
