//! Why a system did not get what it asked for.

use std::any::type_name;

use crate::cx::table::Refusal;

/// Why a system did not get what it asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// The world has no such resource.
    #[error("no resource `{resource}` in the world; insert it with `world.insert(..)`")]
    Missing {
        /// The type of the resource.
        resource: &'static str,
    },
    /// The type is not in the declaration: a permission was written by hand.
    #[error(
        "system `{system}` does not declare that it {verb} `{name}`; remove the hand-written permission and add `{name}` to \
         `#[{verb}(..)]` on `{system}`",
        verb = if *.write { "writes" } else { "reads" }
    )]
    Undeclared {
        /// The system.
        system: String,
        /// The type.
        name: &'static str,
        /// Whether it wants to write.
        write: bool,
    },
    /// The system itself holds the value.
    #[error(
        "system `{system}` asks to {verb} `{name}` while it holds it; drop the earlier guard or query first",
        verb = if *.write { "write" } else { "read" }
    )]
    Held {
        /// The system.
        system: String,
        /// The type.
        name: &'static str,
        /// Whether it wants to write.
        write: bool,
    },
}

impl AccessError {
    pub(crate) fn missing<T>() -> Self {
        Self::Missing { resource: type_name::<T>() }
    }

    pub(crate) fn refused(refusal: Refusal, system: &str, name: &'static str, write: bool) -> Self {
        let system = system.to_owned();
        match refusal {
            Refusal::Undeclared | Refusal::ReadOnly => Self::Undeclared { system, name, write },
            Refusal::Held => Self::Held { system, name, write },
        }
    }
}
