//! `POST /api/rules/preview`: what a rule would have opened.

use crate::support::{labelled, point, with};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const PATH: &str = "/api/rules/preview";
const UNKNOWN: &str = "018cd1f2-3c00-7000-8000-000000000001";

fn rule(more: &Value) -> Value {
    with(json!({"metric_type": "LATENCY_MS", "operator": ">", "threshold": 150}), more)
}

async fn record(app: &TestApp, points: &[Value]) {
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
}

#[tokio::test]
async fn a_rule_is_tried_on_the_points_of_a_span() {
    let app = TestApp::start().await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    let points = [
        point(&a, 100.0, "2024-01-15T10:00:00Z"),
        point(&a, 200.0, "2024-01-15T10:01:00Z"),
        point(&a, 400.0, "2024-01-15T10:02:00Z"),
        point(&a, 100.0, "2024-01-15T10:03:00Z"),
        point(&a, 160.0, "2024-01-15T10:08:00Z"),
        point(&b, 151.0, "2024-01-15T10:04:00Z"),
        point(&b, 150.0, "2024-01-15T10:05:00Z"),
    ];
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    let body = json!({
        "rule": rule(&json!({})), "from": "2024-01-15T00:00:00Z", "to": "2024-01-15T12:00:00.000001Z",
    });
    let preview = app.post(PATH, &body).await.data();
    assert_eq!(
        preview,
        json!({
            "points": 7, "violations": 4, "services": 2, "episode_count": 3,
            "episodes": [
                {"service_id": a, "service_name": "A", "from": "2024-01-15T10:08:00Z",
                 "to": "2024-01-15T10:08:00Z", "points": 1, "peak_value": 160.0},
                {"service_id": b, "service_name": "B", "from": "2024-01-15T10:04:00Z",
                 "to": "2024-01-15T10:04:00Z", "points": 1, "peak_value": 151.0},
                {"service_id": a, "service_name": "A", "from": "2024-01-15T10:01:00Z",
                 "to": "2024-01-15T10:02:00Z", "points": 2, "peak_value": 400.0},
            ],
            "chart": [
                {"start": "2024-01-15T10:00:00Z", "count": 5, "min": 100.0, "avg": 190.2, "max": 400.0,
                 "violations": 3},
                {"start": "2024-01-15T10:05:00Z", "count": 2, "min": 150.0, "avg": 155.0, "max": 160.0,
                 "violations": 1},
            ],
            "from": "2024-01-15T00:00:00Z", "to": "2024-01-15T12:00:00.000001Z", "bucket_seconds": 300,
        })
    );
    assert_eq!(app.get("/api/rules").await.json()["meta"]["total"], 0, "nothing is stored");
    let exact = with(body, &json!({"rule": rule(&json!({"operator": "=="}))}));
    assert_eq!(app.post(PATH, &exact).await.data()["violations"], 1);
}

#[tokio::test]
async fn a_preview_agrees_with_what_the_rule_then_opens() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("A").await, app.department("Ops").await);
    let (eu, us) = (("region", "eu"), ("region", "us"));
    let at = |second: u32| format!("2024-01-15T10:00:{second:02}Z");
    let points = [
        labelled(&service, 200.0, &at(0), eu),
        labelled(&service, 210.0, &at(1), us),
        labelled(&service, 100.0, &at(2), eu),
        labelled(&service, 220.0, &at(3), us),
        labelled(&service, 100.0, &at(4), us),
        labelled(&service, 230.0, &at(5), eu),
    ];
    app.rule(&department, &json!({})).await;
    for point in &points {
        app.post("/api/metrics", point).await.data();
        app.settle().await;
    }
    let preview = app.post(PATH, &json!({"rule": rule(&json!({}))})).await.data();
    let incident = app.get("/api/incidents/INC-1").await.data();
    let events = app.get("/api/incidents/INC-1/events").await.json();
    let told: Vec<_> = events["data"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(told, ["CREATED", "RECOVERED", "VIOLATED_AGAIN"]);
    assert_eq!(
        (&preview["violations"], &preview["episode_count"]),
        (&incident["violation_count"], &json!(2))
    );
    assert_eq!(preview["episodes"][1]["from"], incident["opened_at"]);
    assert_eq!(
        (&preview["episodes"][1]["points"], &preview["episodes"][1]["peak_value"]),
        (&json!(3), &json!(220.0))
    );
    assert_eq!(preview["episodes"][0]["from"], incident["last_violation_at"]);

    let west = json!([{"name": "region", "operator": "=~", "value": "u."}]);
    let of_us = app.post(PATH, &json!({"rule": rule(&json!({"labels": west}))})).await.data();
    assert_eq!(
        (&of_us["points"], &of_us["violations"], &of_us["episode_count"]),
        (&json!(3), &json!(2), &json!(1))
    );
}

#[tokio::test]
async fn a_preview_is_of_the_services_that_the_rule_names_and_that_are_there() {
    let app = TestApp::start().await;
    let (a, b) = (app.service("A").await, app.service("B").await);
    let at = "2024-01-15T10:00:00Z";
    record(&app, &[point(&a, 200.0, at), point(&b, 200.0, at)]).await;
    let services =
        async |more: &Value| app.post(PATH, &json!({"rule": rule(more)})).await.data()["services"].clone();
    assert_eq!(services(&json!({})).await, 2);
    assert_eq!(services(&json!({"service_ids": [a]})).await, 1);
    assert_eq!(services(&json!({"metric_type": "PACKET_LOSS", "threshold": 5})).await, 0);
    app.call(Method::DELETE, &format!("/api/services/{b}")).await;
    assert_eq!(services(&json!({})).await, 1);
}

#[tokio::test]
async fn an_empty_installation_has_nothing_to_try_a_rule_on() {
    let app = TestApp::start().await;
    let preview = app.post(PATH, &json!({"rule": rule(&json!({}))})).await.data();
    assert_eq!(
        preview,
        json!({
            "points": 0, "violations": 0, "services": 0, "episodes": [], "episode_count": 0, "chart": [],
            "from": "2024-01-14T10:30:00.000001Z", "to": "2024-01-15T10:30:00.000001Z", "bucket_seconds": 300,
        })
    );
}

#[tokio::test]
async fn a_preview_is_refused_as_the_rule_would_be() {
    let app = TestApp::start().await;
    assert_eq!(app.post(PATH, &json!({})).await.places(422), ["/rule"]);
    assert_eq!(app.post(PATH, &json!({"rule": null})).await.places(422), ["/rule"]);
    let empty = app.post(PATH, &json!({"rule": {}})).await;
    assert_eq!(empty.places(422), ["/rule/metric_type", "/rule/operator", "/rule/threshold"]);
    let wrong = json!({
        "rule": {
            "name": "", "metric_type": "PACKET_LOSS", "operator": "=>", "threshold": 101, "severity": "high",
            "department_id": UNKNOWN, "service_ids": [UNKNOWN, 5], "enabled": 1, "version": 2,
            "labels": [{"name": "a", "operator": "=~", "value": "("}],
        },
        "from": "now", "to": 5, "rule_id": UNKNOWN, "limit": 3,
    });
    let mut places = app.post(PATH, &wrong).await.places(422);
    places.sort();
    let expected = [
        "/from",
        "/limit",
        "/rule/department_id",
        "/rule/enabled",
        "/rule/labels/0",
        "/rule/name",
        "/rule/operator",
        "/rule/service_ids/0",
        "/rule/service_ids/1",
        "/rule/severity",
        "/rule/threshold",
        "/rule/version",
        "/rule_id",
        "/to",
    ];
    assert_eq!(places, expected);
    for (from, to, place) in [
        ("2024-01-02T00:00:00Z", "2024-01-02T00:00:00Z", "/to"),
        ("1990-01-02T00:00:00Z", "2024-01-02T00:00:00Z", "/from"),
    ] {
        let body = json!({"rule": rule(&json!({})), "from": from, "to": to});
        assert_eq!(app.post(PATH, &body).await.places(422), [place]);
    }
    assert_eq!(app.post(&format!("{PATH}?limit=1"), &json!({"rule": {}})).await.places(400), ["limit"]);
}

#[tokio::test]
async fn a_rule_that_is_being_changed_may_keep_what_it_has() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("A").await, app.department("Ops").await);
    let id = app.rule(&department, &json!({"service_ids": [service]})).await;
    app.call(Method::DELETE, &format!("/api/services/{service}")).await;
    let same = rule(&json!({"service_ids": [service], "department_id": department}));
    assert_eq!(app.post(PATH, &json!({"rule": same})).await.places(422), ["/rule/service_ids/0"]);
    assert_eq!(app.post(PATH, &json!({"rule": same, "rule_id": id})).await.status, 200);
}
