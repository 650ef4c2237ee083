//! Among the plans with the fewest calls, one with the fewest false pairs: branch and bound.
//!
//! A node of the search tree narrows the intervals of some units, and says of some followers whether they ride on their
//! transition or chain behind it. Stabbing the narrowed intervals tells which gaps calls can still have; a node that
//! needs more calls is dropped. What a unit orders in every gap left to it is ordered by every plan below the node: its
//! lower bound. Relative to the bound, every gap of a kind has a cost; a greedy choice of the cheapest is a plan. Where
//! every unit found a gap that costs nothing, that plan meets the bound and the node is done. Otherwise the costliest unit
//! is split: up to its chosen gap, and after it. A split narrows, so the tree is finite, and leaves are exact.

use super::cost::{Chooser, Costs};
use super::pairs::{Board, Free, Items};
use super::stabbing::{Calls, End, Interval};
use super::units::{PREVIOUS_END, Shape, Units};

/// How many gaps of a unit vote on where its call stands.
const VOTING: i32 = 32;

/// A way to place all units.
#[derive(Debug, Default)]
pub(super) struct Solution {
    /// The gaps of the calls, ascending.
    pub(super) calls: Vec<i32>,
    /// The gap of each unit.
    pub(super) gaps: Vec<i32>,
    /// The false pairs.
    pub(super) cost: usize,
    /// Whether no minimal plan has fewer.
    pub(super) proven: bool,
    /// What costs nothing more: the pairs that the plan orders or that are reachable.
    pub(super) free: Free,
    /// The costs of what is not free.
    pub(super) costs: Costs,
}

/// What a node allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Either,
    Ride,
    Chain,
}

#[derive(Clone, Copy, Debug)]
struct State {
    low: i32,
    high: i32,
    way: Way,
}

/// The search over the plans of one [`End`].
#[derive(Debug)]
pub(super) struct Search<'a> {
    board: &'a Board,
    units: &'a Units,
    end: End,
    /// How many calls a minimal plan has.
    fewest: usize,
    nodes_left: usize,
    states: Vec<State>,
    best: Solution,
    /// Whether `best` meets the bound of the last node evaluated, so that the scratch holds what follows from it.
    best_is_last: bool,
    scratch: Scratch,
}

/// Buffers of the evaluation of one node.
#[derive(Debug, Default)]
struct Scratch {
    calls: Calls,
    /// For each gap, the nearest not before it that a call can have.
    next: Vec<i32>,
    /// For each gap, the nearest not after it that a call can have.
    previous: Vec<i32>,
    hulls: Vec<(i32, i32)>,
    items: Items,
    free: Free,
    costs: Costs,
    votes: Vec<u32>,
    call_at: Vec<u32>,
    points: Vec<i32>,
    upto: Vec<u32>,
    gaps: Vec<i32>,
    /// What each unit adds to the bound in its gap.
    paid: Vec<u32>,
}

/// What evaluating a node found.
struct Node {
    bound: usize,
    cost: usize,
    /// The costliest unit, if any costs.
    split: Option<usize>,
}

impl<'a> Search<'a> {
    pub(super) fn new(board: &'a Board, units: &'a Units, end: End, fewest: usize) -> Self {
        let way = if units.chain { Way::Either } else { Way::Ride };
        let states = units.all.iter().map(|unit| State { low: unit.low, high: unit.high, way }).collect();
        let best = Solution { cost: usize::MAX, ..Solution::default() };
        Self {
            board,
            units,
            end,
            fewest,
            nodes_left: 0,
            states,
            best,
            best_is_last: false,
            scratch: Scratch::default(),
        }
    }

    /// Searches up to `nodes` nodes, at least one.
    pub(super) fn run(mut self, nodes: usize) -> Solution {
        self.nodes_left = nodes.max(1);
        let done = self.visit();
        self.best.proven = done && self.board.is_exact();
        if self.best_is_last {
            (self.best.free, self.best.costs) = (self.scratch.free, self.scratch.costs);
        } else {
            chosen(self.board, self.units, &self.best.gaps, &mut self.scratch.items);
            self.board.order(&self.scratch.items, &mut self.best.free);
            self.best.costs.clear();
        }
        self.best
    }

    /// Searches below the present node; `false` where the effort ran out.
    fn visit(&mut self) -> bool {
        if self.nodes_left == 0 {
            return false;
        }
        self.nodes_left -= 1;
        self.best_is_last = false;
        let Some(node) = self.evaluate() else { return true };
        if node.cost < self.best.cost {
            self.best.cost = node.cost;
            self.best.calls.clone_from(&self.scratch.points);
            self.best.gaps.clone_from(&self.scratch.gaps);
            self.best_is_last = node.split.is_none();
        }
        match node.split {
            Some(unit) if node.bound < self.best.cost => self.split(unit),
            Some(_) | None => true,
        }
    }

    /// Visits the children of the present node, which differ in what they leave to `unit`.
    fn split(&mut self, unit: usize) -> bool {
        let Shape::Follower { transition, .. } = self.units.all[unit].shape else { return self.halve(unit) };
        let (transition, old) = (transition as usize, self.states[unit]);
        let above = self.states[transition];
        match old.way {
            Way::Either => {
                let chained = self.scratch.gaps[unit] != self.scratch.gaps[transition];
                let ways = if chained { [Way::Chain, Way::Ride] } else { [Way::Ride, Way::Chain] };
                self.children(unit, &ways.map(|way| State { way, ..old }))
            }
            Way::Ride => self.halve(transition),
            Way::Chain if above.low < above.high => self.halve(transition),
            Way::Chain => self.halve(unit),
        }
    }

    /// Splits the gaps left to a unit at the chosen one.
    fn halve(&mut self, unit: usize) -> bool {
        let (low, high) = self.scratch.hulls[unit];
        let (old, gap) = (self.states[unit], self.scratch.gaps[unit]);
        let upto = State { low, high: gap.clamp(low, (high - 1).max(low)), ..old };
        let after = State { low: upto.high + 1, high, ..old };
        match (low == high, gap <= upto.high) {
            (true, _) => self.children(unit, &[upto]),
            (false, true) => self.children(unit, &[upto, after]),
            (false, false) => self.children(unit, &[after, upto]),
        }
    }

    fn children(&mut self, unit: usize, states: &[State]) -> bool {
        let old = self.states[unit];
        let done = states.iter().all(|state| {
            self.states[unit] = *state;
            self.visit()
        });
        self.states[unit] = old;
        done
    }

    /// Bounds the present node and finds a plan; `None` where no minimal plan is left.
    fn evaluate(&mut self) -> Option<Node> {
        self.stab()?;
        self.open();
        self.hulls()?;
        let bound = self.board.order(&self.scratch.items, &mut self.scratch.free);
        self.scratch.costs.clear();
        self.choose_calls();
        self.choose_gaps();
        let paid = &self.scratch.paid;
        let split = (0..paid.len()).filter(|unit| paid[*unit] > 0).max_by_key(|unit| (paid[*unit], usize::MAX - unit));
        let cost = if split.is_some() { self.cost() } else { bound };
        Some(Node { bound, cost, split })
    }

    /// Finds the gaps that the calls of minimal plans can have.
    fn stab(&mut self) -> Option<()> {
        let states = &self.states;
        let intervals = self.units.all.iter().zip(states).map(|(unit, state)| match (unit.shape, state.way) {
            (Shape::Memory | Shape::Transition { .. }, _) => Some(Interval { low: state.low, high: state.high }),
            (Shape::Follower { transition, .. }, Way::Chain) => {
                let low = state.low.max(states[transition as usize].low + 1);
                Some(Interval { low, high: state.high })
            }
            (Shape::Follower { .. }, Way::Either | Way::Ride) => None,
        });
        let feasible = self.scratch.calls.stab(self.board.passes as i32, self.end, intervals);
        (feasible && self.scratch.calls.len() <= self.fewest).then_some(())
    }

    /// Notes for each gap the nearest ones that a call can have.
    fn open(&mut self) {
        let Scratch { calls, next, previous, .. } = &mut self.scratch;
        let gaps = self.board.passes + 1;
        next.clear();
        next.resize(gaps, i32::MAX);
        previous.clear();
        previous.resize(gaps, i32::MIN);
        for (&low, &high) in calls.earliest.iter().zip(&calls.latest) {
            for gap in low..=high {
                next[gap as usize] = gap;
                previous[gap as usize] = gap;
            }
        }
        for gap in 1..gaps {
            previous[gap] = previous[gap].max(previous[gap - 1]);
            next[gaps - 1 - gap] = next[gaps - 1 - gap].min(next[gaps - gap]);
        }
    }

    /// Returns the first and the last gap of `low..=high` that a call can have; empty where the first is greater.
    fn hull(&self, low: i32, high: i32) -> (i32, i32) {
        let next = self.scratch.next.get(low.max(0) as usize).copied().unwrap_or(i32::MAX);
        (next, self.scratch.previous[high.max(0) as usize])
    }

    /// Finds the gaps left to each unit, and what it orders in all of them.
    fn hulls(&mut self) -> Option<()> {
        self.scratch.items.clear(self.board);
        self.scratch.hulls.clear();
        self.scratch.hulls.reserve(self.units.all.len());
        for (unit, state) in self.units.all.iter().zip(&self.states) {
            let (low, high) = if self.end == End::Shared && state.low == PREVIOUS_END {
                (PREVIOUS_END, PREVIOUS_END)
            } else {
                self.hull(state.low, state.high)
            };
            self.scratch.hulls.push((low, high));
            match unit.shape {
                Shape::Memory | Shape::Transition { .. } => self.scratch.items.add(unit.kind, low, high),
                Shape::Follower { .. } => {}
            }
        }
        for (index, unit) in self.units.all.iter().enumerate() {
            if let Shape::Follower { transition, chained, either, .. } = unit.shape {
                let (state, (low, high)) = (self.states[index], self.scratch.hulls[transition as usize]);
                let own = self.hull(state.low.max(low + 1), state.high);
                let can_chain = own.0 <= own.1;
                let items = &mut self.scratch.items;
                match state.way {
                    Way::Chain if !can_chain => return None,
                    Way::Chain => items.add(chained, own.0, own.1),
                    Way::Either if can_chain => items.add(either, low, high.max(own.1)),
                    Way::Either | Way::Ride => items.add(unit.kind, low, high),
                }
                self.scratch.hulls[index] = own;
            }
        }
        Some(())
    }

    /// Chooses a gap for each call: where the units that no other call can meet cost least, and then the latest.
    fn choose_calls(&mut self) {
        let Scratch { calls, hulls, costs, free, votes, call_at, points, .. } = &mut self.scratch;
        let votes_needed = calls.earliest != calls.latest;
        if votes_needed {
            votes.clear();
            votes.resize(self.board.passes + 1, 0);
            call_at.clear();
            call_at.resize(self.board.passes + 1, u32::MAX);
            for (call, (&low, &high)) in calls.earliest.iter().zip(&calls.latest).enumerate() {
                call_at[low as usize..=high as usize].fill(call as u32);
            }
            for (unit, &(low, high)) in self.units.all.iter().zip(hulls.iter()) {
                let voting =
                    low >= 0 && low < high && high - low <= VOTING && !matches!(unit.shape, Shape::Follower { .. });
                if voting && call_at[low as usize] == call_at[high as usize] {
                    for gap in low..=high {
                        votes[gap as usize] += costs.of(self.board, free, unit.kind, gap);
                    }
                }
            }
        }
        points.clear();
        points.reserve(calls.len());
        let mut previous = -1;
        for (&low, &high) in calls.earliest.iter().zip(&calls.latest) {
            let high = high.min(calls.limit(previous));
            previous = if low == high {
                low
            } else {
                (low..=high).rev().min_by_key(|gap| votes[*gap as usize]).unwrap_or(high)
            };
            points.push(previous);
        }
    }

    /// Chooses a call for each unit: the cheapest, and then the latest.
    fn choose_gaps(&mut self) {
        let scratch = &mut self.scratch;
        let mut chooser =
            Chooser::new(self.board, &scratch.free, &mut scratch.costs, &scratch.points, &mut scratch.upto);
        scratch.gaps.clear();
        scratch.gaps.resize(self.units.all.len(), PREVIOUS_END);
        scratch.paid.clear();
        scratch.paid.resize(self.units.all.len(), 0);
        for (index, (unit, state)) in self.units.all.iter().zip(&self.states).enumerate() {
            let widest = match unit.shape {
                Shape::Memory => unit.kind,
                Shape::Transition { widest } => widest,
                Shape::Follower { .. } => continue,
            };
            if scratch.hulls[index].0 == PREVIOUS_END {
                continue;
            }
            let (mut gap, mut paid) = chooser.cheapest(widest, state.low, state.high).unwrap_or((state.high, u32::MAX));
            if paid > 0 && widest != unit.kind {
                (gap, paid) = chooser.cheapest(unit.kind, state.low, state.high).unwrap_or((state.high, u32::MAX));
            }
            (scratch.gaps[index], scratch.paid[index]) = (gap, paid);
        }
        for (index, (unit, state)) in self.units.all.iter().zip(&self.states).enumerate() {
            let Shape::Follower { transition, chained, .. } = unit.shape else { continue };
            let at = scratch.gaps[transition as usize];
            let riding = (at, chooser.cost(unit.kind, at));
            let mut chain = || chooser.cheapest(chained, state.low.max(at + 1), state.high);
            let (gap, paid) = match state.way {
                Way::Ride => riding,
                Way::Either if riding.1 == 0 => riding,
                Way::Either => chain().filter(|chained| chained.1 < riding.1).unwrap_or(riding),
                // Where no call is left to it, it rides in this plan, and the search goes on below.
                Way::Chain => chain().unwrap_or((at, riding.1.max(1))),
            };
            (scratch.gaps[index], scratch.paid[index]) = (gap, paid);
        }
    }

    /// Counts the false pairs of the chosen plan.
    fn cost(&mut self) -> usize {
        let Scratch { items, gaps, free, .. } = &mut self.scratch;
        chosen(self.board, self.units, gaps, items);
        self.board.order(items, free)
    }
}

/// Lists what each unit orders in its gap.
fn chosen(board: &Board, units: &Units, gaps: &[i32], items: &mut Items) {
    items.clear(board);
    for (unit, &gap) in units.all.iter().zip(gaps) {
        let kind = match unit.shape {
            Shape::Follower { transition, chained, .. } if gaps[transition as usize] != gap => chained,
            Shape::Memory | Shape::Transition { .. } | Shape::Follower { .. } => unit.kind,
        };
        items.add(kind, gap, gap);
    }
}
