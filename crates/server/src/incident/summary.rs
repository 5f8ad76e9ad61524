//! `GET /api/incidents/summary`: how many incidents are live, and what happened in a span of time.

use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{One, one};
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use crate::http::table::Row;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_core::id::{DepartmentId, RuleId, ServiceId};
use tracely_core::incident::Status;
use tracely_core::rule::Severity;
use tracely_core::time::{DAY, HOUR, MINUTE, SECOND, Timestamp};
use tracely_store::incident::Durations;
use tracely_store::incident::summary::{self, Flow, LiveCount, SummaryFilter};
use utoipa::ToSchema;

/// The most buckets of a trend.
const TREND_BUCKETS: i64 = 48;
/// How wide the buckets of a trend may be, in microseconds; wider ones are whole years.
const TREND_WIDTHS: [i64; 14] = [
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    30 * DAY,
];
const YEAR: i64 = 365 * DAY;

/// A number for each severity.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub struct BySeverity {
    /// Requires immediate attention.
    pub(crate) critical: u64,
    /// High priority.
    pub(crate) high: u64,
    /// Medium priority.
    pub(crate) medium: u64,
    /// Low priority.
    pub(crate) low: u64,
}

impl BySeverity {
    /// Returns the number of a severity, to be changed.
    pub(crate) fn of(&mut self, severity: Severity) -> &mut u64 {
        match severity {
            Severity::Critical => &mut self.critical,
            Severity::High => &mut self.high,
            Severity::Medium => &mut self.medium,
            Severity::Low => &mut self.low,
        }
    }
}

/// The incidents that are live now.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct LiveIncidents {
    /// How many there are.
    total: u64,
    /// How many wait for somebody to work on them.
    open: u64,
    /// How many somebody works on.
    in_progress: u64,
    /// How many there are of each severity.
    by_severity: BySeverity,
}

/// What happened in a part of the span.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrendBucket {
    /// Where the part begins; the first may begin before the span.
    start: Timestamp,
    /// How many incidents opened, in the time of the points.
    opened: u64,
    /// How many were closed.
    closed: u64,
}

/// How long something took.
#[derive(Debug, Serialize, ToSchema)]
pub struct DurationsBody {
    /// The mean.
    mean_seconds: f64,
    /// The median; less than 1 % off.
    p50_seconds: f64,
    /// What 95 % of the incidents did not exceed; less than 1 % off.
    p95_seconds: f64,
    /// How many incidents were measured, at least one.
    count: u64,
}

impl DurationsBody {
    /// Writes durations in seconds.
    pub(crate) fn new(durations: Durations) -> Self {
        let Durations { count, mean, p50, p95 } = durations;
        let [mean_seconds, p50_seconds, p95_seconds] = [mean, p50, p95].map(|micros| micros / SECOND as f64);
        Self { mean_seconds, p50_seconds, p95_seconds, count }
    }

    /// Adds count, mean and percentiles to a row of a table, which stay empty when there are none.
    pub(crate) fn cells(durations: Option<&Self>, row: &mut Row<'_>) {
        row.maybe(durations.map(|found| found.count));
        let numbers = |found: &Self| [found.mean_seconds, found.p50_seconds, found.p95_seconds];
        for place in 0..3 {
            row.maybe(durations.map(|found| numbers(found)[place]));
        }
    }
}

/// How many incidents are live, and what happened in a span of time.
#[derive(Debug, Serialize, ToSchema)]
pub struct IncidentSummary {
    /// The incidents that are live now, whatever the span.
    live: LiveIncidents,
    /// How many opened in the span, in the time of the points.
    opened: u64,
    /// How many were closed in the span and are closed still.
    closed: u64,
    /// The span in equal parts, oldest first.
    trend: Vec<TrendBucket>,
    /// How long a part is.
    #[schema(example = 3600)]
    bucket_seconds: i64,
    /// From the point that opened an incident to its acknowledgement, of those acknowledged in the span; null when
    /// there are none.
    mtta: Option<DurationsBody>,
    /// From the point that opened an incident to its end, of those closed in the span; null when there are none.
    mttr: Option<DurationsBody>,
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
}

/// Sums up incidents: how many are live now, how many opened and closed in a span and how long that took. The last 24
/// hours by default.
#[utoipa::path(
    get,
    path = "/incidents/summary",
    tag = "incidents",
    params(
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("rule_id" = Option<Vec<RuleId>>, Query, description = "Of these rules"),
        ("department_id" = Option<Vec<DepartmentId>>, Query, description = "Routed to these departments"),
        ("from" = Option<Timestamp>, Query, description = "The beginning of the span; 24 hours before its end by default"),
        ("to" = Option<Timestamp>, Query, description = "The end of the span, which is not part of it; now by default"),
    ),
    responses(
        (status = 200, description = "The summary", body = One<IncidentSummary>),
        Failures,
    )
)]
pub(crate) async fn summarize_incidents(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<One<IncidentSummary>>, Problem> {
    let filter = SummaryFilter {
        service_ids: params.ids("service_id"),
        rule_ids: params.ids("rule_id"),
        department_ids: params.ids("department_id"),
        severities: Vec::new(),
    };
    let span = params.span();
    params.finish()?;
    let span = span_or_last(span, app.store().clock().now(), DAY);
    let (store, organization_id) = (app.store(), caller.organization_id);

    let width = trend_width(span);
    let start = span.0.floor(width);
    let starts: Vec<Timestamp> = (0..parts(span, width)).map(|place| start.plus(place * width)).collect();
    let bounds: Vec<_> =
        starts.iter().map(|start| ((*start).max(span.0), start.plus(width).min(span.1))).collect();
    let (live, flows, acknowledged, closed) = tokio::try_join!(
        summary::live(store, organization_id, &filter),
        summary::flow(store, organization_id, &filter, &bounds),
        summary::until_acknowledged(store, organization_id, &filter, span),
        summary::until_closed(store, organization_id, &filter, span),
    )?;
    let part = |(start, flow): (Timestamp, Flow)| {
        let Flow { opened, closed } = flow;
        TrendBucket { start, opened, closed }
    };
    let trend: Vec<TrendBucket> = starts.into_iter().zip(flows).map(part).collect();
    Ok(one(IncidentSummary {
        live: live_of(&live),
        opened: trend.iter().map(|part| part.opened).sum(),
        closed: trend.iter().map(|part| part.closed).sum(),
        trend,
        bucket_seconds: width / SECOND,
        mtta: acknowledged.map(DurationsBody::new),
        mttr: closed.map(DurationsBody::new),
        from: span.0,
        to: span.1,
    }))
}

fn live_of(counts: &[LiveCount]) -> LiveIncidents {
    let mut live = LiveIncidents::default();
    for LiveCount { status, severity, count } in counts {
        live.total += count;
        *live.by_severity.of(*severity) += count;
        match status {
            Status::Open => live.open += count,
            Status::InProgress => live.in_progress += count,
            Status::Closed => (),
        }
    }
    live
}

/// Chooses the narrowest width that parts a span into few enough parts.
fn trend_width(span: (Timestamp, Timestamp)) -> i64 {
    let years = (1..).map(|power| YEAR << power);
    let mut widths = TREND_WIDTHS.into_iter().chain([YEAR]).chain(years);
    widths.find(|width| parts(span, *width) <= TREND_BUCKETS).unwrap_or(YEAR)
}

fn parts((from, to): (Timestamp, Timestamp), width: i64) -> i64 {
    (to.0 - 1 - from.floor(width).0) / width + 1
}

#[cfg(test)]
mod tests {
    use super::{TREND_BUCKETS, parts, trend_width};
    use tracely_core::time::{DAY, HOUR, MINUTE, Timestamp};

    #[test]
    fn a_trend_has_few_parts_of_round_width() {
        let start = Timestamp(1_705_314_600_000_000);
        for (length, width) in [
            (1, MINUTE),
            (48 * MINUTE, MINUTE),
            (48 * MINUTE + 1, 5 * MINUTE),
            (24 * HOUR, 30 * MINUTE),
            (7 * DAY, 6 * HOUR),
            (30 * DAY, DAY),
        ] {
            assert_eq!(trend_width((start, start.plus(length))), width, "{length}");
        }
        let (first, last) = (Timestamp::parse("0000-01-01T00:00:00Z").unwrap(), Timestamp::MAX);
        assert!(parts((first, last), trend_width((first, last))) <= TREND_BUCKETS);
    }
}
