//! How far the recording of each pass of a frame is.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use ash::vk;
use ash::vk::Handle as _;

use crate::record::error::VkError;
use crate::record::log::Step;

/// How far the recording of a pass is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Stage {
    /// The system has not asked for its encoder.
    Untouched,
    /// The system has its encoder.
    Open,
    /// Its commands are complete.
    Recorded,
    /// Its commands could not be completed.
    Failed,
    /// It panicked with its encoder in hand.
    Panicked,
}

/// The recording of a pass.
#[derive(Default)]
pub(crate) struct State {
    /// A [`Stage`].
    stage: AtomicU8,
    /// Its command buffer, once it is recorded: also that of its neighbours, where they are joined.
    commands: AtomicU64,
}

impl State {
    pub(crate) fn stage(&self) -> Stage {
        let known = [Stage::Untouched, Stage::Open, Stage::Recorded, Stage::Failed];
        let stage = self.stage.load(Ordering::Acquire);
        known.into_iter().find(|known| *known as u8 == stage).unwrap_or(Stage::Panicked)
    }

    /// Makes it as it was before the frame.
    pub(crate) fn reset(&mut self) {
        *self.stage.get_mut() = Stage::Untouched as u8;
    }

    pub(crate) fn set(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
    }

    /// Opens it for the first who asks.
    pub(crate) fn claim(&self) -> bool {
        let (from, to) = (Stage::Untouched as u8, Stage::Open as u8);
        self.stage.compare_exchange(from, to, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    pub(crate) fn recorded(&self, commands: vk::CommandBuffer) {
        self.commands.store(commands.as_raw(), Ordering::Relaxed);
        self.set(Stage::Recorded);
    }

    pub(crate) fn commands(&self) -> vk::CommandBuffer {
        vk::CommandBuffer::from_raw(self.commands.load(Ordering::Relaxed))
    }
}

/// What passes that do more than record commands leave, each with its pass.
#[derive(Default)]
pub(crate) struct Noted {
    /// What barriers of its own a pass recorded, among its commands.
    pub(crate) steps: Vec<(usize, Vec<Step>)>,
    /// Why its commands could not be completed.
    pub(crate) failed: Vec<(usize, VkError)>,
}
