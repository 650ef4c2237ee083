//! Whether helpers have paid lately: what a plan promises, a busy machine may not keep.

/// Watches what runs take with helpers, and pauses helpers while the same takes a plain loop as long.
///
/// What a plain loop takes is seen whenever helpers pause. As systems may take longer beside others than alone, and be helped themselves
/// where nobody else is, what they take in runs with helpers says too little of it; so where helpers seem to gain little, they pause every
/// now and then for a few runs only to see. Where they gain much there is no doubt, and nothing that runs could stumble over.
#[derive(Debug)]
pub(crate) struct Pays {
    with_helpers: Mean,
    alone: Mean,
    /// Runs that are still to stay with the caller.
    pause: u32,
    next_pause: u32,
    /// Whether the run before was with the caller alone, so that what it touched is still near.
    near: bool,
    /// Whether helpers seem to gain so little that a plain loop may be as good.
    in_doubt: bool,
    /// Runs with helpers until there is a pause only to see, if it is in doubt then.
    until_look: u32,
    next_look: u32,
}

/// The mean of the first runs, and later a moving one.
#[derive(Debug)]
struct Mean {
    ns: u64,
    seen: u32,
}

impl Mean {
    const MOVING: u32 = 16;

    const fn new() -> Self {
        Self { ns: 0, seen: 0 }
    }

    fn take(&mut self, ns: u64) {
        self.seen += 1;
        let weight = u64::from(self.seen.min(Self::MOVING));
        self.ns = (self.ns * (weight - 1) + ns) / weight;
    }
}

impl Pays {
    /// The first pause is soon over, as it may be for stalls that do not come again; each one after it is twice as long.
    const SHORTEST_PAUSE: u32 = 4;
    const LONGEST_PAUSE: u32 = 256;
    /// So many runs are watched before they are judged.
    const ENOUGH: u32 = 8;
    /// After so many runs that pay, the next pause is half as long.
    const PROVEN: u32 = 32;
    /// A run counts as at most so many plain loops: one that stalls among the first does not outweigh seven that pay.
    const MOST: u64 = 3;
    /// Helpers gain much where a run with them takes at most so many hundredths of what a plain loop takes.
    const MUCH: u64 = 80;
    /// After so many runs with helpers may be the first pause only to see; each one after it comes later.
    const FIRST_LOOK: u32 = 64;
    const LAST_LOOK: u32 = 1024;
    /// How many runs such a pause has. The first finds everything where the helpers left it, and does not count.
    const LOOK: u32 = 3;

    pub(crate) const fn new() -> Self {
        Self {
            with_helpers: Mean::new(),
            alone: Mean::new(),
            pause: 0,
            next_pause: Self::SHORTEST_PAUSE,
            near: false,
            in_doubt: false,
            until_look: Self::FIRST_LOOK,
            next_look: Self::FIRST_LOOK,
        }
    }

    /// Answers whether the run that comes may call helpers, for which it is worth it.
    pub(crate) fn allows(&mut self) -> bool {
        if self.pause == 0 && self.until_look == 0 && self.in_doubt {
            self.pause = Self::LOOK;
            self.next_look = (self.next_look * 2).min(Self::LAST_LOOK);
            self.until_look = self.next_look;
        }
        let allows = self.pause == 0;
        if allows {
            self.until_look = self.until_look.saturating_sub(1);
        } else {
            self.pause -= 1;
        }
        allows
    }

    /// Starts watching anew, because what a plain loop would take has changed.
    pub(crate) const fn restart(&mut self) {
        self.with_helpers = Mean::new();
        self.alone = Mean::new();
        self.in_doubt = false;
        self.until_look = Self::FIRST_LOOK;
        self.next_look = Self::FIRST_LOOK;
    }

    /// Takes in what a run took that was not allowed helpers, where a plain loop is thought to take `serial_ns`.
    pub(crate) fn took_alone(&mut self, wall_ns: u64, serial_ns: u64) {
        if self.near {
            self.alone.take(wall_ns.min(serial_ns.saturating_mul(Self::MOST)));
        }
        self.near = true;
    }

    /// Takes in what a run with helpers took, where a plain loop is thought to take `serial_ns`.
    pub(crate) fn took(&mut self, wall_ns: u64, serial_ns: u64) {
        self.near = false;
        self.with_helpers.take(wall_ns.min(serial_ns.saturating_mul(Self::MOST)));
        if self.with_helpers.seen < Self::ENOUGH {
            return;
        }
        let (with_helpers, loop_ns) = (self.with_helpers.ns * 100, self.loop_ns(serial_ns));
        self.in_doubt = with_helpers > loop_ns * Self::MUCH;
        if with_helpers > loop_ns * 97 {
            self.pause = self.next_pause;
            self.next_pause = (self.next_pause * 2).min(Self::LONGEST_PAUSE);
            self.with_helpers = Mean::new();
        } else if self.with_helpers.seen.is_multiple_of(Self::PROVEN) {
            self.next_pause = (self.next_pause / 2).max(Self::SHORTEST_PAUSE);
        }
    }

    /// Returns what a plain loop takes: what was seen, if that was often enough; until then not more than what is thought.
    fn loop_ns(&self, serial_ns: u64) -> u64 {
        match self.alone.seen {
            0 => serial_ns,
            seen if seen < Self::ENOUGH => serial_ns.min(self.alone.ns),
            _ => self.alone.ns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a loop takes, and is thought to take.
    const LOOP_NS: u64 = 1_000;

    /// Plays runs for which it is worth to call helpers, and which take `with_helpers_ns` where they are called and `alone_ns` where not;
    /// returns how many called them.
    fn play(pays: &mut Pays, runs: usize, with_helpers_ns: u64, alone_ns: u64) -> usize {
        (0..runs)
            .filter(|_| {
                let allows = pays.allows();
                if allows {
                    pays.took(with_helpers_ns, LOOP_NS);
                } else {
                    pays.took_alone(alone_ns, LOOP_NS);
                }
                allows
            })
            .count()
    }

    fn parallel_runs(pays: &mut Pays, runs: usize, wall_ns: u64) -> usize {
        play(pays, runs, wall_ns, LOOP_NS)
    }

    #[test]
    fn runs_that_gain_much_are_never_paused() {
        for gaining in [100, 600, 800] {
            assert_eq!(parallel_runs(&mut Pays::new(), 10_000, gaining), 10_000);
        }
    }

    #[test]
    fn runs_that_gain_little_are_paused_only_to_see() {
        let mut pays = Pays::new();
        assert_eq!(parallel_runs(&mut pays, 64, 900), 64);
        assert_eq!(parallel_runs(&mut pays, 936, 900), 936 - 4 * Pays::LOOK as usize);
        assert!(parallel_runs(&mut pays, 100_000, 900) > 99_700);
    }

    #[test]
    fn once_runs_gain_little_there_is_a_look() {
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 1_000, 600);
        let tried = play(&mut pays, 10_000, 860, 800);
        assert!(tried < 400, "{tried}");
    }

    #[test]
    fn runs_that_lose_become_rare() {
        let tried = parallel_runs(&mut Pays::new(), 10_000, 1_100);
        assert!((8..400).contains(&tried), "{tried}");
    }

    #[test]
    fn runs_that_gain_only_beside_what_a_loop_is_thought_to_take_become_rare() {
        let mut pays = Pays::new();
        assert_eq!(play(&mut pays, 64, 860, 800), 64, "nobody knows yet");
        let tried = play(&mut pays, 10_000, 860, 800);
        assert!(tried < 400, "{tried}");
    }

    #[test]
    fn runs_that_gain_although_a_loop_is_thought_to_take_as_long_are_found_out() {
        let mut pays = Pays::new();
        play(&mut pays, 100, 1_000, 1_500);
        assert_eq!(play(&mut pays, 50, 1_000, 1_500), 50);
    }

    #[test]
    fn the_first_run_of_a_pause_does_not_count() {
        let mut pays = Pays::new();
        let mut before = true;
        let tried = (0..1_000).filter(|_| {
            let allows = pays.allows();
            match (allows, before) {
                (true, _) => pays.took(860, LOOP_NS),
                (false, true) => pays.took_alone(3_000, LOOP_NS),
                (false, false) => pays.took_alone(800, LOOP_NS),
            }
            before = allows;
            allows
        });
        let tried = tried.count();
        assert!(tried < 200, "{tried}");
    }

    #[test]
    fn a_stall_in_a_pause_makes_nothing_look_better_than_it_was_thought() {
        let mut pays = Pays::new();
        assert_eq!(parallel_runs(&mut pays, 64, 980 * 97 / 100), 64);
        (0..Pays::LOOK).for_each(|_| _ = play(&mut pays, 1, 0, 1_000_000));
        assert_eq!(pays.loop_ns(LOOP_NS), LOOP_NS);
    }

    #[test]
    fn runs_come_back_when_they_gain_again() {
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 10_000, 1_100);
        let tried = parallel_runs(&mut pays, 500, 600);
        assert!(tried >= 500 - (Pays::LONGEST_PAUSE + 3 * Pays::LOOK) as usize, "{tried}");
        assert!(parallel_runs(&mut pays, 100, 600) >= 100 - Pays::LOOK as usize);
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
        parallel_runs(&mut pays, 40, 600);
        parallel_runs(&mut pays, 1, 1_000_000);
        assert_eq!(parallel_runs(&mut pays, 20, 600), 20);
        let mut pays = Pays::new();
        parallel_runs(&mut pays, 3, 600);
        parallel_runs(&mut pays, 1, 1_000_000);
        assert_eq!(parallel_runs(&mut pays, 50, 600), 50, "among the first runs, too");
    }
}
