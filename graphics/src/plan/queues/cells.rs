//! The passes of a queue with the cuts between them: what calls are placed among.

use std::collections::BTreeMap;

use crate::plan::queues::assign::Assigned;
use crate::plan::queues::meet::Meeting;
use crate::plan::queues::moment::Moment;
use crate::plan::topology::QueueRef;

/// A pass of a queue, or a cut, which nothing is recorded for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// A pass.
    Pass(usize),
    /// A submission begins here, since it waits.
    Wait,
    /// A submission ends here, since another one waits for it.
    Signal,
}

/// Where a call is recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The pass that follows; the number of passes for the end of the segment.
    pub(crate) gap: usize,
    pub(crate) queue: QueueRef,
    /// The segment of the queue.
    pub(crate) segment: usize,
}

/// What lies between two cuts of a queue: a submission, if there is something in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Segment {
    /// The key of its first moment.
    pub(crate) key: Option<i64>,
    pub(crate) passes: Vec<usize>,
    /// The numbers of its waits.
    pub(crate) waits: Vec<usize>,
    /// The key of the moment at whose end it is waited for.
    pub(crate) signals: Option<i64>,
}

/// One queue of a frame.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) queue: QueueRef,
    pub(crate) cells: Vec<Cell>,
    /// The segments, in order.
    pub(crate) segments: Vec<Segment>,
    /// The segment of each gap: of what is recorded before each cell, and at the end.
    at: Vec<usize>,
    /// The cell of each wait cut, and of each signal cut; the number of cells for a signal at the end.
    waits: BTreeMap<i64, usize>,
    signals: BTreeMap<i64, usize>,
    /// The cell of each pass of the frame, if it runs on the queue.
    passes: Vec<Option<usize>>,
}

/// What happens at a moment of a queue, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A wait, by its number.
    Wait(usize),
    Pass(usize),
    /// It is waited for.
    Signal,
}

/// Cuts the passes of a queue.
pub(crate) fn cells(assigned: &Assigned<'_>, meeting: &Meeting, queue: QueueRef) -> Lane {
    let here = assigned.passes.iter().enumerate().filter(|(_, on)| **on == queue);
    let mut events: Vec<(i64, Event)> = Vec::with_capacity(assigned.passes.len());
    events.extend(here.map(|(pass, _)| (Moment::pass(queue, pass).key, Event::Pass(pass))));
    let waits = meeting.own().filter(|(_, wait)| wait.at.queue == queue);
    events.extend(waits.map(|(number, wait)| (wait.at.key, Event::Wait(number))));
    events.extend(meeting.signals(queue).map(|key| (key, Event::Signal)));
    events.sort_unstable();
    events.dedup();
    let mut lane = Lane {
        queue,
        cells: Vec::with_capacity(events.len()),
        segments: vec![Segment::default()],
        at: Vec::with_capacity(events.len() + 1),
        waits: BTreeMap::new(),
        signals: BTreeMap::new(),
        passes: vec![None; assigned.passes.len()],
    };
    for (key, event) in events {
        lane.event(key, event);
    }
    lane.finish()
}

impl Lane {
    fn event(&mut self, key: i64, event: Event) {
        match event {
            Event::Wait(number) if self.waits.contains_key(&key) => self.segment().waits.push(number),
            Event::Wait(number) => {
                self.waits.insert(key, self.cells.len());
                self.push(Cell::Wait);
                self.segment().key.get_or_insert(key);
                self.segments.push(Segment { key: Some(key), waits: vec![number], ..Segment::default() });
            }
            Event::Pass(pass) => {
                self.passes[pass] = Some(self.cells.len());
                self.push(Cell::Pass(pass));
                let segment = self.segment();
                segment.key.get_or_insert(key);
                segment.passes.push(pass);
            }
            Event::Signal => {
                self.signals.insert(key, self.cells.len());
                self.push(Cell::Signal);
                let segment = self.segment();
                segment.key.get_or_insert(key);
                segment.signals = Some(key);
                self.segments.push(Segment::default());
            }
        }
    }

    fn push(&mut self, cell: Cell) {
        self.at.push(self.segments.len() - 1);
        self.cells.push(cell);
    }

    fn segment(&mut self) -> &mut Segment {
        let last = self.segments.len() - 1;
        &mut self.segments[last]
    }

    /// A last cut is the end of the queue.
    fn finish(mut self) -> Self {
        if self.cells.last() == Some(&Cell::Signal) {
            self.cells.pop();
            self.at.pop();
            self.segments.pop();
        }
        self.at.push(self.segments.len() - 1);
        self
    }

    /// Returns whether a pass runs on the queue.
    pub(crate) fn has(&self, pass: usize) -> bool {
        self.passes[pass].is_some()
    }

    /// Returns the cell of a pass.
    ///
    /// # Panics
    ///
    /// If the pass runs on another queue.
    #[track_caller]
    pub(crate) fn pass(&self, pass: usize) -> usize {
        self.passes[pass].expect("the pass runs on this queue")
    }

    /// Returns the cell of the last pass up to a moment.
    pub(crate) fn last_pass(&self, at: Moment) -> Option<usize> {
        let last = usize::try_from((at.key - 2).div_euclid(2)).ok()?;
        self.passes.iter().take(last + 1).rev().find_map(|cell| *cell)
    }

    /// Returns the cell of the wait cut at a moment, if that is in this frame.
    pub(crate) fn wait(&self, at: Moment) -> Option<usize> {
        self.waits.get(&at.key).copied()
    }

    /// Returns the last cut before the pass at a moment, if there are both.
    pub(crate) fn cut_before(&self, at: Moment) -> Option<usize> {
        if self.waits.is_empty() && self.signals.is_empty() {
            return None;
        }
        let pass = (0..self.passes.len()).find(|pass| Moment::pass(self.queue, *pass) == at)?;
        let cell = self.passes[pass]?;
        self.cells[..cell].iter().rposition(|cell| matches!(cell, Cell::Wait | Cell::Signal))
    }

    /// Returns the cell of the signal cut after a moment; the number of cells for the end.
    pub(crate) fn signal(&self, moment: Moment) -> usize {
        self.signals[&moment.key]
    }

    /// Returns where a call before a cell is recorded. What could stand before a wait as well as behind it stands behind it,
    /// unless a pass is next that records its own barriers.
    pub(crate) fn place(&self, cell: usize, end: usize, records_its_own: impl Fn(usize) -> bool) -> Place {
        let here = |cell: usize, gap| Place { gap, queue: self.queue, segment: self.at[cell] };
        let cuts = self.cells[cell..].iter().take_while(|next| **next == Cell::Wait).count();
        match self.cells.get(cell + cuts) {
            Some(Cell::Pass(pass)) if cuts > 0 && records_its_own(*pass) => here(cell, end),
            Some(Cell::Pass(pass)) => here(cell + cuts, *pass),
            Some(Cell::Signal | Cell::Wait) | None => here(cell + cuts, end),
        }
    }
}
