//! What the latest runs took, as a rule: stalls that hit a few of them do not count.

/// The times of the latest runs.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Lately {
    ns: [u64; Self::MOST],
    /// How many there are, and where the next one goes.
    len: usize,
    next: usize,
}

impl Lately {
    /// So many runs are remembered.
    pub(super) const MOST: usize = 8;

    pub(super) const fn take(&mut self, ns: u64) {
        self.ns[self.next] = ns;
        self.next = (self.next + 1) % Self::MOST;
        if self.len < Self::MOST {
            self.len += 1;
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    /// Returns the mean of all but the longest quarter; `None` before there is a run.
    pub(super) fn usual_ns(&self) -> Option<u64> {
        let (mut sum, mut longest, mut second) = (0, 0, 0);
        for &ns in &self.ns[..self.len] {
            sum += ns;
            second = ns.min(longest).max(second);
            longest = ns.max(longest);
        }
        match self.len as u64 {
            0 => None,
            few @ 1..=3 => Some(sum / few),
            some @ 4..=7 => Some((sum - longest) / (some - 1)),
            all => Some((sum - longest - second) / (all - 2)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_quarter_does_not_count() {
        const STALL: u64 = 1_000_000;
        for (runs, usual) in [
            (&[][..], None),
            (&[5], Some(5)),
            (&[5, 7], Some(6)),
            (&[1, 2, STALL], Some(333_334)),
            (&[1, 2, 3, STALL], Some(2)),
            (&[STALL, 3, 2, 1], Some(2)),
            (&[1, 2, 3, 1, 2, 3, STALL], Some(2)),
            (&[1, 2, 3, STALL, 1, 2, 3, STALL], Some(2)),
            (&[STALL, STALL + 1, 1, 2, 3, 1, 2, 3], Some(2)),
            (&[STALL, STALL, STALL, 0, 0, 0, 0, 0], Some(STALL / 6)),
            (&[4, 4, 4, 4, 4, 4, 4, 4], Some(4)),
        ] {
            let mut lately = Lately::default();
            for &ns in runs {
                lately.take(ns);
            }
            assert_eq!(lately.usual_ns(), usual, "{runs:?}");
        }
    }

    #[test]
    fn runs_before_the_latest_eight_are_forgotten() {
        let mut lately = Lately::default();
        (0..20).for_each(|_| lately.take(1_000));
        (0..8).for_each(|_| lately.take(10));
        assert_eq!((lately.len(), lately.usual_ns()), (8, Some(10)));
    }
}
