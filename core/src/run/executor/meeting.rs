//! When the caller of a run waits for helpers, who may be strangers, while nothing is in progress.

use std::thread;
use std::time::{Duration, Instant};

/// So long at most, the first time: a thread that was just started is not there at once.
const FIRST: Duration = Duration::from_millis(1);

/// So long at most, later. An idle pool needs a tenth of it, and a busy one must not hold the run up.
const LATER: Duration = Duration::from_micros(200);

/// Rounds without a look at the clock.
const BLIND: u32 = 16;

/// Decides when it is worth it: before the first run, and where helpers have been missed since; less and less often.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Meeting {
    wanted: bool,
    /// So many times more there is none.
    skip: u32,
    next_skip: u32,
    limit: Duration,
}

impl Meeting {
    const MOST_SKIPPED: u32 = 256;

    pub(crate) const fn new() -> Self {
        Self { wanted: true, skip: 0, next_skip: 0, limit: FIRST }
    }

    /// Answers whether the caller should wait now. `missed` says whether a helper was, since the last time.
    pub(crate) fn is_due(&mut self, missed: bool) -> bool {
        self.wanted |= missed;
        if !self.wanted {
            return false;
        }
        if self.skip > 0 {
            self.skip -= 1;
            return false;
        }
        self.wanted = false;
        self.skip = self.next_skip;
        self.next_skip = (self.next_skip * 2).clamp(1, Self::MOST_SKIPPED);
        true
    }

    /// Waits until all are `here`, but not for long.
    pub(crate) fn wait_until(&mut self, here: impl Fn() -> bool) {
        let limit = std::mem::replace(&mut self.limit, LATER);
        let since = Instant::now();
        let mut round = 0_u32;
        while !here() {
            round += 1;
            if !round.is_multiple_of(BLIND) {
                std::hint::spin_loop();
            } else if since.elapsed() < limit {
                // On a machine with one core they come only if they are let.
                thread::yield_now();
            } else {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Meeting;

    #[test]
    fn one_before_the_first_run_and_then_as_long_as_helpers_are_missed_but_less_and_less_often() {
        let mut meeting = Meeting::new();
        assert!(meeting.is_due(false));
        assert!((0..10).all(|_| !meeting.is_due(false)), "nobody was missed");
        let due: Vec<u32> = (0..40).filter(|_| meeting.is_due(true)).collect();
        assert_eq!(due, [0, 2, 5, 10, 19, 36]);
    }
}
