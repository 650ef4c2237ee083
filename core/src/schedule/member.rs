//! A system of a stage, before it has its place in a program.

use std::borrow::Cow;

use crate::access::Key;
use crate::condition::{Answer, Gated};
use crate::declaration::Declaration;
use crate::run::AnySystem;
use crate::schedule::function::{Declared, SystemFn};
use crate::system::{System, SystemInfo};

/// A system of a stage.
pub(crate) struct Member {
    /// The name that others order themselves by; several may have it.
    pub(crate) name: String,
    /// The name that is its own, once it is part of a schedule.
    pub(crate) own_name: Option<String>,
    pub(crate) info: SystemInfo,
    pub(crate) reads: Cow<'static, [Key]>,
    pub(crate) writes: Cow<'static, [Key]>,
    pub(crate) after: Vec<String>,
    pub(crate) body: Body,
    /// Whether it runs only on the thread that runs the schedule.
    pub(crate) pinned: bool,
    /// Whether it is a condition of its stage.
    pub(crate) asks: bool,
}

/// The system itself.
pub(crate) enum Body {
    /// One that comes with its member.
    New(Box<dyn AnySystem>),
    /// One that the schedule has already, by its index in the program so far.
    Kept(usize),
}

impl Member {
    pub(super) fn of<S: System>(system: Box<dyn AnySystem>) -> Self {
        Self {
            name: S::INFO.name.to_owned(),
            own_name: None,
            info: S::INFO,
            reads: Cow::Borrowed(S::INFO.reads),
            writes: Cow::Borrowed(S::INFO.writes),
            after: Vec::new(),
            body: Body::New(system),
            pinned: false,
            asks: false,
        }
    }

    pub(super) fn of_fn(system: SystemFn) -> Self {
        let info = system.info();
        let (Declared { name, reads, writes, after }, system) = system.split();
        Self {
            name,
            own_name: None,
            info,
            reads: Cow::Owned(reads),
            writes: Cow::Owned(writes),
            after,
            body: Body::New(system),
            pinned: false,
            asks: false,
        }
    }

    /// Lets it run only if all answers are yes. One that a schedule has already looks at its answers as it is.
    pub(super) fn gated(mut self, answers: &[(Answer, Key)]) -> Self {
        let Body::New(system) = self.body else { return self };
        if answers.is_empty() {
            return Self { body: Body::New(system), ..self };
        }
        self.reads.to_mut().extend(answers.iter().map(|(_, key)| *key));
        let answers = answers.iter().map(|(answer, _)| Answer::clone(answer)).collect();
        Self { body: Body::New(Box::new(Gated { answers, system })), ..self }
    }
}

impl Body {
    /// Asks what its value declares; `kept` asks a system that the schedule has already.
    pub(super) fn declare(&self, kept: &mut impl FnMut(usize, &mut Declaration)) -> Declaration {
        let mut declaration = Declaration::default();
        match self {
            Self::New(system) => system.declare(&mut declaration),
            Self::Kept(index) => kept(*index, &mut declaration),
        }
        declaration
    }
}
