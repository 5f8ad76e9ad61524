//! `/api/system`, health, and the description of the API.

use crate::support::{column, open_incident, problem, text, watched};
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tracely_core::metric::PointBatch;
use tracely_store::log::batch;
use tracely_testkit::app::TestApp;

#[tokio::test]
async fn the_state_of_a_new_installation_is_told() {
    let app = TestApp::start().await;
    let database = if app.database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let idle = |name: &str| json!({"name": name, "position": 0, "lag": 0});
    assert_eq!(
        app.get("/api/system").await.data(),
        json!({
            "version": "0.1.0", "database": database, "log": {"head": 0, "entries": 0},
            "consumers": [idle("evaluator"), idle("dispatcher"), idle("indexer")],
            "analytics": {
                "engine": "segments", "lag": 0, "lag_seconds": 0, "series": 0, "tail_points": 0, "segments": 0, "segment_points": 0,
                "segment_bytes": 0, "broken": [], "cluster": null,
            },
            "parked": [], "failing": [],
        })
    );
}

#[tokio::test]
async fn the_workers_progress_is_told() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 10.0, "2024-01-15T10:20:00Z").await;
    let before = app.get("/api/system").await.data();
    assert_eq!(before["log"], json!({"head": 4, "entries": 4}));
    assert_eq!(column(&before["consumers"], "lag"), ["4", "4", "4"]);
    assert_eq!((&before["analytics"]["series"], &before["analytics"]["tail_points"]), (&json!(1), &json!(0)));
    app.advance(2_500_000);
    let waiting = app.get("/api/system").await.data();
    assert_eq!((&waiting["analytics"]["lag"], &waiting["analytics"]["lag_seconds"]), (&json!(4), &json!(3)));
    let counted = String::from_utf8(app.get("/metrics").await.bytes).unwrap();
    assert!(counted.contains("\ntracely_indexer_lag 4\n"), "{counted}");
    assert!(counted.contains("\ntracely_indexer_lag_seconds 3\n"), "{counted}");
    app.settle().await;
    app.advance(61_000_000);
    app.settle().await;
    let after = app.get("/api/system").await.data();
    assert_eq!(column(&after["consumers"], "lag"), ["0", "0", "0"]);
    assert_eq!(
        (&after["analytics"]["segments"], &after["analytics"]["segment_points"]),
        (&json!(1), &json!(1))
    );
    assert_eq!((&after["analytics"]["lag"], &after["analytics"]["lag_seconds"]), (&json!(0), &json!(0)));
    let counted = String::from_utf8(app.get("/metrics").await.bytes).unwrap();
    for line in [
        "tracely_indexer_lag_seconds 0\n".to_owned(),
        "tracely_segments 1\n".to_owned(),
        "tracely_segment_points 1\n".to_owned(),
        format!("tracely_segment_bytes {}\n", after["analytics"]["segment_bytes"]),
    ] {
        assert!(counted.contains(&line), "{line} is missing in\n{counted}");
    }
}

#[tokio::test]
async fn machines_are_told_that_it_lives_and_what_it_counts() {
    let app = TestApp::start().await;
    let service = app.service("A").await;
    app.latency(&service, 1.0, "2024-01-15T10:20:00Z").await;
    app.post("/api/metrics", &json!({"value": 1})).await;
    app.get("/made-up-by-a-client").await;
    app.settle().await;
    assert_eq!(app.get("/healthz").await.bytes, b"ok\n");
    assert_eq!(app.get("/readyz").await.bytes, b"ready\n");
    let metrics = app.get("/metrics").await;
    assert!(metrics.headers["content-type"].to_str().unwrap().starts_with("application/openmetrics-text"));
    let metrics = String::from_utf8(metrics.bytes).unwrap();
    for line in [
        "tracely_points_accepted_total 1\n",
        "tracely_series 1\n",
        "tracely_consumer_lag{consumer=\"evaluator\"} 0\n",
        "tracely_http_requests_total{method=\"POST\",route=\"/api/metrics\",status=\"201\"} 1\n",
        "tracely_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line} is missing in\n{metrics}");
    }
    assert!(!metrics.contains("made-up"), "a client cannot make up label values");
}

#[tokio::test]
async fn without_its_database_it_lives_says_to_try_again_and_tells_nothing_internal() {
    let app = TestApp::start().await;
    app.app.store().close().await;
    assert_eq!(app.get("/healthz").await.status, 200);
    for path in ["/readyz", "/api/services", "/api/incidents/INC-1", "/api/notifications/unread-count"] {
        let answer = app.get(path).await;
        let body = problem(&answer, 503);
        assert_eq!(body["type"], "urn:tracely:problem:unavailable");
        assert_eq!(answer.headers["retry-after"], "1");
        let told = text(&body, "detail").to_lowercase();
        assert!(!told.contains("sql") && !told.contains("pool"), "{told}");
    }
    problem(&app.post("/api/services", &json!({"name": "x"})).await, 503);
}

#[tokio::test]
async fn people_are_led_to_the_reference() {
    let app = TestApp::start().await;
    let root = app.get("/").await;
    assert_eq!(root.status, 200);
    assert_eq!(root.headers["content-type"], "text/html; charset=utf-8");
    let root = String::from_utf8(root.bytes).unwrap();
    assert!(root.contains("built without the web app") && root.contains("href=\"/api/docs\""), "{root}");
    let page = String::from_utf8(app.get("/api/docs").await.bytes).unwrap();
    let document: Value = serde_json::from_str(&tracely_server::document()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(page.contains(&format!("<code>/api{path}</code>")), "{path}");
    }
    assert!(
        app.get("/api/docs/style.css").await.headers["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/css")
    );
}

#[tokio::test]
async fn the_document_that_is_served_is_the_one_that_is_written() {
    let app = TestApp::start().await;
    let served = app.get("/api/openapi.json").await.json();
    let written: Value = serde_json::from_str(&tracely_server::document()).unwrap();
    assert_eq!(served, written);
    assert!(text(&written, "openapi").starts_with("3.1"));
    let ids: Vec<String> =
        operations(&written).into_iter().map(|(.., operation)| text(operation, "operationId")).collect();
    assert_eq!(ids.len(), ids.iter().collect::<BTreeSet<_>>().len(), "operation ids are unique");
}

fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for method in ["get", "post", "put", "patch", "delete"] {
            if let Some(operation) = item.get(method) {
                found.push((method, path.as_str(), operation));
            }
        }
    }
    found
}

/// Every operation of the document with a request that should succeed, in an order that makes them possible.
async fn requests(app: &TestApp) -> Vec<(&'static str, &'static str, String, Value)> {
    let (service, department, rule) = watched(app).await;
    open_incident(app, &service).await;
    let (spare, empty) = (app.service("Spare").await, app.department("Spare").await);
    let comment = app.post("/api/incidents/INC-1/comments", &json!({"body": "x"})).await.data();
    let notification = text(&app.get("/api/notifications").await.data()[0], "id");
    app.post("/api/metric-types", &json!({"key": "SPARE", "name": "Spare"})).await.data();
    let point = json!({"service_id": service, "metric_type": "LATENCY_MS", "value": 1});
    let new_rule = json!({
        "name": "x", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 1, "severity": "LOW",
        "department_id": department,
    });
    let trial = json!({"rule": {"metric_type": "LATENCY_MS", "operator": ">", "threshold": 1}});
    let view = json!({"page": "rules", "name": "a", "query": ""});
    let view = text(&app.post("/api/views", &view).await.data(), "id");
    app.database.append_to_log("points", b"damaged").await;
    app.get("/api/system").await.data();
    app.settle().await;
    let parked =
        app.get("/api/system").await.data()["parked"][0]["position"].as_u64().expect("an entry is parked");
    app.database.replace_in_log(parked, &batch::encode(&PointBatch::default())).await;
    let none = Value::Null;
    vec![
        ("get", "/services", "/services".into(), none.clone()),
        ("post", "/services", "/services".into(), json!({"name": "x"})),
        ("get", "/services/overview", "/services/overview".into(), none.clone()),
        ("get", "/services/{id}", format!("/services/{service}"), none.clone()),
        ("patch", "/services/{id}", format!("/services/{service}"), json!({"name": "y"})),
        ("delete", "/services/{id}", format!("/services/{spare}"), none.clone()),
        ("get", "/departments", "/departments".into(), none.clone()),
        ("post", "/departments", "/departments".into(), json!({"name": "x"})),
        ("get", "/departments/{id}", format!("/departments/{department}"), none.clone()),
        ("put", "/departments/{id}", format!("/departments/{department}"), json!({"name": "y"})),
        ("delete", "/departments/{id}", format!("/departments/{empty}"), none.clone()),
        ("get", "/metric-types", "/metric-types".into(), none.clone()),
        ("post", "/metric-types", "/metric-types".into(), json!({"key": "X", "name": "x"})),
        ("get", "/metric-types/{key}", "/metric-types/SPARE".into(), none.clone()),
        ("patch", "/metric-types/{key}", "/metric-types/SPARE".into(), json!({"unit": "x"})),
        ("delete", "/metric-types/{key}", "/metric-types/SPARE".into(), none.clone()),
        ("get", "/metrics", "/metrics".into(), none.clone()),
        ("post", "/metrics", "/metrics".into(), point.clone()),
        ("post", "/metrics/batch", "/metrics/batch".into(), json!({"points": [point]})),
        ("get", "/metrics/chart", "/metrics/chart".into(), none.clone()),
        ("get", "/metrics/latest", "/metrics/latest".into(), none.clone()),
        ("get", "/rules", "/rules".into(), none.clone()),
        ("post", "/rules", "/rules".into(), new_rule),
        ("get", "/rules/stats/top-triggered", "/rules/stats/top-triggered".into(), none.clone()),
        ("post", "/rules/preview", "/rules/preview".into(), trial),
        ("get", "/rules/{id}", format!("/rules/{rule}"), none.clone()),
        ("patch", "/rules/{id}", format!("/rules/{rule}"), json!({"name": "y"})),
        ("get", "/incidents", "/incidents".into(), none.clone()),
        ("get", "/incidents/summary", "/incidents/summary".into(), none.clone()),
        ("get", "/incidents/assignees", "/incidents/assignees".into(), none.clone()),
        ("get", "/timeline", "/timeline".into(), none.clone()),
        ("get", "/incidents/{id}", "/incidents/INC-1".into(), none.clone()),
        ("patch", "/incidents/{id}", "/incidents/INC-1".into(), json!({"status": "CLOSED"})),
        ("get", "/incidents/{id}/comments", "/incidents/INC-1/comments".into(), none.clone()),
        ("post", "/incidents/{id}/comments", "/incidents/INC-1/comments".into(), json!({"body": "x"})),
        (
            "delete",
            "/incidents/{id}/comments/{comment_id}",
            format!("/incidents/INC-1/comments/{}", text(&comment, "id")),
            none.clone(),
        ),
        ("get", "/incidents/{id}/events", "/incidents/INC-1/events".into(), none.clone()),
        ("get", "/notifications", "/notifications".into(), none.clone()),
        ("get", "/notifications/{id}", format!("/notifications/{notification}"), none.clone()),
        ("post", "/notifications/{id}/read", format!("/notifications/{notification}/read"), none.clone()),
        ("post", "/notifications/{id}/unread", format!("/notifications/{notification}/unread"), none.clone()),
        ("post", "/notifications/read-all", "/notifications/read-all".into(), none.clone()),
        ("get", "/notifications/unread-count", "/notifications/unread-count".into(), none.clone()),
        ("get", "/analytics/charts", "/analytics/charts?compare=previous".into(), none.clone()),
        ("get", "/analytics/rankings", "/analytics/rankings".into(), none.clone()),
        ("get", "/analytics/distributions", "/analytics/distributions".into(), none.clone()),
        ("get", "/analytics/availability", "/analytics/availability".into(), none.clone()),
        ("get", "/analytics/incidents", "/analytics/incidents".into(), none.clone()),
        ("get", "/analytics/busiest-hours", "/analytics/busiest-hours".into(), none.clone()),
        ("get", "/me", "/me".into(), none.clone()),
        ("get", "/views", "/views".into(), none.clone()),
        ("post", "/views", "/views".into(), json!({"page": "rules", "name": "x", "query": ""})),
        ("patch", "/views/{id}", format!("/views/{view}"), json!({"name": "y"})),
        ("delete", "/views/{id}", format!("/views/{view}"), none.clone()),
        ("get", "/system", "/system".into(), none.clone()),
        ("post", "/system/parked/{position}/retry", format!("/system/parked/{parked}/retry"), none.clone()),
        ("delete", "/rules/{id}", format!("/rules/{rule}"), none),
    ]
}

#[tokio::test]
async fn every_operation_answers_as_the_document_says() {
    let app = TestApp::start().await;
    let document: Value = serde_json::from_str(&tracely_server::document()).unwrap();
    let operations = operations(&document);
    let mut untried: BTreeSet<_> = operations.iter().map(|(method, path, _)| (*method, *path)).collect();
    // Its answer has no end; the tests of the live stream read it.
    assert!(untried.remove(&("get", "/live")));
    for (method, pattern, path, body) in requests(&app).await {
        assert!(untried.remove(&(method, pattern)), "{method} {pattern} is in the document, once");
        let (.., operation) =
            operations.iter().find(|found| (found.0, found.1) == (method, pattern)).unwrap();
        let (method, path) = (method.to_uppercase().parse::<Method>().unwrap(), format!("/api{path}"));
        let answer = if body.is_null() {
            app.call(method, &path).await
        } else {
            app.with_json(method, &path, &body).await
        };
        let status = answer.status.as_u16();
        assert!(answer.status.is_success(), "{pattern}: {:#}", answer.json());
        let documented = &operation["responses"][status.to_string()];
        assert!(documented.is_object(), "{pattern} answers {status}");
        assert_eq!(
            documented["content"].is_object(),
            !answer.bytes.is_empty(),
            "{pattern} has a body or not"
        );
    }
    assert_eq!(untried, BTreeSet::new());
}
