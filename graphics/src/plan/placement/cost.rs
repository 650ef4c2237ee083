//! What a gap costs a unit: how many pairs its scopes order there that nothing orders yet.

use super::kinds::Kind;
use super::pairs::{Board, Free};

/// How many calls of an interval are compared.
const COMPARED: usize = 32;

/// The costs of each pair of marks in each gap, made when first asked for.
#[derive(Debug, Default)]
pub(super) struct Costs {
    table: Vec<u32>,
}

impl Costs {
    pub(super) fn clear(&mut self) {
        self.table.clear();
    }

    /// Returns the cost of a kind in a gap; END of the previous frame is free.
    pub(super) fn of(&mut self, board: &Board, free: &Free, kind: Kind, gap: i32) -> u32 {
        let Ok(gap) = usize::try_from(gap) else { return 0 };
        if self.table.is_empty() {
            board.costs(free, &mut self.table);
        }
        let marks = board.kinds.marks.len();
        let row = &self.table[gap * marks * marks..(gap + 1) * marks * marks];
        kind.cells().map(|(first, second)| row[first * marks + second]).sum()
    }
}

/// Finds the cheapest call of an interval.
#[derive(Debug)]
pub(super) struct Chooser<'a> {
    board: &'a Board,
    free: &'a Free,
    costs: &'a mut Costs,
    calls: &'a [i32],
    /// How many calls stand in each gap or before it.
    upto: &'a mut Vec<u32>,
}

impl<'a> Chooser<'a> {
    pub(super) fn new(
        board: &'a Board,
        free: &'a Free,
        costs: &'a mut Costs,
        calls: &'a [i32],
        upto: &'a mut Vec<u32>,
    ) -> Self {
        upto.clear();
        upto.resize(board.passes + 1, 0);
        for &call in calls {
            upto[call as usize] += 1;
        }
        for gap in 1..upto.len() {
            upto[gap] += upto[gap - 1];
        }
        Self { board, free, costs, calls, upto }
    }

    pub(super) fn cost(&mut self, kind: Kind, gap: i32) -> u32 {
        self.costs.of(self.board, self.free, kind, gap)
    }

    /// Returns the calls in gaps `low..=high`.
    pub(super) fn within(&self, low: i32, high: i32) -> &'a [i32] {
        let end = self.upto[high as usize] as usize;
        let start = if low > 0 { self.upto[low as usize - 1] as usize } else { 0 };
        self.calls.get(start..end).unwrap_or(&[])
    }

    /// Returns the cheapest call in gaps `low..=high`, and of equally cheap ones the latest.
    pub(super) fn cheapest(&mut self, kind: Kind, low: i32, high: i32) -> Option<(i32, u32)> {
        let calls = self.within(low, high);
        let mut best = (*calls.last()?, u32::MAX);
        for &gap in calls.iter().rev().take(COMPARED).chain(calls.first()) {
            let cost = self.cost(kind, gap);
            if cost < best.1 {
                best = (gap, cost);
            }
            if cost == 0 {
                break;
            }
        }
        Some(best)
    }

    /// Returns the latest call in gaps `low..=high` that costs nothing, if one of the last ones does.
    pub(super) fn latest_free(&mut self, kind: Kind, low: i32, high: i32) -> Option<i32> {
        self.within(low, high).iter().rev().take(COMPARED).copied().find(|&gap| self.cost(kind, gap) == 0)
    }
}
