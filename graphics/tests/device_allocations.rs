//! Steady frames allocate nothing of ours: neither to find their plan, nor to record and submit.
#![cfg(feature = "device")]

use std::alloc::{GlobalAlloc, Layout, System as Everything};
use std::cell::Cell;

use ash::vk;
use fencewright::Threads;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{BufferDesc, Loops, Memory, RendererDesc, VkRenderer};

struct Counting;

thread_local! {
    /// How many allocations this thread has made.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: hands everything on to the system's allocator.
#[expect(unsafe_code, reason = "an allocator that counts")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.set(ALLOCATIONS.get() + 1);
        // SAFETY: the caller's duties are those of the allocator behind.
        unsafe { Everything.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { Everything.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Numbers;
struct Copied;
struct Answer;

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Numbers> as Fill)]
struct FillNumbers(u32);

impl Run for FillNumbers {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.fill_buffer(cx.buffer::<Numbers>()?, 0..64, self.0)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Numbers> as CopySource)]
#[writes(GpuBuffer<Copied> as CopyDestination)]
struct Copy;

impl Run for Copy {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Numbers>()?, cx.buffer::<Copied>()?)?;
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Copied> as CopySource)]
#[writes(GpuBuffer<Answer> as CopyDestination)]
struct Save;

impl Run for Save {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.copy_buffer(cx.buffer::<Copied>()?, cx.buffer::<Answer>()?)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Frame {
    fill: (FillNumbers,),
    #[stage(after = "fill")]
    copy: (Copy,),
    #[stage(after = "copy")]
    save: (Save,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn steady_frames_allocate_nothing() -> Result<(), Box<dyn std::error::Error>> {
    for loops in [Loops::Off, Loops::Steady] {
        let renderer = VkRenderer::headless(RendererDesc { loops, ..RendererDesc::default() })?;
        let usage = vk::BufferUsageFlags::TRANSFER_DST | vk::BufferUsageFlags::TRANSFER_SRC;
        let desc = |memory| BufferDesc { len_bytes: 64, usage, memory, ..BufferDesc::default() };
        renderer.create_buffer::<Numbers>(&desc(Memory::Device))?;
        renderer.create_buffer::<Copied>(&desc(Memory::Device))?;
        let answer = renderer.create_buffer::<Answer>(&desc(Memory::Readback))?;
        let schedule = Frame { fill: (FillNumbers(5),), copy: (Copy,), save: (Save,) }.schedule()?;
        let mut schedule = schedule.with_threads(Threads::Inline);
        let mut world = World::new();
        let mut run = |frames: u32| -> Result<_, Box<dyn std::error::Error>> {
            let mut last = None;
            for _ in 0..frames {
                let frame = renderer.begin_frame()?;
                schedule.run_with(&mut world, &frame)?;
                last = Some(renderer.end_frame(frame)?);
            }
            last.ok_or_else(|| "no frame".into())
        };
        run(20)?;
        let before = ALLOCATIONS.get();
        let point = run(100)?;
        assert_eq!(ALLOCATIONS.get() - before, 0, "allocations in 100 steady frames, {loops:?}");
        assert_eq!(renderer.read_buffer(answer, &point)?, 5_u32.to_le_bytes().repeat(16));
    }
    Ok(())
}
