//! From stages to a schedule: the order, the program, the graph. Nothing is taken from a schedule that there is.

use std::collections::{HashMap, HashSet};

use crate::cx::{Own, Table};
use crate::declaration::{Annotation, Declaration};
use crate::program::{Program, ProgramSystem};
use crate::query::QueryCaches;
use crate::run::{AnySystem, Slot};
use crate::schedule::ambiguity::{Declared, Policy};
use crate::schedule::builder::Stage;
use crate::schedule::error::ScheduleError;
use crate::schedule::graph::{Graph, Reason};
use crate::schedule::member::{Body, Member};
use crate::schedule::order::{Order, StageOrder, resolve};
use crate::schedule::outline::Outline;
use crate::schedule::{hazard, within};
use crate::world::Commands;

/// What a schedule is made of.
pub(super) struct Parts {
    pub(super) program: Program,
    pub(super) graph: Graph,
    pub(super) groups: Vec<Vec<String>>,
    pub(super) declared: Declared,
    pub(super) outline: Outline,
    /// The systems, in program order.
    pub(super) bodies: Vec<Body>,
}

/// Makes the parts of a schedule of stages whose conditions are systems, `conditions` in all so far.
///
/// `kept` asks a system that the schedule has already what it declares.
pub(super) fn parts(
    stages: Vec<Stage>,
    policy: Policy,
    conditions: usize,
    mut kept: impl FnMut(usize, &mut Declaration),
) -> Result<Parts, ScheduleError> {
    let order = order_of(&stages)?;
    let stages = in_order(stages, &order);
    let groups = group_names(&stages, &order);
    let declared = Declared { stages: later_in_order(&order), policy };
    let mut outline = Outline::of(&stages, conditions);
    let (stages, explicit) = within::order(stages)?;
    outline.add_members(stages.iter().flat_map(|stage| &stage.members));
    let (program, bodies) = program_of(stages, &mut kept);
    check(&program)?;
    let graph = graph_of(&program, &explicit);
    declared.check(&program, &graph)?;
    Ok(Parts { program, graph, groups, declared, outline, bodies })
}

/// Makes what belongs to one system alone.
pub(super) fn slot(system: Box<dyn AnySystem>, known: &ProgramSystem) -> Slot {
    let own = Own {
        table: Table::new(hazard::accesses(known).into_iter(), hazard::whole_world(known).is_some()),
        queries: QueryCaches::default(),
        commands: gives_commands(known).then(Commands::default),
    };
    Slot::new(system, own)
}

fn order_of(stages: &[Stage]) -> Result<Order, ScheduleError> {
    let stages: Vec<_> = stages
        .iter()
        .map(|stage| StageOrder {
            name: &stage.name,
            after: stage.after.iter().map(String::as_str).collect(),
            before: stage.before.iter().map(String::as_str).collect(),
            at: stage.at,
        })
        .collect();
    resolve(&stages)
}

/// Puts the stages in order.
fn in_order(stages: Vec<Stage>, order: &Order) -> Vec<Stage> {
    let mut place = vec![0; stages.len()];
    for (position, &stage) in order.stages.iter().enumerate() {
        place[stage] = position;
    }
    let mut stages: Vec<_> = stages.into_iter().enumerate().collect();
    stages.sort_by_key(|(declared, _)| place[*declared]);
    stages.into_iter().map(|(_, stage)| stage).collect()
}

/// Lists for each stage in order those that are declared to come right after it.
fn later_in_order(order: &Order) -> Vec<Vec<usize>> {
    let mut place = vec![0; order.stages.len()];
    for (position, &stage) in order.stages.iter().enumerate() {
        place[stage] = position;
    }
    order.stages.iter().map(|&stage| order.later[stage].iter().map(|&later| place[later]).collect()).collect()
}

/// Names the stages of each group. `stages` stand in order by now, the groups name them as declared.
fn group_names(stages: &[Stage], order: &Order) -> Vec<Vec<String>> {
    let place = |declared: usize| order.stages.iter().position(|&stage| stage == declared).unwrap_or_default();
    order.groups.iter().map(|group| group.iter().map(|&stage| stages[place(stage)].name.clone()).collect()).collect()
}

fn program_of(stages: Vec<within::Ordered>, kept: &mut impl FnMut(usize, &mut Declaration)) -> (Program, Vec<Body>) {
    let mut names = Names::taken(stages.iter().flat_map(|stage| &stage.members));
    let (mut program, mut bodies) = (Program::default(), Vec::new());
    for (stage, within::Ordered { name, members }) in stages.into_iter().enumerate() {
        program.stages.push(name);
        for Member { name, own_name, info, reads, writes, body, pinned, .. } in members {
            let name = own_name.unwrap_or_else(|| names.give(&name));
            let declaration = body.declare(kept);
            program.systems.push(ProgramSystem { name, stage, info, reads, writes, declaration, pinned });
            bodies.push(body);
        }
    }
    (program, bodies)
}

/// The names of systems that are their own.
#[derive(Default)]
struct Names {
    taken: HashSet<String>,
    /// For each name the number to try next.
    next: HashMap<String, usize>,
}

impl Names {
    /// Notes the names that some have already: whoever has one keeps it.
    fn taken<'a>(members: impl Iterator<Item = &'a Member>) -> Self {
        Self { taken: members.filter_map(|member| member.own_name.clone()).collect(), next: HashMap::new() }
    }

    /// Returns `Blur`, or the next of `Blur#1`, `Blur#2` that nobody has.
    fn give(&mut self, name: &str) -> String {
        let next = self.next.entry(name.to_owned()).or_default();
        loop {
            let own = if *next == 0 { name.to_owned() } else { format!("{name}#{next}") };
            *next += 1;
            if self.taken.insert(own.clone()) {
                return own;
            }
        }
    }
}

/// Lets every fact that a system carries check itself.
fn check(program: &Program) -> Result<(), ScheduleError> {
    for system in program.systems() {
        let of_type = system.info.annotations.iter().copied();
        for annotation in of_type.chain(system.declaration.annotations()) {
            check_one(annotation, system)?;
        }
    }
    Ok(())
}

fn check_one(annotation: &dyn Annotation, system: &ProgramSystem) -> Result<(), ScheduleError> {
    annotation.check(&system.info).map_err(|failure| {
        let at = failure.at();
        ScheduleError::Declaration { system: system.name.clone(), error: failure.into_error(), at }
    })
}

fn graph_of(program: &Program, explicit: &[(usize, usize)]) -> Graph {
    let accesses: Vec<_> = program.systems.iter().map(hazard::accesses).collect();
    let stages: Vec<_> = program.systems.iter().map(|system| system.stage).collect();
    let mut syncs = vec![false; program.stages.len()];
    for system in &program.systems {
        syncs[system.stage] |= gives_commands(system);
    }
    let whole: Vec<_> = program.systems.iter().map(|system| hazard::whole_world(system).copied()).collect();
    let mut reasons = hazard::find(&accesses, &whole);
    reasons.extend(
        explicit.iter().map(|&(first, second)| (first, second, Reason::After { at: program.systems[second].at() })),
    );
    Graph::new(&stages, &syncs, reasons)
}

fn gives_commands(system: &ProgramSystem) -> bool {
    system.writes.iter().any(hazard::is_commands)
}
