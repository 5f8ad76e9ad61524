//! `GET /api/metrics` and `GET /api/metrics/latest`.

use crate::support::{check_filters, check_sorts, column, labelled, listed, point, total};
use axum::http::Method;
use serde_json::json;
use tracely_testkit::app::TestApp;

const MINUTE: i64 = 60_000_000;

/// Points 1 to 5 of two services, three metric types and two regions, in another order than that of their instants.
async fn scene() -> (TestApp, String, String) {
    let app = TestApp::start().await;
    let (a, b) = (app.service("Çağrı").await, app.service("B 50%").await);
    let of_type = |service: &str, metric_type: &str, value: f64, at: &str| {
        let mut body = point(service, value, at);
        body["metric_type"] = json!(metric_type);
        body
    };
    let points = [
        labelled(&a, 3.0, "2024-01-15T10:00:03Z", ("region", "EU_1")),
        labelled(&a, 1.0, "2024-01-15T10:00:01Z", ("region", "us")),
        of_type(&b, "PACKET_LOSS", 5.0, "2024-01-15T10:00:02Z"),
        of_type(&b, "ERROR_RATE", 2.0, "2024-01-15T10:00:05Z"),
        of_type(&a, "LATENCY_MS", 4.0, "2024-01-15T10:00:04Z"),
    ];
    app.post("/api/metrics/batch", &json!({"points": points})).await.data();
    (app, a, b)
}

#[tokio::test]
async fn points_are_sorted_by_instant_or_value_and_paged() {
    let (app, ..) = scene().await;
    let by_instant = ["1.0", "5.0", "3.0", "4.0", "2.0"];
    let sorts = [
        ("recorded_at", &by_instant[..]),
        ("created_at", &by_instant),
        ("value", &["1.0", "2.0", "3.0", "4.0", "5.0"]),
    ];
    check_sorts(&app, "/api/metrics", "value", &sorts).await;
    assert_eq!(
        listed(&app, "/api/metrics", "value").await,
        ["2.0", "4.0", "3.0", "5.0", "1.0"],
        "newest first"
    );
    let page = app.get("/api/metrics?sort_by=value&limit=2&offset=1").await.json();
    assert_eq!(column(&page["data"], "value"), ["4.0", "3.0"]);
    assert_eq!(page["meta"], json!({"total": 5, "limit": 2, "offset": 1}));
    assert_eq!(total(&app, "/api/metrics?offset=5").await, 5);
}

#[tokio::test]
async fn points_are_filtered_by_each_field() {
    let (app, a, b) = scene().await;
    check_filters(
        &app,
        "/api/metrics?sort_by=value&sort_dir=asc&",
        "value",
        &[
            (&format!("service_id={a}"), &["1.0", "3.0", "4.0"]),
            (&format!("service_id={a},{b}"), &["1.0", "2.0", "3.0", "4.0", "5.0"]),
            ("service=cagri", &["1.0", "3.0", "4.0"]),
            ("service=cagri&service=b-50", &["1.0", "2.0", "3.0", "4.0", "5.0"]),
            ("metric_type=PACKET_LOSS,ERROR_RATE", &["2.0", "5.0"]),
            ("label=region=us", &["1.0"]),
            ("label=region=", &["2.0", "4.0", "5.0"]),
            ("label=region=us&label=tier=x", &[]),
            ("from=2024-01-15T10:00:03Z", &["2.0", "3.0", "4.0"]),
            ("to=2024-01-15T10:00:03Z", &["1.0", "5.0"]),
            ("from=2024-01-15T10:00:03Z&to=2024-01-15T10:00:04Z", &["3.0"]),
            ("min_value=4", &["4.0", "5.0"]),
            ("max_value=2", &["1.0", "2.0"]),
            ("min_value=2&max_value=3e0", &["2.0", "3.0"]),
            ("min_value=3&max_value=2", &[]),
            (&format!("service_id={b}&metric_type=LATENCY_MS"), &[]),
            ("service_id=018cd1f2-3c00-7000-8000-000000000001", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_search_looks_into_service_metric_type_and_label_values() {
    let (app, ..) = scene().await;
    check_filters(
        &app,
        "/api/metrics?sort_by=value&sort_dir=asc&search=",
        "value",
        &[
            ("%C3%87A%C4%9ERI", &["1.0", "3.0", "4.0"]),
            ("CAGRI", &["1.0", "3.0", "4.0"]),
            ("50%25", &["2.0", "5.0"]),
            ("packet_l", &["5.0"]),
            ("eu_1", &["3.0"]),
            ("e%25", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_search_finds_points_of_a_deleted_service_by_the_name_they_show() {
    let (app, ..) = scene().await;
    app.call(Method::DELETE, "/api/services/cagri").await;
    assert_eq!(total(&app, "/api/metrics?search=%C3%A7a%C4%9Fr%C4%B1").await, 3);
    assert_eq!(app.get("/api/metrics?service=cagri").await.places(422), ["service"]);
}

#[tokio::test]
async fn wrong_parameters_are_all_named() {
    let (app, ..) = scene().await;
    let path = "/api/metrics?service_id=1&metric_type=latency&label=region&from=yesterday&to=1&min_value=NaN&max_value=inf&sort_by=labels";
    let mut places = app.get(path).await.places(400);
    places.sort();
    assert_eq!(
        places,
        ["from", "label", "max_value", "metric_type", "min_value", "service_id", "sort_by", "to"]
    );
    let unknown = app.get("/api/metrics?service=nobody&metric_type=NONE").await;
    assert_eq!(unknown.places(422), ["service", "metric_type"]);
}

#[tokio::test]
async fn the_deepest_page_is_answered_and_a_deeper_one_is_refused() {
    let (app, ..) = scene().await;
    let deepest = app.get("/api/metrics?offset=1000000&limit=100").await.json();
    assert_eq!(deepest, json!({"data": [], "meta": {"total": 5, "limit": 100, "offset": 1_000_000}}));
    assert_eq!(app.get("/api/metrics?offset=1000001").await.places(400), ["offset"]);
}

#[tokio::test]
async fn the_newest_point_of_each_series_is_listed() {
    let (app, a, b) = scene().await;
    app.post("/api/metrics", &labelled(&a, 9.0, "2024-01-15T10:00:00Z", ("region", "us"))).await.data();
    app.post("/api/metrics", &labelled(&a, 8.0, "2024-01-15T10:00:09Z", ("region", "EU_1"))).await.data();
    let path = "/api/metrics/latest";
    let mut values = listed(&app, path, "value").await;
    values.sort();
    assert_eq!(values, ["1.0", "2.0", "4.0", "5.0", "8.0"], "an older point is not the newest");
    assert_eq!(listed(&app, &format!("{path}?label=region=EU_1"), "value").await, ["8.0"]);
    assert_eq!(
        listed(&app, &format!("{path}?service_id={b}&metric_type=ERROR_RATE"), "value").await,
        ["2.0"]
    );
    assert_eq!(total(&app, &format!("{path}?service=cagri")).await, 3);
    let page = app.get(&format!("{path}?limit=2&offset=4")).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    assert_eq!(page["meta"], json!({"total": 5, "limit": 2, "offset": 4}));
    assert_eq!(app.get(&format!("{path}?from=2024-01-15T10:00:00Z")).await.places(400), ["from"]);
}

#[tokio::test]
async fn of_points_with_one_instant_the_one_accepted_later_is_the_newest() {
    let app = TestApp::start().await;
    let service = app.service("A").await;
    for value in [1.0, 3.0, 2.0] {
        app.latency(&service, value, "2024-01-15T10:00:00Z").await;
    }
    assert_eq!(listed(&app, "/api/metrics/latest", "value").await, ["2.0"]);
    app.settle().await;
    app.advance(2 * MINUTE);
    app.settle().await;
    assert_eq!(listed(&app, "/api/metrics/latest", "value").await, ["2.0"]);
}

#[tokio::test]
async fn an_acknowledged_point_is_there_exactly_once_at_every_stage() {
    let app = TestApp::start().await;
    let service = app.service("A").await;
    let mut expected = 0;
    let mut app = app;
    let check = async |app: &TestApp, expected: u64, stage: &str| {
        assert_eq!(total(app, "/api/metrics").await, expected, "{stage}");
        let chart = app.get("/api/metrics/chart?bucket=day&from=2024-01-15T00:00:00Z").await.json();
        assert_eq!(chart["meta"]["total"], expected, "{stage}");
        assert_eq!(total(app, "/api/metrics/latest").await, 1, "{stage}");
    };
    for round in 0..3 {
        for second in 0..10 {
            app.latency(&service, 1.0, &format!("2024-01-15T10:0{round}:0{second}Z")).await;
        }
        expected += 10;
        check(&app, expected, "acknowledged").await;
        app.settle().await;
        check(&app, expected, "seen by the workers").await;
        app = app.crash_and_restart().await;
        check(&app, expected, "restarted before a segment").await;
        app.settle().await;
        app.advance(2 * MINUTE);
        app.settle().await;
        check(&app, expected, "in a segment").await;
        assert_eq!(app.get("/api/system").await.data()["analytics"]["segment_points"], expected);
        app = app.crash_and_restart().await;
        check(&app, expected, "restarted after a segment").await;
    }
}
