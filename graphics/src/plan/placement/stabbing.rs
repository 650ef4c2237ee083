//! The fewest calls: a minimum stabbing of intervals of gaps.
//!
//! Going through the intervals by right end, a call is put at the right end of each interval that no earlier call stabs.
//! The intervals that opened a call are pairwise disjoint, and each needs a call of its own: no plan has fewer. This
//! places every call as late as a minimal plan can have it. The same from the right, by left ends, places every call as
//! early as can be. Call `k` of a minimal plan lies between the two, and every gap between them occurs in some minimal
//! plan: calls before `k` can stand at their latest, calls after it at their earliest.
//!
//! Both scans bucket the ends: time linear in gaps and intervals.
//!
//! Where the frame repeats, END of the previous frame meets all first uses. A plan with a call at END then needs calls
//! only for intervals that contain neither; a plan without one is a plan of the frame alone without its last gap. The
//! smaller of the two is minimal ([`End`]).

/// What is known of the call at END.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// A gap like any other: the frame is planned alone.
    Alone,
    /// There is a call at END, and it carries the next frame's first uses.
    Shared,
    /// The frame repeats, and there is no call at END.
    Unused,
}

/// An interval of gaps, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    pub(super) low: i32,
    pub(super) high: i32,
}

/// The calls of the minimal plans.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// The latest gap of each call, ascending.
    pub(super) latest: Vec<i32>,
    /// The earliest gap of each call, ascending.
    pub(super) earliest: Vec<i32>,
    /// Which intervals opened a call: pairwise disjoint. The shared call at END has none.
    pub(super) witnesses: Vec<u32>,
    /// For each gap, the greatest left end of an interval that ends there, and the interval.
    by_high: Vec<(i32, u32)>,
    /// For each gap, the least right end of an interval that begins there or later.
    by_low: Vec<i32>,
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.latest.len()
    }

    /// Stabs the intervals that there are with the fewest gaps of `0..=end_gap`; `false` where one cannot be stabbed.
    pub(super) fn stab(&mut self, end_gap: i32, end: End, intervals: impl Iterator<Item = Option<Interval>>) -> bool {
        let last = if end == End::Alone { end_gap } else { end_gap - 1 };
        self.clear(last);
        for (index, interval) in intervals.enumerate() {
            let Some(Interval { low, high }) = interval else { continue };
            if end == End::Shared && (low < 0 || high == end_gap) {
                continue;
            }
            let (low, high) = (low.max(0), high.min(last));
            if low > high {
                return false;
            }
            let by_high = &mut self.by_high[high as usize];
            if low > by_high.0 {
                *by_high = (low, index as u32);
            }
            let by_low = &mut self.by_low[low as usize];
            *by_low = high.min(*by_low);
        }
        self.scan();
        if end == End::Shared {
            self.latest.push(end_gap);
            self.earliest.push(end_gap);
        }
        true
    }

    fn clear(&mut self, last: i32) {
        let gaps = (last + 1) as usize;
        // With one at END for the next frame.
        let most = gaps + 1;
        self.latest.clear();
        self.latest.reserve(most);
        self.earliest.clear();
        self.earliest.reserve(most);
        self.witnesses.clear();
        self.witnesses.reserve(most);
        self.by_high.clear();
        self.by_high.resize(gaps, (-1, 0));
        self.by_low.clear();
        self.by_low.resize(gaps, i32::MAX);
    }

    fn scan(&mut self) {
        let mut call = -1;
        for (gap, &(low, witness)) in self.by_high.iter().enumerate() {
            if low > call {
                call = gap as i32;
                self.latest.push(call);
                self.witnesses.push(witness);
            }
        }
        let (mut call, mut nearest) = (i32::MAX, i32::MAX);
        for (gap, high) in self.by_low.iter_mut().enumerate().rev() {
            if *high < call {
                call = gap as i32;
                self.earliest.push(call);
            }
            nearest = nearest.min(*high);
            *high = nearest;
        }
        self.earliest.reverse();
    }

    /// Returns the latest gap that a call may have whose predecessor is in gap `previous`: where the first interval ends
    /// that begins after that.
    pub(super) fn limit(&self, previous: i32) -> i32 {
        self.by_low.get((previous + 1) as usize).copied().unwrap_or(i32::MAX)
    }
}
