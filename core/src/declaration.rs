//! What a system's value declares, carried for others.

use std::any::{Any, TypeId};
use std::fmt;

use crate::error::Failure;
use crate::system::SystemInfo;

/// A fact about a system that this crate carries and never opens.
///
/// The GPU crate puts the passes of a system here: as constants in [`SystemInfo`], and with the values of the parts
/// in the [`Declaration`] of a built system.
pub trait Annotation: Any + Send + Sync + fmt::Debug {
    /// Checks the fact when a schedule is built.
    ///
    /// # Errors
    ///
    /// Returns what is wrong, in the user's words; the schedule adds the system's name.
    fn check(&self, system: &SystemInfo) -> Result<(), Failure> {
        let _ = system;
        Ok(())
    }
}

impl dyn Annotation {
    /// Returns the annotation as `T`, if it is one.
    pub fn downcast_ref<T: Annotation>(&self) -> Option<&T> {
        (self as &dyn Any).downcast_ref()
    }
}

/// Holds what one value of a system declares beyond its type.
#[derive(Debug, Default)]
pub struct Declaration {
    annotations: Vec<Box<dyn Annotation>>,
    /// How many of them this run has told so far; those that follow are of the run before.
    told: usize,
    /// Whether this run has told anything that is not as it was.
    changed: bool,
    words: Words,
}

/// What the first fact follows from, if it was told by [`Declaration::annotate_by`] and the words are not too many.
#[derive(Debug, Default)]
struct Words {
    all: [u64; Declaration::WORDS],
    len: usize,
    /// The type of the fact; `None`, where nothing is known.
    of: Option<TypeId>,
}

impl Words {
    fn are_of<T: Annotation>(&self, words: &[u64]) -> bool {
        self.of == Some(TypeId::of::<T>()) && self.all[..self.len] == *words
    }

    fn keep<T: Annotation>(&mut self, words: &[u64]) {
        self.of = None;
        if words.len() <= Declaration::WORDS {
            self.all[..words.len()].copy_from_slice(words);
            (self.len, self.of) = (words.len(), Some(TypeId::of::<T>()));
        }
    }
}

impl Declaration {
    /// The most words that are kept to be compared with: a fact of more of them counts as changed in each run.
    pub const WORDS: usize = 14;

    /// Adds a fact.
    pub fn annotate(&mut self, annotation: impl Annotation) {
        self.forget_the_rest();
        self.push(Box::new(annotation));
    }

    /// Adds a fact that follows from `words` alone. Where the first fact of a run follows from the same words as in the run before, it
    /// stays, and nobody looks at it; else `state` makes it of what it finds, which is a default or the fact of the run
    /// before. For facts that are told anew in each run.
    pub fn annotate_by<T: Annotation + Default>(&mut self, words: &[u64], state: impl FnOnce(&mut T)) {
        let is_first = self.told == 0;
        if is_first && self.words.are_of::<T>(words) {
            self.told = 1;
            return;
        }
        self.state_anew(state);
        if is_first {
            self.words.keep::<T>(words);
        }
    }

    #[cold]
    fn state_anew<T: Annotation + Default>(&mut self, state: impl FnOnce(&mut T)) {
        let known = self.annotations.get_mut(self.told);
        let known = known.and_then(|fact| (&mut **fact as &mut dyn Any).downcast_mut::<T>());
        if let Some(fact) = known {
            state(fact);
            self.told += 1;
            self.changed = true;
            return;
        }
        let mut fact = Box::<T>::default();
        state(&mut fact);
        self.forget_the_rest();
        self.push(fact);
    }

    fn push(&mut self, fact: Box<dyn Annotation>) {
        self.annotations.push(fact);
        self.told += 1;
        self.changed = true;
    }

    fn forget_the_rest(&mut self) {
        if self.told == 0 {
            self.words.of = None;
        }
        self.annotations.truncate(self.told);
    }

    /// Begins to be told anew.
    pub(crate) fn begin(&mut self) {
        (self.told, self.changed) = (0, false);
    }

    /// Ends what [`begin`](Self::begin) began; returns whether anything may be other than it was.
    pub(crate) fn end(&mut self) -> bool {
        if self.told < self.annotations.len() {
            self.forget_the_rest();
            self.changed = true;
        }
        self.changed
    }

    /// Returns the facts in the order they were added.
    pub fn annotations(&self) -> impl Iterator<Item = &dyn Annotation> {
        self.annotations.iter().map(|annotation| &**annotation)
    }

    /// Returns the first fact of type `T`.
    pub fn get<T: Annotation>(&self) -> Option<&T> {
        self.annotations().find_map(|annotation| annotation.downcast_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq)]
    struct Parts(Vec<u64>);

    #[derive(Debug, Default, PartialEq)]
    struct Other(u32);

    impl Annotation for Parts {}
    impl Annotation for Other {}

    fn tell(declaration: &mut Declaration, parts: &[u64]) {
        declaration.annotate_by(parts, |fact: &mut Parts| {
            fact.0.clear();
            fact.0.extend(parts);
        });
    }

    /// Returns whether it is told as changed.
    fn again(declaration: &mut Declaration, declare: impl FnOnce(&mut Declaration)) -> bool {
        declaration.begin();
        declare(declaration);
        declaration.end()
    }

    #[test]
    fn a_fact_that_follows_from_the_same_words_stays() {
        let mut declaration = Declaration::default();
        tell(&mut declaration, &[1, 2, 3]);
        assert!(!again(&mut declaration, |declaration| {
            declaration.annotate_by(&[1, 2, 3], |_: &mut Parts| panic!("nobody looks at it"));
        }));
        let memory = declaration.get::<Parts>().map(|parts| parts.0.as_ptr());
        assert!(again(&mut declaration, |declaration| tell(declaration, &[4])));
        assert_eq!(declaration.get(), Some(&Parts(vec![4])));
        assert_eq!(declaration.get::<Parts>().map(|parts| parts.0.as_ptr()), memory, "in the old memory");
        for other in [&[4, 0][..], &[], &[0], &[4]] {
            assert!(again(&mut declaration, |declaration| tell(declaration, other)), "{other:?}");
            assert_eq!(declaration.get(), Some(&Parts(other.to_vec())));
            assert!(!again(&mut declaration, |declaration| tell(declaration, other)), "{other:?}");
        }
    }

    #[test]
    fn many_words_and_facts_that_are_not_the_first_count_as_changed() {
        let mut declaration = Declaration::default();
        let many: Vec<u64> = (0..=Declaration::WORDS as u64).collect();
        tell(&mut declaration, &many);
        assert!(again(&mut declaration, |declaration| tell(declaration, &many)));
        assert!(!again(&mut declaration, |declaration| {
            tell(declaration, &many[1..]);
            declaration.changed = false;
        }));
        assert!(!again(&mut declaration, |declaration| tell(declaration, &many[1..])));
        let other_first = |declaration: &mut Declaration| {
            declaration.annotate(Other(7));
            tell(declaration, &many[1..]);
        };
        for _ in 0..3 {
            assert!(again(&mut declaration, other_first));
            assert_eq!(declaration.get(), Some(&Other(7)));
            assert_eq!(declaration.get(), Some(&Parts(many[1..].to_vec())));
            assert_eq!(declaration.annotations().count(), 2);
        }
    }

    #[test]
    fn what_is_not_told_again_is_forgotten() {
        let mut declaration = Declaration::default();
        tell(&mut declaration, &[1]);
        assert!(again(&mut declaration, |_| ()));
        assert_eq!(declaration.annotations().count(), 0);
        assert!(!again(&mut declaration, |_| ()));
        assert!(again(&mut declaration, |declaration| {
            declaration.annotate_by(&[1], |fact: &mut Parts| assert_eq!(*fact, Parts::default(), "it is gone"));
        }));
    }
}
