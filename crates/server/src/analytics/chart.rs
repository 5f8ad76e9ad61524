//! `GET /api/analytics/charts`: points by buckets of time and by groups, also compared with the time before.

use super::Answer;
use super::grouping::{self, Grouped, Grouping, GroupingWord, SeriesGroup};
use super::selection::SelectionParams;
use super::statistic::{StatisticWord, StatisticsBody, WORDS, Wanted};
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::openapi::SortDirection;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use crate::http::table::{Format, FormatParam, Table};
use crate::metric::chart::{Bucket, BucketChoice};
use crate::metric::list::SeriesFilter;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use tracely_analytics::{GroupedChartQuestion, RankingQuestion, SeriesSet, Statistic, StatisticsBucket};
use tracely_core::time::{DAY, SECOND, Timestamp};
use tracely_store::page::Direction;
use utoipa::ToSchema;

/// How many groups are charted unless `limit` says otherwise.
const DEFAULT_GROUPS: u64 = 10;

/// What a chart is compared with.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Comparison {
    /// With the time before, as long as the span.
    Previous,
}

/// The chart of a group.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupChart {
    /// The group; null when nothing is grouped.
    group: Option<SeriesGroup>,
    /// All points of the span.
    summary: StatisticsBody,
    /// The buckets that have points, oldest first.
    buckets: Vec<ChartedBucket>,
    /// The time before. Absent when it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    previous: Option<PreviousChart>,
}

/// The chart of a group in the time before.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct PreviousChart {
    /// All points of the time before; null when there are none.
    summary: Option<StatisticsBody>,
    /// The buckets that have points, oldest first. One that is to be compared begins later by the length of the span.
    buckets: Vec<ChartedBucket>,
}

/// The points of one bucket.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChartedBucket {
    /// Where the bucket begins.
    start: Timestamp,
    /// The numbers that were asked for.
    #[serde(flatten)]
    statistics: StatisticsBody,
}

/// Charts of groups.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupedChart {
    /// The groups that have points, in order; one at the most when nothing is grouped.
    data: Vec<GroupChart>,
    /// What the charts show.
    meta: GroupedChartMeta,
}

/// What charts of groups show.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupedChartMeta {
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
    /// How wide the buckets are.
    bucket: Bucket,
    /// The same in seconds.
    #[schema(example = 60)]
    bucket_seconds: i64,
    /// How many points the span has, in the groups that are not told too.
    total: u64,
    /// How many groups have points.
    groups: u64,
    /// How many of them are not told, since there are more than `limit`.
    cut_off: u64,
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

/// Sums up points by buckets of ten seconds to a day and by groups. The last 24 hours by default.
#[utoipa::path(
    get,
    path = "/analytics/charts",
    tag = "analytics",
    params(
        SelectionParams,
        ("bucket" = inline(Option<BucketChoice>), Query, description = "How wide the buckets are; auto by default"),
        ("statistic" = inline(Option<Vec<StatisticWord>>), Query, description = "The numbers to tell; avg by default"),
        ("group_by" = inline(Option<GroupingWord>), Query, description = "What makes the groups: service, metric_type, series, or label. and the name of a label; nothing by default"),
        ("sort_by" = inline(Option<StatisticWord>), Query, description = "The number of the whole span by which groups are chosen and ordered; count by default"),
        SortDirection,
        ("limit" = Option<u32>, Query, description = "How many groups are charted at the most; 10 by default", minimum = 1, maximum = 100),
        ("compare" = inline(Option<Comparison>), Query, description = "What to compare with"),
        FormatParam,
    ),
    responses(
        (status = 200, description = "The charts", content(
            (GroupedChart = "application/json"),
            (String = "text/csv", example = "period,group_key,group_name,start,avg"),
        )),
        Failures,
    )
)]
pub(crate) async fn chart_groups(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let filter = SeriesFilter::take(&mut params, &catalog);
    let span = params.span();
    let choice = Bucket::take(&mut params);
    let wanted = Wanted::take(&mut params);
    let grouping = Grouping::take(&mut params);
    let by = params.word("sort_by", &WORDS).unwrap_or(Statistic::Count);
    let descending = params.direction(Direction::Descending) == Direction::Descending;
    let limit = params.limit(DEFAULT_GROUPS) as usize;
    let compare = params.word("compare", &[("previous", ())]).is_some();
    let format = Format::take(&mut params, &headers);
    params.finish()?;

    let (from, to) = span_or_last(span, app.store().clock().now(), DAY);
    let bucket = choice.unwrap_or_else(|| Bucket::fitting(from, to));
    let Grouped { names, sets } =
        grouping::group(&app, &catalog, caller.organization_id, &filter, grouping.as_ref());
    let ranking = RankingQuestion { groups: sets, from, to, by, descending, limit };
    let question = GroupedChartQuestion { ranking, width: bucket.width(), offset: 0 };
    let Answer { value: answer, mut behind_seconds } =
        app.analytics().grouped_chart(&app, question.clone()).await?;
    let incomplete = |from, to| app.analytics().is_incomplete(Some(from), Some(to));
    let mut is_incomplete = incomplete(from, to);

    let bodies = |buckets: Vec<StatisticsBucket>| {
        let body = |bucket: StatisticsBucket| ChartedBucket {
            start: bucket.start,
            statistics: wanted.pick(&bucket.statistics),
        };
        buckets.into_iter().map(body).collect()
    };
    let rows = &answer.ranking.rows;
    let mut data: Vec<GroupChart> = rows
        .iter()
        .zip(answer.charts)
        .map(|(row, buckets)| GroupChart {
            group: names.get(row.group).cloned(),
            summary: wanted.pick(&row.statistics),
            buckets: bodies(buckets),
            previous: compare.then(PreviousChart::default),
        })
        .collect();
    if compare && !rows.is_empty() {
        let chosen = rows.iter().map(|row| question.ranking.groups[row.group].clone()).collect();
        let question = before(&question, chosen);
        let (from, to) = (question.ranking.from, question.ranking.to);
        let Answer { value: previous, behind_seconds: then } =
            app.analytics().grouped_chart(&app, question).await?;
        behind_seconds = behind_seconds.max(then);
        is_incomplete |= incomplete(from, to);
        for (row, buckets) in previous.ranking.rows.iter().zip(previous.charts) {
            let summary = Some(wanted.pick(&row.statistics));
            data[row.group].previous = Some(PreviousChart { summary, buckets: bodies(buckets) });
        }
    }
    let meta = GroupedChartMeta {
        from,
        to,
        bucket,
        bucket_seconds: bucket.width() / SECOND,
        total: answer.ranking.points,
        groups: answer.ranking.groups,
        cut_off: answer.ranking.groups - data.len() as u64,
        incomplete: is_incomplete,
        behind_seconds,
    };
    Ok(format.answer("charts", GroupedChart { data, meta }, |chart| table_of(chart, &wanted)))
}

/// Asks the same about some of the groups in the time before, with buckets that begin earlier by the same length.
fn before(question: &GroupedChartQuestion, groups: Vec<SeriesSet>) -> GroupedChartQuestion {
    let RankingQuestion { from, to, by, descending, .. } = question.ranking;
    let (length, limit) = (to.0.saturating_sub(from.0), groups.len());
    let ranking = RankingQuestion { groups, from: from.plus(-length), to: from, by, descending, limit };
    let offset = question.offset.saturating_sub(length % question.width);
    GroupedChartQuestion { ranking, width: question.width, offset }
}

fn table_of(chart: GroupedChart, wanted: &Wanted) -> Table {
    let columns: Vec<&str> =
        ["period", "group_key", "group_name", "start"].into_iter().chain(wanted.columns()).collect();
    let mut table = Table::new(&columns);
    for group in chart.data {
        let (key, name) = group.group.map(|group| (group.key, group.name)).unwrap_or_default();
        let mut add = |period: &str, buckets: &[ChartedBucket]| {
            for bucket in buckets {
                let mut row = table.row();
                row.value(period).text(&key).text(&name).value(bucket.start);
                bucket.statistics.cells(&mut row);
                row.end();
            }
        };
        add("current", &group.buckets);
        if let Some(previous) = group.previous {
            add("previous", &previous.buckets);
        }
    }
    table
}
