//! Which passes a pair of scopes orders, as bits.
//!
//! Passes that execute the same stages have the same *mark*; a frame has few. A pair of scopes reaches some marks with its
//! first side and some with its second: `i` before and `j` after a call are ordered where the mark of `i` is among the
//! first and that of `j` among the second. With at most eight marks, a set of pairs of marks is 64 bits: a [`Kind`].
//!
//! Where passes execute more than eight sets of stages, those that no scope of the frame tells apart are one. Should there
//! still be more, the last ones are taken together: placement then sees more order than there is, and proves nothing.

use ash::vk::PipelineStageFlags2 as S;

use super::problem::Problem;
use super::scope;

/// How many marks there can be.
const MARKS: usize = 8;

/// A set of pairs of marks: bit `8 * first + second`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Kind(u64);

impl Kind {
    /// Returns what both of two kinds order.
    pub(super) const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Lists the pairs of marks.
    pub(super) fn cells(self) -> impl Iterator<Item = (usize, usize)> {
        let mut bits = self.0;
        std::iter::from_fn(move || {
            let cell = (bits != 0).then_some(bits.trailing_zeros() as usize)?;
            bits &= bits - 1;
            Some((cell / MARKS, cell % MARKS))
        })
    }
}

/// The stages of a pair of scopes, with all that they reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stages {
    pub(super) first: S,
    pub(super) second: S,
    pub(super) kind: Kind,
}

/// The marks of a problem's passes, and its pairs of scopes.
#[derive(Debug)]
pub(super) struct Kinds {
    /// The stages behind each mark.
    pub(super) marks: Vec<S>,
    /// The mark of each pass.
    pub(super) passes: Vec<u8>,
    /// Whether the marks tell apart all passes that the scopes do.
    pub(super) exact: bool,
    /// The distinct pairs of scopes.
    pub(super) stages: Vec<Stages>,
    /// Named stages to the index of `stages`, sorted.
    known: Vec<((u64, u64), u32)>,
    /// Some of `known`, found faster.
    recent: [((u64, u64), u32); 64],
}

impl Kinds {
    pub(super) fn of(problem: &Problem) -> Self {
        let mut sets: Vec<S> = Vec::new();
        let mut set_of = Vec::with_capacity(problem.passes.len());
        for stages in &problem.passes {
            set_of.push(index_of(&mut sets, *stages));
        }
        let sets: Vec<S> = sets.into_iter().map(scope::stages).collect();
        let (marks, mark_of, exact) = marks(problem, &sets);
        let passes = set_of.into_iter().map(|set| mark_of[set]).collect();
        Self { marks, passes, exact, stages: Vec::new(), known: Vec::new(), recent: [((0, 0), u32::MAX); 64] }
    }

    /// Returns the index in `stages` of a pair of scopes.
    pub(super) fn add(&mut self, first: S, second: S) -> u32 {
        let key = (first.as_raw(), second.as_raw());
        let mixed = key.0.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ key.1.wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        let slot = (mixed >> 58) as usize;
        if self.recent[slot].0 == key && self.recent[slot].1 != u32::MAX {
            return self.recent[slot].1;
        }
        let index = self.find(key, first, second);
        self.recent[slot] = (key, index);
        index
    }

    fn find(&mut self, key: (u64, u64), first: S, second: S) -> u32 {
        let at = match self.known.binary_search_by_key(&key, |known| known.0) {
            Ok(at) => return self.known[at].1,
            Err(at) => at,
        };
        let (first, second) = (scope::first(first), scope::second(second));
        let seconds = self.reached(second).fold(0_u64, |seconds, mark| seconds | 1 << mark);
        let kind = self.reached(first).fold(0, |kind, mark| kind | seconds << (MARKS * mark));
        let index = self.stages.len() as u32;
        self.stages.push(Stages { first, second, kind: Kind(kind) });
        self.known.insert(at, (key, index));
        index
    }

    fn reached(&self, stages: S) -> impl Iterator<Item = usize> + '_ {
        (0..self.marks.len()).filter(move |mark| self.marks[*mark].intersects(stages))
    }
}

/// Returns the marks, the mark of each set of stages, and whether they tell apart all that the scopes do.
fn marks(problem: &Problem, sets: &[S]) -> (Vec<S>, Vec<u8>, bool) {
    if sets.len() <= MARKS {
        return (sets.to_vec(), (0..sets.len() as u8).collect(), true);
    }
    let mut scopes: Vec<S> = Vec::new();
    for dependency in &problem.dependencies {
        for stages in [
            scope::first(dependency.first.stages),
            scope::second(dependency.second.stages),
            scope::first(dependency.second.stages),
        ] {
            index_of(&mut scopes, stages);
        }
    }
    let (mut marks, mut told): (Vec<S>, Vec<Vec<bool>>) = (Vec::new(), Vec::new());
    let mut mark_of = Vec::with_capacity(sets.len());
    let mut exact = true;
    for set in sets {
        let reached: Vec<bool> = scopes.iter().map(|scope| scope.intersects(*set)).collect();
        let known = index_of(&mut told, reached);
        exact &= known < MARKS;
        let mark = known.min(MARKS - 1);
        if mark == marks.len() {
            marks.push(*set);
        } else {
            marks[mark] |= *set;
        }
        mark_of.push(mark as u8);
    }
    (marks, mark_of, exact)
}

/// Returns the index of a value, which is added where it is new.
fn index_of<T: PartialEq>(known: &mut Vec<T>, value: T) -> usize {
    known.iter().position(|one| *one == value).unwrap_or_else(|| {
        known.push(value);
        known.len() - 1
    })
}
