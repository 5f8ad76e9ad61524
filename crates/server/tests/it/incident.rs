//! `/api/incidents`: the life cycle and the fields that people change. Lists are in `incident_list`.

use crate::support::{column, detail, open_incident, problem, send, text, watched};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::{Answer, TestApp};

const SECOND: i64 = 1_000_000;
const INC_1: &str = "/api/incidents/INC-1";

async fn with_incident() -> TestApp {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app
}

async fn patch_if(app: &TestApp, version: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("if-match", version)];
    send(app, Method::PATCH, INC_1, &headers, body.to_string()).await
}

#[tokio::test]
async fn an_incident_tells_everything_about_itself() {
    let app = TestApp::start().await;
    let (service, department, rule) = watched(&app).await;
    open_incident(&app, &service).await;
    let answer = app.get(INC_1).await;
    let incident = answer.data();
    assert_eq!(
        incident,
        json!({
            "id": incident["id"], "key": "INC-1", "number": 1,
            "title": "Latency of Superonline above 150 ms: 200 ms",
            "rule_id": rule, "rule_name": "High Latency Alert",
            "service_id": service, "service_name": "Superonline", "department_id": department,
            "metric_type": "LATENCY_MS", "operator": ">", "threshold": 150.0, "opening_value": 200.0,
            "severity": "HIGH", "status": "OPEN", "assignee": null, "violation_count": 1,
            "last_violation_at": "2024-01-15T10:20:00Z", "peak_value": 200.0,
            "opened_at": "2024-01-15T10:20:00Z", "in_progress_at": null, "recovered_at": null,
            "closed_at": null, "version": 1,
            "created_at": "2024-01-15T10:30:00Z", "updated_at": "2024-01-15T10:30:00Z",
        })
    );
    assert_eq!(answer.headers["etag"], "\"1\"");
    let by_id = app.get(&format!("/api/incidents/{}", text(&incident, "id"))).await.data();
    assert_eq!(by_id, incident);
    assert_eq!(app.get("/api/incidents/inc-1").await.data(), incident);
}

#[tokio::test]
async fn steps_that_the_life_cycle_lacks_are_refused_with_those_it_has() {
    let app = with_incident().await;
    app.patch(INC_1, &json!({"status": "CLOSED"})).await.data();
    let refused = problem(&app.patch(INC_1, &json!({"status": "IN_PROGRESS"})).await, 409);
    assert_eq!(refused["type"], "urn:tracely:problem:conflict");
    assert_eq!(refused["detail"], "an incident that is CLOSED cannot become IN_PROGRESS");
    assert_eq!(refused["allowed"], json!(["OPEN"]));
    assert_eq!(app.get(INC_1).await.data()["status"], "CLOSED");
}

#[tokio::test]
async fn every_step_sets_its_instant_and_its_assignee() {
    let app = with_incident().await;
    let facts = |incident: Value| {
        ["status", "assignee", "in_progress_at", "closed_at"].map(|field| incident[field].clone())
    };
    for (status, expected) in [
        ("IN_PROGRESS", json!(["IN_PROGRESS", "operator", "2024-01-15T10:30:01Z", null])),
        ("OPEN", json!(["OPEN", null, null, null])),
        ("CLOSED", json!(["CLOSED", null, null, "2024-01-15T10:30:03Z"])),
        ("OPEN", json!(["OPEN", null, null, null])),
        ("IN_PROGRESS", json!(["IN_PROGRESS", "operator", "2024-01-15T10:30:05Z", null])),
        ("CLOSED", json!(["CLOSED", "operator", "2024-01-15T10:30:05Z", "2024-01-15T10:30:06Z"])),
    ] {
        app.advance(SECOND);
        let incident = app.patch(INC_1, &json!({"status": status})).await.data();
        assert_eq!(json!(facts(incident.clone())), expected, "{status}");
        assert_eq!(app.get(INC_1).await.data(), incident);
    }
}

#[tokio::test]
async fn who_acknowledges_leaves_an_assignee_in_place() {
    let app = with_incident().await;
    app.patch(INC_1, &json!({"assignee": "ayse"})).await.data();
    let taken = app.patch(INC_1, &json!({"status": "IN_PROGRESS"})).await.data();
    assert_eq!(taken["assignee"], "ayse");
    let given_back = app.patch(INC_1, &json!({"assignee": null})).await.data();
    assert_eq!((&given_back["assignee"], &given_back["status"]), (&json!(null), &json!("IN_PROGRESS")));
}

#[tokio::test]
async fn one_change_of_many_fields_is_one_version_and_tells_each() {
    let app = with_incident().await;
    let other = app.department("Other").await;
    let before = app.get(INC_1).await.data();
    let body = json!({
        "status": "IN_PROGRESS", "severity": "CRITICAL", "assignee": " ayşe ", "department_id": other,
    });
    let answer = app.patch(INC_1, &body).await;
    assert_eq!(answer.headers["etag"], "\"2\"");
    let changed = answer.data();
    assert_eq!(changed["version"], 2);
    assert_eq!(
        ["status", "severity", "assignee", "department_id"].map(|field| &changed[field]),
        ["IN_PROGRESS", "CRITICAL", "ayşe", &other]
    );
    let events = app.get("/api/incidents/INC-1/events?limit=100").await.data();
    assert_eq!(
        column(&events, "kind"),
        ["CREATED", "STATUS_CHANGED", "ASSIGNED", "SEVERITY_CHANGED", "DEPARTMENT_CHANGED"]
    );
    assert_eq!(column(&events, "old_value")[1..], ["OPEN", "null", "HIGH", &text(&before, "department_id")]);
    assert_eq!(column(&events, "new_value")[1..], ["IN_PROGRESS", "ayşe", "CRITICAL", &other]);
}

#[tokio::test]
async fn asking_for_what_is_so_changes_nothing() {
    let app = with_incident().await;
    let before = app.get(INC_1).await.data();
    app.advance(SECOND);
    let same = json!({
        "status": "OPEN", "severity": "HIGH", "assignee": null, "department_id": before["department_id"],
    });
    for body in [json!({}), same] {
        let answer = app.patch(INC_1, &body).await;
        assert_eq!(answer.headers["etag"], "\"1\"");
        assert_eq!(answer.data(), before, "{body}");
    }
    assert_eq!(app.get("/api/incidents/INC-1/events").await.json()["meta"]["total"], 1);
}

#[tokio::test]
async fn a_change_that_is_based_on_an_old_version_is_refused() {
    let app = with_incident().await;
    app.patch(INC_1, &json!({"severity": "LOW"})).await.data();
    let refused = patch_if(&app, "\"1\"", &json!({"severity": "CRITICAL"})).await;
    assert_eq!(problem(&refused, 412)["type"], "urn:tracely:problem:stale-version");
    assert_eq!(detail(&refused, 412), "INC-1 has version 2 now");
    assert_eq!(app.get(INC_1).await.data()["severity"], "LOW");

    for version in ["\"2\"", "\"1\", \"3\"", "*", "4"] {
        let severity = if version == "\"2\"" { "HIGH" } else { "MEDIUM" };
        let taken = patch_if(&app, version, &json!({"severity": severity})).await;
        assert_eq!(taken.data()["severity"], severity, "{version}");
    }
}

#[tokio::test]
async fn an_if_match_that_is_no_version_is_malformed() {
    let app = with_incident().await;
    for version in ["\"1", "\"one\"", "", "\"1\" \"2\"", "\"1\",", "\"1\", *"] {
        let refused = patch_if(&app, version, &json!({"severity": "LOW"})).await;
        assert_eq!(refused.places(400), ["If-Match"], "{version}");
    }
    assert_eq!(app.get(INC_1).await.data()["severity"], "HIGH");
}

#[tokio::test]
async fn of_two_changes_at_the_same_time_based_on_one_version_one_is_carried_out() {
    let app = with_incident().await;
    let (low, critical) = (json!({"severity": "LOW"}), json!({"severity": "CRITICAL"}));
    let (a, b) = tokio::join!(patch_if(&app, "\"1\"", &low), patch_if(&app, "\"1\"", &critical));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412]);
    assert_eq!(app.get(INC_1).await.data()["version"], 2);
}

#[tokio::test]
async fn new_violations_leave_the_version_alone() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.latency(&service, 900.0, "2024-01-15T10:21:00Z").await;
    app.latency(&service, 1.0, "2024-01-15T10:22:00Z").await;
    app.settle().await;
    let changed = patch_if(&app, "\"1\"", &json!({"severity": "LOW"})).await.data();
    assert_eq!((&changed["violation_count"], &changed["peak_value"]), (&json!(2), &json!(900.0)));
}

#[tokio::test]
async fn every_wrong_field_of_a_change_is_named_at_once() {
    let app = with_incident().await;
    let body = json!({
        "status": "open", "severity": 3, "assignee": " ", "department_id": "x", "title": "y", "version": 1,
    });
    let mut places = app.patch(INC_1, &body).await.places(422);
    places.sort();
    assert_eq!(places, ["/assignee", "/department_id", "/severity", "/status", "/title", "/version"]);
    for field in ["status", "severity", "department_id"] {
        assert_eq!(app.patch(INC_1, &json!({field: null})).await.places(422), [format!("/{field}")]);
    }
    let unknown = json!({"department_id": "018cd1f2-3c00-7000-8000-000000000001"});
    assert_eq!(app.patch(INC_1, &unknown).await.places(422), ["/department_id"]);
    assert_eq!(app.patch(INC_1, &json!({"assignee": "x".repeat(101)})).await.places(422), ["/assignee"]);
}

#[tokio::test]
async fn an_incident_that_does_not_exist_is_not_found() {
    let app = with_incident().await;
    for id in ["INC-2", "INC-0", "INC-99999999999999999999", "018cd1f2-3c00-7000-8000-000000000001"] {
        let path = format!("/api/incidents/{id}");
        assert_eq!(problem(&app.get(&path).await, 404)["type"], "urn:tracely:problem:not-found", "{id}");
        assert_eq!(app.patch(&path, &json!({})).await.status, 404, "{id}");
        assert_eq!(app.get(&format!("{path}/events")).await.status, 404, "{id}");
    }
    for id in ["INC-", "INC-1a", "INC--1", "1", "incident", "018cd1f2"] {
        let path = format!("/api/incidents/{id}");
        assert_eq!(app.get(&path).await.places(400), ["id"], "{id}");
        assert_eq!(app.get(&format!("{path}/events")).await.places(400), ["id"], "{id}");
    }
}

#[tokio::test]
async fn a_person_who_reopens_takes_over_from_the_points() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.patch(INC_1, &json!({"status": "CLOSED"})).await.data();
    app.patch(INC_1, &json!({"status": "OPEN"})).await.data();
    app.latency(&service, 700.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    let incident = app.get(INC_1).await.data();
    assert_eq!((&incident["violation_count"], &incident["peak_value"]), (&json!(2), &json!(700.0)));
    assert_eq!(app.get("/api/incidents").await.json()["meta"]["total"], 1);
}

#[tokio::test]
async fn an_incident_whose_department_is_gone_is_reopened_for_another_only() {
    let app = TestApp::start().await;
    let (service, department) = (app.service("TV+").await, app.department("Old").await);
    let rule = app.rule(&department, &json!({})).await;
    app.latency(&service, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.call(Method::DELETE, &format!("/api/rules/{rule}")).await;
    assert_eq!(
        app.call(Method::DELETE, &format!("/api/departments/{department}")).await.status.as_u16(),
        204
    );

    let refused = app.patch("/api/incidents/INC-1", &json!({"status": "OPEN"})).await;
    assert_eq!(refused.status.as_u16(), 409);
    let other = app.department("New").await;
    let reopened =
        app.patch("/api/incidents/INC-1", &json!({"status": "OPEN", "department_id": other})).await.data();
    assert_eq!((&reopened["status"], &reopened["department_id"]), (&json!("OPEN"), &json!(other)));
}
