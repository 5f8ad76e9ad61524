//! `/api/views` and `/api/me`: who calls, and what they keep.

use crate::support::{column, detail, listed, text};
use axum::http::Method;
use serde_json::{Value, json};
use tracely_testkit::app::TestApp;

const PATH: &str = "/api/views";

fn view(name: &str) -> Value {
    json!({"page": "incidents", "name": name, "query": "status=OPEN&assignee=ayse"})
}

#[tokio::test]
async fn the_caller_is_told() {
    let app = TestApp::start().await;
    assert_eq!(app.get("/api/me").await.data(), json!({"person": "operator", "organization": "default"}));
    assert_eq!(app.get("/api/me?x=1").await.places(400), ["x"]);
}

#[tokio::test]
async fn a_view_is_kept_changed_and_deleted() {
    let app = TestApp::start().await;
    let empty = app.get(PATH).await.json();
    assert_eq!(empty, json!({"data": [], "meta": {"total": 0, "limit": 100, "offset": 0}}));
    let made = app.post(PATH, &view("My live ones")).await;
    assert_eq!(made.status, 201);
    let kept = made.data();
    let path = format!("{PATH}/{}", text(&kept, "id"));
    assert_eq!(made.headers["location"], path.as_str());
    assert_eq!(
        kept,
        json!({
            "id": kept["id"], "page": "incidents", "name": "My live ones", "query": "status=OPEN&assignee=ayse",
            "created_at": "2024-01-15T10:30:00Z", "updated_at": "2024-01-15T10:30:00Z",
        })
    );
    app.advance(1_000_000);
    let changed = app.patch(&path, &json!({"query": ""})).await.data();
    assert_eq!((&changed["query"], &changed["name"]), (&json!(""), &json!("My live ones")));
    assert_eq!(changed["updated_at"], "2024-01-15T10:30:01Z");
    assert_eq!(app.patch(&path, &json!({})).await.data(), changed, "nothing is nothing");
    assert_eq!(app.patch(&path, &json!({"name": "Mine"})).await.data()["name"], "Mine");
    assert_eq!(listed(&app, PATH, "name").await, ["Mine"]);
    assert_eq!(app.call(Method::DELETE, &path).await.status, 204);
    assert_eq!(app.call(Method::DELETE, &path).await.status, 404);
    assert_eq!(app.patch(&path, &json!({"name": "x"})).await.status, 404);
    assert_eq!(app.call(Method::DELETE, &format!("{PATH}/x")).await.places(400), ["id"]);
}

#[tokio::test]
async fn views_are_listed_by_name_and_page() {
    let app = TestApp::start().await;
    for (page, name) in [("incidents", "b"), ("incidents", "a"), ("rules", "a")] {
        app.post(PATH, &json!({"page": page, "name": name, "query": ""})).await.data();
    }
    assert_eq!(listed(&app, PATH, "name").await, ["a", "a", "b"]);
    assert_eq!(listed(&app, &format!("{PATH}?page=incidents"), "name").await, ["a", "b"]);
    assert_eq!(listed(&app, &format!("{PATH}?page=incidents&limit=1&offset=1"), "name").await, ["b"]);
    assert_eq!(listed(&app, &format!("{PATH}?page=explore"), "name").await, [] as [&str; 0]);
    assert_eq!(app.get(&format!("{PATH}?page=home&sort_by=name")).await.places(400), ["page", "sort_by"]);
}

#[tokio::test]
async fn a_name_is_free_on_another_page_only() {
    let app = TestApp::start().await;
    app.post(PATH, &view("a")).await.data();
    assert!(detail(&app.post(PATH, &view(" a ")).await, 409).contains("called a"));
    let elsewhere = json!({"page": "rules", "name": "a", "query": ""});
    app.post(PATH, &elsewhere).await.data();
    let second = app.post(PATH, &view("b")).await.data();
    let path = format!("{PATH}/{}", text(&second, "id"));
    assert_eq!(app.patch(&path, &json!({"name": "a"})).await.status, 409);
    assert_eq!(column(&app.get(&format!("{PATH}?page=incidents")).await.data(), "name"), ["a", "b"]);
}

#[tokio::test]
async fn every_wrong_field_of_a_view_is_named() {
    let app = TestApp::start().await;
    assert_eq!(app.post(PATH, &json!({})).await.places(422), ["/page", "/name", "/query"]);
    let wrong =
        json!({"page": "home", "name": "x".repeat(101), "query": "x".repeat(2_001), "person": "ayse"});
    assert_eq!(app.post(PATH, &wrong).await.places(422), ["/page", "/name", "/query", "/person"]);
    let longest = json!({"page": "services", "name": "ş".repeat(100), "query": "x".repeat(2_000)});
    let made = app.post(PATH, &longest).await.data();
    let path = format!("{PATH}/{}", text(&made, "id"));
    let wrong = json!({"page": "rules", "name": "", "query": null});
    assert_eq!(app.patch(&path, &wrong).await.places(422), ["/name", "/query", "/page"]);
}

#[tokio::test]
async fn a_person_keeps_a_hundred_views() {
    let app = TestApp::start().await;
    for number in 0..100 {
        app.post(PATH, &view(&number.to_string())).await.data();
    }
    assert!(detail(&app.post(PATH, &view("one more")).await, 409).contains("limit"));
    assert_eq!(app.get(PATH).await.data().as_array().unwrap().len(), 100);
}

#[tokio::test]
async fn nobody_sees_the_views_of_another() {
    let app = TestApp::start().await;
    let made = app.post(PATH, &view("a")).await.data();
    app.database.execute("UPDATE saved_view SET person = 'ayse'").await;
    let path = format!("{PATH}/{}", text(&made, "id"));
    assert_eq!(app.get(PATH).await.data(), json!([]));
    assert_eq!(app.patch(&path, &json!({"name": "b"})).await.status, 404);
    assert_eq!(app.call(Method::DELETE, &path).await.status, 404);
    app.post(PATH, &view("a")).await.data();
}
