//! `GET /api/analytics/distributions`: how many points have which values.

use super::Answer;
use super::selection::SelectionParams;
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use crate::http::table::{Format, FormatParam, Table};
use crate::metric::list::SeriesFilter;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Serialize;
use tracely_analytics::{Bin, DistributionQuestion, MAX_BINS, MIN_BINS, Scale};
use tracely_core::time::{DAY, Timestamp};
use utoipa::ToSchema;

/// How many buckets there are at the most unless `buckets` says otherwise.
const DEFAULT_BUCKETS: u64 = 30;

/// How wide the buckets of values are.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ScaleWord {
    /// All equally wide.
    Linear,
    /// Each wider than the one before, by about the same factor. What is not positive is in one bucket; when nothing
    /// is positive, the buckets are equally wide.
    Logarithmic,
}

/// The points whose values lie between two edges.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValueBucket {
    /// The least value that belongs to it.
    low: f64,
    /// The least value that is too great for it.
    high: f64,
    /// How many points have such a value.
    count: u64,
}

/// How values are distributed.
#[derive(Debug, Serialize, ToSchema)]
pub struct Distribution {
    /// The buckets of values, ascending and without gaps between them; none when there is no point.
    data: Vec<ValueBucket>,
    /// What is told.
    meta: DistributionMeta,
}

/// What a distribution tells.
#[derive(Debug, Serialize, ToSchema)]
pub struct DistributionMeta {
    /// The beginning of the span.
    from: Timestamp,
    /// The end of the span, which is not part of it.
    to: Timestamp,
    /// How wide the buckets are.
    scale: ScaleWord,
    /// How many points there are.
    total: u64,
    /// The least value; null when there is no point.
    min: Option<f64>,
    /// The greatest value; null when there is no point.
    max: Option<f64>,
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

/// Counts points by their values, in buckets with round edges. Of the last 24 hours by default.
#[utoipa::path(
    get,
    path = "/analytics/distributions",
    tag = "analytics",
    params(
        SelectionParams,
        ("scale" = inline(Option<ScaleWord>), Query, description = "How wide the buckets of values are; linear by default"),
        ("buckets" = Option<u32>, Query, description = "How many buckets of values there are at the most; 30 by default", minimum = 5, maximum = 200),
        FormatParam,
    ),
    responses(
        (status = 200, description = "The distribution", content(
            (Distribution = "application/json"),
            (String = "text/csv", example = "low,high,count"),
        )),
        Failures,
    )
)]
pub(crate) async fn distribute_values(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
    mut params: Params,
) -> Result<Response, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let filter = SeriesFilter::take(&mut params, &catalog);
    let span = params.span();
    let words = [("linear", ScaleWord::Linear), ("logarithmic", ScaleWord::Logarithmic)];
    let word = params.word("scale", &words).unwrap_or(ScaleWord::Linear);
    let bins = params.whole("buckets", MIN_BINS as u64, MAX_BINS as u64).unwrap_or(DEFAULT_BUCKETS);
    let format = Format::take(&mut params, &headers);
    params.finish()?;

    let (from, to) = span_or_last(span, app.store().clock().now(), DAY);
    let scale = match word {
        ScaleWord::Linear => Scale::Linear,
        ScaleWord::Logarithmic => Scale::Logarithmic,
    };
    let series = filter.select(&app, &catalog, caller.organization_id);
    let question = DistributionQuestion { series, from, to, scale, bins: bins as usize };
    let Answer { value: answer, behind_seconds } = app.analytics().distribution(&app, question).await?;
    let incomplete = app.analytics().is_incomplete(Some(from), Some(to));
    let (min, max) = answer.bounds.unzip();
    let body = |Bin { low, high, count }| ValueBucket { low, high, count };
    let data = answer.bins.into_iter().map(body).collect();
    let total = answer.count;
    let meta = DistributionMeta { from, to, scale: word, total, min, max, incomplete, behind_seconds };
    Ok(format.answer("distribution", Distribution { data, meta }, table_of))
}

fn table_of(distribution: Distribution) -> Table {
    let mut table = Table::new(&["low", "high", "count"]);
    for ValueBucket { low, high, count } in distribution.data {
        table.row().value(low).value(high).value(count).end();
    }
    table
}
