//! Whether helpers have paid lately: what a plan promises, a busy machine may not keep.

/// Watches what parallel runs take, and pauses them while they take as long as a plain loop would.
#[derive(Debug)]
pub(crate) struct Pays {
    mean_ns: u64,
    seen: u32,
    /// Runs that are still to stay with the caller.
    pause: u32,
    next_pause: u32,
}

impl Pays {
    /// The first pause is soon over, as it may be for stalls that do not come again; each one after it is twice as long.
    const SHORTEST_PAUSE: u32 = 4;
    const LONGEST_PAUSE: u32 = 256;
    /// So many runs are watched before they are judged.
    const ENOUGH: u32 = 8;
    const MOVING: u32 = 16;
    /// After so many runs that pay, the next pause is half as long.
    const PROVEN: u32 = 32;
    /// A run counts as at most so many plain loops: one that stalls among the first does not outweigh seven that pay.
    const MOST: u64 = 3;

    pub(crate) const fn new() -> Self {
        Self { mean_ns: 0, seen: 0, pause: 0, next_pause: Self::SHORTEST_PAUSE }
    }

    /// Answers whether the run that comes may call helpers.
    pub(crate) const fn allows(&mut self) -> bool {
        let allows = self.pause == 0;
        self.pause = self.pause.saturating_sub(1);
        allows
    }

    /// Starts watching anew, because what a plain loop would take has changed.
    pub(crate) const fn restart(&mut self) {
        self.seen = 0;
    }

    /// Takes in what a parallel run took, where a plain loop would take `serial_ns`.
    pub(crate) fn took(&mut self, wall_ns: u64, serial_ns: u64) {
        let wall_ns = wall_ns.min(serial_ns.saturating_mul(Self::MOST));
        self.seen += 1;
        // The mean of the first runs, and later a moving one.
        let weight = u64::from(self.seen.min(Self::MOVING));
        self.mean_ns = (self.mean_ns * (weight - 1) + wall_ns) / weight;
        if self.seen < Self::ENOUGH {
            return;
        }
        if self.mean_ns * 100 > serial_ns * 97 {
            self.pause = self.next_pause;
            self.next_pause = (self.next_pause * 2).min(Self::LONGEST_PAUSE);
            self.seen = 0;
        } else if self.seen.is_multiple_of(Self::PROVEN) {
            self.next_pause = (self.next_pause / 2).max(Self::SHORTEST_PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays runs that take `wall_ns` where helpers are called; returns how many called them.
    fn parallel_runs(pays: &mut Pays, runs: usize, wall_ns: u64) -> usize {
        (0..runs)
            .filter(|_| {
                let allows = pays.allows();
                if allows {
                    pays.took(wall_ns, 1_000);
                }
                allows
            })
            .count()
    }

    #[test]
    fn runs_that_gain_are_never_paused() {
        assert_eq!(parallel_runs(&mut Pays::new(), 1_000, 600), 1_000);
    }

    #[test]
    fn runs_that_lose_become_rare() {
        let tried = parallel_runs(&mut Pays::new(), 10_000, 1_100);
        assert!((8..400).contains(&tried), "{tried}");
    }

    #[test]
    fn runs_come_back_when_they_gain_again() {
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 10_000, 1_100);
        let tried = parallel_runs(&mut pays, 500, 600);
        assert!(tried >= 500 - Pays::LONGEST_PAUSE as usize, "{tried}");
        assert_eq!(parallel_runs(&mut pays, 100, 600), 100);
    }

    #[test]
    fn stalls_now_and_then_cost_few_runs_of_a_hundred() {
        for every in [1, 3, 10, 25] {
            let mut pays = Pays::new();
            let stalls = |run: usize| if run % every == every / 2 { 4_000 } else { 550 };
            let tried: usize = (0..100).map(|run| parallel_runs(&mut pays, 1, stalls(run))).sum();
            match every {
                1 => assert!(tried < 50, "all runs stall, and {tried} are tried"),
                3 => assert!(tried < 70, "every third stalls, and {tried} are tried"),
                _ => assert!(tried > 90, "one of {every} stalls, and {tried} are tried"),
            }
        }
    }

    #[test]
    fn one_stall_is_forgiven() {
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 100, 600);
        parallel_runs(&mut pays, 1, 1_000_000);
        assert_eq!(parallel_runs(&mut pays, 100, 600), 100);
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 3, 600);
        parallel_runs(&mut pays, 1, 1_000_000);
        assert_eq!(parallel_runs(&mut pays, 100, 600), 100, "among the first runs, too");
    }
}
