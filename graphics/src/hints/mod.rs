//! What is known of a frame's barriers before anything runs: for people, and as a plan.

mod declared;
mod text;

use fencewright::{Program, Schedule, ScheduleSpec};

use crate::plan::{Options, PassOrder, Plan, PlanError, Report, Topology, plan_with_report};

/// Tells the barriers between the stages of a schedule type, without a value of it, a device or a Vulkan library.
///
/// Every schedule type has it. Parts that use `self` are not known without a value, and count as the whole resource;
/// what a built schedule says with [`ProgramHints`] is exact.
pub trait BarrierHints: ScheduleSpec {
    /// Returns the barriers that each stage boundary needs, each with its reason and as Rust to paste. For reading, each
    /// resource has structures of its own ([`Policy::PerResource`](crate::plan::Policy::PerResource)); by default, renderers join
    /// some of them.
    fn barrier_hints() -> String {
        text::hints(&declared::of_type(Self::STAGES))
    }

    /// Returns the plan behind the hints: of a frame that follows another one.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](crate::plan::plan).
    fn barrier_plan() -> Result<Plan, PlanError> {
        Ok(declared::of_type(Self::STAGES).plans()?.steady)
    }
}

impl<S: ScheduleSpec + ?Sized> BarrierHints for S {}

/// Tells the barriers of a built schedule, with the parts and instances that its systems' values declare.
pub trait ProgramHints {
    /// Returns the barriers that each stage boundary needs, each with its reason and as Rust to paste. For reading, each
    /// resource has structures of its own ([`Policy::PerResource`](crate::plan::Policy::PerResource)); by default, renderers join
    /// some of them.
    fn barrier_hints(&self) -> String;

    /// Returns the plan behind the hints: of a frame that follows another one.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](crate::plan::plan).
    fn barrier_plan(&self) -> Result<Plan, PlanError>;

    /// Returns that plan as these options ask for it, and how good it is: on one queue, in the declared order.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](crate::plan::plan).
    fn barrier_report(&self, options: Options) -> Result<(Plan, Report), PlanError> {
        self.barrier_report_on(&Topology::one(), PassOrder::Declared, options)
    }

    /// As [`ProgramHints::barrier_report`], over these queues and in this order: passes run where their `#[queue(..)]` asks for,
    /// and the plan has the waits and ownership transfers between.
    ///
    /// # Errors
    ///
    /// Those of [`plan`](crate::plan::plan).
    fn barrier_report_on(
        &self,
        topology: &Topology,
        order: PassOrder,
        options: Options,
    ) -> Result<(Plan, Report), PlanError>;
}

impl ProgramHints for Program {
    fn barrier_hints(&self) -> String {
        text::hints(&declared::of_program(self))
    }

    fn barrier_plan(&self) -> Result<Plan, PlanError> {
        Ok(declared::of_program(self).plans()?.steady)
    }

    fn barrier_report_on(
        &self,
        topology: &Topology,
        order: PassOrder,
        options: Options,
    ) -> Result<(Plan, Report), PlanError> {
        let (_, steady) = declared::of_program(self).inputs(topology, order, options)?;
        plan_with_report(&steady)
    }
}

/// Those of its [`Program`].
impl ProgramHints for Schedule {
    fn barrier_hints(&self) -> String {
        self.program().barrier_hints()
    }

    fn barrier_plan(&self) -> Result<Plan, PlanError> {
        self.program().barrier_plan()
    }

    fn barrier_report_on(
        &self,
        topology: &Topology,
        order: PassOrder,
        options: Options,
    ) -> Result<(Plan, Report), PlanError> {
        self.program().barrier_report_on(topology, order, options)
    }
}
