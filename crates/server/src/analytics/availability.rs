//! `GET /api/analytics/availability`: when points were there and when they were not.

use super::Answer;
use super::grouping::{self, Grouped, Grouping, GroupingWord, SeriesGroup};
use super::selection::SelectionParams;
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::openapi::PageParams;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use crate::http::table::{Format, FormatParam, Table};
use crate::metric::list::SeriesFilter;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use std::cmp::Reverse;
use tracely_analytics::{Availability, AvailabilityQuestion};
use tracely_core::time::{DAY, SECOND, Timestamp};
use utoipa::ToSchema;

/// The most gaps that are told of a group.
const GAPS: usize = 20;
/// The longest interval in which a point may be expected, in seconds.
const LONGEST_INTERVAL: u64 = 366 * 86_400;

/// When a group had points.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityBody {
    /// The group.
    group: SeriesGroup,
    /// How many points it has in the span.
    points: u64,
    /// When the oldest of them was measured; null when there are none.
    first_at: Option<Timestamp>,
    /// When the newest of them was measured; null when there are none.
    last_at: Option<Timestamp>,
    /// In each interval of so many seconds at least one point is expected; null when it was to be inferred and there
    /// are fewer than two instants.
    interval_seconds: Option<f64>,
    /// The percentage of intervals that have a point; null when there is no interval, and 0 when there is no point.
    #[schema(minimum = 0, maximum = 100)]
    covered_percent: Option<f64>,
    /// How many gaps there are: intervals without a point, those that follow each other together.
    gap_count: u64,
    /// How long the longest gap is.
    longest_gap_seconds: f64,
    /// The newest gaps, newest first, at most 20.
    #[schema(max_items = 20)]
    gaps: Vec<GapBody>,
}

/// A time without points.
#[derive(Debug, Serialize, ToSchema)]
pub struct GapBody {
    /// Where it begins.
    from: Timestamp,
    /// Where it ends.
    to: Timestamp,
}

/// When groups had points.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityAnswer {
    /// The groups, those with the least covered first.
    data: Vec<AvailabilityBody>,
    /// What is told.
    meta: AvailabilityMeta,
}

/// What is told of when groups had points.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailabilityMeta {
    /// How many groups there are, with points or without.
    total: u64,
    /// How many groups the page may have.
    #[schema(minimum = 1)]
    limit: u64,
    /// How many groups come before the page.
    offset: u64,
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
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

/// Lists when services, or other groups of series, had points and when not, those with most missing first. Of the last
/// 24 hours by default.
///
/// The span is parted into intervals, from its beginning on; a rest that is shorter is left out. Unless
/// `interval_seconds` is given, it is twice the median distance of the newest 100 instants, in whole seconds.
#[utoipa::path(
    get,
    path = "/analytics/availability",
    tag = "analytics",
    params(
        SelectionParams,
        ("group_by" = inline(Option<GroupingWord>), Query, description = "What makes the groups: service, metric_type, series, or label. and the name of a label; service by default"),
        ("interval_seconds" = Option<u32>, Query, description = "In each interval of so many seconds at least one point is expected; inferred for each group by default", minimum = 1, maximum = 31_622_400),
        PageParams,
        FormatParam,
    ),
    responses(
        (status = 200, description = "A page of groups", content(
            (AvailabilityAnswer = "application/json"),
            (String = "text/csv", example = "group_key,group_name,points,first_at,last_at,interval_seconds,covered_percent,gap_count,longest_gap_seconds"),
        )),
        Failures,
    )
)]
pub(crate) async fn list_availability(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let filter = SeriesFilter::take(&mut params, &catalog);
    let span = params.span();
    let grouping = Grouping::take(&mut params).unwrap_or(Grouping::Service);
    let seconds = params.whole("interval_seconds", 1, LONGEST_INTERVAL);
    let page = params.page();
    let format = Format::take(&mut params, &headers);
    params.finish()?;

    let (from, to) = span_or_last(span, app.store().clock().now(), DAY);
    let Grouped { names, sets } =
        grouping::group(&app, &catalog, caller.organization_id, &filter, Some(&grouping));
    let interval = seconds.map(|seconds| seconds as i64 * SECOND);
    let question = AvailabilityQuestion { groups: sets, from, to, interval, gaps: GAPS };
    let Answer { value: answers, behind_seconds } = app.analytics().availability(&app, question).await?;
    let incomplete = app.analytics().is_incomplete(Some(from), Some(to));
    let total = answers.len() as u64;
    let mut rows: Vec<(SeriesGroup, Availability)> = names.into_iter().zip(answers).collect();
    rows.sort_by(|(_, left), (_, right)| {
        let rank = |one: &Availability| (covered_percent(one).unwrap_or(f64::INFINITY), Reverse(one.longest));
        let ((left, left_longest), (right, right_longest)) = (rank(left), rank(right));
        left.total_cmp(&right).then(left_longest.cmp(&right_longest))
    });
    let rows = rows.into_iter().skip(page.offset as usize).take(page.limit as usize);
    let data = rows.map(|(group, one)| body_of(group, one)).collect();
    let (limit, offset) = (page.limit, page.offset);
    let meta = AvailabilityMeta { total, limit, offset, from, to, incomplete, behind_seconds };
    Ok(format.answer("availability", AvailabilityAnswer { data, meta }, table_of))
}

fn covered_percent(one: &Availability) -> Option<f64> {
    if one.points == 0 {
        return Some(0.0);
    }
    (one.slots > 0).then(|| one.covered as f64 * 100.0 / one.slots as f64)
}

fn body_of(group: SeriesGroup, one: Availability) -> AvailabilityBody {
    let (first_at, last_at) = one.bounds.unzip();
    let seconds = |micros: i64| micros as f64 / SECOND as f64;
    AvailabilityBody {
        group,
        points: one.points,
        first_at,
        last_at,
        interval_seconds: one.interval.map(seconds),
        covered_percent: covered_percent(&one),
        gap_count: one.gap_count,
        longest_gap_seconds: seconds(one.longest),
        gaps: one.gaps.into_iter().map(|gap| GapBody { from: gap.from, to: gap.to }).collect(),
    }
}

fn table_of(answer: AvailabilityAnswer) -> Table {
    let mut table = Table::new(&[
        "group_key",
        "group_name",
        "points",
        "first_at",
        "last_at",
        "interval_seconds",
        "covered_percent",
        "gap_count",
        "longest_gap_seconds",
    ]);
    for one in answer.data {
        let mut row = table.row();
        row.text(&one.group.key)
            .text(&one.group.name)
            .value(one.points)
            .maybe(one.first_at)
            .maybe(one.last_at);
        row.maybe(one.interval_seconds).maybe(one.covered_percent);
        row.value(one.gap_count).value(one.longest_gap_seconds).end();
    }
    table
}
