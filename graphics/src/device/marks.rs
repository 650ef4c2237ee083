//! How far each queue is, or has to be.

/// The most queues that a renderer has: one for each role.
pub(crate) const QUEUES: usize = 3;

/// For each queue the number of a submission; 0 is before the first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks([u64; QUEUES]);

impl Marks {
    /// A submission that is later than all there will be.
    pub(crate) const END: Self = Self([u64::MAX; QUEUES]);

    /// One submission of one queue.
    pub(crate) fn one(queue: usize, value: u64) -> Self {
        let mut marks = Self::default();
        marks.raise(queue, value);
        marks
    }

    pub(crate) const fn of(&self, queue: usize) -> u64 {
        self.0[queue]
    }

    /// Moves one queue on, if it is not further already.
    pub(crate) fn raise(&mut self, queue: usize, value: u64) {
        self.0[queue] = self.0[queue].max(value);
    }

    /// Returns what both have passed.
    pub(crate) fn and(mut self, other: Self) -> Self {
        for (queue, value) in other.0.into_iter().enumerate() {
            self.raise(queue, value);
        }
        self
    }

    /// Says whether every queue is as far as `other` or further.
    pub(crate) fn reach(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(mine, other)| mine >= other)
    }

    /// Returns each queue with its submission.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, u64)> {
        self.0.into_iter().enumerate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_reach_what_no_queue_of_them_is_behind() {
        let both = Marks::one(0, 3).and(Marks::one(2, 5));
        assert!(both.reach(&Marks::one(2, 5)) && both.reach(&Marks::one(0, 1)));
        assert!(!both.reach(&Marks::one(1, 1)) && !Marks::one(0, 3).reach(&both));
        assert!(Marks::END.reach(&both) && both.reach(&Marks::default()));
        assert_eq!(both.and(Marks::one(0, 2)), both);
    }
}
