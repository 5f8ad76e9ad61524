//! The main job end to end: points in, incidents out, the department hears of it.

use crate::support::{column, place};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

#[tokio::test]
async fn a_violating_point_opens_an_incident_and_the_department_hears_of_it() {
    let app = TestApp::start().await;
    let (service, department) =
        (app.service("Superonline").await, app.department("Network Operations").await);
    let rule = app.rule(&department, &json!({})).await;

    app.latency(&service, 120.0, "2024-01-15T10:28:00Z").await;
    app.latency(&service, 412.5, "2024-01-15T10:29:00Z").await;
    app.latency(&service, 300.0, "2024-01-15T10:30:00Z").await;
    app.settle().await;

    let listed = app.get("/api/incidents?status=OPEN&severity=HIGH").await.json();
    assert_eq!(place(&listed), json!({"total": 1, "limit": 20, "offset": 0}));
    let incident = &listed["data"][0];
    assert_eq!(incident["key"], "INC-1");
    assert_eq!(incident["title"], "Latency of Superonline above 150 ms: 412.5 ms");
    assert_eq!(incident["rule_id"], rule);
    assert_eq!(incident["service_id"], service);
    assert_eq!(incident["department_id"], department);
    assert_eq!(incident["violation_count"], 2);
    assert_eq!(incident["peak_value"], 412.5);
    assert_eq!(incident["opened_at"], "2024-01-15T10:29:00Z");
    assert_eq!(incident["last_violation_at"], "2024-01-15T10:30:00Z");

    let inbox = app.get("/api/notifications").await.data();
    assert_eq!(column(&inbox, "kind"), ["OPENED"]);
    assert_eq!(inbox[0]["department_id"], department);
    assert_eq!(inbox[0]["message"], "INC-1 opened: Latency of Superonline above 150 ms: 412.5 ms");
    let unread = app.get("/api/notifications/unread-count").await.data();
    assert_eq!(unread, json!({"count": 1, "count_is_at_least": false}));
}

#[tokio::test]
async fn an_incident_goes_through_its_life_and_tells_each_step() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("TV+").await, app.department("Streaming").await);
    app.rule(&department, &json!({})).await;
    app.latency(&service, 200.0, "2024-01-15T10:28:00Z").await;
    app.settle().await;

    let taken = app.patch("/api/incidents/INC-1", &json!({"status": "IN_PROGRESS"})).await.data();
    assert_eq!((&taken["status"], &taken["assignee"]), (&json!("IN_PROGRESS"), &json!("operator")));
    let comment = app.post("/api/incidents/INC-1/comments", &json!({"body": "Looking."})).await.data();
    app.latency(&service, 100.0, "2024-01-15T10:29:00Z").await;
    app.settle().await;
    let path = format!("/api/incidents/INC-1/comments/{}", comment["id"].as_str().unwrap());
    assert_eq!(app.call(Method::DELETE, &path).await.status, StatusCode::NO_CONTENT);
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.patch("/api/incidents/INC-1", &json!({"status": "OPEN"})).await.data();
    app.settle().await;

    let events = app.get("/api/incidents/INC-1/events?limit=100").await.data();
    assert_eq!(
        column(&events, "kind"),
        [
            "CREATED",
            "STATUS_CHANGED",
            "ASSIGNED",
            "COMMENT_ADDED",
            "RECOVERED",
            "COMMENT_DELETED",
            "STATUS_CHANGED",
            "STATUS_CHANGED",
        ]
    );
    assert_eq!(events[0]["actor"], Value::Null);
    assert_eq!(events[1]["actor"], "operator");
    let inbox = app.get("/api/notifications?sort_dir=asc").await.data();
    assert_eq!(column(&inbox, "kind"), ["OPENED", "ACKNOWLEDGED", "RECOVERED", "CLOSED", "REOPENED"]);
}

#[tokio::test]
async fn a_closed_incident_makes_room_and_is_not_reopened_beside_the_next() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("Paycell").await, app.department("Payments").await);
    app.rule(&department, &json!({})).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.latency(&service, 201.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    assert_eq!(
        app.get("/api/incidents").await.json()["meta"]["total"],
        1,
        "silenced while the condition holds"
    );

    app.latency(&service, 1.0, "2024-01-15T10:22:00Z").await;
    app.latency(&service, 202.0, "2024-01-15T10:23:00Z").await;
    app.settle().await;
    assert_eq!(app.get("/api/incidents?status=OPEN").await.data()[0]["key"], "INC-2");
    let refused = app.patch("/api/incidents/INC-1", &json!({"status": "OPEN"})).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.json()["detail"].as_str().unwrap().contains("INC-2"));
}

#[tokio::test]
async fn an_incident_that_somebody_opens_again_is_not_opened_beside_it_by_the_points_before() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("Paycell").await, app.department("Payments").await);
    app.rule(&department, &json!({})).await;
    let other = app.service("Lifebox").await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.latency(&service, 1.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;

    // Nobody has judged these points when the incident is opened again.
    app.latency(&service, 202.0, "2024-01-15T10:22:00Z").await;
    app.latency(&other, 203.0, "2024-01-15T10:22:00Z").await;
    app.patch("/api/incidents/INC-1", &json!({"status": "OPEN"})).await.data();
    app.settle().await;
    let incidents = app.get("/api/incidents?sort_by=number&sort_dir=asc").await.data();
    assert_eq!(column(&incidents, "key"), ["INC-1", "INC-2"]);
    assert_eq!(column(&incidents, "service_name"), ["Paycell", "Lifebox"], "the number is not lost");
    assert_eq!(app.get("/api/system").await.data()["parked"], json!([]));
}
