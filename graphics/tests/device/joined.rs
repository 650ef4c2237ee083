//! Passes that follow each other share a command buffer, and do what they do in one of their own.

use std::collections::BTreeSet;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

use ash::vk::Handle as _;
use fencewright::prelude::*;
use fencewright_graphics::prelude::*;
use fencewright_graphics::{CommandBuffers, GpuBuffer, RendererDesc, Validation, VkRenderer};

use crate::own_objects::Program;
use crate::support::{Answer, Source, TestResult, assert_silent, buffer, readback, renderer_with, save_buffer};

/// Writes its number over that of the others.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as CopyDestination)]
struct Step {
    number: u8,
    does: Does,
    /// The command buffers of all of them.
    buffers: Arc<Mutex<Vec<u64>>>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    Record,
    Nothing,
    FailHalfWay,
}

impl Run for Step {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        if self.does == Does::Nothing {
            return Ok(());
        }
        let mut cmd = cx.encoder()?;
        self.buffers.lock().unwrap_or_else(PoisonError::into_inner).push(cmd.raw().as_raw());
        cmd.upload_buffer(cx.buffer::<Source>()?, 0, &[self.number; 64])?;
        if self.does == Does::FailHalfWay {
            return Err("the disk is full".into());
        }
        Ok(())
    }
}

save_buffer!(Save, Source);

#[derive(Schedule)]
struct Steps {
    steps: (Step, Step, Step, Step),
    #[stage(after = "steps")]
    save: (Save,),
}

/// A renderer, and what its systems tell.
struct Stand {
    renderer: VkRenderer,
    answer: GpuBuffer<Answer>,
    buffers: Arc<Mutex<Vec<u64>>>,
}

impl Stand {
    fn new(command_buffers: CommandBuffers) -> Result<Self, Box<dyn Error>> {
        let renderer = renderer_with(RendererDesc { command_buffers, ..RendererDesc::default() })?;
        buffer::<Source>(&renderer, 64)?;
        let answer = readback(&renderer, 64)?;
        Ok(Self { renderer, answer, buffers: Arc::default() })
    }

    /// Runs a frame; returns into how many command buffers its steps went, and the bytes that came of it.
    fn frame(&self, does: [Does; 4], threads: Threads) -> Result<(usize, Vec<u8>), Box<dyn Error>> {
        let step =
            |number: u8| Step { number, does: does[usize::from(number) - 1], buffers: Arc::clone(&self.buffers) };
        let schedule = Steps { steps: (step(1), step(2), step(3), step(4)), save: (Save,) }.schedule()?;
        let frame = self.renderer.begin_frame()?;
        let run = schedule.with_threads(threads).run_with(&mut World::new(), &frame);
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let steps: BTreeSet<u64> = std::mem::take(&mut *buffers).into_iter().collect();
        run?;
        let point = self.renderer.end_frame(frame)?;
        Ok((steps.len(), self.renderer.read_buffer(self.answer, &point)?))
    }
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn passes_recorded_by_one_thread_share_a_command_buffer() -> TestResult {
    const ALL: [Does; 4] = [Does::Record; 4];
    const WITHOUT_THE_SECOND: [Does; 4] = [Does::Record, Does::Nothing, Does::Record, Does::Record];
    const WITHOUT_THE_LAST: [Does; 4] = [Does::Record, Does::Record, Does::Record, Does::Nothing];
    let cases = [(ALL, [1, 4], 4), (WITHOUT_THE_SECOND, [2, 3], 4), (WITHOUT_THE_LAST, [1, 3], 3), (ALL, [1, 4], 4)];
    for (kind, joining) in [CommandBuffers::Joined, CommandBuffers::EachPass].into_iter().enumerate() {
        let stand = Stand::new(joining)?;
        for (does, buffers, left) in cases {
            let found = stand.frame(does, Threads::Inline)?;
            assert_eq!(found, (buffers[kind], vec![left; 64]), "{joining:?}, {does:?}");
        }
        assert_silent(&stand.renderer);
    }
    Ok(())
}

/// A run that fails leaves a command buffer open, which the next frame finds gone.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn a_command_buffer_of_a_frame_that_was_given_up_takes_no_more_passes() -> TestResult {
    let stand = Stand::new(CommandBuffers::Joined)?;
    let fails = [Does::Record, Does::FailHalfWay, Does::Record, Does::Record];
    for _ in 0..3 {
        let error = stand.frame(fails, Threads::Inline).map_err(|error| error.to_string()).err();
        assert!(error.is_some_and(|error| error.contains("the disk is full")));
        assert_eq!(stand.frame([Does::Record; 4], Threads::Inline)?, (1, vec![4; 64]));
    }
    assert_silent(&stand.renderer);
    Ok(())
}

/// However many threads there are, the commands are those of program order.
#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn threads_that_record_at_once_have_command_buffers_of_their_own() -> TestResult {
    let stand = Stand::new(CommandBuffers::Joined)?;
    let pool = Arc::new(rayon::ThreadPoolBuilder::new().num_threads(3).build()?);
    for _ in 0..40 {
        let (buffers, bytes) = stand.frame([Does::Record; 4], Threads::Pool(Arc::clone(&pool)))?;
        assert!((1..=4).contains(&buffers), "{buffers}");
        assert_eq!(bytes, [4; 64]);
    }
    assert_silent(&stand.renderer);
    Ok(())
}

/// Adds its push constant to each word.
#[derive(System, AutoBarriers)]
#[writes(GpuBuffer<Source> as ComputeStorage)]
struct Add {
    program: Arc<Program>,
    forgets: bool,
}

impl Run for Add {
    fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
        let mut cmd = cx.encoder()?;
        self.program.bind_compute(&mut cmd);
        if !self.forgets {
            self.program.push(&mut cmd, 1);
        }
        cmd.dispatch(1, 1, 1);
        Ok(())
    }
}

const ADD: &str = "
    var<immediate> addend: u32;
    @group(0) @binding(0) var<storage, read_write> words: array<u32>;
    @compute @workgroup_size(16) fn main(@builtin(global_invocation_id) id: vec3<u32>) { words[id.x] += addend; }
";

#[derive(Schedule)]
struct Additions {
    add: (Add, Add),
}

/// Records two passes, of which the second relies on the push constant of the first; returns how many messages the layer has for that.
fn messages_of_a_forgetful_pass(desc: RendererDesc) -> Result<usize, Box<dyn Error>> {
    let renderer = Arc::new(VkRenderer::headless(desc)?);
    let source = buffer::<Source>(&renderer, 64)?;
    let program = Arc::new(Program::compute(&renderer, ADD, &[source.raw()])?);
    let add = |forgets| Add { program: Arc::clone(&program), forgets };
    let schedule = Additions { add: (add(false), add(true)) }.schedule()?;
    let frame = renderer.begin_frame()?;
    schedule.with_threads(Threads::Inline).run_with(&mut World::new(), &frame)?;
    // It is not submitted: what push constants are that were never set nobody knows.
    drop(frame);
    let report = renderer.messages();
    // Layers of different ages name it differently.
    assert_eq!(report.count_of("VUID-vkCmdDispatch-"), report.count, "{report}");
    Ok(report.count)
}

#[test]
#[ignore = "needs a Vulkan driver: lavapipe will do"]
fn with_a_layer_each_pass_has_its_own_so_that_one_that_forgets_to_bind_is_found() -> TestResult {
    let with = |command_buffers| RendererDesc { validation: Validation::Core, command_buffers, ..Default::default() };
    assert_eq!(messages_of_a_forgetful_pass(with(CommandBuffers::Auto))?, 1);
    assert_eq!(messages_of_a_forgetful_pass(with(CommandBuffers::EachPass))?, 1);
    assert_eq!(messages_of_a_forgetful_pass(with(CommandBuffers::Joined))?, 0);
    Ok(())
}
