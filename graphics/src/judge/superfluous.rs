//! Finds what a stream could do without.

use std::fmt;

use ash::vk;

use super::names;
use super::stream::{Barrier, Command, Event, Scope, Stream, Target};
use super::verdict::{Place, Rules};

/// A structure, or a bit of one, whose removal changes nothing in the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Superfluous {
    /// The structure.
    pub structure: Place,
    /// What of it.
    pub what: Excess,
}

/// What of a structure is superfluous.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    /// All of it.
    Structure,
    /// A stage of the first scope.
    FirstStage(vk::PipelineStageFlags2),
    /// An access of the first scope.
    FirstAccess(vk::AccessFlags2),
    /// A stage of the second scope.
    SecondStage(vk::PipelineStageFlags2),
    /// An access of the second scope.
    SecondAccess(vk::AccessFlags2),
}

/// Finds the structures, stages and accesses that a stream could do without, each on its own.
///
/// Two that stand in for each other are both found; without one, the other is needed. It judges the stream once for
/// each bit: this is for people and tests, not for each frame.
///
/// # Panics
///
/// As [`judge`](super::judge) does.
#[must_use]
#[track_caller]
pub fn superfluous(stream: &Stream, rules: &Rules) -> Vec<Superfluous> {
    let verdict = super::judge(stream, rules);
    let mut trial = stream.clone();
    let mut found = Vec::new();
    for place in structures(stream) {
        let original = structure(&mut trial, place).clone();
        for what in candidates(&original) {
            *structure(&mut trial, place) = what.removed_from(&original);
            if super::judge(&trial, rules) == verdict {
                found.push(Superfluous { structure: place, what });
                if what == Excess::Structure {
                    break;
                }
            }
        }
        *structure(&mut trial, place) = original;
    }
    found
}

fn structures(stream: &Stream) -> Vec<Place> {
    let mut places = Vec::new();
    for (event, what) in stream.events.iter().enumerate() {
        let Event::Submit(submit) = what else { continue };
        for (command, what) in submit.commands.iter().enumerate() {
            let Command::Call(barriers) = what else { continue };
            places.extend((0..barriers.len()).map(|item| Place { event, command, item }));
        }
    }
    places
}

fn structure(stream: &mut Stream, place: Place) -> &mut Barrier {
    match &mut stream.events[place.event] {
        Event::Submit(submit) => match &mut submit.commands[place.command] {
            Command::Call(barriers) => &mut barriers[place.item],
            Command::Pass(pass) => unreachable!("`{}` is no call", pass.name),
        },
        Event::HostWait(_) | Event::Idle | Event::Host(_) => unreachable!("calls are in submits"),
    }
}

fn candidates(barrier: &Barrier) -> Vec<Excess> {
    let stages = |mask: vk::PipelineStageFlags2| bits(mask.as_raw()).map(vk::PipelineStageFlags2::from_raw);
    let accesses = |mask: vk::AccessFlags2| bits(mask.as_raw()).map(vk::AccessFlags2::from_raw);
    let mut candidates = vec![Excess::Structure];
    candidates.extend(stages(barrier.first.stages).map(Excess::FirstStage));
    candidates.extend(accesses(barrier.first.access).map(Excess::FirstAccess));
    candidates.extend(stages(barrier.second.stages).map(Excess::SecondStage));
    candidates.extend(accesses(barrier.second.access).map(Excess::SecondAccess));
    candidates
}

fn bits(mask: u64) -> impl Iterator<Item = u64> {
    (0..u64::BITS).map(|bit| 1 << bit).filter(move |bit| mask & bit != 0)
}

impl Excess {
    fn removed_from(self, barrier: &Barrier) -> Barrier {
        let mut less = barrier.clone();
        match self {
            // A structure that does nothing stands in, so that places stay as they are.
            Self::Structure => {
                less = Barrier { first: Scope::default(), second: Scope::default(), target: Target::Memory };
            }
            Self::FirstStage(stage) => less.first.stages &= !stage,
            Self::FirstAccess(access) => less.first.access &= !access,
            Self::SecondStage(stage) => less.second.stages &= !stage,
            Self::SecondAccess(access) => less.second.access &= !access,
        }
        less
    }
}

impl fmt::Display for Superfluous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Place { event, command, item } = self.structure;
        write!(f, "superfluous: structure {item} of the call at event {event}, command {command}")?;
        match self.what {
            Excess::Structure => Ok(()),
            Excess::FirstStage(stage) => write!(f, ": stage {} of its first scope", names::flags(stage)),
            Excess::FirstAccess(access) => write!(f, ": access {} of its first scope", names::flags(access)),
            Excess::SecondStage(stage) => write!(f, ": stage {} of its second scope", names::flags(stage)),
            Excess::SecondAccess(access) => write!(f, ": access {} of its second scope", names::flags(access)),
        }
    }
}
