//! The planner: from passes in program order to barriers, with the reason for each. No device, no IO.

mod model;

pub use model::{
    Barrier, Call, Hazard, Plan, PlannedPass, Reason, ReasonAccess, ResourceRef, Scope, Subresource, Target,
};
