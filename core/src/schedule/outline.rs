//! What was declared of a schedule, kept so that it can be built anew with some systems more or fewer.

use std::panic::Location;

use crate::access::Key;
use crate::condition::Answer;
use crate::program::Program;
use crate::schedule::builder::Stage;
use crate::schedule::member::{Body, Member};

/// What was declared of a schedule, beside its [`Program`].
#[derive(Default)]
pub(super) struct Outline {
    stages: Vec<StageOutline>,
    members: Vec<MemberOutline>,
    /// How many conditions of stages there have been: each has a number of its own.
    pub(super) conditions: usize,
}

/// A stage, in order.
struct StageOutline {
    after: Vec<String>,
    before: Vec<String>,
    at: &'static Location<'static>,
    answers: Vec<(Answer, Key)>,
}

/// A system, in program order.
struct MemberOutline {
    name: String,
    after: Vec<String>,
    asks: bool,
}

impl Outline {
    /// Notes the stages, which stand in order.
    pub(super) fn of(stages: &[Stage], conditions: usize) -> Self {
        let stages = stages.iter().map(|stage| StageOutline {
            after: stage.after.clone(),
            before: stage.before.clone(),
            at: stage.at,
            answers: stage.answers.clone(),
        });
        Self { stages: stages.collect(), members: Vec::new(), conditions }
    }

    /// Notes the systems, which stand in program order.
    pub(super) fn add_members<'a>(&mut self, members: impl Iterator<Item = &'a Member>) {
        self.members.extend(members.map(|member| MemberOutline {
            name: member.name.clone(),
            after: member.after.clone(),
            asks: member.asks,
        }));
    }

    /// Returns the stages of the program as they were declared, with the systems that are there.
    pub(super) fn stages(&self, program: &Program) -> Vec<Stage> {
        let mut stages: Vec<_> =
            self.stages.iter().zip(&program.stages).map(|(stage, name)| stage.named(name)).collect();
        for (index, (member, system)) in self.members.iter().zip(&program.systems).enumerate() {
            stages[system.stage].systems.push(Member {
                name: member.name.clone(),
                own_name: Some(system.name.clone()),
                info: system.info,
                reads: system.reads.clone(),
                writes: system.writes.clone(),
                after: member.after.clone(),
                body: Body::Kept(index),
                pinned: system.pinned,
                asks: member.asks,
            });
        }
        stages
    }
}

impl StageOutline {
    fn named(&self, name: &str) -> Stage {
        let mut stage = Stage::new(name);
        stage.after.clone_from(&self.after);
        stage.before.clone_from(&self.before);
        stage.at = self.at;
        stage.answers.clone_from(&self.answers);
        stage
    }
}
