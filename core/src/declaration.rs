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
}

impl Declaration {
    /// Adds a fact.
    pub fn annotate(&mut self, annotation: impl Annotation) {
        self.annotations.push(Box::new(annotation));
    }

    /// Forgets all facts.
    pub(crate) fn clear(&mut self) {
        self.annotations.clear();
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
