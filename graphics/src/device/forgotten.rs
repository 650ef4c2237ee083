//! Which system forgot the barriers that it is to record itself.

use crate::emit;
use crate::plan::{Barrier, Hazard, Plan};
use crate::record::error::VkError;
use crate::record::log::Step;
use crate::record::script::Script;

/// Finds the first system that is to record its own barriers and recorded none, although the plan has some for it; and why.
///
/// It says nothing of whether barriers are the right ones. What another system recorded for the same resource, or for all memory,
/// counts: it may have done it after its commands, or before, for all that follow. Where only a write waits for reads, any call counts,
/// emitted ones too: it may order more than what it is for.
pub(crate) fn forgotten(script: &Script, steps: &[Option<Vec<Step>>]) -> Option<VkError> {
    let recorded_none = |pass: &usize| {
        let commands = steps.get(*pass).and_then(Option::as_deref);
        !script.passes[*pass].emitted && commands.is_some_and(|steps| calls(steps).next().is_none())
    };
    let mut bare = (0..script.passes.len()).filter(recorded_none).peekable();
    bare.peek()?;
    let recorded: Vec<&Barrier> = steps.iter().flatten().flat_map(|steps| calls(steps)).flatten().collect();
    let emits = script.recorded().iter().any(|(_, barriers)| !barriers.is_empty());
    bare.find_map(|pass| {
        let is_forgotten = |barrier: &&Barrier| !is_made_up_for(barrier, &recorded, emits);
        let left: Vec<_> = left_to(script, pass).filter(is_forgotten).collect();
        (!left.is_empty()).then(|| VkError::NoBarrier {
            system: script.passes[pass].name.to_string(),
            barriers: left.iter().map(|barrier| emit::sentence(&script.plan, barrier)).collect(),
        })
    })
}

fn calls(steps: &[Step]) -> impl Iterator<Item = &Vec<Barrier>> {
    steps.iter().filter_map(|step| match step {
        Step::Call(barriers) => Some(barriers),
        Step::Commands(_) => None,
    })
}

/// Returns the planned barriers that are for a pass and that the renderer does not record.
fn left_to(script: &Script, pass: usize) -> impl Iterator<Item = &Barrier> {
    let plan: &Plan = &script.plan;
    let planned = plan.calls.iter().flat_map(|call| call.barriers.iter().map(move |barrier| (call, barrier)));
    let left = planned.filter(move |(call, barrier)| {
        let is_for_it = barrier.reasons.iter().any(|reason| reason.second.pass == Some(pass));
        is_for_it && !script.emission.is_recorded(plan, call, barrier)
    });
    left.map(|(_, barrier)| barrier)
}

/// Says whether something that was recorded may be what a planned barrier is for.
fn is_made_up_for(planned: &Barrier, recorded: &[&Barrier], emits: bool) -> bool {
    let waits_for_reads = planned.reasons.iter().all(|reason| reason.hazard == Hazard::WriteAfterRead);
    if waits_for_reads && planned.target.transition().is_none() {
        return emits || !recorded.is_empty();
    }
    recorded.iter().any(|barrier| match (barrier.target.resource(), planned.target.resource()) {
        (Some(recorded), Some(planned)) => recorded == planned,
        (None, _) | (_, None) => true,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::declare::access::Access;
    use crate::declare::pass::{PassKind, Queue};
    use crate::plan::{
        self, AccessInput, Entry, Exit, Input, PassInput, ResourceInput, ResourceRef, Scope, Shape, Sharing, Target,
    };
    use crate::record::emission::Emission;
    use crate::record::log::Touched;
    use crate::usage;

    const SHAPE: Shape = Shape::Buffer { len_bytes: 64 };

    /// A fill of one buffer, a fill of another, and a copy from the first that records its own barriers, as do the fills if
    /// `fills_too`.
    fn script(fills_too: bool) -> Result<Script, VkError> {
        let pass = |system, name: &str, resource, usage, access, auto_barriers| PassInput {
            system,
            name: name.into(),
            stage: "main".into(),
            kind: PassKind::Transfer,
            queue: Queue::Graphics,
            auto_barriers,
            accesses: vec![AccessInput {
                resource: ResourceRef(resource),
                part: SHAPE.whole(),
                usage,
                access,
                discard: false,
                concurrent: false,
                at: None,
            }],
        };
        let resource = |name: &str| ResourceInput {
            name: name.to_owned(),
            shape: SHAPE,
            entry: Entry::Undefined,
            exit: Exit::Nothing,
            sharing: Sharing::default(),
        };
        let input = Input {
            passes: vec![
                pass(0, "Fill", 0, usage::CopyDestination::ROW, Access::Write, !fills_too),
                pass(1, "FillOther", 1, usage::CopyDestination::ROW, Access::Write, !fills_too),
                pass(2, "Save", 0, usage::CopySource::ROW, Access::Read, false),
            ],
            resources: vec![resource("GpuBuffer<Mesh>"), resource("GpuBuffer<Other>")],
            ..Input::default()
        };
        let plan = Arc::new(plan::plan(&input)?);
        Ok(Script::new(input, plan, vec![Vec::new(); 3], Vec::new(), 3, Emission::default()))
    }

    fn call(target: Target) -> Vec<Step> {
        let (first, second) = (Scope::default(), Scope::default());
        let barrier = Barrier { first, second, target, transfer: None, reasons: Vec::new() };
        vec![Step::Call(vec![barrier]), Step::Commands(Touched::default())]
    }

    fn buffer(number: usize) -> Vec<Step> {
        call(Target::Buffer { resource: ResourceRef(number), bytes: 0..64 })
    }

    fn found(script: &Script, steps: &[Option<Vec<Step>>; 3]) -> Option<String> {
        forgotten(script, steps).map(|error| error.to_string())
    }

    #[test]
    fn a_system_that_recorded_none_of_its_barriers_is_named_with_them_and_the_edit() -> Result<(), VkError> {
        let script = script(false)?;
        let bare = || Some(Vec::new());
        assert_eq!(
            found(&script, &[bare(), bare(), bare()]).as_deref(),
            Some(
                "`Save` does not derive `AutoBarriers` and recorded no barrier, so nothing of this frame was submitted; write \
                 `#[derive(System, AutoBarriers)]`, or record them in `Save` (`record_planned` or `pipeline_barrier`); where it \
                 records them past its encoder, it tells of them by `note_barrier`; it needs\n  \
                 COPY -> COPY: Fill writes GpuBuffer<Mesh>, Save reads it"
            )
        );
        Ok(())
    }

    #[test]
    fn what_was_recorded_is_taken_for_right_and_what_was_not_recorded_at_all_needs_nothing() -> Result<(), VkError> {
        let script = script(false)?;
        let bare = || Some(Vec::new());
        for of_save in [None, Some(call(Target::Memory)), Some(buffer(0)), Some(vec![Step::Call(Vec::new())])] {
            assert_eq!(found(&script, &[bare(), bare(), of_save]), None);
        }
        Ok(())
    }

    /// The copy, then a fill of what it reads.
    fn overwriting() -> Result<Script, VkError> {
        let mut input = script(true)?.input;
        input.passes.rotate_right(1);
        input.resources[0].entry = Entry::Ready { layout: ash::vk::ImageLayout::UNDEFINED };
        let plan = Arc::new(plan::plan(&input)?);
        Ok(Script::new(input, plan, vec![Vec::new(); 3], Vec::new(), 3, Emission::default()))
    }

    #[test]
    fn any_call_may_make_a_write_wait_for_reads() -> Result<(), VkError> {
        let script = overwriting()?;
        let bare = || Some(Vec::new());
        let error = found(&script, &[bare(), bare(), bare()]).unwrap_or_default();
        assert!(error.starts_with("`Fill`") && error.contains("Save reads GpuBuffer<Mesh>, Fill writes it"), "{error}");
        assert_eq!(found(&script, &[bare(), bare(), Some(buffer(1))]), None);
        Ok(())
    }

    #[test]
    fn another_system_may_have_recorded_it_for_the_same_resource() -> Result<(), VkError> {
        let script = script(true)?;
        let bare = || Some(Vec::new());
        assert!(found(&script, &[bare(), bare(), bare()]).is_some_and(|text| text.starts_with("`Save`")));
        assert!(found(&script, &[bare(), Some(buffer(1)), bare()]).is_some_and(|text| text.starts_with("`Save`")));
        for of_fill in [buffer(0), call(Target::Memory)] {
            assert_eq!(found(&script, &[Some(of_fill), bare(), bare()]), None);
        }
        Ok(())
    }
}
