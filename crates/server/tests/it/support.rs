//! What several of these tests use.

use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};
use tracely_testkit::app::{Answer, TestApp};

/// Takes a field of each row, in order; a text without its quotes.
pub fn column(rows: &Value, field: &str) -> Vec<String> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
    rows.as_array().expect("a list").iter().map(|row| text(&row[field])).collect()
}

/// Takes a field that is a text.
pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().expect("a text").to_owned()
}

/// Takes a field of each row that a path lists.
pub async fn listed(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    column(&app.get(path).await.data(), field)
}

/// Returns where a page lies in its list.
pub fn place(page: &Value) -> Value {
    let meta = &page["meta"];
    json!({"total": meta["total"], "limit": meta["limit"], "offset": meta["offset"]})
}

/// Returns the total that a list tells.
pub async fn total(app: &TestApp, path: &str) -> u64 {
    let answer = app.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {:#}", answer.json());
    answer.json()["meta"]["total"].as_u64().expect("a total")
}

/// Checks the order of a list for each sort key: ascending as given, descending the other way round.
pub async fn check_sorts(app: &TestApp, path: &str, field: &str, sorts: &[(&str, &[&str])]) {
    for (key, ascending) in sorts {
        let sorted = format!("{path}?sort_by={key}&sort_dir=");
        assert_eq!(listed(app, &format!("{sorted}asc"), field).await, *ascending, "by {key} ascending");
        let descending: Vec<_> = ascending.iter().rev().copied().collect();
        assert_eq!(listed(app, &format!("{sorted}desc"), field).await, descending, "by {key} descending");
    }
}

/// Checks which rows filters let through, in the order that the list has them.
pub async fn check_filters(app: &TestApp, path: &str, field: &str, filters: &[(&str, &[&str])]) {
    for (filter, expected) in filters {
        assert_eq!(listed(app, &format!("{path}{filter}"), field).await, *expected, "{filter}");
    }
}

/// Checks that an answer is a problem of this status, and returns its body.
pub fn problem(answer: &Answer, status: u16) -> Value {
    let body = answer.json();
    assert_eq!(answer.status.as_u16(), status, "{body:#}");
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(body["status"], status);
    body
}

/// Returns the `detail` of a problem of this status.
pub fn detail(answer: &Answer, status: u16) -> String {
    text(&problem(answer, status), "detail")
}

/// Sends bytes with some headers.
pub async fn send(
    app: &TestApp,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(body.into()).expect("a request")).await
}

/// Adds or replaces fields of an object.
pub fn with(mut object: Value, more: &Value) -> Value {
    let more = more.as_object().expect("an object").clone();
    object.as_object_mut().expect("an object").extend(more);
    object
}

/// Writes a point of latency.
pub fn point(service_id: &str, value: f64, recorded_at: &str) -> Value {
    json!({"service_id": service_id, "metric_type": "LATENCY_MS", "value": value, "recorded_at": recorded_at})
}

/// Writes a point of latency with a label.
pub fn labelled(service_id: &str, value: f64, recorded_at: &str, label: (&str, &str)) -> Value {
    let mut point = point(service_id, value, recorded_at);
    point["labels"] = json!({label.0: label.1});
    point
}

/// Makes a service, a department, and a rule that a latency above 150 ms violates.
pub async fn watched(app: &TestApp) -> (String, String, String) {
    let (service, department) = (app.service("Superonline").await, app.department("Network").await);
    let rule = app.rule(&department, &json!({})).await;
    (service, department, rule)
}

/// Opens INC-1 for a service of [`watched`].
pub async fn open_incident(app: &TestApp, service_id: &str) {
    app.latency(service_id, 200.0, "2024-01-15T10:20:00Z").await;
    app.settle().await;
    assert_eq!(app.get("/api/incidents/INC-1").await.status, 200);
}
