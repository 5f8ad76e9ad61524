//! A server that keeps what it is told, for the commands to talk to. It stores and lists, and judges nothing.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tracely_cli::client::Client;
use tracely_cli::pause::Pause;
use tracely_core::time::Timestamp;
use tracely_store::Clock;

/// When the tests take place.
pub const NOW: Timestamp = Timestamp(1_700_000_000_000_000);

/// What the server was told.
#[derive(Default)]
pub struct Told {
    pub lists: BTreeMap<String, Vec<Value>>,
    pub points: Vec<Value>,
    /// How many points each request had, and at what instant it came.
    pub batches: Vec<(usize, Timestamp)>,
    clock: Option<Clock>,
}

type Shared = Arc<Mutex<Told>>;

/// Starts a server and returns a client of it, whose clock stands at [`NOW`].
pub async fn start() -> (Client, Shared) {
    let clock = Clock::manual(NOW);
    let told = Shared::default();
    told.lock().unwrap().clock = Some(clock.clone());
    let app = Router::new()
        .route("/api/metrics/batch", post(take_points))
        .route("/api/metric-types", get(list_metric_types))
        .route("/api/{list}", get(list).post(create))
        .route("/api/{list}/{id}", get(find))
        .with_state(told.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Client::new(url, None, clock.clone(), Pause::noted(clock)).unwrap(), told)
}

async fn take_points(State(told): State<Shared>, Json(body): Json<Value>) -> Json<Value> {
    let mut told = told.lock().unwrap();
    let points = body["points"].as_array().unwrap();
    let is_refused = |point: &Value| point["value"].as_f64().unwrap() < 0.0;
    let errors: Vec<_> = (0..points.len())
        .filter(|index| is_refused(&points[*index]))
        .map(|index| json!({"index": index, "pointer": "/value", "detail": "must be at least 0"}))
        .collect();
    let now = told.clock.as_ref().unwrap().now();
    told.batches.push((points.len(), now));
    told.points.extend(points.iter().filter(|point| !is_refused(point)).cloned());
    Json(
        json!({"data": {"accepted": points.len() - errors.len(), "rejected": errors.len(), "errors": errors}}),
    )
}

async fn list_metric_types() -> Json<Value> {
    Json(json!({"data": [{"key": "LATENCY_MS"}, {"key": "PACKET_LOSS"}]}))
}

async fn list(
    State(told): State<Shared>,
    Path(list): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Json<Value> {
    let told = told.lock().unwrap();
    let rows = told.lists.get(&list).cloned().unwrap_or_default();
    let number = |name: &str| query.get(name).map_or(0, |text| text.parse().unwrap());
    let page: Vec<_> = rows.iter().skip(number("offset")).take(number("limit")).collect();
    Json(json!({"data": page, "meta": {"total": rows.len(), "limit": 100, "offset": number("offset")}}))
}

async fn create(
    State(told): State<Shared>,
    Path(list): Path<String>,
    Json(mut row): Json<Value>,
) -> Response {
    let mut told = told.lock().unwrap();
    let rows = told.lists.entry(list.clone()).or_default();
    row["id"] = json!(format!("{list}-{}", rows.len()));
    rows.push(row.clone());
    (StatusCode::CREATED, Json(json!({"data": row}))).into_response()
}

async fn find(State(told): State<Shared>, Path((list, key)): Path<(String, String)>) -> Response {
    let told = told.lock().unwrap();
    match told.lists.get(&list).and_then(|rows| rows.iter().find(|row| row["key"] == key.as_str())) {
        Some(row) => Json(json!({"data": row})).into_response(),
        None => (StatusCode::NOT_FOUND, Json(json!({"title": "Not found", "status": 404}))).into_response(),
    }
}
