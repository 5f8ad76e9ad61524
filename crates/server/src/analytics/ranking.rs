//! `GET /api/analytics/rankings`: which services, or other groups of series, have most of something, or least.

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
use crate::metric::list::SeriesFilter;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use tracely_analytics::{RankedGroup, RankingQuestion, Statistic};
use tracely_core::time::{DAY, Timestamp};
use tracely_store::page::Direction;
use utoipa::ToSchema;

/// How many groups are told unless `limit` says otherwise.
const DEFAULT_GROUPS: u64 = 10;

/// A group with what its points are summed up to.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankedBody {
    /// The group.
    group: SeriesGroup,
    /// All points of the span.
    #[serde(flatten)]
    statistics: StatisticsBody,
}

/// The first groups of a ranking.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ranking {
    /// The groups that have points, in order.
    data: Vec<RankedBody>,
    /// What is told.
    meta: RankingMeta,
}

/// What a ranking tells.
#[derive(Debug, Serialize, ToSchema)]
pub struct RankingMeta {
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
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

/// Lists the services, or other groups, that have most of something, or least. Of the last 24 hours by default.
#[utoipa::path(
    get,
    path = "/analytics/rankings",
    tag = "analytics",
    params(
        SelectionParams,
        ("group_by" = inline(Option<GroupingWord>), Query, description = "What makes the groups: service, metric_type, series, or label. and the name of a label; service by default"),
        ("sort_by" = inline(Option<StatisticWord>), Query, description = "The number by which groups are ranked; avg by default"),
        SortDirection,
        ("limit" = Option<u32>, Query, description = "How many groups are told at the most; 10 by default", minimum = 1, maximum = 100),
        FormatParam,
    ),
    responses(
        (status = 200, description = "The ranking", content(
            (Ranking = "application/json"),
            (String = "text/csv", example = "group_key,group_name,count,min,max,avg,sum,p50,p90,p95,p99,last"),
        )),
        Failures,
    )
)]
pub(crate) async fn rank_groups(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let filter = SeriesFilter::take(&mut params, &catalog);
    let span = params.span();
    let grouping = Grouping::take(&mut params).unwrap_or(Grouping::Service);
    let by = params.word("sort_by", &WORDS).unwrap_or(Statistic::Avg);
    let descending = params.direction(Direction::Descending) == Direction::Descending;
    let limit = params.limit(DEFAULT_GROUPS) as usize;
    let format = Format::take(&mut params, &headers);
    params.finish()?;

    let (from, to) = span_or_last(span, app.store().clock().now(), DAY);
    let Grouped { names, sets } =
        grouping::group(&app, &catalog, caller.organization_id, &filter, Some(&grouping));
    let question = RankingQuestion { groups: sets, from, to, by, descending, limit };
    let Answer { value: answer, behind_seconds } = app.analytics().ranking(&app, question).await?;
    let incomplete = app.analytics().is_incomplete(Some(from), Some(to));
    let wanted = Wanted::all();
    let body = |row: &RankedGroup| RankedBody {
        group: names[row.group].clone(),
        statistics: wanted.pick(&row.statistics),
    };
    let data: Vec<RankedBody> = answer.rows.iter().map(body).collect();
    let (total, groups) = (answer.points, answer.groups);
    let cut_off = groups - data.len() as u64;
    let meta = RankingMeta { from, to, total, groups, cut_off, incomplete, behind_seconds };
    Ok(format.answer("rankings", Ranking { data, meta }, |ranking| table_of(ranking, &wanted)))
}

fn table_of(ranking: Ranking, wanted: &Wanted) -> Table {
    let columns: Vec<&str> = ["group_key", "group_name"].into_iter().chain(wanted.columns()).collect();
    let mut table = Table::new(&columns);
    for RankedBody { group, statistics } in ranking.data {
        let mut row = table.row();
        row.text(&group.key).text(&group.name);
        statistics.cells(&mut row);
        row.end();
    }
    table
}
