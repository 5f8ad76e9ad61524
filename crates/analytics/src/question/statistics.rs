//! Numbers that sum points up, and questions for them by groups of series.

use crate::series_set::SeriesSet;
use tracely_core::time::Timestamp;

/// One of the numbers that sum points up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// How many points there are.
    Count,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
    /// The mean.
    Avg,
    /// The sum.
    Sum,
    /// The median.
    P50,
    /// The 90th percentile.
    P90,
    /// The 95th percentile.
    P95,
    /// The 99th percentile.
    P99,
    /// The value of the newest point.
    Last,
}

/// Everything that sums up some points.
///
/// A cluster answers with `stats` and `percentiles`; for the last value with `top_hits` of one document, by instant
/// and then by value, both descending.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Statistics {
    /// The number of points, at least 1.
    pub count: u64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The mean, from a compensated sum.
    pub avg: f64,
    /// The compensated sum.
    pub sum: f64,
    /// The median; as exact as that of a [`ChartBucket`](super::ChartBucket), like the other percentiles.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The value at the newest instant; the largest when there are several.
    pub last: f64,
}

impl Statistics {
    /// Returns one of the numbers.
    pub fn get(&self, statistic: Statistic) -> f64 {
        match statistic {
            Statistic::Count => self.count as f64,
            Statistic::Min => self.min,
            Statistic::Max => self.max,
            Statistic::Avg => self.avg,
            Statistic::Sum => self.sum,
            Statistic::P50 => self.p50,
            Statistic::P90 => self.p90,
            Statistic::P95 => self.p95,
            Statistic::P99 => self.p99,
            Statistic::Last => self.last,
        }
    }
}

/// Asks which groups of series have most of something, or least.
///
/// A cluster answers with a `filters` aggregation over the sets of series, two hundred with each request; the order is
/// found here.
#[derive(Debug, Clone)]
pub struct RankingQuestion {
    /// The groups; no series is in two of them. At most [`MAX_GROUPS`](super::MAX_GROUPS).
    pub groups: Vec<SeriesSet>,
    /// The first instant included.
    pub from: Timestamp,
    /// The first instant excluded.
    pub to: Timestamp,
    /// What the groups are ranked by.
    pub by: Statistic,
    /// Whether the largest comes first.
    pub descending: bool,
    /// Groups to return at most.
    pub limit: usize,
}

/// The first groups of a ranking.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RankingAnswer {
    /// The groups that have points, in order; equals in the order of the question.
    pub rows: Vec<RankedGroup>,
    /// How many groups have points.
    pub groups: u64,
    /// How many points all of them have.
    pub points: u64,
}

/// A group of a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RankedGroup {
    /// The place of the group in the question.
    pub group: usize,
    /// What its points of the whole span are summed up to.
    pub statistics: Statistics,
}

/// Asks for charts of the first groups of a ranking.
///
/// A cluster answers with the ranking, and then with a `histogram` over instants in each of the first groups.
#[derive(Debug, Clone)]
pub struct GroupedChartQuestion {
    /// Which groups to chart. There are at most [`MAX_BUCKETS`](super::MAX_BUCKETS) buckets in all of the groups that
    /// it may return.
    pub ranking: RankingQuestion,
    /// The width of a bucket in microseconds, positive.
    pub width: i64,
    /// Microseconds by which bucket starts differ from multiples of the width since the epoch; 0 for UTC.
    pub offset: i64,
}

/// Charts of groups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GroupedChartAnswer {
    /// The groups that are charted.
    pub ranking: RankingAnswer,
    /// The buckets of each of them that have points, oldest first; in the order of the ranking's rows.
    pub charts: Vec<Vec<StatisticsBucket>>,
}

/// The points of one bucket of a group, summed up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatisticsBucket {
    /// The start of the bucket; the first bucket may start before the question's `from`.
    pub start: Timestamp,
    /// What its points are summed up to.
    pub statistics: Statistics,
}
