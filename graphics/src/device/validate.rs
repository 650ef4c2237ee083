//! What a frame really recorded, its systems' own barriers included, as what the judge looks at.

use std::fmt;
use std::sync::{Arc, PoisonError};

use crate::declare::pass::{PassKind, Queue};
use crate::device::desc::{ByHand, OnMissing};
use crate::device::forgotten::forgotten;
use crate::device::renderer::Inner;
use crate::judge::{self, Actor, Barrier, Excess, Missing, Rules, Superfluous, Verdict};
use crate::plan::{AccessInput, Input, PassInput};
use crate::record::emission::Barriers;
use crate::record::error::VkError;
use crate::record::log::{Step, Touched};
use crate::record::script::Script;
use crate::usage::{access_names, stage_names};
use crate::verify;

/// A frame as it was recorded: passes, each call between them in a gap of its own.
#[derive(Clone, Debug)]
pub(crate) struct Observed {
    /// The passes that recorded something; one that records barriers between its commands stands there several times.
    pub(crate) input: Input,
    /// The barriers before each of them, and after the last.
    pub(crate) calls: Vec<Vec<Barrier>>,
    /// The system that recorded each call; `None` where it was emitted.
    pub(crate) by: Vec<Option<Arc<str>>>,
}

impl Observed {
    /// Writes down what was recorded of a script. Systems that recorded nothing themselves accessed nothing.
    pub(crate) fn of(script: &Script, steps: &[Option<Vec<Step>>]) -> Self {
        let input = Input { passes: Vec::new(), ..script.input.clone() };
        let mut observed = Self { input, calls: vec![Vec::new()], by: vec![None] };
        let recorded = script.recorded();
        let mut emitted = recorded.iter().peekable();
        for (index, pass) in script.input.passes.iter().enumerate() {
            if let Some((_, barriers)) = emitted.next_if(|(call, _)| call.gap == index) {
                observed.call(barriers.iter().copied(), None);
            }
            match (script.passes[index].emitted, steps.get(index).and_then(Option::as_deref)) {
                // Its commands count as declared, whatever it recorded: that is what was planned from.
                (true, Some(steps)) if !steps.is_empty() => observed.pass(pass, steps),
                (true, _) => observed.push(pass.clone()),
                (false, Some(steps)) => observed.pass(pass, steps),
                (false, None) => {}
            }
        }
        for (_, barriers) in emitted {
            observed.call(barriers.iter().copied(), None);
        }
        observed
    }

    /// Adds the commands of a pass around its own calls.
    fn pass(&mut self, pass: &PassInput, steps: &[Step]) {
        let places: Vec<(usize, Touched)> = steps
            .iter()
            .enumerate()
            .filter_map(|(place, step)| match step {
                Step::Commands(touched) => Some((place, *touched)),
                Step::Call(_) => None,
            })
            .collect();
        for (place, step) in steps.iter().enumerate() {
            match step {
                Step::Call(barriers) => self.call(barriers, Some(&pass.name)),
                Step::Commands(_) => self.push(PassInput { accesses: happening(pass, &places, place), ..pass.clone() }),
            }
        }
        if places.is_empty() {
            // Its commands went past the encoder: after the calls that it recorded or told of.
            self.push(pass.clone());
        }
    }

    fn push(&mut self, pass: PassInput) {
        self.input.passes.push(pass);
        self.calls.push(Vec::new());
        self.by.push(None);
    }

    fn call<'b>(&mut self, barriers: impl IntoIterator<Item = &'b crate::plan::Barrier>, by: Option<&Arc<str>>) {
        if self.calls.last().is_some_and(|call| !call.is_empty()) {
            // Structures of one call do not chain, those of two do: a pass that does nothing keeps them apart.
            self.push(nothing());
        }
        let gap = self.calls.len() - 1;
        self.calls[gap].extend(barriers.into_iter().map(verify::barrier));
        self.by[gap] = by.cloned();
    }
}

fn nothing() -> PassInput {
    PassInput {
        system: usize::MAX,
        name: Arc::from("nothing"),
        stage: Arc::from(""),
        kind: PassKind::Transfer,
        queue: Queue::Graphics,
        auto_barriers: false,
        accesses: Vec::new(),
    }
}

/// Returns which accesses the commands at a place have: those that they name. What no command of the pass names, shaders
/// reach, and nobody sees when: it happens in the first commands and in the last.
fn happening(pass: &PassInput, places: &[(usize, Touched)], place: usize) -> Vec<AccessInput> {
    let at_an_end = places.first().is_some_and(|(first, _)| *first == place)
        || places.last().is_some_and(|(last, _)| *last == place);
    let happens = |access: usize| {
        let mut naming = places.iter().filter(|(_, touched)| touched.names(access)).peekable();
        match naming.peek() {
            Some(_) => naming.any(|(named, _)| *named == place),
            None => at_an_end,
        }
    };
    let accesses = pass.accesses.iter().enumerate();
    accesses.filter(|(access, _)| happens(*access)).map(|(_, access)| access.clone()).collect()
}

/// Something of a barrier that a system recorded itself, and that nothing needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuperfluousBarrier {
    /// The system.
    pub system: Arc<str>,
    /// Which of the system's calls, counted from 0.
    pub call: usize,
    /// Which structure of that call.
    pub structure: usize,
    /// What of the structure.
    pub what: Excess,
}

impl fmt::Display for SuperfluousBarrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, call, structure, what } = self;
        write!(f, "`{system}`: nothing needs structure {structure} of its call {call}: {}", what_of(*what))
    }
}

fn what_of(what: Excess) -> String {
    match what {
        Excess::Structure => "all of it".to_owned(),
        Excess::FirstStage(stage) => format!("stage {} of its first scope", stage_names(stage)),
        Excess::FirstAccess(access) => format!("access {} of its first scope", access_names(access)),
        Excess::SecondStage(stage) => format!("stage {} of its second scope", stage_names(stage)),
        Excess::SecondAccess(access) => format!("access {} of its second scope", access_names(access)),
    }
}

impl Inner {
    /// Says whether a frame of this script is judged when it ends.
    pub(crate) fn is_judged(&self, script: &Script) -> bool {
        match (script.emission.barriers, self.desc.by_hand) {
            (Barriers::Validate, _) => true,
            (Barriers::Auto, ByHand::Judged) => script.has_passes_by_hand(),
            (Barriers::Auto, ByHand::Present | ByHand::Trusted) | (Barriers::Hints, _) => false,
        }
    }

    /// Judges a frame as it was recorded, after the frames before it.
    pub(crate) fn verdict_of(&self, script: &Script, observed: &Observed) -> Verdict {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let told = journal.with(script, &[observed]);
        let mut verdict = judge::judge(&told.stream, &Rules::default());
        verdict.missing.retain(|missing| is_of(missing, told.frames[0]) && !is_inside_one_system(missing));
        verdict
    }

    /// Notes what was submitted.
    pub(crate) fn tell(&self, script: &Script, judged: Option<Observed>) {
        let mut journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        match judged {
            Some(observed) => journal.push(script, observed),
            None => journal.clear(),
        }
    }

    /// Ends as the renderer was asked to, if a barrier is missing.
    pub(crate) fn accept(&self, script: &Script, observed: &Observed) -> Result<(), VkError> {
        let verdict = self.verdict_of(script, observed);
        if verdict.is_clean() {
            Ok(())
        } else {
            self.end_as_asked(VkError::MissingBarrier { verdict: Box::new(verdict) })
        }
    }

    /// Ends as the renderer was asked to, if a system recorded none of its barriers; where such systems are looked for.
    pub(crate) fn look_for_barriers(&self, script: &Script, steps: &[Option<Vec<Step>>]) -> Result<(), VkError> {
        match (script.emission.barriers, self.desc.by_hand) {
            (Barriers::Auto, ByHand::Present) => {
                forgotten(script, steps).map_or(Ok(()), |error| self.end_as_asked(error))
            }
            (Barriers::Auto, ByHand::Judged | ByHand::Trusted) | (Barriers::Validate | Barriers::Hints, _) => Ok(()),
        }
    }

    fn end_as_asked(&self, error: VkError) -> Result<(), VkError> {
        match self.desc.on_missing {
            OnMissing::Error => Err(error),
            OnMissing::Panic => panic!("{error}"),
        }
    }

    /// Finds what systems recorded themselves for nothing: what neither this frame needs nor the same frame after it.
    pub(crate) fn superfluous_of(&self, script: &Script, observed: &Observed) -> Vec<SuperfluousBarrier> {
        let journal = self.journal.lock().unwrap_or_else(PoisonError::into_inner);
        let told = journal.with(script, &[observed, observed]);
        let found = judge::superfluous(&told.stream, &Rules::default());
        let in_frame = |frame: usize| {
            let event = told.submits[frame];
            let found = found.iter().filter(move |found| found.structure.event == event);
            found.filter_map(|found| observed.named(found)).collect::<Vec<_>>()
        };
        let (first, second) = (in_frame(0), in_frame(1));
        first.into_iter().filter(|found| second.contains(found)).collect()
    }
}

impl Observed {
    /// Names what was found in this frame's submit, if a system recorded it.
    fn named(&self, found: &Superfluous) -> Option<SuperfluousBarrier> {
        let mut command = 0;
        for (gap, call) in self.calls.iter().enumerate() {
            if call.is_empty() {
                command += 1;
                continue;
            }
            if command == found.structure.command {
                let system = self.by[gap].clone()?;
                let call = self.by[..gap].iter().flatten().filter(|by| **by == system).count();
                return Some(SuperfluousBarrier { system, call, structure: found.structure.item, what: found.what });
            }
            command += 2;
        }
        None
    }
}

/// Says whether the access that is not protected stands at or after an event.
fn is_of(missing: &Missing, event: usize) -> bool {
    missing.second.place.is_none_or(|place| place.event >= event)
}

/// Says whether one system's commands wait for others of its own: nobody sees what shaders touch, so that is not judged.
fn is_inside_one_system(missing: &Missing) -> bool {
    let event = missing.second.place.map(|place| place.event);
    let is_own = |actor: &Actor| matches!(actor, Actor::Pass(_)) && *actor == missing.second.actor;
    let own =
        |first: &judge::First| first.access.place.map(|place| place.event) == event && is_own(&first.access.actor);
    !missing.firsts.is_empty() && missing.layouts.is_none() && missing.firsts.iter().all(own)
}
