//! What a system's value declares, carried for others.

use std::any::Any;
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
    /// What was declared before the latest [`clear`](Self::clear): kept for its memory.
    earlier: Vec<Box<dyn Annotation>>,
}

impl Declaration {
    /// Adds a fact.
    pub fn annotate(&mut self, annotation: impl Annotation) {
        self.annotations.push(Box::new(annotation));
    }

    /// Adds a fact, in the memory of the one of its type that an earlier run was told: `state` makes the fact of what it finds,
    /// which may be anything of its type. For facts that are told anew in each run and hold memory.
    pub fn annotate_anew<T: Annotation + Default>(&mut self, state: impl FnOnce(&mut T)) {
        let known = self.earlier.iter().position(|fact| (&**fact as &dyn Any).is::<T>());
        let mut fact =
            known.map_or_else(|| Box::<T>::default() as Box<dyn Annotation>, |known| self.earlier.swap_remove(known));
        if let Some(fact) = (&mut *fact as &mut dyn Any).downcast_mut() {
            state(fact);
        }
        self.annotations.push(fact);
    }

    /// Forgets all facts.
    pub(crate) fn clear(&mut self) {
        self.earlier.clear();
        std::mem::swap(&mut self.annotations, &mut self.earlier);
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
    struct Parts(Vec<u32>);

    #[derive(Debug, Default, PartialEq)]
    struct Other(u32);

    impl Annotation for Parts {}
    impl Annotation for Other {}

    fn declare(declaration: &mut Declaration, parts: &[u32]) {
        declaration.clear();
        declaration.annotate(Other(7));
        declaration.annotate_anew(|fact: &mut Parts| {
            fact.0.clear();
            fact.0.extend(parts);
        });
    }

    #[test]
    fn a_fact_that_is_told_anew_is_the_new_one_in_the_old_memory() {
        let mut declaration = Declaration::default();
        declare(&mut declaration, &[1, 2, 3]);
        let memory = declaration.get::<Parts>().map(|parts| parts.0.as_ptr());
        declare(&mut declaration, &[4]);
        assert_eq!(declaration.get(), Some(&Parts(vec![4])));
        assert_eq!(declaration.get(), Some(&Other(7)));
        assert_eq!(declaration.annotations().count(), 2);
        assert_eq!(declaration.get::<Parts>().map(|parts| parts.0.as_ptr()), memory);
    }

    #[test]
    fn what_is_not_told_again_is_forgotten() {
        let mut declaration = Declaration::default();
        declare(&mut declaration, &[1]);
        declaration.clear();
        assert_eq!(declaration.annotations().count(), 0);
        declaration.clear();
        declaration.annotate_anew(|fact: &mut Parts| assert_eq!(*fact, Parts::default(), "it is gone"));
    }
}
