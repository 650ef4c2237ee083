//! Whether helpers have paid lately: what a plan promises, a busy machine may not keep.

mod lately;
#[cfg(test)]
mod tests;

use self::lately::Lately;

/// Watches what runs take with helpers, and pauses helpers while the same takes a plain loop as long.
///
/// What a plain loop takes is seen whenever helpers pause. As systems may take longer beside others than alone, and be helped themselves
/// where nobody else is, what they take in runs with helpers says too little of it; so where helpers seem to gain little, they pause every
/// now and then for a few runs only to see. Where they gain much there is no doubt, and nothing that runs could stumble over.
///
/// A pause is followed by a short trial, and another pause, twice as long, if it is lost. How long pauses become depends on what a trial
/// costs: helpers who do not come while others keep their cores busy cost next to nothing, and are soon asked again.
#[derive(Debug)]
pub(crate) struct Pays {
    with_helpers: Lately,
    alone: Lately,
    /// So many runs with helpers are watched before they are judged.
    enough: usize,
    /// Runs with helpers that were judged and have paid, since the last pause for none.
    paid: u32,
    /// Runs that are still to stay with the caller.
    pause: u32,
    next_pause: u32,
    /// Whether the run before was with the caller alone, so that what it touched is still near.
    near: bool,
    gain: Gain,
    /// Runs with helpers until there is a pause only to see, unless they gain much then.
    until_look: u32,
    next_look: u32,
}

/// What helpers gain over a plain loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gain {
    /// So much that nobody has to look what a plain loop would take now.
    Much,
    /// So little that a plain loop may be as good.
    Little,
    Nothing,
}

impl Gain {
    /// Compares what runs take, as a rule, with helpers and in a plain loop.
    const fn of(with_helpers_ns: u64, loop_ns: u64) -> Self {
        match with_helpers_ns * 100 {
            ns if ns <= loop_ns * 80 => Self::Much,
            ns if ns <= loop_ns * 97 => Self::Little,
            _ => Self::Nothing,
        }
    }
}

/// Returns the most runs that a pause may have after so many runs with helpers that gained nothing: so many that what those lost is a
/// fiftieth of what the pause takes. Where they lost next
/// to nothing, a pause has `SOON` runs or takes `SOON_NS`, whichever is longer: helpers are soon asked again.
fn longest_pause(runs: usize, with_helpers_ns: u64, loop_ns: u64) -> u32 {
    let loop_ns = loop_ns.max(1);
    let lost_ns = with_helpers_ns.saturating_sub(loop_ns).saturating_mul(runs as u64);
    let by_loss = lost_ns.saturating_mul(50) / loop_ns;
    let at_least = (Pays::SOON_NS / loop_ns).max(Pays::SOON);
    by_loss.max(at_least).min(u64::from(Pays::LONGEST_PAUSE)) as u32
}

impl Pays {
    /// The first pause is soon over, as load may be that does not come again; each one after it is twice as long.
    const SHORTEST_PAUSE: u32 = 4;
    /// A pause after runs that lost next to nothing has no more runs than this, or takes no longer.
    const SOON: u64 = 32;
    const SOON_NS: u64 = 10_000_000;
    const LONGEST_PAUSE: u32 = 512;
    /// So many runs are watched before they are judged, at first, and in the trial after a pause.
    const AT_FIRST: usize = Lately::MOST;
    const TRIAL: usize = 4;
    /// After so many runs that pay, the next pause is half as long.
    const PROVEN: u32 = 32;
    /// A run alone counts as at most so many plain loops: what stalls makes helpers look no better than that.
    const MOST: u64 = 3;
    /// After so many runs with helpers may be the first pause only to see; each one after it comes later.
    const FIRST_LOOK: u32 = 64;
    const LAST_LOOK: u32 = 1024;
    /// How many runs such a pause has. The first finds everything where the helpers left it, and does not count.
    const LOOK: u32 = 3;

    pub(crate) fn new() -> Self {
        Self {
            with_helpers: Lately::default(),
            alone: Lately::default(),
            enough: Self::AT_FIRST,
            paid: 0,
            pause: 0,
            next_pause: Self::SHORTEST_PAUSE,
            near: false,
            gain: Gain::Much,
            until_look: Self::FIRST_LOOK,
            next_look: Self::FIRST_LOOK,
        }
    }

    /// Answers whether the run that comes may call helpers, for which it is worth it.
    pub(crate) fn allows(&mut self) -> bool {
        if self.pause == 0 && self.until_look == 0 && self.gain != Gain::Much {
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
    pub(crate) fn restart(&mut self) {
        *self = Self { pause: self.pause, next_pause: self.next_pause, near: self.near, ..Self::new() };
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
        self.with_helpers.take(wall_ns);
        if self.with_helpers.len() < self.enough {
            return;
        }
        let (with_helpers_ns, loop_ns) = (self.with_helpers.usual_ns().unwrap_or(wall_ns), self.loop_ns(serial_ns));
        self.gain = Gain::of(with_helpers_ns, loop_ns);
        match self.gain {
            Gain::Much | Gain::Little => self.prove(),
            Gain::Nothing => self.pause(longest_pause(self.with_helpers.len(), with_helpers_ns, loop_ns)),
        }
    }

    fn prove(&mut self) {
        self.paid += 1;
        if self.paid.is_multiple_of(Self::PROVEN) {
            self.next_pause = (self.next_pause / 2).max(Self::SHORTEST_PAUSE);
        }
    }

    fn pause(&mut self, longest: u32) {
        self.pause = self.next_pause.min(longest);
        self.next_pause = (self.pause * 2).min(Self::LONGEST_PAUSE);
        self.with_helpers = Lately::default();
        self.enough = Self::TRIAL;
        self.paid = 0;
    }

    /// Returns what a plain loop takes: what was seen, if that was often enough; until then not more than what is thought.
    fn loop_ns(&self, serial_ns: u64) -> u64 {
        match self.alone.usual_ns() {
            None => serial_ns,
            Some(ns) if self.alone.len() < Lately::MOST => serial_ns.min(ns),
            Some(ns) => ns,
        }
    }
}
