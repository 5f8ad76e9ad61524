//! `/api/metric-types`.

use crate::support::{detail, listed, point, text};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

async fn make_cpu(app: &TestApp) -> Value {
    let body = json!({"key": "CPU_PERCENT", "name": "CPU", "unit": "%", "min": 0, "max": 100});
    app.post("/api/metric-types", &body).await.data()
}

#[tokio::test]
async fn the_built_in_metric_types_are_there_and_stay() {
    let app = TestApp::start().await;
    let all = app.get("/api/metric-types").await.json();
    assert_eq!(
        all["data"][2],
        json!({"key": "LATENCY_MS", "name": "Latency", "unit": "ms", "min": 0.0, "max": null, "built_in": true})
    );
    assert_eq!(
        listed(&app, "/api/metric-types", "key").await,
        ["BUFFER_RATIO", "ERROR_RATE", "LATENCY_MS", "PACKET_LOSS"]
    );
    assert_eq!(all["meta"]["total"], 4);
    let refused = app.call(Method::DELETE, "/api/metric-types/LATENCY_MS").await;
    assert_eq!(detail(&refused, 409), "LATENCY_MS came with the product and cannot be deleted");
}

#[tokio::test]
async fn a_metric_type_is_made_and_found_where_the_answer_says() {
    let app = TestApp::start().await;
    let body = json!({"key": "CPU_PERCENT", "name": "CPU", "unit": "%", "min": 0, "max": 100});
    let made = app.post("/api/metric-types", &body).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.headers["location"], "/api/metric-types/CPU_PERCENT");
    let expected = json!({
        "key": "CPU_PERCENT", "name": "CPU", "unit": "%", "min": 0.0, "max": 100.0, "built_in": false,
    });
    assert_eq!(made.json()["data"], expected);
    assert_eq!(app.get("/api/metric-types/CPU_PERCENT").await.data(), expected);
    assert_eq!(
        detail(&app.post("/api/metric-types", &body).await, 409),
        "the metric type CPU_PERCENT exists"
    );
}

#[tokio::test]
async fn every_wrong_field_of_a_metric_type_is_named_at_once() {
    let app = TestApp::start().await;
    let body = json!({"key": "cpu", "unit": "x".repeat(21), "min": 5, "max": 5, "built_in": true});
    let places = app.post("/api/metric-types", &body).await.places(422);
    assert_eq!(places, ["/key", "/name", "/unit", "/max", "/built_in"]);
    for key in ["", "1A", "A-B", "Ğ", &"A".repeat(65)] {
        let body = json!({"key": key, "name": "x", "min": null});
        assert_eq!(app.post("/api/metric-types", &body).await.places(422), ["/key"], "{key}");
    }
}

#[tokio::test]
async fn points_are_checked_against_the_range_of_a_new_metric_type() {
    let app = TestApp::start().await;
    let service = app.service("Superonline").await;
    let mut cpu = point(&service, 100.0, "2024-01-15T10:29:00Z");
    cpu["metric_type"] = json!("CPU_PERCENT");
    assert_eq!(app.post("/api/metrics", &cpu).await.places(422), ["/metric_type"]);
    make_cpu(&app).await;
    assert_eq!(app.post("/api/metrics", &cpu).await.data()["unit"], "%");
    app.patch("/api/metric-types/CPU_PERCENT", &json!({"max": 50})).await.data();
    let refused = app.post("/api/metrics", &cpu).await;
    assert_eq!(refused.places(422), ["/value"]);
    assert_eq!(refused.json()["errors"][0]["detail"], "must be at most 50 for CPU_PERCENT");
}

#[tokio::test]
async fn a_change_touches_what_was_sent_and_null_takes_a_bound_away() {
    let app = TestApp::start().await;
    make_cpu(&app).await;
    let changed =
        app.patch("/api/metric-types/CPU_PERCENT", &json!({"name": "Load", "max": null})).await.data();
    let expected = json!({
        "key": "CPU_PERCENT", "name": "Load", "unit": "%", "min": 0.0, "max": null, "built_in": false,
    });
    assert_eq!(changed, expected);
    assert_eq!(app.get("/api/metric-types/CPU_PERCENT").await.data(), expected);
    let refused = app.patch("/api/metric-types/CPU_PERCENT", &json!({"max": -1, "key": "X"})).await;
    assert_eq!(refused.places(422), ["/max", "/key"]);
}

#[tokio::test]
async fn a_metric_type_goes_unless_points_or_rules_have_it() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("Superonline").await, app.department("Ops").await);
    let path = "/api/metric-types/CPU_PERCENT";
    make_cpu(&app).await;
    assert_eq!(app.call(Method::DELETE, path).await.status, 204);
    assert_eq!(app.get(path).await.status, 404);
    assert_eq!(app.call(Method::DELETE, path).await.status, 404);
    let rule = json!({"metric_type": "CPU_PERCENT", "threshold": 90});
    let mut body = rule.clone();
    body["name"] = json!("CPU");
    body["operator"] = json!(">");
    body["severity"] = json!("LOW");
    body["department_id"] = json!(department);
    assert_eq!(app.post("/api/rules", &body).await.places(422), ["/metric_type"]);

    make_cpu(&app).await;
    app.rule(&department, &rule).await;
    let refused = app.call(Method::DELETE, path).await;
    assert_eq!(detail(&refused, 409), "points or rules have the metric type CPU_PERCENT");

    app.post("/api/metric-types", &json!({"key": "HITS", "name": "Hits"})).await.data();
    let hits = json!({"service_id": service, "metric_type": "HITS", "value": -3});
    app.post("/api/metrics", &hits).await.data();
    let refused = app.call(Method::DELETE, "/api/metric-types/HITS").await;
    assert_eq!(detail(&refused, 409), "points or rules have the metric type HITS");
}

#[tokio::test]
async fn changes_at_the_same_time_do_not_undo_each_other() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let key = format!("T{round}");
        app.post("/api/metric-types", &json!({"key": key, "name": "Before"})).await.data();
        let path = format!("/api/metric-types/{key}");
        let (name, unit, min) = (json!({"name": "After"}), json!({"unit": "u"}), json!({"min": 1}));
        let (a, b, c) =
            tokio::join!(app.patch(&path, &name), app.patch(&path, &unit), app.patch(&path, &min));
        assert_eq!([a.status, b.status, c.status], [200, 200, 200]);
        let after = app.get(&path).await.data();
        assert_eq!(
            (text(&after, "name"), text(&after, "unit"), &after["min"]),
            ("After".into(), "u".into(), &json!(1.0))
        );
    }
}
