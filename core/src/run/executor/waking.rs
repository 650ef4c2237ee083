//! How a run finds the threads of its pool, and what that costs.

use std::time::Duration;

use super::real::LOOKS_ON;

/// How a run finds the threads of its pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Helpers {
    /// They look on still: runs follow each other closely.
    #[default]
    Awake,
    /// They sleep: there was nothing to do for more than 40 us.
    Asleep,
}

/// Until a helper has its first unit, in nanoseconds: one that looks on, and one that was asleep.
const AWAKE_NS: u64 = 800;
const ASLEEP_NS: u64 = 30_000;
/// What a plan counts on for helpers that look on: one of them may just have gone home, and be called anew.
const SURELY_AWAKE_NS: u64 = 6_000;

impl Helpers {
    /// Returns how the run finds them that begins so long after the one before it, if there was one.
    ///
    /// Helpers of a first run are thought to be awake: what its systems take is not known yet either, and has to be found out.
    pub(crate) fn after(pause: Option<Duration>) -> Self {
        match pause {
            Some(pause) if pause > LOOKS_ON => Self::Asleep,
            Some(_) | None => Self::Awake,
        }
    }

    /// Returns what it takes until a helper has its first unit, in nanoseconds.
    pub(crate) const fn wake_ns(self) -> u64 {
        match self {
            Self::Awake => AWAKE_NS,
            Self::Asleep => ASLEEP_NS,
        }
    }

    /// Returns what a plan counts on for the same.
    pub(crate) const fn planned_wake_ns(self) -> u64 {
        match self {
            Self::Awake => SURELY_AWAKE_NS,
            Self::Asleep => ASLEEP_NS,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_sleep_once_they_have_looked_on_in_vain() {
        assert_eq!(Helpers::after(None), Helpers::Awake);
        assert_eq!(Helpers::after(Some(Duration::ZERO)), Helpers::Awake);
        assert_eq!(Helpers::after(Some(LOOKS_ON)), Helpers::Awake);
        assert_eq!(Helpers::after(Some(LOOKS_ON + Duration::from_nanos(1))), Helpers::Asleep);
    }
}
