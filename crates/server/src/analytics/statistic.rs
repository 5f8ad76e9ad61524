//! The numbers that sum points up, as requests name them and answers tell them.

use crate::http::query::Params;
use crate::http::table::Row;
use serde::Serialize;
use tracely_analytics::{Statistic, Statistics};
use utoipa::ToSchema;

/// Every statistic with its spelling.
pub(super) const WORDS: [(&str, Statistic); 10] = [
    ("count", Statistic::Count),
    ("min", Statistic::Min),
    ("max", Statistic::Max),
    ("avg", Statistic::Avg),
    ("sum", Statistic::Sum),
    ("p50", Statistic::P50),
    ("p90", Statistic::P90),
    ("p95", Statistic::P95),
    ("p99", Statistic::P99),
    ("last", Statistic::Last),
];

/// A number that sums points up.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum StatisticWord {
    /// How many points there are.
    Count,
    /// The least value.
    Min,
    /// The greatest value.
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

/// The numbers that were asked for, of at least one point. Percentiles of many points are within 1 % of the exact value.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct StatisticsBody {
    /// How many points there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    count: Option<u64>,
    /// The least value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    min: Option<f64>,
    /// The greatest value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    max: Option<f64>,
    /// The mean value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    avg: Option<f64>,
    /// The sum of the values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sum: Option<f64>,
    /// The median.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    p50: Option<f64>,
    /// The value that 90 % of the points do not exceed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    p90: Option<f64>,
    /// The value that 95 % of the points do not exceed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    p95: Option<f64>,
    /// The value that 99 % of the points do not exceed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    p99: Option<f64>,
    /// The value of the newest point, the greatest when there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last: Option<f64>,
}

/// Which statistics are told, each once, in the order of their definition.
#[derive(Debug, Clone)]
pub(super) struct Wanted(Vec<Statistic>);

impl Wanted {
    /// Wants every statistic.
    pub(super) fn all() -> Self {
        Self(WORDS.map(|(_, statistic)| statistic).into())
    }

    /// Takes `statistic`; the mean when it is not given.
    pub(super) fn take(params: &mut Params) -> Self {
        let names = WORDS.map(|(name, _)| name);
        let parse =
            |text: &str| WORDS.iter().find(|(name, _)| *name == text).map(|(_, statistic)| *statistic);
        let given = params.words("statistic", &names, parse);
        if given.is_empty() {
            return Self(vec![Statistic::Avg]);
        }
        Self(Self::all().0.into_iter().filter(|statistic| given.contains(statistic)).collect())
    }

    /// Returns the names of the columns of a table.
    pub(super) fn columns(&self) -> impl Iterator<Item = &'static str> {
        WORDS.into_iter().filter(|(_, statistic)| self.0.contains(statistic)).map(|(name, _)| name)
    }

    /// Picks the numbers that are wanted.
    pub(super) fn pick(&self, statistics: &Statistics) -> StatisticsBody {
        let wanted = |statistic| self.0.contains(&statistic);
        let of = |statistic| wanted(statistic).then(|| statistics.get(statistic));
        StatisticsBody {
            count: wanted(Statistic::Count).then_some(statistics.count),
            min: of(Statistic::Min),
            max: of(Statistic::Max),
            avg: of(Statistic::Avg),
            sum: of(Statistic::Sum),
            p50: of(Statistic::P50),
            p90: of(Statistic::P90),
            p95: of(Statistic::P95),
            p99: of(Statistic::P99),
            last: of(Statistic::Last),
        }
    }
}

impl StatisticsBody {
    /// Adds the numbers that are there to a row of a table.
    pub(super) fn cells(&self, row: &mut Row<'_>) {
        if let Some(count) = self.count {
            row.value(count);
        }
        let Self { min, max, avg, sum, p50, p90, p95, p99, last, .. } = self;
        for value in [min, max, avg, sum, p50, p90, p95, p99, last].into_iter().flatten() {
            row.value(value);
        }
    }
}
