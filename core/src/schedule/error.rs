//! What is wrong with a schedule.

use std::error::Error;
use std::fmt;
use std::panic::Location;

/// What is wrong with a schedule: found when it is built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScheduleError {
    /// A stage names one that does not exist.
    #[error("stage `{stage}` is {relation} `{named}`, which is no stage of this schedule{}", Closest(.closest.as_deref()))]
    UnknownStage {
        /// The stage that names it.
        stage: String,
        /// `after` or `before`.
        relation: Relation,
        /// The name that is unknown.
        named: String,
        /// The stage whose name is closest.
        closest: Option<String>,
    },
    /// Two stages have one name.
    #[error("two stages are named `{stage}`; rename one (the first is at {first}, the second at {second})")]
    DuplicateStage {
        /// The name.
        stage: String,
        /// Where the first is declared.
        first: &'static Location<'static>,
        /// Where the second is declared.
        second: &'static Location<'static>,
    },
    /// A stage is ordered against itself.
    #[error("stage `{stage}` is {relation} itself; remove that")]
    SelfOrder {
        /// The stage.
        stage: String,
        /// `after` or `before`.
        relation: Relation,
    },
    /// Stages come before each other in a circle.
    #[error("the stages {} come before each other in a circle; remove one `after` or `before`", Chain(.chain))]
    Cycle {
        /// The circle, in order; the last stage comes before the first.
        chain: Vec<String>,
    },
    /// A system comes after one that does not exist, or stands in a later stage.
    #[error("system `{system}` is after `{named}`, which {why}{}", Closest(.closest.as_deref()))]
    UnknownSystem {
        /// The system that names it.
        system: String,
        /// The name.
        named: String,
        /// What is wrong with it.
        why: &'static str,
        /// The system whose name is closest.
        closest: Option<String>,
    },
    /// An edit names a stage that does not exist.
    #[error("no stage is named `{stage}` in this schedule{}", Closest(.closest.as_deref()))]
    NoSuchStage {
        /// The name.
        stage: String,
        /// The stage whose name is closest.
        closest: Option<String>,
    },
    /// An edit names a system that does not exist.
    #[error("no system is named `{system}` in this schedule{}", Closest(.closest.as_deref()))]
    NoSuchSystem {
        /// The name.
        system: String,
        /// The system whose name is closest.
        closest: Option<String>,
    },
    /// An edit removes a condition, which goes only with its stage.
    #[error("`{system}` is a condition of stage `{stage}`; remove it with `remove_stage`")]
    RemovedCondition {
        /// The condition.
        system: String,
        /// Its stage.
        stage: String,
    },
    /// Systems of one stage come after each other in a circle.
    #[error("the systems {} come before each other in a circle; remove one `after`", Chain(.chain))]
    SystemCycle {
        /// The circle, in order; the last system comes before the first.
        chain: Vec<String>,
    },
    /// Ambiguities are denied, and there is one.
    #[error(
        "{why}\n  order them with `after`, put them in stages that are ordered, or accept it with `allow_ambiguity(\"{first}\", \
         \"{second}\")`{}",
        More(*.more)
    )]
    Ambiguous {
        /// The system that stands first.
        first: String,
        /// The system that stands second.
        second: String,
        /// Their hazards, as sentences.
        why: String,
        /// How many more pairs there are.
        more: usize,
    },
    /// A fact that a system carries is wrong.
    #[error("system `{system}`: {error} ({at})")]
    Declaration {
        /// The system.
        system: String,
        /// What is wrong.
        #[source]
        error: Box<dyn Error + Send + Sync>,
        /// Where it was found.
        at: &'static Location<'static>,
    },
}

/// A schedule has no system of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no system is named `{name}` in this schedule{}", Closest(.closest.as_deref()))]
pub struct NoSuchSystem {
    /// The name.
    pub name: String,
    /// The system whose name is closest.
    pub closest: Option<String>,
}

/// How a stage is ordered against another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Relation {
    /// `after`
    After,
    /// `before`
    Before,
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::After => "after",
            Self::Before => "before",
        })
    }
}

struct Closest<'a>(Option<&'a str>);

impl fmt::Display for Closest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "; did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

struct More(usize);

impl fmt::Display for More {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => Ok(()),
            more => write!(f, " (and {more} more like it)"),
        }
    }
}

struct Chain<'a>(&'a [String]);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for name in self.0 {
            write!(f, "`{name}` -> ")?;
        }
        write!(f, "`{}`", self.0.first().map_or("", String::as_str))
    }
}
