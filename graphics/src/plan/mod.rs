//! The planner: from passes in program order to barriers, with the reason for each. No device, no IO.

mod arrange;
mod atoms;
mod error;
mod exit;
mod history;
mod input;
mod lower;
mod model;
pub(crate) mod names;
mod opaque;
mod placement;
mod program;
mod reason;
mod report;
mod resolve;
mod scan;
mod state;
mod topology;
mod touch;

pub use error::{Place, PlanError};
pub use input::{
    AccessInput, Cadence, Clears, Effort, Entry, Exit, Imported, Input, Options, Overlaps, PassInput, Policy,
    ResourceInput, Shape, Sharing,
};
pub use model::{
    Barrier, Call, Fallback, Half, Hazard, Plan, PlannedPass, Point, Reason, ReasonAccess, ResourceRef, Scope,
    Submission, Subresource, Target, Transfer, Wait,
};
pub use program::passes;
pub(crate) use program::{pass as pass_of, resolved};
pub(crate) use reason::{ANYTHING, IMPORTED, around_opaque};
pub use report::{Baseline, Baselines, Cause, Certificate, FalsePair, Report, ReportText, WhyItStays, Witness};
#[cfg(feature = "device")]
pub(crate) use resolve::serving;
pub use state::{AtomState, PartState, PastAccess, PastPoint, Reached, ResourceState};
pub use topology::{QueueRef, QueueSpec, Topology, TopologyError};

/// Plans the barriers of a frame.
///
/// A pure function: the same input gives the same plan. What [`Plan::exit`] says of a resource becomes its
/// [`Entry::Persisted`] in the next frame; where that changes nothing, the frame is steady and its plan can be kept.
///
/// # Errors
///
/// Names the system, the resource and the declaration when a part lies outside its resource, when accesses of one
/// pass overlap with a write among them, or when a pass reads what nothing wrote.
pub fn plan(input: &Input) -> Result<Plan, PlanError> {
    let resolved = resolve::resolve(input)?;
    let touched = touch::touches(input, &resolved)?;
    let scanned = scan::scan(input, &touched)?;
    let arranged = arrange::arrange(input, &scanned.needs);
    let lowered = lower::lower(input, &touched, &scanned.needs, &arranged);
    Ok(finish(input, &touched, &scanned, lowered))
}

/// Plans the barriers of a frame as [`plan`] does, and says how good the plan is: for people and tools, as what it orders
/// for nothing takes longer to list than to avoid.
///
/// # Errors
///
/// Those of [`plan`].
pub fn plan_with_report(input: &Input) -> Result<(Plan, Report), PlanError> {
    let resolved = resolve::resolve(input)?;
    let touched = touch::touches(input, &resolved)?;
    let scanned = scan::scan(input, &touched)?;
    let arranged = arrange::arrange(input, &scanned.needs);
    let lowered = lower::lower(input, &touched, &scanned.needs, &arranged);
    let report = report::report(input, &touched, &scanned.needs, &arranged, &lowered);
    Ok((finish(input, &touched, &scanned, lowered), report))
}

/// Returns a better order for the passes: fewer calls, then fewer false pairs.
///
/// Passes move inside their stage only, and never past one that they have a hazard with, so that the result of the frame
/// is the same. Where a pass records its own barriers, the order stays as it is. The plan of the reordered passes names
/// for each the system whose commands it stands for.
///
/// # Errors
///
/// Those of [`plan`].
pub fn reorder(input: &Input) -> Result<Vec<usize>, PlanError> {
    let resolved = resolve::resolve(input)?;
    let touched = touch::touches(input, &resolved)?;
    let scanned = scan::scan(input, &touched)?;
    Ok(arrange::reorder(input, &scanned.needs))
}

fn finish(input: &Input, touched: &[touch::Touched], scanned: &scan::Scanned<'_>, lowered: lower::Lowered) -> Plan {
    let lower::Lowered { calls, prologue } = lowered;
    let (exit, exit_prepared) = exit::states(input, touched, &scanned.exits, &prologue);
    Plan {
        passes: input.passes.iter().map(planned).collect(),
        resources: input.resources.iter().map(|resource| resource.name.clone()).collect(),
        shapes: input.resources.iter().map(|resource| resource.shape).collect(),
        topology: input.topology.clone(),
        submissions: vec![Submission {
            queue: QueueRef(0),
            waits: Vec::new(),
            passes: (0..input.passes.len()).collect(),
            imports: resources_that(input, |resource| matches!(resource.entry, Entry::Imported(_))),
            exports: resources_that(input, |resource| matches!(resource.exit, Exit::Present | Exit::Exported { .. })),
        }],
        calls,
        prologue,
        exit,
        exit_prepared,
        reached: Reached::default(),
    }
}

fn planned(pass: &PassInput) -> PlannedPass {
    PlannedPass {
        system: pass.system,
        name: pass.name.clone(),
        stage: pass.stage.clone(),
        kind: pass.kind,
        queue: pass.queue,
        runs_on: QueueRef(0),
        fallback: None,
        auto_barriers: pass.auto_barriers,
    }
}

fn resources_that(input: &Input, are: impl Fn(&ResourceInput) -> bool) -> Vec<ResourceRef> {
    input
        .resources
        .iter()
        .enumerate()
        .filter(|(_, resource)| are(resource))
        .map(|(index, _)| ResourceRef(index))
        .collect()
}
