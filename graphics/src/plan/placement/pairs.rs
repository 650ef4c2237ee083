//! Which false pairs a plan has.
//!
//! A struct of kind `t` in gap `g` orders the pairs `(i, j)` with `i < g <= j`, the mark of `i` among the kind's first and
//! that of `j` among its second. A pair is false where `j` is not reachable from `i` in the dependency graph.
//!
//! Counting rests on one remark: of all structs of kind `t` in gaps after pass `i`, the nearest orders every later pass
//! that any of them orders. So the row of pass `i` is, over the kinds, the second set of the kind from its nearest gap on:
//! time linear in passes times kinds, with rows of bits.
//!
//! The same function gives lower bounds. Whatever gap of `a ..= b` a struct gets, it orders every `i < a` with every
//! `j >= b`. So an item is a triple `(kind, a, b)`; a struct that has its gap is the item `(kind, g, g)`.
//!
//! Rows are cut into windows of passes on the diagonal: up to [`WINDOW`] passes there is one window and counts are exact;
//! in longer frames pairs of two windows are not counted, which keeps placement linear.

use super::kinds::{Kind, Kinds, Marks};
use super::problem::{Problem, Producer};

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
        for word in 0..self.words {
            self.bits[pass * self.words + word] |= self.bits[other * self.words + word];
        }
        self.set(pass, other);
    }

    fn copy(&mut self, from: &Self) {
        self.bits.clear();
        self.bits.extend_from_slice(&from.bits);
        self.words = from.words;
    }
}

/// The nearest struct of each kind after each gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Items {
    nearest: Vec<u32>,
    kinds: usize,
    /// The kinds that there are items of.
    used: Vec<bool>,
}

impl Items {
    pub(super) fn clear(&mut self, passes: usize, kinds: usize) {
        self.nearest.clear();
        self.nearest.resize((passes + 1) * kinds, u32::MAX);
        self.kinds = kinds;
        self.used.clear();
        self.used.resize(kinds, false);
    }

    /// Adds what some gap of `low..=high` meets; in END of the previous frame it orders no pair of this one.
    pub(super) fn add(&mut self, kind: Kind, low: i32, high: i32) {
        if let (Some(kind), Ok(low)) = (kind.index(), usize::try_from(low)) {
            let nearest = &mut self.nearest[low * self.kinds + kind];
            *nearest = (high as u32).min(*nearest);
            self.used[kind] = true;
        }
    }
}

/// The passes, who is reachable from whom, and the sets of each kind.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) passes: usize,
    words: usize,
    pub(super) kinds: Kinds,
    /// The passes reachable from each.
    reachable: Rows,
    /// The passes that reach each.
    reaching: Rows,
    /// For each kind, the passes with a first mark, in words over all passes.
    firsts: Vec<u64>,
    /// The same for second marks.
    seconds: Vec<u64>,
    /// How many words one kind has in `firsts` and `seconds`.
    stride: usize,
    nearest: Vec<u32>,
    used: Vec<u32>,
}

impl Board {
    /// Lays out a problem with windows of about that many passes.
    pub(super) fn new(problem: &Problem, kinds: Kinds, window: usize) -> Self {
        let passes = problem.passes.len();
        let words = passes.min(window).div_ceil(64).max(1);
        let stride = passes.div_ceil(64 * words).max(1) * words;
        let mut firsts = vec![0; kinds.all.len() * stride];
        let mut seconds = vec![0; kinds.all.len() * stride];
        let mut kinds_of: Vec<(u64, Vec<usize>, Vec<usize>)> = Vec::new();
        for (pass, mark) in kinds.passes.iter().enumerate() {
            let known = kinds_of.iter().position(|(known, ..)| known == mark).unwrap_or_else(|| {
                let with = |side: fn(&Marks) -> u64| {
                    (0..kinds.all.len()).filter(|kind| side(&kinds.all[*kind]) & mark != 0).collect()
                };
                kinds_of.push((*mark, with(|marks| marks.first), with(|marks| marks.second)));
                kinds_of.len() - 1
            });
            let (word, bit) = (pass / 64, 1 << (pass % 64));
            kinds_of[known].1.iter().for_each(|kind| firsts[kind * stride + word] |= bit);
            kinds_of[known].2.iter().for_each(|kind| seconds[kind * stride + word] |= bit);
        }
        let (reachable, reaching) = reach(problem, words);
        Self { passes, words, nearest: vec![0; kinds.all.len()], used: Vec::new(), kinds, reachable, reaching, firsts, seconds, stride }
    }

    /// Returns whether all pairs are in one window.
    pub(super) fn is_exact(&self) -> bool {
        self.passes <= 64 * self.words
    }

    /// Returns how many nodes of a search cost so many words of rows for each pass.
    pub(super) fn nodes_in(&self, words: usize) -> usize {
        words / (self.words * self.kinds.all.len()).max(1)
    }

    fn window_of(&self, pass: usize) -> usize {
        pass / (64 * self.words) * self.words
    }

    /// Marks in `free` all pairs that are reachable or that the items order, and returns how many of these are false.
    pub(super) fn order(&mut self, items: &Items, free: &mut Free) -> usize {
        free.after.copy(&self.reachable);
        free.before.copy(&self.reaching);
        let mut count = 0;
        self.nearest.fill(u32::MAX);
        self.used.clear();
        self.used.extend((0..items.kinds as u32).filter(|kind| items.used[*kind as usize]));
        for pass in (0..self.passes).rev() {
            let items = &items.nearest[(pass + 1) * items.kinds..(pass + 2) * items.kinds];
            let (mark, base) = (self.kinds.passes[pass], self.window_of(pass));
            let end = (base + self.words) * 64;
            for &kind in &self.used {
                let kind = kind as usize;
                let start = self.nearest[kind].min(items[kind]);
                self.nearest[kind] = start;
                let start = start as usize;
                if self.kinds.all[kind].first & mark == 0 || start >= end {
                    continue;
                }
                let seconds = &self.seconds[kind * self.stride + base..][..self.words];
                let start = start - base * 64;
                let row = free.after.row_mut(pass);
                for word in start / 64..self.words {
                    let cut = if word == start / 64 { !0 << (start % 64) } else { !0 };
                    let mut new = seconds[word] & cut & !row[word];
                    row[word] |= new;
                    count += new.count_ones() as usize;
                    while new != 0 {
                        let column = (base + word) * 64 + new.trailing_zeros() as usize;
                        free.before.set(column, pass);
                        new &= new - 1;
                    }
                }
            }
        }
        count
    }

    /// Writes to `costs`, for each gap, how many pairs a struct of a kind orders there that are not in `free`.
    pub(super) fn costs(&self, kind: usize, free: &Free, costs: &mut [u32]) {
        costs[0] = 0;
        let mut cost = 0;
        for pass in 0..self.passes {
            let base = self.window_of(pass);
            let (own, bit) = (pass / 64 - base, 1 << (pass % 64));
            let range = kind * self.stride + base..kind * self.stride + base + self.words;
            let (firsts, seconds) = (&self.firsts[range.clone()], &self.seconds[range]);
            // Pass `pass` moves from after the gap to before it.
            if seconds[own] & bit != 0 {
                let before = free.before.row(pass);
                cost -= (0..own).map(|word| firsts[word] & !before[word]).chain([firsts[own] & !before[own] & (bit - 1)]).map(u64::count_ones).sum::<u32>();
            }
            if firsts[own] & bit != 0 {
                let after = free.after.row(pass);
                let above = !(bit - 1) & !bit;
                cost += [seconds[own] & !after[own] & above].into_iter().chain((own + 1..self.words).map(|word| seconds[word] & !after[word])).map(u64::count_ones).sum::<u32>();
            }
            costs[pass + 1] = cost;
        }
    }

    /// Calls `visit` with each false pair of `free`, in the order of the first and then of the second pass.
    pub(super) fn false_pairs(&self, free: &Free, mut visit: impl FnMut(usize, usize)) {
        for pass in 0..self.passes {
            let base = self.window_of(pass);
            for (word, (row, reachable)) in free.after.row(pass).iter().zip(self.reachable.row(pass)).enumerate() {
                let mut bits = row & !reachable;
                while bits != 0 {
                    visit(pass, (base + word) * 64 + bits.trailing_zeros() as usize);
                    bits &= bits - 1;
                }
            }
        }
    }
}

/// The pairs that cost nothing more: reachable ones, and false ones that are ordered anyway.
#[derive(Clone, Debug, Default)]
pub(super) struct Free {
    after: Rows,
    before: Rows,
}

/// Returns who is reachable from each pass and who reaches it, by the dependencies within each window.
fn reach(problem: &Problem, words: usize) -> (Rows, Rows) {
    let passes = problem.passes.len();
    let window = 64 * words;
    let edge = |dependency: &super::problem::Dependency| match dependency.producer {
        Producer::Pass(pass) if dependency.consumer < passes && pass / window == dependency.consumer / window => {
            Some((pass, dependency.consumer))
        }
        Producer::Pass(_) | Producer::PreviousFrame | Producer::Outside => None,
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
    for pass in (0..passes).rev() {
        consumers(pass).for_each(|consumer| reachable.follow(pass, consumer));
    }
    for pass in 0..passes {
        consumers(pass).for_each(|consumer| reaching.follow(consumer, pass));
    }
    (reachable, reaching)
}
