//! `GET /api/services/overview`: how the services stand, worst first.

mod threshold;

use super::{ServiceBody, body_of};
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::openapi::{PageParams, SearchParam};
use crate::http::problem::{Failures, Problem};
use crate::http::query::{Params, span_or_last};
use crate::incident::summary::BySeverity;
use crate::registry::Catalog;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use threshold::{ThresholdBody, Thresholds};
use tracely_analytics::{AveragesQuestion, PointRow, SeriesSet};
use tracely_core::id::{SeriesId, ServiceId};
use tracely_core::rule::Severity;
use tracely_core::time::{HOUR, SECOND, Timestamp};
use tracely_store::service::{self, OverviewFilter, Standing};
use utoipa::ToSchema;

/// The buckets of a sparkline.
const SPARKLINE: usize = 30;

/// How a service stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceOverview {
    /// The service.
    service: ServiceBody,
    /// The severity of its worst live incident; null when none is live.
    severity: Option<Severity>,
    /// When the first of its live incidents opened, in the time of the points; null when none is live.
    since: Option<Timestamp>,
    /// How many of its incidents are live.
    live: BySeverity,
    /// What is measured of it, by the keys of the metric types.
    metrics: Vec<MetricOverview>,
}

/// How one metric of a service stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct MetricOverview {
    /// The key of the metric type.
    #[schema(example = "LATENCY_MS")]
    metric_type: String,
    /// The unit of the values.
    #[schema(example = "ms")]
    unit: String,
    /// The newest point of all series.
    latest: LatestValue,
    /// The rule that is violated worst, or nearest to it; null when no enabled rule with `>`, `>=`, `<` or `<=` judges
    /// the newest point.
    threshold: Option<ThresholdBody>,
    /// The means of 30 equal parts of the span; null where there is no point.
    #[schema(min_items = 30, max_items = 30)]
    sparkline: Vec<Option<f64>>,
}

/// The newest point.
#[derive(Debug, Serialize, ToSchema)]
pub struct LatestValue {
    /// Its value.
    value: f64,
    /// When it was measured.
    recorded_at: Timestamp,
}

/// A page of services, worst first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewAnswer {
    /// The services.
    data: Vec<ServiceOverview>,
    /// Where the page lies in the list, and what the sparklines show.
    meta: OverviewMeta,
}

/// Where a page lies in its list, and what its sparklines show.
#[derive(Debug, Serialize, ToSchema)]
pub struct OverviewMeta {
    /// How many services the whole list has.
    total: u64,
    /// How many services the page may have.
    #[schema(minimum = 1)]
    limit: u64,
    /// How many services come before the page.
    offset: u64,
    /// The beginning of the sparklines.
    from: Timestamp,
    /// The end of the sparklines, which is not part of them.
    to: Timestamp,
    /// How long a part of the sparklines is.
    #[schema(example = 120.0)]
    bucket_seconds: f64,
    /// Points may be missing, since a segment cannot be read that has some of the span or may have newer ones than the
    /// newest that are told; `/api/system` names it. Absent when nothing is missing.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    incomplete: bool,
    /// Points that were accepted this many seconds ago and later may be missing, since the search cluster does not have
    /// them yet. Absent when nothing is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, nullable = false)]
    behind_seconds: Option<u64>,
}

/// Lists how the services stand: by the worst live severity, then the longest live, then the name. Sparklines of the
/// last hour by default.
#[utoipa::path(
    get,
    path = "/services/overview",
    tag = "services",
    params(
        ("severity" = Option<Vec<Severity>>, Query, description = "Whose worst live incident has one of these severities"),
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "These services"),
        SearchParam,
        ("from" = Option<Timestamp>, Query, description = "The beginning of the sparklines; an hour before their end by default"),
        ("to" = Option<Timestamp>, Query, description = "The end of the sparklines, which is not part of them; now by default"),
        PageParams,
    ),
    responses(
        (status = 200, description = "A page of services", body = OverviewAnswer),
        Failures,
    )
)]
pub(crate) async fn list_service_overviews(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<OverviewAnswer>, Problem> {
    let filter = OverviewFilter {
        ids: params.ids("service_id"),
        severities: params.words("severity", Severity::NAMES, Severity::parse),
        search: params.search(),
    };
    let span = params.span();
    let page = params.page();
    params.finish()?;
    let (from, to) = span_or_last(span, app.store().clock().now(), HOUR);
    let listed = service::overview(app.store(), caller.organization_id, &filter, page).await?;

    let ids: HashSet<ServiceId> = listed.rows.iter().map(|row| row.service.id).collect();
    let Measured { mut metrics, width, incomplete, behind_seconds } =
        metrics_of(&app, &caller, &ids, from, to).await?;
    let overview_of = |standing: Standing| {
        let Standing { service, worst, since, live: [low, medium, high, critical] } = standing;
        ServiceOverview {
            metrics: metrics.remove(&service.id).unwrap_or_default(),
            service: body_of(service),
            severity: worst,
            since,
            live: BySeverity { critical, high, medium, low },
        }
    };
    let data = listed.rows.into_iter().map(overview_of).collect();
    let bucket_seconds = width as f64 / SECOND as f64;
    let meta = OverviewMeta {
        total: listed.total.number(),
        limit: page.limit,
        offset: page.offset,
        from,
        to,
        bucket_seconds,
        incomplete,
        behind_seconds,
    };
    Ok(Json(OverviewAnswer { data, meta }))
}

/// What is measured of some services.
struct Measured {
    metrics: HashMap<ServiceId, Vec<MetricOverview>>,
    /// How wide the parts of the sparklines are, in microseconds.
    width: i64,
    /// Whether points may be missing.
    incomplete: bool,
    /// How far the search cluster is behind.
    behind_seconds: Option<u64>,
}

/// Finds what is measured of some services, with two questions for all of them together.
async fn metrics_of(
    app: &App,
    caller: &Caller,
    services: &HashSet<ServiceId>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Measured, Problem> {
    let mut of_metric: BTreeMap<(ServiceId, Arc<str>), Vec<SeriesId>> = BTreeMap::new();
    let wanted =
        app.registry().select(caller.organization_id, |series| services.contains(&series.service_id));
    for id in &wanted {
        if let Some(series) = app.registry().series(*id) {
            of_metric.entry((series.service_id, Arc::clone(&series.metric_type))).or_default().push(*id);
        }
    }
    let groups = of_metric.values().map(|series| series.iter().copied().collect()).collect();
    let question = AveragesQuestion { groups, from, to, buckets: SPARKLINE };
    let width = question.width();
    if wanted.is_empty() {
        return Ok(Measured { metrics: HashMap::new(), width, incomplete: false, behind_seconds: None });
    }
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let metric_types: HashSet<&str> = of_metric.keys().map(|(_, key)| &**key).collect();
    let thresholds = Thresholds::read(app, caller, &metric_types).await?;
    let count = wanted.len();
    let latest = app.analytics().latest(app, SeriesSet::new(wanted)).await?;
    let averages = app.analytics().averages(app, question).await?;
    let behind_seconds = latest.behind_seconds.max(averages.behind_seconds);
    let newest = newest_of(&latest.value);
    // Older points than the oldest that is told are not looked at; of a series without any, all would be.
    let oldest = newest.values().map(|row| row.instant).min().filter(|_| newest.len() == count);
    let incomplete = app.analytics().is_incomplete(oldest.map(|oldest| oldest.min(from)), None);

    let mut found: HashMap<ServiceId, Vec<MetricOverview>> = HashMap::new();
    for (((service_id, metric_type), series), sparkline) in of_metric.into_iter().zip(averages.value) {
        // Of a series that was made and never got its point, or whose points were dropped, there is none.
        let rows = series.iter().filter_map(|id| newest.get(id));
        let Some(row) = rows.max_by_key(|row| (row.instant, row.series)) else { continue };
        found.entry(service_id).or_default().push(MetricOverview {
            unit: unit_of(&catalog, &metric_type),
            metric_type: metric_type.to_string(),
            latest: LatestValue { value: row.value, recorded_at: row.instant },
            threshold: app
                .registry()
                .series(row.series)
                .and_then(|series| thresholds.nearest(&series, row.value)),
            sparkline,
        });
    }
    Ok(Measured { metrics: found, width, incomplete, behind_seconds })
}

fn newest_of(rows: &[PointRow]) -> HashMap<SeriesId, PointRow> {
    rows.iter().map(|row| (row.series, *row)).collect()
}

fn unit_of(catalog: &Catalog, metric_type: &str) -> String {
    catalog.metric_types.get(metric_type).map(|found| found.unit.clone()).unwrap_or_default()
}
