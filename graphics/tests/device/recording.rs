//! Systems record at the same time; their commands execute in program order.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use ash::vk;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{
    BufferDesc, Compute, Memory, Raster, Transfer, VkCommandEncoder, VkError, VkFrame, VkRenderer,
};

use crate::own_objects::{ADD, Program};
use crate::support::{
    Answer, Middle, Source, TestResult, assert_silent, buffer, frame, numbers, readback, renderer, save_buffer, through,
};

const fn send_sync<T: Send + Sync>() {}
const _: () = send_sync::<VkFrame>();
const _: () = send_sync::<VkRenderer>();

/// Two answers for what is `Send` or `Sync`: then naming `ASKED` is ambiguous and does not compile.
mod neither {
    pub(crate) trait Neither<A> {
        const ASKED: () = ();
    }
    pub(crate) struct IfSend;
    pub(crate) struct IfSync;
    impl<T: ?Sized> Neither<()> for T {}
    impl<T: ?Sized + Send> Neither<IfSend> for T {}
    impl<T: ?Sized + Sync> Neither<IfSync> for T {}
}
const _: () = <VkCommandEncoder<'static, Raster> as neither::Neither<_>>::ASKED;
const _: () = <Rendering<'static> as neither::Neither<_>>::ASKED;

/// Writes its number over that of the others, after a while of its own.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as CopyDestination)]
struct Step {
    number: u8,
    pauses_us: Vec<u64>,
}

impl Run for Step {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let pause = self.pauses_us.pop().unwrap_or(0);
        thread::sleep(Duration::from_micros(pause));
        let mut cmd = cx.encoder()?;
        cmd.upload_buffer(cx.buffer::<Source>()?, 0, &[self.number; 64])?;
        thread::sleep(Duration::from_micros(pause));
        Ok(())
    }
}

save_buffer!(Save, Source);

#[derive(Schedule)]
struct Steps {
    steps: (Step, Step, Step, Step, Step, Step),
    #[stage(after = "steps")]
    save: (Save,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn commands_execute_in_program_order_whatever_finishes_first() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 64)?;
    let answer = readback::<Answer>(&renderer, 64)?;
    let seed = 11;
    let mut random = numbers(seed);
    let mut step = |number| Step { number, pauses_us: random.by_ref().take(40).map(|x| x % 700).collect() };
    let steps = (step(1), step(2), step(3), step(4), step(5), step(6));
    let mut schedule = Steps { steps, save: (Save,) }.schedule()?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build()?;
    let mut world = World::new();
    for number in 0..40 {
        let open = renderer.begin_frame()?;
        pool.install(|| schedule.run_with(&mut world, &open))?;
        let point = renderer.end_frame(open)?;
        assert_eq!(renderer.read_buffer(answer, &point)?, [6; 64], "frame {number}, seed {seed}");
    }
    assert_silent(&renderer);
    Ok(())
}

/// Declares a write, and leaves the recording to the test.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source>[instance = self.instance] as Fill)]
struct Quiet {
    instance: u32,
}

impl Run for Quiet {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        assert_eq!(cx.buffer::<Source>()?.instance(), self.instance);
        assert!(matches!(cx.buffer_at::<Source>(1 - self.instance), Err(VkError::NotDeclared { .. })));
        Ok(())
    }
}

#[derive(Schedule)]
struct Both {
    both: (Quiet, Quiet),
}

/// Each thread has its encoder in hand while the other records.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn two_threads_record_at_the_same_time() -> TestResult {
    let renderer = renderer()?;
    buffer::<Source>(&renderer, 400)?;
    buffer::<Source>(&renderer, 400)?;
    let mut schedule = Both { both: (Quiet { instance: 0 }, Quiet { instance: 1 }) }.schedule()?;
    let mut world = World::new();
    for _ in 0..100 {
        let open = renderer.begin_frame()?;
        schedule.run_with(&mut world, &open)?;
        let together = Barrier::new(2);
        let record = |system: u32| -> Result<vk::CommandBuffer, VkError> {
            let cmd = open.encoder::<Transfer>(system as usize);
            together.wait();
            let (mut cmd, source) = (cmd?, open.buffer::<Source>(system as usize, system)?);
            for word in 0..100 {
                cmd.fill_buffer(source, 4 * word..4 * word + 4, system)?;
            }
            Ok(cmd.raw())
        };
        let (one, other) = thread::scope(|scope| {
            let other = scope.spawn(|| record(1));
            (record(0), other.join())
        });
        assert_ne!(one?, other.map_err(|_| "the other thread panicked")??);
        renderer.end_frame(open)?;
    }
    assert_silent(&renderer);
    Ok(())
}

struct Scratch;

/// While frames run, another thread makes and destroys.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn resources_come_and_go_on_another_thread() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, answer) = through(&renderer, &[3; 256])?;
    let stop = AtomicBool::new(false);
    let made = thread::scope(|scope| -> Result<usize, Box<dyn std::error::Error>> {
        let maker = scope.spawn(|| -> Result<usize, VkError> {
            let usage = vk::BufferUsageFlags::TRANSFER_DST;
            let desc = BufferDesc { len_bytes: 4096, usage, memory: Memory::Device, ..BufferDesc::default() };
            let mut made = 0;
            while !stop.load(Ordering::Relaxed) || made == 0 {
                let scratch = renderer.create_buffer::<Scratch>(&desc)?;
                renderer.destroy_buffer(scratch)?;
                made += 1;
            }
            Ok(made)
        });
        let mut world = World::new();
        for _ in 0..100 {
            let point = frame(&renderer, &mut schedule, &mut world)?;
            assert_eq!(renderer.read_buffer(answer, &point)?, [3; 256]);
        }
        stop.store(true, Ordering::Relaxed);
        Ok(maker.join().map_err(|_| "the maker panicked")??)
    })?;
    assert!(made > 0);
    assert_silent(&renderer);
    Ok(())
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn an_encoder_is_of_the_kind_that_was_declared() -> TestResult {
    let renderer = renderer()?;
    let (mut schedule, _) = through(&renderer, &[3; 16])?;
    let open = renderer.begin_frame()?;
    assert!(matches!(open.encoder::<Compute>(0), Err(VkError::NotPrepared)));
    schedule.run_with(&mut World::new(), &open)?;
    let text = open.encoder::<Compute>(0).map(|_| ()).map_err(|error| error.to_string());
    assert_eq!(text, Err("`Upload` is a transfer pass; its encoder cannot be a compute one".to_owned()));
    assert!(matches!(open.encoder::<Compute>(9), Err(VkError::NoPass { system: 9 })));
    Ok(())
}

/// Adds one to each word of [`Middle`], as the sum of its word and that of [`Source`].
#[derive(System, AutoBarriers)]
#[reads(GpuBuffer<Source> as ComputeStorage)]
#[writes(GpuBuffer<Middle> as ComputeStorage)]
struct Add {
    program: Program,
    words: u32,
}

impl Run for Add {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        self.program.bind_compute(&mut cmd);
        cmd.labelled(c"add", |cmd| cmd.dispatch(self.words.div_ceil(64), 1, 1));
        Ok(())
    }
}

#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Middle> as CopyDestination)]
struct UploadMiddle(Vec<u8>);

impl Run for UploadMiddle {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        cx.encoder()?.upload_buffer(cx.buffer::<Middle>()?, 0, &self.0)?;
        Ok(())
    }
}

#[derive(Schedule)]
struct Sums {
    upload: (crate::support::Upload, UploadMiddle),
    #[stage(after = "upload")]
    add: (Add, Add, Add),
    #[stage(after = "add")]
    answer: (crate::support::ToAnswer,),
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn three_dispatches_in_a_row_add_three_times() -> TestResult {
    let renderer = Arc::new(renderer()?);
    let words: Vec<u32> = numbers(5).take(1000).map(|x| x as u32).collect();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let source = buffer::<Source>(&renderer, bytes.len() as u64)?;
    let middle = buffer::<Middle>(&renderer, bytes.len() as u64)?;
    let answer = readback::<Answer>(&renderer, bytes.len() as u64)?;
    let add = || {
        let program = Program::compute(&renderer, ADD, &[source.raw(), middle.raw()])?;
        Ok::<_, Box<dyn std::error::Error>>(Add { program, words: 1000 })
    };
    let mut schedule = Sums {
        upload: (crate::support::Upload(bytes.clone()), UploadMiddle(bytes)),
        add: (add()?, add()?, add()?),
        answer: (crate::support::ToAnswer,),
    }
    .schedule()?;
    for _ in 0..4 {
        let point = frame(&renderer, &mut schedule, &mut World::new())?;
        let sums: Vec<u32> = renderer
            .read_buffer(answer, &point)?
            .chunks(4)
            .map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .collect();
        let expected: Vec<u32> = words.iter().map(|word| word.wrapping_mul(4)).collect();
        assert_eq!(sums, expected);
    }
    assert_silent(&renderer);
    Ok(())
}
