//! From segments to submissions, in an order in which the host can submit them.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::input::{Entry, Exit, Input, ResourceInput};
use crate::plan::model::{Point, ResourceRef, Submission, Wait};
use crate::plan::need::Need;
use crate::plan::queues::assign::Assigned;
use crate::plan::queues::cells::{Lane, Place};
use crate::plan::queues::meet::Meeting;
use crate::plan::queues::moment::Moment;
use crate::plan::reason::Reasons;
use crate::plan::state::{PastPoint, PastWait, Reached};
use crate::plan::topology::QueueRef;
use crate::plan::touch::Touched;

/// The submissions of a frame.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) submissions: Vec<Submission>,
    /// The submission of each segment of each queue.
    numbers: BTreeMap<(QueueRef, usize), usize>,
    /// For each queue the last key of each of its submissions, ascending.
    ends: Vec<Vec<i64>>,
}

/// Numbers the segments that have something in them. A segment begins later in the program than what it waits for ends, and
/// so do the submissions in this order.
pub(crate) fn submit(
    input: &Input,
    assigned: &Assigned<'_>,
    touched: &Touched,
    needs: &[Need<'_>],
    meeting: &Meeting,
    lanes: &[Lane],
    calls: impl Iterator<Item = Place>,
) -> Submitted {
    let called: BTreeSet<(QueueRef, usize)> = calls.map(|place| (place.queue, place.segment)).collect();
    let mut used = Vec::new();
    for lane in lanes {
        let known = used.len();
        for (index, segment) in lane.segments.iter().enumerate() {
            let name = (lane.queue, index);
            let has_something = !segment.passes.is_empty()
                || !segment.waits.is_empty()
                || segment.signals.is_some()
                || called.contains(&name);
            // What is handed on is handed on by a submission, even if it does nothing else.
            let is_last = index + 1 == lane.segments.len() && used.len() == known;
            if has_something || (is_last && assigned.hands_on(input, lane.queue)) {
                used.push((segment.key.unwrap_or(i64::MAX), name, segment));
            }
        }
    }
    used.sort_by_key(|(key, name, _)| (*key, *name));
    let numbers = used.iter().enumerate().map(|(number, (_, name, _))| (*name, number)).collect();
    let mut submitted = Submitted { submissions: Vec::new(), numbers, ends: vec![Vec::new(); lanes.len()] };
    for (_, (queue, _), segment) in &used {
        let last = segment.passes.last().map(|pass| Moment::pass(*queue, *pass).key);
        // Without a pass it ends before the moment at which what follows begins.
        let nothing = segment.key.map(|key| key - 1);
        submitted.ends[queue.0].push(segment.signals.or(last).or(nothing).unwrap_or(i64::MAX));
    }
    let mut reasons = Reasons::new(input, touched);
    for (_, (queue, _), segment) in &used {
        let waits = segment.waits.iter().map(|number| Wait {
            point: submitted.point(meeting.waits[*number].from, lanes),
            stages: meeting.stages[*number],
            reasons: reasons.of(meeting.needs[*number].iter().map(|need| &needs[*need])),
        });
        let waits = waits.collect();
        let (imports, exports) = (Vec::new(), Vec::new());
        submitted.submissions.push(Submission {
            queue: *queue,
            waits,
            passes: segment.passes.clone(),
            imports,
            exports,
        });
    }
    submitted.hand_overs(input, assigned);
    submitted
}

impl Submitted {
    /// Returns the submission of a place.
    pub(crate) fn of(&self, place: Place) -> usize {
        self.numbers[&(place.queue, place.segment)]
    }

    fn point(&self, moment: Moment, lanes: &[Lane]) -> Point {
        if let Some(back) = moment.back() {
            return Point::Earlier(PastPoint { queue: moment.queue, back });
        }
        let segments = &lanes[moment.queue.0].segments;
        let segment = segments.iter().position(|segment| segment.signals == Some(moment.key)).unwrap_or_default();
        Point::Submission(self.numbers[&(moment.queue, segment)])
    }

    /// Returns a moment as the next frame sees it.
    pub(crate) fn past(&self, moment: Moment) -> PastPoint {
        let ends = &self.ends[moment.queue.0];
        let count = ends.len() as u32;
        let back = match moment.back() {
            // Nothing was submitted since then.
            Some(back) if count == 0 => back,
            Some(_) => count,
            None => {
                let index = ends.partition_point(|end| *end < moment.key) as u32;
                count.saturating_sub(index + 1)
            }
        };
        PastPoint { queue: moment.queue, back }
    }

    /// Returns what the next frame knows of the waits up to its beginning.
    pub(crate) fn reached(&self, meeting: &Meeting) -> Reached {
        let mut waits: Vec<PastWait> = Vec::new();
        for (number, wait) in meeting.waits.iter().enumerate().rev() {
            let queues = (0..self.ends.len()).map(QueueRef).filter(|queue| *queue != wait.at.queue);
            let behind: Vec<PastPoint> = queues.filter_map(|queue| self.known(wait.clock.latest(queue)?)).collect();
            let known = PastWait { queue: wait.at.queue, stages: meeting.stages[number], behind };
            let of_queue = waits.iter().filter(|one| one.queue == known.queue).count();
            if of_queue < KEPT && !known.behind.is_empty() && !waits.iter().any(|later| is_no_less(later, &known)) {
                waits.push(known);
            }
        }
        waits.reverse();
        Reached { waits: waits.into() }
    }

    /// Returns a moment as the next frame sees it, if that is exact.
    fn known(&self, moment: Moment) -> Option<PastPoint> {
        let is_exact = match moment.back() {
            // Of older ones it is not known how old they are.
            Some(back) => back == 0 || self.ends[moment.queue.0].is_empty(),
            None => true,
        };
        is_exact.then(|| self.past(moment))
    }

    /// Notes which submission is the first to use what is imported, and which the last to use what is handed on.
    fn hand_overs(&mut self, input: &Input, assigned: &Assigned<'_>) {
        let count = self.submissions.len();
        let mut submission_of = vec![None; input.passes.len()];
        for (number, submission) in self.submissions.iter().enumerate() {
            submission.passes.iter().for_each(|pass| submission_of[*pass] = Some(number));
        }
        let is_handed_over = |resource: &ResourceInput| {
            let exits = matches!(resource.exit, Exit::Present | Exit::Exported { .. });
            exits || matches!(resource.entry, Entry::Imported(_))
        };
        for (index, resource) in input.resources.iter().enumerate().filter(|(_, one)| is_handed_over(one)) {
            let name = ResourceRef(index);
            let of_pass = |pass: usize| submission_of[pass];
            let uses = assigned.uses[index];
            let exit = assigned.exit(name);
            let last_on = |queue| self.submissions.iter().rposition(|one: &Submission| one.queue == queue);
            let first_on = |queue| self.submissions.iter().position(|one: &Submission| one.queue == queue);
            let taken = |imported| match assigned.handed_over(name, imported) {
                Moment { key: 0, queue } => first_on(queue),
                _ => uses.and_then(|(first, _)| of_pass(first)),
            };
            let first = match &resource.entry {
                Entry::Imported(imported) => taken(imported).or_else(|| exit.and_then(last_on)),
                Entry::Undefined | Entry::Ready { .. } | Entry::Persisted(_) => None,
            };
            let last = exit.and_then(last_on).or_else(|| uses.and_then(|(_, last)| of_pass(last)));
            let (first, last) = (first.unwrap_or_default(), last.unwrap_or_default());
            if count > 0 && matches!(resource.entry, Entry::Imported(_)) {
                self.submissions[first].imports.push(name);
            }
            if count > 0 && matches!(resource.exit, Exit::Present | Exit::Exported { .. }) {
                self.submissions[last].exports.push(name);
            }
        }
    }
}

/// How many waits of each queue are kept: the latest.
const KEPT: usize = 8;

/// Whether one wait says all that another one says.
fn is_no_less(one: &PastWait, other: &PastWait) -> bool {
    let has = |point: &PastPoint| one.behind.iter().any(|known| known.queue == point.queue && known.back <= point.back);
    one.queue == other.queue && one.stages.contains(other.stages) && other.behind.iter().all(has)
}
