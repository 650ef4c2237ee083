//! The latest frames that were judged, so that the next is judged from what they really recorded.
//!
//! What a plan says of a frame's end is true where all barriers are planned. Systems that record their own may leave another
//! layout, or barriers after their commands that the next frame rests on.

use std::collections::VecDeque;

use crate::device::validate::Observed;
use crate::judge::{Event, QueueId, ResourceId, Stream, Target};
use crate::plan::{Entry, Exit, Input, ResourceInput, ResourceRef};
use crate::record::script::{Found, Script};
use crate::verify;

/// How many frames are kept. What is older is known as its plan left it.
const KEPT: usize = 4;

/// The latest judged frames, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    frames: VecDeque<Frame>,
}

/// A frame, and the objects that its resources were.
#[derive(Clone, Debug)]
struct Frame {
    observed: Observed,
    objects: Vec<Found>,
}

/// Frames as one stream.
pub(crate) struct Told {
    pub(crate) stream: Stream,
    /// The first event of each of the newest frames.
    pub(crate) frames: Vec<usize>,
    /// The event that submits each of them.
    pub(crate) submits: Vec<usize>,
}

impl Journal {
    /// Adds a frame that was submitted, and lets go of those whose resources were all used since.
    pub(crate) fn push(&mut self, script: &Script, observed: Observed) {
        self.frames.push_back(Frame { observed, objects: script.resources.clone() });
        while self.frames.len() > KEPT || (self.frames.len() > 1 && self.is_covered(0)) {
            self.frames.pop_front();
        }
    }

    /// Forgets all: a frame was submitted that nobody looked at.
    pub(crate) fn clear(&mut self) {
        self.frames.clear();
    }

    fn is_covered(&self, frame: usize) -> bool {
        let later = || self.frames.iter().skip(frame + 1).flat_map(Frame::used);
        self.frames[frame].used().all(|object| later().any(|other| is_same(object, other)))
    }

    /// Tells the frames of the journal, and newer ones of a script after them.
    pub(crate) fn with(&self, script: &Script, newest: &[&Observed]) -> Told {
        let newest =
            newest.iter().map(|observed| Frame { observed: (*observed).clone(), objects: script.resources.clone() });
        let frames: Vec<Frame> = self.frames.iter().cloned().chain(newest).collect();
        tell(&frames, self.frames.len())
    }
}

impl Frame {
    /// Returns the objects that its passes access.
    fn used(&self) -> impl Iterator<Item = &Found> {
        let is_used = |number: usize| {
            let mut accesses = self.observed.input.passes.iter().flat_map(|pass| &pass.accesses);
            accesses.any(|access| access.resource.0 == number)
        };
        self.objects.iter().enumerate().filter(move |(number, _)| is_used(*number)).map(|(_, object)| object)
    }
}

/// A resource that has two turns is one object in each.
fn is_same(one: &Found, other: &Found) -> bool {
    one.handle == other.handle && one.serial == other.serial
}

/// A resource of the stream: an object from the moment on that something outside of the frames had it.
struct Slot {
    object: Found,
    resource: ResourceInput,
    /// The frame that begins with it.
    since: usize,
}

fn tell(frames: &[Frame], old: usize) -> Told {
    let (slots, maps) = slots(frames);
    let inputs: Vec<Input> = (0..frames.len()).map(|frame| input(frames, frame, &slots, &maps[frame])).collect();
    let stream_of = |count: usize| {
        let inputs: Vec<&Input> = inputs[..count].iter().collect();
        verify::stream_with(&inputs, |frame, gap| {
            let call = &frames[frame].observed.calls[gap];
            (!call.is_empty()).then(|| call.iter().cloned().map(|one| renamed(one, &maps[frame])).collect())
        })
    };
    let stream = stream_of(frames.len());
    let starts: Vec<usize> = (old..frames.len()).map(|count| before(&stream_of(count), &inputs[0], count)).collect();
    let submit = |start: &usize| {
        let is_submit = |event: &Event| matches!(event, Event::Submit(submit) if submit.queue == QueueId(0));
        (*start..stream.events.len()).find(|event| is_submit(&stream.events[*event])).unwrap_or(*start)
    };
    let submits = starts.iter().map(submit).collect();
    Told { stream, frames: starts, submits }
}

/// Returns how many events come before frame `count`, of the stream of the frames before it.
fn before(stream: &Stream, first: &Input, count: usize) -> usize {
    if count > 0 {
        return stream.events.len();
    }
    // A first frame comes after what the states of the resources stand for.
    let resources = first.resources.iter().map(|resource| ResourceInput { exit: Exit::Nothing, ..resource.clone() });
    let empty = Input { passes: Vec::new(), resources: resources.collect(), ..first.clone() };
    verify::stream_with(&[&empty], |_, _| None).events.len() - 1
}

/// Lists the resources of all frames, and for each frame which of them its own are.
fn slots(frames: &[Frame]) -> (Vec<Slot>, Vec<Vec<usize>>) {
    let mut slots: Vec<Slot> = Vec::new();
    let mut maps = Vec::with_capacity(frames.len());
    for (since, frame) in frames.iter().enumerate() {
        let mut map = Vec::with_capacity(frame.objects.len());
        for (object, resource) in frame.objects.iter().zip(&frame.observed.input.resources) {
            let known = slots.iter().rposition(|slot| is_same(&slot.object, object));
            let is_told = matches!(resource.entry, Entry::Persisted(_)) || is_repeated(frames, since);
            map.push(match known {
                Some(known) if is_told => known,
                Some(_) | None => {
                    slots.push(Slot { object: *object, resource: resource.clone(), since });
                    slots.len() - 1
                }
            });
        }
        maps.push(map);
    }
    (slots, maps)
}

/// Says whether a frame is the one before it once more: then it finds what that left.
fn is_repeated(frames: &[Frame], frame: usize) -> bool {
    frame > 0 && frames[frame].observed.input == frames[frame - 1].observed.input
}

/// Writes a frame over the resources of all frames.
fn input(frames: &[Frame], frame: usize, slots: &[Slot], map: &[usize]) -> Input {
    let is_last = frame + 1 == frames.len();
    let of_slot = |(number, slot): (usize, &Slot)| {
        let entry = match &slot.resource.entry {
            entry if frame == 0 => entry.clone(),
            // It is handed over in the frame that begins with it.
            entry @ Entry::Imported(_) if slot.since == frame => entry.clone(),
            Entry::Imported(_) | Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => Entry::Undefined,
        };
        // The host reads after the last: it may not wait for those before it.
        let is_used = is_last && map.contains(&number);
        let exit = if is_used { slot.resource.exit } else { Exit::Nothing };
        ResourceInput { entry, exit, ..slot.resource.clone() }
    };
    let mut passes = frames[frame].observed.input.passes.clone();
    for access in passes.iter_mut().flat_map(|pass| &mut pass.accesses) {
        access.resource = ResourceRef(map[access.resource.0]);
    }
    let resources = slots.iter().enumerate().map(of_slot).collect();
    Input { passes, resources, ..frames[frame].observed.input.clone() }
}

fn renamed(mut barrier: crate::judge::Barrier, map: &[usize]) -> crate::judge::Barrier {
    match &mut barrier.target {
        Target::Memory => {}
        Target::Buffer { resource, .. } | Target::Image { resource, .. } => *resource = ResourceId(map[resource.0]),
    }
    barrier
}
