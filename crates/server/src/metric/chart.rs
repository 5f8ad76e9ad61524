//! `GET /api/metrics/chart`: points summed up by buckets of time.

use super::list::SeriesFilter;
use crate::analytics::Answer;
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_analytics::{ChartBucket, ChartQuestion};
use tracely_core::id::ServiceId;
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use utoipa::ToSchema;

/// How wide the buckets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// Ten seconds, from whole minutes on.
    TenSeconds,
    /// Whole minutes.
    Minute,
    /// Five minutes, from whole hours on.
    FiveMinutes,
    /// Quarters of hours.
    FifteenMinutes,
    /// Whole hours.
    Hour,
    /// Quarters of days, UTC.
    SixHours,
    /// Whole days, UTC.
    Day,
}

/// How wide the buckets should be.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum BucketChoice {
    /// As fits the span.
    Auto,
    /// Ten seconds, from whole minutes on.
    TenSeconds,
    /// Whole minutes.
    Minute,
    /// Five minutes, from whole hours on.
    FiveMinutes,
    /// Quarters of hours.
    FifteenMinutes,
    /// Whole hours.
    Hour,
    /// Quarters of days, UTC.
    SixHours,
    /// Whole days, UTC.
    Day,
}

/// The most buckets that a chart has whose width is chosen by the server; about what a screen can show.
const FITTING_BUCKETS: i64 = 720;

impl Bucket {
    /// Every width with its spelling, narrowest first.
    const ALL: [(&str, Self); 7] = [
        ("ten_seconds", Self::TenSeconds),
        ("minute", Self::Minute),
        ("five_minutes", Self::FiveMinutes),
        ("fifteen_minutes", Self::FifteenMinutes),
        ("hour", Self::Hour),
        ("six_hours", Self::SixHours),
        ("day", Self::Day),
    ];

    /// Returns the width in microseconds.
    pub(crate) fn width(self) -> i64 {
        match self {
            Self::TenSeconds => 10 * SECOND,
            Self::Minute => MINUTE,
            Self::FiveMinutes => 5 * MINUTE,
            Self::FifteenMinutes => 15 * MINUTE,
            Self::Hour => HOUR,
            Self::SixHours => 6 * HOUR,
            Self::Day => DAY,
        }
    }

    /// Chooses the narrowest width of which a screen can show as many as the span has; else days.
    pub(crate) fn fitting(from: Timestamp, to: Timestamp) -> Self {
        Self::fitting_within(from, to, FITTING_BUCKETS)
    }

    /// Chooses the narrowest width of which at most so many make up the span; else days.
    pub(crate) fn fitting_within(from: Timestamp, to: Timestamp, most: i64) -> Self {
        let span = to.0.saturating_sub(from.0);
        let fits = |bucket: &Self| span <= most * bucket.width();
        Self::ALL.into_iter().map(|(_, bucket)| bucket).find(fits).unwrap_or(Self::Day)
    }

    /// Takes `bucket`; none stands for a width that fits.
    pub(crate) fn take(params: &mut Params) -> Option<Self> {
        let name = params.text("bucket").filter(|name| name != "auto")?;
        let found = Self::ALL.into_iter().find(|(known, _)| *known == name);
        if found.is_none() {
            let names = Self::ALL.map(|(name, _)| name).join(", ");
            params.fail("bucket", format!("must be one of auto, {names}"));
        }
        found.map(|(_, bucket)| bucket)
    }
}

/// The points of one bucket, summed up. Percentiles of large buckets are within 1 % of the exact value.
#[derive(Debug, Serialize, ToSchema)]
pub struct BucketBody {
    /// Where the bucket begins.
    start: Timestamp,
    /// How many points it has, at least one.
    count: u64,
    /// The least value.
    min: f64,
    /// The greatest value.
    max: f64,
    /// The mean value.
    avg: f64,
    /// The median.
    p50: f64,
    /// The value that 95 % of the points do not exceed.
    p95: f64,
    /// The value that 99 % of the points do not exceed.
    p99: f64,
}

/// A chart. Buckets without points are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChartAnswer {
    /// The buckets, oldest first.
    data: Vec<BucketBody>,
    /// What the chart shows.
    meta: ChartMeta,
}

/// What a chart shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ChartMeta {
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
    /// How wide the buckets are.
    bucket: Bucket,
    /// The same in seconds.
    #[schema(example = 60)]
    bucket_seconds: i64,
    /// How many points the buckets have together.
    total: u64,
    /// Points may be missing, since a segment that has some of the span cannot be read; `/api/system` names it. Absent
    /// when nothing is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    incomplete: bool,
    /// Points that were accepted this many seconds ago and later may be missing, since the search cluster does not have
    /// them yet. Absent when nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false)]
    behind_seconds: Option<u64>,
}

/// Sums up points by buckets of ten seconds to a day. The last 24 hours by default.
#[utoipa::path(
    get,
    path = "/metrics/chart",
    tag = "metrics",
    params(
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("service" = inline(Option<Vec<crate::http::openapi::ServiceKey>>), Query, description = "Of the services with these keys"),
        ("metric_type" = inline(Option<Vec<crate::http::openapi::MetricTypeKey>>), Query, description = "Of these metric types"),
        ("label" = inline(Option<Vec<crate::http::openapi::LabelPair>>), Query, description = "With these labels, each written as name=value"),
        ("from" = Option<Timestamp>, Query, description = "The beginning of the span; 24 hours before its end by default"),
        ("to" = Option<Timestamp>, Query, description = "The end of the span, which is not part of it; now by default"),
        ("bucket" = inline(Option<BucketChoice>), Query, description = "How wide the buckets are; auto by default"),
    ),
    responses(
        (status = 200, description = "The buckets that have points", body = ChartAnswer),
        Failures,
    )
)]
pub(crate) async fn chart_metrics(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<ChartAnswer>, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let filter = SeriesFilter::take(&mut params, &catalog);
    let (from, to) = params.span();
    let choice = Bucket::take(&mut params);
    params.finish()?;

    let (from, to) = span_or_last((from, to), app.store().clock().now(), DAY);
    let bucket = choice.unwrap_or_else(|| Bucket::fitting(from, to));
    let question = ChartQuestion {
        series: filter.select(&app, &catalog, caller.organization_id),
        from,
        to,
        width: bucket.width(),
        offset: 0,
    };
    let Answer { value: buckets, behind_seconds } = app.analytics().chart(&app, question).await?;
    let incomplete = app.analytics().is_incomplete(Some(from), Some(to));
    let total = buckets.iter().map(|bucket| bucket.count).sum();
    let data = buckets.into_iter().map(body_of).collect();
    let bucket_seconds = bucket.width() / SECOND;
    let meta = ChartMeta { from, to, bucket, bucket_seconds, total, incomplete, behind_seconds };
    Ok(Json(ChartAnswer { data, meta }))
}

fn body_of(bucket: ChartBucket) -> BucketBody {
    let ChartBucket { start, count, min, max, avg, p50, p95, p99 } = bucket;
    BucketBody { start, count, min, max, avg, p50, p95, p99 }
}
