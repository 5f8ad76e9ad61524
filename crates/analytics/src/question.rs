//! The questions an engine answers, and the answers.
//!
//! Every question carries the set of series it is about; there is no question about everything, so that a missing
//! filter cannot show one tenant the points of another.
//!
//! A question asks for nothing that only one kind of engine could find: what each needs of a cluster that speaks the
//! aggregations of Elasticsearch stands beside it.

mod availability;
mod distribution;
mod statistics;

pub use availability::{
    Availability, AvailabilityQuestion, Gap, MAX_SLOTS, SAMPLED_INSTANTS, inferred_interval,
};
pub use distribution::{
    Bin, Bounds, DistributionAnswer, DistributionQuestion, MAX_BINS, MIN_BINS, Scale, edges,
};
pub use statistics::{
    GroupedChartAnswer, GroupedChartQuestion, RankedGroup, RankingAnswer, RankingQuestion, Statistic,
    Statistics, StatisticsBucket,
};

use crate::series_set::SeriesSet;
use tracely_core::{id::SeriesId, rule::Operator, time::Timestamp};

/// The most buckets of a chart, of all its groups together.
pub const MAX_BUCKETS: usize = 50_000;
/// The most groups of a question.
pub const MAX_GROUPS: usize = 20_000;

/// Asks for aggregates over buckets of time.
#[derive(Debug, Clone)]
pub struct ChartQuestion {
    /// The series to aggregate together.
    pub series: SeriesSet,
    /// The first instant included.
    pub from: Timestamp,
    /// The first instant after the chart; the span is half-open.
    pub to: Timestamp,
    /// The width of a bucket in microseconds, positive.
    pub width: i64,
    /// Microseconds by which bucket starts differ from multiples of the width since the epoch; 0 for UTC.
    pub offset: i64,
}

/// The aggregate of one non-empty bucket.
///
/// Percentiles interpolate linearly between the closest ranks, as `PostgreSQL`'s `percentile_cont` does.
/// They are exact up to `Config::exact_limit` points; above it they come from a `DDSketch`, whose estimates of the
/// values at those ranks are off by at most 1 % of the value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ChartBucket {
    /// The start of the bucket; the first bucket may start before the question's `from`.
    pub start: Timestamp,
    /// The number of points, at least 1.
    pub count: u64,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
    /// The mean, from a compensated sum.
    pub avg: f64,
    /// The median.
    pub p50: f64,
    /// The 95th percentile.
    pub p95: f64,
    /// The 99th percentile.
    pub p99: f64,
}

/// What a list of points is sorted by first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PointsOrder {
    /// By instant, then series, then value.
    Instant,
    /// By value, then instant, then series.
    Value,
}

/// Asks for one page of points.
#[derive(Debug, Clone)]
pub struct PointsQuestion {
    /// The series whose points are listed.
    pub series: SeriesSet,
    /// The first instant included; none for no bound.
    pub from: Option<Timestamp>,
    /// The first instant excluded; none for no bound.
    pub to: Option<Timestamp>,
    /// The smallest value included; none for no bound.
    pub min_value: Option<f64>,
    /// The largest value included; none for no bound.
    pub max_value: Option<f64>,
    /// The order of the list; total, so that pages neither overlap nor leave gaps.
    pub order: PointsOrder,
    /// Whether the whole order is turned round.
    pub descending: bool,
    /// Points to leave out at the start.
    pub offset: usize,
    /// Points to return at most.
    pub limit: usize,
}

/// One point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointRow {
    /// The series it belongs to.
    pub series: SeriesId,
    /// When it was measured.
    pub instant: Timestamp,
    /// What was measured; finite.
    pub value: f64,
}

/// One page of points.
#[derive(Debug, Clone, PartialEq)]
pub struct PointsAnswer {
    /// The points of the page, in order.
    pub rows: Vec<PointRow>,
    /// The exact number of points on all pages.
    pub total: u64,
}

/// Asks for averages of several groups of series over the same buckets of time, at once.
#[derive(Debug, Clone)]
pub struct AveragesQuestion {
    /// The groups; no series is in two of them.
    pub groups: Vec<SeriesSet>,
    /// The first instant included, where the first bucket begins.
    pub from: Timestamp,
    /// The first instant excluded.
    pub to: Timestamp,
    /// The number of buckets, all equally wide but perhaps the last.
    pub buckets: usize,
}

impl AveragesQuestion {
    /// Returns the width of a bucket in microseconds.
    pub fn width(&self) -> i64 {
        let span = self.to.0.saturating_sub(self.from.0).max(1);
        (span - 1) / self.buckets.max(1) as i64 + 1
    }
}

/// Asks what a rule would have made of points, had they come in the order of their instants.
#[derive(Debug, Clone)]
pub struct TrialQuestion {
    /// The series that the rule watches, those of each service as a group; no series is in two of them.
    pub groups: Vec<SeriesSet>,
    /// The first instant included.
    pub from: Timestamp,
    /// The first instant excluded.
    pub to: Timestamp,
    /// The width of a bucket in microseconds, positive.
    pub width: i64,
    /// How a value is compared with the threshold.
    pub operator: Operator,
    /// What a value is compared with.
    pub threshold: f64,
    /// Episodes to return at most.
    pub limit: usize,
}

/// What a rule would have made of points.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TrialAnswer {
    /// How many points there are.
    pub points: u64,
    /// How many of them violate the rule.
    pub violations: u64,
    /// The buckets that have points, in order.
    pub buckets: Vec<TrialBucket>,
    /// The newest episodes, newest first.
    pub episodes: Vec<Episode>,
    /// How many episodes there are.
    pub episode_count: u64,
}

/// The points of one bucket, as a rule sees them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialBucket {
    /// The start of the bucket; the first bucket may start before the question's `from`.
    pub start: Timestamp,
    /// The number of points, at least 1.
    pub count: u64,
    /// The smallest value.
    pub min: f64,
    /// The mean.
    pub avg: f64,
    /// The largest value.
    pub max: f64,
    /// How many of the points violate the rule.
    pub violations: u64,
}

/// A time during which a group violated a rule: from the first violating point to the last before none of the
/// group's series violated it any more.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// The place of the group in the question.
    pub group: usize,
    /// The instant of the first violating point.
    pub from: Timestamp,
    /// The instant of the last one.
    pub to: Timestamp,
    /// How many points violated the rule.
    pub points: u64,
    /// The worst of their values.
    pub peak: f64,
}
