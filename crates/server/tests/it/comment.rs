//! `/api/incidents/{id}/comments`.

use crate::support::{column, listed, open_incident, text, total, watched};
use axum::http::Method;
use serde_json::json;
use tracely_testkit::app::TestApp;

const COMMENTS: &str = "/api/incidents/INC-1/comments";
const NOWHERE: &str = "018cd1f2-3c00-7000-8000-000000000001";

async fn with_incident() -> TestApp {
    let app = TestApp::start().await;
    let (service, ..) = watched(&app).await;
    open_incident(&app, &service).await;
    app
}

#[tokio::test]
async fn a_comment_is_kept_with_its_author_and_told_in_the_timeline() {
    let app = with_incident().await;
    let incident = app.get("/api/incidents/INC-1").await.data();
    let made = app.post(COMMENTS, &json!({"body": " The router\nwas *restarted*. ğ "})).await;
    assert_eq!(made.status, 201);
    let comment = made.json()["data"].clone();
    assert_eq!(
        comment,
        json!({
            "id": comment["id"], "incident_id": incident["id"], "author": "operator",
            "body": "The router\nwas *restarted*. ğ", "created_at": "2024-01-15T10:30:00Z",
        })
    );
    let place = format!("/api/incidents/{}/comments/{}", text(&incident, "id"), text(&comment, "id"));
    assert_eq!(made.headers["location"], place);
    assert_eq!(app.get(COMMENTS).await.data(), json!([comment]));
    let events = app.get("/api/incidents/INC-1/events").await.data();
    assert_eq!(events[1]["kind"], "COMMENT_ADDED");
    assert_eq!((&events[1]["actor"], &events[1]["new_value"]), (&json!("operator"), &comment["id"]));
    assert_eq!(app.get("/api/incidents/INC-1").await.data()["version"], incident["version"]);
}

#[tokio::test]
async fn a_comment_is_removed_where_its_location_is_and_the_timeline_keeps_that() {
    let app = with_incident().await;
    let made = app.post(COMMENTS, &json!({"body": "Wrong."})).await;
    let id = text(&made.data(), "id");
    let place = made.headers["location"].to_str().unwrap();
    assert_eq!(app.call(Method::DELETE, place).await.status, 204);
    assert_eq!(total(&app, COMMENTS).await, 0);
    let events = app.get("/api/incidents/INC-1/events").await.data();
    assert_eq!(column(&events, "kind"), ["CREATED", "COMMENT_ADDED", "COMMENT_DELETED"]);
    assert_eq!(events[2]["old_value"], id);
    assert_eq!(app.call(Method::DELETE, place).await.status, 404);
}

#[tokio::test]
async fn comments_are_listed_oldest_first_and_paged() {
    let app = with_incident().await;
    for body in ["one", "two", "three"] {
        app.post(COMMENTS, &json!({"body": body})).await.data();
    }
    let page = app.get(&format!("{COMMENTS}?limit=2&offset=1")).await.json();
    assert_eq!(column(&page["data"], "body"), ["two", "three"]);
    assert_eq!(page["meta"], json!({"total": 3, "limit": 2, "offset": 1}));
    assert_eq!(listed(&app, &format!("{COMMENTS}?sort_dir=desc"), "body").await, ["three", "two", "one"]);
}

#[tokio::test]
async fn a_comment_needs_words_and_nothing_else() {
    let app = with_incident().await;
    for body in
        [json!({}), json!({"body": " \n "}), json!({"body": null}), json!({"body": "x".repeat(10_001)})]
    {
        assert_eq!(app.post(COMMENTS, &body).await.places(422), ["/body"]);
    }
    let body = json!({"body": "x", "author": "somebody else"});
    assert_eq!(app.post(COMMENTS, &body).await.places(422), ["/author"]);
    assert_eq!(app.post(COMMENTS, &json!({"body": "x".repeat(10_000)})).await.status, 201);
}

#[tokio::test]
async fn a_comment_belongs_to_its_incident() {
    let app = TestApp::start().await;
    let (service, department, _) = watched(&app).await;
    app.rule(&department, &json!({"threshold": 190})).await;
    open_incident(&app, &service).await;
    let id = text(&app.post(COMMENTS, &json!({"body": "x"})).await.data(), "id");
    assert_eq!(total(&app, "/api/incidents/INC-2/comments").await, 0);
    let elsewhere = format!("/api/incidents/INC-2/comments/{id}");
    assert_eq!(app.call(Method::DELETE, &elsewhere).await.status, 404);
    assert_eq!(total(&app, COMMENTS).await, 1);
}

#[tokio::test]
async fn comments_of_what_does_not_exist_are_not_found() {
    let app = with_incident().await;
    for incident in ["INC-9", NOWHERE] {
        let path = format!("/api/incidents/{incident}/comments");
        assert_eq!(app.get(&path).await.status, 404);
        assert_eq!(app.post(&path, &json!({"body": "x"})).await.status, 404);
        assert_eq!(app.call(Method::DELETE, &format!("{path}/{NOWHERE}")).await.status, 404);
    }
    assert_eq!(app.get("/api/incidents/x/comments").await.places(400), ["id"]);
    assert_eq!(app.call(Method::DELETE, &format!("{COMMENTS}/x")).await.places(400), ["comment_id"]);
    assert_eq!(app.call(Method::DELETE, &format!("{COMMENTS}/{NOWHERE}")).await.status, 404);
}

#[tokio::test]
async fn comments_at_the_same_time_all_find_a_place() {
    let app = with_incident().await;
    let bodies: Vec<_> = (0..4).map(|number| json!({"body": number.to_string()})).collect();
    let (a, b, c, d) = tokio::join!(
        app.post(COMMENTS, &bodies[0]),
        app.post(COMMENTS, &bodies[1]),
        app.post(COMMENTS, &bodies[2]),
        app.post(COMMENTS, &bodies[3]),
    );
    assert_eq!([a.status, b.status, c.status, d.status], [201, 201, 201, 201]);
    assert_eq!(total(&app, COMMENTS).await, 4);
    assert_eq!(total(&app, "/api/incidents/INC-1/events").await, 5);
}
