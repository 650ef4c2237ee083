//! Systems that come and go while a schedule is in use.

use std::collections::HashMap;

use crate::recording::{Chosen, Recorder};
use crate::run::{self, Slots};
use crate::schedule::build::{self, Parts};
use crate::schedule::builder::Stage;
use crate::schedule::error::ScheduleError;
use crate::schedule::member::{Body, Member};
use crate::schedule::order::closest;
use crate::schedule::{Graph, Node, Schedule};

/// Changes to a schedule that is in use. Made by [`Schedule::edit`]; all of them happen at [`apply`](Self::apply), or none.
///
/// Systems that stay keep their state, their names, what they have seen of the world's changes, and what their queries remember;
/// the schedule keeps what it has learned of their costs, and its rules for ambiguities.
///
/// # Examples
///
/// ```
/// use fencewright::prelude::*;
///
/// #[derive(System)]
/// struct Rain;
///
/// impl Run for Rain {
///     fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
///         Ok(())
///     }
/// }
///
/// #[derive(System)]
/// struct Snow;
///
/// impl Run for Snow {
///     fn run(&mut self, _: &Cx<'_, Self>) -> Outcome {
///         Ok(())
///     }
/// }
///
/// let mut schedule = Schedule::builder().stage(Stage::new("weather").system(Rain)).build()?;
/// schedule.run(&mut World::new())?;
///
/// let winter = Stage::new("weather").system(Snow);
/// let slide = Stage::new("walk").after("weather").system(Snow);
/// schedule.edit().extend(winter).stage(slide).remove("Rain").apply()?;
/// let names: Vec<_> = schedule.program().systems().iter().map(|system| system.name()).collect();
/// assert_eq!(names, ["Snow", "Snow#1"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "an edit does nothing until `apply`"]
pub struct Edit<'s> {
    schedule: &'s mut Schedule,
    changes: Vec<Change>,
}

#[derive(Debug)]
enum Change {
    AddStage(Stage),
    Extend(Stage),
    Remove(String),
    RemoveStage(String),
}

impl<'s> Edit<'s> {
    pub(super) const fn new(schedule: &'s mut Schedule) -> Self {
        Self { schedule, changes: Vec::new() }
    }

    /// Adds a stage; where its order is free, after those that are there.
    pub fn stage(self, stage: Stage) -> Self {
        self.with(Change::AddStage(stage))
    }

    /// Adds the systems of `part` to the stage of the same name, after those that it has.
    ///
    /// They run on the conditions of that stage, and on those of the part. What the part is `after` and `before`, the whole stage is
    /// from now on.
    pub fn extend(self, part: Stage) -> Self {
        self.with(Change::Extend(part))
    }

    /// Removes a system, by the name that it has in the [`Program`](crate::Program).
    ///
    /// Systems that were ordered by way of it stay ordered.
    pub fn remove(self, system: impl Into<String>) -> Self {
        self.with(Change::Remove(system.into()))
    }

    /// Removes a stage with its systems and conditions. Stages that were ordered by way of it stay ordered.
    pub fn remove_stage(self, stage: impl Into<String>) -> Self {
        self.with(Change::RemoveStage(stage.into()))
    }

    fn with(mut self, change: Change) -> Self {
        self.changes.push(change);
        self
    }

    /// Makes all changes, one after another. A recording goes on with the new systems; a replay ends.
    ///
    /// Costs about as much as building the schedule without making its systems: the graph is built anew, the systems are moved.
    ///
    /// # Errors
    ///
    /// Returns an error if a system or stage to change does not exist, and as [`ScheduleBuilder::build`](crate::ScheduleBuilder::build)
    /// does. The schedule is then as it was.
    pub fn apply(self) -> Result<(), ScheduleError> {
        let Self { schedule, changes } = self;
        let mut stages = schedule.outline.stages(&schedule.program);
        let mut conditions = schedule.outline.conditions;
        for change in changes {
            change.make(&mut stages, &mut conditions)?;
        }
        let policy = schedule.declared.policy.clone();
        let slots = &mut schedule.slots;
        let parts =
            build::parts(stages, policy, conditions, |index, declaration| slots.get_mut(index).declare(declaration))?;
        schedule.replace(parts);
        Ok(())
    }
}

impl Change {
    fn make(self, stages: &mut Vec<Stage>, conditions: &mut usize) -> Result<(), ScheduleError> {
        match self {
            Self::AddStage(mut stage) => {
                stage.ask_conditions(conditions);
                stages.push(stage);
            }
            Self::Extend(part) => {
                let stage = find_stage(stages, &part.name)?;
                stages[stage].extend(part, conditions);
            }
            Self::Remove(system) => remove(stages, &system)?,
            Self::RemoveStage(stage) => {
                let stage = find_stage(stages, &stage)?;
                remove_stage(stages, stage);
            }
        }
        Ok(())
    }
}

fn find_stage(stages: &[Stage], name: &str) -> Result<usize, ScheduleError> {
    stages.iter().position(|stage| stage.name == name).ok_or_else(|| ScheduleError::NoSuchStage {
        stage: name.to_owned(),
        closest: closest(name, stages.iter().map(|stage| &*stage.name)).map(str::to_owned),
    })
}

/// Returns the name of a system in the program; one that this edit brings has none yet.
fn own_name(member: &Member) -> &str {
    member.own_name.as_ref().unwrap_or(&member.name)
}

fn remove(stages: &mut [Stage], name: &str) -> Result<(), ScheduleError> {
    let place = stages
        .iter()
        .enumerate()
        .find_map(|(stage, all)| Some((stage, all.systems.iter().position(|member| own_name(member) == name)?)));
    let Some((stage, system)) = place else {
        let names = stages.iter().flat_map(|stage| &stage.systems).map(own_name);
        let closest = closest(name, names).map(str::to_owned);
        return Err(ScheduleError::NoSuchSystem { system: name.to_owned(), closest });
    };
    if stages[stage].systems[system].asks {
        let stage = stages[stage].name.clone();
        return Err(ScheduleError::RemovedCondition { system: name.to_owned(), stage });
    }
    let gone = stages[stage].systems.remove(system);
    hand_on_order(stages, &[gone]);
    Ok(())
}

/// Lets those that came after systems that are gone come after what these came after.
fn hand_on_order(stages: &mut [Stage], gone: &[Member]) {
    let left: Vec<&str> = stages.iter().flat_map(|stage| &stage.systems).map(|member| &*member.name).collect();
    let mut before: HashMap<String, Vec<String>> = HashMap::new();
    for member in gone.iter().filter(|member| !left.contains(&&*member.name)) {
        before.entry(member.name.clone()).or_default().extend(member.after.iter().cloned());
    }
    for member in stages.iter_mut().flat_map(|stage| &mut stage.systems) {
        if member.after.iter().any(|name| before.contains_key(name)) {
            member.after = resolved(&member.after, &before);
        }
    }
}

/// Replaces each name that is gone by what it came after, which may be gone as well.
fn resolved(names: &[String], gone: &HashMap<String, Vec<String>>) -> Vec<String> {
    let (mut queue, mut seen, mut left) = (names.to_vec(), Vec::new(), Vec::new());
    while let Some(name) = queue.pop() {
        if seen.contains(&name) {
            continue;
        }
        match gone.get(&name) {
            Some(earlier) => queue.extend(earlier.iter().cloned()),
            None => left.push(name.clone()),
        }
        seen.push(name);
    }
    left.sort_unstable();
    left
}

fn remove_stage(stages: &mut Vec<Stage>, index: usize) {
    let gone = stages.remove(index);
    let mut earlier = gone.after.clone();
    earlier.extend(stages.iter().filter(|stage| stage.before.contains(&gone.name)).map(|stage| stage.name.clone()));
    for stage in stages.iter_mut() {
        stage.before.retain(|name| *name != gone.name);
        if stage.after.contains(&gone.name) || gone.before.contains(&stage.name) {
            stage.after.retain(|name| *name != gone.name);
            stage.after.extend(earlier.iter().cloned());
        }
    }
    hand_on_order(stages, &gone.systems);
}

impl Schedule {
    /// Starts to change which systems it has.
    pub fn edit(&mut self) -> Edit<'_> {
        Edit::new(self)
    }

    /// Puts new parts in the place of the old ones, with the systems that stay.
    fn replace(&mut self, parts: Parts) {
        let Parts { program, graph, groups, declared, outline, bodies } = parts;
        let mut executor = run::executor(&program, &graph);
        executor.take_over(&self.executor, self.earlier_nodes(&program.stages, &graph, &bodies).into_iter());
        let mut kept = self.slots.take();
        let slots = bodies.into_iter().zip(&program.systems).map(|(body, known)| match body {
            Body::New(system) => build::slot(system, known),
            Body::Kept(index) => kept[index].take().expect("each system is kept once"),
        });
        self.slots = Slots::new(slots.collect());
        self.program = program;
        self.graph = graph;
        self.groups = groups;
        self.declared = declared;
        self.outline = outline;
        self.executor = executor;
        if matches!(self.order, Chosen::Replayed(_)) {
            self.order = Chosen::Free;
        }
        let labels = self.labels();
        self.recorder.iter_mut().for_each(|recorder: &mut Recorder| recorder.relabel(labels.clone()));
    }

    /// Finds for each node of a new graph what it was in the one so far.
    fn earlier_nodes(&self, stages: &[String], graph: &Graph, bodies: &[Body]) -> Vec<Option<usize>> {
        let mut systems = vec![None; self.program.systems.len()];
        let mut syncs = HashMap::new();
        for (node, what) in self.graph.nodes().iter().enumerate() {
            match *what {
                Node::System(system) => systems[system] = Some(node),
                Node::Sync { stage } => {
                    syncs.insert(&self.program.stages[stage], node);
                }
            }
        }
        let earlier = graph.nodes().iter().map(|what| match *what {
            Node::System(system) => match bodies[system] {
                Body::New(_) => None,
                Body::Kept(index) => systems[index],
            },
            Node::Sync { stage } => syncs.get(&stages[stage]).copied(),
        });
        earlier.collect()
    }
}
