//! Damaged entries of the log: they are left behind where people can see them, and stop nobody.

use crate::support::{column, problem, text, total, watched};
use serde_json::json;
use tracely_core::metric::PointBatch;
use tracely_store::log::batch;
use tracely_testkit::app::TestApp;

/// Lets the application notice what was written behind its back.
async fn notice(app: &TestApp) {
    app.get("/api/system").await.data();
    app.settle().await;
}

async fn parked(app: &TestApp) -> serde_json::Value {
    app.get("/api/system").await.data()["parked"].clone()
}

#[tokio::test]
async fn damaged_points_are_left_behind_by_who_needs_points_and_later_ones_work() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.settle().await;
    app.database.append_to_log("points", b"damaged").await;
    notice(&app).await;
    let found = parked(&app).await;
    assert_eq!(column(&found, "consumer"), ["evaluator", "indexer"]);
    assert_eq!(column(&found, "position"), ["4", "4"]);
    assert_eq!(found[0]["error"], "batch of points: the checksum does not match");

    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    assert_eq!((total(&app, "/api/incidents").await, total(&app, "/api/metrics").await), (1, 1));
    assert_eq!(total(&app, "/api/notifications").await, 1);
}

#[tokio::test]
async fn an_event_that_nobody_can_read_is_left_behind_once_by_each_worker() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.database.append_to_log("rule.vanished", b"{\"kind\": \"rule_vanished\"}").await;
    notice(&app).await;
    let app = app.crash_and_restart().await;
    notice(&app).await;
    let found = parked(&app).await;
    assert_eq!(column(&found, "consumer"), ["dispatcher", "evaluator", "indexer"]);
    assert!(column(&found, "error")[0].starts_with("event rule.vanished: unknown variant"), "{found:#}");
    app.latency(&service, 10.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    assert_eq!(incident["recovered_at"], "2024-01-15T10:21:00Z");
}

#[tokio::test]
async fn points_of_a_series_that_does_not_exist_are_left_behind() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    let mut points = PointBatch::default();
    points.push_row(4_711, 1_705_314_000_000_000, 500.0);
    app.database.append_to_log("points", &batch::encode(&points)).await;
    notice(&app).await;
    let found = parked(&app).await;
    assert_eq!(column(&found, "consumer"), ["evaluator"]);
    let expected = "series.id of row 4711 cannot be read: a point names this series, and it does not exist";
    assert_eq!(found[0]["error"], expected);

    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    assert_eq!(total(&app, "/api/incidents").await, 1);
    let app = app.crash_and_restart().await;
    app.latency(&service, 201.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["violation_count"], 2);
    assert_eq!(app.get("/api/metrics").await.json()["meta"]["total"], json!(2));
}

/// What is in the log of an incident that no table knows, so that nothing can point at it.
fn event_of_nowhere() -> String {
    let nowhere = "018cd1f2-3c00-7000-8000-00000000dead";
    let instant = "2024-01-15T10:20:00Z";
    json!({
        "kind": "incident_recovered",
        "incident": {
            "id": nowhere, "organization_id": "00000000-0000-0000-0000-000000000001", "number": 99,
            "identity": {"rule_id": nowhere, "service_id": nowhere, "group_key": ""},
            "title": "Latency of nothing", "rule_name": "r", "service_name": "s", "metric_type": "LATENCY_MS",
            "operator": ">", "threshold": 1.0, "opening_value": 2.0, "department_id": nowhere, "severity": "LOW",
            "status": "OPEN", "assignee": null, "violations": {"count": 1, "last_at": instant, "peak": 2.0},
            "opened_at": instant, "in_progress_at": null, "recovered_at": instant, "closed_at": null, "version": 1,
            "created_at": instant, "updated_at": instant,
        },
    })
    .to_string()
}

#[tokio::test]
async fn a_notification_that_cannot_be_stored_is_left_behind_and_its_neighbours_are_not() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS"})).await.data();
    app.database.append_to_log("incident.recovered", event_of_nowhere().as_bytes()).await;
    notice(&app).await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    notice(&app).await;

    let found = parked(&app).await;
    assert_eq!(column(&found, "consumer"), ["dispatcher"], "{found:#}");
    assert!(found[0]["error"].as_str().unwrap().starts_with("could not add notifications"), "{found:#}");
    let inbox = app.get("/api/notifications?sort_dir=asc").await.data();
    assert_eq!(column(&inbox, "kind"), ["OPENED", "ACKNOWLEDGED", "CLOSED"]);
}

async fn retry(app: &TestApp, position: u64) -> tracely_testkit::app::Answer {
    app.post(&format!("/api/system/parked/{position}/retry"), &json!({})).await
}

#[tokio::test]
async fn points_that_were_repaired_are_stored_and_judged_once_by_a_retry() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    // The entry is damaged behind the application's back, and repaired later.
    app.database.append_to_log("points", b"damaged").await;
    notice(&app).await;
    assert_eq!(column(&parked(&app).await, "consumer"), ["evaluator", "indexer"]);
    let refused = retry(&app, 5).await;
    assert!(text(&problem(&refused, 409), "detail").contains("still cannot be read"));

    let mut points = PointBatch::default();
    points.push_row(1, 1_705_314_000_000_000, 500.0);
    app.database.replace_in_log(5, &batch::encode(&points)).await;
    let done = retry(&app, 5).await.data();
    assert_eq!(done, json!({"position": 5, "retried": ["evaluator", "indexer"], "left": []}));
    problem(&retry(&app, 5).await, 404);
    app.settle().await;
    assert_eq!(parked(&app).await, json!([]));
    assert_eq!((total(&app, "/api/metrics").await, total(&app, "/api/incidents").await), (2, 1));
    assert_eq!(total(&app, "/api/notifications").await, 1);
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!((total(&app, "/api/metrics").await, total(&app, "/api/incidents").await), (2, 1));
}

#[tokio::test]
async fn points_that_were_judged_are_only_stored_by_a_retry() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.database.append_to_log("points", b"damaged").await;
    notice(&app).await;
    app.database.execute("DELETE FROM parked_entry WHERE consumer = 'evaluator'").await;
    let mut points = PointBatch::default();
    points.push_row(1, 1_705_314_000_000_000, 500.0);
    app.database.replace_in_log(5, &batch::encode(&points)).await;
    assert!(text(&problem(&retry(&app, 5).await, 409), "detail").contains("try again later"));
    app.advance(120_000_000);
    app.settle().await;
    let done = retry(&app, 5).await.data();
    assert_eq!(done, json!({"position": 5, "retried": ["indexer"], "left": []}));
    let app = app.crash_and_restart().await;
    app.settle().await;
    assert_eq!((total(&app, "/api/metrics").await, total(&app, "/api/incidents").await), (2, 0));
}

#[tokio::test]
async fn what_only_the_evaluator_left_behind_is_not_stored_again() {
    let app = TestApp::start().await;
    watched(&app).await;
    let mut points = PointBatch::default();
    points.push_row(4_711, 1_705_314_000_000_000, 500.0);
    app.database.append_to_log("points", &batch::encode(&points)).await;
    notice(&app).await;
    assert_eq!(column(&parked(&app).await, "consumer"), ["evaluator"]);
    let position = parked(&app).await[0]["position"].as_u64().expect("a position is a number");
    assert!(text(&problem(&retry(&app, position).await, 409), "detail").contains("evaluator"));
    assert_eq!(column(&parked(&app).await, "consumer"), ["evaluator"]);
    for path in ["0", "99", "x", "-1", "99999999999999999999"] {
        problem(&app.post(&format!("/api/system/parked/{path}/retry"), &json!({})).await, 404);
    }
}

#[tokio::test]
async fn a_notification_that_can_be_stored_now_is_stored_once_by_a_retry() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.database.append_to_log("incident.recovered", event_of_nowhere().as_bytes()).await;
    notice(&app).await;
    let position = parked(&app).await[0]["position"].as_u64().expect("a position is a number");
    let refused = retry(&app, position).await;
    assert!((400..=503).contains(&refused.status.as_u16()), "it still points at nothing");
    assert_eq!(column(&parked(&app).await, "consumer"), ["dispatcher"]);

    // Somebody puts right what the event points at.
    let incident = app.get("/api/incidents/INC-1").await.data();
    let mut event: serde_json::Value = serde_json::from_str(&event_of_nowhere()).expect("it is JSON");
    for (field, value) in [("id", &incident["id"]), ("department_id", &incident["department_id"])] {
        event["incident"][field] = value.clone();
    }
    app.database.replace_in_log(position, event.to_string().as_bytes()).await;
    let app = app.crash_and_restart().await;
    let done = retry(&app, position).await.data();
    assert_eq!(done, json!({"position": position, "retried": ["dispatcher"], "left": []}));
    assert_eq!(total(&app, "/api/notifications?kind=RECOVERED").await, 1);
    problem(&retry(&app, position).await, 404);
    app.settle().await;
    assert_eq!(total(&app, "/api/notifications?kind=RECOVERED").await, 1);
    assert_eq!(parked(&app).await, json!([]));
}
