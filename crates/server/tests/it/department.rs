//! `/api/departments`.

use crate::support::{check_filters, check_sorts, column, detail, open_incident, text, total, watched};
use axum::http::Method;
use serde_json::json;
use tracely_testkit::app::TestApp;

const SECOND: i64 = 1_000_000;

#[tokio::test]
async fn a_department_is_made_and_found_where_the_answer_says() {
    let app = TestApp::start().await;
    let made = app.post("/api/departments", &json!({"name": "Ağ", "description": "Network"})).await;
    assert_eq!(made.status, 201);
    let department = made.json()["data"].clone();
    assert_eq!(
        department,
        json!({
            "id": department["id"], "name": "Ağ", "description": "Network",
            "created_at": "2024-01-15T10:30:00Z", "updated_at": "2024-01-15T10:30:00Z",
        })
    );
    let place = made.headers["location"].to_str().unwrap();
    assert_eq!(place, format!("/api/departments/{}", text(&department, "id")));
    assert_eq!(app.get(place).await.data(), department);
}

#[tokio::test]
async fn put_replaces_the_whole_department() {
    let app = TestApp::start().await;
    let made =
        app.post("/api/departments", &json!({"name": "Ops", "description": "Operations"})).await.data();
    let path = format!("/api/departments/{}", text(&made, "id"));
    app.advance(SECOND);
    let changed = app.with_json(Method::PUT, &path, &json!({"name": "NOC"})).await.data();
    assert_eq!([&changed["name"], &changed["description"]], ["NOC", ""]);
    assert_eq!(changed["updated_at"], "2024-01-15T10:30:01Z");
    assert_eq!(app.get(&path).await.data(), changed);
    assert_eq!(app.with_json(Method::PUT, &path, &json!({"name": "NOC"})).await.status, 200, "its own name");
}

#[tokio::test]
async fn a_name_is_unique_among_departments_that_exist() {
    let app = TestApp::start().await;
    let ops = app.department("Ops").await;
    let other = app.department("Other").await;
    let refused = app.post("/api/departments", &json!({"name": "Ops"})).await;
    assert_eq!(detail(&refused, 409), "another department is called Ops");
    let path = format!("/api/departments/{other}");
    let refused = app.with_json(Method::PUT, &path, &json!({"name": "Ops"})).await;
    assert_eq!(detail(&refused, 409), "another department is called Ops");
    assert_eq!(app.call(Method::DELETE, &format!("/api/departments/{ops}")).await.status, 204);
    assert_eq!(app.with_json(Method::PUT, &path, &json!({"name": "Ops"})).await.status, 200);
}

#[tokio::test]
async fn every_wrong_field_of_a_department_is_named_at_once() {
    let app = TestApp::start().await;
    let body = json!({"description": 5, "x/y~z": 1});
    let places = app.post("/api/departments", &body).await.places(422);
    assert_eq!(places, ["/name", "/description", "/x~1y~0z"]);
    let id = app.department("Ops").await;
    let body = json!({"name": "x".repeat(201)});
    let places = app.with_json(Method::PUT, &format!("/api/departments/{id}"), &body).await.places(422);
    assert_eq!(places, ["/name"]);
}

#[tokio::test]
async fn departments_are_sorted_searched_and_paged() {
    let app = TestApp::start().await;
    let mut ids = Vec::new();
    for name in ["Bravo", "Alpha", "Çağrı"] {
        ids.push(app.department(name).await);
        app.advance(SECOND);
    }
    let body = json!({"name": "Bravo", "description": "100%"});
    app.with_json(Method::PUT, &format!("/api/departments/{}", ids[0]), &body).await.data();
    check_sorts(
        &app,
        "/api/departments",
        "name",
        &[
            ("name", &["Alpha", "Bravo", "Çağrı"]),
            ("created_at", &["Bravo", "Alpha", "Çağrı"]),
            ("updated_at", &["Alpha", "Çağrı", "Bravo"]),
        ],
    )
    .await;
    check_filters(
        &app,
        "/api/departments?search=",
        "name",
        &[("ALPHA", &["Alpha"]), ("0%25", &["Bravo"]), ("%C3%87A%C4%9ERI", &["Çağrı"]), ("_", &[])],
    )
    .await;
    let page = app.get("/api/departments?limit=1&offset=1").await.json();
    assert_eq!(column(&page["data"], "name"), ["Bravo"]);
    assert_eq!(page["meta"], json!({"total": 3, "limit": 1, "offset": 1}));
}

#[tokio::test]
async fn a_department_that_rules_or_live_incidents_point_at_is_not_deleted() {
    let app = TestApp::start().await;
    let (service, department, rule) = watched(&app).await;
    open_incident(&app, &service).await;
    let path = format!("/api/departments/{department}");
    let refused = app.call(Method::DELETE, &path).await;
    let expected = "1 rule(s) and 1 live incident(s) are routed to Network; move them first";
    assert_eq!(detail(&refused, 409), expected);

    app.call(Method::DELETE, &format!("/api/rules/{rule}")).await;
    let refused = app.call(Method::DELETE, &path).await;
    assert_eq!(
        detail(&refused, 409),
        "0 rule(s) and 1 live incident(s) are routed to Network; move them first"
    );
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.settle().await;
    assert_eq!(app.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(app.get(&path).await.status, 404);
    assert_eq!(total(&app, "/api/departments").await, 0);
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["department_id"], department);
    assert_eq!(total(&app, "/api/notifications").await, 2, "its inbox stays");
}

#[tokio::test]
async fn nothing_is_routed_to_a_deleted_department() {
    let app = TestApp::start().await;
    let (service, _, rule) = watched(&app).await;
    open_incident(&app, &service).await;
    let gone = app.department("Gone").await;
    assert_eq!(app.call(Method::DELETE, &format!("/api/departments/{gone}")).await.status, 204);
    let body = json!({"department_id": gone});
    assert_eq!(app.patch(&format!("/api/rules/{rule}"), &body).await.places(422), ["/department_id"]);
    assert_eq!(app.patch("/api/incidents/INC-1", &body).await.places(422), ["/department_id"]);
}

#[tokio::test]
async fn a_department_that_is_being_deleted_gets_no_rule() {
    let app = TestApp::start().await;
    for round in 0..10 {
        let department = app.department(&format!("D{round}")).await;
        let rule = json!({
            "name": "x", "metric_type": "LATENCY_MS", "operator": ">", "threshold": 1, "severity": "LOW",
            "department_id": department,
        });
        let path = format!("/api/departments/{department}");
        let (made, deleted) = tokio::join!(app.post("/api/rules", &rule), app.call(Method::DELETE, &path));
        let statuses = (made.status.as_u16(), deleted.status.as_u16());
        assert!(matches!(statuses, (201, 409) | (422, 204)), "{statuses:?}");
    }
}
