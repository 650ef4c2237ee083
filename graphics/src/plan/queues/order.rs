//! The fewest waits: what is needed of other queues, without what follows from the rest.
//!
//! Moments of one queue are in order. A need of a moment of another queue becomes a wait unless it follows: from an earlier
//! wait of the queue, or from another wait at the same moment, through any number of queues. In an order without cycles what
//! is left is the one least set of waits that orders all that is needed and nothing else: its transitive reduction.
//!
//! There are no cycles: whatever is needed comes earlier in the program, or in an earlier frame, than what needs it.

use crate::plan::queues::moment::Moment;
use crate::plan::topology::QueueRef;

/// What a moment needs of another queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Edge {
    pub(crate) to: Moment,
    pub(crate) from: Moment,
}

/// A wait, and all that is behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WaitAt {
    /// Before what it waits.
    pub(crate) at: Moment,
    /// The end of what it waits for.
    pub(crate) from: Moment,
    /// The latest moment of each queue that is behind it.
    pub(crate) clock: Clock,
}

impl WaitAt {
    /// Returns whether a moment is behind the wait.
    pub(crate) fn covers(&self, moment: Moment) -> bool {
        self.clock.has(moment)
    }
}

/// The latest moment of each queue that something is ordered after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Clock(Vec<i64>);

const NEVER: i64 = i64::MIN;

impl Clock {
    pub(crate) fn new(queues: usize) -> Self {
        Self(vec![NEVER; queues])
    }

    pub(crate) fn has(&self, moment: Moment) -> bool {
        self.0[moment.queue.0] >= moment.key
    }

    /// Returns the latest moment of a queue.
    pub(crate) fn latest(&self, queue: QueueRef) -> Option<Moment> {
        let key = self.0[queue.0];
        (key != NEVER).then_some(Moment { key, queue })
    }

    pub(crate) fn add(&mut self, moment: Moment) {
        let known = &mut self.0[moment.queue.0];
        *known = (*known).max(moment.key);
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        for (known, other) in self.0.iter_mut().zip(&other.0) {
            *known = (*known).max(*other);
        }
    }
}

/// Returns the fewest waits. `reached` is what each queue has waited for before the frame.
pub(crate) fn order(reached: &[Clock], mut edges: Vec<Edge>) -> Vec<WaitAt> {
    edges.sort_unstable();
    let mut walk = Walk {
        waited: reached.to_vec(),
        passed: reached.iter().map(|clock| vec![(i64::MIN, clock.clone())]).collect(),
        reached,
    };
    let mut waits: Vec<WaitAt> = Vec::new();
    for edges in edges.chunk_by(|one, other| one.to == other.to) {
        let (at, mut sources) = (edges[0].to, latest_of_each_queue(edges));
        sources.retain(|source| !walk.waited[at.queue.0].has(*source));
        let clocks: Vec<Clock> = sources.iter().map(|source| walk.behind(*source)).collect();
        for (index, source) in sources.iter().enumerate() {
            let follows = clocks.iter().enumerate().any(|(other, clock)| other != index && clock.has(*source));
            if !follows {
                waits.push(WaitAt { at, from: *source, clock: clocks[index].clone() });
            }
        }
        walk.wait(at, &clocks);
    }
    waits
}

/// The edges are sorted: of each queue the last is the latest.
fn latest_of_each_queue(edges: &[Edge]) -> Vec<Moment> {
    let mut latest: Vec<Moment> = Vec::new();
    for edge in edges {
        match latest.iter_mut().find(|known| known.queue == edge.from.queue) {
            Some(known) => *known = (*known).max(edge.from),
            None => latest.push(edge.from),
        }
    }
    latest.sort_unstable();
    latest
}

struct Walk<'a> {
    /// What each queue has waited for in this frame.
    waited: Vec<Clock>,
    /// What is behind each queue's signals, from each of its waits on.
    passed: Vec<Vec<(i64, Clock)>>,
    reached: &'a [Clock],
}

impl Walk<'_> {
    /// Returns what is behind the end of a moment.
    fn behind(&self, moment: Moment) -> Clock {
        let queue = moment.queue.0;
        let mut clock = match moment.back() {
            // Of an earlier frame only its last submission is known to come after all waits of its queue.
            Some(0) => self.reached[queue].clone(),
            Some(_) => Clock::new(self.reached.len()),
            None => {
                let index = self.passed[queue].partition_point(|(key, _)| *key <= moment.key);
                self.passed[queue][index - 1].1.clone()
            }
        };
        clock.add(moment);
        clock
    }

    fn wait(&mut self, at: Moment, clocks: &[Clock]) {
        let queue = at.queue.0;
        let mut passed =
            self.passed[queue].last().map_or_else(|| Clock::new(self.reached.len()), |last| last.1.clone());
        for clock in clocks {
            self.waited[queue].merge(clock);
            passed.merge(clock);
        }
        self.passed[queue].push((at.key, passed));
    }
}
