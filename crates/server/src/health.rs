//! What machines ask: is the process alive, can it work, and what does it count.

use crate::app::App;
use crate::failures::POINTS;
use crate::http::problem::{Problem, chain};
use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::time::Duration;
use tracely_store::StoreError;

/// How long whoever reads the counters may wait for the database.
const MEASURING: Duration = Duration::from_secs(1);

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
}

/// Answers 200 when the database can be reached, and, after points could not be stored, when it stores something again.
async fn ready(State(app): State<App>) -> Response {
    match look(&app).await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::warn!(error = chain(&error), "not ready");
            let unreachable = || Problem::unavailable("the database cannot be reached", 1);
            error.trouble().map_or_else(unreachable, Problem::of_trouble).into_response()
        }
    }
}

async fn look(app: &App) -> Result<(), StoreError> {
    app.store().ping().await?;
    if app.failures().is_failing(POINTS) {
        // Nobody sends points to a server that is not ready, so it has to find out by itself.
        app.store().probe().await?;
        app.failures().went_well(POINTS);
    }
    Ok(())
}

/// Looks how far the analytics engine is behind and how large the segments are. What the database would have to say and
/// does not say in time stays as it was.
async fn measure_analytics(app: &App, head: u64) {
    let segments = app.analytics().engine().segments();
    let points = segments.iter().map(|segment| segment.rows).sum();
    let bytes = segments.iter().map(|segment| segment.bytes).sum();
    app.telemetry().segments(segments.len(), points, bytes);
    if let Ok(Ok(lag)) = tokio::time::timeout(MEASURING, app.analytics().lag(app, head)).await {
        app.telemetry().indexer_lag(lag.entries, lag.seconds);
    }
}

/// Answers with the counters of the process, for Prometheus.
async fn metrics(State(app): State<App>) -> Response {
    app.telemetry().live_connections(app.live().connections());
    let head = *app.store().head().borrow();
    measure_analytics(&app, head).await;
    match app.telemetry().text(head) {
        Ok(text) => {
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, content_type)], text).into_response()
        }
        Err(_) => Problem::internal().into_response(),
    }
}
