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
    passes: BTreeMap<usize, usize>,
}

/// Cuts the passes of a queue.
pub(crate) fn cells(assigned: &Assigned<'_>, meeting: &Meeting, queue: QueueRef) -> Lane {
    let mut moments: BTreeMap<i64, (Vec<usize>, Option<usize>, bool)> = BTreeMap::new();
    for (pass, _) in assigned.passes.iter().enumerate().filter(|(_, on)| **on == queue) {
        moments.entry(Moment::pass(queue, pass).key).or_default().1 = Some(pass);
    }
    for (number, wait) in meeting.own().filter(|(_, wait)| wait.at.queue == queue) {
        moments.entry(wait.at.key).or_default().0.push(number);
    }
    for key in meeting.signals(queue) {
        moments.entry(key).or_default().2 = true;
    }
    let mut lane = Lane {
        queue,
        cells: Vec::new(),
        segments: vec![Segment::default()],
        at: Vec::new(),
        waits: BTreeMap::new(),
        signals: BTreeMap::new(),
        passes: BTreeMap::new(),
    };
    for (key, (waits, pass, signals)) in moments {
        lane.moment(key, waits, pass, signals);
    }
    lane.finish()
}

impl Lane {
    fn moment(&mut self, key: i64, waits: Vec<usize>, pass: Option<usize>, signals: bool) {
        if !waits.is_empty() {
            self.waits.insert(key, self.cells.len());
            self.push(Cell::Wait);
            self.segment().key.get_or_insert(key);
            self.segments.push(Segment { waits, ..Segment::default() });
        }
        self.segment().key.get_or_insert(key);
        if let Some(pass) = pass {
            self.passes.insert(pass, self.cells.len());
            self.push(Cell::Pass(pass));
            self.segment().passes.push(pass);
        }
        if signals {
            self.signals.insert(key, self.cells.len());
            self.push(Cell::Signal);
            self.segment().signals = Some(key);
            self.segments.push(Segment::default());
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
        self.passes.contains_key(&pass)
    }

    /// Returns the cell of a pass.
    pub(crate) fn pass(&self, pass: usize) -> usize {
        self.passes[&pass]
    }

    /// Returns the cell of the last pass up to a moment.
    pub(crate) fn last_pass(&self, at: Moment) -> Option<usize> {
        let last = usize::try_from((at.key - 2).div_euclid(2)).ok()?;
        self.passes.range(..=last).next_back().map(|(_, cell)| *cell)
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
        let is_here = |pass: &&usize| Moment::pass(self.queue, **pass) == at;
        let cell = self.passes.keys().find(is_here).map(|pass| self.passes[pass])?;
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
