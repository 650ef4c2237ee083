//! The order inside a stage: as systems stand, and after those that they name.

use std::collections::HashMap;

use crate::schedule::builder::Stage;
use crate::schedule::error::ScheduleError;
use crate::schedule::member::Member;
use crate::schedule::order::{closest, sort};

/// A stage whose systems stand in program order.
pub(crate) struct Ordered {
    pub(crate) name: String,
    pub(crate) members: Vec<Member>,
}

/// Pairs of systems, by their index in program order, of which the second must come after the first.
pub(crate) type Explicit = Vec<(usize, usize)>;

/// Orders the systems of every stage, and returns which must come after which.
pub(crate) fn order(stages: Vec<Stage>) -> Result<(Vec<Ordered>, Explicit), ScheduleError> {
    if stages.iter().flat_map(|stage| &stage.systems).all(|system| system.after.is_empty()) {
        // They all stand where they are.
        let ordered = stages.into_iter().map(|Stage { name, systems, .. }| Ordered { name, members: systems });
        return Ok((ordered.collect(), Explicit::new()));
    }
    let named = Named::new(&stages);
    let (mut ordered, mut explicit) = (Vec::with_capacity(stages.len()), Vec::new());
    let (mut place, mut start) = (HashMap::new(), 0);
    for (stage, Stage { name, systems, .. }) in stages.into_iter().enumerate() {
        let order = sort_stage(stage, &systems, &named)?;
        place.extend(order.iter().enumerate().map(|(position, &system)| ((stage, system), start + position)));
        for &system in &order {
            for first in named.firsts(stage, &systems[system])? {
                explicit.push((place[&first], place[&(stage, system)]));
            }
        }
        start += systems.len();
        ordered.push(Ordered { name, members: in_order(systems, order) });
    }
    Ok((ordered, explicit))
}

fn in_order(systems: Vec<Member>, order: Vec<usize>) -> Vec<Member> {
    // Most stages stand as they are.
    if order.is_sorted() {
        return systems;
    }
    let mut systems: Vec<_> = systems.into_iter().map(Some).collect();
    order.into_iter().filter_map(|system| systems[system].take()).collect()
}

fn sort_stage(stage: usize, systems: &[Member], named: &Named) -> Result<Vec<usize>, ScheduleError> {
    let mut later = vec![Vec::new(); systems.len()];
    for (second, system) in systems.iter().enumerate() {
        for (of, first) in named.firsts(stage, system)? {
            if of == stage {
                later[first].push(second);
            }
        }
    }
    let chain = |chain: Vec<usize>| chain.into_iter().map(|system| systems[system].name.clone()).collect();
    Ok(sort(&later).map_err(|circle| ScheduleError::SystemCycle { chain: chain(circle) })?.order)
}

/// Where the systems with a name stand: stage and position.
struct Named(HashMap<String, Vec<(usize, usize)>>);

impl Named {
    fn new(stages: &[Stage]) -> Self {
        let mut named: HashMap<String, Vec<_>> = HashMap::new();
        for (stage, systems) in stages.iter().map(|stage| &stage.systems).enumerate() {
            for (position, system) in systems.iter().enumerate() {
                named.entry(system.name.clone()).or_default().push((stage, position));
            }
        }
        Self(named)
    }

    /// Returns the systems that `system` comes after; every one, where several have the name.
    fn firsts(&self, stage: usize, system: &Member) -> Result<Vec<(usize, usize)>, ScheduleError> {
        let mut firsts = Vec::new();
        for after in &system.after {
            let wrong = |why, closest: Option<&str>| ScheduleError::UnknownSystem {
                system: system.name.clone(),
                named: after.clone(),
                why,
                closest: closest.map(str::to_owned),
            };
            let Some(found) = self.0.get(after) else {
                let mut names: Vec<_> = self.0.keys().map(String::as_str).filter(|name| *name != system.name).collect();
                names.sort_unstable();
                return Err(wrong("is no system of this schedule", closest(after, names.into_iter())));
            };
            if found.iter().any(|&(of, _)| of > stage) {
                return Err(wrong("stands in a later stage; order the stages instead", None));
            }
            firsts.extend(found);
        }
        Ok(firsts)
    }
}
