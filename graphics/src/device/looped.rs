//! Steady frames as bodies of loops: the last call of one does what the first passes of the next need.

use std::sync::Arc;

use crate::device::desc::Judging;
use crate::device::registry::Registry;
use crate::judge::{self, Rules};
use crate::plan::{self, Cadence, Entry, Exit, Input, Options, Plan, ResourceState};
use crate::record::emission::Barriers;
use crate::record::script::{LoopId, Script, Use};
use crate::verify;

/// A frame of a loop, with what the first of several begins with and without.
pub(crate) struct Looped {
    pub(crate) id: LoopId,
    pub(crate) first: Arc<Script>,
    pub(crate) next: Arc<Script>,
}

impl Looped {
    /// Plans a frame as the body of a loop, if it is steady, nothing speaks against it, and it saves a call.
    pub(crate) fn of(
        script: &Script,
        registry: &Registry,
        judging: Judging,
        id: LoopId,
        share: impl FnOnce(&mut Plan),
    ) -> Option<Self> {
        if !is_steady(script) || !can_repeat(script, registry) {
            return None;
        }
        let options = Options { cadence: Cadence::Repeats, ..script.input.options };
        let input = Input { options, ..script.input.clone() };
        let mut plan = plan::plan(&input).ok()?;
        if plan.calls.len() >= script.plan.calls.len() || loses_contents(&plan) || !is_accepted(&input, &plan, judging)
        {
            return None;
        }
        share(&mut plan);
        let plan = Arc::new(plan);
        let uses: Vec<Vec<Use>> = script.passes.iter().map(|pass| pass.uses.clone()).collect();
        let one = |is_first: bool| {
            let (input, plan, resources) = (input.clone(), Arc::clone(&plan), script.resources.clone());
            let script = Script::new(input, plan, uses.clone(), resources, script.pass_of.len(), script.emission);
            Arc::new(script.in_loop(id, is_first))
        };
        Some(Self { id, first: one(true), next: one(false) })
    }

    /// Says whether the frame before was one of this loop, and nothing has touched its resources since.
    pub(crate) fn goes_on(&self, registry: &Registry) -> bool {
        let prepared = |found| registry.physical(found).is_some_and(|physical| physical.prepared == Some(self.id));
        self.next.resources.iter().all(prepared)
    }
}

/// Says whether a frame leaves what it finds.
fn is_steady(script: &Script) -> bool {
    let left = script.plan.exit.iter().zip(&script.input.resources);
    left.into_iter().all(|(left, found)| matches!(&found.entry, Entry::Persisted(state) if state == left))
}

fn can_repeat(script: &Script, registry: &Registry) -> bool {
    let is_emitted = matches!(script.emission.barriers, Barriers::Auto);
    let takes_turns = script.resources.iter().any(|found| {
        let resource = registry.found(found);
        resource.is_none_or(|resource| resource.previous.is_some())
    });
    let goes_elsewhere = script.input.resources.iter().any(|resource| match resource.exit {
        Exit::Nothing | Exit::HostRead => false,
        Exit::Present | Exit::Exported { .. } => true,
    });
    is_emitted
        && !script.has_passes_by_hand()
        && !takes_turns
        && !goes_elsewhere
        && !script.input.topology.has_several_queues()
        && !script.passes.is_empty()
}

/// Says whether what the END prepares throws contents away that another frame might read.
fn loses_contents(plan: &Plan) -> bool {
    let loses = |(left, prepared): (&ResourceState, &ResourceState)| {
        prepared
            .parts()
            .iter()
            .filter(|part| !part.state.defined)
            .any(|lost| left.parts().iter().any(|part| part.state.defined && part.part.meets(&lost.part)))
    };
    plan.exit.iter().zip(&plan.exit_prepared).any(loses)
}

/// Lets the judge look at three frames of the loop: the prologue, and two of them after it.
fn is_accepted(input: &Input, plan: &Plan, judging: Judging) -> bool {
    match judging {
        Judging::NewPlans => {}
        Judging::Off => return true,
    }
    let before = Input { passes: Vec::new(), ..input.clone() };
    let stream = verify::stream_with(&[&before, input, input], |frame, gap| {
        let barriers = match frame {
            0 => &plan.prologue,
            _ => &plan.call(gap)?.barriers,
        };
        (!barriers.is_empty()).then(|| barriers.iter().map(verify::barrier).collect())
    });
    judge::judge(&stream, &Rules::default()).is_clean()
}
