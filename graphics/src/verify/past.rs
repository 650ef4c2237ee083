//! Commands that do what the states of resources say that earlier frames did.

use std::collections::BTreeSet;

use ash::vk;
use ash::vk::{AccessFlags2 as A, PipelineStageFlags2 as S};

use crate::judge::{Access, Barrier, Command, Contents, Holds, Order, Part, Pass, ResourceId, Scope, Target};
use crate::plan::{AtomState, Input, PartState, PastAccess, PastPoint, PastWait, Shape};
use crate::verify::declared::{part, scope};

/// What one queue did.
#[derive(Debug)]
pub(super) struct Lane {
    /// Its submissions, the oldest first.
    pub(super) batches: Vec<Batch>,
}

/// One submission in two halves.
#[derive(Clone, Debug, Default)]
pub(super) struct Batch {
    pub(super) writes: Vec<Command>,
    pub(super) reads: Vec<Command>,
    /// The writes, by queue and submission, that the reads wait for.
    pub(super) reads_after: BTreeSet<(usize, usize)>,
    /// The waits that are known of, each with its stages.
    pub(super) reached: Vec<(S, Vec<(usize, usize)>)>,
}

/// What is done in one submission.
#[derive(Debug, Default)]
struct Done {
    /// Passes that may have touched anything; full barriers follow them.
    settled: Vec<Command>,
    writes: Vec<Command>,
    between: Vec<Barrier>,
    reads: Vec<Command>,
    reads_after: BTreeSet<PastPointKey>,
}

/// A queue, and how many submissions it has after that.
type PastPointKey = (usize, u32);

/// Collects the accesses of earlier frames.
pub(super) struct Past {
    /// For each queue the submissions by age.
    done: Vec<Vec<Done>>,
    reached: Vec<PastWait>,
}

impl Past {
    pub(super) fn new(input: &Input) -> Self {
        let done = input.topology.queues().iter().map(|_| Vec::new()).collect();
        Self { done, reached: input.reached.waits().to_vec() }
    }

    /// Adds the accesses of one part: its last writes, what the reads waited for, the reads.
    pub(super) fn add(&mut self, resource: ResourceId, shape: Shape, known: &PartState) {
        let (part, state) = (part(&known.part, shape), &known.state);
        let before = layout_before(shape, state);
        if let Some(past) = state.settled.as_deref() {
            let pass = pass(resource, &part, past, state.defined);
            self.at(past.when).settled.push(Command::Pass(pass));
        }
        for past in &state.writers {
            let pass = pass(resource, &part, past, state.defined);
            self.at(past.when).writes.push(Command::Pass(pass));
        }
        // A transition came before all reads since, of which the first may have been made again.
        let oldest = state.readers.iter().map(|past| past.when.back).max().unwrap_or_default();
        let several = self.done.len() > 1;
        let transition = state
            .readers
            .first()
            .map(|past| PastPoint { queue: past.when.queue, back: if several { oldest + 1 } else { past.when.back } });
        let opened = state.writers.first().map(|past| past.when).or(transition);
        if let Some(when) = opened.filter(|_| before != state.layout) {
            let here = |past: &&PastAccess| past.when.queue == when.queue;
            let first = union(state.writers.iter()).unwrap_or_default();
            let second = union(state.readers.iter().filter(here)).unwrap_or(EVERYTHING);
            let target = target(resource, &part, before, state.layout);
            self.at(when).between.push(Barrier { first, second, target });
        } else {
            for when in whens(&state.writers) {
                let first = union(state.writers.iter().filter(|past| past.when == when));
                let second = union(state.readers.iter().filter(|past| past.when.queue == when.queue));
                if let (Some(first), Some(second)) = (first, second) {
                    let target = target(resource, &part, state.layout, state.layout);
                    self.at(when).between.push(Barrier { first, second, target });
                }
            }
        }
        for past in &state.readers {
            let elsewhere = whens(&state.writers).into_iter().chain(opened);
            let elsewhere: Vec<PastPoint> = elsewhere.filter(|when| when.queue != past.when.queue).collect();
            let done = self.at(past.when);
            // What the host read, it read between two submits; what is on another queue was made visible to it there.
            if past.scope.stages != S::HOST {
                done.reads.push(Command::Pass(pass(resource, &part, past, state.defined)));
            } else if !elsewhere.is_empty() {
                let first = Scope::new(S::ALL_COMMANDS, A::NONE);
                let target = target(resource, &part, state.layout, state.layout);
                done.reads.push(Command::Call(vec![Barrier { first, second: scope(past.scope), target }]));
            }
            done.reads_after.extend(elsewhere.iter().map(|when| (when.queue.0, when.back)));
            for when in elsewhere {
                self.at(when);
            }
        }
    }

    fn at(&mut self, when: PastPoint) -> &mut Done {
        let queue = &mut self.done[when.queue.0];
        let back = when.back as usize;
        if queue.len() <= back {
            queue.resize_with(back + 1, Done::default);
        }
        &mut queue[back]
    }

    /// Returns the submissions of each queue.
    pub(super) fn lanes(mut self) -> Vec<Lane> {
        for wait in self.reached.clone() {
            self.at(PastPoint { queue: wait.queue, back: 0 });
            for point in wait.behind {
                self.at(point);
            }
        }
        let counts: Vec<usize> = self.done.iter().map(Vec::len).collect();
        let age = |queue: usize, back: u32| (queue, counts[queue] - 1 - back as usize);
        let lane = |(queue, done): (usize, Vec<Done>)| {
            let batches = done.into_iter().enumerate().rev().map(|(back, done)| {
                let Done { settled: mut commands, writes, between, reads, reads_after } = done;
                if !commands.is_empty() {
                    let everything = Barrier { first: EVERYTHING, second: EVERYTHING, target: Target::Memory };
                    commands.push(Command::Call(vec![everything]));
                }
                commands.extend(writes);
                let mut writes = commands;
                if !between.is_empty() {
                    writes.push(Command::Call(between));
                }
                let reads_after = reads_after.into_iter().map(|(queue, back)| age(queue, back)).collect();
                let known = self.reached.iter().filter(|wait| back == 0 && wait.queue.0 == queue);
                let points = |wait: &PastWait| {
                    let others = wait.behind.iter().filter(|point| point.queue.0 != queue);
                    others.map(|point| age(point.queue.0, point.back)).collect()
                };
                let reached = known.map(|wait| (wait.stages, points(wait))).collect();
                Batch { writes, reads, reads_after, reached }
            });
            Lane { batches: batches.collect() }
        };
        self.done.into_iter().enumerate().map(lane).collect()
    }
}

/// The different moments of some accesses.
fn whens(accesses: &[PastAccess]) -> Vec<PastPoint> {
    let mut whens: Vec<PastPoint> = Vec::new();
    for past in accesses {
        if !whens.contains(&past.when) {
            whens.push(past.when);
        }
    }
    whens
}

const EVERYTHING: Scope = Scope::new(S::ALL_COMMANDS, A::from_raw(A::MEMORY_READ.as_raw() | A::MEMORY_WRITE.as_raw()));

fn union<'a>(accesses: impl Iterator<Item = &'a PastAccess>) -> Option<Scope> {
    let scopes = accesses.map(|past| scope(past.scope));
    scopes.reduce(|one, other| Scope::new(one.stages | other.stages, one.access | other.access))
}

/// Whether a layout transition was the last that wrote: all accesses since then are reads.
fn ends_with_transition(shape: Shape, state: &AtomState) -> bool {
    matches!(shape, Shape::Image { .. }) && state.transitioned && state.writers.is_empty()
}

/// Returns the layout before that transition, which can be any other.
pub(super) fn layout_before(shape: Shape, state: &AtomState) -> vk::ImageLayout {
    match state.layout {
        layout if !ends_with_transition(shape, state) => layout,
        vk::ImageLayout::GENERAL => vk::ImageLayout::TRANSFER_DST_OPTIMAL,
        _ => vk::ImageLayout::GENERAL,
    }
}

fn pass(resource: ResourceId, part: &Part, past: &PastAccess, defined: bool) -> Pass {
    let access = Access {
        resource,
        part: part.clone(),
        scope: scope(past.scope),
        layout: None,
        contents: Contents::Discard,
        leaves: if defined { Holds::Contents } else { Holds::Nothing },
        order: if past.concurrent { Order::Concurrent } else { Order::Ordered },
        note: Some(format!("{}, of an earlier frame", past.usage)),
    };
    Pass { name: past.system.to_string(), accesses: vec![access] }
}

fn target(resource: ResourceId, part: &Part, old_layout: vk::ImageLayout, new_layout: vk::ImageLayout) -> Target {
    match part.clone() {
        Part::Bytes(bytes) => Target::Buffer { resource, bytes, transfer: None },
        Part::Texels { aspects, mips, layers } => {
            Target::Image { resource, aspects, mips, layers, old_layout, new_layout, transfer: None }
        }
    }
}
