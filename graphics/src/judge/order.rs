//! The order in which the judge walks through a stream: one line of steps that respects every queue and every semaphore.

use std::collections::VecDeque;

use ash::vk;

use super::stream::{Barrier, Command, Event, HostAccess, Pass, Point, QueueId, SemaphoreOp, Stream, Submit};

/// An index into [`Walk::steps`].
pub(super) type StepIndex = usize;

/// Where a step stands in the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Address {
    /// The event.
    pub(super) event: usize,
    /// The command of a submit; the number of commands for its end.
    pub(super) command: usize,
}

/// One thing that happens.
#[derive(Debug)]
pub(super) enum Step<'s> {
    /// A batch begins: what the host did before its submit is visible to it.
    Begin { queue: QueueId, submitted: StepTime },
    /// A queue goes on after a wait.
    Wait { queue: QueueId, signal: StepIndex, stages: vk::PipelineStageFlags2 },
    /// A pass runs.
    Pass { queue: QueueId, pass: &'s Pass },
    /// A barrier call.
    Call { queue: QueueId, barriers: &'s [Barrier] },
    /// A queue signals.
    Signal { queue: QueueId, stages: vk::PipelineStageFlags2 },
    /// The host goes on after a wait for a signal.
    HostWait { signal: StepIndex, at: StepTime },
    /// The host goes on when all that was submitted is complete.
    Idle { at: StepTime },
    /// The host accesses memory.
    Host { access: &'s HostAccess, at: StepTime },
}

/// A moment of the host: the index of its event.
pub(super) type StepTime = usize;

/// A wait that nothing satisfies.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stuck {
    pub(super) address: Address,
    pub(super) queue: Option<QueueId>,
    pub(super) point: Point,
}

/// All steps, in an order in which they may happen.
#[derive(Debug, Default)]
pub(super) struct Walk<'s> {
    pub(super) steps: Vec<(Address, Step<'s>)>,
    pub(super) stuck: Vec<Stuck>,
}

/// Puts the steps of a stream in order.
///
/// Each queue runs its batches as they were submitted; a batch runs once its waits are satisfied. A wait that
/// nothing satisfies is noted, and the batch runs as if it did not wait.
pub(super) fn walk(stream: &Stream) -> Walk<'_> {
    let mut walker = Walker::new(stream);
    for (event, what) in stream.events.iter().enumerate() {
        match what {
            Event::Submit(submit) => {
                walker.pending[submit.queue.0].push_back((event, submit));
                walker.drain();
            }
            Event::HostWait(point) => walker.host_wait(event, *point),
            Event::Idle => {
                walker.drain_forced();
                walker.host(event, Step::Idle { at: event });
            }
            Event::Host(access) => walker.host(event, Step::Host { access, at: event }),
        }
    }
    walker.drain_forced();
    walker.walk
}

/// Returns whether a timeline has the value from the beginning, so that a wait for it orders nothing.
const fn is_initial(point: Point) -> bool {
    point.value == 0
}

struct Walker<'s> {
    walk: Walk<'s>,
    /// The batches of each queue that have not run.
    pending: Vec<VecDeque<(usize, &'s Submit)>>,
    /// The signals of each semaphore that have happened: value and step.
    signalled: Vec<Vec<(u64, StepIndex)>>,
    /// The highest value that each semaphore ever gets.
    highest: Vec<Option<u64>>,
}

impl<'s> Walker<'s> {
    fn new(stream: &Stream) -> Self {
        let mut highest = vec![None; stream.semaphores.len()];
        for event in &stream.events {
            if let Event::Submit(submit) = event {
                for Point { semaphore, value } in submit.signals.iter().map(|op| op.point) {
                    highest[semaphore.0] = highest[semaphore.0].max(Some(value));
                }
            }
        }
        Self {
            highest,
            walk: Walk::default(),
            pending: vec![VecDeque::new(); stream.queues.len()],
            signalled: vec![Vec::new(); stream.semaphores.len()],
        }
    }

    /// The signal that a wait for a point is ordered after: the lowest that reaches the value.
    fn signal_of(&self, point: Point) -> Option<StepIndex> {
        let reached = self.signalled[point.semaphore.0].iter().filter(|(value, _)| *value >= point.value);
        reached.min_by_key(|(value, _)| *value).map(|(_, step)| *step)
    }

    /// Whether a batch has to wait for a point that some batch will reach. It does not wait for what never comes.
    fn must_wait(&self, point: Point) -> bool {
        !is_initial(point) && self.signal_of(point).is_none() && self.highest[point.semaphore.0] >= Some(point.value)
    }

    /// Runs every batch that can run.
    fn drain(&mut self) {
        let mut ran = true;
        while ran {
            ran = false;
            for queue in 0..self.pending.len() {
                while let Some(&(event, submit)) = self.pending[queue].front() {
                    if submit.waits.iter().any(|wait| self.must_wait(wait.point)) {
                        break;
                    }
                    self.pending[queue].pop_front();
                    self.run(event, submit);
                    ran = true;
                }
            }
        }
    }

    /// Runs every batch; where all are stuck, the earliest submitted goes on without what it waits for.
    fn drain_forced(&mut self) {
        self.drain();
        let stuck = |pending: &VecDeque<(usize, &'s Submit)>| pending.front().map(|(event, _)| *event);
        while let Some((_, queue)) =
            (0..self.pending.len()).filter_map(|queue| Some((stuck(&self.pending[queue])?, queue))).min()
        {
            if let Some((event, submit)) = self.pending[queue].pop_front() {
                self.run(event, submit);
            }
            self.drain();
        }
    }

    fn run(&mut self, event: usize, submit: &'s Submit) {
        let queue = submit.queue;
        let begin = Address { event, command: 0 };
        self.push(begin, Step::Begin { queue, submitted: event });
        for &SemaphoreOp { point, stages } in submit.waits.iter().filter(|wait| !is_initial(wait.point)) {
            match self.signal_of(point) {
                Some(signal) => self.push(begin, Step::Wait { queue, signal, stages }),
                None => self.walk.stuck.push(Stuck { address: begin, queue: Some(queue), point }),
            }
        }
        for (command, what) in submit.commands.iter().enumerate() {
            let address = Address { event, command };
            match what {
                Command::Pass(pass) => self.push(address, Step::Pass { queue, pass }),
                Command::Call(barriers) => self.push(address, Step::Call { queue, barriers }),
            }
        }
        for &SemaphoreOp { point, stages } in &submit.signals {
            self.signalled[point.semaphore.0].push((point.value, self.walk.steps.len()));
            self.push(Address { event, command: submit.commands.len() }, Step::Signal { queue, stages });
        }
    }

    fn host_wait(&mut self, event: usize, point: Point) {
        match self.signal_of(point) {
            _ if is_initial(point) => {}
            Some(signal) => self.host(event, Step::HostWait { signal, at: event }),
            None => {
                self.walk.stuck.push(Stuck { address: Address { event, command: 0 }, queue: None, point });
            }
        }
    }

    fn host(&mut self, event: usize, step: Step<'s>) {
        self.push(Address { event, command: 0 }, step);
    }

    fn push(&mut self, address: Address, step: Step<'s>) {
        self.walk.steps.push((address, step));
    }
}
