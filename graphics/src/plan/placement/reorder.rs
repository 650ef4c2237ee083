//! A better order of the passes, where the user lets it change.
//!
//! Passes move only inside their group (a stage of the schedule), and never past one that they depend on or that depends
//! on them: serial equivalence holds, since only passes without a hazard between them change places. Layouts and first
//! uses follow from the order, so the dependencies are to be derived again from the new one.
//!
//! The search moves one pass at a time to the place in its reach that lowers (calls, false pairs) most, until none does.

use super::Fewest;
use super::kinds::Kinds;
use super::pairs::{Board, window};
use super::problem::{Carrier, Choices, Dependency, Effort, Problem, Producer};
use super::units::Units;

/// How many orders are tried in all, over the square of the number of passes.
const ORDERS: usize = 1 << 22;

/// Returns the passes in a better order, as indices into `problem.passes`; passes with different `groups` keep their
/// order. Without a better one, the order is the present one.
///
/// # Panics
///
/// If there is not a group for each pass.
#[track_caller]
pub(crate) fn reorder(problem: &Problem, choices: &Choices, groups: &[usize]) -> Vec<usize> {
    let passes = problem.passes.len();
    assert_eq!(groups.len(), passes, "each pass has a group");
    let mut order: Vec<usize> = (0..passes).collect();
    let mut left = ORDERS / (passes * passes).max(1);
    let mut best = value(problem, choices, &order);
    loop {
        let mut found = None;
        for from in 0..passes {
            for to in reach(problem, groups, &order, from) {
                if left == 0 {
                    return order;
                }
                left -= 1;
                let tried = moved(&order, from, to);
                let value = value(problem, choices, &tried);
                if value < best {
                    (best, found) = (value, Some(tried));
                }
            }
        }
        match found {
            Some(better) => order = better,
            None => return order,
        }
    }
}

/// Returns the places to which a pass can move without changing places with one it depends on, or of another group.
fn reach(problem: &Problem, groups: &[usize], order: &[usize], from: usize) -> Vec<usize> {
    let pass = order[from];
    let stops = |other: usize| {
        groups[other] != groups[pass]
            || problem.dependencies.iter().any(|dependency| {
                let ends = (dependency.producer, dependency.consumer);
                ends == (Producer::Pass(pass), other) || ends == (Producer::Pass(other), pass)
            })
    };
    let low = (0..from).rev().take_while(|at| !stops(order[*at])).last().unwrap_or(from);
    let high = (from + 1..order.len()).take_while(|at| !stops(order[*at])).last().unwrap_or(from);
    (low..=high).filter(|to| *to != from).collect()
}

fn moved(order: &[usize], from: usize, to: usize) -> Vec<usize> {
    let mut order = order.to_vec();
    let pass = order.remove(from);
    order.insert(to, pass);
    order
}

/// Returns how many calls and false pairs an order has.
fn value(problem: &Problem, choices: &Choices, order: &[usize]) -> (usize, usize) {
    let problem = permuted(problem, order);
    let mut kinds = Kinds::of(&problem);
    let units = Units::of(&problem, choices, &mut kinds);
    let fewest = Fewest::of(&problem, choices.frame, &units);
    let board = Board::new(&problem, kinds, window(order.len()));
    let solution = fewest.search(&board, &units, Effort::Nodes(4));
    (fewest.calls, solution.cost)
}

/// Returns the problem with its passes in another order. The first of those that use what a transition made becomes the
/// one for which it is made.
pub(super) fn permuted(problem: &Problem, order: &[usize]) -> Problem {
    let mut place = vec![0; order.len() + 1];
    place[order.len()] = order.len();
    for (to, pass) in order.iter().enumerate() {
        place[*pass] = to;
    }
    let mut dependencies: Vec<Dependency> = problem.dependencies.clone();
    let mut first_users: Vec<Option<usize>> = Vec::new();
    for dependency in &mut dependencies {
        dependency.consumer = place[dependency.consumer];
        if let Producer::Pass(pass) = &mut dependency.producer {
            *pass = place[*pass];
        }
        if let Carrier::Transition(transition) | Carrier::AfterTransition { transition, .. } = dependency.carrier {
            let transition = transition as usize;
            if first_users.len() <= transition {
                first_users.resize(transition + 1, None);
            }
            let user = &mut first_users[transition];
            *user = Some(user.map_or(dependency.consumer, |user| user.min(dependency.consumer)));
        }
    }
    for dependency in &mut dependencies {
        if let Carrier::Transition(transition) | Carrier::AfterTransition { transition, .. } = dependency.carrier {
            dependency.carrier = if first_users[transition as usize] == Some(dependency.consumer) {
                Carrier::Transition(transition)
            } else {
                Carrier::AfterTransition { transition, key: 0 }
            };
        }
    }
    Problem { passes: order.iter().map(|pass| problem.passes[*pass]).collect(), dependencies }
}
