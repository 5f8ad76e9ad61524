//! `GET /api/incidents` and the timeline: filters, sorting, search and pages.

use crate::support::{check_filters, check_sorts, column, listed, place, total, watched};
use serde_json::json;
use tracely_testkit::app::TestApp;

const SECOND: i64 = 1_000_000;

/// What the incidents of these tests are about.
struct Scene {
    app: TestApp,
    services: [String; 2],
    rules: [String; 2],
    departments: [String; 2],
}

/// Three incidents: INC-1 (closed, HIGH, A), INC-2 (open, LOW, B), INC-3 (in progress, CRITICAL, A, packet loss).
async fn scene() -> Scene {
    let app = TestApp::start().await;
    let services = [app.service("Çağrı Merkezi").await, app.service("B_50%").await];
    let departments = [app.department("Net").await, app.department("Ops").await];
    let latency = app.rule(&departments[0], &json!({})).await;
    let loss = json!({"name": "Loss", "metric_type": "PACKET_LOSS", "threshold": 5, "severity": "LOW"});
    let loss = app.rule(&departments[1], &loss).await;
    for (service, value, at) in [(&services[0], 200.0, "10:20:02"), (&services[1], 900.0, "10:20:01")] {
        app.latency(service, value, &format!("2024-01-15T{at}Z")).await;
        app.settle().await;
        app.advance(SECOND);
    }
    let packets = |value: f64, second: u32| {
        let at = format!("2024-01-15T10:20:0{second}Z");
        json!({"service_id": services[0], "metric_type": "PACKET_LOSS", "value": value, "recorded_at": at})
    };
    for (value, second) in [(7.0, 3), (8.0, 4)] {
        app.post("/api/metrics", &packets(value, second)).await.data();
    }
    app.settle().await;
    app.advance(SECOND);
    app.patch(
        "/api/incidents/INC-3",
        &json!({"status": "IN_PROGRESS", "severity": "CRITICAL", "assignee": "ayse"}),
    )
    .await
    .data();
    app.advance(SECOND);
    app.patch("/api/incidents/INC-2", &json!({"severity": "LOW"})).await.data();
    app.advance(SECOND);
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    Scene { app, services, rules: [latency, loss], departments }
}

#[tokio::test]
async fn incidents_are_sorted_by_each_key() {
    let Scene { app, .. } = scene().await;
    check_sorts(
        &app,
        "/api/incidents",
        "number",
        &[
            ("created_at", &["1", "2", "3"]),
            ("opened_at", &["2", "1", "3"]),
            ("updated_at", &["3", "2", "1"]),
            ("number", &["1", "2", "3"]),
            ("severity", &["2", "1", "3"]),
            ("status", &["1", "3", "2"]),
            ("violation_count", &["1", "2", "3"]),
            ("last_violation_at", &["2", "1", "3"]),
            ("service", &["2", "1", "3"]),
        ],
    )
    .await;
    assert_eq!(listed(&app, "/api/incidents", "number").await, ["3", "2", "1"], "newest first");
}

#[tokio::test]
async fn incidents_are_filtered_by_each_field() {
    let Scene { app, services: [a, b], rules: [latency, loss], departments: [net, ops] } = scene().await;
    check_filters(
        &app,
        "/api/incidents?sort_by=number&sort_dir=asc&",
        "number",
        &[
            ("status=OPEN", &["2"]),
            ("status=OPEN,IN_PROGRESS", &["2", "3"]),
            ("status=OPEN&status=CLOSED", &["1", "2"]),
            ("severity=CRITICAL", &["3"]),
            ("severity=HIGH,LOW", &["1", "2"]),
            (&format!("service_id={a}"), &["1", "3"]),
            (&format!("service_id={a},{b}"), &["1", "2", "3"]),
            (&format!("rule_id={loss}"), &["3"]),
            (&format!("rule_id={loss}&rule_id={latency}"), &["1", "2", "3"]),
            (&format!("department_id={net}"), &["1", "2"]),
            (&format!("department_id={ops}&status=OPEN"), &[]),
            ("metric_type=PACKET_LOSS", &["3"]),
            ("metric_type=PACKET_LOSS,LATENCY_MS", &["1", "2", "3"]),
            ("assignee=ayse", &["3"]),
            ("assignee=", &["1", "2"]),
            ("assignee=,ayse", &["1", "2", "3"]),
            ("assignee=fatma", &[]),
            ("from=2024-01-15T10:20:02Z", &["1", "3"]),
            ("to=2024-01-15T10:20:02Z", &["2"]),
            ("from=2024-01-15T10:20:02Z&to=2024-01-15T10:20:03Z", &["1"]),
            ("from=2024-01-15T13:20:02%2B03:00", &["1", "3"]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_search_is_a_filter_like_the_others() {
    let Scene { app, .. } = scene().await;
    check_filters(
        &app,
        "/api/incidents?sort_by=number&sort_dir=asc&search=",
        "number",
        &[
            ("INC-2", &["2"]),
            ("inc-", &["1", "2", "3"]),
            ("high+latency", &["1", "2"]),
            ("%C3%87A%C4%9ERI", &["1", "3"]),
            ("50%25", &["2"]),
            ("b_50", &["2"]),
            ("_", &[]),
            ("packet+LOSS", &["3"]),
            ("zzz", &[]),
        ],
    )
    .await;
}

#[tokio::test]
async fn wrong_filters_are_all_named() {
    let app = TestApp::start().await;
    let path = "/api/incidents?status=open&severity=&service_id=1&rule_id=x,y&department_id=z&from=now&sort_by=title&colour=red";
    let mut places = app.get(path).await.places(400);
    places.sort();
    let expected = [
        "colour",
        "department_id",
        "from",
        "rule_id",
        "rule_id",
        "service_id",
        "severity",
        "sort_by",
        "status",
    ];
    assert_eq!(places, expected);
    let many = vec!["018cd1f2-3c00-7000-8000-000000000001"; 101].join(",");
    assert_eq!(app.get(&format!("/api/incidents?service_id={many}")).await.places(400), ["service_id"]);
}

#[tokio::test]
async fn pages_of_incidents_join_into_the_whole_list() {
    let app = TestApp::start().await;
    let department = app.department("Ops").await;
    app.rule(&department, &json!({})).await;
    for number in 0..7 {
        let service = app.service(&format!("S{number}")).await;
        app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    }
    app.settle().await;
    let mut numbers = Vec::new();
    for offset in [0, 3, 6] {
        // All have the same severity and instant: the order must be whole all the same.
        let page = app.get(&format!("/api/incidents?sort_by=severity&limit=3&offset={offset}")).await.json();
        assert_eq!(place(&page), json!({"total": 7, "limit": 3, "offset": offset}));
        numbers.extend(column(&page["data"], "number"));
    }
    assert_eq!(numbers, ["7", "6", "5", "4", "3", "2", "1"]);
    assert_eq!(total(&app, "/api/incidents?status=OPEN&limit=1").await, 7);
}

#[tokio::test]
async fn the_timeline_is_paged_in_both_directions() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    crate::support::open_incident(&app, &service).await;
    for severity in ["LOW", "MEDIUM", "CRITICAL"] {
        app.patch("/api/incidents/INC-1", &json!({"severity": severity})).await.data();
    }
    let path = "/api/incidents/INC-1/events";
    let page = app.get(&format!("{path}?limit=2&offset=1")).await.json();
    assert_eq!(column(&page["data"], "new_value"), ["LOW", "MEDIUM"]);
    assert_eq!(place(&page), json!({"total": 4, "limit": 2, "offset": 1}));
    assert_eq!(listed(&app, &format!("{path}?sort_dir=desc&limit=1"), "new_value").await, ["CRITICAL"]);
    assert_eq!(app.get(&format!("{path}?sort_by=kind")).await.places(400), ["sort_by"]);
}
