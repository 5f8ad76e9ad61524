//! `/api/metric-types`: what can be measured.

use crate::app::App;
use crate::http::body::Fields;
use crate::http::caller::Caller;
use crate::http::envelope::{Many, Meta, One, created, one};
use crate::http::path::Path;
use crate::http::problem::{Failures, FieldError, Problem};
use crate::http::query::{NoParams, Params};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;
use tracely_core::metric::{MetricType, is_metric_type_key};
use tracely_store::metric_type::{self, MAX_METRIC_TYPES};
use tracely_store::{Reads, StoreError};
use utoipa::ToSchema;

/// What can be measured.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MetricType)]
pub struct MetricTypeBody {
    /// Unique within the organization.
    #[schema(example = "LATENCY_MS")]
    key: String,
    /// What people call it.
    #[schema(example = "Latency")]
    name: String,
    /// The unit of its values; may be empty.
    #[schema(example = "ms")]
    unit: String,
    /// The lowest valid value; any when null.
    min: Option<f64>,
    /// The highest valid value; any when null.
    max: Option<f64>,
    /// Came with the product and cannot be deleted.
    built_in: bool,
}

/// A metric type to make.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricTypeRequest {
    /// Upper-case letters, digits and `_`, beginning with a letter.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Z][A-Z0-9_]*$", example = "CPU_PERCENT")]
    pub key: String,
    /// What people call it.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", example = "CPU")]
    pub name: String,
    /// The unit of its values.
    #[schema(max_length = 20, example = "%", nullable = false)]
    pub unit: Option<String>,
    /// The lowest valid value.
    #[schema(example = 0)]
    pub min: Option<f64>,
    /// The highest valid value.
    #[schema(example = 100)]
    pub max: Option<f64>,
}

/// What to change about a metric type. Points that are stored stay as they are.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MetricTypePatch {
    /// The new name.
    #[schema(min_length = 1, max_length = 100, pattern = r"\S", nullable = false)]
    pub name: Option<String>,
    /// The new unit.
    #[schema(max_length = 20, nullable = false)]
    pub unit: Option<String>,
    /// The new lowest valid value; null for any.
    pub min: Option<f64>,
    /// The new highest valid value; null for any.
    pub max: Option<f64>,
}

/// Lists all metric types, by key.
#[utoipa::path(
    get,
    path = "/metric-types",
    tag = "metric types",
    responses(
        (status = 200, description = "All metric types", body = Many<MetricTypeBody>),
        Failures,
    )
)]
pub(crate) async fn list_metric_types(
    State(app): State<App>,
    caller: Caller,
    params: Params,
) -> Result<Json<Many<MetricTypeBody>>, Problem> {
    params.finish()?;
    let data: Vec<_> =
        metric_type::list(app.store(), caller.organization_id).await?.into_iter().map(body_of).collect();
    let meta = Meta {
        total: data.len() as u64,
        limit: MAX_METRIC_TYPES,
        offset: 0,
        incomplete: false,
        behind_seconds: None,
    };
    Ok(Json(Many { data, meta }))
}

/// Makes a metric type.
#[utoipa::path(
    post,
    path = "/metric-types",
    tag = "metric types",
    request_body = MetricTypeRequest,
    responses(
        (status = 201, description = "The metric type is made", body = One<MetricTypeBody>),
        Failures,
    )
)]
pub(crate) async fn create_metric_type(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    mut fields: Fields,
) -> Result<Response, Problem> {
    let key = fields.required("key", |fields, field| fields.text(field, 1, 64));
    if key.as_ref().is_some_and(|key| !is_metric_type_key(key)) {
        fields.fail("key", "must be upper-case letters, digits or '_', beginning with a letter");
    }
    let name = fields.required("name", |fields, field| fields.text(field, 1, 100));
    let unit = fields.text("unit", 0, 20).unwrap_or_default();
    let (min, max) = (fields.nullable_number("min").flatten(), fields.nullable_number("max").flatten());
    check_order(&mut fields, min, max);
    fields.finish()?;
    let (key, name) = (key.unwrap_or_default(), name.unwrap_or_default());

    let tx = app.store().begin().await?;
    if metric_type::list(&tx, caller.organization_id).await?.len() as u64 >= MAX_METRIC_TYPES {
        let detail = format!("the organization has {MAX_METRIC_TYPES} metric types, which is the limit");
        return Err(Problem::content(vec![FieldError::body("", detail)]));
    }
    let made = MetricType { key, name, unit, min, max, built_in: false };
    metric_type::create(&tx, caller.organization_id, &made).await.map_err(|error| match error {
        StoreError::Taken { .. } => Problem::conflict(format!("the metric type {} exists", made.key)),
        other => other.into(),
    })?;
    tx.commit().await?;
    app.registry().forget_catalog(caller.organization_id);
    let location = format!("/api/metric-types/{}", made.key);
    Ok(created(body_of(made), &location))
}

/// Reads a metric type.
#[utoipa::path(
    get,
    path = "/metric-types/{key}",
    tag = "metric types",
    params(("key" = String, Path, description = "The key")),
    responses(
        (status = 200, description = "The metric type", body = One<MetricTypeBody>),
        Failures,
    )
)]
pub(crate) async fn get_metric_type(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: NoParams,
) -> Result<Json<One<MetricTypeBody>>, Problem> {
    Ok(one(body_of(find(app.store(), &caller, &key).await?)))
}

/// Changes the name, unit or range of a metric type.
#[utoipa::path(
    patch,
    path = "/metric-types/{key}",
    tag = "metric types",
    params(("key" = String, Path, description = "The key")),
    request_body = MetricTypePatch,
    responses(
        (status = 200, description = "The metric type as it is now", body = One<MetricTypeBody>),
        Failures,
    )
)]
pub(crate) async fn update_metric_type(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: NoParams,
    mut fields: Fields,
) -> Result<Json<One<MetricTypeBody>>, Problem> {
    let tx = app.store().begin().await?;
    let before = find(&tx, &caller, &key).await?;
    let after = MetricType {
        name: fields.text("name", 1, 100).unwrap_or(before.name),
        unit: fields.text("unit", 0, 20).unwrap_or(before.unit),
        min: fields.nullable_number("min").unwrap_or(before.min),
        max: fields.nullable_number("max").unwrap_or(before.max),
        ..before
    };
    check_order(&mut fields, after.min, after.max);
    fields.finish()?;
    metric_type::update(&tx, caller.organization_id, &after).await?;
    tx.commit().await?;
    app.registry().forget_catalog(caller.organization_id);
    Ok(one(body_of(after)))
}

/// Deletes a metric type that no point and no rule has.
#[utoipa::path(
    delete,
    path = "/metric-types/{key}",
    tag = "metric types",
    params(("key" = String, Path, description = "The key")),
    responses(
        (status = 204, description = "The metric type is deleted"),
        Failures,
    )
)]
pub(crate) async fn delete_metric_type(
    State(app): State<App>,
    caller: Caller,
    Path(key): Path<String>,
    _: NoParams,
) -> Result<StatusCode, Problem> {
    let tx = app.store().begin().await?;
    let found = find(&tx, &caller, &key).await?;
    if found.built_in {
        return Err(Problem::conflict(format!("{key} came with the product and cannot be deleted")));
    }
    if metric_type::is_used(&tx, caller.organization_id, &key).await? {
        return Err(Problem::conflict(format!("points or rules have the metric type {key}")));
    }
    metric_type::delete(&tx, caller.organization_id, &key).await?;
    tx.commit().await?;
    app.registry().forget_catalog(caller.organization_id);
    Ok(StatusCode::NO_CONTENT)
}

async fn find(from: &impl Reads, caller: &Caller, key: &str) -> Result<MetricType, Problem> {
    let found = if is_metric_type_key(key) {
        metric_type::get(from, caller.organization_id, key).await?
    } else {
        None
    };
    found.ok_or_else(|| Problem::not_found("there is no metric type with this key"))
}

fn check_order(fields: &mut Fields, min: Option<f64>, max: Option<f64>) {
    if min.zip(max).is_some_and(|(min, max)| min >= max) {
        fields.fail("max", "must be greater than min");
    }
}

fn body_of(metric_type: MetricType) -> MetricTypeBody {
    let MetricType { key, name, unit, min, max, built_in } = metric_type;
    MetricTypeBody { key, name, unit, min, max, built_in }
}
