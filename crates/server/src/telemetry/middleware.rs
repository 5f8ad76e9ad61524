//! Measures every request.

use crate::app::App;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;

/// Counts the answer and how long it took, under the route's pattern: never under what a client made up.
pub(crate) async fn measure(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let method =
        if request.method().as_str().len() > 7 { "OTHER".into() } else { request.method().to_string() };
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    app.telemetry().answered(&method, &route, response.status().as_u16(), started.elapsed());
    response
}
