//! What a run ends with when systems fail.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::error::Failure;

/// Why a run did not end well.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// The context could not be prepared; no system was started.
    Prepare {
        /// Why.
        failure: Failure,
    },
    /// Systems failed.
    Systems {
        /// Those that failed, in program order; there is at least one.
        failures: Vec<SystemFailure>,
        /// The names of those that were skipped because they depend on one that failed, in program order.
        skipped: Vec<String>,
    },
}

/// A system that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct SystemFailure {
    /// The system's name; for commands, that of the system that gave them.
    pub system: String,
    /// Why.
    pub cause: Cause,
}

/// Why a system failed.
#[derive(Debug)]
pub enum Cause {
    /// It returned an error.
    Error(Failure),
    /// It panicked, with this message.
    Panic(String),
    /// Its commands panicked when they were applied, with this message; its later ones are lost.
    Commands(String),
}

impl RunError {
    pub(crate) const fn prepare(failure: Failure) -> Self {
        Self::Prepare { failure }
    }

    /// Returns the systems that failed, in program order.
    pub fn failures(&self) -> &[SystemFailure] {
        match self {
            Self::Prepare { .. } => &[],
            Self::Systems { failures, .. } => failures,
        }
    }

    /// Returns the names of the systems that were skipped because they depend on one that failed.
    pub fn skipped(&self) -> &[String] {
        match self {
            Self::Prepare { .. } => &[],
            Self::Systems { skipped, .. } => skipped,
        }
    }
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prepare { failure } => write!(f, "the run could not be prepared: {failure}"),
            Self::Systems { failures, skipped } => {
                let Some((first, others)) = failures.split_first() else { return Ok(()) };
                write!(f, "{first}")?;
                for other in others {
                    write!(f, "; {other}")?;
                }
                match skipped.as_slice() {
                    [] => Ok(()),
                    [one] => write!(f, "; `{one}` was skipped, as it depends on what failed"),
                    [all @ .., last] => {
                        let all: Vec<_> = all.iter().map(|name| format!("`{name}`")).collect();
                        write!(f, "; {} and `{last}` were skipped, as they depend on what failed", all.join(", "))
                    }
                }
            }
        }
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Prepare { failure } => Some(failure.error()),
            Self::Systems { failures, .. } => failures.iter().find_map(|failure| match &failure.cause {
                Cause::Error(failure) => Some(failure.error() as &(dyn Error + 'static)),
                Cause::Panic(_) | Cause::Commands(_) => None,
            }),
        }
    }
}

impl fmt::Display for SystemFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, cause } = self;
        match cause {
            Cause::Error(failure) => write!(f, "system `{system}` failed: {failure}"),
            Cause::Panic(message) => write!(f, "system `{system}` panicked: {message}"),
            Cause::Commands(message) => write!(f, "a command of system `{system}` panicked: {message}"),
        }
    }
}

/// Returns the message of a panic, and drops its payload: if that panics in turn, the first panic stays the one that counts.
pub(crate) fn message(payload: Box<dyn Any + Send>) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned();
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(another);
    }
    text
}
