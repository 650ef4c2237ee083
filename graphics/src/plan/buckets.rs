//! Lists of indices, one list for each of many buckets, in two allocations. There are fewer than 2^32 indices.

/// The bucket of what is in none.
pub(super) const NOWHERE: u32 = u32::MAX;

/// Indices sorted into buckets; those of one bucket ascend.
#[derive(Debug)]
pub(super) struct Buckets {
    /// Where each bucket begins in `indices`, and where the last one ends.
    starts: Vec<u32>,
    indices: Vec<u32>,
}

impl Buckets {
    /// Sorts the indices of `of`, which says the bucket of each, or [`NOWHERE`].
    pub(super) fn new(count: usize, of: impl Iterator<Item = u32> + Clone) -> Self {
        // One place is for what stands before the first bucket: filling a bucket moves its start to its end.
        let mut starts = vec![0_u32; count + 2];
        for bucket in of.clone().filter(|bucket| *bucket != NOWHERE) {
            starts[bucket as usize + 2] += 1;
        }
        for bucket in 2..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        debug_assert!(of.clone().count() < NOWHERE as usize, "indices have 32 bits");
        let mut indices = vec![0; starts[count + 1] as usize];
        for (index, bucket) in of.enumerate().filter(|(_, bucket)| *bucket != NOWHERE) {
            let next = &mut starts[bucket as usize + 1];
            indices[*next as usize] = index as u32;
            *next += 1;
        }
        starts.pop();
        Self { starts, indices }
    }

    /// Returns the indices in a bucket.
    pub(super) fn of(&self, bucket: usize) -> &[u32] {
        &self.indices[self.starts[bucket] as usize..self.starts[bucket + 1] as usize]
    }

    /// Lists the buckets.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|ends| &self.indices[ends[0] as usize..ends[1] as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indices_of_a_bucket_ascend_and_what_is_nowhere_is_left_out() {
        let buckets = Buckets::new(3, [2, 0, NOWHERE, 2, 0].into_iter());
        assert_eq!(buckets.iter().collect::<Vec<_>>(), [&[1, 4][..], &[], &[0, 3]]);
        assert_eq!(buckets.of(2), [0, 3]);
        assert_eq!(Buckets::new(0, std::iter::empty()).iter().count(), 0);
    }
}
