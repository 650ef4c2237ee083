//! Which passes a pair of scopes orders, with equal pairs told once.
//!
//! Only few distinct pairs of scopes occur in a frame, and passes are of few kinds. A pass gets a *mark*, a pair of scopes
//! the marks that each of its sides reaches: `i` before and `j` after a call are ordered where the mark of `i` is among
//! the first and that of `j` among the second. Pairs that reach the same marks are one [`Kind`].

use ash::vk::PipelineStageFlags2 as S;

use super::problem::Problem;
use super::scope;

/// An index of [`Kinds::all`]; [`Kind::NONE`] orders nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(pub(super) u32);

impl Kind {
    pub(super) const NONE: Self = Self(u32::MAX);

    /// Returns the index of a kind that orders something.
    pub(super) fn index(self) -> Option<usize> {
        (self != Self::NONE).then_some(self.0 as usize)
    }
}

/// The stages of a pair of scopes, with all that they reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stages {
    pub(super) first: S,
    pub(super) second: S,
    pub(super) kind: Kind,
}

/// The marks that both sides of a pair of scopes reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Marks {
    pub(super) first: u64,
    pub(super) second: u64,
}

/// The kinds of a problem.
#[derive(Debug)]
pub(super) struct Kinds {
    /// The stages behind each mark, one bit for each; empty where there are too many, and the stages are the marks.
    marks: Vec<S>,
    /// The mark of each pass.
    pub(super) passes: Vec<u64>,
    /// The distinct pairs of marks.
    pub(super) all: Vec<Marks>,
    /// The distinct pairs of scopes.
    pub(super) stages: Vec<Stages>,
    /// Named stages to the index of `stages`, sorted.
    known: Vec<((u64, u64), u32)>,
    /// Some of `known`, found faster.
    recent: [((u64, u64), u32); 64],
}

impl Kinds {
    pub(super) fn of(problem: &Problem) -> Self {
        let mut named: Vec<S> = Vec::new();
        let mut passes = Vec::with_capacity(problem.passes.len());
        for stages in &problem.passes {
            let mark = named.iter().position(|known| known == stages).unwrap_or_else(|| {
                named.push(*stages);
                named.len() - 1
            });
            if mark == 64 {
                break;
            }
            passes.push(1 << mark);
        }
        let marks = if named.len() <= 64 {
            named.into_iter().map(scope::stages).collect()
        } else {
            passes = problem.passes.iter().map(|stages| scope::stages(*stages).as_raw()).collect();
            Vec::new()
        };
        Self { marks, passes, all: Vec::new(), stages: Vec::new(), known: Vec::new(), recent: [((0, 0), u32::MAX); 64] }
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
        match self.known.binary_search_by_key(&key, |known| known.0) {
            Ok(at) => self.known[at].1,
            Err(at) => {
                let (first, second) = (scope::first(first), scope::second(second));
                let kind = self.kind(Marks { first: self.reached(first), second: self.reached(second) });
                let index = self.stages.len() as u32;
                self.stages.push(Stages { first, second, kind });
                self.known.insert(at, (key, index));
                index
            }
        }
    }

    /// Returns the kind of what both of two kinds order.
    pub(super) fn both(&mut self, one: Kind, other: Kind) -> Kind {
        match (one.index(), other.index()) {
            (Some(one), Some(other)) => {
                let (one, other) = (self.all[one], self.all[other]);
                self.kind(Marks { first: one.first & other.first, second: one.second & other.second })
            }
            _ => Kind::NONE,
        }
    }

    fn kind(&mut self, marks: Marks) -> Kind {
        if marks.first == 0 || marks.second == 0 {
            return Kind::NONE;
        }
        let index = self.all.iter().position(|known| *known == marks).unwrap_or_else(|| {
            self.all.push(marks);
            self.all.len() - 1
        });
        Kind(index as u32)
    }

    fn reached(&self, stages: S) -> u64 {
        if self.marks.is_empty() {
            return stages.as_raw();
        }
        let marks = self.marks.iter().enumerate().filter(|(_, mark)| stages.intersects(**mark));
        marks.fold(0, |reached, (bit, _)| reached | 1 << bit)
    }
}
