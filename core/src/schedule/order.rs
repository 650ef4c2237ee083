//! The order of stages: from `after` and `before` to a stable topological order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::panic::Location;

use crate::schedule::error::{Relation, ScheduleError};

/// A stage as it is declared.
#[derive(Clone, Debug)]
pub(crate) struct StageOrder<'a> {
    pub(crate) name: &'a str,
    pub(crate) after: Vec<&'a str>,
    pub(crate) before: Vec<&'a str>,
    pub(crate) at: &'static Location<'static>,
}

/// Stages in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Order {
    /// The stages' indices as declared, each after all that come before it; as declared where the order is free.
    pub(crate) stages: Vec<usize>,
    /// The same stages in groups: a group depends on earlier groups alone.
    pub(crate) groups: Vec<Vec<usize>>,
    /// For each stage, by its index as declared, those that are declared to come right after it.
    pub(crate) later: Vec<Vec<usize>>,
}

/// Puts stages in order.
pub(crate) fn resolve(stages: &[StageOrder<'_>]) -> Result<Order, ScheduleError> {
    let index = index_by_name(stages)?;
    let later = edges(stages, &index)?;
    let Sorted { order, level } = sort(&later).map_err(|chain| ScheduleError::Cycle {
        chain: chain.into_iter().map(|stage| stages[stage].name.to_owned()).collect(),
    })?;
    let mut order = Order { stages: order, groups: Vec::new(), later };
    order.groups = vec![Vec::new(); level.iter().max().map_or(0, |deepest| deepest + 1)];
    for (stage, &level) in level.iter().enumerate() {
        order.groups[level].push(stage);
    }
    Ok(order)
}

/// Things in a stable topological order.
pub(crate) struct Sorted {
    /// Their indices, each after all that come before it; as they stand where the order is free.
    pub(crate) order: Vec<usize>,
    /// For each thing the length of the longest chain that leads to it.
    pub(crate) level: Vec<usize>,
}

/// Sorts things of which `later[n]` come after `n`; a circle among them is the error.
pub(crate) fn sort(later: &[Vec<usize>]) -> Result<Sorted, Vec<usize>> {
    let mut waiting = vec![0_usize; later.len()];
    for &second in later.iter().flatten() {
        waiting[second] += 1;
    }
    let (mut order, mut level) = (Vec::with_capacity(later.len()), vec![0_usize; later.len()]);
    let mut ready: BinaryHeap<_> = (0..later.len()).filter(|&one| waiting[one] == 0).map(Reverse).collect();
    while let Some(Reverse(first)) = ready.pop() {
        order.push(first);
        for &second in &later[first] {
            level[second] = level[second].max(level[first] + 1);
            waiting[second] -= 1;
            if waiting[second] == 0 {
                ready.push(Reverse(second));
            }
        }
    }
    if order.len() == later.len() { Ok(Sorted { order, level }) } else { Err(circle(later, &waiting)) }
}

fn index_by_name<'a>(stages: &[StageOrder<'a>]) -> Result<HashMap<&'a str, usize>, ScheduleError> {
    let mut index = HashMap::new();
    for (second, stage) in stages.iter().enumerate() {
        if let Some(first) = index.insert(stage.name, second) {
            let first = stages[first].at;
            return Err(ScheduleError::DuplicateStage { stage: stage.name.to_owned(), first, second: stage.at });
        }
    }
    Ok(index)
}

/// Lists for each stage those that come after it.
fn edges(stages: &[StageOrder<'_>], index: &HashMap<&str, usize>) -> Result<Vec<Vec<usize>>, ScheduleError> {
    let mut later = vec![Vec::new(); stages.len()];
    for (this, stage) in stages.iter().enumerate() {
        let relations = [(Relation::After, &stage.after), (Relation::Before, &stage.before)];
        for (relation, named) in
            relations.into_iter().flat_map(|(relation, list)| list.iter().map(move |n| (relation, *n)))
        {
            let Some(&other) = index.get(named) else {
                return Err(ScheduleError::UnknownStage {
                    stage: stage.name.to_owned(),
                    relation,
                    named: named.to_owned(),
                    closest: closest(named, stages.iter().map(|stage| stage.name)).map(str::to_owned),
                });
            };
            if other == this {
                return Err(ScheduleError::SelfOrder { stage: stage.name.to_owned(), relation });
            }
            match relation {
                Relation::After => later[other].push(this),
                Relation::Before => later[this].push(other),
            }
        }
    }
    Ok(later)
}

/// Finds a circle among the things that still wait.
fn circle(later: &[Vec<usize>], waiting: &[usize]) -> Vec<usize> {
    let stuck = |stage: usize| waiting[stage] > 0;
    let before = |second: usize| (0..later.len()).find(|&first| stuck(first) && later[first].contains(&second));
    // Every stuck stage waits for a stuck one, so going back must come round.
    let mut walk: Vec<usize> = (0..later.len()).find(|&stage| stuck(stage)).into_iter().collect();
    while let Some(first) = walk.last().copied().and_then(before) {
        if let Some(start) = walk.iter().position(|&stage| stage == first) {
            walk.drain(..start);
            break;
        }
        walk.push(first);
    }
    walk.reverse();
    let earliest = walk.iter().enumerate().min_by_key(|(_, stage)| **stage).map_or(0, |(place, _)| place);
    walk.rotate_left(earliest);
    walk
}

/// Returns the name that is closest to `named`, if one is close at all.
pub(crate) fn closest<'a>(named: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|name| (distance(named, name), name))
        .filter(|(distance, name)| *distance <= (name.chars().count().max(3)) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// Counts the characters to insert, remove, replace or exchange with their neighbours to get from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before_last = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && (a[i], a[i - 1]) == (b[j - 1], b[j]) {
                least = least.min(before_last[j - 1] + 1);
            }
            row.push(least);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use std::panic::Location;

    use super::{StageOrder, resolve};

    fn stage<'a>(name: &'a str, after: &[&'a str], before: &[&'a str]) -> StageOrder<'a> {
        StageOrder { name, after: after.to_vec(), before: before.to_vec(), at: Location::caller() }
    }

    fn message(stages: &[StageOrder<'_>]) -> String {
        resolve(stages).expect_err("these stages are wrong").to_string()
    }

    #[test]
    fn stages_stay_as_declared_where_the_order_is_free() {
        let order = resolve(&[
            stage("present", &["render"], &[]),
            stage("simulate", &[], &["render"]),
            stage("sound", &[], &[]),
            stage("render", &[], &[]),
        ])
        .expect("they can be ordered");
        assert_eq!(order.stages, [1, 2, 3, 0]);
        assert_eq!(order.groups, [vec![1, 2], vec![3], vec![0]]);
    }

    #[test]
    fn an_unknown_stage_is_named_with_the_closest() {
        let text = message(&[stage("render", &["simulat"], &[]), stage("simulate", &[], &[])]);
        assert_eq!(
            text,
            "stage `render` is after `simulat`, which is no stage of this schedule; did you mean `simulate`?"
        );
        let text = message(&[stage("render", &["smiulate"], &[]), stage("simulate", &[], &[])]);
        assert!(text.ends_with("did you mean `simulate`?"), "{text}");
        let text = message(&[stage("render", &[], &["audio"]), stage("simulate", &[], &[])]);
        assert_eq!(text, "stage `render` is before `audio`, which is no stage of this schedule");
    }

    #[test]
    fn a_duplicate_stage_names_both_places() {
        let text = message(&[stage("a", &[], &[]), stage("a", &[], &[])]);
        assert!(text.starts_with("two stages are named `a`; rename one (the first is at "), "{text}");
    }

    #[test]
    fn a_stage_after_itself_is_refused() {
        assert_eq!(message(&[stage("a", &["a"], &[])]), "stage `a` is after itself; remove that");
    }

    #[test]
    fn a_circle_is_printed_as_a_chain() {
        let text = message(&[
            stage("free", &[], &["c"]),
            stage("a", &["c"], &[]),
            stage("b", &["a"], &[]),
            stage("c", &["b"], &[]),
        ]);
        let chain = "`a` -> `b` -> `c` -> `a`";
        assert_eq!(
            text,
            format!("the stages {chain} come before each other in a circle; remove one `after` or `before`")
        );
    }
}
