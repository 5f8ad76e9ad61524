//! `GET /api/incidents/summary` and `GET /api/incidents/assignees`.

use crate::support::{column, watched};
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const PATH: &str = "/api/incidents/summary";
const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// INC-1 of A opened at 10:00, acknowledged 10:32, closed 11:32; INC-2 of B opened at 10:10, acknowledged 10:31;
/// INC-3 of C opened at 10:20. The clock stands at 11:32.
async fn scene() -> (TestApp, [String; 3], String, String) {
    let app = TestApp::start().await;
    let (a, department, rule) = watched(&app).await;
    let (b, c) = (app.service("B").await, app.service("C").await);
    for (service, minute) in [(&a, 0), (&b, 10), (&c, 20)] {
        app.latency(service, 200.0, &format!("2024-01-15T10:{minute:02}:00Z")).await;
        app.settle().await;
    }
    app.advance(MINUTE);
    let body = json!({"status": "IN_PROGRESS", "severity": "CRITICAL", "assignee": "Işıl"});
    app.patch("/api/incidents/INC-2", &body).await.data();
    app.advance(MINUTE);
    app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS"})).await.data();
    app.advance(HOUR);
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    (app, [a, b, c], rule, department)
}

#[tokio::test]
async fn an_empty_installation_has_a_summary_of_zeros() {
    let app = TestApp::start().await;
    let summary = app.get(PATH).await.data();
    let none = json!({"CRITICAL": 0, "HIGH": 0, "MEDIUM": 0, "LOW": 0});
    assert_eq!(summary["live"], json!({"total": 0, "open": 0, "in_progress": 0, "by_severity": none}));
    assert_eq!((&summary["opened"], &summary["closed"]), (&json!(0), &json!(0)));
    assert_eq!((&summary["mtta"], &summary["mttr"]), (&Value::Null, &Value::Null));
    assert_eq!(summary["from"], "2024-01-14T10:30:00.000001Z");
    assert_eq!(
        (&summary["to"], &summary["bucket_seconds"]),
        (&json!("2024-01-15T10:30:00.000001Z"), &json!(3_600))
    );
    let starts = column(&summary["trend"], "start");
    assert_eq!((starts.len(), starts[0].as_str()), (25, "2024-01-14T10:00:00Z"));
    assert_eq!(summary["trend"][24], json!({"start": "2024-01-15T10:00:00Z", "opened": 0, "closed": 0}));
}

#[tokio::test]
async fn a_summary_tells_what_is_live_and_what_happened() {
    let (app, ..) = scene().await;
    let summary = app.get(&format!("{PATH}?from=2024-01-15T10:00:00Z&to=2024-01-15T12:00:00Z")).await.data();
    let by_severity = json!({"CRITICAL": 1, "HIGH": 1, "MEDIUM": 0, "LOW": 0});
    assert_eq!(summary["live"], json!({"total": 2, "open": 1, "in_progress": 1, "by_severity": by_severity}));
    assert_eq!((&summary["opened"], &summary["closed"]), (&json!(3), &json!(1)));
    // INC-1 took 32 minutes, INC-2 took 21.
    assert_eq!(
        summary["mtta"],
        json!({"mean_seconds": 1590.0, "p50_seconds": 1590.0, "p95_seconds": 1887.0, "count": 2})
    );
    assert_eq!(
        summary["mttr"],
        json!({"mean_seconds": 5520.0, "p50_seconds": 5520.0, "p95_seconds": 5520.0, "count": 1})
    );
    assert_eq!(summary["bucket_seconds"], 300);
    let trend = summary["trend"].as_array().unwrap();
    assert_eq!(trend.len(), 24);
    assert_eq!(trend[2], json!({"start": "2024-01-15T10:10:00Z", "opened": 1, "closed": 0}));
    assert_eq!(trend[18], json!({"start": "2024-01-15T11:30:00Z", "opened": 0, "closed": 1}));
    assert_eq!(trend.iter().filter(|part| part["opened"] == 0 && part["closed"] == 0).count(), 20);
}

#[tokio::test]
async fn what_is_live_is_so_now_whatever_the_span() {
    let (app, ..) = scene().await;
    let summary = app.get(&format!("{PATH}?from=2024-01-15T10:10:00Z&to=2024-01-15T10:20:00Z")).await.data();
    assert_eq!(summary["live"]["total"], 2);
    assert_eq!((&summary["opened"], &summary["closed"]), (&json!(1), &json!(0)), "from is in, to is not");
    assert_eq!((&summary["mtta"], &summary["mttr"]), (&Value::Null, &Value::Null));
    assert_eq!(app.get(PATH).await.data()["opened"], 3, "the last day up to now");
    app.advance(25 * HOUR);
    assert_eq!(app.get(PATH).await.data()["opened"], 0);
}

#[tokio::test]
async fn a_summary_is_of_the_incidents_that_filters_let_through() {
    let (app, [a, b, c], rule, department) = scene().await;
    let other = "018cd1f2-3c00-7000-8000-000000000001";
    for (filter, live, opened, closed) in [
        (format!("service_id={a}"), 0, 1, 1),
        (format!("service_id={b},{c}"), 2, 2, 0),
        (format!("service_id={b}&service_id={a}"), 1, 2, 1),
        (format!("rule_id={rule}"), 2, 3, 1),
        (format!("rule_id={other}"), 0, 0, 0),
        (format!("department_id={department}&service_id={c}"), 1, 1, 0),
        (format!("department_id={other}"), 0, 0, 0),
    ] {
        let summary = app.get(&format!("{PATH}?{filter}")).await.data();
        let found = (&summary["live"]["total"], &summary["opened"], &summary["closed"]);
        assert_eq!(found, (&json!(live), &json!(opened), &json!(closed)), "{filter}");
    }
}

#[tokio::test]
async fn a_reopened_incident_is_not_closed_and_a_point_of_tomorrow_takes_no_time() {
    let (app, ..) = scene().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "OPEN"})).await.data();
    let summary = app.get(PATH).await.data();
    assert_eq!((&summary["closed"], &summary["mttr"]), (&json!(0), &Value::Null));

    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    app.latency(&service, 200.0, "2024-01-15T10:31:00Z").await;
    app.settle().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    let mttr = app.get(PATH).await.data()["mttr"].clone();
    assert_eq!(mttr, json!({"mean_seconds": 0.0, "p50_seconds": 0.0, "p95_seconds": 0.0, "count": 1}));
}

#[tokio::test]
async fn wrong_parameters_of_a_summary_are_all_named() {
    let app = TestApp::start().await;
    let wrong = app.get(&format!("{PATH}?service_id=1&rule_id=x&department_id=&from=now&status=OPEN")).await;
    let mut places = wrong.places(400);
    places.sort();
    assert_eq!(places, ["department_id", "from", "rule_id", "service_id", "status"]);
    let backwards = app.get(&format!("{PATH}?from=2024-01-02T00:00:00Z&to=2024-01-01T00:00:00Z")).await;
    assert_eq!(backwards.places(422), ["to"]);
    let widest = app.get(&format!("{PATH}?from=0000-01-01T00:00:00Z&to=9999-12-30T00:00:00Z")).await.data();
    assert!(widest["trend"].as_array().unwrap().len() <= 48);
}

#[tokio::test]
async fn assignees_are_listed_once_by_name() {
    let (app, ..) = scene().await;
    let path = "/api/incidents/assignees";
    let listed = app.get(path).await.json();
    assert_eq!(
        listed,
        json!({"data": ["Işıl", "operator"], "meta": {"total": 2, "limit": 100, "offset": 0}})
    );
    app.patch("/api/incidents/INC-3", &json!({"assignee": "operator"})).await.data();
    for (query, names) in [
        ("search=IŞIL", &["Işıl"][..]),
        ("search=oper", &["operator"]),
        ("search=nobody", &[]),
        ("limit=1&offset=1", &["operator"]),
        ("offset=2", &[]),
    ] {
        let query = query.replace('Ş', "%C5%9E");
        assert_eq!(app.get(&format!("{path}?{query}")).await.data(), json!(names), "{query}");
    }
    assert_eq!(app.get(&format!("{path}?limit=101&name=x")).await.places(400), ["limit", "name"]);
    assert_eq!(TestApp::start().await.get(path).await.data(), json!([]));
}
