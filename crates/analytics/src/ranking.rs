//! The order of lists of points, as integers that compare the same way.

use crate::question::{PointRow, PointsOrder};
use tracely_core::{id::SeriesId, time::Timestamp};

/// A point as three integers; ascending integers are the order of the list.
pub(crate) type Rank = [u64; 3];

/// How points become ranks, and back.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ranking {
    pub(crate) order: PointsOrder,
    pub(crate) descending: bool,
}

impl Ranking {
    /// Returns the rank of a point.
    pub(crate) fn rank(self, series: u32, instant: i64, value: f64) -> Rank {
        let (instant, series, value) = (ordered_integer(instant), u64::from(series), ordered_float(value));
        let ascending = match self.order {
            PointsOrder::Instant => [instant, series, value],
            PointsOrder::Value => [value, instant, series],
        };
        if self.descending { ascending.map(|part| !part) } else { ascending }
    }

    /// Returns the first part of the best rank that any point within these bounds can have.
    pub(crate) fn best(self, instants: (i64, i64), values: (f64, f64)) -> u64 {
        let bound = |low: u64, high: u64| if self.descending { !high } else { low };
        match self.order {
            PointsOrder::Instant => bound(ordered_integer(instants.0), ordered_integer(instants.1)),
            PointsOrder::Value => bound(ordered_float(values.0), ordered_float(values.1)),
        }
    }

    /// Returns the point that has this rank.
    pub(crate) fn point(self, rank: Rank) -> PointRow {
        let ascending = if self.descending { rank.map(|part| !part) } else { rank };
        let (instant, series, value) = match self.order {
            PointsOrder::Instant => (ascending[0], ascending[1], ascending[2]),
            PointsOrder::Value => (ascending[1], ascending[2], ascending[0]),
        };
        PointRow {
            series: SeriesId(series as u32),
            instant: Timestamp((instant ^ SIGN) as i64),
            value: f64::from_bits(if value & SIGN == 0 { !value } else { value ^ SIGN }),
        }
    }
}

const SIGN: u64 = 1 << 63;

fn ordered_integer(integer: i64) -> u64 {
    integer.cast_unsigned() ^ SIGN
}

fn ordered_float(float: f64) -> u64 {
    let bits = float.to_bits();
    if bits & SIGN == 0 { bits ^ SIGN } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::Ranking;
    use crate::question::PointsOrder;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ranks_order_like_points_and_are_read_back(
            left in (any::<u32>(), any::<i64>(), -10.0..10.0_f64),
            right in (any::<u32>(), any::<i64>(), -10.0..10.0_f64),
            descending in any::<bool>(),
        ) {
            let by_instant = Ranking { order: PointsOrder::Instant, descending };
            let by_value = Ranking { order: PointsOrder::Value, descending };
            let turn = |ordering: std::cmp::Ordering| if descending { ordering.reverse() } else { ordering };
            let rank = |ranking: Ranking, point: (u32, i64, f64)| ranking.rank(point.0, point.1, point.2);
            prop_assert_eq!(rank(by_instant, left).cmp(&rank(by_instant, right)), turn(left.1.cmp(&right.1)));
            prop_assert_eq!(rank(by_value, left).cmp(&rank(by_value, right)), turn(left.2.total_cmp(&right.2)));
            for ranking in [by_instant, by_value] {
                let point = ranking.point(rank(ranking, left));
                prop_assert_eq!((point.series.0, point.instant.0, point.value), left);
            }
        }
    }
}
