//! `GET /api/metrics` and `GET /api/metrics/latest`: points as they were recorded.

use crate::analytics::Answer;
use crate::app::App;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, Meta};
use crate::http::problem::{Failures, Problem};
use crate::http::query::Params;
use crate::registry::Catalog;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tracely_analytics::{PointRow, PointsOrder, PointsQuestion, SeriesSet};
use tracely_core::id::{OrganizationId, SeriesId, ServiceId};
use tracely_core::metric::{Labels, Series};
use tracely_core::time::Timestamp;
use tracely_store::page::Direction;
use tracely_store::search::folded;
use utoipa::ToSchema;

/// A recorded point.
#[derive(Debug, Serialize, ToSchema)]
pub struct PointBody {
    /// The service that was measured.
    service_id: ServiceId,
    /// Its name.
    #[schema(example = "Superonline")]
    service_name: String,
    /// The key of the metric type.
    #[schema(example = "LATENCY_MS")]
    metric_type: String,
    /// The unit of the value.
    #[schema(example = "ms")]
    unit: String,
    /// The value.
    #[schema(example = 145.5)]
    value: f64,
    /// Further distinctions.
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    labels: Labels,
    /// When it was measured.
    recorded_at: Timestamp,
}

impl PointBody {
    /// Describes a point of a series.
    pub(crate) fn new(catalog: &Catalog, series: &Series, instant: Timestamp, value: f64) -> Self {
        let name = catalog.names.get(&series.service_id).cloned();
        let unit = catalog.metric_types.get(&*series.metric_type).map(|found| found.unit.clone());
        Self {
            service_id: series.service_id,
            service_name: name.unwrap_or_default(),
            metric_type: series.metric_type.to_string(),
            unit: unit.unwrap_or_default(),
            value,
            labels: series.labels.clone(),
            recorded_at: instant,
        }
    }
}

/// Which series a question is about.
#[derive(Debug, Default)]
pub(crate) struct SeriesFilter {
    services: Vec<ServiceId>,
    metric_types: Vec<String>,
    labels: Vec<(String, String)>,
    search: Option<String>,
}

impl SeriesFilter {
    /// Takes `service_id`, `service`, `metric_type` and `label`.
    pub(crate) fn take(params: &mut Params, catalog: &Catalog) -> Self {
        let mut services = params.ids::<ServiceId>("service_id");
        for key in params.many("service", "a service's key", |key| Some(key.to_owned())) {
            match catalog.keys.get(&key) {
                Some(id) => services.push(*id),
                None => params.contradict("service", format!("{key} is not a known service")),
            }
        }
        let metric_types = params.metric_types();
        for key in metric_types.iter().filter(|key| !catalog.metric_types.contains_key(*key)) {
            params.contradict("metric_type", format!("{key} is not a known metric type"));
        }
        let labels = params.many("label", "written as name=value", |pair| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        });
        Self { services, metric_types, labels, search: None }
    }

    /// Finds the series.
    pub(crate) fn select(&self, app: &App, catalog: &Catalog, organization_id: OrganizationId) -> SeriesSet {
        SeriesSet::new(self.ids(app, catalog, organization_id))
    }

    /// Finds the series, one by one.
    pub(crate) fn ids(&self, app: &App, catalog: &Catalog, organization_id: OrganizationId) -> Vec<SeriesId> {
        let search = self.search.as_ref().map(|text| folded(text));
        app.registry().select(organization_id, |series| {
            (self.services.is_empty() || self.services.contains(&series.service_id))
                && (self.metric_types.is_empty()
                    || self.metric_types.iter().any(|key| **key == *series.metric_type))
                && self.labels.iter().all(|(name, value)| series.labels.get(name) == value)
                && search.as_ref().is_none_or(|text| mentions(catalog, series, text))
        })
    }
}

fn mentions(catalog: &Catalog, series: &Series, text: &str) -> bool {
    let key = catalog.services.get(&series.service_id);
    let of_service = key.into_iter().chain(catalog.names.get(&series.service_id));
    let of_labels = series.labels.pairs().iter().map(|(_, value)| value);
    let mut of_both = of_service.chain(of_labels);
    folded(&series.metric_type).contains(text) || of_both.any(|value| folded(value).contains(text))
}

/// Lists recorded points. A point that was just acknowledged is there.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "metrics",
    params(
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("service" = inline(Option<Vec<crate::http::openapi::ServiceKey>>), Query, description = "Of the services with these keys"),
        ("metric_type" = inline(Option<Vec<crate::http::openapi::MetricTypeKey>>), Query, description = "Of these metric types"),
        ("label" = inline(Option<Vec<crate::http::openapi::LabelPair>>), Query, description = "With these labels, each written as name=value"),
        ("from" = Option<Timestamp>, Query, description = "Recorded at this instant or later"),
        ("to" = Option<Timestamp>, Query, description = "Recorded before this instant"),
        ("min_value" = Option<f64>, Query, description = "With at least this value"),
        ("max_value" = Option<f64>, Query, description = "With at most this value"),
        ("search" = Option<String>, Query, description = "Service, metric type or a label's value holds this text", max_length = 200, pattern = "^[^\\u0000]*$"),
        ("sort_by" = inline(Option<PointSort>), Query, description = "What to sort by; recorded_at by default"),
        crate::http::openapi::SortDirection,
        crate::http::openapi::PageParams,
    ),
    responses(
        (status = 200, description = "A page of points", body = Many<PointBody>),
        Failures,
    )
)]
pub(crate) async fn list_metrics(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<PointBody>>, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let mut filter = SeriesFilter::take(&mut params, &catalog);
    filter.search = params.search();
    let (from, to) = params.span();
    let (min_value, max_value) = (params.number("min_value"), params.number("max_value"));
    let keys = [
        ("recorded_at", PointsOrder::Instant),
        ("created_at", PointsOrder::Instant),
        ("value", PointsOrder::Value),
    ];
    let (order, direction) = params.sort(&keys, Direction::Descending);
    let page = params.page();
    params.finish()?;

    let question = PointsQuestion {
        series: filter.select(&app, &catalog, caller.organization_id),
        from,
        to,
        min_value,
        max_value,
        order,
        descending: direction == Direction::Descending,
        offset: page.offset as usize,
        limit: page.limit as usize,
    };
    let Answer { value: answer, behind_seconds } = app.analytics().points(&app, question).await?;
    let data = describe(&app, &catalog, &answer.rows);
    let incomplete = app.analytics().is_incomplete(from, to);
    let (limit, offset) = (page.limit, page.offset);
    let meta = Meta { total: answer.total, limit, offset, incomplete, behind_seconds };
    Ok(Json(Many { data, meta }))
}

/// Lists the newest point of each series.
#[utoipa::path(
    get,
    path = "/metrics/latest",
    tag = "metrics",
    params(
        ("service_id" = Option<Vec<ServiceId>>, Query, description = "Of these services"),
        ("service" = inline(Option<Vec<crate::http::openapi::ServiceKey>>), Query, description = "Of the services with these keys"),
        ("metric_type" = inline(Option<Vec<crate::http::openapi::MetricTypeKey>>), Query, description = "Of these metric types"),
        ("label" = inline(Option<Vec<crate::http::openapi::LabelPair>>), Query, description = "With these labels, each written as name=value"),
        crate::http::openapi::PageParams,
    ),
    responses(
        (status = 200, description = "A page of points, one for each series", body = Many<PointBody>),
        Failures,
    )
)]
pub(crate) async fn list_latest_metrics(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
) -> Result<Json<Many<PointBody>>, Problem> {
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let filter = SeriesFilter::take(&mut params, &catalog);
    let page = params.page();
    params.finish()?;
    let series = filter.select(&app, &catalog, caller.organization_id);
    let Answer { value: rows, behind_seconds } = app.analytics().latest(&app, series).await?;
    let total = rows.len() as u64;
    let rows: Vec<PointRow> = rows.into_iter().skip(page.offset as usize).take(page.limit as usize).collect();
    let data = describe(&app, &catalog, &rows);
    let incomplete = app.analytics().is_incomplete(None, None);
    let (limit, offset) = (page.limit, page.offset);
    Ok(Json(Many { data, meta: Meta { total, limit, offset, incomplete, behind_seconds } }))
}

/// What points may be sorted by.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PointSort {
    /// By the instant of measurement.
    RecordedAt,
    /// The same, for clients that sort everything by this name.
    CreatedAt,
    /// By value.
    Value,
}

/// Adds names and units.
fn describe(app: &App, catalog: &Catalog, rows: &[PointRow]) -> Vec<PointBody> {
    let body = |row: &PointRow| {
        let series = app.registry().series(row.series)?;
        Some(PointBody::new(catalog, &series, row.instant, row.value))
    };
    rows.iter().filter_map(body).collect()
}
