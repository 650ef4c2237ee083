//! Schedules: systems in stages, ordered by what they touch.

mod ambiguity;
mod build;
mod builder;
mod edit;
mod error;
mod function;
mod graph;
mod hazard;
mod local;
mod member;
mod order;
mod outline;
mod reduce;
mod report;
mod warning;
mod within;

use std::fmt;
use std::time::Duration;

use crate::analysis::{self, Dag, Explanation};
use crate::program::{Program, RunContext};
use crate::recording::{self, Chosen, NodeLabel, Recorder, Recording, ReplayError, RunOrder};
use crate::run::{self, Budget, Helpers, Overrun, RunError, RunNumber, Slots, Threads};
use crate::system::ScheduleSpec;
use crate::world::World;

use ambiguity::Declared;
use build::Parts;
use member::Body;
use outline::Outline;
pub(crate) use report::{mermaid_label, quoted};

pub use ambiguity::Ambiguity;
pub use builder::{ScheduleBuilder, Stage};
pub use edit::Edit;
pub use error::{NoSuchSystem, Relation, ScheduleError};
pub use function::SystemFn;
pub use graph::{Edge, Graph, Node, Reason};
pub use hazard::Hazard;
pub use local::{LocalEdit, LocalSchedule, LocalScheduleBuilder, LocalStage};
pub use warning::Warning;

/// Systems in an order in which they can run, again and again.
///
/// The result of a run is that of running every system one after another in program order: stages in order, systems as
/// they stand in a stage. Systems with a hazard keep that order; all others may overlap, across stages too.
///
/// It is made from a type, by `#[derive(Schedule)]` and `Frame { .. }.schedule()?`, or at run time, by [`Schedule::builder`].
///
/// # Examples
///
/// ```
/// use fencewright::prelude::*;
///
/// #[derive(System)]
/// #[writes(u32)]
/// struct Count;
///
/// impl Run for Count {
///     fn run(&mut self, cx: &Cx<'_, Self>) -> Outcome {
///         *cx.write::<u32>()? += 1;
///         Ok(())
///     }
/// }
///
/// let mut world = World::new();
/// world.insert(0_u32);
/// let mut schedule = Schedule::builder().stage(Stage::new("count").system(Count)).build()?;
/// schedule.run(&mut world)?;
/// schedule.run(&mut world)?;
/// assert_eq!(world.get::<u32>(), Some(&2));
///
/// // What goes wrong is an error that names the system.
/// world.remove::<u32>();
/// let error = schedule.run(&mut world).expect_err("there is nothing to count");
/// assert!(error.to_string().contains("Count"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Schedule {
    program: Program,
    graph: Graph,
    groups: Vec<Vec<String>>,
    declared: Declared,
    outline: Outline,
    slots: Slots,
    executor: run::Executor,
    runs: RunNumber,
    threads: Threads,
    order: Chosen,
    recorder: Option<Recorder>,
    budget: Option<Budget>,
    /// Those that went over the budget in the latest run.
    overruns: Vec<Overrun>,
}

impl Schedule {
    /// Starts a schedule that is made at run time.
    pub fn builder() -> ScheduleBuilder {
        ScheduleBuilder::default()
    }

    fn assemble(parts: Parts, threads: Threads) -> Self {
        let Parts { program, graph, groups, declared, outline, bodies } = parts;
        let executor = run::executor(&program, &graph);
        let slots = bodies.into_iter().zip(&program.systems).map(|(body, known)| match body {
            Body::New(system) => build::slot(system, known),
            Body::Kept(index) => unreachable!("there was no system {index} to keep"),
        });
        let slots = Slots::new(slots.collect());
        Self {
            program,
            graph,
            groups,
            declared,
            outline,
            slots,
            executor,
            runs: RunNumber::default(),
            threads,
            order: Chosen::Free,
            recorder: None,
            budget: None,
            overruns: Vec::new(),
        }
    }

    /// Says on which threads it runs.
    #[must_use]
    pub fn with_threads(mut self, threads: Threads) -> Self {
        self.threads = threads;
        self
    }

    /// Gives each system so much time in a run: who takes longer is in [`overruns`](Self::overruns), and with feature `tracing` in a warning.
    ///
    /// Two time stamps for each system more; without a budget nothing. A debug build may well set one always:
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use fencewright::{Schedule, World};
    /// let mut schedule = Schedule::builder().build()?;
    /// schedule.set_budget(cfg!(debug_assertions).then_some(Duration::from_millis(4)));
    /// schedule.run(&mut World::new())?;
    /// schedule.overruns().iter().for_each(|overrun| eprintln!("{overrun}"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_budget(&mut self, each: Option<Duration>) {
        self.budget = each.map(Budget::new);
        self.overruns.clear();
    }

    /// Returns the systems that took longer than the [budget](Self::set_budget) in the latest run, in program order.
    pub fn overruns(&self) -> &[Overrun] {
        &self.overruns
    }

    /// Runs every system once.
    ///
    /// # Errors
    ///
    /// Returns an error if a system fails or panics: the first in program order, with its name. Systems that do not
    /// depend on it finish, those that do are skipped, and the schedule can run again.
    pub fn run(&mut self, world: &mut World) -> Result<(), RunError> {
        self.run_in(world, None)
    }

    /// Says in which of its legal orders it runs from now on: any, one drawn from a seed, or a recorded one.
    ///
    /// # Errors
    ///
    /// Returns an error if a recorded run is of another schedule.
    pub fn set_order(&mut self, order: RunOrder) -> Result<(), ReplayError> {
        self.order = recording::choose(order, &self.dag(), &self.node_names())?;
        Ok(())
    }

    /// Records every run from now on, until [`take_recording`](Self::take_recording).
    ///
    /// While it records, a run takes two time stamps and two short locks for each system more.
    pub fn record(&mut self) {
        self.recorder = Some(Recorder::new(self.labels()));
    }

    /// Ends the recording and returns it; it is empty if there is none.
    pub fn take_recording(&mut self) -> Recording {
        self.recorder.take().map(Recorder::into_recording).unwrap_or_default()
    }

    /// Says what the slices of each node are called.
    fn labels(&self) -> Vec<NodeLabel> {
        let stage = |node: &Node| match *node {
            Node::System(system) => self.program.systems[system].stage,
            Node::Sync { stage } => stage,
        };
        let nodes = self.graph.nodes().iter().zip(self.node_names());
        nodes.map(|(node, name)| NodeLabel { name, stage: self.program.stages[stage(node)].clone() }).collect()
    }

    fn node_names(&self) -> Vec<String> {
        (0..self.graph.nodes().len()).map(|node| self.node_name(node)).collect()
    }

    /// Runs every system once, with a context that systems get by [`Cx::context`](crate::Cx::context): a frame, say.
    ///
    /// # Errors
    ///
    /// Returns an error if the context cannot be prepared, and as [`run`](Self::run) does.
    #[track_caller]
    pub fn run_with(&mut self, world: &mut World, context: &impl RunContext) -> Result<(), RunError> {
        self.refresh();
        context.prepare(&self.program).map_err(RunError::prepare)?;
        self.run_in(world, Some(context))
    }

    /// Returns the systems in program order.
    pub const fn program(&self) -> &Program {
        &self.program
    }

    /// Returns what waits for what, and why.
    pub const fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Returns the names of the stages in groups: a group depends on earlier groups alone.
    pub fn topo_groups(&self) -> &[Vec<String>] {
        &self.groups
    }

    /// Lists the systems with a hazard whose order nobody declared, in program order, less those that were allowed.
    ///
    /// They run as they stand, here and always. Where that order matters, declare it; where it does not, say so with
    /// [`allow_ambiguity`](ScheduleBuilder::allow_ambiguity); and with [`deny_ambiguities`](ScheduleBuilder::deny_ambiguities)
    /// nothing of the kind is built.
    pub fn ambiguities(&self) -> Vec<Ambiguity<'_>> {
        self.declared.ambiguities(&self.program, &self.graph)
    }

    /// Explains why two systems, given by their names, do or do not overlap.
    ///
    /// # Errors
    ///
    /// Returns an error if the schedule has no system of one of the names.
    pub fn explain(&self, a: &str, b: &str) -> Result<Explanation<'_>, NoSuchSystem> {
        Ok(analysis::explain(self, self.find(a)?, self.find(b)?))
    }

    /// Returns the graph in flat arrays, for [`analysis`](crate::analysis); its nodes are those of [`graph`](Self::graph).
    pub fn dag(&self) -> Dag {
        dag(&self.graph)
    }

    /// Returns what each node of the graph costs in nanoseconds, as [`analysis`](crate::analysis) takes it: learned from runs, of which the
    /// first are timed and later ones now and then. Before the first run all are 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use fencewright::analysis::simulate;
    /// use fencewright::{Schedule, Stage, SystemFn, World};
    ///
    /// let work = SystemFn::new("work", |_| Ok(std::thread::sleep(std::time::Duration::from_millis(1))));
    /// let mut schedule = Schedule::builder().stage(Stage::new("main").system_fn(work)).build()?;
    /// schedule.run(&mut World::new())?;
    /// let on_four_threads = simulate(&schedule.dag(), &schedule.costs_ns(), 4);
    /// assert!(on_four_threads.makespan_ns >= 1_000_000);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn costs_ns(&self) -> Vec<u64> {
        self.executor.costs_ns()
    }

    /// Returns what a run should take on `threads` threads, in nanoseconds, if its nodes cost what `costs_ns` says: as the executor would
    /// place them, with what it costs itself, and on the calling thread alone where helpers would gain too little.
    ///
    /// [`analysis::simulate`] is the same without anything but the nodes' own costs. How much of this is met is in `docs/benchmarks.md`.
    ///
    /// # Panics
    ///
    /// Panics if `threads` is zero, or `costs_ns` has not one cost for each node of the [`graph`](Self::graph).
    #[track_caller]
    pub fn expected_ns(&self, costs_ns: &[u64], threads: usize, helpers: Helpers) -> u64 {
        assert!(threads > 0, "a run has at least one thread");
        assert_eq!(costs_ns.len(), self.graph.nodes().len(), "one cost for each node");
        self.executor.expected_ns(costs_ns, threads, helpers)
    }

    /// Returns the name of a node of the graph: a system's, or the stage whose commands apply there.
    pub fn node_name(&self, node: usize) -> String {
        report::node_name(&self.program, self.graph.nodes()[node])
    }

    /// Says one reason of an edge as a sentence.
    pub(crate) fn because(&self, first: usize, second: usize, reason: &Reason) -> String {
        report::Because(&self.program, &self.node_name(first), &self.node_name(second), reason).to_string()
    }

    /// Returns one reason of an edge as JSON.
    pub(crate) fn reason_json(&self, reason: &Reason) -> String {
        report::json_reason(&self.program, reason)
    }

    fn find(&self, name: &str) -> Result<usize, NoSuchSystem> {
        self.program.systems.iter().position(|system| system.name == name).ok_or_else(|| NoSuchSystem {
            name: name.to_owned(),
            closest: order::closest(name, self.program.systems.iter().map(|system| &*system.name)).map(str::to_owned),
        })
    }

    /// Returns the graph in the language of Graphviz.
    pub fn to_dot(&self) -> String {
        report::dot(&self.program, &self.graph)
    }

    /// Returns the graph as a Mermaid flowchart, as Markdown viewers draw it.
    pub fn to_mermaid(&self) -> String {
        report::mermaid(&self.program, &self.graph)
    }

    /// Returns what makes the schedule slower than it need be, as far as it can be seen from the declarations.
    pub fn warnings(&self) -> Vec<Warning<'_>> {
        warning::find(&self.program)
    }

    /// Returns the stages, systems and edges as JSON.
    pub fn to_json(&self) -> String {
        report::json(&self.program, &self.graph, &self.groups)
    }

    /// Asks the systems again whose declaration depends on their value.
    fn refresh(&mut self) {
        let mut changed = false;
        for (index, system) in self.program.systems.iter_mut().enumerate() {
            if system.info.uses_self {
                system.declaration.begin();
                self.slots.get_mut(index).declare(&mut system.declaration);
                changed |= system.declaration.end();
            }
        }
        self.program.revision += u64::from(changed);
    }

    fn run_in(&mut self, world: &mut World, context: Option<&dyn RunContext>) -> Result<(), RunError> {
        let Self { program, graph, executor, runs, slots, threads, order, recorder, budget, .. } = self;
        let order = order.next(|| dag(graph));
        recorder.iter().for_each(Recorder::begin_run);
        let number = runs.next();
        let outcome = run::run(run::Job {
            program,
            graph,
            executor,
            number,
            slots,
            threads,
            world,
            context,
            order: order.as_deref(),
            recorder: recorder.as_ref(),
            budget: budget.as_ref(),
        });
        recorder.iter_mut().for_each(Recorder::end_run);
        self.note_overruns(number);
        outcome
    }

    fn note_overruns(&mut self, number: RunNumber) {
        let Some(budget) = &mut self.budget else { return };
        let each = budget.each();
        let name = |system: usize| self.program.systems[system].name.clone();
        let over = budget.take().into_iter();
        let over = over.map(|(system, took)| Overrun { system: name(system), run: number.get(), took, budget: each });
        self.overruns = over.collect();
        #[cfg(feature = "tracing")]
        self.overruns.iter().for_each(|overrun| tracing::warn!("{overrun}"));
    }
}

/// Returns a graph in flat arrays.
fn dag(graph: &Graph) -> Dag {
    let edges: Vec<_> = graph.edges().iter().map(|edge| (edge.first, edge.second)).collect();
    match Dag::new(graph.nodes().len(), &edges) {
        Ok(dag) => dag,
        Err(error) => unreachable!("edges follow program order: {error}"),
    }
}

impl fmt::Display for Schedule {
    /// Prints the stages with their systems, and every edge with its reasons.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        report::text(f, &self.program, &self.graph, &self.groups)
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schedule")
            .field("stages", &self.program.stages)
            .field("systems", &self.program.systems.iter().map(|system| &system.name).collect::<Vec<_>>())
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// Puts the stages of a schedule type in groups: a group depends on earlier groups alone.
pub(crate) fn topo_groups<S: ScheduleSpec + ?Sized>() -> Result<Vec<Vec<&'static str>>, ScheduleError> {
    let stages: Vec<_> = S::STAGES
        .iter()
        .map(|stage| order::StageOrder {
            name: stage.name,
            after: stage.after.to_vec(),
            before: stage.before.to_vec(),
            at: stage.at,
        })
        .collect();
    let order = order::resolve(&stages)?;
    Ok(order.groups.iter().map(|group| group.iter().map(|&stage| stages[stage].name).collect()).collect())
}
