//! The plan of a frame: made once, and kept while the program, the resources and their states stay the same.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use fencewright::Program;

use crate::declare::pass::PassKind;
use crate::device::desc::Barriers;
use crate::device::renderer::Inner;
use crate::device::resolve::{self, Resolved};
use crate::plan::{self, Input, Options};
use crate::record::barrier::Handle;
use crate::record::error::VkError;
use crate::record::script::{Emission, ResourceKey, Script};

/// How many scripts are kept: two for resources that swap, and some for programs that take turns.
const KEPT: usize = 16;

/// The scripts of earlier frames; the latest is first.
#[derive(Default)]
pub(crate) struct Scripts {
    kept: VecDeque<Kept>,
    /// How often something was planned.
    planned: u64,
}

struct Kept {
    input: Input,
    resources: Vec<(ResourceKey, Handle)>,
    systems: usize,
    emission: Emission,
    script: Arc<Script>,
}

impl Scripts {
    /// Returns how often something was planned.
    pub(crate) fn planned(&self) -> u64 {
        self.planned
    }

    fn find(&mut self, resolved: &Resolved, systems: usize, emission: Emission) -> Option<Arc<Script>> {
        let index = self.kept.iter().position(|kept| {
            kept.systems == systems
                && kept.emission == emission
                && kept.resources == resolved.resources
                && kept.input == resolved.input
        })?;
        let found = self.kept.remove(index)?;
        let script = Arc::clone(&found.script);
        self.kept.push_front(found);
        Some(script)
    }

    fn make(&mut self, resolved: Resolved, systems: usize, emission: Emission) -> Result<Arc<Script>, VkError> {
        let Resolved { input, resources, uses } = resolved;
        let plan = plan::plan(&input).map_err(VkError::Plan)?;
        let script = Arc::new(Script::new(Arc::new(plan), uses, resources.clone(), systems, emission));
        self.planned += 1;
        self.kept.truncate(KEPT - 1);
        self.kept.push_front(Kept { input, resources, systems, emission, script: Arc::clone(&script) });
        Ok(script)
    }
}

impl Inner {
    /// Returns what a frame of this program records.
    pub(crate) fn script_of(&self, program: &Program) -> Result<Arc<Script>, VkError> {
        let options = Options { policy: self.desc.policy, ..Options::default() };
        let resolved = resolve::resolve(program, &self.registry(), options)?;
        self.script(resolved, program.systems().len())
    }

    /// Returns the script of a resolved program.
    pub(crate) fn script(&self, resolved: Resolved, systems: usize) -> Result<Arc<Script>, VkError> {
        let left_out = self.left_out.load(Ordering::Acquire);
        let emission = Emission {
            hints_only: match self.desc.barriers {
                Barriers::Auto => false,
                Barriers::Hints => true,
            },
            left_out: (left_out != usize::MAX).then_some(left_out),
        };
        let mut scripts = self.scripts.lock().unwrap_or_else(PoisonError::into_inner);
        match scripts.find(&resolved, systems, emission) {
            Some(script) => Ok(script),
            None => scripts.make(resolved, systems, emission),
        }
    }

    /// Returns how many command pools a frame is likely to need at once: one for each system that records, and one for each
    /// chunk.
    pub(crate) fn pools_for(&self, script: &Script) -> usize {
        let systems = script.passes.len().min(self.desc.recorders).max(1);
        let raster = script.passes.iter().any(|pass| pass.kind == PassKind::Raster);
        systems + if raster { self.desc.recorders } else { 0 }
    }
}
