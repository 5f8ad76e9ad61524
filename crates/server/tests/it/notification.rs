//! `/api/notifications`: who is told, and what is read.

use crate::support::{check_filters, column, listed, open_incident, place, problem, text, total, watched};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const INBOX: &str = "/api/notifications";
const SECOND: i64 = 1_000_000;

async fn unread(app: &TestApp, query: &str) -> Value {
    app.get(&format!("{INBOX}/unread-count{query}")).await.data()["count"].clone()
}

async fn mark(app: &TestApp, id: &str, how: &str) -> Value {
    app.call(Method::POST, &format!("{INBOX}/{id}/{how}")).await.data()
}

async fn read_all(app: &TestApp, query: &str) -> Value {
    app.call(Method::POST, &format!("{INBOX}/read-all{query}")).await.data()["marked"].clone()
}

/// Two departments with one incident each: INC-1 of Net (HIGH), INC-2 of Ops (LOW).
async fn two_inboxes() -> (TestApp, String, String) {
    let app = TestApp::start().await;
    let service = app.service("Çağrı").await;
    let (net, ops) = (app.department("Net").await, app.department("Ops").await);
    app.rule(&net, &json!({})).await;
    app.rule(&ops, &json!({"threshold": 190, "severity": "LOW"})).await;
    open_incident(&app, &service).await;
    (app, net, ops)
}

#[tokio::test]
async fn only_the_department_of_the_rule_is_told() {
    let (app, net, ops) = two_inboxes().await;
    let inbox = app.get(&format!("{INBOX}?department_id={ops}")).await.data();
    let incident = text(&app.get("/api/incidents/INC-2").await.data(), "id");
    assert_eq!(
        inbox,
        json!([{
            "id": inbox[0]["id"], "department_id": ops, "incident_id": incident, "incident_key": "INC-2",
            "kind": "OPENED", "severity": "LOW", "message": "INC-2 opened: Latency of Çağrı above 190 ms: 200 ms",
            "is_read": false, "created_at": "2024-01-15T10:30:00Z",
        }])
    );
    assert_eq!(listed(&app, &format!("{INBOX}?department_id={net}"), "incident_key").await, ["INC-1"]);
    let one = app.get(&format!("{INBOX}/{}", text(&inbox[0], "id"))).await.data();
    assert_eq!(one, inbox[0]);
}

#[tokio::test]
async fn an_incident_that_moves_to_another_department_is_told_there() {
    let (app, net, ops) = two_inboxes().await;
    app.patch("/api/incidents/INC-1", &json!({"department_id": ops})).await.data();
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.settle().await;
    let inbox = app.get(&format!("{INBOX}?department_id={ops}&sort_dir=asc")).await.data();
    assert_eq!(column(&inbox, "kind"), ["OPENED", "TRANSFERRED", "CLOSED"]);
    assert_eq!(
        inbox[1]["message"],
        "INC-1 transferred to you by operator: Latency of Çağrı above 150 ms: 200 ms"
    );
    assert_eq!(listed(&app, &format!("{INBOX}?department_id={net}"), "kind").await, ["OPENED"]);
}

#[tokio::test]
async fn one_change_that_moves_and_acknowledges_tells_the_new_department_both() {
    let (app, _, ops) = two_inboxes().await;
    let body = json!({"department_id": ops, "status": "IN_PROGRESS"});
    app.patch("/api/incidents/INC-1", &body).await.data();
    app.settle().await;
    let mut kinds = listed(&app, &format!("{INBOX}?department_id={ops}"), "kind").await;
    kinds.sort();
    assert_eq!(kinds, ["ACKNOWLEDGED", "OPENED", "TRANSFERRED"]);
}

#[tokio::test]
async fn comments_assignments_and_more_violations_tell_nobody() {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app.post("/api/incidents/INC-1/comments", &json!({"body": "x"})).await.data();
    app.patch("/api/incidents/INC-1", &json!({"assignee": "ayse", "severity": "LOW"})).await.data();
    app.latency(&service, 300.0, "2024-01-15T10:21:00Z").await;
    app.settle().await;
    assert_eq!(listed(&app, INBOX, "kind").await, ["OPENED"]);
}

#[tokio::test]
async fn a_notification_is_read_and_unread_one_by_one() {
    let (app, ..) = two_inboxes().await;
    let ids = listed(&app, INBOX, "id").await;
    assert_eq!(unread(&app, "").await, 2);
    assert_eq!(mark(&app, &ids[0], "read").await["is_read"], true);
    assert_eq!(mark(&app, &ids[0], "read").await["is_read"], true, "twice is once");
    assert_eq!(unread(&app, "").await, 1);
    assert_eq!(listed(&app, &format!("{INBOX}?is_read=false"), "id").await, [&*ids[1]]);
    assert_eq!(listed(&app, &format!("{INBOX}?is_read=true"), "id").await, [&*ids[0]]);
    assert_eq!(mark(&app, &ids[0], "unread").await["is_read"], false);
    assert_eq!(app.get(&format!("{INBOX}/{}", ids[0])).await.data()["is_read"], false);
    assert_eq!(unread(&app, "").await, 2);
}

#[tokio::test]
async fn what_comes_after_all_was_read_is_unread() {
    let (app, ..) = two_inboxes().await;
    assert_eq!(read_all(&app, "").await, 2);
    assert_eq!((unread(&app, "").await, read_all(&app, "").await), (json!(0), json!(0)));
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.settle().await;
    assert_eq!(unread(&app, "").await, 1);
    assert_eq!(listed(&app, &format!("{INBOX}?is_read=false"), "kind").await, ["CLOSED"]);
}

#[tokio::test]
async fn a_single_mark_is_stronger_than_all_read_until_all_is_read_again() {
    let (app, ..) = two_inboxes().await;
    let ids = listed(&app, INBOX, "id").await;
    read_all(&app, "").await;
    mark(&app, &ids[1], "unread").await;
    assert_eq!(listed(&app, &format!("{INBOX}?is_read=false"), "id").await, [&*ids[1]]);
    assert_eq!(unread(&app, "").await, 1);
    assert_eq!(read_all(&app, "").await, 1);
    assert_eq!(unread(&app, "").await, 0);
}

#[tokio::test]
async fn one_department_is_counted_and_read_without_the_other() {
    let (app, net, ops) = two_inboxes().await;
    let of = |id: &str| format!("?department_id={id}");
    assert_eq!(unread(&app, &of(&net)).await, 1);
    assert_eq!(unread(&app, &format!("?department_id={net},{ops}")).await, 2);
    assert_eq!(read_all(&app, &of(&net)).await, 1);
    assert_eq!((unread(&app, &of(&net)).await, unread(&app, &of(&ops)).await), (json!(0), json!(1)));
}

#[tokio::test]
async fn notifications_are_filtered_sorted_searched_and_paged() {
    let (app, net, ops) = two_inboxes().await;
    app.advance(SECOND);
    app.patch("/api/incidents/INC-1", &json!({"status": "CLOSED"})).await.data();
    app.settle().await;
    let incident = text(&app.get("/api/incidents/INC-1").await.data(), "id");
    check_filters(
        &app,
        &format!("{INBOX}?sort_by=created_at&sort_dir=asc&"),
        "message",
        &[
            (
                &format!("department_id={net}&kind=OPENED"),
                &["INC-1 opened: Latency of Çağrı above 150 ms: 200 ms"],
            ),
            (
                &format!("department_id={net},{ops}&kind=CLOSED,ACKNOWLEDGED"),
                &["INC-1 closed by operator: Latency of Çağrı above 150 ms: 200 ms"],
            ),
            (
                &format!("incident_id={incident}&kind=CLOSED"),
                &["INC-1 closed by operator: Latency of Çağrı above 150 ms: 200 ms"],
            ),
            ("severity=LOW", &["INC-2 opened: Latency of Çağrı above 190 ms: 200 ms"]),
            ("search=inc-2+OPENED", &["INC-2 opened: Latency of Çağrı above 190 ms: 200 ms"]),
            ("search=%C3%87A%C4%9ERI+above+190", &["INC-2 opened: Latency of Çağrı above 190 ms: 200 ms"]),
            ("search=inc_2", &[]),
            ("search=%25", &[]),
        ],
    )
    .await;
    assert_eq!(listed(&app, INBOX, "kind").await, ["CLOSED", "OPENED", "OPENED"], "newest first");
    let page = app.get(&format!("{INBOX}?limit=1&offset=1")).await.json();
    assert_eq!(column(&page["data"], "incident_key"), ["INC-2"]);
    assert_eq!(place(&page), json!({"total": 3, "limit": 1, "offset": 1}));
    let wrong = app.get(&format!("{INBOX}?kind=opened&is_read=yes&sort_by=kind&department_id=1")).await;
    let mut places = wrong.places(400);
    places.sort();
    assert_eq!(places, ["department_id", "is_read", "kind", "sort_by"]);
}

#[tokio::test]
async fn a_notification_that_does_not_exist_is_not_found() {
    let (app, ..) = two_inboxes().await;
    let nowhere = format!("{INBOX}/018cd1f2-3c00-7000-8000-000000000001");
    problem(&app.get(&nowhere).await, 404);
    for how in ["read", "unread"] {
        problem(&app.call(Method::POST, &format!("{nowhere}/{how}")).await, 404);
        assert_eq!(app.call(Method::POST, &format!("{INBOX}/x/{how}")).await.places(400), ["id"]);
    }
    assert_eq!(app.get(&format!("{INBOX}/x")).await.places(400), ["id"]);
    let refused = app.call(Method::POST, &format!("{INBOX}/read-all?all=true")).await;
    assert_eq!(refused.places(400), ["all"]);
    assert_eq!(app.get(&format!("{INBOX}/unread-count?x=1")).await.places(400), ["x"]);
    assert_eq!(total(&app, INBOX).await, 2);
}
