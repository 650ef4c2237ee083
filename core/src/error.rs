//! What goes wrong while systems run.

use std::error::Error;
use std::fmt;
use std::panic::Location;

/// Why a system failed: the error, and the place of the `?` that raised it.
///
/// It is no [`Error`] itself, so that `?` turns every error into one.
pub struct Failure {
    error: Box<dyn Error + Send + Sync>,
    at: &'static Location<'static>,
}

impl Failure {
    /// Makes a failure that was caused elsewhere: at a declaration, say.
    pub fn at_place(error: impl Into<Box<dyn Error + Send + Sync>>, at: &'static Location<'static>) -> Self {
        Self { error: error.into(), at }
    }

    /// Returns the error.
    pub fn error(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }

    /// Returns the error by value.
    pub fn into_error(self) -> Box<dyn Error + Send + Sync> {
        self.error
    }

    /// Returns the place where the error became a failure, or that caused it.
    pub const fn at(&self) -> &'static Location<'static> {
        self.at
    }
}

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self { error: error.into(), at: Location::caller() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.error, self.at)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.error, self.at)
    }
}
