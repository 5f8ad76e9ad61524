//! Questions for when points were there and when they were not.

use crate::series_set::SeriesSet;
use tracely_core::time::{SECOND, Timestamp};

/// The most slots of all groups of a question together; one bit each.
pub const MAX_SLOTS: u64 = 200_000_000;
/// An expected interval is inferred from so many instants.
pub const SAMPLED_INSTANTS: usize = 100;

/// Asks when groups of series had points and when not.
///
/// The span is parted into slots as wide as the expected interval, from its beginning on; a rest that is shorter is
/// left out. A slot is covered when any series of the group has a point in it, and slots next to each other that are
/// not are a gap. Nothing is said about the distance of two points, so that no engine needs the points in order.
///
/// A cluster answers with the oldest and the newest instant of each group and, when the interval is inferred, `terms`
/// aggregations over the newest instants, by key, descending; then with a `histogram` of the interval in each group.
#[derive(Debug, Clone)]
pub struct AvailabilityQuestion {
    /// The groups; no series is in two of them. At most [`MAX_GROUPS`](super::MAX_GROUPS).
    pub groups: Vec<SeriesSet>,
    /// The first instant included.
    pub from: Timestamp,
    /// The first instant excluded.
    pub to: Timestamp,
    /// The expected interval in microseconds, positive: in each at least one point is expected. None to infer it, as
    /// [`inferred_interval`] does from the newest [`SAMPLED_INSTANTS`] instants that differ.
    pub interval: Option<i64>,
    /// Gaps to return at most of each group.
    pub gaps: usize,
}

/// When a group had points and when not.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Availability {
    /// How many points it has.
    pub points: u64,
    /// The instants of the oldest and the newest point; none when there is no point.
    pub bounds: Option<(Timestamp, Timestamp)>,
    /// The expected interval in microseconds; none when it had to be inferred and could not.
    pub interval: Option<i64>,
    /// How many slots the span has; 0 without an interval.
    pub slots: u64,
    /// How many of them have points.
    pub covered: u64,
    /// How many gaps there are.
    pub gap_count: u64,
    /// How long the longest is, in microseconds.
    pub longest: i64,
    /// The newest gaps, newest first.
    pub gaps: Vec<Gap>,
}

/// A time without points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Where the first slot without points begins.
    pub from: Timestamp,
    /// Where the last one ends.
    pub to: Timestamp,
}

/// Infers the interval in which a point may be expected, in microseconds: twice the median distance (the lower of two)
/// of the newest [`SAMPLED_INSTANTS`] instants, in whole seconds. Twice, so that points that come a little late are no
/// gap. None from fewer than two instants.
///
/// The instants differ and may be in any order; older ones are not looked at.
pub fn inferred_interval(mut instants: Vec<i64>) -> Option<i64> {
    instants.sort_unstable();
    let newest = &instants[instants.len().saturating_sub(SAMPLED_INSTANTS)..];
    let mut distances: Vec<i64> = newest.windows(2).map(|pair| pair[1] - pair[0]).collect();
    distances.sort_unstable();
    let middle = distances.len().checked_sub(1)? / 2;
    let seconds = (2 * i128::from(distances[middle]) - 1) / i128::from(SECOND) + 1;
    i64::try_from(seconds * i128::from(SECOND)).ok()
}

#[cfg(test)]
mod tests {
    use super::inferred_interval;
    use tracely_core::time::SECOND;

    #[test]
    fn an_interval_is_twice_the_median_distance_in_whole_seconds() {
        assert_eq!(inferred_interval(vec![]), None);
        assert_eq!(inferred_interval(vec![5]), None);
        assert_eq!(inferred_interval(vec![20 * SECOND, 0, 10 * SECOND, 600 * SECOND]), Some(20 * SECOND));
        assert_eq!(inferred_interval(vec![0, 1]), Some(SECOND));
        assert_eq!(inferred_interval(vec![0, 700_000, 1_400_000]), Some(2 * SECOND));
        let slower_before = (0..100).map(|place| place * 60).chain((0..100).map(|place| 7_000 + place * 5));
        assert_eq!(
            inferred_interval(slower_before.map(|second| second * SECOND).collect()),
            Some(10 * SECOND)
        );
    }
}
