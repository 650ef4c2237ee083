//! Which false pairs a plan has.
//!
//! A struct of kind `t` in gap `g` orders the pairs `(i, j)` with `i < g <= j` whose pair of marks is in `t`. A pair is
//! false where `j` is not reachable from `i`, by dependencies and by the waits of other queues.
//!
//! Counting rests on one remark: of all structs after pass `i` that order a pair of marks, the nearest orders every later
//! pass that any of them does. So the row of pass `i` is, over the marks, the passes of the mark from its nearest gap on:
//! time linear in passes times marks, with rows of bits.
//!
//! The same function gives lower bounds. Whatever gap of `a ..= b` a struct gets, it orders every `i < a` with every
//! `j >= b`. So an item is a triple `(kind, a, b)`; a struct that has its gap is the item `(kind, g, g)`.
//!
//! Rows are cut into windows of passes on the diagonal: up to [`WINDOW`] passes there is one window and counts are exact;
//! in longer frames pairs of two windows are not counted, which keeps placement linear.

use super::kinds::{Kind, Kinds};
use super::problem::{Detour, Problem, Producer};

/// The longest frame whose false pairs placement counts exactly.
const WINDOW: usize = 512;

/// The windows of longer frames.
const NARROW_WINDOW: usize = 128;

/// Returns how many passes placement counts together.
pub(super) const fn window(passes: usize) -> usize {
    if passes <= WINDOW { passes } else { NARROW_WINDOW }
}

/// Rows of bits, one for each pass; a row holds the passes of its window.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    bits: Vec<u64>,
    words: usize,
}

impl Rows {
    fn new(passes: usize, words: usize) -> Self {
        Self { bits: vec![0; passes * words], words }
    }

    fn row(&self, pass: usize) -> &[u64] {
        &self.bits[pass * self.words..(pass + 1) * self.words]
    }

    fn row_mut(&mut self, pass: usize) -> &mut [u64] {
        &mut self.bits[pass * self.words..(pass + 1) * self.words]
    }

    fn set(&mut self, row: usize, column: usize) {
        let column = column % (64 * self.words);
        self.row_mut(row)[column / 64] |= 1 << (column % 64);
    }

    /// Adds row `other` and its own bit to row `pass`; both rows are of one window.
    fn follow(&mut self, pass: usize, other: usize) {
        let words = self.words;
        let row = |pass: usize| pass * words..(pass + 1) * words;
        let rows = self.bits.get_disjoint_mut([row(pass), row(other)]);
        let [into, from] = rows.expect("two passes, both of the window");
        into.iter_mut().zip(from).for_each(|(into, from)| *into |= *from);
        self.set(pass, other);
    }

    fn copy(&mut self, from: &Self) {
        self.bits.clear();
        self.bits.extend_from_slice(&from.bits);
        self.words = from.words;
    }
}

/// For each gap and pair of marks, the nearest struct that orders it.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    /// For each gap, the pairs of marks; a pair's last gap.
    nearest: Vec<u32>,
    marks: usize,
}

impl Items {
    pub(super) fn clear(&mut self, board: &Board) {
        self.marks = board.kinds.marks.len();
        self.nearest.clear();
        self.nearest.resize((board.passes + 1) * self.marks * self.marks, u32::MAX);
    }

    /// Adds what some gap of `low..=high` meets; in END of the previous frame it orders no pair of this one.
    pub(super) fn add(&mut self, kind: Kind, low: i32, high: i32) {
        let Ok(low) = usize::try_from(low) else { return };
        for (first, second) in kind.cells() {
            let nearest = &mut self.nearest[(low * self.marks + first) * self.marks + second];
            *nearest = (high as u32).min(*nearest);
        }
    }

    /// Returns the pairs of marks in a gap.
    fn gap(&self, gap: usize) -> &[u32] {
        let cells = self.marks * self.marks;
        &self.nearest[gap * cells..(gap + 1) * cells]
    }
}

/// The passes, who is reachable from whom, and who has which mark.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) passes: usize,
    words: usize,
    pub(super) kinds: Kinds,
    /// The passes reachable from each.
    reachable: Rows,
    /// The passes that reach each.
    reaching: Rows,
    /// For each mark, its passes, in words over all passes.
    marked: Vec<u64>,
    /// How many words one mark has in `marked`.
    stride: usize,
}

impl Board {
    /// Lays out a problem with windows of about that many passes.
    pub(super) fn new(problem: &Problem, kinds: Kinds, window: usize) -> Self {
        let passes = problem.passes.len();
        let words = passes.min(window).div_ceil(64).max(1);
        let stride = passes.div_ceil(64 * words).max(1) * words;
        let mut marked = vec![0; kinds.marks.len() * stride];
        for (pass, mark) in kinds.passes.iter().enumerate() {
            marked[usize::from(*mark) * stride + pass / 64] |= 1 << (pass % 64);
        }
        let (reachable, reaching) = reach(problem, words);
        Self { passes, words, kinds, reachable, reaching, marked, stride }
    }

    /// Returns whether all pairs are counted, and only those.
    pub(super) fn is_exact(&self) -> bool {
        self.passes <= 64 * self.words && self.kinds.exact
    }

    /// Returns how many nodes of a search cost so many words of rows for each pass.
    pub(super) fn nodes_in(&self, words: usize) -> usize {
        words / (self.words * self.kinds.marks.len()).max(1)
    }

    /// Returns whether one pass of a window depends on another, at least through others.
    pub(super) fn is_reachable(&self, from: usize, to: usize) -> bool {
        let column = to % (64 * self.words);
        self.reachable.row(from)[column / 64] >> (column % 64) & 1 == 1
    }

    /// Returns the passes with a mark in the window that begins at word `base`.
    fn marked(&self, mark: usize, base: usize) -> &[u64] {
        &self.marked[mark * self.stride + base..][..self.words]
    }

    fn window_of(&self, pass: usize) -> usize {
        pass / (64 * self.words) * self.words
    }

    /// Marks in `free` all pairs that are reachable or that the items order, and returns how many of these are false.
    pub(super) fn order(&self, items: &Items, free: &mut Free) -> usize {
        free.after.copy(&self.reachable);
        free.before.copy(&self.reaching);
        let marks = self.kinds.marks.len();
        let mut nearest = [u32::MAX; 64];
        let mut count = 0;
        for pass in (0..self.passes).rev() {
            for (nearest, item) in nearest.iter_mut().zip(items.gap(pass + 1)) {
                *nearest = (*nearest).min(*item);
            }
            let base = self.window_of(pass);
            let end = (base + self.words) * 64;
            let own = usize::from(self.kinds.passes[pass]) * marks;
            for (second, &start) in nearest[own..own + marks].iter().enumerate() {
                if (start as usize) < end {
                    count += self.add(free, pass, base, second, start as usize - base * 64);
                }
            }
        }
        count
    }

    /// Orders a pass with all of a mark from column `start` of its window on, and returns how many pairs are new.
    fn add(&self, free: &mut Free, pass: usize, base: usize, mark: usize, start: usize) -> usize {
        let marked = self.marked(mark, base);
        let row = free.after.row_mut(pass);
        let mut count = 0;
        for word in start / 64..self.words {
            let cut = if word == start / 64 { !0 << (start % 64) } else { !0 };
            let mut new = marked[word] & cut & !row[word];
            row[word] |= new;
            count += new.count_ones() as usize;
            while new != 0 {
                free.before.set(word * 64 + new.trailing_zeros() as usize + base * 64, pass);
                new &= new - 1;
            }
        }
        count
    }

    /// Writes to `costs`, for each gap and pair of marks, how many pairs are ordered there that are not in `free`.
    pub(super) fn costs(&self, free: &Free, costs: &mut Vec<u32>) {
        let marks = self.kinds.marks.len();
        let cells = marks * marks;
        let mut cost = [0_u32; 64];
        costs.clear();
        costs.reserve((self.passes + 1) * cells);
        costs.extend_from_slice(&cost[..cells]);
        for pass in 0..self.passes {
            let base = self.window_of(pass);
            let (word, bit) = (pass / 64 - base, 1_u64 << (pass % 64));
            let own = usize::from(self.kinds.passes[pass]);
            let (before, after) = (free.before.row(pass), free.after.row(pass));
            // The pass moves from after the gap to before it.
            for mark in 0..marks {
                let marked = self.marked(mark, base);
                let earlier = |at: usize| if at == word { bit - 1 } else { !0 };
                let later = |at: usize| if at == word { !(bit | (bit - 1)) } else { !0 };
                let lost = (0..=word).map(|at| (marked[at] & !before[at] & earlier(at)).count_ones());
                cost[mark * marks + own] -= lost.sum::<u32>();
                let won = (word..self.words).map(|at| (marked[at] & !after[at] & later(at)).count_ones());
                cost[own * marks + mark] += won.sum::<u32>();
            }
            costs.extend_from_slice(&cost[..cells]);
        }
    }
}

/// The pairs that cost nothing more: reachable ones, and false ones that are ordered anyway.
#[derive(Clone, Debug, Default)]
pub(super) struct Free {
    after: Rows,
    before: Rows,
}

/// Returns who is reachable from each pass and who reaches it, by the dependencies and the other queues' order within each
/// window.
fn reach(problem: &Problem, words: usize) -> (Rows, Rows) {
    let passes = problem.passes.len();
    let window = 64 * words;
    let does_something = |pass: usize| !problem.passes[pass].is_empty();
    let edge = |dependency: &super::problem::Dependency| match (dependency.producer, dependency.consumer) {
        (Producer::Pass(pass), consumer)
            if consumer < passes
                && pass / window == consumer / window
                && does_something(pass)
                && does_something(consumer) =>
        {
            Some((pass, consumer))
        }
        (Producer::Pass(_) | Producer::PreviousFrame | Producer::Outside, _) => None,
    };
    let mut starts = vec![0_u32; passes + 1];
    for (pass, _) in problem.dependencies.iter().filter_map(edge) {
        starts[pass + 1] += 1;
    }
    for pass in 0..passes {
        starts[pass + 1] += starts[pass];
    }
    let mut next = vec![0_u32; starts[passes] as usize];
    let mut at = starts.clone();
    for (pass, consumer) in problem.dependencies.iter().filter_map(edge) {
        next[at[pass] as usize] = consumer as u32;
        at[pass] += 1;
    }
    let consumers = |pass: usize| next[starts[pass] as usize..starts[pass + 1] as usize].iter().map(|&to| to as usize);
    let (mut reachable, mut reaching) = (Rows::new(passes, words), Rows::new(passes, words));
    let mut detours = Detours::new(problem, words);
    for pass in (0..passes).rev() {
        consumers(pass).for_each(|consumer| reachable.follow(pass, consumer));
        detours.leave(pass, &mut reachable);
    }
    for pass in 0..passes {
        detours.arrive(pass, &mut reaching);
        consumers(pass).for_each(|consumer| reaching.follow(consumer, pass));
    }
    (reachable, reaching)
}

/// The order through other queues. All passes up to that which a detour leaves from reach what it leads to: going back, what
/// is reached only grows.
struct Detours<'a> {
    problem: &'a Problem,
    /// By the pass that they leave from, the first last.
    left: Vec<&'a Detour>,
    /// What the present pass and all before it in its window reach by them.
    reached: Vec<u64>,
    /// The last pass that reaches each pass by one of them.
    from: Vec<Option<u32>>,
}

impl<'a> Detours<'a> {
    fn new(problem: &'a Problem, words: usize) -> Self {
        let mut left: Vec<&Detour> = problem.detours.iter().collect();
        left.sort_by_key(|detour| detour.last);
        let from = if left.is_empty() { Vec::new() } else { vec![None; problem.passes.len()] };
        Self { problem, left, reached: vec![0; words], from }
    }

    /// Adds what a pass reaches, after all later ones.
    fn leave(&mut self, pass: usize, reachable: &mut Rows) {
        if self.from.is_empty() {
            return;
        }
        let window = 64 * self.reached.len();
        if (pass + 1).is_multiple_of(window) {
            self.reached.fill(0);
        }
        while let Some(detour) = self.left.pop_if(|detour| detour.last >= pass) {
            for to in detour.waiting(&self.problem.passes, (pass / window + 1) * window) {
                self.from[to].get_or_insert(detour.last as u32);
                let column = to % window;
                self.reached[column / 64] |= 1 << (column % 64);
                self.reached.iter_mut().zip(reachable.row(to)).for_each(|(word, row)| *word |= row);
            }
        }
        reachable.row_mut(pass).iter_mut().zip(&self.reached).for_each(|(word, reached)| *word |= reached);
    }

    /// Adds what reaches a pass, before all later ones.
    fn arrive(&self, pass: usize, reaching: &mut Rows) {
        if let Some(&Some(last)) = self.from.get(pass) {
            let window = 64 * self.reached.len();
            (pass / window * window..=last as usize).for_each(|before| reaching.set(pass, before));
        }
    }
}
