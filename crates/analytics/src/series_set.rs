//! Sets of series.

use std::sync::Arc;
use tracely_core::id::SeriesId;

/// Sets of at most this size are searched; larger ones get a bitmap as well.
const SEARCHED: usize = 16;
/// A bitmap may take this many bits, or 64 bits for each series if that is more.
const BITMAP_BITS: usize = 1 << 23;

/// A set of series; cheap to clone, and cheap to search whether it holds one series or a hundred thousand.
#[derive(Debug, Clone, Default)]
pub struct SeriesSet {
    sorted: Arc<[u32]>,
    /// One bit for each number from the smallest to the largest series; empty if the set is small or too sparse.
    bitmap: Arc<[u64]>,
}

impl SeriesSet {
    /// Makes a set of series given in any order, with or without repetitions.
    pub fn new(series: impl IntoIterator<Item = SeriesId>) -> Self {
        let mut sorted: Vec<u32> = series.into_iter().map(|series| series.0).collect();
        sorted.sort_unstable();
        sorted.dedup();
        let bitmap = bitmap(&sorted);
        Self { sorted: sorted.into(), bitmap: bitmap.into() }
    }

    /// Returns the number of series.
    pub fn len(&self) -> usize {
        self.sorted.len()
    }

    /// Says whether there is no series in the set.
    pub fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// Says whether a series is in the set.
    pub fn contains(&self, series: SeriesId) -> bool {
        self.holds(series.0)
    }

    /// Returns the numbers of the series, ascending.
    pub(crate) fn numbers(&self) -> &[u32] {
        &self.sorted
    }

    /// Says whether a series number is in the set.
    pub(crate) fn holds(&self, series: u32) -> bool {
        if self.bitmap.is_empty() {
            return self.sorted.binary_search(&series).is_ok();
        }
        let Some(bit) = series.checked_sub(self.sorted[0]) else { return false };
        let word = self.bitmap.get(bit as usize / 64).copied().unwrap_or(0);
        word >> (bit % 64) & 1 == 1
    }

    /// Returns the place of the first number that is not below the given one.
    pub(crate) fn place(&self, series: u32) -> usize {
        self.sorted.partition_point(|number| *number < series)
    }

    /// Returns the numbers from `first` to `last`, both included.
    pub(crate) fn within(&self, first: u32, last: u32) -> &[u32] {
        let start = self.place(first);
        let length = self.sorted[start..].partition_point(|number| *number <= last);
        &self.sorted[start..start + length]
    }

    /// Says whether every number from `first` to `last` is in the set, so that nobody needs to look at each.
    pub(crate) fn covers(&self, first: u32, last: u32) -> bool {
        first <= last && self.within(first, last).len() as u64 == u64::from(last - first) + 1
    }

    /// Says whether any number from `first` to `last` is in the set.
    pub(crate) fn meets(&self, first: u32, last: u32) -> bool {
        self.sorted.get(self.place(first)).is_some_and(|number| *number <= last)
    }
}

impl FromIterator<SeriesId> for SeriesSet {
    fn from_iter<I: IntoIterator<Item = SeriesId>>(series: I) -> Self {
        Self::new(series)
    }
}

fn bitmap(sorted: &[u32]) -> Vec<u64> {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { return Vec::new() };
    let bits = (last - first) as usize + 1;
    if sorted.len() <= SEARCHED || bits > BITMAP_BITS.max(sorted.len() * 64) {
        return Vec::new();
    }
    let mut words = vec![0; bits.div_ceil(64)];
    for series in sorted {
        let bit = (series - first) as usize;
        words[bit / 64] |= 1 << (bit % 64);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::SeriesSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;
    use tracely_core::id::SeriesId;

    proptest! {
        #[test]
        fn a_series_set_agrees_with_a_tree_set(
            members in proptest::collection::btree_set(
                prop_oneof![0_u32..200, any::<u32>(), 4_000_000_000_u32..4_000_000_100],
                0..60,
            ),
            probes in proptest::collection::vec((0_u32..220, 0_u32..40), 1..50),
        ) {
            let set = SeriesSet::new(members.iter().rev().map(|series| SeriesId(*series)));
            check(&set, &members, &probes)?;
        }
    }

    fn check(set: &SeriesSet, members: &BTreeSet<u32>, probes: &[(u32, u32)]) -> Result<(), TestCaseError> {
        prop_assert_eq!(set.len(), members.len());
        for (first, length) in probes {
            let last = first + length;
            let inside = members.range(first..=&last).count();
            prop_assert_eq!(set.holds(*first), members.contains(first));
            prop_assert_eq!(set.meets(*first, last), inside > 0);
            prop_assert_eq!(set.covers(*first, last), inside as u32 == length + 1);
        }
        for member in members {
            prop_assert!(set.holds(*member));
        }
        Ok(())
    }
}
