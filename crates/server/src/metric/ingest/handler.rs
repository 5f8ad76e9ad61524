//! `POST /api/metrics` and `POST /api/metrics/batch`.

use super::accept::{Accepted, accept};
use super::raw;
use super::repeat::Repeatable;
use super::writer::Outcome;
use crate::app::App;
use crate::http::body::{check_syntax, is_encoded, media_type, read, require_json};
use crate::http::caller::Caller;
use crate::http::envelope::{One, one};
use crate::http::problem::{Failures, Problem};
use crate::http::query::{NoParams, Params};
use crate::http::room::Held;
use crate::metric::list::PointBody;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tracely_core::time::Timestamp;
use utoipa::ToSchema;

/// A point to record. The service is given by `service_id` or by `service`, its key.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[schema(as = PointRequest)]
#[serde(deny_unknown_fields)]
pub struct PointRequest {
    /// The service's identifier.
    #[schema(format = Uuid, example = "018cd1f2-3c00-7000-8000-000000000001")]
    pub service_id: Option<String>,
    /// The service's key, instead of its identifier.
    #[schema(example = "superonline")]
    pub service: Option<String>,
    /// The key of the metric type.
    #[schema(example = "LATENCY_MS")]
    pub metric_type: String,
    /// The value, in the metric type's unit and range.
    #[schema(example = 145.5)]
    pub value: f64,
    /// When it was measured; the server's clock when absent. At most 10 minutes ahead of it.
    #[schema(example = "2024-01-15T10:30:00Z")]
    pub recorded_at: Option<Timestamp>,
    /// Further distinctions: at most 16 names with values.
    #[schema(example = json!({"region": "eu-west"}))]
    pub labels: Option<std::collections::BTreeMap<String, String>>,
}

/// Points to record.
#[expect(dead_code, reason = "describes requests in the OpenAPI document")]
#[derive(Debug, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchRequest {
    /// The points, at most 50 000 unless the server is set otherwise.
    #[schema(max_items = 50_000)]
    pub points: Vec<PointRequest>,
    /// Store and chart the points without judging them by rules.
    #[schema(default = false)]
    pub backfill: Option<bool>,
}

/// What became of the points of a batch.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct BatchAnswer {
    /// How many points were stored.
    pub accepted: usize,
    /// How many points were invalid and not stored.
    pub rejected: usize,
    /// What is wrong with the invalid points; the first 1 000 mistakes.
    pub errors: Vec<PointError>,
}

/// What is wrong with a point of a batch.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct PointError {
    /// Which point, counted from 0.
    pub index: usize,
    /// Where in the point, as a JSON pointer.
    #[schema(example = "/value")]
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

const MAX_REPORTED: usize = 1_000;
/// The media type of newline-delimited JSON.
const NDJSON: [&str; 3] = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

/// Records one point. It is durable when the answer comes.
///
/// A repeat with the same `Idempotency-Key` within 24 hours gets the first answer and stores nothing.
#[utoipa::path(
    post,
    path = "/metrics",
    tag = "metrics",
    params(
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless: 1 to 255 visible ASCII characters", min_length = 1, max_length = 255, pattern = "^[!-~]+$", nullable = false),
    ),
    request_body = PointRequest,
    responses(
        (status = 201, description = "The point is stored", body = One<PointBody>),
        Failures,
    )
)]
pub(crate) async fn create_metric(
    State(app): State<App>,
    caller: Caller,
    _: NoParams,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    require_json(&parts.headers)?;
    let body = read_ingest(&app, &parts.headers, body).await?;
    let repeatable = Repeatable::of(&parts.headers, StatusCode::CREATED, "point", &body)?;
    if let Some(repeatable) = &repeatable
        && let Some(answer) = repeatable.answered_before(&app, &caller).await?
    {
        return Ok(answer);
    }
    let point = match raw::point(&body) {
        Ok(point) => point,
        Err(errors) => {
            check_syntax(&body)?;
            return Err(Problem::content(errors));
        }
    };
    let accepted = accept(&app, caller.organization_id, vec![Ok(point)]).await?;
    app.telemetry().accepted(accepted.batch.len(), accepted.rejected);
    let Some(stored) = accepted.batch.iter().next() else {
        return Err(Problem::content(accepted.errors.into_iter().map(|(_, error)| error).collect()));
    };
    let series = app.registry().series(stored.series).ok_or_else(Problem::internal)?;
    let catalog = app.registry().catalog(app.store(), caller.organization_id).await?;
    let body = PointBody::new(&catalog, &series, stored.instant, stored.value);
    let key = repeatable.as_ref().map(|repeatable| repeatable.remember(&body)).transpose()?;
    let outcome = app.writer().submit(caller.organization_id, false, accepted.batch, key).await?;
    if let (Outcome::Repeated(before), Some(repeatable)) = (outcome, &repeatable) {
        return repeatable.answer(&before);
    }
    Ok((StatusCode::CREATED, one(body)).into_response())
}

/// Records many points. The valid ones are stored and durable when the answer comes; the invalid ones are reported.
///
/// The body is `{"points": […]}`, or one point a line as `application/x-ndjson`, and may be compressed with gzip or
/// zstd. A repeat with the same `Idempotency-Key` within 24 hours gets the first answer and stores nothing.
#[utoipa::path(
    post,
    path = "/metrics/batch",
    tag = "metrics",
    params(
        ("backfill" = Option<bool>, Query, description = "Store and chart the points without judging them by rules"),
        ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat harmless: 1 to 255 visible ASCII characters", min_length = 1, max_length = 255, pattern = "^[!-~]+$", nullable = false),
    ),
    request_body(content(
        (BatchRequest = "application/json"),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 200, description = "The valid points are stored", body = One<BatchAnswer>),
        Failures,
    )
)]
pub(crate) async fn create_metrics_batch(
    State(app): State<App>,
    caller: Caller,
    mut params: Params,
    request: Request,
) -> Result<Response, Problem> {
    let backfill = params.boolean("backfill").unwrap_or(false);
    params.finish()?;
    let (parts, body) = request.into_parts();
    let by_line = is_ndjson(&parts.headers)?;
    let body = read_ingest(&app, &parts.headers, body).await?;
    let purpose = if backfill { "batch, backfill" } else { "batch" };
    let repeatable = Repeatable::of(&parts.headers, StatusCode::OK, purpose, &body)?;
    if let Some(repeatable) = &repeatable
        && let Some(answer) = repeatable.answered_before(&app, &caller).await?
    {
        return Ok(answer);
    }

    let raw = if by_line { raw::lines(&body) } else { raw::batch(&body)? };
    let limit = app.settings().max_points_per_request;
    if raw.points.len() > limit {
        let detail = format!("the request has {} points; the limit is {limit}", raw.points.len());
        return Err(Problem::too_large(detail));
    }
    let backfill = backfill || raw.backfill;
    let accepted = accept(&app, caller.organization_id, raw.points).await?;
    let answer = answer_of(&accepted);
    let Accepted { batch, rejected, .. } = accepted;
    let points = batch.len();
    let key = repeatable.as_ref().map(|repeatable| repeatable.remember(&answer)).transpose()?;
    if points > 0 || key.is_some() {
        let outcome = app.writer().submit(caller.organization_id, backfill, batch, key).await?;
        if let (Outcome::Repeated(before), Some(repeatable)) = (outcome, &repeatable) {
            return repeatable.answer(&before);
        }
    }
    app.telemetry().accepted(points, rejected);
    Ok(one(answer).into_response())
}

fn answer_of(accepted: &Accepted) -> BatchAnswer {
    let errors = accepted.errors.iter().take(MAX_REPORTED).map(|(index, error)| PointError {
        index: *index,
        pointer: error.pointer.clone().unwrap_or_default(),
        detail: error.detail.clone(),
    });
    BatchAnswer { accepted: accepted.batch.len(), rejected: accepted.rejected, errors: errors.collect() }
}

fn is_ndjson(headers: &HeaderMap) -> Result<bool, Problem> {
    match media_type(headers).as_deref() {
        Some("application/json") => Ok(false),
        Some(name) if NDJSON.contains(&name) => Ok(true),
        Some(_) | None => Err(Problem::unsupported_media(
            "the Content-Type must be application/json or application/x-ndjson",
        )),
    }
}

/// The layer in front has decompressed what it can; an encoding that is left is one that it does not know.
async fn read_ingest(app: &App, headers: &HeaderMap, body: Body) -> Result<Held, Problem> {
    if is_encoded(headers) {
        return Err(Problem::unsupported_media("the Content-Encoding must be gzip, zstd or absent"));
    }
    read(app, body, app.settings().max_body_bytes).await
}
