//! The planner: from passes in program order to barriers, with the reason for each. No device, no IO.
//!
//! A schedule has its plan by [`BarrierHints`](crate::BarrierHints), [`ProgramHints`](crate::ProgramHints) and
//! [`VkFrame::plan`](crate::VkFrame::plan). This module is for who has passes, but no systems:
//!
//! ```
//! use std::sync::Arc;
//!
//! use fencewright_graphics::plan::{self, AccessInput, Input, PassInput, ResourceInput, ResourceRef, Shape, Subresource};
//! use fencewright_graphics::usage::{self, UsageRow};
//! use fencewright_graphics::{Access, PassKind, Queue};
//!
//! let pass = |name: &str, kind, usage: &'static UsageRow, access| PassInput {
//!     system: 0,
//!     name: Arc::from(name),
//!     stage: Arc::from("frame"),
//!     kind,
//!     queue: Queue::Graphics,
//!     auto_barriers: true,
//!     accesses: vec![AccessInput {
//!         resource: ResourceRef(0),
//!         part: Subresource::Buffer { bytes: 0..4096 },
//!         usage,
//!         access,
//!         discard: false,
//!         concurrent: false,
//!         at: None,
//!     }],
//! };
//! let input = Input {
//!     passes: vec![
//!         pass("Upload", PassKind::Transfer, usage::CopyDestination::ROW, Access::Write),
//!         pass("Draw", PassKind::Raster, usage::VertexAttribute::ROW, Access::Read),
//!     ],
//!     resources: vec![ResourceInput {
//!         name: "mesh".to_owned(),
//!         shape: Shape::Buffer { len_bytes: 4096 },
//!         entry: plan::Entry::default(), // nothing is known of it before the frame
//!         exit: plan::Exit::default(),   // and nothing has to be prepared after it
//!         sharing: plan::Sharing::default(),
//!     }],
//!     ..Input::default()
//! };
//!
//! let plan = plan::plan(&input)?;
//! assert_eq!(plan.calls.len(), 1); // right before `Draw`, which reads what `Upload` wrote
//! println!("{plan}");
//! # Ok::<(), plan::PlanError>(())
//! ```

mod arrange;
mod atoms;
mod buckets;
mod draft;
mod error;
mod exit;
mod features;
mod history;
mod input;
mod lower;
mod model;
pub(crate) mod names;
mod narrow;
mod need;
mod opaque;
mod placement;
mod program;
mod queues;
mod reason;
mod reorder;
mod replay;
mod report;
mod resolve;
mod scan;
mod state;
mod topology;
mod touch;

pub use error::{Place, PlanError};
pub use features::Features;
pub use input::{
    AccessInput, Cadence, Compat, Effort, Entry, Exit, Imported, Input, Options, Overlaps, PassInput, Policy,
    ResourceInput, Shape, Sharing,
};
pub use model::{
    Barrier, Call, Fallback, Half, Hazard, Plan, PlannedPass, Point, Reason, ReasonAccess, ResourceRef, Scope,
    Submission, Subresource, Target, Transfer, Wait,
};
pub use program::passes;
pub(crate) use program::{pass as pass_of, resolved};
pub(crate) use queues::flag_names;
pub(crate) use reason::{ANYTHING, IMPORTED, around_opaque};
pub use reorder::PassOrder;
pub use report::{Baseline, Baselines, Cause, Certificate, FalsePair, Report, ReportText, WhyItStays, Witness};
#[cfg(feature = "device")]
pub(crate) use resolve::serving;
pub use state::{AtomState, PartState, PastAccess, PastPoint, PastWait, Reached, ResourceState};
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
    Ok(Steps::of(input)?.plan())
}

/// Plans the barriers of a frame as [`plan`] does, and says how good the plan is: for people and tools, as what it orders
/// for nothing takes longer to list than to avoid.
///
/// # Errors
///
/// Those of [`plan`].
pub fn plan_with_report(input: &Input) -> Result<(Plan, Report), PlanError> {
    let steps = Steps::of(input)?;
    let plan = steps.plan();
    let report = report::report(input, &steps.touched, &steps.scanned.needs, &steps.arranged, &plan);
    Ok((plan, report))
}

/// Returns a better order for the passes: fewer calls, then fewer false pairs.
///
/// Over several queues what a wait orders for nothing counts as a false pair, too, and there are never more waits or ownership
/// transfers than in the order that the passes have.
///
/// Passes move inside their stage only, and never past one that they have a hazard with, so that the result of the frame
/// is the same. Where a pass records its own barriers, the order stays as it is. The plan of the reordered passes names
/// for each the system whose commands it stands for.
///
/// # Errors
///
/// Those of [`plan`].
pub fn reorder(input: &Input) -> Result<Vec<usize>, PlanError> {
    Ok(reorder::reorder(&Steps::until_arranged(input)?))
}

/// What each step found.
struct Steps<'a> {
    input: &'a Input,
    assigned: queues::Assigned<'a>,
    touched: touch::Touched,
    scanned: scan::Scanned<'a>,
    meeting: queues::Meeting,
    lanes: Vec<queues::Lane>,
    arranged: Vec<arrange::Arranged>,
}

impl<'a> Steps<'a> {
    fn until_arranged(input: &'a Input) -> Result<Self, PlanError> {
        let resolved = resolve::resolve(input)?;
        let assigned = queues::assign(input)?;
        let touched = touch::touches(input, &resolved)?;
        let mut scanned = scan::scan(input, &assigned, &touched)?;
        let meeting = queues::meet(input, &assigned, &mut scanned);
        let queues = (0..input.topology.queues().len()).map(QueueRef);
        let lanes = queues.map(|queue| queues::cells(&assigned, &meeting, queue)).collect();
        Ok(Self { input, assigned, touched, scanned, meeting, lanes, arranged: Vec::new() })
    }

    fn of(input: &'a Input) -> Result<Self, PlanError> {
        let mut steps = Self::until_arranged(input)?;
        let arrange = |lane| arrange::arrange(input, &steps.scanned, &steps.meeting, lane);
        steps.arranged = steps.lanes.iter().map(arrange).collect();
        Ok(steps)
    }

    fn plan(&self) -> Plan {
        let Self { input, assigned, touched, scanned, meeting, lanes, arranged } = self;
        let lower::Lowered { calls, prologue } = lower::lower(input, touched, scanned, lanes, arranged);
        let places = calls.iter().map(|(place, _)| *place);
        let submitted = queues::submit(input, assigned, touched, &scanned.needs, meeting, lanes, places);
        let (exit, exit_prepared) = exit::states(input, touched, &scanned.exits, &prologue, &submitted);
        let call = |(place, barriers): (queues::Place, Vec<Barrier>)| Call {
            submission: submitted.of(place),
            gap: place.gap,
            barriers,
        };
        let mut calls: Vec<Call> = calls.into_iter().map(call).collect();
        calls.sort_by_key(|call| (call.gap, call.submission));
        if let [arranged] = &arranged[..] {
            narrow::narrow(input, assigned, touched, &scanned.needs, arranged, &exit, &prologue, &mut calls);
        }
        let passes = input.passes.iter().zip(&assigned.passes).zip(&assigned.fallbacks);
        Plan {
            passes: passes.map(|((pass, queue), fallback)| planned(pass, *queue, *fallback)).collect(),
            resources: input.resources.iter().map(|resource| resource.name.clone()).collect(),
            shapes: input.resources.iter().map(|resource| resource.shape).collect(),
            topology: input.topology.clone(),
            calls,
            prologue,
            exit,
            exit_prepared,
            reached: submitted.reached(meeting),
            submissions: submitted.submissions,
        }
    }
}

fn planned(pass: &PassInput, runs_on: QueueRef, fallback: Option<Fallback>) -> PlannedPass {
    PlannedPass {
        system: pass.system,
        name: pass.name.clone(),
        stage: pass.stage.clone(),
        kind: pass.kind,
        queue: pass.queue,
        runs_on,
        fallback,
        auto_barriers: pass.auto_barriers,
    }
}
