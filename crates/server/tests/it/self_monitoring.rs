//! Tracely watches itself.

use crate::support::{column, listed, text, total};
use axum::http::Method;
use serde_json::json;
use tracely_server::SelfMonitoring;
use tracely_testkit::app::TestApp;

#[tokio::test]
async fn the_servers_own_requests_become_points() {
    let app = TestApp::start().await;
    app.get("/api/services").await;
    SelfMonitoring::new(&app.app).record().await.unwrap();
    let service = app.get("/api/services/tracely").await.data();
    assert_eq!(service["name"], "Tracely");
    let points = app.get("/api/metrics?service=tracely&sort_by=value&sort_dir=asc").await.data();
    assert_eq!(column(&points, "metric_type"), ["ERROR_RATE", "LATENCY_MS"]);
    assert_eq!(column(&points, "recorded_at"), ["2024-01-15T10:30:00Z", "2024-01-15T10:30:00Z"]);
    assert_eq!(points[0]["value"], 0.0);
    assert!(points[1]["value"].as_f64().unwrap() > 0.0);
    assert_eq!(column(&points, "service_id")[0], text(&service, "id"));
}

#[tokio::test]
async fn without_requests_there_is_no_latency_to_tell() {
    let app = TestApp::start().await;
    let monitoring = SelfMonitoring::new(&app.app);
    monitoring.record().await.unwrap();
    assert_eq!(listed(&app, "/api/metrics", "metric_type").await, ["ERROR_RATE"]);
    monitoring.record().await.unwrap();
    assert_eq!(total(&app, "/api/metrics?metric_type=LATENCY_MS").await, 1, "the list was a request");
    assert_eq!(total(&app, "/api/services").await, 1);
}

#[tokio::test]
async fn its_points_are_judged_like_everybodys() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    app.rule(&department, &json!({"operator": ">=", "threshold": 0})).await;
    SelfMonitoring::new(&app.app).record().await.unwrap();
    app.settle().await;
    assert_eq!(listed(&app, "/api/incidents", "service_name").await, ["Tracely"]);
}

#[tokio::test]
async fn a_service_that_a_person_deleted_is_not_made_again_while_the_process_runs() {
    let app = TestApp::start().await;
    let monitoring = SelfMonitoring::new(&app.app);
    monitoring.record().await.unwrap();
    assert_eq!(app.call(Method::DELETE, "/api/services/tracely").await.status, 204);
    let before = total(&app, "/api/metrics").await;
    monitoring.record().await.unwrap();
    assert_eq!(total(&app, "/api/services").await, 0);
    assert_eq!(total(&app, "/api/metrics").await, before);

    let app = app.crash_and_restart().await;
    SelfMonitoring::new(&app.app).record().await.unwrap();
    assert_eq!(listed(&app, "/api/services", "key").await, ["tracely"]);
}

#[tokio::test]
async fn a_service_that_a_person_made_under_its_key_is_used() {
    let app = TestApp::start().await;
    let own = app.post("/api/services", &json!({"name": "Ours", "key": "tracely"})).await.data();
    SelfMonitoring::new(&app.app).record().await.unwrap();
    assert_eq!(listed(&app, "/api/metrics?metric_type=ERROR_RATE", "service_id").await, [text(&own, "id")]);
}
